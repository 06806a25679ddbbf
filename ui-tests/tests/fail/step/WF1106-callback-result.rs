// `callback` and `Callback` go together.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum PayError {
    #[error("busy")]
    Busy,
    #[error("card {0} declined")]
    Declined(String),
}

#[step(callback)]
async fn ask(token: TaskToken) -> Result<bool, PayError> {
    Ok(true)
}

#[step]
async fn answer() -> Result<Callback<bool>, PayError> {
    Ok(Callback::pending())
}

fn main() {}
