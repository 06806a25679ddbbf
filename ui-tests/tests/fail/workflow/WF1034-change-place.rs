// A change is a statement of its own.
use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
    pub total: u64,
    pub prices: Vec<u64>,
}

#[step]
pub async fn validate(order: Order) -> Order {
    order
}

#[step]
pub async fn ship(order: Order) {
    drop(order);
}

workflow!(
    pub async fn order_flow(order: Order) -> Result<Order> {
        let mut order = order;
        let done = format!("{}", order.prices.push(3));
        let all = vec![order.total += 1];
        Ok(order)
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
