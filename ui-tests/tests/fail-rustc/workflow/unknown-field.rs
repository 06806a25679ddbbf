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
    /// The field has another name.
    pub async fn order_flow(order: Order) -> Result<u64> {
        let order = validate_order(order).await?;
        if order.total > 100 {
            notify(order.id, "much".to_string()).await?;
        }
        let copy = Order { order_id: order.order_id, total_cent: 3 };
        Ok(copy.total_cents)
    }
);

fn main() {}
