// Numbers that ASL does not take.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[step(retry(on(TimedOut), max_attempts = 100_000_000, backoff_rate = 0.5, max_delay = "400d"))]
async fn ping() {}

fn main() {}
