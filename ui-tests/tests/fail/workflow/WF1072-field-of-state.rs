// What follows from the place is not written, and everything else is a field of the type.
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
        let a: u64 = raw_state!({ "Type": "Pass", "Output": 1, "Next": "B", "Assign": { "a": 1 } }).await?;
        let b: u64 = raw_state!({
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Argument": {},
            "ResultPath": "$.x",
            "TimeoutSeconds": 5,
            "TimeoutSeconds": 6,
            "Output": "{% $states.result",
            "Catch": []
        })
        .await?;
        let c: u64 = raw_state!({ "Type": "Pass" }).await?;
        Ok(a + b + c)
    }
);

fn main() {
    // The item is there all the same.
    let _ = (OrderFlow::NAME, OrderFlow::program());
}
