//! Sizes and numbers of events.

use serde_json::{Value, json};
use std::sync::Arc;
use workflow_runtime::engine::{
    DataLimits, EVENTS_MAX, Effect, Event, Execution, ExecutionStatus, Input, Stale, exceeds_data_limit, step,
};

use crate::story::{Story, compile, definition, identity};

/// A text whose JSON has this many bytes.
fn text(bytes: usize) -> Value {
    json!("x".repeat(bytes - 2))
}

#[test]
fn an_oversized_input_starts_nothing() {
    let machine = compile(&definition("S", json!({ "S": { "Type": "Succeed" } })));
    let mut execution = Execution::new(identity());
    let now = workflow_runtime::time::Timestamp::from_millis(0);
    let input = Input::Start { input: Arc::new(text(262_145)), seed: 1 };
    let refused = step(&machine, &mut execution, &input, now).expect_err("it is refused").to_string();
    assert!(refused.starts_with("input has 262145 bytes of JSON text, 262144 are allowed: send a `Blob`"), "{refused}");
    assert_eq!(execution, Execution::new(identity()));
    let input = Input::Start { input: Arc::new(text(262_144)), seed: 1 };
    assert!(step(&machine, &mut execution, &input, now).is_ok());
}

#[test]
fn an_oversized_result_is_the_tasks_failure() {
    const CAUSE: &str = "The state/task 'T' returned a result with a size exceeding the maximum number of bytes service limit. It has 262163 \
         bytes of JSON text, 262144 are allowed; the largest part is `/report` with 262141 bytes: let a step put it into a \
         `Blob` and pass that on [WF2220]";
    for name in ["States.ALL", "States.DataLimitExceeded", "States.TaskFailed"] {
        let states = json!({
            "T": { "Type": "Task", "Resource": "r", "Catch": [{ "ErrorEquals": [name], "Next": "S" }], "End": true },
            "S": { "Type": "Succeed", "Output": "{% $states.input.Cause %}" },
        });
        let mut story = Story::of("T", states, json!({}));
        story.succeed("T", json!({ "id": "A-1", "report": text(262_141) })).succeeded_with(&json!(CAUSE));
    }
    let states = json!({ "T": { "Type": "Task", "Resource": "r", "End": true } });
    let mut story = Story::of("T", states, json!({}));
    story.succeed("T", text(262_144)).succeeded_with(&text(262_144));
}

#[test]
fn oversized_arguments_are_caught_before_anything_is_scheduled() {
    let states = json!({
        "T": {
            "Type": "Task", "Resource": "r", "Arguments": "{% [$states.input, $states.input] %}", "End": true,
            "Retry": [{ "ErrorEquals": ["States.DataLimitExceeded"], "MaxAttempts": 1 }],
            "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "S" }],
        },
        "S": { "Type": "Succeed" },
    });
    let mut story = Story::of("T", states, text(200_000));
    story.pass(1_000).succeeded_with(&json!({
        "Error": "States.DataLimitExceeded",
        "Cause": "The state/task 'T' provided parameters with a size exceeding the maximum number of bytes service limit. It \
                  has 400003 bytes of JSON text, 262144 are allowed; it is a list of 2 items: let a step \
                  put it into a `Blob` and pass that on [WF2220]",
    }));
    assert_eq!(story.execution.event_count(), 6, "{}", story.trail());
}

#[test]
fn an_oversized_output_at_a_boundary_is_the_end() {
    const CAUSE: &str = "returned a result with a size exceeding the maximum number of bytes service limit. It has 400003 \
                         bytes of JSON text, 262144 are allowed; it is a list of 2 items: let a step put it into a `Blob` and \
                         pass that on [WF2220]";
    let catch = json!([{ "ErrorEquals": ["States.ALL"], "Next": "S" }]);
    let double = "{% [$states.input, $states.input] %}";
    let pass = json!({ "A": { "Type": "Pass", "Output": double, "End": true } });
    Story::of("A", pass.clone(), text(200_000))
        .failed_with("States.DataLimitExceeded", &format!("The state/task 'A' {CAUSE}"));

    let inside = json!({
        "P": { "Type": "Parallel", "Branches": [{ "StartAt": "A", "States": pass }], "Catch": catch, "End": true },
        "S": { "Type": "Succeed" },
    });
    Story::of("P", inside, text(200_000))
        .failed_with("States.DataLimitExceeded", &format!("The state/task 'A' {CAUSE}"));

    let same = json!({ "StartAt": "A", "States": { "A": { "Type": "Succeed" } } });
    let same2 = json!({ "StartAt": "B", "States": { "B": { "Type": "Succeed" } } });
    let summed = json!({
        "P": { "Type": "Parallel", "Branches": [same, same2], "Catch": catch, "End": true },
        "S": { "Type": "Succeed" },
    });
    Story::of("P", summed, text(200_000))
        .failed_with("States.DataLimitExceeded", &format!("The state/task 'P' {CAUSE}"));
}

#[test]
fn a_variable_has_a_limit_of_its_own() {
    let states =
        json!({ "A": { "Type": "Pass", "Assign": { "v": "{% [$states.input, $states.input] %}" }, "End": true } });
    Story::of("A", states, text(200_000)).failed_with(
        "States.Runtime",
        "An error occurred while executing the state 'A' (entered at the event id #2). The value of variable 'v' exceeds \
         the maximum of 262144 bytes. It has 400003 bytes of JSON text, 262144 are allowed; it is a list of 2 items: let a \
         step put it into a `Blob` and pass that on [WF2221]",
    );
}

