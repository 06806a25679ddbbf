// Every fault of one step at once, and nothing else.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum PayError {
    #[error("busy")]
    Busy,
    #[error("card {0} declined")]
    Declined(String),
}

#[step(timeout = "100ms", heartbeat = "1h", callback, retry(on(TimedOut), backoff_rate = 0.1), nme = "x")]
pub async fn charge(order: &str) -> Result<u8, PayError> {
    Ok(1)
}

fn main() {}
