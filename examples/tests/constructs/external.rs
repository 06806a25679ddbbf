//! Integrations, JSON literals, JSONata and states written by hand.

#![allow(clippy::unused_async, reason = "stand-ins as people write them")]

use std::collections::BTreeMap;

use serde_json::json;
use workflow_runtime::integrations::{dynamodb, events, http, lambda, sqs, states as machines};
use workflow_runtime::prelude::*;

use crate::calls::an_order;
use crate::harness::{Act, Bench, Script, err, ok};
use crate::world::*;

const QUEUE: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders";

/// What SQS answers.
fn sent(message: &sqs::SendMessage) -> sqs::SendMessageResult {
    let text = message.message_body.to_string();
    sqs::SendMessageResult {
        message_id: format!("{}-{}", text.len(), message.message_group_id.as_deref().unwrap_or("none")),
        md5_of_message_body: "acbd18db4cc2f85cedef654fccc4a4d8".to_owned(),
        ..Default::default()
    }
}

#[derive(Clone, Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub(crate) enum QueueError {
    #[error("no such queue")]
    #[step_error(name = "SQS.QueueDoesNotExistException")]
    Missing,
    #[error("busy")]
    #[step_error(name = "SQS.SdkClientException")]
    Busy,
}

#[step(
    resource = "arn:aws:states:::sqs:sendMessage",
    timeout = "10s",
    retry(on(QueueError::Busy), interval = "1s", max_attempts = 2)
)]
pub(crate) async fn send(
    script: Data<Script>,
    context: StepContext,
    message: sqs::SendMessage,
) -> Result<sqs::SendMessageResult, QueueError> {
    match script.next(&context).await {
        Act::Fault(Fault::Empty) => Err(QueueError::Missing),
        Act::Fault(_) => Err(QueueError::Busy),
        _ => Ok(sent(&message)),
    }
}

/// The same resource, for other messages.
#[step(resource = "arn:aws:states:::sqs:sendMessage")]
pub(crate) async fn send_urgent(message: sqs::SendMessage) -> sqs::SendMessageResult {
    sqs::SendMessageResult { message_id: format!("urgent {}", message.message_body), ..Default::default() }
}

#[step(resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken", timeout = "1h")]
pub(crate) async fn approve(
    script: Data<Script>,
    context: StepContext,
    token: TaskToken,
    message: sqs::SendMessage,
) -> Result<Callback<Answer>, Fault> {
    assert_eq!(message.message_body["token"], token.as_str(), "the message holds the attempt's token");
    script.park(&context, token);
    Ok(Callback::pending())
}

#[derive(Clone, Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub(crate) enum TableError {
    #[error("the condition failed")]
    #[step_error(name = "DynamoDB.ConditionalCheckFailedException")]
    Exists,
}

