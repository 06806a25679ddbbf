// Only a callback step has a token.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum PayError {
    #[error("busy")]
    Busy,
    #[error("card {0} declined")]
    Declined(String),
}

#[step]
async fn ask(token: TaskToken, question: String) -> Result<bool, PayError> {
    Ok(true)
}

fn main() {}
