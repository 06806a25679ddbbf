//! Where parts that are still being built will be called.

use crate::engine::{ExecutionIdentity, Machine, Record};
use crate::history::HistoryEvent;
use crate::payload::Type;
use crate::step::{ErrorOutput, StepError};

pub(super) fn check(_: &Type, _: &serde_json::Value) -> Result<(), Vec<String>> {
    Ok(())
}

pub(super) fn from_error<E: StepError>(error: &E) -> ErrorOutput {
    ErrorOutput { error: Some(error.error_name().to_owned()), cause: Some(error.to_string()) }
}

pub(super) fn decode<E: StepError>(_: &ErrorOutput) -> Option<E> {
    None
}

pub(super) fn message(output: &ErrorOutput) -> Option<String> {
    output.cause.clone()
}

pub(super) fn aws_events(_: &Machine, _: &ExecutionIdentity, _: &[Record]) -> Vec<HistoryEvent> {
    Vec::new()
}
