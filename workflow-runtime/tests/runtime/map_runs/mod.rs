//! Distributed Maps: children of their own, items from files, results to files, crashes in between.

mod crashes;
mod files;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use workflow_runtime::control::WaitingFor;
use workflow_runtime::engine::ExecutionStatus;
use workflow_runtime::runtime::{Runtime, RuntimeBuilder};
use workflow_runtime::step::StepReply;
use workflow_runtime::store::{ListQuery, MemoryStore, Store};

use crate::support::*;

/// A distributed Map over `items`, with its other fields out of the input.
macro_rules! fan {
    ($kind:literal) => {
        concat!(
            r#"{"QueryLanguage": "JSONata", "StartAt": "Each", "States": {
            "Each": {"Type": "Map", "Label": "each", "Items": "{% $states.input.items %}",
                "MaxConcurrency": "{% $exists($states.input.at_once) ? $states.input.at_once : 0 %}",
                "ToleratedFailureCount": "{% $exists($states.input.count) ? $states.input.count : 0 %}",
                "ToleratedFailurePercentage": "{% $exists($states.input.percent) ? $states.input.percent : 0 %}",
                "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": ""#,
            $kind,
            r#""}, "StartAt": "Work", "States": {
                    "Work": {"Type": "Task", "Resource": "${WorkFunctionArn}", "TimeoutSeconds": 60, "End": true}}},
                "Catch": [{"ErrorEquals": ["Never"], "Next": "Done"}], "Next": "Done"},
            "Done": {"Type": "Succeed"}}}"#
        )
    };
}

flow!(Fan, Doc => Doc, fan!("EXPRESS"), [Work: Doc]);
flow!(Children, Doc => Doc, fan!("STANDARD"), [Work: Doc]);

flow!(Selecting, Doc => Doc, r#"{
    "QueryLanguage": "JSONata", "StartAt": "Set", "States": {
        "Set": {"Type": "Pass", "Assign": {"more": 7}, "Next": "Each"},
        "Each": {"Type": "Map", "Items": "{% $states.input %}",
            "ItemSelector": {"i": "{% $states.context.Map.Item.Index %}", "k": "{% $states.context.Map.Item.Key %}",
                "v": "{% $states.context.Map.Item.Value %}", "from": "{% $states.context.Map.Item.Source %}",
                "more": "{% $more %}", "id": "{% $uuid() %}"},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "Look", "States": {"Look": {"Type": "Pass",
                    "Output": "{% $merge([$states.input, {'name': $states.context.StateMachine.Name, 'own': $states.context.Execution.Input = $states.input, 'sees': $exists($more)}]) %}",
                    "End": true}}},
            "End": true}}
}"#, []);

flow!(Batched, Doc => Doc, r#"{
    "QueryLanguage": "JSONata", "StartAt": "Each", "States": {
        "Each": {"Type": "Map", "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"to": "{% 'all' %}"}},
            "ToleratedFailureCount": 2,
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "${WorkFunctionArn}", "End": true}}},
            "End": true}}
}"#, [Work: Doc]);

/// Reads `rows` of bucket `in`, and writes to bucket `out`.
macro_rules! files {
    ($config:literal, $writer:literal) => {
        concat!(
            r#"{"QueryLanguage": "JSONata", "StartAt": "Each", "States": {
            "Each": {"Type": "Map", "Label": "rows", "ToleratedFailurePercentage": 50,
                "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": "#,
            $config,
            r#", "Arguments": {"Bucket": "in", "Key": "{% $states.input %}"}},
                "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                    "StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "${WorkFunctionArn}", "End": true}}},
                "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "#,
            $writer,
            r#""Arguments": {"Bucket": "out", "Prefix": "results"}},
                "Retry": [{"ErrorEquals": ["Again"], "MaxAttempts": 1}], "End": true}}}"#
        )
    };
}

flow!(Rows, Doc => Doc, files!(
    r#"{"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}"#, ""), [Work: Doc]);
flow!(Lines, Doc => Doc, files!(
    r#"{"InputType": "JSONL", "MaxItems": 3}"#,
    r#""WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSON"}, "#), [Work: Doc]);

flow!(Kept, Doc => Doc, r#"{"QueryLanguage": "JSONata", "StartAt": "Each", "States": {"Each": {
    "Type": "Map", "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSONL"},
        "Arguments": {"Bucket": "in", "Key": "{% $states.input %}"}},
    "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Work", "States": {
        "Work": {"Type": "Task", "Resource": "${WorkFunctionArn}", "End": true}}},
    "End": true}}}"#, [Work: Doc]);

