// What no assignment can change.
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
        let mut total = 0;
        order.prices[..2] = [1, 2];
        *total += 1;
        (total, order.total) = (1, 2);
        _ = ship(order).await;
        order.prices.push(1, 2);
        order.prices.insert(3);
        Ok(order)
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
