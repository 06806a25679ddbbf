// A service is called with one object.
use workflow_runtime::prelude::*;

#[step(resource = "arn:aws:states:::sqs:sendMessage")]
pub async fn send(queue_url: String, message_body: String) {
    drop((queue_url, message_body));
}

// A function takes them by name.
#[step(resource = "arn:aws:lambda:eu-west-1:123456789012:function:charge:live")]
pub async fn charge(order_id: String, cents: u64) {
    drop((order_id, cents));
}

fn main() {}
