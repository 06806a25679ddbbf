// Retries that nothing ever reaches.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum PayError {
    #[error("busy")]
    Busy,
    #[error("card {0} declined")]
    Declined(String),
}

#[step(retry(on(Failed)))]
async fn cannot_fail() -> u8 {
    1
}

#[step(retry(on(Failed)), retry(on(PayError::Busy)), retry(on(HeartbeatTimedOut, "States.Runtime")))]
async fn taken_before() -> Result<u8, PayError> {
    Ok(1)
}

fn main() {}
