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
    /// The second step wants the order, and both parameters of the third have their types.
    pub async fn order_flow(order: Order) -> Result<Fraud> {
        let fraud = fraud_check(order).await?;
        validate_order(fraud).await?;
        notify(order.order_id).await?;
        #[state = "NotifyAgain"]
        notify(order.order_id, order.order_id, 3).await?;
        #[state = "NotifyLast"]
        notify(order.order_id, order.total_cents).await?;
        Ok(fraud)
    }
);

fn main() {}
