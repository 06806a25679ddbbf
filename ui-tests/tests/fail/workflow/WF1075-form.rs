// The text of an expression stands alone.
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
        tell(jsonata!(String: "{% $uppercase($id) %}", id = order.id)).await?;
        #[state = "Again"]
        tell(jsonata!(String: "")).await?;
        #[state = "Thrice"]
        tell(jsonata!(String, "$id", id = order.id)).await
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
