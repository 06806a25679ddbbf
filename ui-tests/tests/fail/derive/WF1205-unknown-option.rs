// Options that do not exist.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Serialize, Deserialize, Payload)]
#[payload(krate = x)]
struct Card {
    #[payload(sensitiv)]
    number: String,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
enum PayError {
    #[error("declined")]
    #[step_error(nmae = "Declined")]
    Declined,
}

fn main() {}
