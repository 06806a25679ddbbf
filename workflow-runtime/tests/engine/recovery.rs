//! What a new owner does with an execution that it finds: facts that it records, clocks that start anew, clocks that do not.

use serde_json::json;
use workflow_runtime::engine::{Event, ExecutionStatus, Input, Stale, TimerId};

use crate::story::{Story, definition, from_json};

const TOKEN: &str = "arn:aws:states:::lambda:invoke.waitForTaskToken";
const HOUR: i64 = 3_600_000;

fn reissued(story: &Story) -> usize {
    story.events().filter(|event| matches!(event, Event::TaskReissued { .. })).count()
}

#[test]
fn an_attempt_that_was_cut_off_runs_again_under_its_number_with_its_whole_time() {
    let states = json!({
        "T": {
            "Type": "Task", "Resource": "r", "TimeoutSeconds": 60, "HeartbeatSeconds": 20, "End": true,
            "Retry": [{ "ErrorEquals": ["E"], "MaxAttempts": 1, "IntervalSeconds": 5 }],
        },
    });
    let mut story = Story::of("T", states, json!({}));
    story.fail("T", "E", "c").pass(5_000);
    let (task, attempt) = (story.task("T"), story.request("T").attempt);
    assert_eq!(attempt, 2);
    for _ in 0..3 {
        story.skip(HOUR).recover();
        assert_eq!((story.task("T"), story.request("T").attempt), (task, 2));
        story.pass(19_999).heartbeat("T").pass(19_999).heartbeat("T").pass(19_999).heartbeat("T");
        assert_eq!(story.status(), ExecutionStatus::Running, "{}", story.trail());
    }
    assert_eq!(reissued(&story), 3);
    story.pass(3);
    assert_eq!(story.execution.error().and_then(|error| error.error.as_deref()), Some("States.Timeout"));
}

#[test]
fn whoever_is_parked_stays_parked_and_keeps_its_deadline() {
    let states = json!({ "T": { "Type": "Task", "Resource": TOKEN, "TimeoutSeconds": 7_200, "End": true } });
    let mut story = Story::of("T", states, json!({}));
    let task = story.submit("T");
    let token = story.execution.token_of(task);
    story.skip(HOUR).recover();
    assert_eq!((reissued(&story), story.is_parked(task)), (0, true));
    assert_eq!(story.execution.token_of(task), token);
    story.pass(HOUR - 1);
    assert_eq!(story.status(), ExecutionStatus::Running);
    story.pass(1);
    assert_eq!(story.status(), ExecutionStatus::Failed, "two hours from when it was asked");
}

#[test]
fn waits_and_delays_end_when_they_would_have_ended() {
    let wait = json!({ "W": { "Type": "Wait", "Seconds": 3_600, "End": true } });
    let mut story = Story::of("W", wait, json!({}));
    story.skip(HOUR - 1).recover();
    assert_eq!(story.status(), ExecutionStatus::Running);
    story.pass(1).succeeded_with(&json!({}));

    let retry = json!([{ "ErrorEquals": ["E"], "IntervalSeconds": 3_600 }]);
    let task = json!({ "T": { "Type": "Task", "Resource": "r", "Retry": retry, "End": true } });
    let mut story = Story::of("T", task, json!({}));
    story.fail("T", "E", "c").skip(2 * HOUR).recover().pass(0);
    assert_eq!(story.request("T").attempt, 2, "overdue: at once");
    assert_eq!(reissued(&story), 0);
}

#[test]
fn only_what_runs_in_a_branch_is_run_again() {
    let branch = |name: &str| {
        let task = json!({ "Type": "Task", "Resource": "r", "TimeoutSeconds": 60, "End": true });
        json!({ "StartAt": name, "States": { name: task } })
    };
    let states =
        json!({ "P": { "Type": "Parallel", "Branches": [branch("A"), branch("B"), branch("C")], "End": true } });
    let mut story = Story::of("P", states, json!({}));
    story.succeed("B", json!("b")).skip(HOUR).recover();
    assert_eq!(reissued(&story), 2);
    story.pass(59_999).succeed("C", json!("c")).succeed("A", json!("a")).succeeded_with(&json!(["a", "b", "c"]));
}

#[test]
fn an_execution_whose_own_time_is_over_ends_before_anything_runs() {
    let states = json!({ "T": { "Type": "Task", "Resource": "r", "TimeoutSeconds": 60, "End": true } });
    let mut document = serde_json::to_value(definition("T", states)).expect("JSON");
    document["TimeoutSeconds"] = json!(600);
    let mut story = Story::of_machine(&from_json(document.clone()), json!({}));
    story.skip(599_999).recover();
    assert_eq!(story.timers[&TimerId::Execution].as_millis(), story.now.as_millis() + 1);
    story.skip(1).recover();
    assert_eq!((story.status(), reissued(&story)), (ExecutionStatus::TimedOut, 1));
    assert!(story.running.is_empty() && story.timers.is_empty());
}

#[test]
fn an_execution_that_has_ended_is_nothing_to_recover() {
    let mut story = Story::of("S", json!({ "S": { "Type": "Succeed" } }), json!({}));
    story.stale(&Input::Recover, Stale::ExecutionClosed);
}
