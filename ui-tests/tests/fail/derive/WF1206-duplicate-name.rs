// A catcher could not tell them apart.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
enum PayError {
    #[error("declined")]
    Declined,
    #[error("refused")]
    #[step_error(name = "PayError.Declined")]
    Refused,
}

fn main() {}
