//! Express workflows: in memory, five minutes at most, nothing kept.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::json;
use workflow_runtime::control::{Request, Response};
use workflow_runtime::engine::ExecutionStatus;
use workflow_runtime::runtime::{ExecutionError, Runtime};
use workflow_runtime::step::StepReply;
use workflow_runtime::store::{ListQuery, Store};
use workflow_runtime::{Definition, ExpressWorkflow, Workflow, WorkflowKind};

use crate::support::*;

flow!(Slow, Doc => Doc, r#"{
    "QueryLanguage": "JSONata",
    "StartAt": "A",
    "States": {
        "A": {"Type": "Task", "Resource": "${AFunctionArn}", "TimeoutSeconds": 3600, "Next": "B"},
        "B": {"Type": "Task", "Resource": "${BFunctionArn}", "TimeoutSeconds": 60,
              "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "MaxAttempts": 3}],
              "Output": {"id": "{% $states.context.Execution.Id %}", "b": "{% $states.result %}"}, "End": true}
    }
}"#, [A: Doc, B: Doc]);

flow!(Starter, Doc => Doc, r#"{
    "QueryLanguage": "JSONata",
    "StartAt": "Begin",
    "States": {
        "Begin": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution",
            "Arguments": {"StateMachineArn": "${QuickStateMachineArn}", "Input": 7}, "Output": "{% $states.result.ExecutionArn %}", "End": true}
    }
}"#, []);

/// `Slow` as an Express workflow.
pub(crate) struct Quick;

impl Workflow for Quick {
    type Input = Doc;
    type Output = Doc;
    const NAME: &'static str = "Quick";
    const KIND: WorkflowKind = WorkflowKind::Express;
    fn program() -> &'static workflow_runtime::lower::ir::Program {
        unreachable!("the definition is given as ASL")
    }
    fn steps() -> Vec<workflow_runtime::step::StepHandler> {
        Slow::steps()
    }
    fn try_definition() -> Result<Definition, workflow_runtime::DefinitionError> {
        let machine = Slow::try_definition()?.state_machine().clone();
        Ok(Definition::new("Quick", machine).with_kind(WorkflowKind::Express))
    }
}

impl ExpressWorkflow for Quick {}

