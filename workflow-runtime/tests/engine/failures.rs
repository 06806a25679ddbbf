//! Retry and Catch.

use expect_test::expect;
use serde_json::{Value, json};
use workflow_runtime::engine::{Event, Waiting};

use crate::story::{DAWN, Story};

fn task(retry: Value, catch: Value) -> Story {
    let states = json!({
        "T": { "Type": "Task", "Resource": "r", "Retry": retry, "Catch": catch, "End": true },
        "Caught": { "Type": "Succeed" },
    });
    Story::of("T", states, json!({ "in": 1 }))
}

/// Fails the task by these names, one attempt after the other; the delays that retriers chose, in milliseconds.
fn delays(retry: Value, names: &[&str]) -> Vec<i64> {
    let mut story = task(retry, json!([]));
    for name in names {
        story.fail("T", name, "");
        let Some((_, due)) = story.next_timer() else { break };
        let wait = due.as_millis() - story.now.as_millis();
        story.pass(wait);
    }
    let scheduled = story.records.iter().flat_map(|record| record.events.iter().map(move |event| (record.at, event)));
    scheduled
        .filter_map(|(at, event)| match event {
            Event::RetryScheduled { due, .. } => Some(due.as_millis() - at.as_millis()),
            _ => None,
        })
        .collect()
}

#[test]
fn retriers_decide_by_their_own_counters() {
    let two = json!([
        { "ErrorEquals": ["A"], "IntervalSeconds": 1, "MaxAttempts": 2 },
        { "ErrorEquals": ["B"], "IntervalSeconds": 5, "MaxAttempts": 1, "BackoffRate": 1.0 },
        { "ErrorEquals": ["States.ALL"], "IntervalSeconds": 100, "MaxAttempts": 9 },
    ]);
    for (retry, names, expected) in [
        // Defaults: 1 s, three retries, doubled.
        (json!([{ "ErrorEquals": ["States.ALL"] }]), &["A", "A", "A", "A"][..], &[1_000, 2_000, 4_000][..]),
        (json!([{ "ErrorEquals": ["States.ALL"], "MaxAttempts": 0 }]), &["A"], &[]),
        (json!([{ "ErrorEquals": ["A"] }]), &["B"], &[]),
        // Other errors do not touch a retrier's counter; the first that matches decides, even when it is used up.
        (two.clone(), &["A", "B", "A", "A"], &[1_000, 5_000, 2_000]),
        (two.clone(), &["B", "B"], &[5_000]),
        (two, &["C", "A", "C"], &[100_000, 1_000, 200_000]),
        (
            json!([{ "ErrorEquals": ["A"], "IntervalSeconds": 2, "BackoffRate": 3.0, "MaxDelaySeconds": 7 }]),
            &["A", "A", "A"],
            &[2_000, 6_000, 7_000],
        ),
    ] {
        assert_eq!(delays(retry.clone(), names), expected, "{retry} on {names:?}");
    }
}

#[test]
fn jitter_is_drawn_from_the_recorded_seed() {
    let retry =
        json!([{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 8, "BackoffRate": 1.0, "JitterStrategy": "FULL" }]);
    let drawn = delays(retry, &["A", "A", "A"]);
    assert!(drawn.iter().all(|delay| (0..=8_000).contains(delay)), "{drawn:?}");
    expect!["[4237, 4292, 6282]"].assert_eq(&format!("{drawn:?}"));
}

