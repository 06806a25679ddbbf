// A workflow is an async function of one payload that may fail.
use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
    pub total: u64,
    pub items: Vec<String>,
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

#[step]
pub async fn ship(order: Order) -> Result<(), OrderError> {
    drop(order);
    Ok(())
}

workflow!(
    /// Everything is wrong.
    pub fn order_flow<T>(order: &Order, more: T) -> u64 {
        Ok(1)
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
