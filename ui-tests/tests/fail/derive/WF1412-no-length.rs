//! A number has no length.

#![allow(unused_imports, dead_code)]

use workflow_runtime::prelude::*;

#[derive(Serialize, Deserialize, Payload)]
struct Order {
    #[payload(max_len = 5)]
    total_cents: u64,
}

fn main() {}
