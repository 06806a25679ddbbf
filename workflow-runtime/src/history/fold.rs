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
    /// The iterations of the current state.
    map: Option<Iterations>,
    /// What the children of a map run have yielded.
    told: Vec<Arc<Value>>,
}

/// A Map's items and results so far.
#[derive(Clone, Debug)]
struct Iterations {
    first: ScopeId,
    items: Arc<Value>,
    results: BTreeMap<u32, Arc<Value>>,
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
                    scope.map = None;
                    scope.told.clear();
                }
            }
            Event::TaskSucceeded { scope, output } => self.set(*scope, |scope| scope.result = Some(output.share())),
            Event::TaskFailed { scope, error }
            | Event::EvaluationFailed { scope, error, .. }
            | Event::ParallelFailed { scope, error }
            | Event::MapFailed { scope, error }
            | Event::MapRunFailed { scope, error } => {
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
            Event::MapStarted { scope, first, items, .. } => {
                let items = items.as_ref().map_or_else(|| self.value(*scope), crate::json::Json::share);
                let map = Iterations { first: *first, items, results: BTreeMap::new() };
                self.set(*scope, |scope| scope.map = Some(map));
            }
            Event::MapIterationStarted { scope, index, input } => {
                self.open_iteration(*scope, *index, input.as_ref().map(crate::json::Json::share));
            }
            Event::MapIterationSucceeded { scope } => self.close_iteration(*scope),
            Event::MapRunStarted { scope, .. } => self.set(*scope, |scope| scope.told.clear()),
            Event::MapRunProgressed { scope, mark, results } => self.set(*scope, |scope| {
                if mark.overflow {
                    scope.told.clear();
                } else {
                    scope.told.extend(results.iter().map(crate::json::Json::share));
                }
            }),
            Event::MapRunSucceeded { scope, output } => self.set(*scope, |scope| {
                let told = std::mem::take(&mut scope.told);
                let list = || Arc::new(Value::Array(told.into_iter().map(Arc::unwrap_or_clone).collect()));
                scope.result = Some(output.as_ref().map_or_else(list, crate::json::Json::share));
            }),
            // That of a distributed Map was told by its map run.
            Event::MapSucceeded { scope } => self.set(*scope, |scope| {
                if scope.map.is_none() && scope.result.is_some() {
                    return;
                }
                let results = scope.map.take().map(|map| map.results).unwrap_or_default();
                let results = results.into_values().map(Arc::unwrap_or_clone).collect();
                scope.result = Some(Arc::new(Value::Array(results)));
            }),
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

    /// Whether the scope is in a distributed Map.
    pub(super) fn is_distributed(&self, scope: ScopeId) -> bool {
        matches!(self.current(scope), Some((_, State::Map(map))) if map.item_processor.is_distributed())
    }

    /// The scope of the Map that a scope is an iteration of, and of which item.
    pub(super) fn iteration(&self, scope: ScopeId) -> Option<(ScopeId, u32)> {
        let parent = self.scopes.get(&scope)?.parent?;
        let map = self.scopes.get(&parent)?.map.as_ref()?;
        Some((parent, scope.0.checked_sub(map.first.0)?))
    }

    /// The scope of an iteration of the scope's Map.
    pub(super) fn iteration_scope(&self, scope: ScopeId, index: u32) -> Option<ScopeId> {
        let map = self.scopes.get(&scope)?.map.as_ref()?;
        map.first.0.checked_add(index).map(ScopeId)
    }

    fn open_iteration(&mut self, scope: ScopeId, index: u32, input: Option<Arc<Value>>) {
        let Some(id) = self.iteration_scope(scope, index) else { return };
        let Some((_, state)) = self.current(scope) else { return };
        let Some(processor) = state.branches().first() else { return };
        let item = || {
            let items = &self.scopes.get(&scope)?.map.as_ref()?.items;
            items.get(index as usize).cloned().map(Arc::new)
        };
        let input = input.or_else(item).unwrap_or_default();
        self.scopes.insert(id, Scope::new(&processor.states, input, Some(scope)));
    }

    fn close_iteration(&mut self, scope: ScopeId) {
        let Some((parent, index)) = self.iteration(scope) else { return };
        let Some(iteration) = self.scopes.remove(&scope) else { return };
        self.set(parent, |parent| {
            if let Some(map) = &mut parent.map {
                map.results.insert(index, iteration.value);
            }
        });
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
        Self {
            states,
            value,
            current: None,
            result: None,
            error: None,
            parent,
            branches: Vec::new(),
            map: None,
            told: Vec::new(),
        }
    }
}

fn error_value(error: &ErrorOutput) -> Value {
    json!({ "Error": error.error, "Cause": error.cause })
}