#[step(resource = "arn:aws:states:::dynamodb:putItem")]
pub(crate) async fn put(
    script: Data<Script>,
    context: StepContext,
    request: dynamodb::PutItem,
) -> Result<dynamodb::WriteResult, TableError> {
    match script.next(&context).await {
        Act::Fault(_) => Err(TableError::Exists),
        _ => Ok(dynamodb::WriteResult { attributes: Some(request.item), sdk_http_metadata: None }),
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
pub(crate) struct Row {
    total: dynamodb::Number,
    owner: Option<dynamodb::Text>,
}

#[step(resource = "arn:aws:states:::dynamodb:getItem")]
pub(crate) async fn get(request: dynamodb::GetItem) -> dynamodb::GetItemResult<Row> {
    let row = |id: &str| Row { total: dynamodb::Number { value: id.len().to_string() }, owner: None };
    let item = match request.key.get("id") {
        Some(dynamodb::AttributeValue::S(id)) if !id.is_empty() => Some(row(id)),
        _ => None,
    };
    dynamodb::GetItemResult { item, sdk_http_metadata: None }
}

#[step(resource = "arn:aws:states:::events:putEvents")]
pub(crate) async fn emit(request: events::PutEvents) -> events::PutEventsResult {
    let entries = request.entries.iter().map(|_| events::EntryResult { event_id: Some("e-1".to_owned()) }).collect();
    events::PutEventsResult { entries, failed_entry_count: Some(0), sdk_http_metadata: None }
}

#[step(resource = "arn:aws:states:::http:invoke", timeout = "5s")]
pub(crate) async fn rate(request: http::Invoke) -> http::InvokeResult<Answer> {
    let approved = request.request_body.is_some_and(|body| body["cents"] == 1200);
    let by = request.headers.and_then(|headers| headers.get("X-By").cloned());
    http::InvokeResult { response_body: Answer { approved, by }, status_code: 200, status_text: None, headers: None }
}

#[step(resource = "arn:aws:states:::lambda:invoke")]
pub(crate) async fn quote(request: lambda::Invoke) -> lambda::InvokeResult<i64> {
    let payload = request.payload.as_array().map_or(0, |lines| i64::try_from(lines.len()).unwrap_or_default());
    lambda::InvokeResult { payload, status_code: 200, executed_version: Some("$LATEST".to_owned()) }
}

#[step(resource = "arn:aws:lambda:eu-west-1:123456789012:function:charge", timeout = "30s")]
pub(crate) async fn charge(
    script: Data<Script>,
    context: StepContext,
    order_id: String,
    cents: u64,
) -> Result<String, Fault> {
    script.fault(&context).await?;
    Ok(format!("{order_id}/{cents}"))
}

#[step(resource = "arn:aws:states:::states:startExecution.sync:2", timeout = "2h")]
pub(crate) async fn settle(request: machines::StartExecution) -> machines::ExecutionResult<String> {
    machines::ExecutionResult {
        execution_arn: format!("{}:execution", request.state_machine_arn),
        output: request.input["order"].to_string(),
        status: "SUCCEEDED".to_owned(),
        name: request.name,
    }
}

workflow!(
    pub(crate) async fn messages(order: Order) -> Result<String> {
        let first = send(sqs::SendMessage {
            queue_url: QUEUE.to_string(),
            message_body: json!({ "order": order.order_id, "cents": [order.total_cents, null], "coupon": order.coupon }),
            message_group_id: order.coupon,
            ..Default::default()
        })
        .await?;
        let second = send_urgent(sqs::SendMessage {
            queue_url: QUEUE.to_string(),
            message_body: json!(order.order_id),
            delay_seconds: Some(3),
            ..Default::default()
        })
        .await?;
        #[state = "Again"]
        let third = match send(sqs::SendMessage {
            queue_url: QUEUE.to_string(),
            message_body: json!([1, "2"]),
            ..Default::default()
        })
        .await
        {
            Ok(third) => third.message_id,
            Err(Failed(QueueError::Missing)) => "no queue".to_string(),
            Err(Other(failure)) => return Ok(failure.error.unwrap_or("?".to_string())),
            Err(failure) => return Err(failure.into()),
        };
        Ok(format!("{}, {}, {third}", first.message_id, second.message_id))
    }
);

workflow!(
    pub(crate) async fn passes_on(message: sqs::SendMessage) -> Result<String> {
        let done = send(message).await?;
        Ok(done.message_id)
    }
);

workflow!(
    pub(crate) async fn asks_a_person(order: Order) -> Result<String> {
        let answer = match approve(sqs::SendMessage {
            queue_url: QUEUE.to_string(),
            message_body: json!({ "token": task_token(), "order": order }),
            ..Default::default()
        })
        .await
        {
            Ok(answer) => answer,
            Err(Failed(Fault::Bad(why))) => return Ok(why),
            Err(TimedOut) => return Ok("nobody answered".to_string()),
            Err(failure) => return Err(failure.into()),
        };
        if answer.approved { Ok(answer.by.unwrap_or("somebody".to_string())) } else { Err(Trouble::Refused.into()) }
    }
);

workflow!(
    pub(crate) async fn table(order: Order) -> Result<String> {
        match put(dynamodb::PutItem {
            table_name: "orders".to_string(),
            item: BTreeMap::from([
                ("id".to_string(), dynamodb::AttributeValue::S(order.order_id)),
                ("total".to_string(), dynamodb::AttributeValue::N(order.total_cents.to_string())),
                ("urgent".to_string(), dynamodb::AttributeValue::Bool(order.urgent)),
            ]),
            condition_expression: Some("attribute_not_exists(id)".to_string()),
            ..Default::default()
        })
        .await
        {
            Ok(_) => {}
            Err(Failed(TableError::Exists)) => return Ok("exists".to_string()),
            Err(failure) => return Err(failure.into()),
        }
        let found = get(dynamodb::GetItem {
            table_name: "orders".to_string(),
            key: BTreeMap::from([("id".to_string(), dynamodb::AttributeValue::S(order.order_id))]),
            ..Default::default()
        })
        .await?;
        #[state = "Known"]
        if found.item.is_none() {
            return Ok("lost".to_string());
        }
        Ok(jsonata!(String: "$item.total.N & ($exists($item.owner.S) ? $item.owner.S : '')", item = found.item))
    }
);

workflow!(
    pub(crate) async fn everybody(order: Order) -> Result<String> {
        let rated = rate(http::Invoke {
            api_endpoint: "https://rates.example.com/v1".to_string(),
            method: "POST".to_string(),
            authentication: http::Authentication {
                connection_arn: "arn:aws:events:eu-west-1:123456789012:connection/rates/1".to_string(),
            },
            headers: Some(BTreeMap::from([("X-By".to_string(), order.order_id)])),
            request_body: Some(json!({ "cents": order.total_cents })),
            ..Default::default()
        })
        .await?;
        emit(events::PutEvents {
            entries: vec![events::Entry {
                detail: json!({ "approved": rated.response_body.approved }),
                detail_type: "Order Rated".to_string(),
                source: "com.example.shop".to_string(),
                event_bus_name: order.coupon,
                resources: None,
            }],
        })
        .await?;
        let quoted = quote(lambda::Invoke {
            function_name: "quote".to_string(),
            payload: json!(order.lines),
            ..Default::default()
        })
        .await?;
        let charged = charge(order.order_id, order.total_cents).await?;
        let settled = settle(machines::StartExecution {
            state_machine_arn: "arn:aws:states:eu-west-1:123456789012:stateMachine:settle".to_string(),
            input: json!({ "order": charged }),
            name: None,
        })
        .await?;
        Ok(format!("{} {} {}", rated.response_body.by.unwrap_or("?".to_string()), quoted.payload, settled.output))
    }
);

#[tokio::test(start_paused = true)]
async fn integrations_answer_as_their_stand_ins_do() {
    let mut bench = Bench::default();
    let order = an_order();
    let all = "Send SendUrgent Again";
    bench.run::<Messages>(&order, &[], ok("49-none, urgent \"O-1\", 7-none"), all).await;
    let coupon = Order { coupon: Some("C".to_owned()), ..order.clone() };
    bench.run::<Messages>(&coupon, &[], ok("48-C, urgent \"O-1\", 7-none"), all).await;
    let busy = Act::Fault(Fault::Bad("b".to_owned()));
    bench.run::<Messages>(&order, &[("Send", busy.clone())], ok("49-none, urgent \"O-1\", 7-none"), all).await;
    let missing = Act::Fault(Fault::Empty);
    bench
        .run::<Messages>(
            &order,
            &[("Again", missing.clone())],
            ok("49-none, urgent \"O-1\", no queue"),
            "Send SendUrgent Again Done",
        )
        .await;
    bench
        .run::<Messages>(&order, &[("Again", Act::Panic)], ok("States.TaskFailed"), "Send SendUrgent Again Done")
        .await;
    bench.run::<Messages>(&order, &[("Send", missing)], err("SQS.QueueDoesNotExistException"), "Send").await;
    let message = json!({ "QueueUrl": QUEUE, "MessageBody": 1, "MessageGroupId": null });
    bench.run::<PassesOn>(message, &[], ok("1-none"), "Send").await;
    bench.run::<Table>(&order, &[], ok("3"), "Put Get Known Done").await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn a_person_answers_with_the_token_of_the_message() {
    let mut bench = Bench::default();
    let order = an_order();
    let yes = Act::Answer(json!({ "approved": true, "by": "Ada" }));
    let no = Act::Answer(json!({ "approved": false }));
    bench.run::<AsksAPerson>(&order, &[("Approve", yes)], ok("Ada"), "Approve TroubleRefused? Done").await;
    bench
        .run::<AsksAPerson>(
            &order,
            &[("Approve", no)],
            err("Trouble.Refused"),
            "Approve TroubleRefused? TroubleRefused",
        )
        .await;
    let bad = Act::Fault(Fault::Bad("never".to_owned()));
    bench.run::<AsksAPerson>(&order, &[("Approve", bad)], ok("never"), "Approve Done").await;
    bench.compare();
}

#[tokio::test(start_paused = true)]
async fn every_service_has_its_parameters_and_answers() {
    let mut bench = Bench::default();
    let order = an_order();
    let all = "Rate Emit Quote Charge Settle";
    bench.run::<Everybody>(&order, &[], ok("O-1 2 \"O-1/1200\""), all).await;
    let bad = Act::Fault(Fault::Bad("no".to_owned()));
    bench.run::<Everybody>(&order, &[("Charge", bad)], err("Fault.Bad"), "Rate Emit Quote Charge").await;
    bench.compare();
}

workflow!(
    pub(crate) async fn by_hand(order: Order) -> Result<String> {
        let order = check(order).await?;
        let quantity: u64 = raw_state!({
            "Type": "Pass",
            "Output": "{% $sum($lines.qty) %}"
        }, lines = order.lines)
        .await?;
        raw_state!({ "Type": "Wait", "Seconds": "{% $seconds %}" }, seconds = quantity).await?;
        #[state = "Queue"]
        let queued: sqs::SendMessageResult = raw_state!({
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Arguments": { "QueueUrl": "https://sqs", "MessageBody": { "quantity": "{% $quantity %}", "list": [1, -2.5, true, null, "x"] } },
            "TimeoutSeconds": 5
        }, quantity)
        .await?;
        let skus = match raw_state!(Vec<String>: {
            "Type": "Map",
            "Items": "{% $lines %}",
            "ItemProcessor": {
                "StartAt": "Shout",
                "States": { "Shout": {
                    "Type": "Pass",
                    "Assign": { "quantity": "{% $states.input.qty %}" },
                    "Output": "{% $uppercase($states.input.sku) & $string($states.input.qty) & $id %}",
                    "End": true
                } }
            },
            "MaxConcurrency": 1
        }, lines = order.lines, id = order.order_id)
        .await
        {
            Ok(skus) => skus,
            Err(failure) => return Ok(failure.error()),
        };
        Ok(format!("{} {}", queued.message_id, jsonata!(String: "$join($skus, '+')", skus)))
    }
);

workflow!(
    pub(crate) async fn fails_by_hand(n: i64) -> Result<String> {
        let done = match raw_state!(serde_json::Value: {
            "Type": "Parallel",
            "Branches": [
                { "StartAt": "Inner", "States": { "Inner": { "Type": "Fail", "Error": "Nope", "Cause": "{% 'n is ' & $string($n) %}" } } }
            ]
        }, n).await {
            Ok(done) => done,
            Err(Other(failure)) => {
                tell(failure.cause.unwrap_or("".to_string())).await?;
                return Ok(failure.error.unwrap_or("".to_string()));
            }
            Err(failure) => return Err(failure.into()),
        };
        Ok(jsonata!(String: "$string($done)", done))
    }
);

workflow!(
    pub(crate) async fn texts(order: Order) -> Result<(u64, Vec<String>, String, bool, f64)> {
        let quantity: u64 = jsonata!("$sum($lines.qty)", lines = order.lines);
        let order = check(order).await?;
        let skus: Vec<String> = jsonata!("$lines[price > 5].sku", lines = order.lines);
        let coupon: Option<String> = jsonata!("$order.lines[9].sku", order);
        let more = if jsonata!(bool: "$a > $b and $contains($id, /^o-/i)", a = quantity + 1, b = 2, id = order.order_id)
        {
            price("x".to_string(), jsonata!(i64: "$n + 1", n = quantity)).await?
        } else {
            0
        };
        Ok((
            quantity,
            skus,
            coupon.unwrap_or("none".to_string()),
            more > 0,
            jsonata!(f64: "$average($l.price)", l = order.lines),
        ))
    }
);

#[tokio::test(start_paused = true)]
async fn what_is_written_by_hand_runs_alike() {
    let mut bench = Bench::default();
    let order = an_order();
    let all = "Check Pass Wait Queue Map Shout Shout Done";
    bench.run::<ByHand>(&order, &[], ok("44-none DESK1O-1+LAMP2O-1"), all).await;
    bench.run::<FailsByHand>(5, &[], ok("Nope"), "Parallel Inner Tell").await;
    let expected = json!([3, ["desk"], "none", true, 5.625]);
    bench.run::<Texts>(&order, &[], ok(expected), "Check Price? Price").await;
    bench.compare();
}
