// A return type must say how the step fails.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[step]
async fn hidden() -> Result<u8> {
    Ok(1)
}

#[step]
async fn borrowed() -> &'static str {
    "x"
}

fn main() {}
