// The second one would never run.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[step(retry(on(TimedOut)), retry(on(TimedOut), max_attempts = 5))]
async fn ping() {}

fn main() {}
