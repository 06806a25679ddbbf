// An Express workflow runs for five minutes at most.
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
    #[workflow(express, timeout = "10m")]
    pub async fn order_flow(order: Order) -> Result<Order> {
        sleep(mins(6)).await;
        sleep(secs(300)).await;
        #[timeout = "301s"]
        validate(order).await
    }
);

fn main() {}