#[test]
fn what_one_state_assigns_has_a_limit() {
    let states = json!({
        "A": { "Type": "Pass", "Assign": { "v": "{% $states.input %}", "w": "{% $states.input %}" }, "End": true },
    });
    Story::of("A", states.clone(), text(131_072)).succeeded_with(&text(131_072));
    Story::of("A", states, text(131_073)).failed_with(
        "States.Runtime",
        "An error occurred while executing the state 'A' (entered at the event id #2). The variables that the state assigns \
         exceed the maximum of 262144 bytes. Together they have 262146 bytes of JSON text, the largest is 'w' with 131073: \
         let a step put it into a `Blob` and pass that on [WF2221]",
    );
}

#[test]
fn all_variables_of_an_execution_have_a_limit() {
    const ALL: usize = 10 * 1024 * 1024;
    let states = |name: &str| {
        json!({
            "P": { "Type": "Parallel", "Branches": (0..53).map(|n| json!({
                "StartAt": format!("H{n}"),
                "States": {
                    format!("H{n}"): { "Type": "Pass", "Assign": { format!("{name}{n}"): "{% $states.input %}" }, "Next": format!("R{n}") },
                    format!("R{n}"): { "Type": "Task", "Resource": "r", "End": true },
                },
            })).collect::<Vec<_>>(), "End": true },
        })
    };
    let most = ALL / 53;
    let story = Story::of("P", states("v"), text(most));
    assert_eq!(story.execution.status(), Some(ExecutionStatus::Running), "{}", story.trail());
    let story = Story::of("P", states("v"), text(most + 1));
    let error = story.execution.error().expect("it has failed").clone();
    assert_eq!(error.error.as_deref(), Some("States.Runtime"));
    let cause = error.cause.unwrap_or_default();
    assert!(
        cause.contains(
            "The variables of the execution exceed the maximum of 10485760 bytes. With 'v52' they have 10485785 bytes"
        ),
        "{cause}"
    );
}

#[test]
fn a_margin_fails_before_the_quota_is_reached() {
    let states = json!({ "T": { "Type": "Task", "Resource": "r", "End": true } });
    let machine = compile(&definition("T", states)).with_data_limits(DataLimits::share(0.8));
    let mut execution = Execution::new(identity());
    let now = workflow_runtime::time::Timestamp::from_millis(0);
    let start = Input::Start { input: Arc::new(text(209_716)), seed: 1 };
    assert!(step(&machine, &mut execution, &start, now).is_err());
    let start = Input::Start { input: Arc::new(text(209_715)), seed: 1 };
    let decision = step(&machine, &mut execution, &start, now).expect("a decision");
    let task = decision.effects.iter().find_map(|effect| match effect {
        Effect::StartTask(request) => Some(request.task),
        _ => None,
    });
    let task = task.expect("a task");
    let answer = Input::TaskSucceeded { task, output: Arc::new(text(209_716)) };
    let decision = step(&machine, &mut execution, &answer, now).expect("a decision");
    let cause = execution.error().and_then(|error| error.cause.clone()).unwrap_or_default();
    assert!(cause.contains("209715 are allowed by the payload margin of this run"), "{cause}: {decision:?}");
}

#[test]
fn the_last_possible_event_is_the_failure() {
    let machine = compile(&definition(
        "A",
        json!({
            "A": { "Type": "Pass", "Next": "B" },
            "B": { "Type": "Pass", "Next": "A" },
        }),
    ));
    let mut execution = Execution::new(identity());
    let now = workflow_runtime::time::Timestamp::from_millis(0);
    let start = Input::Start { input: Arc::new(json!({})), seed: 1 };
    let decision = step(&machine, &mut execution, &start, now).expect("a decision");
    assert_eq!(execution.event_count(), EVENTS_MAX);
    assert_eq!(decision.events.len() as u64, EVENTS_MAX);
    assert_eq!(execution.status(), Some(ExecutionStatus::Failed));
    let error = execution.error().expect("an error").clone();
    assert_eq!(error.error.as_deref(), Some("States.Runtime"));
    assert_eq!(error.cause.as_deref(), Some("The execution reached the maximum number of history events (25000)."));
    let redrive = step(&machine, &mut execution, &Input::Redrive, now).expect("a decision");
    assert_eq!(redrive.stale, Some(Stale::NotRedrivable));
}

#[test]
fn a_natural_end_may_be_the_last_event() {
    // The start, two events for each state that is passed (12,499 of them), and the end.
    let machine = compile(&definition(
        "A",
        json!({
            "A": { "Type": "Pass", "Assign": { "n": 1 }, "Next": "Count" },
            "Count": {
                "Type": "Choice",
                "Choices": [{ "Condition": "{% $n < 12497 %}", "Assign": { "n": "{% $n + 1 %}" }, "Next": "Count" }],
                "Default": "End",
            },
            "End": { "Type": "Succeed", "Output": "{% $n %}" },
        }),
    ));
    let mut execution = Execution::new(identity());
    let now = workflow_runtime::time::Timestamp::from_millis(0);
    let start = Input::Start { input: Arc::new(json!({})), seed: 1 };
    let decision = step(&machine, &mut execution, &start, now).expect("a decision");
    assert_eq!(execution.event_count(), EVENTS_MAX);
    assert_eq!(decision.events.last(), Some(&Event::ExecutionSucceeded));
}

#[test]
fn the_limit_is_counted_in_bytes_of_text() {
    assert!(!exceeds_data_limit(&text(262_144)));
    assert!(exceeds_data_limit(&text(262_145)));
    assert!(exceeds_data_limit(&json!("\u{1}".repeat(43_691))), "six bytes each");
    assert!(!exceeds_data_limit(&json!("\u{1}".repeat(43_690))));
}