flow!(Strict, Doc => Doc, r#"{"QueryLanguage": "JSONata", "StartAt": "Each", "States": {
    "Each": {"Type": "Map",
        "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSONL"},
            "Arguments": {"Bucket": "in", "Key": "{% $states.input %}"}},
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "Work", "States": {
            "Work": {"Type": "Task", "Resource": "${WorkFunctionArn}", "End": true}}},
        "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": "out", "Prefix": "results"}},
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Look"}], "End": true},
    "Look": {"Type": "Map",
        "ItemReader": {"Resource": "arn:aws:states:::s3:listObjectsV2", "Arguments": {"Bucket": "out", "Prefix": "results/"}},
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "Key", "States": {
            "Key": {"Type": "Pass", "Output": "{% $states.input.Key %}", "End": true}}},
        "End": true}}}"#, [Work: Doc]);

flow!(Listed, Doc => Doc, r#"{
    "QueryLanguage": "JSONata", "StartAt": "Each", "States": {
        "Each": {"Type": "Map",
            "ItemReader": {"Resource": "arn:aws:states:::s3:listObjectsV2", "Arguments": {"Bucket": "in", "Prefix": "a/"}},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "Look", "States": {"Look": {"Type": "Pass", "Output": "{% $states.input.Key %}", "End": true}}},
            "End": true}}
}"#, []);

flow!(Deep, Doc => Doc, r#"{
    "QueryLanguage": "JSONata", "StartAt": "Outer", "States": {
        "Outer": {"Type": "Map", "MaxConcurrency": 2,
            "ItemProcessor": {"StartAt": "Middle", "States": {
                "Middle": {"Type": "Map", "Label": "middle", "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "Inner", "States": {
                        "Inner": {"Type": "Map", "Label": "inner", "End": true, "ItemProcessor": {
                            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                            "StartAt": "Work", "States": {
                                "Work": {"Type": "Task", "Resource": "${WorkFunctionArn}", "End": true}}}}}},
                    "End": true}}},
            "End": true}}
}"#, [Work: Doc]);

flow!(Patient, Doc => Doc, r#"{
    "QueryLanguage": "JSONata", "StartAt": "Each", "States": {
        "Each": {"Type": "Map", "Label": "each",
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Rest", "States": {
                "Rest": {"Type": "Wait", "Seconds": "{% $states.input * 60 %}", "Next": "Work"},
                "Work": {"Type": "Task", "Resource": "${WorkFunctionArn}", "End": true}}},
            "End": true}}
}"#, [Work: Doc]);

fn fans(world: &World, store: Arc<dyn Store>) -> RuntimeBuilder {
    Runtime::builder()
        .shared_store(store)
        .data(world.clone())
        .register::<Fan>()
        .register::<Children>()
        .register::<Selecting>()
        .register::<Batched>()
        .register::<Rows>()
        .register::<Lines>()
        .register::<Kept>()
        .register::<Strict>()
        .register::<Listed>()
        .register::<Deep>()
        .register::<Patient>()
}

async fn running(world: &World) -> Runtime {
    fans(world, Arc::new(MemoryStore::new())).start().await.unwrap()
}

fn numbers(count: u64) -> Value {
    (0..count).collect()
}

/// Each item once, in any order, and how often those that were run more than once.
fn counted(world: &World, calls: &Mutex<Vec<Value>>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for payload in calls.lock().unwrap().iter() {
        *counts.entry(payload.to_string()).or_default() += 1;
    }
    assert_eq!(world.made().len(), counts.values().sum::<usize>());
    counts
}

/// Notes what `Work` is given and answers it; the first so many calls hang when they are given this.
fn notes(world: &World, hang_at: Option<Value>) -> Arc<Mutex<Vec<Value>>> {
    let calls: Arc<Mutex<Vec<Value>>> = Arc::default();
    let noted = Arc::clone(&calls);
    world.on("Work", move |call| {
        let payload = Value::clone(&call.payload);
        let hangs = hang_at.as_ref() == Some(&payload) && !noted.lock().unwrap().contains(&payload);
        noted.lock().unwrap().push(payload.clone());
        async move {
            if hangs {
                secs(50).await;
            }
            Ok(StepReply::Output(payload))
        }
    });
    calls
}

