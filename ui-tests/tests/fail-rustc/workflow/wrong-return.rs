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
    /// Neither way out yields an order.
    pub async fn order_flow(order: Order) -> Result<Order> {
        if order.total_cents > 100 {
            return fraud_check(order).await;
        }
        if order.total_cents > 50 {
            return Ok(order.total_cents);
        }
        #[state = "Last"]
        fraud_check(order).await
    }
);

workflow!(
    /// Nothing at all.
    pub async fn forgetful(order: Order) -> Result<Order> {
        validate_order(order).await?;
    }
);

fn main() {}
