// Only an Express workflow is run while one waits.
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
        validate(order).await
    }
);

async fn run(runtime: workflow_runtime::runtime::Runtime, order: Order) {
    let _ = runtime.start_sync::<OrderFlow>(order).await;
}

fn main() {
    let _ = run;
}
