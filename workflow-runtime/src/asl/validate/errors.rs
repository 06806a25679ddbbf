//! Retriers and catchers.

use super::MAX_SECONDS;
use crate::asl::violation::{Location, Violation};
use crate::asl::{Retrier, State};

/// `MaxDelaySeconds` stays below one year and a day.
const MAX_DELAY: u64 = 31_622_400;

/// The reserved names, of which `States.Http.` is a family.
const RESERVED: &[&str] = &[
    "States.ALL",
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.Http.Socket",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
];

pub(super) fn check(state: &State, at: &Location, faults: &mut Vec<Violation>) {
    let retry = at.field("Retry");
    for (index, retrier) in state.retry().iter().enumerate() {
        let at = retry.index(index);
        names(&retrier.error_equals, &at, index + 1 == state.retry().len(), faults);
        ranges(retrier, &at, faults);
    }
    let catch = at.field("Catch");
    for (index, catcher) in state.catch().iter().enumerate() {
        names(&catcher.error_equals, &catch.index(index), index + 1 == state.catch().len(), faults);
    }
}

fn names(names: &[String], at: &Location, last: bool, faults: &mut Vec<Violation>) {
    let at = at.field("ErrorEquals");
    if names.is_empty() {
        return faults.push(Violation::schema(&at, "Value cannot be empty"));
    }
    if names.iter().any(|name| name == "States.ALL") {
        if names.len() > 1 {
            faults.push(Violation::schema(&at, "'States.ALL' must appear alone in 'ErrorEquals'"));
        } else if !last {
            faults.push(Violation::schema(&at, "'States.ALL' must appear in the last retrier or catcher"));
        }
    }
    for (index, name) in names.iter().enumerate() {
        if name.starts_with("States.") && !name.starts_with("States.Http.") && !RESERVED.contains(&name.as_str()) {
            let message = format!("'{name}' is not one of the reserved error names, which start with 'States.'");
            faults.push(Violation::warning(&at.index(index), message));
        }
        if name == "States.Runtime" {
            let message = "'States.Runtime' is never retried and never caught";
            faults.push(Violation::warning(&at.index(index), message));
        }
    }
}

fn ranges(retrier: &Retrier, at: &Location, faults: &mut Vec<Violation>) {
    let whole = [
        ("IntervalSeconds", retrier.interval_seconds, 1, MAX_SECONDS),
        ("MaxAttempts", retrier.max_attempts, 0, MAX_SECONDS),
        ("MaxDelaySeconds", retrier.max_delay_seconds, 1, MAX_DELAY),
    ];
    for (field, value, min, max) in whole {
        if value.is_some_and(|value| value < min || value > max) {
            faults.push(Violation::schema(&at.field(field), format!("Value should be between {min} and {max}")));
        }
    }
    let interval = retrier.interval_seconds.unwrap_or(1);
    if let Some(delay) = retrier.max_delay_seconds.filter(|delay| (1..interval).contains(delay))
        && interval <= MAX_SECONDS
    {
        let message =
            format!("MaxDelaySeconds ({delay}) is less than IntervalSeconds ({interval}): every delay is cut");
        faults.push(Violation::warning(&at.field("MaxDelaySeconds"), message));
    }
    if retrier.backoff_rate.as_ref().is_some_and(|rate| rate.as_f64().is_none_or(|rate| rate < 1.0)) {
        faults.push(Violation::schema(&at.field("BackoffRate"), "Value should be 1.0 or more"));
    }
    if retrier.jitter_strategy.as_deref().is_some_and(|strategy| strategy != "NONE" && strategy != "FULL") {
        faults
            .push(Violation::schema(&at.field("JitterStrategy"), "Value should be one of the following: [NONE, FULL]"));
    }
}
