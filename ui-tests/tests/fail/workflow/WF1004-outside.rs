// What has no state machine is a step's work.
use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
    pub total: u64,
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

#[step]
pub async fn ship(order: Order) -> Result<(), OrderError> {
    drop(order);
    Ok(())
}

workflow!(
    pub async fn order_flow(order: Order) -> Result<u64> {
        println!("{}", order.id);
        let id = &mut order.id;
        let total = order.total.pow(2);
        let name = order.id.to_upercase();
        let all = String::from("all");
        tokio::time::sleep(secs(1)).await;
        Ok(total << 2)
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
