//! Payloads, errors and steps of these tests.

#![allow(clippy::struct_field_names, clippy::unused_async, reason = "payloads and steps as people write them")]

use workflow_runtime::integrations::sqs::SendMessageResult;
use workflow_runtime::prelude::*;

use crate::harness::{Act, Script};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order {
    pub(crate) order_id: String,
    pub(crate) total_cents: u64,
    pub(crate) lines: Vec<Line>,
    pub(crate) coupon: Option<String>,
    pub(crate) urgent: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub(crate) struct Line {
    pub(crate) sku: String,
    #[serde(rename = "qty")]
    pub(crate) quantity: u32,
    pub(crate) price: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
pub(crate) struct Answer {
    pub(crate) approved: bool,
    #[serde(default)]
    pub(crate) by: Option<String>,
}

#[derive(Clone, Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub(crate) enum Fault {
    #[error("bad: {0}")]
    Bad(String),
    #[error("nothing there")]
    Empty,
    #[error("{sku}: {left} left")]
    SoldOut { sku: String, left: u32 },
    #[error("two")]
    #[step_error(name = "PairOfFaults")]
    Pair(String, i64),
}

/// What a wrapped error carries.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Detail {
    pub(crate) item_id: String,
}

#[derive(Clone, Debug, thiserror::Error, Serialize, Deserialize, StepError)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Tagged {
    #[error("not there")]
    NotThere,
    #[error("broken")]
    #[serde(rename_all = "camelCase")]
    Broken { item_id: String, since: i64 },
    #[error("wrapped")]
    Wrapped(Detail),
}

#[derive(Clone, Debug, thiserror::Error, Serialize, Deserialize, StepError)]
#[serde(tag = "t", content = "c", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Adjacent {
    #[error("lost")]
    Lost,
    #[error("late")]
    Late(u32),
    #[error("both")]
    Both(String, i64),
    #[error("named")]
    Named { reason: String },
}

/// How these workflows fail of their own.
#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub(crate) enum Trouble {
    #[error("refused")]
    Refused,
    #[error("over the limit: {0} of {1}")]
    Limit(u64, String),
    #[error("it's \"{what}\" at {count}%")]
    Quoted { what: String, count: u32 },
}

#[step]
pub(crate) async fn check(script: Data<Script>, context: StepContext, order: Order) -> Result<Order, Fault> {
    script.fault(&context).await?;
    Ok(order)
}

/// Ten a piece.
#[step(timeout = "30s", retry(on(Fault::Empty), interval = "1s", max_attempts = 2))]
pub(crate) async fn price(script: Data<Script>, context: StepContext, sku: String, count: i64) -> Result<i64, Fault> {
    script.fault(&context).await?;
    Ok(count * 10 + i64::try_from(sku.len()).unwrap_or_default())
}

#[step]
pub(crate) async fn tell(script: Data<Script>, context: StepContext, text: String) {
    script.next(&context).await;
    drop(text);
}

#[step]
pub(crate) async fn locate(script: Data<Script>, context: StepContext, sku: String) -> Result<Option<String>, Tagged> {
    match script.next(&context).await {
        Act::Tagged(error) => Err(error),
        _ => Ok((!sku.is_empty()).then_some(sku)),
    }
}

#[step]
pub(crate) async fn pay(script: Data<Script>, context: StepContext, cents: u64) -> Result<String, Adjacent> {
    match script.next(&context).await {
        Act::Adjacent(error) => Err(error),
        _ => Ok(format!("P{cents}")),
    }
}

#[step(timeout = "20s", heartbeat = "2s")]
pub(crate) async fn watch(script: Data<Script>, context: StepContext, n: i64) -> Result<i64, Fault> {
    script.fault(&context).await?;
    Ok(n + 1)
}

#[step]
pub(crate) async fn undo_a(script: Data<Script>, context: StepContext, n: i64) -> Result<(), Fault> {
    let _ = n;
    script.fault(&context).await
}

#[step]
pub(crate) async fn undo_b(script: Data<Script>, context: StepContext, n: i64, why: String) -> Result<(), Fault> {
    let _ = (n, why);
    script.fault(&context).await
}

#[step]
pub(crate) async fn undo_c(script: Data<Script>, context: StepContext) -> Result<(), Fault> {
    script.fault(&context).await
}

/// A step of a saga, by its number.
#[step]
pub(crate) async fn book(script: Data<Script>, n: i64) -> Result<i64, Fault> {
    if script.done(n) { Ok(n) } else { Err(Fault::SoldOut { sku: n.to_string(), left: 0 }) }
}

/// Tried twice.
#[step(retry(on(All), interval = "1s", max_attempts = 1))]
pub(crate) async fn unbook(script: Data<Script>, n: i64) -> Result<(), Fault> {
    if script.done(-n) { Ok(()) } else { Err(Fault::Bad(n.to_string())) }
}

#[step(callback, timeout = "1h")]
pub(crate) async fn ask(
    script: Data<Script>,
    context: StepContext,
    token: TaskToken,
    question: String,
) -> Result<Callback<Answer>, Fault> {
    drop(question);
    script.park(&context, token);
    Ok(Callback::pending())
}

/// Stands in for states written by hand.
#[step(resource = "arn:aws:states:::sqs:sendMessage")]
pub(crate) async fn queue(message: serde_json::Value) -> SendMessageResult {
    let text = message["MessageBody"].to_string();
    SendMessageResult { message_id: format!("{}-none", text.len()), ..Default::default() }
}
