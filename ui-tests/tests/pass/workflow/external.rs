// What AWS calls in a step's place, with its parameters and answers.
use std::collections::BTreeMap;

use workflow_runtime::integrations::{dynamodb, lambda, sqs};
use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
    pub total_cents: u64,
}

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Answer {
    pub approved: bool,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum TableError {
    #[error("it exists")]
    #[step_error(name = "DynamoDB.ConditionalCheckFailedException")]
    Exists,
}

#[step(resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken", timeout = "3d")]
pub async fn ask(token: TaskToken, message: sqs::SendMessage) -> Callback<Answer> {
    drop((token, message));
    Callback::pending()
}

// The token is in the message: the stand-in may read it there.
#[step(resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken", timeout = "3d")]
pub async fn ask_too(message: sqs::SendMessage) -> Callback<Answer> {
    drop(message);
    Callback::pending()
}

#[step(resource = "arn:aws:states:::dynamodb:putItem", retry(on("DynamoDB.SdkClientException"), max_attempts = 2))]
pub async fn put(request: dynamodb::PutItem) -> Result<dynamodb::WriteResult, TableError> {
    drop(request);
    Err(TableError::Exists)
}

#[step(resource = "arn:aws:states:::lambda:invoke")]
pub async fn quote(request: lambda::Invoke) -> lambda::InvokeResult<u64> {
    drop(request);
    lambda::InvokeResult { payload: 1, status_code: 200, executed_version: None }
}

#[step(resource = "arn:aws:lambda:${Region}:${Account}:function:charge")]
pub async fn charge(order_id: String, cents: u64) -> u64 {
    drop(order_id);
    cents
}

workflow!(
    pub async fn order_flow(order: Order) -> Result<u64> {
        let item = BTreeMap::from([
            ("id".to_string(), dynamodb::AttributeValue::S(order.id)),
            ("total".to_string(), dynamodb::AttributeValue::N(order.total_cents.to_string())),
        ]);
        match put(dynamodb::PutItem { table_name: "orders".to_string(), item, ..Default::default() }).await {
            Ok(_) => {}
            Err(Failed(TableError::Exists)) => return Ok(0),
            Err(failure) => return Err(failure.into()),
        }
        let body = json!({ "cents": [order.total_cents, 1, null], "deep": { "id": order.id, "ok": true } });
        let quoted = quote(lambda::Invoke { function_name: "quote".to_string(), payload: body, ..Default::default() }).await?;
        let message = sqs::SendMessage { queue_url: "https://sqs".to_string(), ..Default::default() };
        let answer = ask(sqs::SendMessage { message_body: json!({ "token": task_token(), "order": order }), ..message }).await?;
        let again = ask_too(sqs::SendMessage { message_body: json!(task_token()), ..message }).await?;
        if answer.approved && again.approved { charge(order.id, quoted.payload).await } else { Ok(quoted.payload) }
    }
);

fn main() {
    let text = OrderFlow::definition().to_asl_json();
    assert!(text.contains("arn:aws:states:::sqs:sendMessage.waitForTaskToken"), "{text}");
    assert!(text.contains("$states.context.Task.Token"), "{text}");
}
