// A payload is written and read by serde.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Clone, Payload)]
struct Order {
    id: String,
}

fn main() {}
