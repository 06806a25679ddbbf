//! A definition made ready to run: states by index, expressions compiled, names shared.

mod compile;
mod distributed;
mod field;
mod handler;

pub(super) use distributed::*;
pub(super) use field::*;
pub(super) use handler::*;

use std::sync::Arc;

use super::{DataLimits, MachineError, StateIndex};
use crate::asl::{EXPRESS_SECONDS_MAX, StateMachine};

/// How long any execution may last, from its start and through all its redrives: AWS's year.
pub const EXECUTION_SECONDS_MAX: u64 = 31_536_000;

/// A container of states: the machine itself (0), or a branch, in the order of the definition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerIndex(pub u32);

/// A state machine made ready to run. Shared by all its executions.
#[derive(Debug)]
pub struct Machine {
    containers: Vec<Container>,
    timeout_seconds: Option<u64>,
    events_max: u64,
    data_limits: DataLimits,
}

/// States that lead to each other and to no others.
#[derive(Debug, Default)]
struct Container {
    start: StateIndex,
    nodes: Vec<Node>,
}

/// A state, ready to run.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: Arc<str>,
    pub(super) kind: NodeKind,
    /// How it is left when it went well; a Choice has one for its default.
    pub(super) exit: Exit,
    pub(super) retry: Vec<CompiledRetrier>,
    pub(super) catch: Vec<CompiledCatcher>,
}

/// What a state does.
#[derive(Debug)]
pub(super) enum NodeKind {
    Task(Box<TaskNode>),
    Choice { rules: Vec<Rule> },
    Parallel { arguments: Option<Field>, branches: Vec<ContainerIndex> },
    Map(Box<MapNode>),
    MapRun(Box<MapRunNode>),
    Wait(WaitUntil),
    Pass,
    Succeed,
    Fail { error: Option<Field>, cause: Option<Field> },
}

/// What a Task asks for.
#[derive(Debug)]
pub(super) struct TaskNode {
    pub(super) resource: Arc<str>,
    /// Whether an attempt is answered by its token.
    pub(super) takes_token: bool,
    /// Whether its expressions read the attempt's token: those of a job do, too.
    pub(super) shows_token: bool,
    pub(super) arguments: Option<Field>,
    pub(super) timeout: Option<Field>,
    pub(super) heartbeat: Option<Field>,
}

/// What a Map runs, and for which items.
#[derive(Debug)]
pub(super) struct MapNode {
    /// The state's input where absent.
    pub(super) items: Option<Field>,
    /// Gives an iteration its input; the item where absent.
    pub(super) selector: Option<Field>,
    pub(super) max_concurrency: Option<Field>,
    pub(super) processor: ContainerIndex,
}

/// When a Wait state ends.
#[derive(Debug)]
pub(super) enum WaitUntil {
    Seconds(Field),
    Timestamp(Field),
}

/// A Choice's rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) condition: Field,
    pub(super) exit: Exit,
}

/// How a state is left: all fields see the same snapshot.
#[derive(Debug, Default)]
pub(super) struct Exit {
    pub(super) assign: Vec<(Arc<str>, Field)>,
    pub(super) output: Option<Field>,
    pub(super) next: Option<StateIndex>,
}

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

impl NodeKind {
    pub(super) fn state_kind(&self) -> StateKind {
        match self {
            NodeKind::Task(_) => StateKind::Task,
            NodeKind::Choice { .. } => StateKind::Choice,
            NodeKind::Parallel { .. } => StateKind::Parallel,
            NodeKind::Map(_) | NodeKind::MapRun(_) => StateKind::Map,
            NodeKind::Wait(_) => StateKind::Wait,
            NodeKind::Pass => StateKind::Pass,
            NodeKind::Succeed => StateKind::Succeed,
            NodeKind::Fail { .. } => StateKind::Fail,
        }
    }
}

impl Node {
    /// Whether it has a result of its own, retriers and catchers.
    pub(super) fn has_result(&self) -> bool {
        matches!(self.kind, NodeKind::Task(_) | NodeKind::Parallel { .. } | NodeKind::Map(_) | NodeKind::MapRun(_))
    }

    fn state_ref(&self) -> StateRef<'_> {
        let resource = match &self.kind {
            NodeKind::Task(task) => Some(&task.resource),
            _ => None,
        };
        StateRef { name: &self.name, kind: self.kind.state_kind(), resource }
    }
}

impl Machine {
    /// Compiles every expression and resolves every name.
    ///
    /// # Errors
    /// Everything that cannot be run, at once.
    pub fn compile(machine: &StateMachine) -> Result<Self, Vec<MachineError>> {
        compile::compile(machine)
    }

    /// The state at this place.
    pub fn state(&self, container: ContainerIndex, state: StateIndex) -> Option<StateRef<'_>> {
        self.node(container, state).map(Node::state_ref)
    }

    /// Every state, containers in the order of the definition.
    pub fn states(&self) -> impl Iterator<Item = StateRef<'_>> {
        self.containers.iter().flat_map(|container| container.nodes.iter().map(Node::state_ref))
    }

    /// The budget of the whole execution.
    pub fn timeout_seconds(&self) -> Option<u64> {
        self.timeout_seconds
    }

    /// Events that an execution may have: [`EVENTS_MAX`](super::EVENTS_MAX), as on AWS, unless said otherwise.
    pub fn events_max(&self) -> u64 {
        self.events_max
    }

    /// Lets executions have other than [`EVENTS_MAX`](super::EVENTS_MAX) events. All that ever runs an execution must
    /// say the same.
    #[must_use]
    pub fn with_events_max(self, events_max: u64) -> Self {
        Self { events_max, ..self }
    }

    /// How much data its executions may hold: AWS's quotas unless said otherwise.
    pub fn data_limits(&self) -> DataLimits {
        self.data_limits
    }

    /// Lets executions hold other than AWS's quotas of data. Nothing that is recorded depends on it.
    #[must_use]
    pub fn with_data_limits(self, data_limits: DataLimits) -> Self {
        Self { data_limits, ..self }
    }

    /// As an Express machine: five minutes at most, and as many events as there are.
    #[must_use]
    pub fn express(self) -> Self {
        let timeout_seconds = self.timeout_seconds.map_or(EXPRESS_SECONDS_MAX, |own| own.min(EXPRESS_SECONDS_MAX));
        Self { events_max: u64::MAX, timeout_seconds: Some(timeout_seconds), ..self }
    }

    pub(super) fn node(&self, container: ContainerIndex, state: StateIndex) -> Option<&Node> {
        self.containers.get(container.0 as usize)?.nodes.get(state.0 as usize)
    }

    /// The `ItemSelector` of a distributed Map.
    pub(super) fn item_selector(&self, container: ContainerIndex, state: StateIndex) -> Option<&Field> {
        match &self.node(container, state)?.kind {
            NodeKind::MapRun(map) => map.selector.as_ref(),
            _ => None,
        }
    }

    /// Where a container begins; the first state where there is no such container.
    pub(super) fn start_of(&self, container: ContainerIndex) -> StateIndex {
        self.containers.get(container.0 as usize).map_or(StateIndex(0), |container| container.start)
    }
}
