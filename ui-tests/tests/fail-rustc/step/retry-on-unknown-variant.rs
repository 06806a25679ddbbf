// rustc names the similar variant.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum PayError {
    #[error("busy")]
    Busy,
    #[error("card {0} declined")]
    Declined(String),
}

#[step(retry(on(PayError::Bussy)))]
async fn charge(order: String) -> Result<u8, PayError> {
    Ok(1)
}

fn main() {}
