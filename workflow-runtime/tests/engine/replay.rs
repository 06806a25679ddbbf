//! Histories that cannot be: each event is refused where it has no place, and changes nothing.

use serde_json::{Value, json};
use workflow_runtime::engine::{Event, Execution, Machine, ReplayError, ScopeId, StateIndex};
use workflow_runtime::json::Json;
use workflow_runtime::time::Timestamp;

use crate::story::{SEED, compile, definition, error, identity};

const ROOT: ScopeId = ScopeId(0);

/// A history, written event by event.
struct History {
    machine: Machine,
    execution: Execution,
}

fn machine() -> Machine {
    compile(&definition(
        "T",
        json!({
            "T": {
                "Type": "Task", "Resource": "r", "Next": "P",
                "Retry": [{ "ErrorEquals": ["X"], "MaxAttempts": 1 }],
                "Catch": [{ "ErrorEquals": ["X"], "Next": "S" }],
            },
            "P": { "Type": "Parallel", "Branches": [
                { "StartAt": "A", "States": { "A": { "Type": "Succeed" } } },
                { "StartAt": "B", "States": { "B": { "Type": "Wait", "Seconds": 1, "End": true } } },
            ], "Next": "S" },
            "S": { "Type": "Succeed" },
            "F": { "Type": "Fail" },
        }),
    ))
}

fn history(events: &[Event]) -> History {
    let mut history = History { machine: machine(), execution: Execution::new(identity()) };
    for event in events {
        history.try_apply(event).unwrap_or_else(|error| panic!("{error}"));
    }
    history
}

impl History {
    fn try_apply(&mut self, event: &Event) -> Result<(), ReplayError> {
        self.execution.apply(&self.machine, Timestamp::from_millis(0), event)
    }

    #[track_caller]
    fn refuses(mut self, event: &Event, because: &str) {
        let before = self.execution.clone();
        let refused = self.try_apply(event).expect_err("it is refused");
        let ReplayError::IllegalEvent { number, event: name, status, ref reason } = refused else {
            panic!("another error: {refused}");
        };
        assert_eq!((name, status), (event.name(), before.status()));
        assert_eq!(number, before.event_count() + u64::from(event.is_numbered()));
        assert!(reason.contains(because), "{reason}");
        assert_eq!(self.execution, before, "a refused event changes nothing");
    }
}

fn started() -> Event {
    Event::ExecutionStarted { input: Json::from(json!({})), seed: SEED }
}
fn entered(scope: u32, state: u32) -> Event {
    Event::StateEntered { scope: ScopeId(scope), state: StateIndex(state) }
}
fn scheduled() -> Event {
    Event::TaskScheduled { scope: ROOT, arguments: None, timeout_seconds: None, heartbeat_seconds: None }
}
fn running() -> Vec<Event> {
    vec![started(), entered(0, 0), scheduled(), Event::TaskStarted { scope: ROOT }]
}
fn succeeded() -> Event {
    Event::TaskSucceeded { scope: ROOT, output: Json::from(json!(1)) }
}
fn failed() -> Event {
    Event::TaskFailed { scope: ROOT, error: error("X", "") }
}
fn retry(retrier: u32) -> Event {
    Event::RetryScheduled { scope: ROOT, retrier, due: Timestamp::from_millis(5) }
}
fn exited(scope: u32, output: Option<Value>, catcher: Option<u32>, next: Option<u32>) -> Event {
    let output = output.map(Json::from);
    Event::StateExited { scope: ScopeId(scope), output, assigned: Vec::new(), catcher, next: next.map(StateIndex) }
}
fn branches() -> Vec<Event> {
    let mut events = running();
    events.extend([succeeded(), exited(0, None, None, Some(1)), entered(0, 1)]);
    events.push(Event::ParallelStarted { scope: ROOT, first: ScopeId(1), arguments: None });
    events
}
fn with(mut events: Vec<Event>, more: impl IntoIterator<Item = Event>) -> Vec<Event> {
    events.extend(more);
    events
}

#[test]
fn nothing_comes_before_the_start_and_no_second_start() {
    history(&[]).refuses(&entered(0, 0), "no place");
    history(&[]).refuses(&Event::ExecutionRedriven, "no place");
    history(&[started()]).refuses(&started(), "no place");
}

#[test]
fn only_the_next_state_is_entered() {
    history(&[started()]).refuses(&entered(0, 1), "another state is next");
    history(&[started()]).refuses(&entered(3, 0), "no such scope");
    history(&[started(), entered(0, 0)]).refuses(&entered(0, 0), "another state is next");
}

