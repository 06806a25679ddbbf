//! The language's functions, called as they are not.
use workflow_runtime::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
}

workflow!(
    pub async fn words(text: String) -> Result<(Order, String)> {
        let order: Order = parse_json(text);
        Ok((order, new_uuid(4)))
    }
);

fn main() {}
