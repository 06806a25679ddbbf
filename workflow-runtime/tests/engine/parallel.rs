//! Branches: their turns, their variables, their failures.

use expect_test::expect;
use serde_json::{Value, json};
use workflow_runtime::engine::ScopeId;

use crate::story::Story;

fn branch(name: &str, state: Value) -> Value {
    json!({ "StartAt": name, "States": { name: state } })
}

fn task_branch(name: &str) -> Value {
    branch(name, json!({ "Type": "Task", "Resource": "r", "End": true }))
}

fn parallel(branches: Value, more: Value) -> Story {
    let mut state = json!({ "Type": "Parallel", "Branches": branches, "Next": "S" });
    state.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let states = json!({ "P": state, "S": { "Type": "Succeed" }, "Caught": { "Type": "Succeed" } });
    Story::of("P", states, json!({ "in": 1 }))
}

#[test]
fn branches_take_turns_and_results_stand_in_their_order() {
    let pass = |output: &str| json!({ "Type": "Pass", "Output": output, "End": true });
    let story = parallel(json!([branch("A", pass("a")), branch("B", pass("b"))]), json!({}));
    story.succeeded_with(&json!(["a", "b"]));
    // The order of AWS's recordings.
    expect![[r#"
        1 ExecutionStarted
        2 StateEntered P
        3 ParallelStarted P
        4 StateEntered A
        5 StateEntered B
        6 StateExited A = "a"
        - BranchSucceeded
        7 StateExited B = "b"
        - BranchSucceeded
        8 ParallelSucceeded P
        9 StateExited P
        10 StateEntered S
        11 StateExited S
        12 ExecutionSucceeded
    "#]]
    .assert_eq(&story.trail());
}

#[test]
fn results_stand_in_the_branches_order_whoever_ends_first() {
    let mut story =
        parallel(json!([task_branch("A"), task_branch("B"), task_branch("C")]), json!({ "Arguments": { "x": 2 } }));
    assert_eq!(*story.request("B").arguments, json!({ "x": 2 }));
    story.succeed("C", json!(3)).succeed("A", json!(1)).succeed("B", json!(2));
    story.succeeded_with(&json!([1, 2, 3]));
}

#[test]
fn branches_read_outer_variables_and_their_own_vanish() {
    let states = json!({
        "Set": { "Type": "Pass", "Assign": { "outer": 1 }, "Next": "P" },
        "P": {
            "Type": "Parallel",
            "Branches": [
                { "StartAt": "A", "States": {
                    "A": { "Type": "Pass", "Assign": { "inner": "{% $outer + 1 %}" }, "Next": "A2" },
                    "A2": { "Type": "Succeed", "Output": "{% [$outer, $inner] %}" },
                } },
                { "StartAt": "B", "States": { "B": { "Type": "Succeed", "Output": "{% $exists($inner) %}" } } },
            ],
            "Assign": { "all": "{% $states.result %}" },
            "Next": "S",
        },
        "S": { "Type": "Succeed", "Output": "{% { 'all': $all, 'gone': $exists($inner) } %}" },
    });
    Story::of("Set", states, json!({})).succeeded_with(&json!({ "all": [[1, 2], false], "gone": false }));
}

#[test]
fn the_first_failure_cuts_off_the_siblings() {
    let wait = json!({ "Type": "Wait", "Seconds": 99, "End": true });
    let retried = json!({ "Type": "Task", "Resource": "r", "Retry": [{ "ErrorEquals": ["X"] }], "End": true });
    let mut story = parallel(
        json!([task_branch("A"), branch("W", wait), branch("R", retried), task_branch("B"), task_branch("D")]),
        json!({ "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }] }),
    );
    story.fail("R", "X", "").succeed("D", json!(1)).fail("B", "Card", "declined");
    story.succeeded_with(&json!({ "Error": "Card", "Cause": "declined" }));
    assert!(story.running.is_empty());
    assert!(story.timers.is_empty());
    expect![[r#"
        - RetryScheduled R by 0 in 1000 ms
        18 TaskSucceeded D
        19 StateExited D
        - BranchSucceeded
        20 TaskFailed B Card
        21 StateAborted A
        22 StateAborted W
        23 StateAborted R
        24 ParallelFailed P Card
        25 StateExited P by catcher 0
        26 StateEntered Caught
        27 StateExited Caught
        28 ExecutionSucceeded
    "#]]
    .assert_eq(&lines_after(&story, "TaskFailed R"));
    assert_eq!(story.execution.scope_value(ScopeId(1)), None, "scopes of cut branches are gone");
}

fn lines_after(story: &Story, mark: &str) -> String {
    let trail = story.trail();
    let from = trail.lines().position(|line| line.contains(mark)).expect("the mark");
    trail.lines().skip(from + 1).fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn a_fail_state_in_a_branch_raises_its_error() {
    let fail = json!({ "Type": "Fail", "Error": "Stop", "Cause": "here" });
    let catch = |name: &str| json!({ "Catch": [{ "ErrorEquals": [name], "Next": "Caught" }] });
    let branches = json!([branch("F", fail), task_branch("A")]);
    let story = parallel(branches.clone(), catch("Stop"));
    story.succeeded_with(&json!({ "Error": "Stop", "Cause": "here" }));
    assert!(!story.effects.iter().any(|effect| effect.starts_with("start")), "never started: {:?}", story.effects);
    // It is no task's failure.
    parallel(branches, catch("States.TaskFailed")).failed_with("Stop", "here");
}

#[test]
fn a_retry_runs_every_branch_again() {
    let retry = json!({ "Retry": [{ "ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1 }] });
    let mut story = parallel(json!([task_branch("A"), task_branch("B")]), retry);
    story.succeed("A", json!(1)).fail("B", "X", "").pass(1_000);
    story.succeed("B", json!(4)).succeed("A", json!(3)).succeeded_with(&json!([3, 4]));
    expect![[r#"
        - RetryScheduled P by 0 in 1000 ms
        13 ParallelStarted P
        14 StateEntered A
        15 StateEntered B
        16 TaskScheduled A
    "#]]
    .assert_eq(&story.trail().lines().skip(13).take(5).fold(String::new(), |text, line| text + line + "\n"));
}

#[test]
fn retries_of_a_branch_that_are_used_up_fail_the_state() {
    let retry = json!({ "Retry": [{ "ErrorEquals": ["X"], "MaxAttempts": 1 }] });
    let mut story = parallel(json!([task_branch("A")]), retry);
    story.fail("A", "X", "1").pass(1_000).fail("A", "X", "2").failed_with("X", "2");
}

#[test]
fn a_runtime_error_in_a_branch_goes_straight_to_the_end() {
    let stuck = json!({ "Type": "Choice", "Choices": [{ "Condition": false, "Next": "C" }] });
    let story = parallel(
        json!([task_branch("A"), branch("C", stuck)]),
        json!({ "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }], "Retry": [{ "ErrorEquals": ["States.ALL"] }] }),
    );
    assert_eq!(story.execution.error().and_then(|e| e.error.as_deref()), Some("States.Runtime"));
    assert!(!story.trail().contains("ParallelFailed"));
}

#[test]
fn a_catcher_that_fails_after_a_branch_failed_is_told_twice() {
    let mut story = parallel(
        json!([task_branch("A")]),
        json!({ "Catch": [{ "ErrorEquals": ["X"], "Next": "Caught", "Output": "{% $nobody %}" }] }),
    );
    story.fail("A", "X", "");
    expect![[r"
        7 TaskFailed A X
        8 ParallelFailed P X
        9 EvaluationFailed P at Catch[0]/Output
        10 ParallelFailed P States.QueryEvaluationError
        11 ExecutionFailed States.QueryEvaluationError
    "]]
    .assert_eq(&lines_after(&story, "TaskStarted"));
}

#[test]
fn branches_within_branches_fail_outwards_and_stop_inwards() {
    let inner = json!({
        "Type": "Parallel", "Branches": [task_branch("I1"), task_branch("I2")], "End": true,
        "Catch": [{ "ErrorEquals": ["Inner"], "Next": "Saved" }],
    });
    let branches = json!([
        { "StartAt": "In", "States": { "In": inner, "Saved": { "Type": "Task", "Resource": "r", "End": true } } },
        task_branch("Out"),
    ]);
    let catch = json!({ "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }] });
    let mut story = parallel(branches.clone(), catch.clone());
    story.fail("I2", "Inner", "").succeed("Saved", json!("saved")).succeed("Out", json!("out"));
    story.succeeded_with(&json!(["saved", "out"]));

    let mut story = parallel(branches.clone(), catch.clone());
    story.fail("I1", "Hard", "x").succeeded_with(&json!({ "Error": "Hard", "Cause": "x" }));
    expect![[r#"
        16 StateAborted I2
        17 ParallelFailed In Hard
        18 StateAborted Out
        19 ParallelFailed P Hard
        20 StateExited P by catcher 0
        21 StateEntered Caught
        22 StateExited Caught
        23 ExecutionSucceeded
    "#]]
    .assert_eq(&lines_after(&story, "TaskFailed"));

    let mut story = parallel(branches, catch);
    story.fail("Out", "Hard", "x");
    expect![[r#"
        16 StateAborted I1
        17 StateAborted I2
        18 StateAborted In
        19 ParallelFailed P Hard
        20 StateExited P by catcher 0
        21 StateEntered Caught
        22 StateExited Caught
        23 ExecutionSucceeded
    "#]]
    .assert_eq(&lines_after(&story, "TaskFailed"));
}

#[test]
fn a_missed_heartbeat_in_a_branch_keeps_both_names() {
    let slow = json!({ "Type": "Task", "Resource": "r", "HeartbeatSeconds": 2, "End": true });
    for name in ["States.HeartbeatTimeout", "States.Timeout"] {
        let catch = json!({ "Catch": [{ "ErrorEquals": [name], "Next": "Caught" }] });
        let mut story = parallel(json!([branch("T", slow.clone())]), catch);
        story.pass(2_000).succeeded_with(&json!({ "Error": "States.Timeout", "Cause": "" }));
    }
}

#[test]
fn arguments_that_fail_are_caught_by_the_state() {
    let more = json!({ "Arguments": "{% $nobody %}", "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Caught", "Output": 1 }] });
    let story = parallel(json!([task_branch("A")]), more);
    story.succeeded_with(&json!(1));
    expect![[r"
        2 StateEntered P
        3 EvaluationFailed P at Arguments
        4 ParallelFailed P States.QueryEvaluationError
        5 StateExited P = 1 by catcher 0
    "]]
    .assert_eq(&story.trail().lines().skip(1).take(4).fold(String::new(), |text, line| text + line + "\n"));
}
