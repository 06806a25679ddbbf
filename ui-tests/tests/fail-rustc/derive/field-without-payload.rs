// One error for each field, at its type.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize)]
struct Line {
    sku: String,
}

#[derive(Clone, Serialize, Deserialize, Payload)]
struct Order {
    id: String,
    lines: Vec<Line>,
    total: u128,
}

fn main() {}
