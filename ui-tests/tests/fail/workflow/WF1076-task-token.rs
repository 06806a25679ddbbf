// A token belongs to an attempt.
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
        let message = json!({ "token": task_token() });
        tell(jsonata!(String: "$message.token", message)).await
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