#[test]
fn a_task_is_scheduled_started_and_closed_in_this_order() {
    let entered_only = [started(), entered(0, 0)];
    history(&entered_only).refuses(&Event::TaskStarted { scope: ROOT }, "no task is scheduled");
    history(&entered_only).refuses(&succeeded(), "no task runs");
    history(&entered_only).refuses(&Event::HeartbeatRecorded { scope: ROOT }, "no task runs");
    history(&running()).refuses(&scheduled(), "scheduled before");
    history(&running()).refuses(&exited(0, None, None, Some(1)), "no result yet");
    history(&with(running(), [succeeded()])).refuses(&failed(), "no task runs");
    history(&with(running(), [Event::TaskSubmitted { scope: ROOT }]))
        .refuses(&Event::TaskSubmitted { scope: ROOT }, "parked already");
    let wait = Event::WaitStarted { scope: ROOT, until: Timestamp::from_millis(1) };
    history(&entered_only).refuses(&wait, "does not begin to wait");
}

#[test]
fn a_retrier_is_used_no_more_often_than_it_says() {
    history(&running()).refuses(&retry(0), "nothing has failed");
    history(&with(running(), [failed()])).refuses(&retry(1), "no such retrier");
    let again = [failed(), retry(0), scheduled(), Event::TaskStarted { scope: ROOT }, failed()];
    history(&with(running(), again)).refuses(&retry(0), "used up");
}

#[test]
fn a_state_is_left_by_what_it_has() {
    history(&with(running(), [failed()])).refuses(&exited(0, None, None, Some(1)), "no result yet");
    history(&with(running(), [failed()])).refuses(&exited(0, None, Some(1), Some(2)), "no such catcher");
    history(&with(running(), [succeeded()])).refuses(&exited(0, None, None, Some(9)), "no such state");
    let to_fail = with(running(), [succeeded(), exited(0, None, None, Some(3)), entered(0, 3)]);
    history(&to_fail).refuses(&exited(0, None, None, None), "not left but fails");
    history(&running()).refuses(&Event::ExecutionSucceeded, "the last state was not left");
}

#[test]
fn branches_begin_and_end_in_order() {
    let twice = Event::ParallelStarted { scope: ROOT, first: ScopeId(3), arguments: None };
    history(&branches()).refuses(&twice, "started before");
    let mut before = branches();
    before.pop();
    let elsewhere = Event::ParallelStarted { scope: ROOT, first: ScopeId(7), arguments: None };
    history(&before).refuses(&elsewhere, "numbered one after the other");
    history(&running())
        .refuses(&Event::ParallelStarted { scope: ROOT, first: ScopeId(1), arguments: None }, "no Parallel");
    history(&branches()).refuses(&Event::BranchSucceeded { scope: ScopeId(1) }, "not at its end");
    let ended = with(branches(), [entered(1, 0), exited(1, None, None, None)]);
    history(&ended).refuses(&Event::ParallelSucceeded { scope: ROOT }, "has not come to its end");
    history(&branches()).refuses(&Event::StateAborted { scope: ROOT }, "only a state of a branch");
    history(&branches()).refuses(&Event::StateAborted { scope: ScopeId(2) }, "only a state of a branch");
    let cut = with(branches(), [entered(2, 0), Event::StateAborted { scope: ScopeId(2) }]);
    let wait = Event::WaitStarted { scope: ScopeId(2), until: Timestamp::from_millis(1) };
    history(&cut).refuses(&wait, "cut off");
}

#[test]
fn nothing_follows_the_end_but_a_redrive() {
    let ended = [started(), Event::ExecutionAborted { error: error("Me", "") }];
    history(&ended).refuses(&entered(0, 0), "no place");
    history(&ended).refuses(&Event::ExecutionTimedOut, "no place");
    let good =
        with(running(), [succeeded(), exited(0, None, None, Some(2)), entered(0, 2), exited(0, None, None, None)]);
    let good = with(good, [Event::ExecutionSucceeded]);
    history(&good).refuses(&Event::ExecutionRedriven, "no place");
    let mut redriven = history(&ended);
    assert_eq!(redriven.try_apply(&Event::ExecutionRedriven), Ok(()));
}

#[test]
fn a_record_of_another_definition_says_so() {
    let mut history = History {
        machine: compile(&definition("S", json!({ "S": { "Type": "Succeed" } }))),
        execution: Execution::new(identity()),
    };
    for event in [started(), entered(0, 0)] {
        assert_eq!(history.try_apply(&event), Ok(()));
    }
    let refused = history.try_apply(&scheduled()).expect_err("it is no Task");
    assert_eq!(
        refused.to_string(),
        "event 3 `TaskScheduled` cannot follow here: the state is no Task; the record is damaged or belongs to another \
         definition [WF2003]"
    );
}
