// Its caller cannot match the errors of a workflow that does not say how it fails.
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
    pub async fn ship_flow(order: Order) -> Result<Order> {
        validate(order).await
    }
);

workflow!(
    pub async fn order_flow(order: Order) -> Result<Order> {
        match ship_flow(order).await {
            Ok(order) => Ok(order),
            Err(Failed(OrderError::Invalid)) => Ok(order),
            Err(failure) => Err(failure.into()),
        }
    }
);

fn main() {}
