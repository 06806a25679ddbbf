//! Failures of and in Maps: siblings, handlers, redrives, crashes.

use expect_test::expect;
use serde_json::{Value, json};
use workflow_runtime::engine::{ExecutionStatus, Input};

use crate::map::{lines, map, processor, succeed, task};
use crate::story::{Story, error};

fn catch(name: &str) -> Value {
    json!({ "Catch": [{ "ErrorEquals": [name], "Next": "Caught" }] })
}

/// Fails the attempt that was given this.
fn fail(story: &mut Story, arguments: &Value, name: &str) {
    let task = *story.running.iter().find(|(_, request)| *request.arguments == *arguments).expect("it runs").0;
    story.running.remove(&task);
    story.tell(&Input::TaskFailed { task, error: error(name, "c") });
}

#[test]
fn the_first_failure_cuts_off_the_others_and_later_items_never_begin() {
    let two = json!({ "StartAt": "W", "States": {
        "W": { "Type": "Choice", "Choices": [{ "Condition": "{% $states.input = 'w' %}", "Next": "Wait" }], "Default": "A" },
        "Wait": { "Type": "Wait", "Seconds": 99, "End": true },
        "A": task(),
    } });
    let mut more = catch("Card");
    more["MaxConcurrency"] = json!(3);
    let mut story = map(two, more, json!(["a", "b", "w", "never"]));
    fail(&mut story, &json!("b"), "Card");
    story.succeeded_with(&json!({ "Error": "Card", "Cause": "c" }));
    assert!(story.running.is_empty() && story.timers.is_empty());
    let trail = story.trail();
    let after = trail.lines().position(|line| line.contains("TaskFailed")).expect("it failed");
    expect![[r#"
        20 TaskFailed A Card
        21 MapIterationFailed A
        22 StateAborted A
        23 MapIterationAborted A
        24 StateAborted Wait
        25 MapIterationAborted Wait
        26 MapFailed M Card
        27 StateExited M by catcher 0
        28 StateEntered Caught
        29 StateExited Caught
        30 ExecutionSucceeded
    "#]]
    .assert_eq(&lines(&story, after, 20));
}

#[test]
fn a_fail_state_in_an_iteration_raises_its_error() {
    let fail = || processor("F", json!({ "Type": "Fail", "Error": "Stop", "Cause": "here" }));
    let story = map(fail(), catch("Stop"), json!([1]));
    story.succeeded_with(&json!({ "Error": "Stop", "Cause": "here" }));
    expect![[r#"
        4 MapIterationStarted M #0
        5 StateEntered F
        6 MapIterationFailed F
        7 MapFailed M Stop
        8 StateExited M by catcher 0
    "#]]
    .assert_eq(&lines(&story, 3, 5));
    map(fail(), json!({}), json!([1, 2])).failed_with("Stop", "here");
}

#[test]
fn a_retry_runs_every_item_again_and_reads_the_items_anew() {
    let mut more = json!({ "Retry": [{ "ErrorEquals": ["X"], "MaxAttempts": 1 }] });
    more["Items"] = json!("{% [$states.context.State.RetryCount, 7] %}");
    let mut story = map(processor("A", task()), more, json!({}));
    succeed(&mut story, &json!(0), json!("lost"));
    fail(&mut story, &json!(7), "X");
    story.pass(1_000);
    succeed(&mut story, &json!(1), json!("one"));
    succeed(&mut story, &json!(7), json!("seven"));
    story.succeeded_with(&json!(["one", "seven"]));
}

#[test]
fn retries_that_are_used_up_fail_the_state() {
    let more = json!({ "Retry": [{ "ErrorEquals": ["X"], "MaxAttempts": 1 }] });
    let mut story = map(processor("A", task()), more, json!([1]));
    fail(&mut story, &json!(1), "X");
    story.pass(1_000);
    fail(&mut story, &json!(1), "X");
    story.failed_with("X", "c");
}

#[test]
fn items_that_are_none_fail_the_state() {
    let cause = |value: &str| {
        format!(
            "An error occurred while executing the state 'M' (entered at the event id #2). The JSONata expression \
             '$states.input' specified for the field 'Items' returned an unexpected result type. Expected 'array', but was {value}"
        )
    };
    for (input, actual) in [
        (json!(7), "'number' for value: 7"),
        (json!({ "a": 1 }), r#"'object' for value: {"a":1}"#),
        (json!(null), "'null' for value: null"),
    ] {
        let more = json!({ "Items": "{% $states.input %}" });
        map(processor("A", task()), more, input).failed_with("States.QueryEvaluationError", &cause(actual));
    }
    let story = map(processor("A", task()), catch("States.QueryEvaluationError"), json!({ "a": 1 }));
    assert_eq!(story.status(), ExecutionStatus::Succeeded);
    expect![[r#"
        2 StateEntered M
        3 EvaluationFailed M at Items
        4 MapFailed M States.QueryEvaluationError
        5 StateExited M by catcher 0
    "#]]
    .assert_eq(&lines(&story, 1, 4));
}

#[test]
fn a_concurrency_that_is_none_fails_the_state() {
    for wrong in ["{% 1.5 %}", "{% -1 %}", "{% 'x' %}"] {
        let story = map(processor("A", task()), json!({ "MaxConcurrency": wrong }), json!([1]));
        let name = story.execution.error().and_then(|error| error.error.clone());
        assert_eq!(name.as_deref(), Some("States.QueryEvaluationError"), "{wrong}");
    }
}

#[test]
fn a_selector_that_fails_fails_the_state_also_when_others_run() {
    let mut more = catch("States.QueryEvaluationError");
    more["ItemSelector"] = json!("{% $states.context.Map.Item.Value.x %}");
    let story = map(processor("A", task()), more.clone(), json!([{ "x": 1 }, { "y": 1 }]));
    assert_eq!(story.status(), ExecutionStatus::Succeeded);
    assert!(story.running.is_empty(), "never started");
    expect![[r#"
        4 MapIterationStarted M #0 of 1
        5 MapIterationAborted
        6 EvaluationFailed M at ItemSelector
        7 MapFailed M States.QueryEvaluationError
        8 StateExited M by catcher 0
    "#]]
    .assert_eq(&lines(&story, 3, 5));

    more["MaxConcurrency"] = json!(1);
    let mut story = map(processor("A", task()), more, json!([{ "x": 1 }, { "y": 1 }]));
    succeed(&mut story, &json!(1), json!("lost"));
    assert_eq!(story.status(), ExecutionStatus::Succeeded, "it is caught: {}", story.trail());
}

#[test]
fn an_input_that_is_too_large_is_the_states_failure() {
    let mut more = catch("States.DataLimitExceeded");
    more["ItemSelector"] = json!("{% [$states.input, $states.input] %}");
    let story = map(processor("A", task()), more, json!(["x".repeat(200_000)]));
    assert_eq!(story.status(), ExecutionStatus::Succeeded, "{}", story.trail());
}

#[test]
fn results_that_are_too_large_together_are_the_end() {
    let pass = json!({ "Type": "Pass", "Output": "x".repeat(150_000), "End": true });
    map(processor("A", pass), catch("States.ALL"), json!([1, 2])).failed_with(
        "States.DataLimitExceeded",
        "The state/task 'M' returned a result with a size exceeding the maximum number of bytes service limit. It has 300007 \
         bytes of JSON text, 262144 are allowed; it is a list of 2 items: let a step put it into a `Blob` and pass that on \
         [WF2220]",
    );
}

#[test]
fn a_runtime_error_in_an_iteration_goes_straight_to_the_end() {
    let stuck = json!({ "Type": "Choice", "Choices": [{ "Condition": false, "Next": "C" }] });
    let story = map(processor("C", stuck), catch("States.ALL"), json!([1]));
    assert_eq!(story.execution.error().and_then(|e| e.error.as_deref()), Some("States.Runtime"));
    assert!(!story.trail().contains("Failed M"), "{}", story.trail());
}

#[test]
fn an_outer_failure_cuts_off_iterations_and_their_map() {
    let inner = json!({ "Type": "Map", "Items": ["i"], "ItemProcessor": processor("I", task()), "End": true });
    let branches = json!([processor("M2", inner), processor("Out", task())]);
    let states = json!({
        "P": { "Type": "Parallel", "Branches": branches, "Catch": [{ "ErrorEquals": ["X"], "Next": "S" }], "Next": "S" },
        "S": { "Type": "Succeed" },
    });
    let mut story = Story::of("P", states, json!({}));
    story.fail("Out", "X", "c");
    story.succeeded_with(&json!({ "Error": "X", "Cause": "c" }));
    expect![[r#"
        14 StateAborted I
        15 MapIterationAborted I
        16 StateAborted M2
        17 ParallelFailed P X
        18 StateExited P by catcher 0
    "#]]
    .assert_eq(&lines(&story, 13, 5));
}

#[test]
fn a_redrive_runs_what_failed_was_cut_off_or_had_not_begun() {
    let mut story = map(processor("A", task()), json!({ "MaxConcurrency": 3 }), json!(["a", "b", "c", "d", "e"]));
    succeed(&mut story, &json!("a"), json!("A"));
    fail(&mut story, &json!("c"), "X");
    assert_eq!(story.status(), ExecutionStatus::Failed);
    story.tell(&Input::Redrive);
    let mut running: Vec<Value> = story.running.values().map(|request| Value::clone(&request.arguments)).collect();
    running.sort_by_key(ToString::to_string);
    assert_eq!(running, [json!("b"), json!("c"), json!("d")], "{}", story.trail());
    for item in ["d", "e", "c", "b"] {
        succeed(&mut story, &json!(item), json!(item.to_uppercase()));
    }
    story.succeeded_with(&json!(["A", "B", "C", "D", "E"]));
}

#[test]
fn a_new_owner_goes_on_after_every_record() {
    let mut story = map(processor("A", task()), json!({ "MaxConcurrency": 2 }), json!(["a", "b", "c", "d"]));
    for item in ["b", "a", "d", "c"] {
        story.recover();
        succeed(&mut story, &json!(item), json!(item));
    }
    story.succeeded_with(&json!(["a", "b", "c", "d"]));
}

#[test]
fn a_stop_ends_every_iteration() {
    let mut story = map(processor("A", task()), json!({}), json!([1, 2, 3]));
    story.tell(&Input::Stop { error: error("Me", "") });
    assert_eq!(story.status(), ExecutionStatus::Aborted);
    assert!(story.running.is_empty());
}