async fn express(world: &World, store: Arc<dyn Store>) -> Runtime {
    let builder = Runtime::builder().shared_store(store).data(world.clone());
    builder.register::<Quick>().register::<Starter>().start().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_express_execution_runs_while_one_waits_and_commits_nothing() {
    let (world, store) = (World::new(), TestStore::new(true));
    world.on("B", |call| async move {
        if call.number == 1 { Err(error("Busy", "once")) } else { Ok(StepReply::Output(json!("b"))) }
    });
    let runtime = express(&world, Arc::<TestStore>::clone(&store)).await;
    let Doc(output) = runtime.start_sync::<Quick>(Doc(json!(1))).named("one").await.unwrap();
    assert_eq!(output["b"], "b");
    let arn = output["id"].as_str().unwrap().to_owned();
    assert!(arn.starts_with("arn:aws:states:local:000000000000:express:Quick:one:"), "{arn}");
    assert_eq!((world.states(), world.now()), (vec!["A".into(), "B".into(), "B".into()], 2_000));
    let Doc(again) = runtime.start_sync::<Quick>(Doc(json!(1))).named("one").await.unwrap();
    assert_ne!(again["id"], arn, "names need not be unique");
    assert_eq!(store.commits.load(Ordering::SeqCst), 0);
    assert_eq!(runtime.live_executions(), 0);
    assert_eq!(runtime.list(ListQuery::default()).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn an_express_execution_ends_after_five_minutes() {
    let world = World::new();
    world.on("A", |_| async {
        secs(3_000).await;
        Ok(StepReply::Output(json!(1)))
    });
    let runtime = express(&world, TestStore::new(false)).await;
    let failure = runtime.start_sync::<Quick>(Doc(json!(1))).await.unwrap_err();
    assert_eq!((failure.status(), world.now()), (Some(ExecutionStatus::TimedOut), 300_000));
}

#[tokio::test(start_paused = true)]
async fn a_failure_carries_error_and_cause() {
    let world = World::new();
    world.on("A", |_| async { Err(error("Broken", "in two")) });
    let runtime = express(&world, TestStore::new(false)).await;
    let failure = runtime.start_sync::<Quick>(Doc(json!(1))).await.unwrap_err();
    assert_eq!((failure.error(), failure.cause()), (Some("Broken"), Some("in two")));
    let started = runtime.start::<Quick>("one", Doc(json!(1))).await.unwrap();
    assert_eq!(started.result().await.unwrap_err().error(), Some("Broken"), "also once it has left memory");
}

#[tokio::test(start_paused = true)]
async fn what_is_started_runs_on_its_own_and_leaves_nothing_behind() {
    let (world, store) = (World::new(), TestStore::new(false));
    world.on("A", |_| async {
        secs(10).await;
        Ok(StepReply::Output(json!(1)))
    });
    let runtime = express(&world, Arc::<TestStore>::clone(&store)).await;
    let first = runtime.start::<Quick>("one", Doc(json!(1))).await.unwrap();
    let second = runtime.start::<Quick>("one", Doc(json!(2))).await.unwrap();
    assert_eq!(runtime.live_executions(), 2);
    let description = first.describe().await.unwrap();
    assert_eq!((description.kind, description.summary.status), (WorkflowKind::Express, ExecutionStatus::Running));
    second.stop("enough").await.unwrap();
    assert_eq!(second.result().await.unwrap_err().status(), Some(ExecutionStatus::Aborted));
    first.result().await.unwrap();
    assert_eq!(first.describe().await.unwrap().summary.status, ExecutionStatus::Succeeded);
    for refused in [first.history().await.map(drop), second.redrive().await] {
        assert_eq!(refused.unwrap_err().name, "StateMachineTypeNotSupported");
    }
    assert_eq!(runtime.execution::<Quick>("one").await.unwrap_err().name, "ExecutionDoesNotExist");
    assert_eq!(store.commits.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_standard_workflow_starts_an_express_one() {
    let world = World::new();
    let runtime = express(&world, TestStore::new(false)).await;
    let started = runtime.start::<Starter>("one", Doc(json!(null))).await.unwrap();
    let Doc(arn) = started.result().await.unwrap();
    assert!(arn.as_str().unwrap().contains(":express:Quick:one."), "{arn}");
    settle().await;
    assert_eq!(world.states(), ["A", "B"]);
}

#[tokio::test(start_paused = true)]
async fn dropping_what_one_waits_for_ends_it() {
    let world = World::new();
    world.on("A", |_| async {
        secs(10).await;
        Ok(StepReply::Output(json!(1)))
    });
    let runtime = express(&world, TestStore::new(false)).await;
    let run = tokio::spawn(runtime.start_sync::<Quick>(Doc(json!(1))).into_future());
    settle().await;
    assert_eq!(runtime.live_executions(), 1);
    run.abort();
    settle().await;
    assert_eq!((runtime.live_executions(), world.states()), (0, vec!["A".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_tells_whoever_waits() {
    let world = World::new();
    world.on("B", |_| async { Err(error("Busy", "always")) });
    let runtime = express(&world, TestStore::new(false)).await;
    let run = tokio::spawn(runtime.start_sync::<Quick>(Doc(json!(1))).into_future());
    settle().await;
    runtime.shutdown().await;
    let failure = run.await.unwrap().unwrap_err();
    assert!(matches!(&failure, ExecutionError::Client(error) if error.name == "RuntimeShutDown"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn requests_know_the_kind_and_a_passive_owner_refuses() {
    let (world, store) = (World::new(), TestStore::new(false));
    let sync = |workflow: &str| Request::StartSync { workflow: workflow.to_owned(), name: None, input: json!(7) };
    let runtime = express(&world, Arc::<TestStore>::clone(&store)).await;
    let Response::Execution(ended) = runtime.handle(sync("Quick")).await else { panic!("not run") };
    assert_eq!((ended.kind, ended.summary.status), (WorkflowKind::Express, ExecutionStatus::Succeeded));
    assert_eq!(ended.output.unwrap()["b"], 7);
    let Response::Error(refused) = runtime.handle(sync("Starter")).await else { panic!("run") };
    assert_eq!(refused.name, "StateMachineTypeNotSupported");
    drop(runtime);
    let builder = Runtime::builder().shared_store(store).data(world.clone());
    let passive = builder.register::<Quick>().passive().start().await.unwrap();
    let start = Request::Start { workflow: "Quick".to_owned(), name: None, input: json!(7) };
    for request in [start, sync("Quick")] {
        let Response::Error(refused) = passive.handle(request).await else { panic!("run") };
        assert_eq!(refused.name, "StateMachineTypeNotSupported");
    }
}
