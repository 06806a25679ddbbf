//! Attempts: order, retries, timeouts, heartbeats, panics, branches, the limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use workflow_runtime::engine::ExecutionStatus;
use workflow_runtime::step::StepReply;
use workflow_runtime::store::MemoryStore;

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn steps_run_in_order_and_the_last_one_gives_the_output() {
    let world = World::new();
    world.on("B", |call| async move { Ok(StepReply::Output(json!({ "b": *call.payload }))) });
    let runtime = runtime(&world).await;
    let execution = runtime.start::<Line>("one", Doc(json!({ "x": 1 }))).await.unwrap();
    assert_eq!(execution.result().await.unwrap(), Doc(json!({ "b": { "x": 1 } })));
    assert_eq!(world.states(), ["A", "B", "C"]);
    assert_eq!(execution.describe().await.unwrap().summary.status, ExecutionStatus::Succeeded);
    assert_eq!(runtime.live_executions(), 0, "what has ended leaves memory");
}

#[tokio::test(start_paused = true)]
async fn a_retry_waits_its_backoff_and_keeps_the_idempotency_key() {
    let world = World::new();
    world.on("B", |call| async move {
        if call.number < 4 { Err(error("Busy", "try later")) } else { Ok(StepReply::Output(json!("done"))) }
    });
    let runtime = runtime(&world).await;
    let execution = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap();
    assert_eq!(execution.result().await.unwrap(), Doc(json!("done")));
    assert_eq!(world.states(), ["A", "B", "B", "B", "B", "C"]);
    assert_eq!(world.attempts(), [1, 1, 2, 3, 4, 1]);
    assert_eq!(world.times(), [0, 0, 2_000, 6_000, 14_000, 14_000]);
    let keys: Vec<_> = world.made().into_iter().map(|made| made.key).collect();
    assert!(keys[1..5].iter().all(|key| *key == keys[1]), "{keys:?}");
    assert!(keys[0] != keys[1] && keys[1] != keys[5]);
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_is_used_up_fails_the_execution_with_the_steps_error() {
    let world = World::new();
    world.on("B", |_| async { Err(error("Busy", "try later")) });
    let runtime = runtime(&world).await;
    let failure = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap().result().await.unwrap_err();
    assert_eq!(failure.status(), Some(ExecutionStatus::Failed));
    assert_eq!((failure.error(), failure.cause()), (Some("Busy"), Some("try later")));
    assert_eq!(failure.to_string(), "execution `one` failed: Busy: try later");
    assert_eq!(world.states().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_drops_the_steps_future_and_tells_its_context() {
    let world = World::new();
    let dropped = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&dropped);
    let contexts = Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = Arc::clone(&contexts);
    world.on("A", move |call| {
        kept.lock().unwrap().push(call.context.clone());
        let guard = Dropped(Arc::clone(&seen));
        async move {
            let _guard = guard;
            secs(1_000).await;
            Ok(StepReply::Output(json!("late")))
        }
    });
    let runtime = runtime(&world).await;
    let failure = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap().result().await.unwrap_err();
    assert_eq!(failure.error(), Some("States.Timeout"));
    assert_eq!(world.now(), 60_000);
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    assert!(contexts.lock().unwrap()[0].is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn a_step_that_beats_lives_and_one_that_stops_is_timed_out() {
    let world = World::new();
    world.on("Work", |call| async move {
        for _ in 0..5 {
            secs(1).await;
            call.context.heartbeat();
        }
        secs(50).await;
        Ok(StepReply::Output(json!("late")))
    });
    let runtime = runtime(&world).await;
    let failure = runtime.start::<Beat>("one", Doc(json!(1))).await.unwrap().result().await.unwrap_err();
    assert_eq!(failure.error(), Some("States.Timeout"));
    assert_eq!(world.now(), 7_000, "five beats a second apart, then two seconds of silence");
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_failure_of_the_step_alone() {
    let world = World::new();
    world.on("A", |call| {
        assert!(call.number > 2, "before the first await");
        async move {
            tokio::task::yield_now().await;
            assert!(call.number > 3, "after the first await");
            Ok(StepReply::Output(json!("fine")))
        }
    });
    let runtime = runtime(&world).await;
    for name in ["one", "two", "three"] {
        let failure = runtime.start::<Line>(name, Doc(json!(1))).await.unwrap().result().await.unwrap_err();
        assert_eq!(failure.error(), Some("States.TaskFailed"));
        let when = if name == "three" { "after" } else { "before" };
        assert!(failure.cause().unwrap().contains(&format!("panicked: {when} the first await")), "{failure:?}");
    }
    let execution = runtime.start::<Line>("four", Doc(json!(1))).await.unwrap();
    assert_eq!(execution.result().await.unwrap(), Doc(json!("fine")));
}

#[tokio::test(start_paused = true)]
async fn branches_run_side_by_side() {
    let world = World::new();
    world.on("Left", |_| async {
        secs(10).await;
        Ok(StepReply::Output(json!("l")))
    });
    world.on("Right", |_| async {
        secs(10).await;
        Ok(StepReply::Output(json!("r")))
    });
    let runtime = runtime(&world).await;
    let execution = runtime.start::<Both>("one", Doc(json!(1))).await.unwrap();
    assert_eq!(execution.result().await.unwrap(), Doc(json!(["l", "r"])));
    assert_eq!(world.now(), 10_000);
}

#[tokio::test(start_paused = true)]
async fn a_failing_branch_cancels_its_siblings_step() {
    let world = World::new();
    let dropped = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&dropped);
    world.on("Left", move |_| {
        let guard = Dropped(Arc::clone(&seen));
        async move {
            let _guard = guard;
            secs(1_000).await;
            Ok(StepReply::Output(json!("l")))
        }
    });
    world.on("Right", |_| async {
        secs(3).await;
        Err(error("Broken", "right"))
    });
    let runtime = runtime(&world).await;
    let failure = runtime.start::<Both>("one", Doc(json!(1))).await.unwrap().result().await.unwrap_err();
    assert_eq!(failure.error(), Some("Broken"));
    settle().await;
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    assert_eq!(world.now(), 3_001);
}

#[tokio::test(start_paused = true)]
async fn no_more_steps_run_at_once_than_the_limit_allows() {
    let world = World::new();
    let running = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (now, max) = (Arc::clone(&running), Arc::clone(&most));
    world.on("Work", move |_| {
        let (now, max) = (Arc::clone(&now), Arc::clone(&max));
        async move {
            max.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(StepReply::Output(json!(null)))
        }
    });
    let builder = builder(&world, Arc::new(MemoryStore::new())).max_concurrent_steps(3);
    let runtime = builder.start().await.unwrap();
    let mut executions = Vec::new();
    for _ in 0..30 {
        executions.push(runtime.start_unnamed::<Beat>(Doc(json!(1))).await.unwrap());
    }
    for execution in executions {
        execution.result().await.unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 3);
    assert_eq!(world.now(), 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_executions_run_side_by_side() {
    let world = World::new();
    for state in ["A", "B", "C"] {
        world.on(state, |call| async move {
            secs(1).await;
            Ok(StepReply::Output((*call.payload).clone()))
        });
    }
    let runtime = runtime(&world).await;
    let mut executions = Vec::new();
    for number in 0..1_000 {
        executions.push(runtime.start::<Line>(format!("n-{number}"), Doc(json!(number))).await.unwrap());
    }
    assert_eq!(runtime.live_executions(), 1_000);
    for (number, execution) in executions.into_iter().enumerate() {
        assert_eq!(execution.result().await.unwrap(), Doc(json!(number)));
    }
    assert_eq!(world.now(), 3_000);
    assert_eq!(runtime.live_executions(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_panic_says_is_cut_to_what_a_cause_may_hold() {
    let world = World::new();
    world.on("A", |_| async { panic!("{}", "\"".repeat(1_000_000)) });
    let runtime = runtime(&world).await;
    let failure = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap().result().await.unwrap_err();
    assert!((32_000..=32_768).contains(&failure.cause().unwrap().chars().count()));
}
