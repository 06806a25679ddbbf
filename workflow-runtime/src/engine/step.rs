//! One input, as far as it carries.

use serde_json::Value;

use super::{Decision, EngineError, Execution, Input, Machine};
use crate::time::Timestamp;

/// Decides and applies in one pass: what a runtime uses. Runs on until every scope waits or the execution has ended.
///
/// # Errors
/// On [`EngineError::Replay`] the execution may be half changed: drop it and replay.
pub fn step(
    _machine: &Machine,
    _execution: &mut Execution,
    _input: &Input,
    _now: Timestamp,
) -> Result<Decision, EngineError> {
    todo!()
}

/// What an input leads to, without changing anything.
///
/// # Errors
/// As [`step`].
pub fn decide(
    machine: &Machine,
    execution: &Execution,
    input: &Input,
    now: Timestamp,
) -> Result<Decision, EngineError> {
    step(machine, &mut execution.clone(), input, now)
}

/// Whether a value's JSON text has more than 262,144 bytes.
pub fn exceeds_data_limit(_value: &Value) -> bool {
    todo!()
}
