// What workflows will have, but not yet.
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
    pub async fn order_flow(order: Order) -> Result<u64> {
        if let Some(item) = order.items.first() {
            ship(order).await?;
        }
        match order.total {
            0 => {}
            _ => {}
        }
        Ok(order.total)
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
