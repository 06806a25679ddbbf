// A timeout of zero, and one of four years.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[step(timeout = "0s")]
async fn never() {}

#[step(timeout = "1460d")]
async fn always() {}

fn main() {}
