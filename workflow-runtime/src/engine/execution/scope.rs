//! Where a scope stands.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::engine::{ContainerIndex, MapRunMark, MapRunPlan, ScopeId, StateIndex, TaskId};
use crate::json::Json;
use crate::step::ErrorOutput;
use crate::time::Timestamp;

/// The execution itself, or a branch of it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) struct Scope {
    pub(in crate::engine) parent: Option<ScopeId>,
    pub(in crate::engine) container: ContainerIndex,
    /// The input of the current state, or the output of the last one.
    pub(in crate::engine) value: Json,
    pub(in crate::engine) variables: BTreeMap<Arc<str>, Json>,
    /// No fewer bytes than these variables' JSON texts have.
    pub(in crate::engine) variables_at_most: usize,
    pub(in crate::engine) position: Position,
    /// Cut off by a sibling's failure; kept for a redrive.
    pub(in crate::engine) aborted: bool,
}

/// Between states, in one, or through.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "scopes are in a state nearly all of the time")]
pub(in crate::engine) enum Position {
    /// This one is entered next.
    Next(StateIndex),
    /// In a state.
    In(Visit),
    /// The last state was left.
    End,
    /// A branch that came to its end.
    Done,
}

/// One visit to a state, retries included.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) struct Visit {
    pub(in crate::engine) state: StateIndex,
    pub(in crate::engine) entered_at: Timestamp,
    pub(in crate::engine) entered_event: u64,
    /// Retries in this visit, of all retriers.
    pub(in crate::engine) retries: u32,
    /// Retries of each retrier; empty before the first.
    pub(in crate::engine) counters: Vec<u32>,
    pub(in crate::engine) phase: Phase,
    /// The last attempt that was scheduled: its token is known until the state is left.
    pub(in crate::engine) task: Option<TaskId>,
    /// What it has opened; kept when it fails, for a redrive.
    pub(in crate::engine) opened: Option<Opened>,
}

/// The scopes of branches or iterations: `first`, `first + 1`, ..
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) struct Opened {
    pub(in crate::engine) first: ScopeId,
    pub(in crate::engine) count: u32,
    /// How many have come to their end.
    pub(in crate::engine) done: u32,
    /// A Map's.
    pub(in crate::engine) map: Option<Iterations>,
}

/// The items of a Map, kept once, and how far it is. An iteration has a scope only while it runs.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) struct Iterations {
    /// An array.
    pub(in crate::engine) items: Json,
    pub(in crate::engine) at_once: u32,
    pub(in crate::engine) started: u32,
    /// By index; as long as what came to its end so far needs.
    pub(in crate::engine) results: Vec<Option<Json>>,
}

/// What a visited state is doing.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) enum Phase {
    /// Nothing yet.
    Entered,
    /// An attempt was asked for; its clocks do not run.
    Scheduled(Attempt),
    /// An attempt runs, or is parked.
    Running(Attempt),
    /// There is a result.
    Succeeded(Json),
    /// There is an error.
    Failed(ErrorOutput),
    /// The next attempt is due then.
    Retrying { due: Timestamp },
    /// The Wait ends then.
    Waiting { until: Timestamp },
    /// Branches or iterations run.
    Branches,
    /// A map run's children run.
    MapRun(Box<MapRun>),
}

/// A map run, and how far it is.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) struct MapRun {
    pub(in crate::engine) run: TaskId,
    pub(in crate::engine) arn: Arc<str>,
    pub(in crate::engine) started_at: Timestamp,
    pub(in crate::engine) plan: Arc<MapRunPlan>,
    pub(in crate::engine) mark: MapRunMark,
    /// In whose files the results stand; 0 for whoever began it.
    pub(in crate::engine) owner: u64,
    /// Everything is written, and it fails with this.
    pub(in crate::engine) failing: Option<ErrorOutput>,
    /// In the order of the items, where they are kept.
    pub(in crate::engine) results: Vec<Json>,
}

/// One attempt of a Task.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) struct Attempt {
    pub(in crate::engine) task: TaskId,
    pub(in crate::engine) arguments: Option<Json>,
    pub(in crate::engine) timeout_seconds: Option<u64>,
    pub(in crate::engine) heartbeat_seconds: Option<u64>,
    /// When its clocks began to run.
    pub(in crate::engine) started_at: Timestamp,
    /// The last sign of life.
    pub(in crate::engine) alive_at: Timestamp,
    /// Parked: the function has returned, the answer is still to come.
    pub(in crate::engine) submitted: bool,
    /// What the service answered that runs its job.
    pub(in crate::engine) job: Option<Json>,
}

impl Attempt {
    pub(in crate::engine) fn timeout_due(&self) -> Option<Timestamp> {
        self.timeout_seconds.map(|seconds| after(self.started_at, seconds))
    }

    pub(in crate::engine) fn heartbeat_due(&self) -> Option<Timestamp> {
        self.heartbeat_seconds.map(|seconds| after(self.alive_at, seconds))
    }
}

/// So many seconds later, saturating.
pub(in crate::engine) fn after(at: Timestamp, seconds: u64) -> Timestamp {
    at.plus_millis(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000))
}

impl Opened {
    /// The numbers of its scopes, whether they are there or not.
    pub(in crate::engine) fn range(&self) -> Range<ScopeId> {
        self.first..ScopeId(self.first.0.saturating_add(self.count))
    }

    /// The item that begins next, if one may begin now.
    pub(in crate::engine) fn next_item(&self) -> Option<u32> {
        let map = self.map.as_ref()?;
        let running = map.started.saturating_sub(self.done);
        (map.started < self.count && running < map.at_once).then_some(map.started)
    }
}

impl Iterations {
    pub(in crate::engine) fn item(&self, index: u32) -> Option<&Value> {
        self.items.get(index as usize)
    }
}

impl Scope {
    pub(in crate::engine) fn new(
        parent: Option<ScopeId>,
        container: ContainerIndex,
        start: StateIndex,
        value: Json,
    ) -> Self {
        let position = Position::Next(start);
        Self { parent, container, value, variables: BTreeMap::new(), variables_at_most: 0, position, aborted: false }
    }

    pub(in crate::engine) fn visit(&self) -> Option<&Visit> {
        match &self.position {
            Position::In(visit) => Some(visit),
            _ => None,
        }
    }

    /// What the visited state has opened.
    pub(in crate::engine) fn opened(&self) -> Option<&Opened> {
        self.visit()?.opened.as_ref()
    }

    /// The map run that this scope waits for.
    pub(in crate::engine) fn map_run(&self) -> Option<&MapRun> {
        match &self.visit()?.phase {
            Phase::MapRun(run) if !self.aborted => Some(run),
            _ => None,
        }
    }

    /// The attempt that runs here.
    pub(in crate::engine) fn running(&self) -> Option<&Attempt> {
        match &self.visit()?.phase {
            Phase::Running(attempt) if !self.aborted => Some(attempt),
            _ => None,
        }
    }
}
