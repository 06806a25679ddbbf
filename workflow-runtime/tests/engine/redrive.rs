//! A redrive goes on from where it failed.

use expect_test::expect;
use serde_json::json;
use workflow_runtime::engine::{ExecutionStatus, Input, Stale};

use crate::story::{Story, error, from_json};

#[test]
fn a_failed_task_is_scheduled_anew_with_fresh_retries() {
    let states = json!({
        "A": { "Type": "Task", "Resource": "r", "Next": "B", "Assign": { "a": "{% $states.result %}" } },
        "B": { "Type": "Task", "Resource": "r", "Retry": [{ "ErrorEquals": ["X"], "MaxAttempts": 1 }], "Next": "S" },
        "S": { "Type": "Succeed", "Output": "{% [$a, $states.input, $states.context.Execution.RedriveCount] %}" },
    });
    let mut story = Story::of("A", states, json!({}));
    story.stale(&Input::Redrive, Stale::NotRedrivable);
    story.succeed("A", json!(1)).fail("B", "X", "").pass(1_000).fail("B", "X", "").failed_with("X", "");
    story.pass(60_000).tell(&Input::Redrive);
    assert_eq!(
        (story.status(), story.execution.redrive_count(), story.execution.error()),
        (ExecutionStatus::Running, 1, None)
    );
    assert_eq!(story.execution.redriven_at(), Some(story.now));
    assert_eq!(story.execution.stopped_at(), None);
    assert_eq!(story.request("B").attempt, 1);
    story.fail("B", "X", "").pass(1_000).succeed("B", json!(2)).succeeded_with(&json!([1, 2, 1]));
    story.stale(&Input::Redrive, Stale::NotRedrivable);
    expect![[r"
        13 TaskFailed B X
        14 ExecutionFailed X
        15 ExecutionRedriven
        16 TaskScheduled B
        17 TaskStarted B
    "]]
    .assert_eq(&story.trail().lines().skip(13).take(5).fold(String::new(), |text, line| text + line + "\n"));
}

#[test]
fn only_branches_that_failed_or_were_cut_off_run_again() {
    let task =
        |name: &str| json!({ "StartAt": name, "States": { name: { "Type": "Task", "Resource": "r", "End": true } } });
    let states = json!({
        "P": {
            "Type": "Parallel",
            "Branches": [
                task("Done"),
                task("Failed"),
                task("Cut"),
                { "StartAt": "Wait", "States": { "Wait": { "Type": "Wait", "Seconds": 100, "Output": "waited", "End": true } } },
            ],
            "End": true,
        },
    });
    let mut story = Story::of("P", states, json!({}));
    story.pass(40_000).succeed("Done", json!("done")).fail("Failed", "X", "");
    assert_eq!(story.status(), ExecutionStatus::Failed);
    story.tell(&Input::Redrive);
    assert_eq!(story.running.values().map(|r| r.state.to_string()).collect::<Vec<_>>(), ["Failed", "Cut"]);
    story.succeed("Failed", json!("failed")).succeed("Cut", json!("cut"));
    story.pass(59_999);
    assert_eq!(story.status(), ExecutionStatus::Running);
    story.pass(1).succeeded_with(&json!(["done", "failed", "cut", "waited"]));
}

#[test]
fn nested_branches_go_on_where_they_stood() {
    let task =
        |name: &str| json!({ "StartAt": name, "States": { name: { "Type": "Task", "Resource": "r", "End": true } } });
    let inner = json!({ "Type": "Parallel", "Branches": [task("I1"), task("I2")], "End": true });
    let states = json!({
        "P": { "Type": "Parallel", "Branches": [{ "StartAt": "In", "States": { "In": inner } }, task("Out")], "End": true },
    });
    let mut story = Story::of("P", states.clone(), json!({}));
    story.succeed("I1", json!(1)).fail("Out", "X", "");
    story.tell(&Input::Redrive);
    story.succeed("I2", json!(2)).succeed("Out", json!(3)).succeeded_with(&json!([[1, 2], 3]));

    let mut story = Story::of("P", states, json!({}));
    story.succeed("Out", json!(3)).succeed("I2", json!(2)).fail("I1", "X", "");
    story.tell(&Input::Redrive);
    story.succeed("I1", json!(1)).succeeded_with(&json!([[1, 2], 3]));
}

#[test]
fn a_stopped_and_a_timed_out_execution_go_on_too() {
    let machine = from_json(json!({
        "QueryLanguage": "JSONata", "StartAt": "T", "TimeoutSeconds": 5,
        "States": { "T": { "Type": "Task", "Resource": "r", "End": true } },
    }));
    let mut story = Story::of_machine(&machine, json!({}));
    story.pass(5_000);
    assert_eq!(story.status(), ExecutionStatus::TimedOut);
    story.pass(5_000).tell(&Input::Redrive);
    // The machine's clock begins anew.
    story.pass(4_000).tell(&Input::Stop { error: error("Me", "") });
    assert_eq!(story.status(), ExecutionStatus::Aborted);
    story.tell(&Input::Redrive);
    story.pass(4_999).succeed("T", json!(1)).succeeded_with(&json!(1));
    assert_eq!(story.execution.redrive_count(), 2);
}

#[test]
fn a_fail_state_fails_again_and_a_choice_chooses_again() {
    let mut story = Story::of("F", json!({ "F": { "Type": "Fail", "Error": "No" } }), json!({}));
    story.tell(&Input::Redrive);
    expect![[r"
        1 ExecutionStarted
        2 StateEntered F
        3 ExecutionFailed No
        4 ExecutionRedriven
        5 ExecutionFailed No
    "]]
    .assert_eq(&story.trail());
    let stuck = json!({ "C": { "Type": "Choice", "Choices": [{ "Condition": false, "Next": "S" }] }, "S": { "Type": "Succeed" } });
    let mut story = Story::of("C", stuck, json!({}));
    story.tell(&Input::Redrive);
    assert_eq!(story.execution.error().and_then(|e| e.error.as_deref()), Some("States.Runtime"));
}
