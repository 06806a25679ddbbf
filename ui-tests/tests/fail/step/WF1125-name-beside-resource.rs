// Nothing is behind the step but the resource.
use workflow_runtime::integrations::sqs;
use workflow_runtime::prelude::*;

#[step(resource = "arn:aws:states:::sqs:sendMessage", name = "Send")]
pub async fn send(message: sqs::SendMessage) {
    drop(message);
}

fn main() {}
