// JSONata and states written by hand, in every place that they may stand in.
#![deny(warnings, missing_docs)]
//! Nothing here may be warned of.
use workflow_runtime::prelude::*;

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Order {
    /// Its name.
    pub id: String,
    /// What each line costs.
    pub cents: Vec<u64>,
}

/// Tells.
#[step]
pub async fn tell(text: String) {
    drop(text);
}

workflow!(
    /// By hand.
    pub async fn order_flow(order: Order) -> Result<u64> {
        let total: u64 = jsonata!("$sum($cents)", cents = order.cents);
        if jsonata!(bool: "$contains($id, /^O/)", id = order.id) {
            tell(format!("{}", jsonata!(u64: "$count($cents) + $more", cents = order.cents, more = total + 1))).await?;
        }
        /// Doubles.
        #[state = "Double"]
        let doubled: Vec<u64> = raw_state!({
            "Type": "Pass",
            "Output": "{% [$map($cents, function($c) { $c * 2 })] %}"
        }, cents = order.cents).await?;
        raw_state!({ "Type": "Wait", "Seconds": 1 }).await?;
        let (_, last) = try_join!(
            async {
                #[state = "Left"]
                tell("left".to_string()).await
            },
            async { raw_state!(u64: { "Type": "Pass", "Output": "{% $doubled[-1] %}" }, doubled).await }
        )?;
        match raw_state!((): { "Type": "Map", "Items": "{% $doubled %}", "ItemProcessor": {
            "StartAt": "Each", "States": { "Each": { "Type": "Succeed" } }
        } }, doubled).await {
            Ok(()) => Ok(last),
            Err(TimedOut | HeartbeatTimedOut) => Ok(0),
            Err(failure) => Err(failure.into()),
        }
    }
);

fn main() {
    let text = OrderFlow::definition().to_asl_json();
    assert!(text.contains("\"Double\""), "{text}");
}
