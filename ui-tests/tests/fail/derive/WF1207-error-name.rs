// Names that cannot be used.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
enum PayError {
    #[error("late")]
    #[step_error(name = "States.Timeout")]
    Late,
    #[error("nameless")]
    #[step_error(name = "")]
    Nameless,
}

fn main() {}
