// JSON has no Rust type: somebody must say it.
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
    pub async fn order_flow(order: Order) -> Result<u64> {
        tell(jsonata!("$string($cents)", cents = order.cents)).await?;
        let total = raw_state!({ "Type": "Pass", "Output": "{% $sum($cents) %}" }, cents = order.cents).await?;
        raw_state!({ "Type": "Wait", "Seconds": 5 }).await?;
        Ok(total)
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
