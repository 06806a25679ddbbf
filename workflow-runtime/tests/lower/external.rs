//! Integrations: what AWS calls in a step's place.
#![allow(unnameable_test_items, clippy::items_after_statements)]

use std::collections::BTreeMap;

use expect_test::expect;
use workflow_runtime::asl::Target;
use workflow_runtime::integrations::{dynamodb, events, http, lambda, sns, sqs, states as machines};
use workflow_runtime::prelude::*;

use crate::shop::*;
use crate::support::{machine, refusals, states};

/// Tells the warehouse.
#[step(resource = "arn:aws:states:::sqs:sendMessage", retry(on("SQS.SdkClientException"), max_attempts = 2))]
pub async fn tell_warehouse(message: sqs::SendMessage) -> sqs::SendMessageResult {
    let _ = message;
    sqs::SendMessageResult::default()
}

#[step(resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken", timeout = "3d", heartbeat = "1h")]
pub async fn ask_human(token: TaskToken, message: sqs::SendMessage) -> Result<Callback<Approval>, OrderError> {
    let _ = (token, message);
    Ok(Callback::pending())
}

#[step(resource = "arn:aws:states:::sns:publish")]
pub async fn announce(message: sns::Publish) -> sns::PublishResult {
    let _ = message;
    sns::PublishResult::default()
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum TableError {
    #[error("it exists")]
    #[step_error(name = "DynamoDB.ConditionalCheckFailedException")]
    Exists,
    #[error("too many requests")]
    #[step_error(name = "DynamoDB.ProvisionedThroughputExceededException")]
    Throttled,
}

#[step(
    resource = "arn:aws:states:::dynamodb:putItem",
    timeout = "10s",
    retry(on(TableError::Throttled), interval = "1s", max_attempts = 4, backoff_rate = 2.0, jitter)
)]
pub async fn put_order(request: dynamodb::PutItem) -> Result<dynamodb::WriteResult, TableError> {
    let _ = request;
    Ok(dynamodb::WriteResult::default())
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
pub struct OrderRow {
    pub total: dynamodb::Number,
    pub owner: Option<dynamodb::Text>,
}

#[step(resource = "arn:aws:states:::dynamodb:getItem")]
pub async fn get_order(request: dynamodb::GetItem) -> dynamodb::GetItemResult<OrderRow> {
    let _ = request;
    dynamodb::GetItemResult::default()
}

#[step(resource = "arn:aws:states:::events:putEvents")]
pub async fn emit(request: events::PutEvents) -> events::PutEventsResult {
    let _ = request;
    events::PutEventsResult::default()
}

#[step(resource = "arn:aws:states:::http:invoke", timeout = "20s")]
pub async fn rate(request: http::Invoke) -> http::InvokeResult<Fraud> {
    let _ = request;
    http::InvokeResult { response_body: Fraud { score: 0.1 }, status_code: 200, status_text: None, headers: None }
}

#[step(resource = "arn:aws:states:::lambda:invoke")]
pub async fn quote(request: lambda::Invoke) -> lambda::InvokeResult<Payment> {
    let _ = request;
    lambda::InvokeResult { payload: Payment { payment_id: String::new() }, status_code: 200, executed_version: None }
}

#[step(resource = "arn:aws:lambda:eu-west-1:123456789012:function:charge:live", timeout = "30s")]
pub async fn charge_elsewhere(order: Order) -> Result<Payment, PaymentError> {
    let _ = order;
    Err(PaymentError::Gateway)
}

#[step(resource = "arn:aws:states:::states:startExecution.sync:2", timeout = "2h")]
pub async fn settle(request: machines::StartExecution) -> machines::ExecutionResult<Receipt> {
    let _ = request;
    machines::ExecutionResult {
        execution_arn: String::new(),
        output: Receipt { number: String::new() },
        status: "SUCCEEDED".to_owned(),
        name: None,
    }
}

/// AWS's own parameters, declared by the user.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(rename_all = "PascalCase")]
pub struct PutParameter {
    pub name: String,
    pub value: String,
}

#[step(resource = "arn:aws:states:::aws-sdk:ssm:putParameter")]
pub async fn remember(request: PutParameter) {
    let _ = request;
}

#[step(resource = "arn:aws:states:::aws-sdk:s3:listBuckets")]
pub async fn list_buckets() -> serde_json::Value {
    serde_json::Value::Null
}

const QUEUE: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders";

workflow!(
    pub async fn messages(order: Order) -> Result<String> {
        let sent = tell_warehouse(sqs::SendMessage {
            queue_url: QUEUE.to_string(),
            message_body: json!({ "order": order.order_id, "lines": [order.total_cents, 2, null], "by": "{%" }),
            delay_seconds: None,
            message_group_id: order.note,
            message_deduplication_id: Some(order.order_id),
            ..Default::default()
        })
        .await?;
        announce(sns::Publish {
            topic_arn: Some("arn:aws:sns:eu-west-1:123456789012:orders".to_string()),
            message: json!(order.order_id),
            ..Default::default()
        })
        .await?;
        Ok(sent.message_id)
    }
);

#[test]
fn parameters_are_the_arguments_and_what_is_none_is_left_out() {
    expect![[r#"
        -> TellWarehouse
        TellWarehouse: Task arn:aws:states:::sqs:sendMessage
          Comment "Tells the warehouse."
          Arguments "{% $merge([{'QueueUrl': 'https://sqs.eu-west-1.amazonaws.com/123456789012/orders', 'MessageBody': {'order': $states.context.Execution.Input.orderId, 'lines': [$states.context.Execution.Input.totalCents, 2, null], 'by': '{%'}, 'MessageDeduplicationId': $states.context.Execution.Input.orderId}, $states.context.Execution.Input.note != null ? {'MessageGroupId': $states.context.Execution.Input.note} : {}]) %}"
          Retry {"ErrorEquals":["SQS.SdkClientException"],"MaxAttempts":2}
          Assign {"sent":"{% $states.result %}"}
          Next -> Announce
        Announce: Task arn:aws:states:::sns:publish
          Arguments {"TopicArn":"arn:aws:sns:eu-west-1:123456789012:orders","Message":"{% $states.context.Execution.Input.orderId %}"}
          Output "{% $sent.MessageId %}"
          End true
    "#]].assert_eq(&states::<Messages>());
}

workflow!(
    pub async fn ask_first(order: Order) -> Result<bool> {
        let answer = ask_human(sqs::SendMessage {
            queue_url: QUEUE.to_string(),
            message_body: json!({ "token": task_token(), "order": order }),
            ..Default::default()
        })
        .await?;
        Ok(answer.approved)
    }
);

#[test]
fn the_token_travels_in_the_message() {
    expect![[r#"
        {
          "QueryLanguage": "JSONata",
          "StartAt": "AskHuman",
          "States": {
            "AskHuman": {
              "Type": "Task",
              "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
              "Arguments": {
                "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
                "MessageBody": {
                  "token": "{% $states.context.Task.Token %}",
                  "order": "{% $states.context.Execution.Input %}"
                }
              },
              "TimeoutSeconds": 259200,
              "HeartbeatSeconds": 3600,
              "Output": "{% $states.result.approved %}",
              "End": true
            }
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&machine::<AskFirst>()).unwrap_or_default());
}

workflow!(
    pub async fn table(order: Order) -> Result<String> {
        let key = BTreeMap::from([("id".to_string(), dynamodb::AttributeValue::S(order.order_id))]);
        match put_order(dynamodb::PutItem {
            table_name: "orders".to_string(),
            item: BTreeMap::from([
                ("id".to_string(), dynamodb::AttributeValue::S(order.order_id)),
                ("total".to_string(), dynamodb::AttributeValue::N(order.total_cents.to_string())),
            ]),
            condition_expression: Some("attribute_not_exists(id)".to_string()),
            ..Default::default()
        })
        .await
        {
            Ok(_) => {}
            Err(Failed(TableError::Exists)) => {
                notify(order.user_id, "you have ordered this already".to_string()).await?;
            }
            Err(Other(failure)) => {
                alert(failure.cause.unwrap_or("".to_string())).await?;
            }
            Err(failure) => return Err(failure.into()),
        }
        let found =
            get_order(dynamodb::GetItem { table_name: "orders".to_string(), key, ..Default::default() }).await?;
        if found.item.is_none() {
            return Err(OrderFailure::Rejected.into());
        }
        Ok(order.order_id)
    }
);

#[test]
fn errors_of_services_are_caught_and_retried_by_their_names() {
    expect![[r#"
        -> PutOrder
        PutOrder: Task arn:aws:states:::dynamodb:putItem
          Arguments {"TableName":"orders","Item":{"id":{"S":"{% $states.context.Execution.Input.orderId %}"},"total":{"N":"{% $formatNumber($states.context.Execution.Input.totalCents, '0') %}"}},"ConditionExpression":"attribute_not_exists(id)"}
          TimeoutSeconds 10
          Retry {"ErrorEquals":["DynamoDB.ProvisionedThroughputExceededException"],"IntervalSeconds":1,"MaxAttempts":4,"BackoffRate":2.0,"JitterStrategy":"FULL"}
          Catch {"ErrorEquals":["DynamoDB.ConditionalCheckFailedException"],"Next":"Notify"}
          Catch {"ErrorEquals":["DynamoDB.ProvisionedThroughputExceededException","States.Timeout","Sandbox.Timedout"],"Assign":{"failure":"{% $states.errorOutput %}"},"Next":"Failed"}
          Catch {"ErrorEquals":["States.ALL"],"Assign":{"failure2":"{% $states.errorOutput %}"},"Next":"Alert"}
          Next -> GetOrder
        Notify: Task
          Arguments {"user":"{% $states.context.Execution.Input.userId %}","text":"you have ordered this already"}
          Next -> GetOrder
        Alert: Task
          Arguments "{% $failure2.Cause != null ? $failure2.Cause : '' %}"
          Retry {"ErrorEquals":["States.ALL"],"MaxAttempts":1}
          Next -> GetOrder
        Failed: Fail
          Error "{% $failure.Error ? $failure.Error : 'States.TaskFailed' %}"
          Cause "{% $failure.Cause ? $failure.Cause : '' %}"
        GetOrder: Task arn:aws:states:::dynamodb:getItem
          Arguments {"TableName":"orders","Key":{"id":{"S":"{% $states.context.Execution.Input.orderId %}"}}}
          Assign {"found":"{% $states.result %}"}
          Next -> OrderFailureRejected?
        OrderFailureRejected?: Choice
          Choices {"Condition":"{% $not($found.Item != null) %}","Next":"OrderFailureRejected"}
          Default -> Done
        OrderFailureRejected: Fail
          Error "OrderFailure.Rejected"
          Cause "{\"errorType\":\"OrderFailure.Rejected\",\"errorMessage\":\"{\\\"message\\\":\\\"the order was rejected\\\",\\\"error\\\":\\\"Rejected\\\"}\"}"
        Done: Succeed
          Output "{% $states.context.Execution.Input.orderId %}"
    "#]].assert_eq(&states::<Table>());
}

workflow!(
    pub async fn everything(order: Order) -> Result<Receipt> {
        let score = rate(http::Invoke {
            api_endpoint: "https://rates.example.com/v1".to_string(),
            method: "POST".to_string(),
            authentication: http::Authentication {
                connection_arn: "arn:aws:events:eu-west-1:123456789012:connection/rates/1".to_string(),
            },
            request_body: Some(json!({ "cents": order.total_cents, "note": order.note })),
            ..Default::default()
        })
        .await?;
        emit(events::PutEvents {
            entries: vec![events::Entry {
                detail: json!({ "order": order.order_id, "score": score.response_body.score }),
                detail_type: "Order Rated".to_string(),
                source: "com.example.shop".to_string(),
                event_bus_name: order.note,
                resources: None,
            }],
        })
        .await?;
        let quoted = quote(lambda::Invoke {
            function_name: "quote".to_string(),
            payload: json!(order),
            invocation_type: None,
            qualifier: None,
        })
        .await?;
        remember(PutParameter { name: "/last".to_string(), value: quoted.payload.payment_id }).await?;
        list_buckets().await?;
        charge_elsewhere(order).await?;
        let settled = settle(machines::StartExecution {
            state_machine_arn: "arn:aws:states:eu-west-1:123456789012:stateMachine:settle".to_string(),
            input: json!({ "order": order.order_id }),
            name: None,
        })
        .await?;
        Ok(settled.output)
    }
);

#[test]
fn each_integration_has_its_form() {
    expect![[r#"
        -> Rate
        Rate: Task arn:aws:states:::http:invoke
          Arguments {"ApiEndpoint":"https://rates.example.com/v1","Method":"POST","Authentication":{"ConnectionArn":"arn:aws:events:eu-west-1:123456789012:connection/rates/1"},"RequestBody":{"cents":"{% $states.context.Execution.Input.totalCents %}","note":"{% $exists($states.context.Execution.Input.note) ? $states.context.Execution.Input.note : null %}"}}
          TimeoutSeconds 20
          Assign {"score":"{% $states.result %}"}
          Next -> Emit
        Emit: Task arn:aws:states:::events:putEvents
          Arguments {"Entries":["{% $merge([{'Detail': {'order': $states.context.Execution.Input.orderId, 'score': $score.ResponseBody.score}, 'DetailType': 'Order Rated', 'Source': 'com.example.shop'}, $states.context.Execution.Input.note != null ? {'EventBusName': $states.context.Execution.Input.note} : {}]) %}"]}
          Next -> Quote
        Quote: Task arn:aws:states:::lambda:invoke
          Arguments {"FunctionName":"quote","Payload":"{% $states.context.Execution.Input %}"}
          Assign {"quoted":"{% $states.result %}"}
          Next -> Remember
        Remember: Task arn:aws:states:::aws-sdk:ssm:putParameter
          Arguments {"Name":"/last","Value":"{% $quoted.Payload.paymentId %}"}
          Next -> ListBuckets
        ListBuckets: Task arn:aws:states:::aws-sdk:s3:listBuckets
          Arguments {}
          Next -> ChargeElsewhere
        ChargeElsewhere: Task arn:aws:lambda:eu-west-1:123456789012:function:charge:live
          Arguments "{% $states.context.Execution.Input %}"
          TimeoutSeconds 30
          Next -> Settle
        Settle: Task arn:aws:states:::states:startExecution.sync:2
          Arguments {"StateMachineArn":"arn:aws:states:eu-west-1:123456789012:stateMachine:settle","Input":{"order":"{% $states.context.Execution.Input.orderId %}"}}
          TimeoutSeconds 7200
          Output "{% $states.result.Output %}"
          End true
    "#]].assert_eq(&states::<Everything>());
}

#[test]
fn activities_leave_integrations_what_they_are() {
    let lambda = Everything::definition().to_asl_json();
    assert_eq!(Everything::definition().to_asl_json_for(Target::Activity), lambda);
}

workflow!(
    pub async fn a_variable(message: sqs::SendMessage) -> Result<()> {
        tell_warehouse(message).await?;
        Ok(())
    }
);

#[test]
fn what_was_built_elsewhere_loses_its_nulls() {
    expect![[r#"
        -> TellWarehouse
        TellWarehouse: Task arn:aws:states:::sqs:sendMessage
          Comment "Tells the warehouse."
          Arguments "{% $sift($states.context.Execution.Input, function($value) { $value != null }) %}"
          Retry {"ErrorEquals":["SQS.SdkClientException"],"MaxAttempts":2}
          Output "{% null %}"
          End true
    "#]]
    .assert_eq(&states::<AVariable>());
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Misspelled {
    pub queue_url: String,
    pub message_body: String,
}

#[step(resource = "arn:aws:states:::sqs:sendMessage")]
pub async fn misspelled(message: Misspelled) {
    let _ = message;
}

#[step(resource = "arn:aws:states:::sns:publish")]
pub async fn a_text(text: String) {
    let _ = text;
}

#[step(resource = "arn:aws:states:::sqs:sendMessage")]
pub async fn with_data(message: sqs::SendMessage) -> Result<(), OrderError> {
    let _ = message;
    Ok(())
}

#[test]
fn what_a_service_would_not_take_is_refused() {
    workflow!(
        pub async fn refused(message: sqs::SendMessage) -> Result<()> {
            misspelled(Misspelled { queue_url: QUEUE.to_string(), message_body: "".to_string() }).await?;
            a_text("hello".to_string()).await?;
            with_data(message).await?;
            ask_human(message).await?;
            tell_warehouse(sqs::SendMessage { message_body: json!(task_token()), ..message }).await?;
            Ok(())
        }
    );
    expect![[r#"
        WF1380 `Misspelled` has no `QueueUrl`, which `arn:aws:states:::sqs:sendMessage` needs: add the field, with `#[serde(rename_all = "PascalCase")]` on the struct
        WF1380 `Misspelled` has no `MessageBody`, which `arn:aws:states:::sqs:sendMessage` needs: add the field, with `#[serde(rename_all = "PascalCase")]` on the struct
        WF1380 `a_text` gives `String` to `arn:aws:states:::sns:publish`, which takes an object: declare a struct with the integration's parameters, or use one of `workflow_runtime::integrations`
        WF1383 `OrderError::Invalid` of `with_data` carries data, which an integration's errors do not have: make it a unit variant, and read `failure.cause()` for AWS's text
        WF1381 `ask_human` waits for an answer, but its parameters do not hold the task token: put `task_token()` into the message, or nobody can answer
        WF1382 `tell_warehouse` does not wait for an answer, so it has no token: its resource would end in `.waitForTaskToken`
    "#]].assert_eq(&refusals::<Refused>());
}
