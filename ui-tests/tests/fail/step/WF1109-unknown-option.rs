// Options that do not exist, twice, or in another form.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum PayError {
    #[error("busy")]
    Busy,
    #[error("card {0} declined")]
    Declined(String),
}

#[step(timeot = "30s", retry(on(Timedout), jiter))]
async fn typos() {}

#[step(timeout = 30, timeout = "30s", callback = true, retry(interval = "1s"), later)]
async fn forms() {}

#[step(retry(on(PayError::Declined(_))))]
async fn patterns() -> Result<(), PayError> {
    Ok(())
}

fn main() {}
