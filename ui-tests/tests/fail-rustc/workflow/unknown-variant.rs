use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Order {
    pub order_id: String,
    pub total_cents: u64,
}

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Fraud {
    pub score: f64,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum OrderError {
    #[error("order rejected: {0}")]
    Invalid(String),
    #[error("order service is unavailable")]
    Unavailable,
}

#[step]
pub async fn validate_order(order: Order) -> Result<Order, OrderError> {
    Ok(order)
}

#[step]
pub async fn fraud_check(order: Order) -> Fraud {
    Fraud { score: order.total_cents as f64 }
}

#[step]
pub async fn notify(order_id: String, why: String) -> Result<(), OrderError> {
    drop((order_id, why));
    Ok(())
}

workflow!(
    /// `Invlid` is no variant, and neither is `Rejected`.
    pub async fn order_flow(order: Order) -> Result<Order> {
        let order = match validate_order(order).await {
            Ok(order) => order,
            Err(Failed(OrderError::Invlid(reason))) => {
                notify(order.order_id, reason).await?;
                return Err(OrderError::Rejected.into());
            }
            Err(Failed(OrderError::Missing)) => return Err(OrderError::Refused(1).into()),
            Err(Failed(OrderError::Limit { limit: _ })) => return Err(OrderError::Unavailable.into()),
            Err(failure) => return Err(failure.into()),
        };
        Ok(order)
    }
);

fn main() {}
