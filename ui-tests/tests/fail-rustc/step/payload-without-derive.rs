// One error, at the parameter's type.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

pub struct Order;

#[step]
async fn charge(order: Order, times: u8) -> u8 {
    times
}

fn main() {}
