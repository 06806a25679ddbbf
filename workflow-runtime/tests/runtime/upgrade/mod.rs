//! A runtime of one version is dropped, as a deployment drops it, and the next one is of another version.

#![allow(missing_docs, unreachable_pub, clippy::unused_async, reason = "versions of a program in tests")]

mod bare;
mod versions;

use std::sync::Arc;

use serde_json::json;
use workflow_runtime::Workflow;
use workflow_runtime::control::WaitingFor;
use workflow_runtime::engine::ExecutionStatus;
use workflow_runtime::runtime::{Runtime, RuntimeBuilder, StartError, Unfinishable};
use workflow_runtime::store::{ListQuery, MemoryStore};

use self::versions::{Desk, defaulted, hasty, renamed, required, shorter, v1};
use crate::support::{secs, settle};

type Shared = Arc<MemoryStore>;

fn on(store: &Shared, desk: &Desk) -> RuntimeBuilder {
    Runtime::builder().shared_store(Arc::<MemoryStore>::clone(store)).data(desk.clone())
}

fn order() -> v1::Order {
    v1::Order { id: "O-1".to_owned() }
}

/// Starts it on the first version and lets go of that after so many seconds.
async fn started<W: Workflow>(store: &Shared, desk: &Desk, input: W::Input, seconds: u64) {
    let runtime = on(store, desk).register::<W>().start().await.unwrap();
    let _ = runtime.start::<W>("one", input).await.unwrap();
    settle().await;
    secs(seconds).await;
    drop(runtime);
    settle().await;
}

fn unfinishable(result: Result<Runtime, StartError>) -> (Vec<Unfinishable>, String) {
    match result {
        Err(error) => {
            let text = error.to_string();
            let StartError::Unfinishable { executions } = error else { panic!("{text}") };
            (executions, text)
        }
        Ok(_) => panic!("it started"),
    }
}

