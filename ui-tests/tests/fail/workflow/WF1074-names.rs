// A name is bound once, and `$states` is not ours.
use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
    pub cents: Vec<u64>,
}

#[step]
pub async fn tell(text: String) {
    drop(text);
}

workflow!(
    pub async fn order_flow(order: Order) -> Result<()> {
        tell(jsonata!(String: "$a & $a", a = order.id, a = order.id)).await?;
        #[state = "Again"]
        tell(jsonata!(String: "$states.x", states = order.id)).await
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
