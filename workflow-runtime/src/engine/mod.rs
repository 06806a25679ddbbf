//! The heart: what happens next, as a pure function. No I/O, no clock, no randomness, no tokio.
//!
//! [`decide`] looks at an [`Execution`] and an [`Input`] and says which [`Event`]s are now facts and which [`Effect`]s
//! follow; [`Execution::apply`] is the only thing that changes an execution. The live path and recovery both use it.

mod event;
mod execution;
mod fault;
mod identity;
mod limits;
mod machine;
mod map_run;
mod size;
mod step;

pub use event::*;
pub use execution::*;
pub use fault::*;
pub use identity::*;
pub use limits::{DataLimits, Excess, PAYLOAD_BYTES_MAX, PAYLOAD_DEPTH_MAX, TURN_BYTES_MAX, VARIABLES_BYTES_MAX};
pub use machine::*;
pub use map_run::*;
pub use size::exceeds_data_limit;
pub use step::{EVENTS_MAX, REDRIVES_MAX, decide, step};

use serde_json::Value;
use std::sync::Arc;

use crate::step::{ErrorOutput, TaskToken};
use crate::time::Timestamp;

/// Something that happened to an execution.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Input {
    /// It was started; always the first.
    Start {
        /// The input document.
        input: Arc<Value>,
        /// From which tokens, jitter, `$uuid()` and `$random()` are derived.
        seed: u64,
    },
    /// It was started by a task of another execution; the first, instead of [`Input::Start`].
    StartBy {
        /// The input document.
        input: Arc<Value>,
        /// As in [`Input::Start`].
        seed: u64,
        /// Whose task.
        parent: Parent,
    },
    /// A task's result: of the step's function, or of whoever held the token.
    TaskSucceeded {
        /// Which attempt.
        task: TaskId,
        /// The result.
        output: Arc<Value>,
    },
    /// A callback step's function has returned; the answer is still to come.
    TaskSubmitted {
        /// Which attempt.
        task: TaskId,
    },
    /// A task's job has been begun elsewhere; its end is still to come.
    JobSubmitted {
        /// Which attempt.
        task: TaskId,
        /// What the service answered: for an execution its `ExecutionArn` and `StartDate`.
        output: Arc<Value>,
    },
    /// A map run has come further.
    MapRunProgressed {
        /// Which one.
        run: TaskId,
        /// How far it is now.
        mark: MapRunMark,
        /// The results since the last time, in the order of the items; of those that go to files, the blobs that they name.
        results: Vec<Arc<Value>>,
    },
    /// The results of a map run are in somebody's own files, or all of those that it will have are written.
    MapRunWriting {
        /// Which one.
        run: TaskId,
        /// Whose files.
        owner: u64,
        /// How far it is.
        mark: MapRunMark,
        /// It is going to fail with this.
        error: Option<ErrorOutput>,
    },
    /// A map run has ended.
    MapRunEnded {
        /// Which one.
        run: TaskId,
        /// How.
        end: MapRunEnd,
    },
    /// A task's failure.
    TaskFailed {
        /// Which attempt.
        task: TaskId,
        /// Name and cause.
        error: ErrorOutput,
    },
    /// A sign of life.
    TaskHeartbeat {
        /// Which attempt.
        task: TaskId,
    },
    /// A timer that an [`Effect::SetTimer`] asked for is due.
    TimerFired {
        /// Which one.
        timer: TimerId,
    },
    /// Somebody stops it.
    Stop {
        /// For people.
        error: ErrorOutput,
    },
    /// Somebody starts it again from where it failed.
    Redrive,
    /// A new owner takes it over and is told all that is to be done: attempts that were running and not parked run again
    /// under their numbers, with new clocks; parked ones, retry delays and Waits keep their deadlines.
    Recover,
}

/// One attempt of a Task state: the number of its `*Scheduled` event. Or a map run: that of its `MapRunStarted` event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct TaskId(pub u64);

/// A timer, told apart by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerId {
    /// An attempt's timeout.
    TaskTimeout(TaskId),
    /// An attempt's heartbeat.
    TaskHeartbeat(TaskId),
    /// A retry's delay in this scope.
    Retry(ScopeId),
    /// A Wait state in this scope.
    Wait(ScopeId),
    /// The machine's own timeout.
    Execution,
}

/// Work to do once the events are durable; at least once, so that whoever does it must expect repetition.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Effect {
    /// Run an attempt.
    StartTask(TaskRequest),
    /// The attempt's job was submitted under an earlier owner: wait for its end again.
    AwaitJob(TaskRequest),
    /// Begin a map run, or go on with it where it is.
    StartMapRun(Box<MapRunRequest>),
    /// Nobody waits for this attempt or map run any more.
    CancelTask(TaskId),
    /// Answer [`Input::TimerFired`] at `due`; a timer of the same id is replaced.
    SetTimer {
        /// Which one.
        timer: TimerId,
        /// When.
        due: Timestamp,
    },
    /// This timer is not needed any more.
    CancelTimer(TimerId),
    /// The execution has ended; [`Execution::status`] says how.
    Ended,
}

/// An attempt to run.
#[derive(Clone, Debug)]
pub struct TaskRequest {
    /// Which attempt.
    pub task: TaskId,
    /// The state's name.
    pub state: Arc<str>,
    /// The state's `Resource`.
    pub resource: Arc<str>,
    /// The evaluated `Arguments`.
    pub arguments: Arc<Value>,
    /// 1 for the first attempt in this visit.
    pub attempt: u32,
    /// The number of the `TaskStateEntered` event: the same for each attempt of a visit.
    pub visit: u64,
    /// The token of this attempt, for resources that end in `.waitForTaskToken` and for activities.
    pub token: Option<TaskToken>,
}

/// What [`decide`] answers.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Decision {
    /// New facts, in order. Empty for an input that changes nothing.
    pub events: Vec<Event>,
    /// What to do once they are durable.
    pub effects: Vec<Effect>,
    /// Set where the input came too late or named nothing that is open: how to answer whoever sent it.
    pub stale: Option<Stale>,
}

/// Why an input changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stale {
    /// The task ended before (`TaskTimedOut` to AWS's callers).
    TaskClosed,
    /// There never was such a task.
    TaskUnknown,
    /// The execution has ended.
    ExecutionClosed,
    /// Only a failed, timed out or stopped execution can be redriven.
    NotRedrivable,
    /// Nothing waits for this timer any more.
    TimerObsolete,
}

/// Where an execution stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ExecutionStatus {
    /// Not ended.
    Running,
    /// Ended with an output.
    Succeeded,
    /// Ended with an error.
    Failed,
    /// Ran past the machine's `TimeoutSeconds`.
    TimedOut,
    /// Stopped by somebody.
    Aborted,
}
