//! What every scope holds while its records are read: the values that the events leave out.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::asl::{State, StateMachine};
use crate::engine::{Event, ScopeId, StateIndex};
use crate::step::ErrorOutput;

/// The wire name of a missed timeout or heartbeat.
pub(super) const TIMEOUT: &str = "States.Timeout";

/// A scope as of the last event.
#[derive(Clone, Debug)]
pub(super) struct Scope<'m> {
    states: &'m IndexMap<String, State>,
    /// The current state's input, or the last state's output.
    pub(super) value: Arc<Value>,
    /// The state that it is in.
    pub(super) current: Option<(&'m str, &'m State)>,
    result: Option<Arc<Value>>,
    /// What the current state failed with last.
    pub(super) error: Option<ErrorOutput>,
    /// The scope that opened this one.
    pub(super) parent: Option<ScopeId>,
    /// The branches that run for the current state.
    branches: Vec<ScopeId>,
}

/// All scopes as of the last event.
#[derive(Debug)]
pub(super) struct Fold<'m> {
    machine: &'m StateMachine,
    pub(super) scopes: BTreeMap<ScopeId, Scope<'m>>,
}

impl<'m> Fold<'m> {
    pub(super) fn new(machine: &'m StateMachine) -> Self {
        Self { machine, scopes: BTreeMap::new() }
    }

    pub(super) fn value(&self, scope: ScopeId) -> Arc<Value> {
        self.scopes.get(&scope).map(|scope| Arc::clone(&scope.value)).unwrap_or_default()
    }

    /// The state that the scope is in.
    pub(super) fn current(&self, scope: ScopeId) -> Option<(&'m str, &'m State)> {
        self.scopes.get(&scope)?.current
    }

    /// The state of this place in the scope's container.
    pub(super) fn state(&self, scope: ScopeId, state: StateIndex) -> Option<(&'m str, &'m State)> {
        let (name, state) = self.scopes.get(&scope)?.states.get_index(state.0 as usize)?;
        Some((name, state))
    }

    /// The scopes of the branches that run for the scope's current state.
    pub(super) fn branches(&self, scope: ScopeId) -> &[ScopeId] {
        self.scopes.get(&scope).map_or(&[], |scope| &scope.branches)
    }

    /// What the state's output is, given what its event says.
    pub(super) fn output(&self, scope: ScopeId, output: Option<&Value>, caught: bool) -> Arc<Value> {
        if let Some(output) = output {
            return Arc::new(output.clone());
        }
        let Some(scope) = self.scopes.get(&scope) else { return Arc::default() };
        match &scope.error {
            Some(error) if caught => Arc::new(error_value(error)),
            _ => scope.result.clone().unwrap_or_else(|| Arc::clone(&scope.value)),
        }
    }

    /// Takes the event in.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::ExecutionStarted { input, .. } => {
                let machine = self.machine;
                self.scopes.insert(ScopeId(0), Scope::new(&machine.states, input.share(), None));
            }
            Event::StateEntered { scope, state } => {
                let current = self.state(*scope, *state);
                if let Some(scope) = self.scopes.get_mut(scope) {
                    (scope.current, scope.result, scope.error) = (current, None, None);
                    scope.branches.clear();
                }
            }
            Event::TaskSucceeded { scope, output } => self.set(*scope, |scope| scope.result = Some(output.share())),
            Event::TaskFailed { scope, error }
            | Event::EvaluationFailed { scope, error, .. }
            | Event::ParallelFailed { scope, error } => {
                self.set(*scope, |scope| scope.error = Some(error.clone()));
            }
            Event::TaskTimedOut { scope, .. } => self.set(*scope, |scope| {
                // AWS hands an empty text on, although its event has none.
                let (error, cause) = (Some(TIMEOUT.to_owned()), Some(String::new()));
                scope.error = Some(ErrorOutput { error, cause });
            }),
            Event::ParallelStarted { scope, first, arguments } => {
                let input = arguments.as_ref().map_or_else(|| self.value(*scope), crate::json::Json::share);
                self.open_branches(*scope, *first, &input);
            }
            Event::ParallelSucceeded { scope } => {
                let outputs = self.branches(*scope).iter().map(|branch| (*self.value(*branch)).clone()).collect();
                self.set(*scope, |scope| scope.result = Some(Arc::new(Value::Array(outputs))));
            }
            Event::StateExited { scope, output, catcher, .. } => {
                let value = self.output(*scope, output.as_deref(), catcher.is_some());
                self.set(*scope, |scope| (scope.value, scope.current) = (value, None));
            }
            _ => {}
        }
    }

    fn set(&mut self, scope: ScopeId, change: impl FnOnce(&mut Scope<'m>)) {
        if let Some(scope) = self.scopes.get_mut(&scope) {
            change(scope);
        }
    }

    fn open_branches(&mut self, scope: ScopeId, first: ScopeId, input: &Arc<Value>) {
        let Some((_, state)) = self.current(scope) else { return };
        let mut opened = Vec::new();
        for (id, branch) in (first.0..).map(ScopeId).zip(state.branches()) {
            self.scopes.insert(id, Scope::new(&branch.states, Arc::clone(input), Some(scope)));
            opened.push(id);
        }
        self.set(scope, |scope| scope.branches = opened);
    }
}

impl<'m> Scope<'m> {
    fn new(states: &'m IndexMap<String, State>, value: Arc<Value>, parent: Option<ScopeId>) -> Self {
        Self { states, value, current: None, result: None, error: None, parent, branches: Vec::new() }
    }
}

fn error_value(error: &ErrorOutput) -> Value {
    json!({ "Error": error.error, "Cause": error.cause })
}
