//! What the records of an execution tell: its way, its variables, its sizes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::session::Recorded;
use crate::engine::{Event, Execution, ExecutionStatus, ScopeId};
use crate::history::{Status, Trail, TrailState, trail};
use crate::step::ErrorOutput;
use crate::time::Timestamp;

/// Bytes of JSON text that crossed a boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadSize {
    /// The state.
    pub state: String,
    /// Which of its documents.
    pub what: PayloadKind,
    /// How many bytes of JSON text; Step Functions takes 262,144.
    pub bytes: usize,
}

/// What crossed the boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayloadKind {
    /// What the state was entered with.
    Input,
    /// What its task, branches or iterations were given.
    Arguments,
    /// What its task yielded.
    Result,
    /// What it was left with.
    Output,
    /// A variable that it set.
    Variable,
}

impl std::fmt::Display for PayloadSize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.what {
            PayloadKind::Input => "input",
            PayloadKind::Arguments => "arguments",
            PayloadKind::Result => "result",
            PayloadKind::Output => "output",
            PayloadKind::Variable => "a variable set",
        };
        write!(f, "{} bytes, {what} of state `{}`", self.bytes, self.state)
    }
}

/// The variables that a state left behind.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    pub(crate) state: Arc<str>,
    pub(crate) variables: BTreeMap<String, Value>,
}

/// What the records of an execution tell.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) status: ExecutionStatus,
    pub(crate) output: Option<Value>,
    pub(crate) error: Option<ErrorOutput>,
    pub(crate) started: Timestamp,
    pub(crate) stopped: Option<Timestamp>,
    pub(crate) transitions: u64,
    pub(crate) retries: u64,
    pub(crate) events: u64,
    pub(crate) left: Vec<Left>,
    pub(crate) sizes: Vec<PayloadSize>,
    pub(crate) trail: Trail,
}

impl Facts {
    pub(crate) fn of(recorded: &Recorded) -> Self {
        let machine = recorded.machine();
        let mut execution = Execution::new(recorded.identity());
        let (mut left, mut sizes, mut transitions, mut retries) = (Vec::new(), Vec::new(), 0, 0);
        for record in &recorded.records {
            for event in &record.events {
                let state = scope_of(event).and_then(|scope| {
                    let current = execution.current_state(scope)?;
                    machine.state(current.container, current.state).map(|state| Arc::clone(state.name))
                });
                let exited = match event {
                    Event::StateExited { scope, .. } => Some(*scope),
                    _ => None,
                };
                if execution.apply(&machine, record.at, event).is_err() {
                    continue;
                }
                match event {
                    Event::StateEntered { .. } => transitions += 1,
                    Event::RetryScheduled { .. } => retries += 1,
                    _ => {}
                }
                let state = state.or_else(|| {
                    let current = execution.current_state(scope_of(event)?)?;
                    machine.state(current.container, current.state).map(|state| Arc::clone(state.name))
                });
                let Some(state) = state else { continue };
                measure(&mut sizes, &execution, &state, event);
                if let Some(scope) = exited {
                    left.push(Left { state, variables: variables(&execution, scope) });
                }
            }
        }
        Self {
            status: execution.status().unwrap_or(ExecutionStatus::Running),
            output: execution.output().map(|output| Value::clone(output)),
            error: execution.error().cloned(),
            started: execution.started_at().unwrap_or_default(),
            stopped: execution.stopped_at(),
            transitions,
            retries,
            events: execution.event_count(),
            left,
            sizes,
            trail: trail(&recorded.source, &recorded.records, execution.stopped_at()),
        }
    }

    /// Every state that was entered; branches and iterations one after the other.
    pub(crate) fn path(&self) -> Vec<String> {
        self.trail.states.iter().map(|state| state.name.clone()).collect()
    }

    /// The same without what branches had done that were cut off: that depends on who was quicker.
    pub(crate) fn settled_path(&self) -> Vec<String> {
        let mut path = Vec::new();
        let mut cut: Option<usize> = None;
        for state in &self.trail.states {
            if cut.is_some_and(|depth| state.depth > depth) {
                continue;
            }
            cut = (is_group(state) && state.status != Status::Succeeded).then_some(state.depth);
            path.push(state.name.clone());
        }
        path
    }
}

/// Whether other states run inside of it.
pub(crate) fn is_group(state: &TrailState) -> bool {
    matches!(state.kind, "Parallel" | "Map")
}

/// Whether the program does or waits for something there; the others only decide, carry on or end.
pub(crate) fn does_something(state: &TrailState) -> bool {
    matches!(state.kind, "Task" | "Wait")
}

fn variables(execution: &Execution, scope: ScopeId) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let mut at = Some(scope);
    while let Some(scope) = at {
        for (name, value) in execution.variables(scope) {
            all.entry(name.to_owned()).or_insert_with(|| Value::clone(value));
        }
        at = execution.parent_of(scope);
    }
    all
}

fn bytes(value: &Value) -> usize {
    value.to_string().len()
}

fn measure(sizes: &mut Vec<PayloadSize>, execution: &Execution, state: &str, event: &Event) {
    let mut add = |what, bytes| sizes.push(PayloadSize { state: state.to_owned(), what, bytes });
    match event {
        Event::StateEntered { scope, .. } => {
            add(PayloadKind::Input, execution.scope_value(*scope).map_or(0, |value| bytes(value)));
        }
        Event::TaskScheduled { arguments: Some(arguments), .. }
        | Event::ParallelStarted { arguments: Some(arguments), .. } => {
            add(PayloadKind::Arguments, bytes(arguments));
        }
        Event::MapIterationStarted { input: Some(input), .. } => add(PayloadKind::Arguments, bytes(input)),
        Event::TaskSucceeded { output, .. } => add(PayloadKind::Result, bytes(output)),
        Event::StateExited { scope, assigned, .. } => {
            add(PayloadKind::Output, execution.scope_value(*scope).map_or(0, |value| bytes(value)));
            for (_, value) in assigned {
                add(PayloadKind::Variable, bytes(value));
            }
        }
        _ => {}
    }
}

fn scope_of(event: &Event) -> Option<ScopeId> {
    match event {
        Event::StateEntered { scope, .. }
        | Event::TaskScheduled { scope, .. }
        | Event::TaskSucceeded { scope, .. }
        | Event::ParallelStarted { scope, .. }
        | Event::MapIterationStarted { scope, .. }
        | Event::StateExited { scope, .. } => Some(*scope),
        _ => None,
    }
}
