// Only a workflow can be spawned.
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
        spawn(validate(order)).await?;
        Ok(order)
    }
);

fn main() {}
