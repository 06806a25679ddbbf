//! Stop, redrive, shutdown.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use workflow_runtime::engine::ExecutionStatus;
use workflow_runtime::runtime::ExecutionError;
use workflow_runtime::step::StepReply;
use workflow_runtime::store::MemoryStore;

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn a_stop_aborts_the_execution_and_drops_its_step() {
    let world = World::new();
    let dropped = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&dropped);
    world.on("B", move |_| {
        let guard = Dropped(Arc::clone(&seen));
        async move {
            let _guard = guard;
            secs(1_000).await;
            Ok(StepReply::Output(json!(null)))
        }
    });
    let runtime = runtime(&world).await;
    let execution = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap();
    settle().await;
    execution.stop("enough").await.unwrap();
    let failure = execution.result().await.unwrap_err();
    assert_eq!((failure.status(), failure.cause()), (Some(ExecutionStatus::Aborted), Some("enough")));
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    execution.stop("again").await.unwrap();
    assert_eq!(execution.describe().await.unwrap().error.unwrap().cause.as_deref(), Some("enough"));
    assert_eq!(world.states(), ["A", "B"]);
}

#[tokio::test(start_paused = true)]
async fn a_redrive_goes_on_from_the_failed_state() {
    let world = World::new();
    world.on("B", |call| async move {
        if call.number == 1 { Err(error("Broken", "once")) } else { Ok(StepReply::Output(json!("mended"))) }
    });
    let runtime = runtime(&world).await;
    let execution = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap();
    execution.result().await.unwrap_err();
    execution.redrive().await.unwrap();
    let found = runtime.execution::<Line>("one").await.unwrap();
    assert_eq!(found.result().await.unwrap(), Doc(json!("mended")));
    assert_eq!(world.states(), ["A", "B", "B", "C"]);
    assert_eq!(found.describe().await.unwrap().redrive_count, 1);
    assert_eq!(found.redrive().await.unwrap_err().name, "ExecutionNotRedrivable");
}

