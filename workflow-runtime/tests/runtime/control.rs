//! What the command line asks.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use workflow_runtime::control::{ClientError, ExecutionDescription, ExecutionRef, Request, Response};
use workflow_runtime::engine::ExecutionStatus;
use workflow_runtime::runtime::Runtime;
use workflow_runtime::step::StepReply;
use workflow_runtime::store::MemoryStore;

use crate::support::*;

fn by_name(name: &str) -> ExecutionRef {
    ExecutionRef { workflow: None, name: name.to_owned() }
}

async fn described(runtime: &Runtime, request: Request) -> ExecutionDescription {
    match runtime.handle(request).await {
        Response::Execution(description) => *description,
        other => panic!("{other:?}"),
    }
}

async fn refused(runtime: &Runtime, request: Request) -> ClientError {
    match runtime.handle(request).await {
        Response::Error(error) => error,
        other => panic!("{other:?}"),
    }
}

fn start(workflow: &str, name: &str, input: serde_json::Value) -> Request {
    Request::Start { workflow: workflow.to_owned(), name: Some(name.to_owned()), input }
}

#[tokio::test(start_paused = true)]
async fn a_start_says_whether_the_execution_existed_also_when_it_has_ended() {
    let world = World::new();
    let runtime = runtime(&world).await;
    for expected in [false, true] {
        let Response::Started { existed, execution } = runtime.handle(start("Line", "one", json!(1))).await else {
            panic!("not started")
        };
        assert_eq!((existed, execution.summary.name.as_str()), (expected, "one"));
        described(&runtime, Request::Wait { execution: by_name("one"), events_seen: None }).await;
    }
    assert_eq!(refused(&runtime, start("Line", "one", json!(2))).await.name, "ExecutionAlreadyExists");
    let unknown = refused(&runtime, start("Lines", "one", json!(2))).await;
    assert_eq!(unknown.name, "StateMachineDoesNotExist");
    assert!(unknown.message.contains("`Line`"), "{unknown}");
    assert_eq!(refused(&runtime, start("Typed", "bad", json!(256))).await.name, "InvalidExecutionInput");
}

#[tokio::test(start_paused = true)]
async fn a_wait_answers_at_the_end_or_when_there_is_more_to_see() {
    let world = World::new();
    for state in ["A", "B", "C"] {
        world.on(state, |call| async move {
            secs(10).await;
            Ok(StepReply::Output((*call.payload).clone()))
        });
    }
    let runtime = runtime(&world).await;
    runtime.handle(start("Line", "one", json!(1))).await;
    let first = described(&runtime, Request::Describe { execution: by_name("one") }).await;
    let wait = Request::Wait { execution: by_name("one"), events_seen: Some(first.events) };
    let second = described(&runtime, wait).await;
    assert_eq!(world.now(), 10_000);
    assert!(second.events > first.events);
    let end = described(&runtime, Request::Wait { execution: by_name("one"), events_seen: None }).await;
    assert_eq!((end.summary.status, end.output), (ExecutionStatus::Succeeded, Some(json!(1))));
    assert_eq!(world.now(), 30_000);
    let again = Request::Wait { execution: by_name("one"), events_seen: Some(1_000) };
    assert_eq!(described(&runtime, again).await.summary.status, ExecutionStatus::Succeeded, "it has ended: at once");
}

#[tokio::test(start_paused = true)]
async fn a_name_in_two_workflows_asks_which() {
    let world = World::new();
    let runtime = runtime(&world).await;
    runtime.handle(start("Line", "one", json!(1))).await;
    runtime.handle(start("Nap", "one", json!(1))).await;
    let ambiguous = refused(&runtime, Request::Describe { execution: by_name("one") }).await;
    assert_eq!(ambiguous.name, "ExecutionNotUnique");
    let missing = refused(&runtime, Request::Describe { execution: by_name("two") }).await;
    assert_eq!(missing.name, "ExecutionDoesNotExist");
}

#[tokio::test(start_paused = true)]
async fn lists_and_trails_come_from_what_is_durable() {
    let world = World::new();
    world.on("B", |_| async { Err(error("Broken", "b")) });
    let runtime = runtime(&world).await;
    runtime.handle(start("Line", "one", json!(1))).await;
    runtime.handle(start("Nap", "two", json!(1))).await;
    described(&runtime, Request::Wait { execution: by_name("one"), events_seen: None }).await;
    let Response::Executions(all) = runtime.handle(Request::List { workflow: None, status: None, limit: 0 }).await
    else {
        panic!("no list")
    };
    let names: Vec<_> = all.iter().map(|it| (it.name.as_str(), it.status)).collect();
    assert_eq!(names, [("two", ExecutionStatus::Running), ("one", ExecutionStatus::Failed)]);

    let Response::Trail(trail) = runtime.handle(Request::Trail { execution: by_name("one") }).await else {
        panic!("no trail")
    };
    assert_eq!(trail.records.len(), 3);
    assert!(trail.definition.contains("${BFunctionArn}"));
    assert_eq!(trail.execution.error.as_ref().unwrap().error.as_deref(), Some("Broken"));
    let Response::History(history) = runtime.handle(Request::History { execution: by_name("one") }).await else {
        panic!("no history")
    };
    assert_eq!(history.len() as u64, trail.execution.events);
    assert_eq!(history.last().unwrap().kind, "ExecutionFailed");
    let text = serde_json::to_string(&Response::Trail(trail)).unwrap();
    assert!(matches!(serde_json::from_str::<Response>(&text).unwrap(), Response::Trail(_)));
}

#[tokio::test(start_paused = true)]
async fn tokens_stop_and_redrive_go_through_the_same_door() {
    let world = World::new();
    world.on("Ask", |_| async { Ok(StepReply::Parked) });
    let store = Arc::new(MemoryStore::new());
    let runtime = runtime_on(&world, store).await;
    runtime.handle(start("Ask", "one", json!(1))).await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    let stopped = described(&runtime, Request::Stop { execution: by_name("one"), error: error("Enough", "x") }).await;
    assert_eq!(stopped.summary.status, ExecutionStatus::Aborted);
    let old = world.tokens()[0].to_string();
    let late = refused(&runtime, Request::SendTaskSuccess { token: old, output: json!(1) }).await;
    assert_eq!(late.name, "TaskTimedOut");
    let redriven = described(&runtime, Request::Redrive { execution: by_name("one") }).await;
    assert_eq!((redriven.summary.status, redriven.redrive_count), (ExecutionStatus::Running, 1));
    tokio::time::sleep(Duration::from_millis(1)).await;
    let token = world.tokens().last().unwrap().to_string();
    let done = runtime.handle(Request::SendTaskHeartbeat { token: token.clone() }).await;
    assert!(matches!(done, Response::Done), "{done:?}");
    runtime.handle(Request::SendTaskSuccess { token, output: json!(7) }).await;
    let end = described(&runtime, Request::Wait { execution: by_name("one"), events_seen: None }).await;
    assert_eq!(end.output, Some(json!(7)));
}
