// What AWS calls is named by an ARN.
use workflow_runtime::integrations::sqs;
use workflow_runtime::prelude::*;

#[step(resource = "sqs:sendMessage")]
pub async fn without_prefix(message: sqs::SendMessage) {
    drop(message);
}

#[step(resource = "arn:aws:lambda:eu-west-1:1234:function:charge")]
pub async fn short_account(cents: u64) {
    let _ = cents;
}

#[step(resource = "arn:aws:states:eu-west-1:123456789012:activity:charge")]
pub async fn activity(cents: u64) {
    let _ = cents;
}

#[step(resource = "arn:aws:states:::aws-sdk:dynamodb")]
pub async fn no_action(cents: u64) {
    let _ = cents;
}

fn main() {}
