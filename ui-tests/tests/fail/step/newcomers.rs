//! Steps as newcomers write them first.

use workflow_runtime::prelude::*;

pub struct Depot;

impl Depot {
    #[step]
    pub async fn open(&self) {}
}

#[step]
#[retry(on(Busy), max_attempts = 2)]
#[timeout = "5s"]
pub async fn options_beside() {}

#[step]
pub async fn any_error() -> Result<(), Box<dyn std::error::Error>> {
    Ok(())
}

#[step]
pub async fn text_error() -> Result<(), String> {
    Ok(())
}

#[step]
pub async fn any_payload(shown: Box<dyn std::fmt::Display + Send>) -> String {
    shown.to_string()
}

#[step]
pub async fn any_result() -> Box<dyn std::fmt::Display> {
    Box::new(1)
}

#[step]
pub async fn lifetimes<'a>(text: &'a str) -> &'a str {
    text
}

fn main() {}
