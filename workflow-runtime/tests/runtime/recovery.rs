//! A runtime that is dropped without a shutdown, as a crash would drop it, and the next one on the same store.

use std::sync::Arc;

use serde_json::json;
use workflow_runtime::control::WaitingFor;
use workflow_runtime::engine::ExecutionStatus;
use workflow_runtime::runtime::{Runtime, StartError};
use workflow_runtime::step::StepReply;
use workflow_runtime::store::MemoryStore;

use crate::support::*;

fn store() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new())
}

#[tokio::test(start_paused = true)]
async fn what_was_in_flight_runs_again_and_what_was_acknowledged_does_not() {
    let (world, store) = (World::new(), store());
    world.on("B", |call| async move {
        if call.number == 1 {
            secs(1_000).await;
        }
        Ok(StepReply::Output(json!("b")))
    });
    let runtime = runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await;
    let handle = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap();
    settle().await;
    drop((handle, runtime));
    settle().await;
    let runtime = runtime_on(&world, store).await;
    let execution = runtime.execution::<Line>("one").await.unwrap();
    assert_eq!(execution.result().await.unwrap(), Doc(json!("b")));
    assert_eq!(world.states(), ["A", "B", "B", "C"]);
    let made = world.made();
    assert_eq!((made[1].attempt, &made[1].key), (made[2].attempt, &made[2].key));
}

