//! The facts of an execution. Their fold is its state; AWS's history is derived from them.
//!
//! Compact on purpose: an output that equals what is known already is not written again. Append-only: a new meaning is a
//! new variant at the end, since records are stored by variant number.

use serde::{Deserialize, Serialize};

use super::{MapRunMark, MapRunPlan, Parent, RecordError};
use crate::json::Json;
use crate::step::ErrorOutput;
use crate::time::Timestamp;

/// One branch or iteration, or the execution itself (0). Numbers are never used again within an execution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScopeId(pub u32);

/// A state within its scope's container, in the order of the definition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StateIndex(pub u32);

/// What one commit adds to an execution: the facts that one input brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When.
    pub at: Timestamp,
    /// In order.
    pub events: Vec<Event>,
}

/// A fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Event {
    /// Always the first.
    ExecutionStarted {
        /// The input document.
        input: Json,
        /// From which tokens, jitter, `$uuid()` and `$random()` are derived.
        seed: u64,
    },
    /// A state was entered with the scope's current value as its input.
    StateEntered {
        /// Where.
        scope: ScopeId,
        /// Which state.
        state: StateIndex,
    },
    /// An expression failed.
    EvaluationFailed {
        /// Where.
        scope: ScopeId,
        /// `States.QueryEvaluationError` and AWS's text.
        error: ErrorOutput,
        /// The field, `Output/v`.
        location: String,
    },
    /// An attempt was asked for.
    TaskScheduled {
        /// Where.
        scope: ScopeId,
        /// The evaluated `Arguments`; `None` where they are the state's input.
        arguments: Option<Json>,
        /// Where declared.
        timeout_seconds: Option<u64>,
        /// Where declared.
        heartbeat_seconds: Option<u64>,
    },
    /// The attempt's clocks run from here.
    TaskStarted {
        /// Where.
        scope: ScopeId,
    },
    /// A callback step handed out its token.
    TaskSubmitted {
        /// Where.
        scope: ScopeId,
    },
    /// The attempt's result.
    TaskSucceeded {
        /// Where.
        scope: ScopeId,
        /// The result.
        output: Json,
    },
    /// The attempt failed.
    TaskFailed {
        /// Where.
        scope: ScopeId,
        /// Name and cause.
        error: ErrorOutput,
    },
    /// The attempt ran past its timeout, or its heartbeat was missed.
    TaskTimedOut {
        /// Where.
        scope: ScopeId,
        /// Whether it was the heartbeat.
        heartbeat: bool,
    },
    /// Not in AWS's history: a retrier took the failure.
    RetryScheduled {
        /// Where.
        scope: ScopeId,
        /// Which retrier of the state.
        retrier: u32,
        /// When the next attempt is due.
        due: Timestamp,
    },
    /// Not in AWS's history: a Wait state's end is known.
    WaitStarted {
        /// Where.
        scope: ScopeId,
        /// When it ends.
        until: Timestamp,
    },
    /// Not in AWS's history: a sign of life.
    HeartbeatRecorded {
        /// Where.
        scope: ScopeId,
    },
    /// Branches run from here, each in a scope of its own: `first`, `first + 1`, ..
    ParallelStarted {
        /// Where.
        scope: ScopeId,
        /// The first branch's scope.
        first: ScopeId,
        /// The branches' input; `None` where it is the state's input.
        arguments: Option<Json>,
    },
    /// Not in AWS's history: a branch came to its end with its scope's current value.
    BranchSucceeded {
        /// The branch's scope.
        scope: ScopeId,
    },
    /// All branches have come to their end.
    ParallelSucceeded {
        /// Where.
        scope: ScopeId,
    },
    /// A branch failed.
    ParallelFailed {
        /// Where.
        scope: ScopeId,
        /// The branch's error.
        error: ErrorOutput,
    },
    /// A state of a branch was cut off (`TaskStateAborted`, `WaitStateAborted`, `ParallelStateAborted`).
    StateAborted {
        /// The branch's scope.
        scope: ScopeId,
    },
    /// A state was left.
    StateExited {
        /// Where.
        scope: ScopeId,
        /// The output; `None` where it is the result (Task, Parallel, Map), the error output (on a catcher) or the input (others).
        output: Option<Json>,
        /// Variables that were set.
        assigned: Vec<(String, Json)>,
        /// Which catcher took the failure.
        catcher: Option<u32>,
        /// Where to; `None` at the end of the scope.
        next: Option<StateIndex>,
    },
    /// The end: the output is the root scope's current value.
    ExecutionSucceeded,
    /// The end.
    ExecutionFailed {
        /// Name and cause.
        error: ErrorOutput,
    },
    /// The end, by the machine's own timeout.
    ExecutionTimedOut,
    /// The end, by somebody's hand.
    ExecutionAborted {
        /// What they said.
        error: ErrorOutput,
    },
    /// It goes on from where it failed.
    ExecutionRedriven,
    /// Not in AWS's history: a new owner runs the attempt again, since the one before went away while it ran. Its clocks
    /// start anew.
    TaskReissued {
        /// Where.
        scope: ScopeId,
    },
    /// Not in AWS's history: follows [`Event::ExecutionStarted`] where a task of another execution started this one.
    StartedBy {
        /// Whose task.
        parent: Parent,
    },
    /// A task's job was begun elsewhere.
    JobSubmitted {
        /// Where.
        scope: ScopeId,
        /// What the service answered.
        output: Json,
    },
    /// A Map has its items: iteration `i` runs in scope `first + i`.
    MapStarted {
        /// Where.
        scope: ScopeId,
        /// The first iteration's scope.
        first: ScopeId,
        /// The items, an array; `None` where they are the state's input.
        items: Option<Json>,
        /// At most so many iterations run at once.
        at_once: u32,
    },
    /// An iteration began.
    MapIterationStarted {
        /// The Map's scope.
        scope: ScopeId,
        /// Which item, from 0: iterations begin in their order.
        index: u32,
        /// Its input; `None` where it is the item.
        input: Option<Json>,
    },
    /// An iteration came to its end with its scope's current value.
    MapIterationSucceeded {
        /// The iteration's scope.
        scope: ScopeId,
    },
    /// An iteration failed, and with it the Map.
    MapIterationFailed {
        /// The iteration's scope.
        scope: ScopeId,
    },
    /// An iteration was cut off.
    MapIterationAborted {
        /// The iteration's scope.
        scope: ScopeId,
    },
    /// All iterations have come to their end.
    MapSucceeded {
        /// Where.
        scope: ScopeId,
    },
    /// An iteration failed, or the items could not be had.
    MapFailed {
        /// Where.
        scope: ScopeId,
        /// Why.
        error: ErrorOutput,
    },
    /// A distributed Map was evaluated.
    DistributedMapStarted {
        /// Where.
        scope: ScopeId,
        /// How many items it has; 0 where they are read.
        length: u64,
    },
    /// Children run from here, each an execution of its own.
    MapRunStarted {
        /// Where.
        scope: ScopeId,
        /// What it is called.
        arn: String,
        /// What is to be done.
        plan: Box<MapRunPlan>,
    },
    /// Not in AWS's history: children have come to their end.
    MapRunProgressed {
        /// Where.
        scope: ScopeId,
        /// How far it is.
        mark: MapRunMark,
        /// The results since the last time; of those that go to files, the blobs that they name.
        results: Vec<Json>,
    },
    /// All children have come to their end, and not too many have failed.
    MapRunSucceeded {
        /// Where.
        scope: ScopeId,
        /// The result; `None` where it is the list of the results that were told.
        output: Option<Json>,
    },
    /// The items could not be read, too many children failed, or the results could not be written.
    MapRunFailed {
        /// Where.
        scope: ScopeId,
        /// Why.
        error: ErrorOutput,
    },
    /// The map run was cut off.
    MapRunAborted {
        /// Where.
        scope: ScopeId,
    },
    /// Not in AWS's history: in whose files the results stand from here on.
    MapRunWriting {
        /// Where.
        scope: ScopeId,
        /// Who writes.
        owner: u64,
        /// How far it is: so much of the files is copied.
        mark: MapRunMark,
        /// Nothing more is written, and the map run fails with this.
        error: Option<ErrorOutput>,
    },
}

