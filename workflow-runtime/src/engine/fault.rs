//! How the engine itself fails. What a workflow does wrong is no fault: it is an [`ErrorOutput`](crate::step::ErrorOutput).

use super::{Event, ExecutionStatus};

/// Why a state machine cannot be run here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{location}: {message} [{code}]")]
pub struct MachineError {
    /// `WF2001` for what is not run yet, `WF2002` for what is wrong.
    pub code: &'static str,
    /// JSON pointer: `/States/X/Output/v`.
    pub location: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// A record that does not fit what came before it: damaged data, another definition, or a bug of ours.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The event cannot happen here.
    #[error(
        "event {number} `{event}` cannot follow here: {reason}; the record is damaged or belongs to another definition [WF2003]"
    )]
    IllegalEvent {
        /// What number it would have had.
        number: u64,
        /// Its name.
        event: &'static str,
        /// Where the execution stood.
        status: Option<ExecutionStatus>,
        /// What stands against it.
        reason: String,
    },
}

impl ReplayError {
    pub(super) fn illegal(
        number: u64,
        status: Option<ExecutionStatus>,
        event: &Event,
        reason: impl Into<String>,
    ) -> Self {
        Self::IllegalEvent { number, event: event.name(), status, reason: reason.into() }
    }
}

/// A record that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// It was written by a newer version of this crate.
    #[error("record has format {found}, this version reads up to {supported}: use the version that wrote it [WF2004]")]
    Newer {
        /// Its format.
        found: u8,
        /// The newest that we read.
        supported: u8,
    },
    /// It is no record.
    #[error("record cannot be read: {reason} [WF2005]")]
    Damaged {
        /// What the reader said.
        reason: String,
    },
}

/// Why an input has no decision at all.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// Nothing but a start can come first.
    #[error("execution was not started yet: its first input is a start [WF2006]")]
    NotStarted,
    /// A start comes once.
    #[error("execution was started before [WF2006]")]
    AlreadyStarted,
    /// The input document is too large: AWS refuses it before the execution exists.
    #[error("input has {excess}: send a `Blob` or another reference to it instead [WF2007]")]
    InputTooLarge {
        /// How large it is, and which part of it.
        excess: String,
    },
    /// A decision contradicted the state that it was made for: a bug of ours. Drop the live execution and replay it.
    #[error(transparent)]
    Replay(#[from] ReplayError),
}
