// The timeout would always come first.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[step(timeout = "30s", heartbeat = "30s")]
async fn equal() {}

#[step(heartbeat = "2m")]
async fn longer_than_the_default() {}

fn main() {}
