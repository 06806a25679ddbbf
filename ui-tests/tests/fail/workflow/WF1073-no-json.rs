// JSON has keys that are known, each once.
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
        let key = "a".to_string();
        let a = json!({ "a": 1, "a": 2 });
        let b = json!({ key: 1 });
        let c: u64 = raw_state!({ "Type": "Pass", "Output": order.cents }).await?;
        tell(jsonata!(String: "$string([$a, $b, $c])", a, b, c)).await
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
