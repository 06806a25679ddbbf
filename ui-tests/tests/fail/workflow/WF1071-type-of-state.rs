// What steers is written in Rust.
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
        raw_state!((): { "Type": "Choice", "Choices": [] }).await?;
        raw_state!((): { "Type": "Fail", "Error": "No" }).await?;
        raw_state!((): { "Type": "Tasks" }).await?;
        raw_state!((): { "Output": 1 }).await?;
        Ok(())
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
