//! The readable trail: what a person wants to know of an execution, in the order in which it happened.

mod brief;
mod build;
mod message;
mod render;

pub use build::trail;
pub use render::Line;

use serde::Serialize;

use crate::time::Timestamp;

/// What became of an execution, state by state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trail {
    /// When it was started.
    pub started: Option<Timestamp>,
    /// Visits to states in the order in which they began; a Parallel's branches and a Map's iterations follow it one after the other.
    pub states: Vec<TrailState>,
    /// How it stands.
    pub outcome: Outcome,
    /// When somebody started it again from where it had failed.
    pub redriven: Vec<Timestamp>,
    /// When it was looked at.
    pub now: Option<Timestamp>,
}

/// How an execution stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "status", rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Outcome {
    /// It has not ended.
    Running,
    /// It ended well.
    Succeeded {
        /// When.
        at: Timestamp,
    },
    /// It ended with an error.
    Failed {
        /// When.
        at: Timestamp,
        /// Why.
        problem: Problem,
    },
    /// It ran past the machine's own timeout.
    TimedOut {
        /// When.
        at: Timestamp,
    },
    /// Somebody stopped it.
    Aborted {
        /// When.
        at: Timestamp,
        /// What they said.
        problem: Option<Problem>,
    },
}

/// An error as people read it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Its name; empty where none was given.
    pub error: String,
    /// What happened, taken out of the cause's JSON.
    pub message: String,
}

/// What became of a state, an attempt, or a line of the trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Status {
    /// It went well.
    Succeeded,
    /// It is being worked on.
    Running,
    /// It waits for a time, an answer or its next attempt.
    Waiting,
    /// It failed, and a catcher took the failure.
    Caught,
    /// It failed.
    Failed,
    /// It was cut off by something else.
    Aborted,
}

/// A visit to a state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrailState {
    /// The state's name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// How many Parallels and Maps it is inside of.
    pub depth: usize,
    /// The first state of a branch or an iteration.
    pub opens_branch: bool,
    /// For which item of the innermost Map, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
    /// What became of it.
    pub status: Status,
    /// When it was entered.
    pub started: Timestamp,
    /// When it was left, or cut off.
    pub ended: Option<Timestamp>,
    /// Calls of a Task, rounds of a Parallel or a Map.
    pub attempts: Vec<Attempt>,
    /// What it failed with at last.
    pub problem: Option<Problem>,
    /// Where it led to: the way a Choice took, the handler that a catcher names.
    pub next: Option<String>,
    /// What it waits or waited for.
    pub waits: Option<Waits>,
}

/// One call of a Task, or one round of a Parallel or a Map.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attempt {
    /// When.
    pub started: Timestamp,
    /// When it was run again since its process had gone: its clocks count from there.
    pub reissued: Option<Timestamp>,
    /// Until when.
    pub ended: Option<Timestamp>,
    /// Why it failed.
    pub problem: Option<Problem>,
    /// When the next one is due, where a retrier took the failure.
    pub retry_due: Option<Timestamp>,
    /// The ARN of the execution that it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution: Option<String>,
    /// Its timeout, where declared.
    #[serde(skip)]
    pub(crate) timeout_seconds: Option<u64>,
    #[serde(skip)]
    pub(crate) heartbeat_seconds: Option<u64>,
}

/// What a state waits or waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "for", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Waits {
    /// A time.
    Time {
        /// When it ends.
        until: Timestamp,
    },
    /// The end of an execution that it started.
    Execution {
        /// Since when.
        since: Timestamp,
        /// When it times out.
        until: Option<Timestamp>,
    },
    /// Somebody's answer.
    Answer {
        /// Since when.
        since: Timestamp,
        /// When it times out.
        until: Option<Timestamp>,
    },
    /// The children of a distributed Map.
    Children {
        /// How many had come to their end when it was told last.
        ended: u64,
        /// How many of them had failed.
        failed: u64,
    },
}
