// The next step could not read it.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Serialize, Deserialize, Payload)]
struct Order {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lines: Vec<String>,
    #[serde(skip_serializing)]
    secret: String,
}

fn main() {}
