// One error, at the error's type; using the step adds none.
#![allow(unused_imports, unused_variables, dead_code)]
use workflow_runtime::prelude::*;

pub enum MailError {
    Down,
}

#[step]
async fn send(to: String) -> Result<u8, MailError> {
    Ok(1)
}

fn uses_it() -> Result<u8> {
    Ok(send::__call("x".to_owned())?)
}

fn main() {}
