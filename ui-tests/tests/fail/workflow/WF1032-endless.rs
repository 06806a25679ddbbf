// A loop that would spin.
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
    pub async fn order_flow(order: Order) -> Result<u64> {
        let mut total = order.total;
        loop {
            total += 1;
        }
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
