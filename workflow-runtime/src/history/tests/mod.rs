//! Hand-made records: what the engine writes for each of AWS's canonical sequences.

mod aws;
mod trails;

use serde_json::{Value, json};

use crate::asl::StateMachine;
use crate::engine::{Event, Record, ScopeId, StateIndex};
use crate::step::ErrorOutput;
use crate::time::Timestamp;

const ROOT: ScopeId = ScopeId(0);
/// 2026-01-01T10:00:00Z
const START: i64 = 1_767_261_600_000;

fn machine(states: &Value) -> StateMachine {
    let first = states.as_object().and_then(|states| states.keys().next()).cloned().unwrap_or_default();
    let document = json!({ "QueryLanguage": "JSONata", "StartAt": first, "States": states });
    serde_json::from_value(document).expect("a machine")
}

/// Records, one for each group of events, at milliseconds after the start.
fn records(groups: Vec<(i64, Vec<Event>)>) -> Vec<Record> {
    let at = |millis| Timestamp::from_millis(START + millis);
    groups.into_iter().map(|(millis, events)| Record { at: at(millis), events }).collect()
}

fn started() -> Event {
    Event::ExecutionStarted { input: json!({ "n": 1 }).into(), seed: 7 }
}

fn entered(scope: u32, state: u32) -> Event {
    Event::StateEntered { scope: ScopeId(scope), state: StateIndex(state) }
}

fn exited(scope: u32, next: Option<u32>) -> Event {
    let next = next.map(StateIndex);
    Event::StateExited { scope: ScopeId(scope), output: None, assigned: Vec::new(), catcher: None, next }
}

fn caught(scope: u32, next: u32) -> Event {
    let next = Some(StateIndex(next));
    Event::StateExited { scope: ScopeId(scope), output: None, assigned: Vec::new(), catcher: Some(0), next }
}

fn scheduled(scope: u32) -> Event {
    let timeout_seconds = Some(30);
    Event::TaskScheduled { scope: ScopeId(scope), arguments: None, timeout_seconds, heartbeat_seconds: None }
}

fn task_started(scope: u32) -> Event {
    Event::TaskStarted { scope: ScopeId(scope) }
}

fn succeeded(scope: u32, output: &Value) -> Event {
    Event::TaskSucceeded { scope: ScopeId(scope), output: output.clone().into() }
}

fn error(name: &str, cause: &str) -> ErrorOutput {
    ErrorOutput { error: Some(name.to_owned()), cause: Some(cause.to_owned()) }
}

fn failed(scope: u32, name: &str, cause: &str) -> Event {
    Event::TaskFailed { scope: ScopeId(scope), error: error(name, cause) }
}

fn retry(scope: u32, due: i64) -> Event {
    Event::RetryScheduled { scope: ScopeId(scope), retrier: 0, due: Timestamp::from_millis(START + due) }
}

fn parallel_started(scope: u32, first: u32) -> Event {
    Event::ParallelStarted { scope: ScopeId(scope), first: ScopeId(first), arguments: None }
}
