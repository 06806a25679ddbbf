// Written under one name, read under another.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Serialize, Deserialize, Payload)]
struct Order {
    #[serde(rename(serialize = "id", deserialize = "orderId"))]
    id: String,
}

fn main() {}
