//! A bound is a size.

#![allow(unused_imports, dead_code)]

use workflow_runtime::prelude::*;

#[derive(Serialize, Deserialize, Payload)]
struct Order {
    #[payload(max_len = "many")]
    lines: Vec<String>,
    #[payload(max_bytes = "64 apples")]
    note: String,
    #[payload(max_len = 0)]
    labels: Vec<String>,
}

fn main() {}