#[tokio::test(start_paused = true)]
async fn children_yield_in_the_order_of_the_items_and_leave_no_trace_but_the_run() {
    let world = World::new();
    world.on("Work", |call| async move {
        let number = call.payload.as_u64().unwrap_or_default();
        secs(20 - number).await;
        Ok(StepReply::Output(json!(number * 10)))
    });
    let runtime = running(&world).await;
    let handle = runtime.start::<Fan>("one", Doc(json!({ "items": numbers(5) }))).await.unwrap();
    settle().await;
    let waiting = handle.describe().await.unwrap().waiting_for;
    assert!(
        matches!(&waiting[..], [WaitingFor::MapRun { state, ended: 0, failed: 0 }] if state == "Each"),
        "{waiting:?}"
    );
    assert_eq!(handle.result().await.unwrap(), Doc(json!([0, 10, 20, 30, 40])));
    assert_eq!(runtime.list(ListQuery::default()).await.unwrap().len(), 1, "Express children are not kept");
    let events = handle.history().await.unwrap();
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(
        kinds[..7],
        [
            "ExecutionStarted",
            "MapStateEntered",
            "MapStateStarted",
            "MapRunStarted",
            "MapRunSucceeded",
            "MapStateSucceeded",
            "MapStateExited"
        ]
    );
    assert_eq!(events[2].details["mapStateStartedEventDetails"]["length"], json!(5));
    let arn = events[3].details["mapRunStartedEventDetails"]["mapRunArn"].as_str().unwrap().to_owned();
    assert!(arn.starts_with("arn:aws:states:local:000000000000:mapRun:Fan/each:"), "{arn}");
    let links: Vec<u64> = events.iter().map(|event| event.previous_event_id).collect();
    assert_eq!(links[1..7], [0, 2, 3, 4, 5, 4]);
}

#[tokio::test(start_paused = true)]
async fn so_many_children_at_once_and_no_more() {
    let (world, most) = (World::new(), Arc::new((AtomicUsize::new(0), AtomicUsize::new(0))));
    let seen = Arc::clone(&most);
    world.on("Work", move |_| {
        let seen = Arc::clone(&seen);
        async move {
            let now = seen.0.fetch_add(1, Ordering::SeqCst) + 1;
            seen.1.fetch_max(now, Ordering::SeqCst);
            secs(1).await;
            seen.0.fetch_sub(1, Ordering::SeqCst);
            Ok(StepReply::Output(json!(1)))
        }
    });
    let runtime = running(&world).await;
    let input = json!({ "items": numbers(3_000), "at_once": 7 });
    let handle = runtime.start::<Fan>("seven", Doc(input)).await.unwrap();
    assert_eq!(handle.result().await.unwrap().0.as_array().map(Vec::len), Some(3_000));
    assert_eq!(most.1.load(Ordering::SeqCst), 7);
}

fn odd_fail(world: &World) {
    world.on("Work", |call| async move {
        match call.payload.as_u64() {
            Some(number) if number % 2 == 1 => Err(error("Odd", &number.to_string())),
            _ => Ok(StepReply::Output(Value::clone(&call.payload))),
        }
    });
}

#[tokio::test(start_paused = true)]
async fn tolerated_failures_stand_in_the_list() {
    let world = World::new();
    odd_fail(&world);
    let runtime = running(&world).await;
    let failed = |cause: &str| json!({ "Status": "FAILED", "Error": "Odd", "Cause": cause });
    let expected = json!([0, failed("1"), 2, failed("3")]);
    let cases = [json!({ "count": 2 }), json!({ "percent": 50 }), json!({ "count": 2, "percent": 50.5 })];
    for (name, mut input) in ["count", "percent", "both"].iter().zip(cases) {
        input["items"] = numbers(4);
        let handle = runtime.start::<Fan>(name, Doc(input.clone())).await.unwrap();
        assert_eq!(handle.result().await.unwrap(), Doc(expected.clone()), "{input}");
    }
}

