// An error that the step cannot raise.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum PayError {
    #[error("busy")]
    Busy,
    #[error("card {0} declined")]
    Declined(String),
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum MailError {
    #[error("down")]
    Down,
}

#[step(retry(on(MailError::Down)))]
async fn charge(order: String) -> Result<u8, PayError> {
    Ok(1)
}

fn main() {}