#[tokio::test(start_paused = true)]
async fn a_handle_from_before_a_redrive_waits_for_the_new_end() {
    let world = World::new();
    world.on("B", |call| async move {
        secs(1).await;
        if call.number == 1 { Err(error("Broken", "once")) } else { Ok(StepReply::Output(json!("mended"))) }
    });
    let runtime = runtime(&world).await;
    let execution = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap();
    assert_eq!(execution.redrive().await.unwrap_err().name, "ExecutionNotRedrivable");
    execution.result().await.unwrap_err();
    execution.redrive().await.unwrap();
    assert_eq!(execution.result().await.unwrap(), Doc(json!("mended")));
    assert_eq!(execution.result().await.unwrap(), Doc(json!("mended")), "also once it has left memory");
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_lets_the_running_step_end_and_starts_no_other() {
    let world = World::new();
    world.on("B", |_| async {
        secs(5).await;
        Ok(StepReply::Output(json!("b")))
    });
    let store = Arc::new(MemoryStore::new());
    let runtime = runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await;
    let execution = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap();
    settle().await;
    runtime.shutdown().await;
    assert_eq!(world.now(), 5_000);
    assert_eq!(world.states(), ["A", "B"]);
    assert!(matches!(execution.result().await.unwrap_err(), ExecutionError::ShutDown { .. }));
    assert_eq!(runtime.start::<Line>("two", Doc(json!(1))).await.unwrap_err().name, "RuntimeShutDown");

    let runtime = runtime_on(&world, store).await;
    let execution = runtime.execution::<Line>("one").await.unwrap();
    assert_eq!(execution.result().await.unwrap(), Doc(json!("b")));
    assert_eq!(world.states(), ["A", "B", "C"], "what was acknowledged does not run again");
}

#[tokio::test(start_paused = true)]
async fn a_step_that_outlives_the_grace_period_runs_again_at_the_next_start() {
    let world = World::new();
    world.on("B", |call| async move {
        if call.number == 1 {
            secs(1_000).await;
        }
        Ok(StepReply::Output(json!("b")))
    });
    let store = Arc::new(MemoryStore::new());
    let limited = builder(&world, Arc::<MemoryStore>::clone(&store) as _).shutdown_grace(Duration::from_secs(3));
    let runtime = limited.start().await.unwrap();
    let _ = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap();
    settle().await;
    runtime.shutdown().await;
    assert_eq!(world.now(), 3_001);
    let runtime = runtime_on(&world, store).await;
    runtime.execution::<Line>("one").await.unwrap().result().await.unwrap();
    assert_eq!(world.states(), ["A", "B", "B", "C"]);
    assert_eq!(world.attempts(), [1, 1, 1, 1], "the same attempt, not a retry");
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_nobody_who_only_waits() {
    let world = World::new();
    let runtime = runtime(&world).await;
    let execution = runtime.start::<Nap>("one", Doc(json!(1))).await.unwrap();
    runtime.shutdown().await;
    assert_eq!(world.now(), 0);
    assert!(matches!(execution.result().await.unwrap_err(), ExecutionError::ShutDown { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_does_not_start_steps_that_wait_for_their_turn() {
    let world = World::new();
    world.on("Work", |_| async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Ok(StepReply::Output(json!(null)))
    });
    let limited = builder(&world, Arc::new(MemoryStore::new())).max_concurrent_steps(1);
    let runtime = limited.start().await.unwrap();
    for _ in 0..5 {
        let _ = runtime.start_unnamed::<Beat>(Doc(json!(1))).await.unwrap();
    }
    settle().await;
    runtime.shutdown().await;
    assert_eq!(world.states().len(), 1);
    assert_eq!(world.now(), 100);
}

#[tokio::test]
async fn two_redrives_at_once_go_on_from_what_is_there() {
    let (world, store) = (World::new(), TestStore::new(true));
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    world.on("B", move |_| {
        let call = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            if call < 2 {
                return Err(error("Broken", "again"));
            }
            std::future::pending().await
        }
    });
    let runtime = builder(&world, Arc::<TestStore>::clone(&store)).start().await.unwrap();
    let handle = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap();
    handle.result().await.unwrap_err();
    store.read_late();
    let redrive = || {
        let handle = handle.clone();
        tokio::spawn(async move { handle.redrive().await })
    };
    let first = redrive();
    while !store.has_read() {
        tokio::task::yield_now().await;
    }
    let second = redrive();
    // It has its whole life, or waits for the first.
    for _ in 0..100_000 {
        if calls.load(Ordering::SeqCst) == 2 && runtime.live_executions() == 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    store.tell();
    let answers = [first.await.unwrap(), second.await.unwrap()];
    assert!(answers.iter().any(Result::is_ok), "{answers:?}");
    let description = handle.describe().await.unwrap();
    let history = handle.history().await.unwrap();
    assert_eq!(description.events, history.len() as u64, "what runs is what is durable: {answers:?}");
}

#[tokio::test]
async fn a_redrive_that_nobody_waits_for_is_not_forgotten_under_way() {
    let (world, store) = (World::new(), TestStore::new(true));
    world.on("B", |call| async move {
        if call.number == 1 { Err(error("Broken", "once")) } else { Ok(StepReply::Output(json!("mended"))) }
    });
    let runtime = builder(&world, Arc::<TestStore>::clone(&store)).start().await.unwrap();
    let handle = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap();
    handle.result().await.unwrap_err();
    store.hold();
    let redrive = {
        let handle = handle.clone();
        tokio::spawn(async move { handle.redrive().await })
    };
    while runtime.live_executions() == 0 {
        tokio::task::yield_now().await;
    }
    redrive.abort();
    assert!(redrive.await.is_err(), "its commit is under way");
    let forgetting = {
        let runtime = runtime.clone();
        tokio::spawn(async move { runtime.prune(Duration::ZERO).await })
    };
    // It is forgotten, or kept until its redrive is durable.
    for _ in 0..100_000 {
        if forgetting.is_finished() {
            break;
        }
        tokio::task::yield_now().await;
    }
    store.release();
    assert_eq!(handle.result().await.unwrap(), Doc(json!("mended")));
    forgetting.await.unwrap().unwrap();
    assert!(runtime.failure().is_none());
}