#[tokio::test(start_paused = true)]
async fn more_failures_than_are_tolerated_fail_the_map() {
    let world = World::new();
    odd_fail(&world);
    let runtime = running(&world).await;
    let cases = [json!({}), json!({ "count": 1 }), json!({ "percent": 49.9 }), json!({ "count": 1, "percent": 100 })];
    for (name, mut input) in ["none", "count", "percent", "either"].iter().zip(cases) {
        input["items"] = numbers(4);
        let handle = runtime.start::<Fan>(name, Doc(input.clone())).await.unwrap();
        let failure = handle.result().await.unwrap_err();
        assert_eq!(failure.error(), Some("States.ExceedToleratedFailureThreshold"), "{input}");
    }
    let one = runtime.execution::<Fan>("none").await.unwrap();
    let kinds: Vec<String> = one.history().await.unwrap().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds[3..], ["MapRunStarted", "MapRunFailed", "MapStateFailed", "ExecutionFailed"]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_cuts_off_the_children_that_run() {
    let (world, dropped) = (World::new(), Arc::new(AtomicUsize::new(0)));
    let drops = Arc::clone(&dropped);
    world.on("Work", move |call| {
        let guard = Dropped(Arc::clone(&drops));
        async move {
            let _guard = guard;
            if call.payload.as_u64() == Some(2) {
                secs(1).await;
                return Err(error("No", ""));
            }
            secs(40).await;
            Ok(StepReply::Output(json!(1)))
        }
    });
    let runtime = running(&world).await;
    let handle = runtime.start::<Fan>("cut", Doc(json!({ "items": numbers(4) }))).await.unwrap();
    assert!(handle.result().await.is_err());
    settle().await;
    assert_eq!((world.now() / 1_000, dropped.load(Ordering::SeqCst)), (1, 4), "none goes on");
}

#[tokio::test(start_paused = true)]
async fn the_selector_sees_the_parent_and_the_child_only_what_it_is_given() {
    let runtime = running(&World::new()).await;
    let handle = runtime.start::<Selecting>("object", Doc(json!({ "a": 1, "b": [2] }))).await.unwrap();
    let Doc(mut result) = handle.result().await.unwrap();
    let ids: Vec<String> = [0, 1].map(|at| result[at]["id"].take().to_string()).to_vec();
    assert_ne!(ids[0], ids[1]);
    let label = workflow_runtime::asl::Map::default().run_label("Each");
    let expected = |i: u32, k: &str, v: Value| {
        json!({ "i": i, "k": k, "v": v, "from": "STATE_DATA", "more": 7, "id": null,
            "name": format!("Selecting/{label}"), "own": true, "sees": false })
    };
    // The child saw its identity, which this test has taken out.
    for at in [0, 1] {
        assert_eq!(result[at]["own"], json!(true));
    }
    assert_eq!(result, json!([expected(0, "a", json!(1)), expected(1, "b", json!([2]))]));

    let handle = runtime.start::<Selecting>("list", Doc(json!([1]))).await.unwrap();
    let failure = handle.result().await.unwrap_err();
    assert_eq!(failure.error(), Some("States.QueryEvaluationError"), "a list has no keys");
}

#[tokio::test(start_paused = true)]
async fn batches_share_an_input_and_a_failed_one_counts_all_its_items() {
    let world = World::new();
    let runtime = running(&world).await;
    let handle = runtime.start::<Batched>("whole", Doc(numbers(3))).await.unwrap();
    let batch = |items: Value| json!({ "BatchInput": { "to": "all" }, "Items": items });
    assert_eq!(handle.result().await.unwrap(), Doc(json!([batch(json!([0, 1])), batch(json!([2]))])));

    world.on("Work", |call| async move {
        match call.payload["Items"].as_array().map(Vec::len) {
            Some(1) => Err(error("Small", "")),
            _ => Ok(StepReply::Output(json!("ok"))),
        }
    });
    let tolerated = runtime.start::<Batched>("one", Doc(numbers(5))).await.unwrap().result().await.unwrap();
    assert_eq!(tolerated.0[2]["Error"], json!("Small"));
    world.on("Work", |_| async { Err(error("All", "")) });
    let failure = runtime.start::<Batched>("four", Doc(numbers(4))).await.unwrap().result().await.unwrap_err();
    assert_eq!(failure.error(), Some("States.ExceedToleratedFailureThreshold"), "two batches are four items");
}

#[tokio::test(start_paused = true)]
async fn results_that_are_too_large_are_the_end_as_in_any_map() {
    let world = World::new();
    world.on("Work", |_| async { Ok(StepReply::Output(json!("x".repeat(1_000)))) });
    let runtime = running(&world).await;
    let handle = runtime.start::<Fan>("large", Doc(json!({ "items": numbers(300) }))).await.unwrap();
    let failure = handle.result().await.unwrap_err();
    assert_eq!(failure.error(), Some("States.DataLimitExceeded"));
    assert_eq!(world.made().len(), 300, "every child ran, as on AWS");
}
