//! The live state of an execution: the fold of its events.

mod apply;
mod branches;
mod context;
mod iterations;
mod map_run;
mod scope;
mod token;
mod variables;
mod waiting;

pub(super) use apply::{error_output, located, timed_out};
pub(super) use scope::*;
pub use waiting::Waiting;
pub(super) use waiting::{delay_timer, task_timers};

use std::collections::BTreeMap;

use super::{
    ContainerIndex, EXECUTION_SECONDS_MAX, Event, ExecutionIdentity, ExecutionStatus, Machine, Parent, Record,
    ReplayError, ScopeId, StateIndex, TaskId,
};
use crate::json::Json;
use crate::step::ErrorOutput;
use crate::time::Timestamp;

/// The scope of the execution itself.
pub(super) const ROOT: ScopeId = ScopeId(0);

/// One durable run. Changed by [`Execution::apply`] alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution {
    identity: ExecutionIdentity,
    status: Option<ExecutionStatus>,
    seed: u64,
    input: Json,
    parent: Option<Parent>,
    output: Option<Json>,
    error: Option<ErrorOutput>,
    started_at: Option<Timestamp>,
    stopped_at: Option<Timestamp>,
    redriven_at: Option<Timestamp>,
    redrive_count: u32,
    event_count: u64,
    scopes: BTreeMap<ScopeId, Scope>,
    next_scope: u32,
    /// The attempts and map runs that run, and where.
    tasks: BTreeMap<TaskId, ScopeId>,
}

/// A state that a scope is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurrentState {
    /// In which container.
    pub container: ContainerIndex,
    /// Which state: look it up by [`Machine::state`].
    pub state: StateIndex,
    /// The number of its `*StateEntered` event.
    pub entered_event: u64,
    /// When.
    pub entered_at: Timestamp,
    /// 1 before the first retry.
    pub attempt: u32,
}

impl Execution {
    /// Before its first event.
    pub fn new(identity: ExecutionIdentity) -> Self {
        Self {
            identity,
            status: None,
            seed: 0,
            input: Json::default(),
            parent: None,
            output: None,
            error: None,
            started_at: None,
            stopped_at: None,
            redriven_at: None,
            redrive_count: 0,
            event_count: 0,
            scopes: BTreeMap::new(),
            next_scope: 0,
            tasks: BTreeMap::new(),
        }
    }

