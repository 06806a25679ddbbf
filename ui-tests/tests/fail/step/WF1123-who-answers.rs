// The resource and the signature must agree on who answers.
use workflow_runtime::integrations::sqs;
use workflow_runtime::prelude::*;

#[step(resource = "arn:aws:states:::sqs:sendMessage", callback)]
pub async fn flag(message: sqs::SendMessage) -> u64 {
    drop(message);
    0
}

#[step(resource = "arn:aws:states:::sqs:sendMessage")]
pub async fn token(token: TaskToken, message: sqs::SendMessage) {
    drop((token, message));
}

#[step(resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken")]
pub async fn no_callback(token: TaskToken, message: sqs::SendMessage) -> sqs::SendMessageResult {
    drop((token, message));
    sqs::SendMessageResult::default()
}

#[step(resource = "arn:aws:lambda:eu-west-1:123456789012:function:ask")]
pub async fn function(question: String) -> Callback<bool> {
    drop(question);
    Callback::pending()
}

fn main() {}
