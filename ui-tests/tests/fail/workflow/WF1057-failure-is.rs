// `is` asks for an error enum.
use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum OrderError {
    #[error("order rejected")]
    Invalid,
}

#[step]
pub async fn validate(order: Order) -> Result<Order, OrderError> {
    Ok(order)
}

workflow!(
    pub async fn order_flow(order: Order) -> Result<Order> {
        match validate(order).await {
            Ok(order) => Ok(order),
            Err(failure) => {
                if failure.is() {
                    return Ok(order);
                }
                Err(failure.into())
            }
        }
    }
);

fn main() {}
