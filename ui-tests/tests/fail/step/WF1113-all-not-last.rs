// `States.ALL` stands alone and last.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[step(retry(on(All, TimedOut)))]
async fn not_alone() {}

#[step(retry(on(All)), retry(on(TimedOut)))]
async fn not_last() {}

fn main() {}
