// Patterns compare with what is written down.
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
        let n = match order.status {
            Status::Shipped { ref tracking, weight: Some(&weight) } => 1,
            Status::Lost(Some(mut place)) => 2,
            Ok(status) => 3,
            limits::lowest => 4,
            _ => 5,
        };
        match validate(order).await {
            Ok(_) => {}
            Err(failure) => match failure {
                TimedOut => return Ok(0),
                Failed(OrderError::Invalid) => return Ok(1),
                _ => {}
            },
        }
        #[state = "Again"]
        match order.items {
            [first, ..] => #[state = "ValidateAgain"] validate(order).await?,
            _ => order,
        };
        Ok(n)
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
