// `spawn` takes the call of one workflow.
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

workflow!(
    pub async fn ship_flow(order: Order) -> Result<Order> {
        validate(order).await
    }
);

workflow!(
    pub async fn order_flow(order: Order) -> Result<Order> {
        spawn(ship_flow(order).await).await?;
        spawn(async { ship_flow(order).await }).await?;
        spawn(ship_flow).await?;
        spawn(ship_flow(order));
        spawn(ship_flow(order), ship_flow(order)).await?;
        Ok(order)
    }
);

fn main() {}
