// A broken step still is a step: what uses it is not reported too.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum PayError {
    #[error("busy")]
    Busy,
    #[error("card {0} declined")]
    Declined(String),
}

#[step(timeout = "soon")]
pub async fn charge(order: String) -> Result<u8, PayError> {
    Ok(1)
}

mod elsewhere {
    use super::charge;
    use workflow_runtime::step::Step;

    pub fn uses_it() -> Result<u8, workflow_runtime::Failure<super::PayError>> {
        let _ = (charge("x".to_owned()), charge::spec());
        charge::__call("x".to_owned())
    }
}

fn main() {}
