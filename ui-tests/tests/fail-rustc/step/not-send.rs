// A step may move between threads.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[step]
async fn charge(order: String) -> u8 {
    let shared = std::rc::Rc::new(1);
    other().await;
    *shared
}

async fn other() {}

fn main() {}
