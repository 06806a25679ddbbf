//! A definition made ready to run: states by index, expressions compiled, names shared.

use std::sync::Arc;

use super::{MachineError, StateIndex};
use crate::asl::StateMachine;

/// A container of states: the machine itself (0), or a branch, in the order of the definition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerIndex(pub u32);

/// A state machine made ready to run. Shared by all its executions.
#[derive(Debug)]
pub struct Machine {}

/// A state of a [`Machine`].
#[derive(Clone, Copy, Debug)]
pub struct StateRef<'a> {
    /// Its name.
    pub name: &'a Arc<str>,
    /// Its type.
    pub kind: StateKind,
    /// A Task's resource.
    pub resource: Option<&'a Arc<str>>,
}

/// The type of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "ASL's own words")]
pub enum StateKind {
    Task,
    Choice,
    Parallel,
    Map,
    Wait,
    Pass,
    Succeed,
    Fail,
}

impl StateKind {
    /// ASL's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Task => "Task",
            Self::Choice => "Choice",
            Self::Parallel => "Parallel",
            Self::Map => "Map",
            Self::Wait => "Wait",
            Self::Pass => "Pass",
            Self::Succeed => "Succeed",
            Self::Fail => "Fail",
        }
    }
}

impl Machine {
    /// Compiles every expression and resolves every name.
    ///
    /// # Errors
    /// Everything that cannot be run, at once.
    pub fn compile(_machine: &StateMachine) -> Result<Self, Vec<MachineError>> {
        todo!()
    }

    /// The state at this place.
    pub fn state(&self, _container: ContainerIndex, _state: StateIndex) -> Option<StateRef<'_>> {
        todo!()
    }

    /// Every state, containers in the order of the definition.
    pub fn states(&self) -> impl Iterator<Item = StateRef<'_>> {
        std::iter::empty()
    }

    /// The budget of the whole execution.
    pub fn timeout_seconds(&self) -> Option<u64> {
        todo!()
    }
}
