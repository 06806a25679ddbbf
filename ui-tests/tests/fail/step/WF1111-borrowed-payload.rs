// A payload is owned, named and of one type.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[step]
async fn greet(name: &str, others: Vec<&'static str>, (x, y): (u8, u8), more: impl Payload) {}

fn main() {}
