//! Executions that other executions start: once, waited for, stopped with those who wait.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use workflow_runtime::control::WaitingFor;
use workflow_runtime::engine::ExecutionStatus;
use workflow_runtime::runtime::{Runtime, RuntimeBuilder, StartError};
use workflow_runtime::step::StepReply;
use workflow_runtime::store::{ListQuery, MemoryStore, Store};

use crate::support::*;

flow!(Outer, Doc => Doc, r#"{
    "QueryLanguage": "JSONata",
    "StartAt": "First",
    "States": {
        "First": {"Type": "Task", "Resource": "${FirstFunctionArn}", "TimeoutSeconds": 60, "Next": "Nested"},
        "Nested": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Arguments": {"StateMachineArn": "${InnerStateMachineArn}", "Input": {"n": "{% $states.input %}"}},
            "TimeoutSeconds": 5000, "Assign": {"name": "{% $states.result.Name %}"},
            "Output": "{% $states.result.Output %}", "Next": "Last"},
        "Last": {"Type": "Task", "Resource": "${LastFunctionArn}", "TimeoutSeconds": 60, "End": true}
    }
}"#, [First: Doc, Last: Doc]);

flow!(Inner, Doc => Doc, r#"{
    "QueryLanguage": "JSONata",
    "StartAt": "Work",
    "States": {
        "Work": {"Type": "Task", "Resource": "${WorkFunctionArn}", "Arguments": "{% $states.input.n %}", "TimeoutSeconds": 3600, "End": true}
    }
}"#, [Work: Doc]);

flow!(Middle, Doc => Doc, r#"{
    "QueryLanguage": "JSONata",
    "StartAt": "Deeper",
    "States": {
        "Deeper": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Arguments": {"StateMachineArn": "${InnerStateMachineArn}", "Input": {"n": 1}}, "End": true}
    }
}"#, []);

flow!(Top, Doc => Doc, r#"{
    "QueryLanguage": "JSONata",
    "StartAt": "Down",
    "TimeoutSeconds": 1000,
    "States": {
        "Down": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Arguments": {"StateMachineArn": "${MiddleStateMachineArn}"},
            "Retry": [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1, "IntervalSeconds": 1}], "End": true}
    }
}"#, []);

flow!(Careful, Doc => Doc, r#"{
    "QueryLanguage": "JSONata",
    "StartAt": "Nested",
    "States": {
        "Nested": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Arguments": {"StateMachineArn": "${InnerStateMachineArn}", "Input": {"n": 1}},
            "TimeoutSeconds": 100,
            "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": "End"}], "End": true},
        "End": {"Type": "Succeed"}
    }
}"#, []);

flow!(Spawner, Doc => Doc, r#"{
    "QueryLanguage": "JSONata",
    "StartAt": "Begin",
    "States": {
        "Begin": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution",
            "Arguments": {"StateMachineArn": "${InnerStateMachineArn}", "Input": {"n": 7}}, "Output": "{% $states.result.ExecutionArn %}", "End": true}
    }
}"#, []);

fn nested(world: &World, store: Arc<dyn Store>) -> RuntimeBuilder {
    Runtime::builder()
        .shared_store(store)
        .data(world.clone())
        .register::<Inner>()
        .register::<Outer>()
        .register::<Middle>()
        .register::<Top>()
        .register::<Careful>()
        .register::<Spawner>()
}

async fn running(world: &World) -> Runtime {
    nested(world, Arc::new(MemoryStore::new())).start().await.unwrap()
}

/// Name and status of every execution of `Inner`, oldest first.
async fn inner(runtime: &Runtime) -> Vec<(String, ExecutionStatus)> {
    let query = ListQuery { workflow: Some("Inner".to_owned()), ..ListQuery::default() };
    runtime.list(query).await.unwrap().into_iter().rev().map(|it| (it.name, it.status)).collect()
}

async fn statuses(runtime: &Runtime) -> Vec<ExecutionStatus> {
    inner(runtime).await.into_iter().map(|(_, status)| status).collect()
}