async fn answer(runtime: &Runtime, desk: &Desk) {
    runtime.send_task_success(&desk.token(), &v1::Decision { approved: true }).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_state_that_was_removed_is_still_gone_through() {
    let (store, desk) = (Shared::default(), Desk::default());
    started::<v1::Asking>(&store, &desk, order(), 1).await;
    // No workflow of the next version calls `last`: without it the program does not start ..
    let (executions, text) = unfinishable(on(&store, &desk).register::<shorter::Asking>().start().await);
    assert_eq!((executions[0].name.as_str(), executions[0].standing.as_slice()), ("one", &["Ask".to_owned()][..]));
    assert!(text.contains("state `Last` needs step `Last`, which this program does not have"), "{text}");
    assert!(text.contains(".keep_step::<..>()") && text.contains("[WF2105]"), "{text}");
    // .. with it the execution takes the way that it began.
    let kept = on(&store, &desk).register::<shorter::Asking>().keep_step::<shorter::last>();
    let runtime = kept.start().await.unwrap();
    answer(&runtime, &desk).await;
    assert_eq!(runtime.execution::<shorter::Asking>("one").await.unwrap().result().await.unwrap(), "shorter 1");
    assert_eq!(desk.said(), ["v1 first", "shorter last"]);
    // A step that another workflow of the program calls need not be kept.
    let (store, desk) = (Shared::default(), Desk::default());
    started::<v1::Asking>(&store, &desk, order(), 1).await;
    on(&store, &desk).register::<shorter::Asking>().register::<v1::Napping>().start().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_workflow_that_was_removed_is_finished_with_the_steps_that_are_there() {
    let (store, desk) = (Shared::default(), Desk::default());
    started::<v1::Stamping>(&store, &desk, order(), 1).await;
    let runtime = on(&store, &desk).register::<shorter::Napping>().start().await.unwrap();
    secs(700).await;
    assert_eq!(desk.said(), ["shorter stamp"]);
    assert_eq!(runtime.live_executions(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_was_renamed_is_refused_until_its_function_has_its_name_again() {
    let (store, desk) = (Shared::default(), Desk::default());
    started::<v1::Asking>(&store, &desk, order(), 1).await;
    let (executions, _) = unfinishable(on(&store, &desk).register::<renamed::Asking>().start().await);
    let needs: Vec<_> = executions[0].needs.iter().map(|need| (need.state.as_str(), need.called.as_str())).collect();
    assert_eq!(needs, [("Last", "step `Last`")]);
    assert!(executions[0].needs[0].remedy.contains("#[step(name = \"Last\")]"));
    let runtime = on(&store, &desk).register::<hasty::Asking>().start().await.unwrap();
    answer(&runtime, &desk).await;
    assert_eq!(runtime.execution::<hasty::Asking>("one").await.unwrap().result().await.unwrap(), "hasty 1");
}

#[tokio::test(start_paused = true)]
async fn a_step_that_has_been_passed_is_not_needed() {
    let (store, desk) = (Shared::default(), Desk::default());
    started::<v1::Asking>(&store, &desk, order(), 1).await;
    // `first` and `ask` are not there; the function of `ask` has returned, and only its answer is awaited.
    let runtime = on(&store, &desk).register::<v1::Napping>().start().await.unwrap();
    answer(&runtime, &desk).await;
    settle().await;
    assert_eq!(desk.said(), ["v1 first", "v1 last"]);
}

#[tokio::test(start_paused = true)]
async fn a_required_field_is_refused_and_one_with_a_default_is_not() {
    let (store, desk) = (Shared::default(), Desk::default());
    started::<v1::Asking>(&store, &desk, order(), 1).await;
    let (executions, text) = unfinishable(on(&store, &desk).register::<required::Asking>().start().await);
    let need = &executions[0].needs[0];
    assert_eq!((need.state.as_str(), need.called.as_str()), ("Last", "step `Last`"));
    assert!(need.fault.as_deref().unwrap().contains("field `country` is required and not in what was written before"));
    assert!(need.remedy.contains("`#[serde(default)]` on the field `country`") && text.contains("[WF2211]"), "{text}");
    let runtime = on(&store, &desk).register::<defaulted::Asking>().start().await.unwrap();
    answer(&runtime, &desk).await;
    assert_eq!(runtime.execution::<defaulted::Asking>("one").await.unwrap().result().await.unwrap(), "defaulted 1");
}

#[tokio::test(start_paused = true)]
async fn a_field_that_was_removed_is_not_missed() {
    let (store, desk) = (Shared::default(), Desk::default());
    let input = required::Order { id: "O-1".to_owned(), country: "NO".to_owned() };
    started::<required::Asking>(&store, &desk, input, 1).await;
    let runtime = on(&store, &desk).register::<v1::Asking>().start().await.unwrap();
    answer(&runtime, &desk).await;
    assert_eq!(runtime.execution::<v1::Asking>("one").await.unwrap().result().await.unwrap(), "v1 1");
}

#[tokio::test(start_paused = true)]
async fn retries_and_timeouts_are_those_of_the_start() {
    let (store, desk) = (Shared::default(), Desk::default());
    desk.break_down(true);
    started::<v1::Napping>(&store, &desk, order(), 605).await;
    assert_eq!(desk.said(), ["v1 last"], "it waits for its second attempt");
    let runtime = on(&store, &desk).register::<hasty::Napping>().start().await.unwrap();
    let execution = runtime.execution::<hasty::Napping>("one").await.unwrap();
    let waiting = execution.describe().await.unwrap().waiting_for;
    assert!(matches!(&waiting[..], [WaitingFor::Retry { retries: 1, .. }]), "{waiting:?}");
    assert_eq!(execution.result().await.unwrap_err().error(), Some("DeskError.Broken"));
    assert_eq!(desk.said().len(), 4, "three retries, where the new version has none: {:?}", desk.said());
    let timeouts = execution.history().await.unwrap();
    let timeouts = timeouts.iter().filter(|event| event.kind == "LambdaFunctionScheduled");
    for event in timeouts {
        let event = serde_json::to_value(event).unwrap();
        assert_eq!(event["lambdaFunctionScheduledEventDetails"]["timeoutInSeconds"], 60, "{event}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_when_the_first_version_said() {
    let (store, desk) = (Shared::default(), Desk::default());
    started::<v1::Napping>(&store, &desk, order(), 120).await;
    let kept = on(&store, &desk).register::<shorter::Napping>().keep_step::<v1::last>();
    let runtime = kept.start().await.unwrap();
    secs(300).await;
    assert_eq!(desk.said(), [""; 0], "ten minutes, where the new version waits for one");
    assert_eq!(runtime.execution::<shorter::Napping>("one").await.unwrap().result().await.unwrap(), "v1 7");
}

#[tokio::test(start_paused = true)]
async fn a_map_run_goes_on_with_the_processor_that_it_began_with() {
    let (store, desk) = (Shared::default(), Desk::default());
    desk.break_down(true);
    started::<v1::Packing>(&store, &desk, vec![1, 2, 3], 1).await;
    desk.break_down(false);
    // The step is needed by the parent, for the items to come, and by the child that is under way.
    let (executions, _) = unfinishable(on(&store, &desk).register::<shorter::Packing>().start().await);
    let names: Vec<_> = executions.iter().map(|it| it.workflow.split('/').next().unwrap()).collect();
    assert_eq!(names, ["Packing", "Packing"], "{executions:#?}");
    let kept = on(&store, &desk).register::<shorter::Packing>().keep_step::<shorter::pack>();
    let runtime = kept.start().await.unwrap();
    let execution = runtime.execution::<shorter::Packing>("one").await.unwrap();
    assert_eq!(execution.result().await.unwrap(), [10, 20, 30]);
    assert_eq!(desk.said(), ["v1 pack 1 is stuck", "shorter pack 1", "shorter pack 2", "shorter pack 3"]);
}

#[tokio::test(start_paused = true)]
async fn a_child_that_runs_finishes_on_its_own_definition_and_a_new_one_is_of_the_new_version() {
    let (store, desk) = (Shared::default(), Desk::default());
    // The child is under way.
    started::<v1::Outer>(&store, &desk, order(), 120).await;
    let kept = on(&store, &desk).register::<shorter::Outer>().keep_step::<v1::last>();
    let runtime = kept.start().await.unwrap();
    assert_eq!(runtime.execution::<shorter::Outer>("one").await.unwrap().result().await.unwrap(), "v1 7");
    drop(runtime);
    // The child is still to come: it is started by name, as on AWS, and runs the definition that the name has by then.
    let (store, desk) = (Shared::default(), Desk::default());
    started::<v1::Outer>(&store, &desk, order(), 1).await;
    let runtime = on(&store, &desk).register::<shorter::Outer>().start().await.unwrap();
    assert_eq!(runtime.execution::<shorter::Outer>("one").await.unwrap().result().await.unwrap(), "O-1");
    assert_eq!(desk.said(), ["shorter stamp"]);
}

#[tokio::test(start_paused = true)]
async fn a_child_that_does_not_take_what_its_parent_sends_is_told_before() {
    let (store, desk) = (Shared::default(), Desk::default());
    started::<v1::Outer>(&store, &desk, order(), 1).await;
    let (executions, _) = unfinishable(on(&store, &desk).register::<required::Outer>().start().await);
    let need = &executions[0].needs[0];
    assert_eq!((need.state.as_str(), need.called.as_str()), ("Napping", "workflow `Napping`"));
    assert!(need.fault.as_deref().unwrap().contains("field `country`"), "{need:?}");
    let (executions, _) = unfinishable(on(&store, &desk).register::<v1::Stamping>().start().await);
    assert_eq!(executions[0].needs[0].called, "workflow `Napping`");
    assert!(executions[0].needs[0].remedy.contains("#[workflow(name = \"Napping\")]"));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_finished_stays_parked_beside_what_can() {
    let (store, desk) = (Shared::default(), Desk::default());
    let runtime = on(&store, &desk).register::<v1::Napping>().register::<v1::Stamping>().start().await.unwrap();
    let _ = runtime.start::<v1::Napping>("one", order()).await.unwrap();
    let _ = runtime.start::<v1::Stamping>("one", order()).await.unwrap();
    drop(runtime);
    settle().await;
    let without = || on(&store, &desk).register::<shorter::Napping>();
    let (executions, _) = unfinishable(without().start().await);
    assert_eq!(executions.len(), 1);
    let runtime = without().park_unfinishable().start().await.unwrap();
    secs(10_000).await;
    let list = runtime.list(ListQuery::default()).await.unwrap();
    let shown: Vec<_> = list.iter().map(|it| (it.workflow.as_str(), it.status, it.parked.is_some())).collect();
    assert_eq!(shown, [("Stamping", ExecutionStatus::Succeeded, false), ("Napping", ExecutionStatus::Running, true)]);
    let parked = list[1].parked.as_deref().unwrap();
    assert_eq!(parked, "state `Last` needs step `Last`, which this program does not have");
    drop(runtime);
    settle().await;
    let runtime = on(&store, &desk).register::<v1::Napping>().start().await.unwrap();
    assert_eq!(runtime.execution::<v1::Napping>("one").await.unwrap().result().await.unwrap(), "v1 7");
    assert_eq!(runtime.list(ListQuery::default()).await.unwrap()[1].parked, None);
}

#[tokio::test(start_paused = true)]
async fn executions_that_need_the_same_are_told_together() {
    let (store, desk) = (Shared::default(), Desk::default());
    let runtime = on(&store, &desk).register::<v1::Napping>().start().await.unwrap();
    for number in 0..20 {
        let _ = runtime.start::<v1::Napping>(format!("n-{number}"), order()).await.unwrap();
    }
    drop(runtime);
    settle().await;
    let (executions, text) = unfinishable(on(&store, &desk).start().await);
    assert_eq!(executions.len(), 20);
    assert!(text.starts_with("20 executions are running that this program cannot finish [WF2105]\n"), "{text}");
    assert!(
        text.contains("`n-0` (at `Wait10Minutes`)") && text.contains("and 16 more of workflow `Napping`:"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 5, "{text}");
}

#[tokio::test(start_paused = true)]
async fn what_is_in_flight_is_judged_by_what_was_recorded() {
    let (store, desk) = (Shared::default(), Desk::default());
    desk.break_down(true);
    // An attempt of `pack` is under way; its payload is a number, whatever else has changed.
    started::<v1::Packing>(&store, &desk, vec![1], 1).await;
    desk.break_down(false);
    let runtime = on(&store, &desk).register::<required::Packing>().start().await.unwrap();
    assert_eq!(runtime.execution::<required::Packing>("one").await.unwrap().result().await.unwrap(), [10]);
    drop(runtime);
    assert_eq!(json!(desk.said()), json!(["v1 pack 1 is stuck", "required pack 1"]));
}
