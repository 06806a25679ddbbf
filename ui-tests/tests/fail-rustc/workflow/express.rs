// What an Express workflow cannot wait for.
use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
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

#[step(callback, timeout = "1h")]
pub async fn approve(token: TaskToken, order: Order) -> Result<Callback<bool>, OrderError> {
    drop((token, order));
    Ok(Callback::pending())
}

workflow!(
    pub async fn ship_flow(order: Order) -> Result<Order> {
        validate(order).await
    }
);

workflow!(
    #[workflow(express)]
    pub async fn order_flow(order: Order) -> Result<bool> {
        ship_flow(order).await?;
        approve(order).await
    }
);

fn main() {}
