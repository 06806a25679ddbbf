//! Tasks: requests, results, timeouts, heartbeats, tokens.

use expect_test::expect;
use serde_json::json;
use std::sync::Arc;
use workflow_runtime::ErrorOutput;
use workflow_runtime::engine::{ExecutionStatus, Input, Stale, TimerId, TokenRoute, Waiting};

use crate::story::{Story, from_json};

#[test]
fn a_task_is_given_its_arguments_and_its_result_is_the_output() {
    let states = json!({
        "Charge": {
            "Type": "Task",
            "Resource": "${ChargeFunctionArn}",
            "Arguments": { "cents": "{% $states.input.total %}" },
            "TimeoutSeconds": 30,
            "Assign": { "paid": "{% $states.result.ok %}" },
            "Next": "Done",
        },
        "Done": { "Type": "Succeed", "Output": { "paid": "{% $paid %}", "result": "{% $states.input %}" } },
    });
    let mut story = Story::of("Charge", states, json!({ "total": 1250 }));
    let request = story.request("Charge").clone();
    assert_eq!(*request.arguments, json!({ "cents": 1250 }));
    assert_eq!((&*request.resource, request.task.0, request.visit, request.attempt), ("${ChargeFunctionArn}", 3, 2, 1));
    assert_eq!(request.token, None);
    story.succeed("Charge", json!({ "ok": true })).succeeded_with(&json!({ "paid": true, "result": { "ok": true } }));
    expect![[r#"
        1 ExecutionStarted
        2 StateEntered Charge
        3 TaskScheduled Charge
        4 TaskStarted Charge
        5 TaskSucceeded Charge
        6 StateExited Charge $paid = true
        7 StateEntered Done
        8 StateExited Done = {"paid":true,"result":{"ok":true}}
        9 ExecutionSucceeded
    "#]]
    .assert_eq(&story.trail());
    assert_eq!(
        story.effects,
        ["start Charge #1", "set TaskTimeout(TaskId(3)) +30000ms", "clear TaskTimeout(TaskId(3))", "ended"]
    );
}

#[test]
fn without_arguments_the_input_itself_is_sent_not_a_copy() {
    let story =
        Story::of("T", json!({ "T": { "Type": "Task", "Resource": "r", "End": true } }), json!({ "big": [1, 2, 3] }));
    assert!(Arc::ptr_eq(&story.request("T").arguments, &story.execution.input().share()));
    let same = json!({ "T": { "Type": "Task", "Resource": "r", "Arguments": "{% $states.input %}", "End": true } });
    let story = Story::of("T", same, json!({ "big": [1, 2, 3] }));
    assert!(Arc::ptr_eq(&story.request("T").arguments, &story.execution.input().share()));
}

#[test]
fn a_timeout_cancels_the_task_and_has_no_cause() {
    let states = json!({
        "T": {
            "Type": "Task", "Resource": "r", "TimeoutSeconds": 10, "HeartbeatSeconds": "{% 4 %}",
            "Catch": [{ "ErrorEquals": ["States.Timeout"], "Next": "S" }], "End": true,
        },
        "S": { "Type": "Succeed" },
    });
    let mut story = Story::of("T", states, json!({}));
    story.pass(3_000).heartbeat("T").pass(3_000).heartbeat("T").pass(3_000).heartbeat("T").pass(1_000);
    story.succeeded_with(&json!({ "Error": "States.Timeout", "Cause": "" }));
    expect![[r"
        1 ExecutionStarted
        2 StateEntered T
        3 TaskScheduled T
        4 TaskStarted T
        - HeartbeatRecorded T
        - HeartbeatRecorded T
        - HeartbeatRecorded T
        5 TaskTimedOut T
        6 StateExited T by catcher 0
        7 StateEntered S
        8 StateExited S
        9 ExecutionSucceeded
    "]]
    .assert_eq(&story.trail());
    assert!(story.effects.contains(&"cancel task 3".to_owned()));
}

#[test]
fn a_missed_heartbeat_is_a_timeout_that_its_own_name_matches_too() {
    for (name, caught) in [
        ("States.HeartbeatTimeout", true),
        ("States.Timeout", true),
        ("States.TaskFailed", false),
        ("States.ALL", true),
    ] {
        let states = json!({
            "T": {
                "Type": "Task", "Resource": "r", "TimeoutSeconds": 10, "HeartbeatSeconds": 4,
                "Catch": [{ "ErrorEquals": [name], "Next": "S" }], "End": true,
            },
            "S": { "Type": "Succeed" },
        });
        let mut story = Story::of("T", states, json!({}));
        story.pass(4_000);
        if caught {
            story.succeeded_with(&json!({ "Error": "States.Timeout", "Cause": "" }));
        } else {
            let error = ErrorOutput { error: Some("States.Timeout".to_owned()), cause: None };
            assert_eq!((story.status(), story.execution.error()), (ExecutionStatus::Failed, Some(&error)), "{name}");
        }
    }
}

fn approval() -> Story {
    let states = json!({
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Arguments": { "FunctionName": "ask", "Payload": { "token": "{% $states.context.Task.Token %}" } },
            "TimeoutSeconds": 60, "HeartbeatSeconds": 20,
            "Retry": [{ "ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 1 }],
            "End": true,
        },
    });
    Story::of("Ask", states, json!({}))
}

#[test]
fn a_parked_task_waits_for_whoever_holds_its_token() {
    let mut story = approval();
    let request = story.request("Ask").clone();
    let token = request.token.expect("a token");
    assert_eq!(request.arguments["Payload"]["token"], token.as_str());
    assert_eq!(TokenRoute::parse(token.as_str()).map(|route| (route.number, route.task)), Some((7, request.task)));

    let task = story.submit("Ask");
    assert!(matches!(&story.execution.waiting(&story.machine)[..],
        [Waiting::Answer { token: asked, until: Some(until), attempt: 1, .. }]
            if *asked == token && until.to_rfc3339() == "2026-01-01T00:00:20Z"));
    story.crash();
    assert_eq!(story.execution.verify_token(token.as_str()), Some(task));
    // Its clocks run on.
    story.pass(10_000);
    story.tell(&Input::TaskHeartbeat { task });
    story.pass(19_999);
    story.succeed("Ask", json!({ "approved": true })).succeeded_with(&json!({ "approved": true }));
    assert_eq!(story.execution.verify_token(token.as_str()), Some(task), "still genuine, though closed");
    story.stale(&Input::TaskSucceeded { task, output: Arc::new(json!(1)) }, Stale::ExecutionClosed);
}

#[test]
fn each_attempt_has_a_token_of_its_own_and_the_old_one_is_closed() {
    let mut story = approval();
    let old = story.submit("Ask");
    let old_token = story.execution.token_of(old);
    story.pass(20_000).pass(1_000);
    let new_token = story.request("Ask").token.clone().expect("a token");
    assert_ne!(old_token, new_token);
    assert_eq!(story.request("Ask").attempt, 2);
    story.stale(&Input::TaskSucceeded { task: old, output: Arc::new(json!(1)) }, Stale::TaskClosed);
    story.submit("Ask");
    story.succeed("Ask", json!("yes")).succeeded_with(&json!("yes"));
}

#[test]
fn after_a_crash_a_running_attempt_has_new_clocks_and_a_parked_one_keeps_its_own() {
    let task =
        |resource: &str| json!({ "T": { "Type": "Task", "Resource": resource, "TimeoutSeconds": 10, "End": true } });
    let mut running = Story::of("T", task("r"), json!({}));
    let before = running.request("T").clone();
    running.pass(9_000).recover();
    let after = running.request("T");
    assert_eq!((after.task, after.attempt, after.visit), (before.task, before.attempt, before.visit));
    running.pass(9_999);
    assert_eq!(running.status(), ExecutionStatus::Running);
    running.pass(1);
    assert_eq!(running.status(), ExecutionStatus::Failed);
    expect![[r"
        1 ExecutionStarted
        2 StateEntered T
        3 TaskScheduled T
        4 TaskStarted T
        - TaskReissued T
        5 TaskTimedOut T
        6 ExecutionFailed States.Timeout
    "]]
    .assert_eq(&running.trail());

    let mut parked = Story::of("T", task("r.waitForTaskToken"), json!({}));
    parked.submit("T");
    parked.pass(9_000).recover();
    parked.pass(1_000);
    assert_eq!(parked.status(), ExecutionStatus::Failed);
}

#[test]
fn a_token_cannot_be_made_up() {
    let story = approval();
    let token = story.request("Ask").token.clone().expect("a token");
    let proof = token.as_str().rsplit('-').next().expect("a proof").to_owned();
    for forged in [
        format!("7-4-{proof}"),
        format!("8-3-{proof}"),
        format!("7-3-{}", "0".repeat(32)),
        format!("7-3-{proof}0"),
        "7-3-".to_owned(),
        String::new(),
        "x".to_owned(),
    ] {
        assert_eq!(story.execution.verify_token(&forged), None, "{forged}");
    }
}

#[test]
fn the_answer_may_come_before_the_function_returns() {
    let mut story = approval();
    let task = story.task("Ask");
    story.succeed("Ask", json!("early")).succeeded_with(&json!("early"));
    story.stale(&Input::TaskSubmitted { task }, Stale::ExecutionClosed);
}

#[test]
fn a_failure_without_fields_is_null_and_only_all_matches() {
    let states = json!({
        "T": {
            "Type": "Task", "Resource": "r",
            "Catch": [{ "ErrorEquals": ["X"], "Next": "Wrong" }, { "ErrorEquals": ["States.ALL"], "Next": "S" }],
            "End": true,
        },
        "Wrong": { "Type": "Fail" },
        "S": { "Type": "Succeed" },
    });
    let mut story = Story::of("T", states, json!({}));
    let task = story.task("T");
    story.running.clear();
    story.tell(&Input::TaskFailed { task, error: ErrorOutput::default() });
    story.succeeded_with(&json!({ "Error": null, "Cause": null }));
}

#[test]
fn the_machines_own_timeout_ends_it_without_an_error() {
    let machine = from_json(json!({
        "QueryLanguage": "JSONata", "StartAt": "T", "TimeoutSeconds": 5,
        "States": {
            "T": {
                "Type": "Task", "Resource": "r", "TimeoutSeconds": 60,
                "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "S" }], "Next": "S",
            },
            "S": { "Type": "Succeed" },
        },
    }));
    let mut story = Story::of_machine(&machine, json!({}));
    story.pass(5_000);
    assert_eq!((story.status(), story.execution.error()), (ExecutionStatus::TimedOut, None));
    assert_eq!(
        story.effects,
        [
            "set Execution +5000ms",
            "start T #1",
            "set TaskTimeout(TaskId(3)) +60000ms",
            "clear TaskTimeout(TaskId(3))",
            "cancel task 3",
            "ended"
        ]
    );
    story.stale(&Input::TimerFired { timer: TimerId::Execution }, Stale::ExecutionClosed);
}
