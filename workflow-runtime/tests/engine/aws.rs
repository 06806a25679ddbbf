//! AWS's history of what the engine really records, against the sequences that were measured on AWS.

use serde_json::{Value, json};
use workflow_runtime::ErrorOutput;
use workflow_runtime::engine::Input;
use workflow_runtime::history::aws_events;

use crate::story::{Story, definition};

const INVOKE: &str = "arn:aws:states:::lambda:invoke";
const TOKEN: &str = "arn:aws:states:::lambda:invoke.waitForTaskToken";

/// A story, and the history that it leaves.
struct Told {
    machine: workflow_runtime::asl::StateMachine,
    story: Story,
}

impl Told {
    fn of(start_at: &str, states: Value) -> Self {
        let machine = definition(start_at, states);
        let story = Story::of_machine(&machine, json!({ "n": 1 }));
        Self { machine, story }
    }

    /// `TaskStateEntered←0`, one event on a line, from the second on.
    #[track_caller]
    fn reads(&self, expected: &[&str]) {
        let events = aws_events(&self.machine, &self.story.records);
        for (place, event) in events.iter().enumerate() {
            assert_eq!(event.id, place as u64 + 1, "ids are dense");
            assert!(event.previous_event_id < event.id);
        }
        assert_eq!(events.len() as u64, self.story.execution.event_count(), "the engine counts as AWS does");
        let lines: Vec<String> = events
            .iter()
            .skip(1)
            .map(|event| format!("{} {}←{}", event.id, event.kind, event.previous_event_id))
            .collect();
        assert_eq!(lines, expected, "{}", self.story.trail());
    }
}

fn task(more: Value) -> Value {
    let mut task = json!({ "Type": "Task", "Resource": INVOKE, "TimeoutSeconds": 60, "End": true });
    let fields = task.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    json!({ "T": task, "P": { "Type": "Pass", "End": true } })
}

fn all_to(next: &str) -> Value {
    json!([{ "ErrorEquals": ["States.ALL"], "Next": next }])
}

const STARTED: [&str; 3] = ["2 TaskStateEntered←0", "3 TaskScheduled←2", "4 TaskStarted←3"];

#[track_caller]
fn goes_on(told: &Told, rest: &[&str]) {
    told.reads(&[&STARTED[..], rest].concat());
}

#[test]
fn a_task_that_succeeds() {
    let mut told = Told::of("T", task(json!({})));
    told.story.succeed("T", json!(1));
    goes_on(&told, &["5 TaskSucceeded←4", "6 TaskStateExited←5", "7 ExecutionSucceeded←6"]);
}

#[test]
fn a_task_that_fails() {
    let mut told = Told::of("T", task(json!({})));
    told.story.fail("T", "E", "c");
    goes_on(&told, &["5 TaskFailed←4", "6 ExecutionFailed←5"]);
}

#[test]
fn a_task_that_is_retried() {
    let mut told = Told::of("T", task(json!({ "Retry": [{ "ErrorEquals": ["E"], "MaxAttempts": 1 }] })));
    told.story.fail("T", "E", "c").pass(1_000).succeed("T", json!(1));
    goes_on(
        &told,
        &[
            "5 TaskFailed←4",
            "6 TaskScheduled←5",
            "7 TaskStarted←6",
            "8 TaskSucceeded←7",
            "9 TaskStateExited←8",
            "10 ExecutionSucceeded←9",
        ],
    );
}

#[test]
fn a_failure_that_is_caught() {
    let mut told = Told::of("T", task(json!({ "Catch": all_to("P") })));
    told.story.fail("T", "E", "c");
    goes_on(
        &told,
        &[
            "5 TaskFailed←4",
            "6 TaskStateExited←5",
            "7 PassStateEntered←6",
            "8 PassStateExited←7",
            "9 ExecutionSucceeded←8",
        ],
    );
    told.story.succeeded_with(&json!({ "Error": "E", "Cause": "c" }));
}

#[test]
fn a_task_that_times_out() {
    let mut told = Told::of("T", task(json!({})));
    told.story.pass(60_000);
    goes_on(&told, &["5 TaskTimedOut←4", "6 ExecutionFailed←5"]);
    let events = aws_events(&told.machine, &told.story.records);
    let (late, end) = (&events[4].details["taskTimedOutEventDetails"], &events[5].details);
    assert_eq!((&late["error"], late.get("cause")), (&json!("States.Timeout"), None));
    assert_eq!(end["executionFailedEventDetails"], json!({ "error": "States.Timeout" }));
}

#[test]
fn a_missed_heartbeat_reads_as_a_timeout() {
    let mut told = Told::of("T", task(json!({ "HeartbeatSeconds": 5 })));
    told.story.pass(4_000).heartbeat("T").pass(5_000);
    goes_on(&told, &["5 TaskTimedOut←4", "6 ExecutionFailed←5"]);
}

#[test]
fn arguments_that_fail_twice() {
    let fields = json!({ "Arguments": "{% $states.input.no %}", "Retry": [{ "ErrorEquals": ["States.ALL"], "MaxAttempts": 1 }] });
    let mut told = Told::of("T", task(fields));
    told.story.pass(1_000);
    told.reads(&["2 TaskStateEntered←0", "3 EvaluationFailed←2", "4 EvaluationFailed←3", "5 ExecutionFailed←4"]);
}

#[test]
fn a_callback_that_is_answered() {
    let mut told = Told::of("T", task(json!({ "Resource": TOKEN })));
    told.story.submit("T");
    told.story.succeed("T", json!(1));
    goes_on(&told, &["5 TaskSubmitted←4", "6 TaskSucceeded←5", "7 TaskStateExited←6", "8 ExecutionSucceeded←7"]);
}

