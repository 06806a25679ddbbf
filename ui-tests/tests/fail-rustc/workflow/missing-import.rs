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

mod flows {
    use super::{Order, OrderError, validate_order};
    use workflow_runtime::prelude::{Failed, Result, workflow};

    workflow!(
        /// `TimedOut` is not imported; it must not become a catch-all.
        pub async fn order_flow(order: Order) -> Result<Order> {
            match validate_order(order).await {
                Ok(order) => Ok(order),
                Err(TimedOut) => Err(OrderError::Unavailable.into()),
                Err(Failed(_)) => Err(OrderError::Unavailable.into()),
                Err(failure) => Err(failure.into()),
            }
        }
    );
}

fn main() {}
