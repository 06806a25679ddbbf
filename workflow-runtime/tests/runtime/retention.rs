//! What has ended ages out; what lasts too long ends.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use workflow_runtime::control::{Request, Response};
use workflow_runtime::engine::ExecutionStatus;
use workflow_runtime::store::{ListQuery, MemoryStore};

use crate::support::*;

const DAY: u64 = 86_400;

#[tokio::test(start_paused = true)]
async fn what_has_ended_is_forgotten_after_its_time() {
    let world = World::new();
    let store = Arc::new(MemoryStore::new());
    let runtime = builder(&world, store).retention(Duration::from_secs(DAY)).start().await.unwrap();
    let first = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap();
    first.result().await.unwrap();
    let parked = runtime.start::<Ask>("parked", Doc(json!(1))).await.unwrap();
    settle().await;
    secs(DAY / 2).await;
    assert_eq!(runtime.list(ListQuery::default()).await.unwrap().len(), 2);
    assert!(runtime.start::<Line>("one", Doc(json!(1))).await.is_err(), "its name is taken");
    secs(DAY).await;
    let left = runtime.list(ListQuery::default()).await.unwrap();
    assert!(left.iter().all(|one| one.name != "one"), "{left:?}");
    let gone = runtime.execution::<Line>("one").await.unwrap_err();
    assert_eq!(gone.name, "ExecutionDoesNotExist");
    let again = runtime.start::<Line>("one", Doc(json!(2))).await.unwrap();
    assert_eq!(again.result().await.unwrap(), Doc(json!(2)));
    drop(parked);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_freed_while_it_is_looked_for_starts_anew() {
    let world = World::new();
    let store = TestStore::new(false);
    let runtime = runtime_on(&world, Arc::<TestStore>::clone(&store)).await;
    for input in [1, 1, 2] {
        store.forget_once();
        let execution = runtime.start::<Line>("one", Doc(json!(input))).await.unwrap();
        assert_eq!(execution.result().await.unwrap(), Doc(json!(input)));
    }
    assert_eq!(world.states().len(), 9, "each of them has run");
}

#[tokio::test(start_paused = true)]
async fn whoever_holds_on_to_it_knows_how_it_ended_when_it_is_forgotten() {
    let world = World::new();
    world.on("B", |_| async { Err(error("Broken", "always")) });
    let runtime = runtime(&world).await;
    let execution = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap();
    secs(10).await;
    assert_eq!(runtime.prune(Duration::from_secs(5)).await.unwrap(), 1);
    assert_eq!(execution.result().await.unwrap_err().status(), Some(ExecutionStatus::Failed));
    assert_eq!(execution.describe().await.unwrap_err().name, "ExecutionDoesNotExist");
}

#[tokio::test(start_paused = true)]
async fn without_retention_everything_is_kept() {
    let world = World::new();
    let runtime = runtime(&world).await;
    runtime.start::<Line>("one", Doc(json!(1))).await.unwrap().result().await.unwrap();
    secs(1_000 * DAY).await;
    assert_eq!(runtime.list(ListQuery::default()).await.unwrap().len(), 1);
    let ask = |dry_run| Request::Prune { older_than_seconds: 30 * DAY, dry_run };
    for (dry_run, left) in [(true, 1), (false, 0)] {
        let Response::Pruned { executions } = runtime.handle(ask(dry_run)).await else { panic!("another answer") };
        assert_eq!((executions, runtime.list(ListQuery::default()).await.unwrap().len()), (1, left));
    }
    assert_eq!(runtime.prune(Duration::ZERO).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn many_are_forgotten_and_those_that_run_go_on() {
    let world = World::new();
    let runtime = runtime(&world).await;
    let nap = runtime.start::<Nap>("nap", Doc(json!("z"))).await.unwrap();
    for number in 0..600 {
        runtime.start::<Line>(format!("e{number}"), Doc(json!(number))).await.unwrap().result().await.unwrap();
    }
    secs(10).await;
    assert_eq!(runtime.prune(Duration::from_secs(5)).await.unwrap(), 600);
    assert_eq!(nap.result().await.unwrap(), Doc(json!("z")));
    assert_eq!(runtime.list(ListQuery::default()).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_redrive_has_fourteen_days() {
    let world = World::new();
    world.on("B", |_| async { Err(error("Broken", "always")) });
    let runtime = runtime(&world).await;
    let execution = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap();
    execution.result().await.unwrap_err();
    secs(13 * DAY).await;
    runtime.execution::<Line>("one").await.unwrap().redrive().await.unwrap();
    settle().await;
    secs(15 * DAY).await;
    let refusal = runtime.execution::<Line>("one").await.unwrap().redrive().await.unwrap_err();
    assert_eq!(refusal.name, "ExecutionNotRedrivable");
    assert!(refusal.message.contains("more than 14 days ago"), "{}", refusal.message);
}

#[tokio::test(start_paused = true)]
async fn an_execution_lasts_a_year_at_most() {
    let world = World::new();
    let store = Arc::new(MemoryStore::new());
    // The round that looks for old executions comes with retention; without it, whatever happens next ends them.
    let kept = builder(&world, store).retention(Duration::from_secs(400 * DAY)).start().await.unwrap();
    let ever = kept.start::<Ever>("ever", Doc(json!(1))).await.unwrap();
    secs(364 * DAY).await;
    assert_eq!(ever.describe().await.unwrap().summary.status, ExecutionStatus::Running);
    secs(2 * DAY).await;
    assert_eq!(ever.result().await.unwrap_err().status(), Some(ExecutionStatus::TimedOut));
    let refusal = ever.redrive().await.unwrap_err();
    assert!(refusal.message.contains("more than a year ago"), "{}", refusal.message);
}

#[tokio::test(start_paused = true)]
async fn a_year_counts_while_nobody_ran_it() {
    let world = World::new();
    let store = Arc::new(MemoryStore::new());
    let before = runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await;
    drop(before.start::<Ever>("ever", Doc(json!(1))).await.unwrap());
    before.shutdown().await;
    secs(366 * DAY).await;
    let after = runtime_on(&world, store).await;
    let ended = after.execution::<Ever>("ever").await.unwrap();
    assert_eq!(ended.result().await.unwrap_err().status(), Some(ExecutionStatus::TimedOut));
}