impl Event {
    /// Its name, without its data.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ExecutionStarted { .. } => "ExecutionStarted",
            Self::StateEntered { .. } => "StateEntered",
            Self::EvaluationFailed { .. } => "EvaluationFailed",
            Self::TaskScheduled { .. } => "TaskScheduled",
            Self::TaskStarted { .. } => "TaskStarted",
            Self::TaskSubmitted { .. } => "TaskSubmitted",
            Self::TaskSucceeded { .. } => "TaskSucceeded",
            Self::TaskFailed { .. } => "TaskFailed",
            Self::TaskTimedOut { .. } => "TaskTimedOut",
            Self::RetryScheduled { .. } => "RetryScheduled",
            Self::WaitStarted { .. } => "WaitStarted",
            Self::HeartbeatRecorded { .. } => "HeartbeatRecorded",
            Self::ParallelStarted { .. } => "ParallelStarted",
            Self::BranchSucceeded { .. } => "BranchSucceeded",
            Self::ParallelSucceeded { .. } => "ParallelSucceeded",
            Self::ParallelFailed { .. } => "ParallelFailed",
            Self::StateAborted { .. } => "StateAborted",
            Self::StateExited { .. } => "StateExited",
            Self::ExecutionSucceeded => "ExecutionSucceeded",
            Self::ExecutionFailed { .. } => "ExecutionFailed",
            Self::ExecutionTimedOut => "ExecutionTimedOut",
            Self::ExecutionAborted { .. } => "ExecutionAborted",
            Self::ExecutionRedriven => "ExecutionRedriven",
            Self::TaskReissued { .. } => "TaskReissued",
            Self::StartedBy { .. } => "StartedBy",
            Self::JobSubmitted { .. } => "JobSubmitted",
            Self::MapStarted { .. } => "MapStarted",
            Self::MapIterationStarted { .. } => "MapIterationStarted",
            Self::MapIterationSucceeded { .. } => "MapIterationSucceeded",
            Self::MapIterationFailed { .. } => "MapIterationFailed",
            Self::MapIterationAborted { .. } => "MapIterationAborted",
            Self::MapSucceeded { .. } => "MapSucceeded",
            Self::MapFailed { .. } => "MapFailed",
            Self::DistributedMapStarted { .. } => "DistributedMapStarted",
            Self::MapRunStarted { .. } => "MapRunStarted",
            Self::MapRunProgressed { .. } => "MapRunProgressed",
            Self::MapRunSucceeded { .. } => "MapRunSucceeded",
            Self::MapRunFailed { .. } => "MapRunFailed",
            Self::MapRunAborted { .. } => "MapRunAborted",
            Self::MapRunWriting { .. } => "MapRunWriting",
        }
    }

    /// Whether AWS's history has it, so that it takes a number.
    pub const fn is_numbered(&self) -> bool {
        !matches!(
            self,
            Self::RetryScheduled { .. }
                | Self::WaitStarted { .. }
                | Self::HeartbeatRecorded { .. }
                | Self::BranchSucceeded { .. }
                | Self::TaskReissued { .. }
                | Self::StartedBy { .. }
                | Self::MapRunProgressed { .. }
                | Self::MapRunWriting { .. }
        )
    }

    /// Whether the execution ends with it.
    pub const fn is_terminal(&self) -> bool {
        matches!(
            self,
            Self::ExecutionSucceeded
                | Self::ExecutionFailed { .. }
                | Self::ExecutionTimedOut
                | Self::ExecutionAborted { .. }
        )
    }
}

