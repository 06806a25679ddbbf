// rustc judges patterns: whether all values have an arm, names, types.
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
    pub async fn forgotten(order: Order) -> Result<u64> {
        match order.status {
            Status::Pending => Ok(1),
            Status::Lost(_) => Ok(2),
        }
    }
);

workflow!(
    pub async fn ranges(order: Order) -> Result<u64> {
        let size = match order.total {
            0..=9 => 1,
            11.. => 2,
        };
        Ok(size)
    }
);

workflow!(
    pub async fn misspelt(order: Order) -> Result<u64> {
        if let Status::Shiped { tracking, .. } = order.status {
            return Ok(1);
        }
        let Status::Shipped { traking, .. } = order.status else { return Ok(2) };
        Ok(3)
    }
);

workflow!(
    pub async fn mistyped(order: Order) -> Result<u64> {
        let n = match order.total {
            "many" => 1,
            _ => 2,
        };
        Ok(n)
    }
);

workflow!(
    pub async fn results(order: Order) -> Result<u64> {
        match validate(order).await {
            Ok(Order { note: Some(_), .. }) => Ok(1),
            Err(_) => Ok(2),
        }
    }
);

workflow!(
    pub async fn unset(order: Order) -> Result<u64> {
        let n = match order.total {
            LIMIT => 1,
            _ => 2,
        };
        Ok(n)
    }
);

fn main() {}
