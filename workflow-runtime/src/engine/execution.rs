//! The live state of an execution: the fold of its events.

use std::sync::Arc;

use super::{
    ContainerIndex, Effect, Event, ExecutionIdentity, ExecutionStatus, Machine, Record, ReplayError, ScopeId,
    StateIndex, TaskId,
};
use crate::json::Json;
use crate::step::{ErrorOutput, TaskToken};
use crate::time::Timestamp;

/// One durable run. Changed by [`Execution::apply`] alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution {}

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
}

/// Something that a running execution waits for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Waiting {
    /// A step is running.
    Step {
        /// The state's name.
        state: Arc<str>,
        /// Which attempt.
        task: TaskId,
        /// 1 for the first.
        attempt: u32,
        /// When it was started.
        since: Timestamp,
    },
    /// Somebody's answer.
    Answer {
        /// The state's name.
        state: Arc<str>,
        /// Which attempt.
        task: TaskId,
        /// 1 for the first.
        attempt: u32,
        /// To be answered with.
        token: TaskToken,
        /// The first of the attempt's timeouts.
        until: Option<Timestamp>,
    },
    /// A retry's delay.
    Retry {
        /// The state's name.
        state: Arc<str>,
        /// When the next attempt is due.
        until: Timestamp,
        /// Retries in this visit, this one included.
        retries: u32,
    },
    /// A Wait state.
    Time {
        /// The state's name.
        state: Arc<str>,
        /// When it ends.
        until: Timestamp,
    },
}

impl Execution {
    /// Before its first event.
    pub fn new(_identity: ExecutionIdentity) -> Self {
        todo!()
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
    pub fn apply(&mut self, _machine: &Machine, _at: Timestamp, _event: &Event) -> Result<(), ReplayError> {
        todo!()
    }

    /// What it is called.
    pub fn identity(&self) -> &ExecutionIdentity {
        todo!()
    }
    /// `None` before the first event.
    pub fn status(&self) -> Option<ExecutionStatus> {
        todo!()
    }
    /// The input document; `null` before the first event.
    pub fn input(&self) -> &Json {
        todo!()
    }
    /// The output, once it succeeded.
    pub fn output(&self) -> Option<&Json> {
        todo!()
    }
    /// Why it failed or was stopped.
    pub fn error(&self) -> Option<&ErrorOutput> {
        todo!()
    }
    /// When it was started.
    pub fn started_at(&self) -> Option<Timestamp> {
        todo!()
    }
    /// When it ended.
    pub fn stopped_at(&self) -> Option<Timestamp> {
        todo!()
    }
    /// Events of AWS's history so far: the number of the last one.
    pub fn event_count(&self) -> u64 {
        todo!()
    }
    /// How often it was redriven.
    pub fn redrive_count(&self) -> u32 {
        todo!()
    }
    /// When it was redriven last.
    pub fn redriven_at(&self) -> Option<Timestamp> {
        todo!()
    }
    /// A scope's container; `None` for a scope that is no more.
    pub fn container_of(&self, _scope: ScopeId) -> Option<ContainerIndex> {
        todo!()
    }
    /// The state that a scope is in.
    pub fn current_state(&self, _scope: ScopeId) -> Option<CurrentState> {
        todo!()
    }
    /// A scope's current value: its state's input, or its last state's output.
    pub fn scope_value(&self, _scope: ScopeId) -> Option<&Json> {
        todo!()
    }
    /// The scope in which a branch's scope was opened.
    pub fn parent_of(&self, _scope: ScopeId) -> Option<ScopeId> {
        todo!()
    }
    /// A scope's variables by name, without those of outer scopes.
    pub fn variables(&self, _scope: ScopeId) -> impl Iterator<Item = (&str, &Json)> {
        std::iter::empty()
    }
    /// What it waits for; empty once it ended.
    pub fn waiting(&self, _machine: &Machine) -> Vec<Waiting> {
        todo!()
    }
    /// What a new owner has to do: start again what was running and not parked, set every timer.
    pub fn pending_effects(&self, _machine: &Machine) -> Vec<Effect> {
        todo!()
    }
    /// The token of an attempt: `NUMBER-TASK-PROOF`.
    pub fn token_of(&self, _task: TaskId) -> TaskToken {
        todo!()
    }
    /// The attempt that a token belongs to, if it is genuine; it may be closed by now.
    pub fn verify_token(&self, _token: &str) -> Option<TaskId> {
        todo!()
    }
}
