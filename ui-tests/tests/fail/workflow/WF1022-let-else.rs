// The `else` of a `let` leaves.
use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
pub enum Status {
    Pending,
    Shipped { tracking: String, weight: Option<u32> },
    Lost(Option<String>),
}

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
    pub total: u64,
    pub note: Option<String>,
    pub status: Status,
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

workflow!(
    pub async fn order_flow(order: Order) -> Result<u64> {
        let Some(note) = order.note else {
            validate(order).await?;
        };
        Ok(order.total)
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
