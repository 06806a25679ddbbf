// Step Functions gives up on an endpoint after a minute.
use workflow_runtime::integrations::http;
use workflow_runtime::prelude::*;

#[step(resource = "arn:aws:states:::http:invoke", timeout = "5m")]
pub async fn fetch(request: http::Invoke) -> http::InvokeResult {
    drop(request);
    http::InvokeResult::default()
}

fn main() {}
