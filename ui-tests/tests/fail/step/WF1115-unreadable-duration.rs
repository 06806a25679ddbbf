// A number without a unit is a guess.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[step(timeout = "30", heartbeat = "a while")]
async fn ping() {}

fn main() {}