    /// The fold of all records.
    ///
    /// # Errors
    /// A record does not fit the one before it.
    pub fn replay<'a>(
        identity: ExecutionIdentity,
        machine: &Machine,
        records: impl IntoIterator<Item = &'a Record>,
    ) -> Result<Self, ReplayError> {
        let mut execution = Self::new(identity);
        for record in records {
            for event in &record.events {
                execution.apply(machine, record.at, event)?;
            }
        }
        Ok(execution)
    }

    /// The only thing that changes an execution.
    ///
    /// # Errors
    /// The event cannot happen here; nothing was changed.
    pub fn apply(&mut self, machine: &Machine, at: Timestamp, event: &Event) -> Result<(), ReplayError> {
        let number = self.event_count + u64::from(event.is_numbered());
        self.fold(machine, at, event, number)
            .map_err(|reason| ReplayError::illegal(number, self.status, event, reason))?;
        self.event_count = number;
        Ok(())
    }

    /// What it is called.
    pub fn identity(&self) -> &ExecutionIdentity {
        &self.identity
    }

    /// `None` before the first event.
    pub fn status(&self) -> Option<ExecutionStatus> {
        self.status
    }

    /// The input document; `null` before the first event.
    pub fn input(&self) -> &Json {
        &self.input
    }

    /// The task that started it, where one did.
    pub fn parent(&self) -> Option<&Parent> {
        self.parent.as_ref()
    }

    /// Whether this attempt runs or is parked.
    pub fn is_open(&self, task: TaskId) -> bool {
        self.status == Some(ExecutionStatus::Running) && self.scope_of(task).is_some()
    }

    /// The output, once it succeeded.
    pub fn output(&self) -> Option<&Json> {
        self.output.as_ref()
    }

    /// Why it failed or was stopped.
    pub fn error(&self) -> Option<&ErrorOutput> {
        self.error.as_ref()
    }

    /// When it was started.
    pub fn started_at(&self) -> Option<Timestamp> {
        self.started_at
    }

    /// When it ended.
    pub fn stopped_at(&self) -> Option<Timestamp> {
        self.stopped_at
    }

    /// Events of AWS's history so far: the number of the last one.
    pub fn event_count(&self) -> u64 {
        self.event_count
    }

    /// How often it was redriven.
    pub fn redrive_count(&self) -> u32 {
        self.redrive_count
    }

    /// When it was redriven last.
    pub fn redriven_at(&self) -> Option<Timestamp> {
        self.redriven_at
    }

    /// A scope's container; `None` for a scope that is no more.
    pub fn container_of(&self, scope: ScopeId) -> Option<ContainerIndex> {
        self.scopes.get(&scope).map(|scope| scope.container)
    }

    /// The state that a scope is in.
    pub fn current_state(&self, scope: ScopeId) -> Option<CurrentState> {
        let scope = self.scopes.get(&scope)?;
        let visit = scope.visit()?;
        Some(CurrentState {
            container: scope.container,
            state: visit.state,
            entered_event: visit.entered_event,
            entered_at: visit.entered_at,
            attempt: visit.retries.saturating_add(1),
        })
    }

    /// A scope's current value: its state's input, or its last state's output.
    pub fn scope_value(&self, scope: ScopeId) -> Option<&Json> {
        self.scopes.get(&scope).map(|scope| &scope.value)
    }

    /// The scope in which a branch's scope was opened.
    pub fn parent_of(&self, scope: ScopeId) -> Option<ScopeId> {
        self.scopes.get(&scope)?.parent
    }

    /// A scope's variables by name, without those of outer scopes.
    pub fn variables(&self, scope: ScopeId) -> impl Iterator<Item = (&str, &Json)> {
        let variables = self.scopes.get(&scope).map(|scope| scope.variables.iter());
        variables.into_iter().flatten().map(|(name, value)| (name.as_ref(), value))
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) fn scope(&self, scope: ScopeId) -> Option<&Scope> {
        self.scopes.get(&scope)
    }

    pub(super) fn scopes(&self) -> impl Iterator<Item = (ScopeId, &Scope)> {
        self.scopes.iter().map(|(id, scope)| (*id, scope))
    }

    /// The branches or iterations that a scope has opened, in their order; of a Map those that run.
    pub(super) fn children(&self, parent: ScopeId) -> impl Iterator<Item = (ScopeId, &Scope)> {
        let opened = self.scopes.get(&parent).and_then(Scope::opened);
        let range = opened.map_or(ScopeId(0)..ScopeId(0), Opened::range);
        self.scopes.range(range).map(|(id, scope)| (*id, scope))
    }

    /// The scope in which this attempt runs.
    pub(super) fn scope_of(&self, task: TaskId) -> Option<ScopeId> {
        self.tasks.get(&task).copied()
    }

    /// Which item of its Map a scope is for; `None` for what is no iteration.
    pub fn iteration_of(&self, scope: ScopeId) -> Option<u32> {
        let opened = self.scopes.get(&self.parent_of(scope)?).and_then(Scope::opened)?;
        opened.map.as_ref()?;
        scope.0.checked_sub(opened.first.0)
    }

    /// The variable as a scope sees it: its own, or one of the scopes around it.
    pub(super) fn variable(&self, scope: ScopeId, name: &str) -> Option<&Json> {
        let mut at = self.scopes.get(&scope);
        while let Some(scope) = at {
            if let Some(value) = scope.variables.get(name) {
                return Some(value);
            }
            at = self.scopes.get(&scope.parent?);
        }
        None
    }

    /// The number that the next numbered event gets.
    pub(super) fn next_event(&self) -> u64 {
        self.event_count + 1
    }

    /// The number that the next scope gets.
    pub(super) fn next_scope(&self) -> ScopeId {
        ScopeId(self.next_scope)
    }

    /// When the machine's own timeout or a year ends it.
    pub(super) fn deadline(&self, machine: &Machine) -> Option<Timestamp> {
        let started = self.started_at?;
        let year = after(started, EXECUTION_SECONDS_MAX);
        let since = self.redriven_at.unwrap_or(started);
        Some(machine.timeout_seconds().map_or(year, |seconds| after(since, seconds).min(year)))
    }

    /// Whether it has lasted for a year.
    pub(super) fn is_overdue(&self, now: Timestamp) -> bool {
        self.started_at.is_some_and(|started| after(started, EXECUTION_SECONDS_MAX) <= now)
    }

    /// The same where it has a timer of its own: a year is watched without.
    pub(super) fn own_deadline(&self, machine: &Machine) -> Option<Timestamp> {
        machine.timeout_seconds().and_then(|_| self.deadline(machine))
    }
}
