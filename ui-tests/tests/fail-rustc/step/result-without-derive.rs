// One error, at the result's type.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum PayError {
    #[error("busy")]
    Busy,
    #[error("card {0} declined")]
    Declined(String),
}

pub struct Payment;

#[step]
async fn charge(order: String) -> Result<Payment, PayError> {
    Ok(Payment)
}

fn main() {}
