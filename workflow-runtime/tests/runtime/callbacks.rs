//! Parked tasks and those who answer them.

use serde_json::json;
use workflow_runtime::control::WaitingFor;
use workflow_runtime::runtime::{ExecutionHandle, Runtime};
use workflow_runtime::step::{ErrorOutput, StepReply, TaskToken};

use crate::support::*;

async fn parked(world: &World) -> (Runtime, ExecutionHandle<Ask>, TaskToken) {
    world.on("Ask", |_| async { Ok(StepReply::Parked) });
    let runtime = runtime(world).await;
    let execution = runtime.start::<Ask>("one", Doc(json!(1))).await.unwrap();
    settle().await;
    let token = world.tokens().pop().unwrap();
    (runtime, execution, token)
}

#[tokio::test(start_paused = true)]
async fn the_answer_is_the_tasks_result() {
    let world = World::new();
    let (runtime, execution, token) = parked(&world).await;
    let waiting = execution.describe().await.unwrap().waiting_for;
    assert!(
        matches!(&waiting[..], [WaitingFor::Answer { state, token: shown, until: Some(_) }]
        if state == "Ask" && shown == token.as_str()),
        "{waiting:?}"
    );
    secs(500).await;
    runtime.send_task_success(&token, &Small(7)).await.unwrap();
    assert_eq!(execution.result().await.unwrap(), Small(7));
}

#[tokio::test(start_paused = true)]
async fn the_payload_holds_the_token() {
    let world = World::new();
    world.on("Ask", |call| async move {
        assert_eq!(*call.payload, json!({ "token": call.token().as_str() }));
        Ok(StepReply::Parked)
    });
    let runtime = runtime(&world).await;
    let execution = runtime.start::<Ask>("one", Doc(json!(1))).await.unwrap();
    settle().await;
    runtime.send_task_success(&world.tokens()[0], &Small(7)).await.unwrap();
    assert_eq!(execution.result().await.unwrap(), Small(7));
}

#[tokio::test(start_paused = true)]
async fn late_duplicate_and_forged_answers_are_told_so() {
    let world = World::new();
    let (runtime, execution, token) = parked(&world).await;
    let name = |result: Result<(), workflow_runtime::control::ClientError>| result.unwrap_err().name;
    for forged in ["", "1-2-3", "99-1-0123456789abcdef0123456789abcdef", &token.as_str().replace('-', "-1")] {
        let forged = TaskToken::new(forged);
        assert_eq!(name(runtime.send_task_success(&forged, &Small(7)).await), "InvalidToken", "{forged}");
    }
    runtime.send_task_success(&token, &Small(7)).await.unwrap();
    assert_eq!(name(runtime.send_task_success(&token, &Small(8)).await), "TaskTimedOut");
    assert_eq!(execution.result().await.unwrap(), Small(7));
    assert_eq!(name(runtime.send_task_success(&token, &Small(8)).await), "TaskTimedOut");
    assert_eq!(name(runtime.send_task_heartbeat(&token).await), "TaskTimedOut");
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_a_wrong_type_is_refused_and_the_task_stays_open() {
    let world = World::new();
    let (runtime, execution, token) = parked(&world).await;
    let refused = runtime.send_task_success(&token, &json!("seven")).await.unwrap_err();
    assert_eq!(refused.name, "InvalidOutput");
    assert!(refused.message.contains("`Ask`"), "{refused}");
    runtime.send_task_success(&token, &Small(7)).await.unwrap();
    assert_eq!(execution.result().await.unwrap(), Small(7));
}

#[tokio::test(start_paused = true)]
async fn a_failure_by_token_fails_the_task() {
    let world = World::new();
    let (runtime, execution, token) = parked(&world).await;
    runtime.send_task_failure_output(&token, error("Refused", "by the boss")).await.unwrap();
    let failure = execution.result().await.unwrap_err();
    assert_eq!((failure.error(), failure.cause()), (Some("Refused"), Some("by the boss")));
}

#[tokio::test(start_paused = true)]
async fn heartbeats_by_token_keep_a_task_open() {
    let world = World::new();
    let (runtime, execution, token) = parked(&world).await;
    for _ in 0..3 {
        secs(500).await;
        runtime.send_task_heartbeat(&token).await.unwrap();
    }
    let failure = execution.result().await.unwrap_err();
    assert_eq!(failure.error(), Some("States.Timeout"));
    assert_eq!(world.now() / 1000 * 1000, 2_100_000);
    let late = runtime.send_task_heartbeat(&token).await.unwrap_err();
    assert_eq!(late.name, "TaskTimedOut");
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_come_before_the_step_has_returned() {
    let world = World::new();
    world.on("Ask", |_| async {
        secs(10).await;
        Ok(StepReply::Parked)
    });
    let runtime = runtime(&world).await;
    let execution = runtime.start::<Ask>("one", Doc(json!(1))).await.unwrap();
    settle().await;
    runtime.send_task_success(&world.tokens()[0], &Small(7)).await.unwrap();
    assert_eq!(execution.result().await.unwrap(), Small(7));
}

#[tokio::test(start_paused = true)]
async fn an_error_that_aws_would_not_take_is_refused() {
    let world = World::new();
    let (runtime, execution, token) = parked(&world).await;
    let long =
        |name: usize, cause: usize| ErrorOutput { error: Some("x".repeat(name)), cause: Some("é".repeat(cause)) };
    for error in [long(257, 1), long(1, 32_769)] {
        let refused = runtime.send_task_failure_output(&token, error).await.unwrap_err();
        assert_eq!(refused.name, "ValidationException", "{refused}");
    }
    runtime.send_task_failure_output(&token, long(256, 32_768)).await.unwrap();
    assert_eq!(execution.result().await.unwrap_err().cause().map(|cause| cause.chars().count()), Some(32_768));
}

#[tokio::test(start_paused = true)]
async fn who_comes_during_a_shutdown_is_told_to_come_again() {
    let world = World::new();
    let (runtime, execution, token) = parked(&world).await;
    runtime.shutdown().await;
    // It has left, and waits for its answer in the store.
    let answered = runtime.send_task_success(&token, &Small(7)).await.unwrap_err();
    let stopped = execution.stop("why").await.unwrap_err();
    assert_eq!((answered.name.as_str(), stopped.name.as_str()), ("RuntimeShutDown", "RuntimeShutDown"));
}