#[tokio::test(start_paused = true)]
async fn a_retrys_delay_and_its_counter_survive() {
    let (world, store) = (World::new(), store());
    world.on("B", |_| async { Err(error("Busy", "always")) });
    let runtime = runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await;
    let _ = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap();
    secs(3).await;
    drop(runtime);
    secs(1).await;
    let runtime = runtime_on(&world, store).await;
    let execution = runtime.execution::<Line>("one").await.unwrap();
    let waiting = execution.describe().await.unwrap().waiting_for;
    assert!(matches!(&waiting[..], [WaitingFor::Retry { state, retries: 2, .. }] if state == "B"), "{waiting:?}");
    assert_eq!(execution.result().await.unwrap_err().error(), Some("Busy"));
    assert_eq!(world.attempts(), [1, 1, 2, 3, 4]);
    assert_eq!(world.now() / 1000 * 1000, 14_000, "2 + 4 + 8 seconds from the start, whoever owned it");
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_when_it_would_have_ended() {
    let (world, store) = (World::new(), store());
    let runtime = runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await;
    let _ = runtime.start::<Nap>("one", Doc(json!(1))).await.unwrap();
    secs(30).await;
    drop(runtime);
    secs(30).await;
    let runtime = runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await;
    runtime.execution::<Nap>("one").await.unwrap().result().await.unwrap();
    assert_eq!(world.now() / 1000 * 1000, 100_000);

    let _ = runtime.start::<Nap>("two", Doc(json!(1))).await.unwrap();
    drop(runtime);
    secs(500).await;
    let runtime = runtime_on(&world, store).await;
    let before = world.now();
    runtime.execution::<Nap>("two").await.unwrap().result().await.unwrap();
    assert_eq!(world.now(), before, "overdue: at once");
}

#[tokio::test(start_paused = true)]
async fn a_parked_task_stays_parked_and_its_token_stays_good() {
    let (world, store) = (World::new(), store());
    world.on("Ask", |_| async { Ok(StepReply::Parked) });
    let runtime = runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await;
    let _ = runtime.start::<Ask>("one", Doc(json!(1))).await.unwrap();
    settle().await;
    let token = world.tokens()[0].clone();
    drop(runtime);
    settle().await;
    let runtime = runtime_on(&world, store).await;
    settle().await;
    assert_eq!(world.states(), ["Ask"], "its step has returned before");
    runtime.send_task_success(&token, &Small(9)).await.unwrap();
    assert_eq!(runtime.execution::<Ask>("one").await.unwrap().result().await.unwrap(), Small(9));
}

#[tokio::test(start_paused = true)]
async fn an_old_owner_is_fenced_off() {
    let (world, store) = (World::new(), store());
    world.on("B", |_| async {
        secs(10).await;
        Ok(StepReply::Output(json!("b")))
    });
    let old = runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await;
    let handle = old.start::<Line>("one", Doc(json!(1))).await.unwrap();
    settle().await;
    let new = runtime_on(&world, store).await;
    let failure = handle.result().await.unwrap_err();
    assert!(failure.to_string().contains("the store failed"), "{failure}");
    assert!(old.failure().is_some() && new.failure().is_none());
    new.execution::<Line>("one").await.unwrap().result().await.unwrap();
    assert_eq!(world.states(), ["A", "B", "B", "C"]);
}

#[tokio::test(start_paused = true)]
async fn executions_whose_steps_are_gone_are_refused_or_parked() {
    let (world, store) = (World::new(), store());
    world.on("Then", |_| async { Ok(StepReply::Output(json!("then"))) });
    let runtime = runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await;
    let _ = runtime.start::<Nap>("one", Doc(json!(1))).await.unwrap();
    drop(runtime);
    settle().await;

    let without = || Runtime::builder().shared_store(Arc::<MemoryStore>::clone(&store) as _).data(world.clone());
    let refused = without().register::<Line>().start().await.unwrap_err();
    let StartError::Unfinishable { executions } = &refused else { panic!("{refused}") };
    let needs: Vec<_> = executions[0].needs.iter().map(|need| (need.state.as_str(), need.called.as_str())).collect();
    assert_eq!((executions[0].name.as_str(), &needs[..]), ("one", &[("Then", "step `Then`")][..]));
    assert!(refused.to_string().contains("`one` (at `Sleep`) of workflow `Nap`"), "{refused}");

    let parked = without().register::<Line>().park_unfinishable().start().await.unwrap();
    secs(1_000).await;
    let found = parked.execution::<Nap>("one").await.unwrap();
    assert_eq!(found.describe().await.unwrap().summary.status, ExecutionStatus::Running);
    drop((found, parked));
    settle().await;

    let runtime = runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await;
    let execution = runtime.execution::<Nap>("one").await.unwrap();
    assert_eq!(execution.result().await.unwrap(), Doc(json!("then")));
}

#[tokio::test(start_paused = true)]
async fn a_parked_execution_can_be_stopped() {
    let (world, store) = (World::new(), store());
    let runtime = runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await;
    let _ = runtime.start::<Nap>("one", Doc(json!(1))).await.unwrap();
    drop(runtime);
    settle().await;
    let parked = Runtime::builder().shared_store(store).park_unfinishable().start().await.unwrap();
    let found = parked.execution::<Nap>("one").await.unwrap();
    found.stop("its steps are gone").await.unwrap();
    assert_eq!(found.result().await.unwrap_err().status(), Some(ExecutionStatus::Aborted));
    assert_eq!(found.redrive().await.unwrap_err().name, "ExecutionNotRedrivable");
}

#[tokio::test(start_paused = true)]
async fn many_unfinished_executions_all_go_on() {
    let (world, store) = (World::new(), store());
    let runtime = runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await;
    for number in 0..5_000 {
        let _ = runtime.start::<Nap>(format!("n-{number}"), Doc(json!(number))).await.unwrap();
    }
    drop(runtime);
    secs(10).await;
    let runtime = runtime_on(&world, store).await;
    assert_eq!(runtime.live_executions(), 5_000);
    for number in [0, 1, 2_500, 4_999] {
        let execution = runtime.execution::<Nap>(format!("n-{number}")).await.unwrap();
        assert_eq!(execution.result().await.unwrap(), Doc(json!(number)));
    }
    assert_eq!(world.now() / 1000 * 1000, 100_000);
}

/// Takes half of its timeout, so that it fails only where time is counted that it did not run.
fn slow(world: &World, state: &'static str) {
    world.on(state, |_| async {
        secs(30).await;
        Ok(StepReply::Output(json!("slow")))
    });
}

#[tokio::test(start_paused = true)]
async fn a_step_that_was_in_flight_is_not_charged_for_the_time_that_nobody_ran_it() {
    let (world, store) = (World::new(), store());
    slow(&world, "B");
    let runtime = runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await;
    let _ = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap();
    secs(10).await;
    for _ in 0..2 {
        drop(runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await);
        secs(3_600).await;
    }
    drop(runtime);
    let runtime = runtime_on(&world, store).await;
    let execution = runtime.execution::<Line>("one").await.unwrap();
    assert_eq!(execution.result().await.unwrap(), Doc(json!("slow")));
    assert_eq!(world.attempts().iter().filter(|attempt| **attempt > 1).count(), 0, "{:?}", world.made());
    assert!(execution.history().await.unwrap().iter().all(|event| !event.kind.ends_with("TimedOut")));
}

#[tokio::test(start_paused = true)]
async fn a_step_that_runs_again_has_its_whole_timeout_and_no_more() {
    let (world, store) = (World::new(), store());
    world.on("B", |_| async {
        secs(10_000).await;
        Ok(StepReply::Output(json!("never")))
    });
    let runtime = runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await;
    let _ = runtime.start::<Line>("one", Doc(json!(1))).await.unwrap();
    secs(50).await;
    drop(runtime);
    secs(1_000).await;
    let runtime = runtime_on(&world, store).await;
    let execution = runtime.execution::<Line>("one").await.unwrap();
    assert_eq!(execution.result().await.unwrap_err().error(), Some("States.Timeout"));
    assert_eq!(world.now() / 1000, 1_050 + 60);
}

#[tokio::test(start_paused = true)]
async fn what_a_passive_owner_recorded_has_its_clock_started_when_it_is_run() {
    let (world, store) = (World::new(), store());
    slow(&world, "A");
    let passive = builder(&world, Arc::<MemoryStore>::clone(&store)).passive().start().await.unwrap();
    let _ = passive.start::<Line>("one", Doc(json!(1))).await.unwrap();
    secs(3_600).await;
    drop(passive);
    secs(3_600).await;
    assert_eq!(world.states(), [""; 0]);
    let runtime = runtime_on(&world, store).await;
    runtime.execution::<Line>("one").await.unwrap().result().await.unwrap();
    assert_eq!(world.states(), ["A", "B", "C"]);
}

#[tokio::test(start_paused = true)]
async fn a_parked_tasks_deadline_goes_on_while_nobody_runs() {
    let (world, store) = (World::new(), store());
    world.on("Ask", |call| async move {
        // Cut off before it has handed out its token: the clocks count from when it is called again.
        if call.number == 1 {
            secs(10_000).await;
        }
        Ok(StepReply::Parked)
    });
    let runtime = runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await;
    let _ = runtime.start::<Ask>("one", Doc(json!(1))).await.unwrap();
    settle().await;
    drop(runtime);
    secs(5_000).await;
    let runtime = runtime_on(&world, Arc::<MemoryStore>::clone(&store)).await;
    secs(1).await;
    assert_eq!(world.tokens()[0], world.tokens()[1], "it is the same attempt");
    drop(runtime);
    secs(598).await;
    let runtime = runtime_on(&world, store).await;
    let execution = runtime.execution::<Ask>("one").await.unwrap();
    settle().await;
    let waiting = execution.describe().await.unwrap().waiting_for;
    assert!(matches!(&waiting[..], [WaitingFor::Answer { .. }]), "{waiting:?}");
    assert_eq!(execution.result().await.unwrap_err().error(), Some("States.Timeout"));
    assert_eq!(world.now() / 1000, 5_600, "its heartbeat of 600 seconds, counted from the call that parked it");
    assert_eq!(world.states(), ["Ask", "Ask"]);
}
