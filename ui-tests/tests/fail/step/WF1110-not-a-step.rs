// Functions that cannot be called by name alone.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[step]
fn waits() {}

#[step]
async fn generic<T: Payload>(value: T) -> u8 {
    1
}

#[step]
async unsafe fn dangerous() {}

#[step]
struct NoFunction;

fn main() {}