#[test]
fn attempts_follow_each_other_without_leaving_the_state() {
    let mut story = task(json!([{ "ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 2 }]), json!([]));
    story.fail("T", "Down", "try later");
    assert!(matches!(&story.execution.waiting(&story.machine)[..],
        [Waiting::Retry { state, until, retries: 1 }] if &**state == "T" && until.as_millis() == DAWN + 2_000));
    assert!(story.running.is_empty());
    story.pass(1_999);
    assert!(story.running.is_empty());
    story.pass(1);
    assert_eq!((story.request("T").attempt, story.request("T").visit), (2, 2));
    story.succeed("T", json!("up")).succeeded_with(&json!("up"));
    expect![[r"
        1 ExecutionStarted
        2 StateEntered T
        3 TaskScheduled T
        4 TaskStarted T
        5 TaskFailed T Down
        - RetryScheduled T by 0 in 2000 ms
        6 TaskScheduled T
        7 TaskStarted T
        8 TaskSucceeded T
        9 StateExited T
        10 ExecutionSucceeded
    "]]
    .assert_eq(&story.trail());
}

#[test]
fn catchers_are_asked_once_retries_are_used_up() {
    let mut story = task(
        json!([{ "ErrorEquals": ["A"], "MaxAttempts": 1 }]),
        json!([
            { "ErrorEquals": ["B"], "Next": "Caught", "Output": "b" },
            {
                "ErrorEquals": ["A"], "Next": "Caught",
                "Assign": { "why": "{% $states.errorOutput.Cause %}" },
                "Output": { "name": "{% $states.errorOutput.Error %}", "in": "{% $states.input.in %}" },
            },
        ]),
    );
    story.fail("T", "A", "1").pass(1_000).fail("T", "A", "2");
    story.succeeded_with(&json!({ "name": "A", "in": 1 }));
    let exit = story.trail().lines().find(|line| line.contains("catcher")).map(str::to_owned);
    assert_eq!(exit.as_deref(), Some(r#"9 StateExited T = {"name":"A","in":1} $why = "2" by catcher 1"#));
}

#[test]
fn a_catcher_without_output_hands_on_the_error_output() {
    let mut story = task(json!([]), json!([{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }]));
    story.fail("T", "Card", "declined").succeeded_with(&json!({ "Error": "Card", "Cause": "declined" }));
}

#[test]
fn an_uncaught_failure_ends_the_execution_without_leaving_the_state() {
    let mut story = task(json!([]), json!([{ "ErrorEquals": ["Other"], "Next": "Caught" }]));
    story.fail("T", "Card", "declined").failed_with("Card", "declined");
    expect![[r"
        1 ExecutionStarted
        2 StateEntered T
        3 TaskScheduled T
        4 TaskStarted T
        5 TaskFailed T Card
        6 ExecutionFailed Card
    "]]
    .assert_eq(&story.trail());
}

#[test]
fn a_catchers_own_failure_is_not_caught() {
    let mut story = task(
        json!([]),
        json!([
            { "ErrorEquals": ["A"], "Next": "Caught", "Output": "{% $states.errorOutput.Nothing %}" },
            { "ErrorEquals": ["States.ALL"], "Next": "Caught" },
        ]),
    );
    story.fail("T", "A", "").failed_with(
        "States.QueryEvaluationError",
        "An error occurred while executing the state 'T' (entered at the event id #2). The JSONata expression \
         '$states.errorOutput.Nothing' specified for the field 'Catch[0]/Output' returned nothing (undefined).",
    );
}

#[test]
fn a_failing_output_runs_the_task_again() {
    let states = json!({
        "T": {
            "Type": "Task", "Resource": "r", "Output": "{% $states.result.v %}", "End": true,
            "Retry": [{ "ErrorEquals": ["States.QueryEvaluationError"], "MaxAttempts": 1 }],
            "Catch": [{ "ErrorEquals": ["States.TaskFailed"], "Next": "Caught" }],
        },
        "Caught": { "Type": "Succeed" },
    });
    let mut story = Story::of("T", states, json!({}));
    story.succeed("T", json!({})).pass(1_000).succeed("T", json!({}));
    // `States.TaskFailed` does not take what expressions raise.
    assert_eq!(story.execution.error().and_then(|e| e.error.as_deref()), Some("States.QueryEvaluationError"));
    expect![[r"
        1 ExecutionStarted
        2 StateEntered T
        3 TaskScheduled T
        4 TaskStarted T
        5 TaskSucceeded T
        6 EvaluationFailed T at Output
        - RetryScheduled T by 0 in 1000 ms
        7 TaskScheduled T
        8 TaskStarted T
        9 TaskSucceeded T
        10 EvaluationFailed T at Output
        11 ExecutionFailed States.QueryEvaluationError
    "]]
    .assert_eq(&story.trail());
}

#[test]
fn failing_arguments_are_retried_and_caught_before_anything_is_scheduled() {
    let states = json!({
        "T": {
            "Type": "Task", "Resource": "r", "Arguments": { "v": "{% $states.input.v %}" }, "End": true,
            "Retry": [{ "ErrorEquals": ["States.ALL"], "MaxAttempts": 1 }],
            "Catch": [{ "ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught", "Output": "caught" }],
        },
        "Caught": { "Type": "Succeed" },
    });
    let mut story = Story::of("T", states, json!({}));
    story.pass(1_000).succeeded_with(&json!("caught"));
    expect![[r#"
        1 ExecutionStarted
        2 StateEntered T
        3 EvaluationFailed T at Arguments/v
        - RetryScheduled T by 0 in 1000 ms
        4 EvaluationFailed T at Arguments/v
        5 StateExited T = "caught" by catcher 0
        6 StateEntered Caught
        7 StateExited Caught
        8 ExecutionSucceeded
    "#]]
    .assert_eq(&story.trail());
}

#[test]
fn a_runtime_error_of_a_task_is_never_handled() {
    let mut story = task(
        json!([{ "ErrorEquals": ["States.ALL"] }]),
        json!([{ "ErrorEquals": ["States.Runtime"], "Next": "Caught" }]),
    );
    story.fail("T", "States.Runtime", "broken").failed_with("States.Runtime", "broken");
}

#[test]
fn counters_begin_anew_with_each_visit() {
    let states = json!({
        "T": {
            "Type": "Task", "Resource": "r", "Next": "Again",
            "Retry": [{ "ErrorEquals": ["A"], "MaxAttempts": 1 }],
        },
        "Again": { "Type": "Choice", "Choices": [{ "Condition": "{% $states.input.again %}", "Next": "T" }], "Default": "S" },
        "S": { "Type": "Succeed", "Output": "done" },
    });
    let mut story = Story::of("T", states, json!({}));
    for again in [true, false] {
        story.fail("T", "A", "").pass(1_000);
        assert_eq!(story.request("T").attempt, 2);
        story.succeed("T", json!({ "again": again }));
    }
    story.succeeded_with(&json!("done"));
}
