//! Steps as `#[step]` makes them: their data, and their handlers on payloads right and wrong.
#![expect(clippy::unused_async, reason = "these steps never wait")]

use std::sync::Arc;

use expect_test::{Expect, expect};
use futures_util::FutureExt;
use serde_json::{Value, json};

use super::context::StepContextInner;
use super::{DataMap, RetryOn, Step, StepReply, StepSignals};
use crate::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
struct Order {
    order_id: String,
    total_cents: u32,
}

#[derive(Debug, PartialEq, thiserror::Error, Serialize, Deserialize, StepError)]
enum OrderError {
    #[error("order {0} rejected")]
    Rejected(String),
    #[error("busy")]
    Busy,
}

struct Database(u32);

/// Reads the database.
///
/// And more.
#[step(
    timeout = "1h30m",
    heartbeat = "5m",
    retry(
        on(OrderError::Busy, TimedOut),
        interval = "2s",
        max_attempts = 3,
        backoff_rate = 1.5,
        max_delay = "1m",
        jitter
    ),
    retry(on("Lambda.Unknown", Failed)),
    retry(on(All))
)]
async fn discount(
    db: Data<Database>,
    mut order: Order,
    percent: u32,
    context: &StepContext,
) -> Result<Order, OrderError> {
    if context.attempt() > 1 {
        return Err(OrderError::Busy);
    }
    if percent > db.0 {
        return Err(OrderError::Rejected(order.order_id));
    }
    order.total_cents -= order.total_cents * percent / 100;
    Ok(order)
}

#[step(name = "Total")]
async fn total_cents(order: Order) -> u64 {
    if order.total_cents == 0 { u64::MAX } else { order.total_cents.into() }
}

#[step]
async fn nothing() {}

#[step(callback, timeout = "3d")]
async fn approve(token: TaskToken, r#type: String) -> std::result::Result<Callback<bool>, OrderError> {
    if token.as_str() == r#type { Ok(Callback::pending()) } else { Err(OrderError::Busy) }
}

#[derive(Debug)]
struct Silent;

impl StepSignals for Silent {
    fn heartbeat(&self) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}

fn context(attempt: u32, data: DataMap, token: Option<&str>) -> StepContext {
    StepContext {
        inner: Arc::new(StepContextInner {
            workflow: "Flow".into(),
            execution: "one".into(),
            state: "State".into(),
            attempt,
            visit: 0,
            seed: 0,
            idempotency_key: std::sync::OnceLock::new(),
            token: token.map(TaskToken::new),
            data,
            signals: Arc::new(Silent),
            blobs: None,
        }),
    }
}

fn database() -> DataMap {
    let mut data = DataMap::default();
    data.insert(Database(50));
    data
}

fn run<S: Step>(context: StepContext, payload: Value) -> Result<StepReply, super::ErrorOutput> {
    (S::handler().call)(context, Arc::new(payload)).now_or_never().expect("these steps never wait")
}

fn output<S: Step>(payload: Value) -> Value {
    match run::<S>(context(1, database(), None), payload) {
        Ok(StepReply::Output(value)) => value,
        other => panic!("{other:?}"),
    }
}

fn refused<S: Step>(context: StepContext, payload: Value, expected: &Expect) {
    let error = run::<S>(context, payload).expect_err("a failure");
    expected.assert_eq(&error.to_string());
}

#[test]
fn a_spec_says_what_the_function_says() {
    let spec = discount::spec();
    assert_eq!((spec.name, spec.ident, spec.doc), ("Discount", "discount", "Reads the database.\n\nAnd more."));
    assert_eq!((spec.timeout_seconds, spec.heartbeat_seconds, spec.token), (5_400, Some(300), None));
    assert_eq!(spec.params.iter().map(|param| param.name).collect::<Vec<_>>(), ["order", "percent"]);
    assert_eq!(
        spec.error.variants.iter().map(|it| it.name).collect::<Vec<_>>(),
        ["OrderError.Rejected", "OrderError.Busy"]
    );
    let [first, second, last] = spec.retry else { panic!("{:?}", spec.retry) };
    assert!(matches!(first.on, [RetryOn::Variant(_, "Busy"), RetryOn::TimedOut]));
    assert_eq!((first.interval_seconds, first.max_attempts, first.backoff_rate), (Some(2), Some(3), Some(1.5)));
    assert_eq!((first.max_delay_seconds, first.jitter), (Some(60), true));
    assert!(matches!(second.on, [RetryOn::Name("Lambda.Unknown"), RetryOn::Failed]));
    assert!(matches!(last.on, [RetryOn::All]) && !last.jitter && last.backoff_rate.is_none());

    assert_eq!((total_cents::NAME, total_cents::spec().timeout_seconds), ("Total", 60));
    assert!(total_cents::spec().error.variants.is_empty());
    assert_eq!(approve::spec().token, Some("token"));
    assert_eq!(discount::handler().name, "Discount");
    let needs = (discount::handler().data)();
    assert!(needs.len() == 1 && database().holds(needs[0].type_id), "{needs:?}");
}

