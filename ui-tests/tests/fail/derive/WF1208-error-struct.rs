// Each variant is a name; a struct has none to choose.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
#[error("failed with {code}")]
struct PayError {
    code: u32,
}

#[step]
async fn charge() -> Result<u8, PayError> {
    Ok(1)
}

fn main() {}
