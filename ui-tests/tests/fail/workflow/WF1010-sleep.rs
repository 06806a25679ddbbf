// A Wait counts whole seconds.
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
    pub async fn order_flow(order: Order) -> Result<()> {
        sleep(std::time::Duration::from_millis(500)).await;
        sleep(5).await;
        ship(order).await
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
