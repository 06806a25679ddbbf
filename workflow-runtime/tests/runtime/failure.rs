//! A store that fails, and the group commit.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::json;
use workflow_runtime::runtime::ExecutionError;
use workflow_runtime::step::StepReply;

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn nothing_happens_after_a_failed_commit() {
    let world = World::new();
    let store = TestStore::new(false);
    let runtime = runtime_on(&world, Arc::<TestStore>::clone(&store)).await;
    let bystander = runtime.start::<Nap>("waits", Doc(json!(1))).await.unwrap();
    store.fail_after(2);
    let execution = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap();
    let failure = execution.result().await.unwrap_err();
    assert!(matches!(&failure, ExecutionError::Store { name, source } if name == "one" && source.code == "WF3999"));
    assert_eq!(world.states(), ["A", "B"], "B's end is not durable, so C does not start");
    assert_eq!(runtime.failure().unwrap().code, "WF3999");
    assert!(matches!(bystander.result().await.unwrap_err(), ExecutionError::Store { .. }));
    assert_eq!(runtime.start::<Line>("two", Doc(json!(1))).await.unwrap_err().name, "StoreFailure");
    assert_eq!(runtime.live_executions(), 0);

    store.fail_after(i64::MAX);
    drop((execution, bystander, runtime));
    settle().await;
    let runtime = runtime_on(&world, store).await;
    runtime.execution::<Line>("one").await.unwrap().result().await.unwrap();
    runtime.execution::<Nap>("waits").await.unwrap().result().await.unwrap();
    assert_eq!(world.states(), ["A", "B", "B", "C", "Then"], "nothing that was acknowledged is lost");
}

#[tokio::test(start_paused = true)]
async fn a_start_that_is_not_durable_is_no_start() {
    let world = World::new();
    let store = TestStore::new(false);
    let runtime = runtime_on(&world, Arc::<TestStore>::clone(&store)).await;
    store.fail_after(0);
    assert_eq!(runtime.start::<Line>("one", Doc(json!(1))).await.unwrap_err().name, "StoreFailure");
    assert!(world.states().is_empty());
}

#[tokio::test]
async fn the_commit_thread_reports_a_failure_to_everybody_who_waits() {
    let world = World::new();
    let store = TestStore::new(true);
    let runtime = runtime_on(&world, Arc::<TestStore>::clone(&store)).await;
    let bystander = runtime.start_unnamed::<Nap>(Doc(json!(1))).await.unwrap();
    store.hold();
    let starting: Vec<_> = (0..20)
        .map(|_| {
            let runtime = runtime.clone();
            tokio::spawn(async move { runtime.start_unnamed::<Line>(Doc(json!(1))).await })
        })
        .collect();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    store.fail_after(0);
    store.release();
    for start in starting {
        assert_eq!(start.await.unwrap().unwrap_err().name, "StoreFailure");
    }
    assert!(matches!(bystander.result().await.unwrap_err(), ExecutionError::Store { .. }));
    assert!(world.states().is_empty());
}

#[tokio::test]
async fn what_waits_for_a_flush_shares_the_next_one() {
    let world = World::new();
    let store = TestStore::new(true);
    let runtime = runtime_on(&world, Arc::<TestStore>::clone(&store)).await;
    store.hold();
    let starting: Vec<_> = (0..50)
        .map(|_| {
            let runtime = runtime.clone();
            tokio::spawn(async move { runtime.start_unnamed::<Nap>(Doc(json!(1))).await.unwrap() })
        })
        .collect();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    store.release();
    for start in starting {
        let _ = start.await.unwrap();
    }
    assert_eq!(store.records.load(Ordering::SeqCst), 50);
    let commits = store.commits.load(Ordering::SeqCst);
    assert!(commits <= 2, "{commits} commits for what waited for one gate");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_durable_store_runs_executions_to_their_end_on_many_threads() {
    let world = World::new();
    world.on("A", |call| async move {
        tokio::task::yield_now().await;
        Ok(StepReply::Output((*call.payload).clone()))
    });
    let store = TestStore::new(true);
    let runtime = runtime_on(&world, Arc::<TestStore>::clone(&store)).await;
    let running: Vec<_> = (0..200)
        .map(|number| {
            let runtime = runtime.clone();
            tokio::spawn(async move {
                let flow = runtime.start::<Line>(format!("n-{number}"), Doc(json!(number))).await.unwrap();
                flow.result().await.unwrap()
            })
        })
        .collect();
    for (number, run) in running.into_iter().enumerate() {
        assert_eq!(run.await.unwrap(), Doc(json!(number)));
    }
    runtime.shutdown().await;
    assert_eq!(store.records.load(Ordering::SeqCst), 200 * 4, "a record a transition");
}
