//! Formats that JSONata cannot write.
use workflow_runtime::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
    pub total: f64,
}

workflow!(
    pub async fn labels(order: Order) -> Result<(String, String, String)> {
        let width = 8;
        Ok((format!("{order:?}"), format!("{:>width$}", order.id), format!("{:e}", order.total)))
    }
);

fn main() {}
