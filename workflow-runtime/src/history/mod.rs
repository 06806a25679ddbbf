//! AWS-shaped history events and the readable audit trail, both derived from the engine's records.
//!
//! Pure: it folds what was recorded over the machine that ran. Records that do not fit the machine give less, never a panic.

mod details;
mod events;
mod fold;
mod mask;
#[cfg(test)]
mod tests;
mod trail;

pub use events::aws_events;
pub use mask::Masking;
pub(crate) use mask::mask_error;
pub use trail::{Attempt, Line, Outcome, Problem, Status, Trail, TrailState, Waits, trail};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A history event as AWS writes it: `GetExecutionHistory` of `shared` SDKs reads it unchanged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEvent {
    /// From 1, dense.
    pub id: u64,
    /// The event that caused it; 0 for none.
    pub previous_event_id: u64,
    /// Seconds since the epoch with fraction.
    pub timestamp: f64,
    /// `TaskStateEntered`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `stateEnteredEventDetails` and the like: one key, or none.
    #[serde(flatten)]
    pub details: Map<String, Value>,
}