fn cause(error: &workflow_runtime::runtime::ExecutionError) -> Value {
    serde_json::from_str(error.cause().unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_parent_goes_on_with_its_childs_output() {
    let world = World::new();
    world.on("Work", |call| async move {
        secs(100).await;
        Ok(StepReply::Output(json!({ "worked": *call.payload })))
    });
    let runtime = running(&world).await;
    let execution = runtime.start::<Outer>("one", Doc(json!(41))).await.unwrap();
    secs(50).await;
    let description = execution.describe().await.unwrap();
    let [WaitingFor::Execution { state, execution: arn, until: Some(_) }] = &description.waiting_for[..] else {
        panic!("{:?}", description.waiting_for)
    };
    let [(child, ExecutionStatus::Running)] = &inner(&runtime).await[..] else { panic!("one child runs") };
    assert_eq!((state.as_str(), arn.rsplit(':').next()), ("Nested", Some(child.as_str())));
    assert!(child.starts_with("one."), "{child}");
    let child = runtime.execution::<Inner>(child).await.unwrap();
    let parent = child.describe().await.unwrap().parent.unwrap();
    assert_eq!(parent, "arn:aws:states:local:000000000000:execution:Outer:one");
    assert_eq!(execution.result().await.unwrap(), Doc(json!({ "worked": 41 })));
    assert_eq!(world.states(), ["First", "Work", "Last"]);
    assert_eq!(world.now(), 100_000);

    let history = execution.history().await.unwrap();
    let kinds: Vec<&str> = history.iter().map(|event| event.kind.as_str()).skip(6).take(6).collect();
    let nested =
        ["TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded", "TaskStateExited"];
    assert_eq!(kinds, nested);
    let details = |kind: &str| {
        let event = history.iter().find(|event| event.kind == kind).unwrap();
        event.details.values().next().unwrap().clone()
    };
    let submitted: Value = serde_json::from_str(details("TaskSubmitted")["output"].as_str().unwrap()).unwrap();
    assert_eq!(submitted["ExecutionArn"], arn.as_str());
    let ended: Value = serde_json::from_str(details("TaskSucceeded")["output"].as_str().unwrap()).unwrap();
    assert_eq!(ended["Input"], json!({ "n": 41 }));
    assert_eq!((&ended["Output"], &ended["Status"]), (&json!({ "worked": 41 }), &json!("SUCCEEDED")));
    assert_eq!(ended["StopDate"].as_i64().unwrap() - ended["StartDate"].as_i64().unwrap(), 100_000);
    assert_eq!(details("TaskSucceeded")["resource"], "startExecution.sync:2");
}

#[tokio::test(start_paused = true)]
async fn a_childs_failure_is_the_tasks_with_its_description_as_cause() {
    let world = World::new();
    world.on("Work", |_| async { Err(error("Broken", "in two")) });
    let runtime = running(&world).await;
    let execution = runtime.start::<Outer>("one", Doc(json!(1))).await.unwrap();
    let failure = execution.result().await.unwrap_err();
    assert_eq!(failure.error(), Some("States.TaskFailed"));
    let cause = cause(&failure);
    assert_eq!((&cause["Error"], &cause["Cause"]), (&json!("Broken"), &json!("in two")));
    assert_eq!((&cause["Status"], &cause["Input"]), (&json!("FAILED"), &json!({ "n": 1 })));
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_an_execution_of_its_own() {
    let world = World::new();
    world.on("Work", |call| async move {
        if call.number == 1 { Err(error("Broken", "once")) } else { Ok(StepReply::Output(json!("well"))) }
    });
    let runtime = running(&world).await;
    let execution = runtime.start::<Top>("one", Doc(json!(null))).await.unwrap();
    let output = execution.result().await.unwrap().0;
    assert_eq!(output["Output"]["Output"], "well");
    assert_eq!(output["Input"], json!({}), "AWS's default");
    assert_eq!(statuses(&runtime).await, [ExecutionStatus::Failed, ExecutionStatus::Succeeded]);
    let names: std::collections::BTreeSet<String> = inner(&runtime).await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), 2);
}

fn slow(world: &World) {
    world.on("Work", |_| async {
        secs(3_000).await;
        Ok(StepReply::Output(json!("late")))
    });
}

#[tokio::test(start_paused = true)]
async fn a_stopped_parent_stops_those_it_waits_for_however_deep() {
    let world = World::new();
    slow(&world);
    let runtime = running(&world).await;
    let execution = runtime.start::<Top>("one", Doc(json!(null))).await.unwrap();
    secs(10).await;
    execution.stop("enough").await.unwrap();
    settle().await;
    assert_eq!(statuses(&runtime).await, [ExecutionStatus::Aborted]);
    assert_eq!(runtime.live_executions(), 0);
    let child = runtime.execution::<Inner>(&inner(&runtime).await[0].0).await.unwrap();
    let error = child.describe().await.unwrap().error.unwrap();
    assert!(error.cause.unwrap().contains("`Middle` does not wait for it any more"));
}

#[tokio::test(start_paused = true)]
async fn a_tasks_timeout_and_the_parents_own_stop_the_child() {
    let world = World::new();
    slow(&world);
    let runtime = running(&world).await;
    let execution = runtime.start::<Careful>("one", Doc(json!(null))).await.unwrap();
    assert_eq!(execution.result().await.unwrap().0["Error"], "States.Timeout");
    settle().await;
    assert_eq!((world.now() / 1000, statuses(&runtime).await), (100, vec![ExecutionStatus::Aborted]));
    let execution = runtime.start::<Top>("two", Doc(json!(null))).await.unwrap();
    assert_eq!(execution.result().await.unwrap_err().status(), Some(ExecutionStatus::TimedOut));
    settle().await;
    assert_eq!(world.now() / 1000, 1_100);
    assert_eq!(runtime.live_executions(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_child_that_was_only_started_lives_on() {
    let world = World::new();
    slow(&world);
    let runtime = running(&world).await;
    let execution = runtime.start::<Spawner>("one", Doc(json!(null))).await.unwrap();
    let Doc(arn) = execution.result().await.unwrap();
    let name = arn.as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    assert_eq!(world.now(), 0);
    let child = runtime.execution::<Inner>(&name).await.unwrap();
    assert_eq!(child.result().await.unwrap(), Doc(json!("late")));
}

#[tokio::test(start_paused = true)]
async fn a_stopped_child_fails_its_parent_without_a_name() {
    let world = World::new();
    slow(&world);
    let runtime = running(&world).await;
    let execution = runtime.start::<Outer>("one", Doc(json!(1))).await.unwrap();
    secs(1).await;
    let child = runtime.execution::<Inner>(&inner(&runtime).await[0].0).await.unwrap();
    child.stop("by hand").await.unwrap();
    let failure = execution.result().await.unwrap_err();
    let cause = cause(&failure);
    assert_eq!((&cause["Status"], cause.get("Error")), (&json!("ABORTED"), None));
    assert_eq!(cause["Cause"], "by hand");
}

#[tokio::test(start_paused = true)]
async fn a_workflow_that_is_not_there_is_named_at_the_start() {
    let world = World::new();
    let builder = Runtime::builder().store(MemoryStore::new()).data(world.clone()).register::<Outer>();
    let refused = builder.start().await.unwrap_err();
    assert!(
        matches!(&refused, StartError::WorkflowsNotRegistered { workflow, children }
        if workflow == "Outer" && children == &["Inner"]),
        "{refused}"
    );
    assert!(refused.to_string().contains("calls workflow `Inner` that this program does not have"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_child_that_ended_while_nobody_ran_its_parent_is_found() {
    let (world, store) = (World::new(), Arc::new(MemoryStore::new()));
    slow(&world);
    let runtime = nested(&world, Arc::<MemoryStore>::clone(&store)).start().await.unwrap();
    let _ = runtime.start::<Outer>("one", Doc(json!(1))).await.unwrap();
    secs(10).await;
    drop(runtime);
    // Passive: nothing runs, but the child can be stopped.
    let passive = nested(&world, Arc::<MemoryStore>::clone(&store)).passive().start().await.unwrap();
    let name = inner(&passive).await[0].0.clone();
    passive.execution::<Inner>(&name).await.unwrap().stop("meanwhile").await.unwrap();
    drop(passive);
    let runtime = nested(&world, store).start().await.unwrap();
    let failure = runtime.execution::<Outer>("one").await.unwrap().result().await.unwrap_err();
    assert_eq!(cause(&failure)["Cause"], "meanwhile");
}

#[tokio::test(start_paused = true)]
async fn an_orphan_is_stopped_by_the_next_owner() {
    let (world, store) = (World::new(), Arc::new(MemoryStore::new()));
    slow(&world);
    let runtime = nested(&world, Arc::<MemoryStore>::clone(&store)).start().await.unwrap();
    let _ = runtime.start::<Top>("one", Doc(json!(1))).await.unwrap();
    secs(10).await;
    drop(runtime);
    // A passive owner records the parent's stop and acts on nothing.
    let passive = nested(&world, Arc::<MemoryStore>::clone(&store)).passive().start().await.unwrap();
    passive.execution::<Top>("one").await.unwrap().stop("meanwhile").await.unwrap();
    assert_eq!(statuses(&passive).await, [ExecutionStatus::Running]);
    drop(passive);
    let runtime = nested(&world, store).start().await.unwrap();
    settle().await;
    assert_eq!(statuses(&runtime).await, [ExecutionStatus::Aborted], "the grandchild, too");
    assert_eq!(runtime.live_executions(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_owner_that_comes_after_the_parents_deadline_stops_the_child() {
    let (world, store) = (World::new(), Arc::new(MemoryStore::new()));
    slow(&world);
    let runtime = nested(&world, Arc::<MemoryStore>::clone(&store)).start().await.unwrap();
    let _ = runtime.start::<Top>("one", Doc(json!(1))).await.unwrap();
    secs(10).await;
    drop(runtime);
    secs(2_000).await;
    let runtime = nested(&world, store).start().await.unwrap();
    settle().await;
    assert_eq!(statuses(&runtime).await, [ExecutionStatus::Aborted]);
    assert_eq!(runtime.live_executions(), 0);
}

/// A process that goes after so many commits, and the next one: the child is started once and everything ends as if nothing
/// had happened.
#[tokio::test(start_paused = true)]
async fn a_crash_after_any_commit_changes_nothing() {
    let mut crashes = 0;
    for commits in 0.. {
        let (world, store) = (World::new(), TestStore::new(false));
        world.on("Work", |_| async {
            secs(1).await;
            Ok(StepReply::Output(json!("worked")))
        });
        store.fail_after(commits);
        let runtime = nested(&world, Arc::<TestStore>::clone(&store)).start().await.unwrap();
        let started = runtime.start::<Outer>("one", Doc(json!(1))).await;
        let ended = match &started {
            Ok(execution) => execution.result().await.is_ok(),
            Err(_) => false,
        };
        drop((started, runtime));
        if ended {
            break;
        }
        crashes += 1;
        store.fail_after(i64::MAX);
        let runtime = nested(&world, store).start().await.unwrap();
        let execution = runtime.start::<Outer>("one", Doc(json!(1))).await.unwrap();
        assert_eq!(execution.result().await.unwrap(), Doc(json!("worked")), "after {commits} commits");
        assert_eq!(statuses(&runtime).await, [ExecutionStatus::Succeeded], "after {commits} commits");
        let runs = |state: &str| world.states().iter().filter(|it| *it == state).count();
        assert!(["First", "Work", "Last"].iter().all(|state| (1..=2).contains(&runs(state))));
    }
    assert_eq!(crashes, 7, "each commit of the parent and of the child");
}

#[tokio::test(start_paused = true)]
async fn a_child_is_not_forgotten_before_its_parent_knows_how_it_ended() {
    let (world, store) = (World::new(), TestStore::new(false));
    world.on("Work", |_| async {
        secs(10).await;
        Ok(StepReply::Output(json!("worked")))
    });
    let first = nested(&world, store.clone()).start().await.unwrap();
    let execution = first.start::<Outer>("one", Doc(json!(1))).await.unwrap();
    secs(5).await;
    // The child's end is written, and not what its parent makes of it.
    store.fail_after(1);
    secs(10).await;
    assert_eq!(statuses(&first).await, [ExecutionStatus::Succeeded]);
    execution.result().await.unwrap_err();
    assert_eq!(first.prune(Duration::ZERO).await.unwrap_err().name, "StoreFailure", "the parent has left");
    drop((execution, first));
    store.fail_after(i64::MAX);
    // Nobody acts, and the parent is there all the same.
    let passive = nested(&world, store.clone()).passive().start().await.unwrap();
    assert_eq!(passive.prune(Duration::ZERO).await.unwrap(), 0);
    drop(passive);
    let second = nested(&world, store.clone()).start().await.unwrap();
    let execution = second.execution::<Outer>("one").await.unwrap();
    assert_eq!(execution.result().await.unwrap(), Doc(json!("worked")));
    assert_eq!(world.states(), ["First", "Work", "Last"], "it has not worked twice");
    secs(1).await;
    assert_eq!(second.prune(Duration::ZERO).await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_forgotten_while_the_runtime_is_shut_down() {
    let (world, store) = (World::new(), TestStore::new(false));
    world.on("Work", |_| async {
        secs(10).await;
        Ok(StepReply::Output(json!("worked")))
    });
    let first = nested(&world, store.clone()).start().await.unwrap();
    let execution = first.start::<Outer>("one", Doc(json!(1))).await.unwrap();
    secs(5).await;
    // The parent leaves at once, and the child with its step.
    let leaving = first.clone();
    let shutdown = tokio::spawn(async move { leaving.shutdown().await });
    secs(3).await;
    assert_eq!(first.prune(Duration::ZERO).await.unwrap_err().name, "RuntimeShutDown");
    shutdown.await.unwrap();
    assert_eq!(statuses(&first).await, [ExecutionStatus::Succeeded], "the child has ended meanwhile");
    secs(1).await;
    assert_eq!(first.prune(Duration::ZERO).await.unwrap_err().name, "RuntimeShutDown");
    drop((execution, first));
    let second = nested(&world, store).start().await.unwrap();
    let execution = second.execution::<Outer>("one").await.unwrap();
    assert_eq!(execution.result().await.unwrap(), Doc(json!("worked")));
    assert_eq!(world.states(), ["First", "Work", "Last"], "it has not worked twice");
}

#[tokio::test(start_paused = true)]
async fn a_child_that_somebody_redrives_is_nobodys_orphan() {
    let (world, store) = (World::new(), Arc::new(MemoryStore::new()));
    world.on("Work", |_| async { Err(error("Broken", "in two")) });
    let runtime = nested(&world, Arc::<MemoryStore>::clone(&store)).start().await.unwrap();
    runtime.start::<Outer>("one", Doc(json!(1))).await.unwrap().result().await.unwrap_err();
    drop(runtime);
    let passive = nested(&world, Arc::<MemoryStore>::clone(&store)).passive().start().await.unwrap();
    let name = inner(&passive).await[0].0.clone();
    passive.execution::<Inner>(&name).await.unwrap().redrive().await.unwrap();
    drop(passive);
    world.on("Work", |_| async { Ok(StepReply::Output(json!("mended"))) });
    let runtime = nested(&world, store).start().await.unwrap();
    let child = runtime.execution::<Inner>(&name).await.unwrap();
    assert_eq!(child.result().await.unwrap(), Doc(json!("mended")));
}