#[test]
fn an_execution_that_is_stopped() {
    let mut told = Told::of("T", task(json!({})));
    let _ = told.story.input(&Input::Stop { error: ErrorOutput::default() });
    goes_on(&told, &["5 ExecutionAborted←0"]);
    let events = aws_events(&told.machine, &told.story.records);
    assert_eq!(events[4].details["executionAbortedEventDetails"], json!({}));
}

#[test]
fn an_execution_past_its_own_timeout() {
    let mut document = serde_json::to_value(definition("T", task(json!({})))).expect("JSON");
    document["TimeoutSeconds"] = json!(5);
    let machine = crate::story::from_json(document);
    let mut told = Told { story: Story::of_machine(&machine, json!({})), machine };
    told.story.pass(5_000);
    goes_on(&told, &["5 ExecutionTimedOut←0"]);
}

#[test]
fn an_execution_that_is_redriven() {
    let mut told = Told::of("T", task(json!({})));
    told.story.fail("T", "E", "c");
    let _ = told.story.input(&Input::Redrive);
    told.story.succeed("T", json!(1));
    goes_on(
        &told,
        &[
            "5 TaskFailed←4",
            "6 ExecutionFailed←5",
            "7 ExecutionRedriven←6",
            "8 TaskScheduled←7",
            "9 TaskStarted←8",
            "10 TaskSucceeded←9",
            "11 TaskStateExited←10",
            "12 ExecutionSucceeded←11",
        ],
    );
}

fn parallel(branches: &[Value], more: Value) -> Told {
    let branches: Vec<Value> = ["A", "B"]
        .iter()
        .zip(branches)
        .map(|(name, state)| json!({ "StartAt": name, "States": { *name: state } }))
        .collect();
    let mut state = json!({ "Type": "Parallel", "Branches": branches, "End": true });
    state.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    Told::of("X", json!({ "X": state, "P": { "Type": "Pass", "End": true } }))
}

fn invoke() -> Value {
    json!({ "Type": "Task", "Resource": INVOKE, "End": true })
}

const OPENED: [&str; 2] = ["2 ParallelStateEntered←0", "3 ParallelStateStarted←2"];

#[test]
fn a_parallel_that_succeeds() {
    let pass = json!({ "Type": "Pass", "End": true });
    let told = parallel(&[pass.clone(), pass], json!({}));
    let rest = [
        "4 PassStateEntered←3",
        "5 PassStateEntered←3",
        "6 PassStateExited←4",
        "7 PassStateExited←5",
        "8 ParallelStateSucceeded←7",
        "9 ParallelStateExited←7",
        "10 ExecutionSucceeded←9",
    ];
    told.reads(&[&OPENED[..], &rest].concat());
}

/// Where each of the two tasks stands before one of them ends.
const RUNNING: [&str; 6] = [
    "4 TaskStateEntered←3",
    "5 TaskStateEntered←3",
    "6 TaskScheduled←4",
    "7 TaskStarted←6",
    "8 TaskScheduled←5",
    "9 TaskStarted←8",
];

#[test]
fn a_parallel_whose_branches_end_in_another_order() {
    let mut told = parallel(&[invoke(), invoke()], json!({}));
    told.story.succeed("B", json!("b")).succeed("A", json!("a"));
    let rest = [
        "10 TaskSucceeded←9",
        "11 TaskStateExited←10",
        "12 TaskSucceeded←7",
        "13 TaskStateExited←12",
        "14 ParallelStateSucceeded←13",
        "15 ParallelStateExited←13",
        "16 ExecutionSucceeded←15",
    ];
    told.reads(&[&OPENED[..], &RUNNING, &rest].concat());
    told.story.succeeded_with(&json!(["a", "b"]));
}

#[test]
fn a_parallel_that_fails_while_a_sibling_runs() {
    let failed = ["10 TaskFailed←7", "11 TaskStateAborted←10", "12 ParallelStateFailed←10"];
    let mut told = parallel(&[invoke(), invoke()], json!({}));
    told.story.fail("A", "E", "c").failed_with("E", "c");
    told.reads(&[&OPENED[..], &RUNNING, &failed, &["13 ExecutionFailed←12"]].concat());

    let mut told = parallel(&[invoke(), invoke()], json!({ "Catch": all_to("P") }));
    told.story.fail("A", "E", "c").succeeded_with(&json!({ "Error": "E", "Cause": "c" }));
    let caught =
        ["13 ParallelStateExited←12", "14 PassStateEntered←13", "15 PassStateExited←14", "16 ExecutionSucceeded←15"];
    told.reads(&[&OPENED[..], &RUNNING, &failed, &caught].concat());
}

#[test]
fn a_parallel_that_is_retried() {
    let fail = json!({ "Type": "Fail", "Error": "E", "Cause": "c" });
    let mut told = parallel(&[fail], json!({ "Retry": [{ "ErrorEquals": ["E"], "MaxAttempts": 1 }] }));
    told.story.pass(1_000).failed_with("E", "c");
    let rest = [
        "4 FailStateEntered←3",
        "5 ParallelStateStarted←4",
        "6 FailStateEntered←5",
        "7 ParallelStateFailed←6",
        "8 ExecutionFailed←7",
    ];
    told.reads(&[&OPENED[..], &rest].concat());
}

/// What a new owner records is no part of AWS's history.
#[test]
fn an_execution_that_changed_its_owner_reads_as_any_other() {
    let mut told = Told::of("T", task(json!({})));
    told.story.recover();
    told.story.succeed("T", json!(1));
    goes_on(&told, &["5 TaskSucceeded←4", "6 TaskStateExited←5", "7 ExecutionSucceeded←6"]);
}
