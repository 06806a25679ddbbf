// `name` names a Lambda function.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[step(name = "validate order")]
async fn validate_order() {}

fn main() {}