/// The format that [`Record::encode`] writes.
const RECORD_FORMAT: u8 = 1;

/// Most records are smaller.
const RECORD_BYTES: usize = 512;

impl Record {
    /// As stored: a format byte, then postcard.
    pub fn encode(&self) -> Vec<u8> {
        self.encode_by(&mut Vec::new())
    }

    /// As [`encode`](Self::encode), by way of a buffer that can be used again.
    pub(crate) fn encode_by(&self, buffer: &mut Vec<u8>) -> Vec<u8> {
        let mut bytes = std::mem::take(buffer);
        bytes.clear();
        bytes.reserve(RECORD_BYTES);
        bytes.push(RECORD_FORMAT);
        // Fails only where a map has a key that JSON cannot write; `Value` has none such.
        *buffer = postcard::to_extend(self, bytes).unwrap_or_default();
        buffer.as_slice().to_vec()
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// Written by a newer version, or damaged. Never panics.
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        let damaged = |reason: String| RecordError::Damaged { reason };
        let (format, body) = bytes.split_first().ok_or_else(|| damaged("it is empty".to_owned()))?;
        match *format {
            RECORD_FORMAT => {}
            0 => return Err(damaged("there is no format 0".to_owned())),
            found => return Err(RecordError::Newer { found, supported: RECORD_FORMAT }),
        }
        let (record, rest) = postcard::take_from_bytes(body).map_err(|error| damaged(error.to_string()))?;
        if rest.is_empty() { Ok(record) } else { Err(damaged(format!("{} bytes too many", rest.len()))) }
    }
}