#[test]
fn a_payload_is_one_value_or_an_object_by_name() {
    let order = json!({"orderId": "1", "totalCents": 200});
    assert_eq!(output::<total_cents>(order.clone()), json!(200));
    assert_eq!(output::<discount>(json!({"order": order, "percent": 10})), json!({"orderId": "1", "totalCents": 180}));
    assert_eq!(output::<nothing>(Value::Null), Value::Null);
}

#[test]
fn declared_errors_travel_by_name() {
    let payload = json!({"order": {"orderId": "1", "totalCents": 200}, "percent": 60});
    let error = run::<discount>(context(1, database(), None), payload.clone()).expect_err("a failure");
    assert_eq!(error.decode(), Some(OrderError::Rejected("1".into())));
    refused::<discount>(context(2, database(), None), payload, &expect!["OrderError.Busy: busy"]);
}

#[test]
fn a_callback_step_parks_with_its_token() {
    let ask =
        |token, text: &str| run::<approve>(context(1, DataMap::default(), token), json!({"token": "t", "type": text}));
    assert!(matches!(ask(Some("t"), "t"), Ok(StepReply::Parked)));
    assert_eq!(ask(Some("t"), "x").err().and_then(|error| error.decode()), Some(OrderError::Busy));
    let error = ask(None, "t").expect_err("no token");
    expect!["States.TaskFailed: callback step `approve` was called without a task token [WF4001]"]
        .assert_eq(&error.to_string());
}

#[test]
fn what_cannot_be_read_names_step_parameter_and_place() {
    let here = || context(1, database(), None);
    refused::<total_cents>(
        here(),
        json!({"orderId": 1, "totalCent": 1}),
        &expect![
            "States.TaskFailed: step `total_cents` cannot read its payload: parameter `order`: /orderId: expected text, found 1; missing field `totalCents`, an integer from 0 to 4294967295; is `totalCent` meant to be it? [WF4001]"
        ],
    );
    refused::<discount>(
        here(),
        json!({"order": {"orderId": "1", "totalCents": -1}, "percent": 1}),
        &expect![
            "States.TaskFailed: step `discount` cannot read its payload: parameter `order`: /order/totalCents: expected an integer from 0 to 4294967295, found -1 [WF4001]"
        ],
    );
    refused::<discount>(
        here(),
        json!([]),
        &expect![
            "States.TaskFailed: step `discount` cannot read its payload: expected an object with a field for each parameter, found an empty list [WF4001]"
        ],
    );
    refused::<discount>(
        here(),
        json!({"percent": 1}),
        &expect![
            "States.TaskFailed: step `discount` cannot read its payload: parameter `order` is missing, an object `Order` [WF4001]"
        ],
    );
    refused::<discount>(
        context(1, DataMap::default(), None),
        json!({}),
        &expect![
            "States.TaskFailed: step `discount` takes `Data<workflow_runtime::step::tests::Database>`, which the runtime was not given: add `.data(..)` with a `workflow_runtime::step::tests::Database` where it is built [WF4002]"
        ],
    );
}

#[test]
fn a_result_that_json_would_change_is_refused() {
    refused::<total_cents>(
        context(1, DataMap::default(), None),
        json!({"orderId": "1", "totalCents": 0}),
        &expect![
            "States.TaskFailed: the result of step `total_cents` cannot travel: the integer 18446744073709551615 is beyond 2^53 - 1, the last that JSON interpreters keep exactly: make it a `String` [WF4004]"
        ],
    );
}

#[test]
fn a_unit_test_calls_the_function_itself() {
    let order = Order { order_id: "1".into(), total_cents: 3 };
    assert_eq!(total_cents(order).now_or_never(), Some(3));
}
