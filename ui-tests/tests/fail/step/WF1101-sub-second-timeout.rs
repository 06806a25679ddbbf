// Step Functions counts whole seconds.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[step(timeout = "500ms")]
async fn half() {}

#[step(timeout = "1m", heartbeat = "1500ms")]
async fn one_and_a_half() {}

fn main() {}
