//! Tasks whose job runs elsewhere: executions that executions start.

use std::sync::Arc;

use expect_test::expect;
use serde_json::{Value, json};
use workflow_runtime::engine::{
    Effect, Event, Execution, ExecutionIdentity, Input, Parent, Stale, TaskId, Waiting, step,
};
use workflow_runtime::time::Timestamp;

use crate::story::{DAWN, Story, error};

fn nested() -> Value {
    json!({
        "Ship": {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Arguments": { "StateMachineArn": "${ShipStateMachineArn}", "Input": "{% $states.input %}" },
            "TimeoutSeconds": 30,
            "Output": "{% $states.result.Output %}",
            "End": true,
        },
    })
}

fn submitted(story: &mut Story) -> TaskId {
    let task = story.task("Ship");
    let output = Arc::new(json!({ "ExecutionArn": "arn:child", "StartDate": 7 }));
    story.tell(&Input::JobSubmitted { task, output });
    task
}

#[test]
fn a_job_is_submitted_and_its_end_is_the_tasks() {
    let mut story = Story::of("Ship", nested(), json!({ "id": 1 }));
    let task = submitted(&mut story);
    let waiting = story.execution.waiting(&story.machine);
    let [Waiting::Job { state, answer, until: Some(_), attempt: 1, .. }] = &waiting[..] else { panic!("{waiting:?}") };
    assert_eq!((&**state, &answer["ExecutionArn"]), ("Ship", &json!("arn:child")));
    let again = Input::JobSubmitted { task, output: Arc::new(json!({})) };
    assert!(story.input(&again).events.is_empty(), "submitted once");
    story.succeed("Ship", json!({ "Output": { "number": "P-1" } })).succeeded_with(&json!({ "number": "P-1" }));
    expect![[r#"
        1 ExecutionStarted
        2 StateEntered Ship
        3 TaskScheduled Ship
        4 TaskStarted Ship
        5 JobSubmitted Ship
        6 TaskSucceeded Ship
        7 StateExited Ship = {"number":"P-1"}
        8 ExecutionSucceeded
    "#]]
    .assert_eq(&story.trail());
    story.stale(&again, Stale::ExecutionClosed);
}

#[test]
fn a_new_owner_waits_for_the_job_again_and_keeps_its_deadline() {
    let mut story = Story::of("Ship", nested(), json!(1));
    let task = submitted(&mut story);
    let pending = story.execution.pending_effects(&story.machine);
    assert!(
        matches!(&pending[..], [Effect::AwaitJob(request), Effect::SetTimer { .. }] if request.task == task),
        "{pending:?}"
    );
    let decision = story.input(&Input::Recover);
    assert_eq!(decision.events, [], "nothing is issued again");
}

#[test]
fn whoever_waits_no_more_cancels_the_job() {
    let mut story = Story::of("Ship", nested(), json!(1));
    let task = submitted(&mut story);
    let decision = story.input(&Input::Stop { error: error("Enough", "") });
    assert!(
        decision.effects.iter().any(|effect| matches!(effect, Effect::CancelTask(it) if *it == task)),
        "{decision:?}"
    );
}

#[test]
fn a_child_knows_its_parent_and_has_a_name_of_its_parents_attempt() {
    let story = Story::of("Ship", nested(), json!(1));
    let parent = Parent { execution: "arn:parent".to_owned(), number: 7, task: TaskId(3), waits: true };
    let mut child = Execution::new(ExecutionIdentity::new("Ship", "child", 8));
    let start = Input::StartBy { input: Arc::new(json!(1)), seed: 9, parent: parent.clone() };
    let decision = step(&story.machine, &mut child, &start, Timestamp::from_millis(DAWN)).expect("a decision");
    assert!(
        matches!(&decision.events[..], [Event::ExecutionStarted { .. }, Event::StartedBy { .. }, ..]),
        "{decision:?}"
    );
    assert_eq!((child.parent(), child.event_count()), (Some(&parent), 4), "being a child takes no number");

    let (one, other) = (story.execution.child_name(TaskId(3)), story.execution.child_name(TaskId(4)));
    assert_eq!(one, story.execution.child_name(TaskId(3)));
    assert_ne!(one, other);
    let long = Execution::new(ExecutionIdentity::new("Ship", "x".repeat(80), 8)).child_name(TaskId(3));
    assert_eq!(long.chars().count(), 77, "AWS takes 80");
}
