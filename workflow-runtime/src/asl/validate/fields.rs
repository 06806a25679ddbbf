//! The values of the fields that only some types of state have.

use serde_json::Value;

use super::MAX_SECONDS;
use super::sites::expression;
use crate::asl::violation::{Location, Violation};
use crate::asl::{Parallel, State, Task, Wait, resource};
use crate::time::Timestamp;

/// `machine` is whether the machine as a whole is in JSONata.
pub(super) fn language(state: &State, machine: bool, at: &Location, faults: &mut Vec<Violation>) {
    match state.query_language() {
        Some("JSONPath") if machine => faults.push(Violation::schema(
            at,
            "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
        )),
        // Where the machine is in JSONPath, that is told at its root.
        None | Some("JSONata" | "JSONPath") => {}
        Some(_) => faults.push(Violation::schema(
            &at.field("QueryLanguage"),
            "Value should be one of the following: [JSONPath, JSONata]",
        )),
    }
}

pub(super) fn check(state: &State, at: &Location, faults: &mut Vec<Violation>) {
    match state {
        State::Task(state) => task(state, at, faults),
        State::Choice(state) if state.choices.is_empty() => empty("Choices", at, faults),
        State::Choice(state) => {
            for (index, rule) in state.choices.iter().enumerate() {
                if !rule.condition.is_boolean() && !is_expression(&rule.condition) {
                    let at = at.field("Choices").index(index).field("Condition");
                    faults.push(Violation::schema(&at, "Expected value of type [BOOLEAN]"));
                }
            }
        }
        State::Parallel(state) => parallel(state, at, faults),
        State::Map(state) => super::map::check(state, at, faults),
        State::Wait(state) => wait(state, at, faults),
        State::Pass(_) | State::Succeed(_) | State::Fail(_) => {}
    }
}

fn empty(field: &str, at: &Location, faults: &mut Vec<Violation>) {
    faults.push(Violation::schema(&at.field(field), "Value cannot be empty"));
}

/// Something in braces, rightly or wrongly: what is wrong with it is said with the expressions.
pub(super) fn is_expression(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with("{%") || text.ends_with("%}"))
}

pub(super) fn whole(
    value: Option<&Value>,
    min: u64,
    max: u64,
    at: &Location,
    faults: &mut Vec<Violation>,
) -> Option<u64> {
    let value = value.filter(|value| !is_expression(value))?;
    match value.as_u64() {
        Some(number) if (min..=max).contains(&number) => return Some(number),
        None if value.as_i64().is_none() => faults.push(Violation::schema(at, "Expected value of type [INTEGER]")),
        _ if (min, max) == (0, u64::MAX) => faults.push(Violation::schema(at, "Value cannot be negative")),
        _ => faults.push(Violation::schema(at, format!("Value should be between {min} and {max}"))),
    }
    None
}

fn task(task: &Task, at: &Location, faults: &mut Vec<Violation>) {
    super::resource::check(&task.resource, &at.field("Resource"), faults);
    if let Some(credentials) = &task.credentials
        && credentials.get("RoleArn").is_none()
    {
        let message = "The field 'RoleArn' is required but was missing";
        faults.push(Violation::schema(&at.field("Credentials"), message));
    }
    let timeout = whole(task.timeout_seconds.as_ref(), 1, MAX_SECONDS, &at.field("TimeoutSeconds"), faults);
    let heartbeat = whole(task.heartbeat_seconds.as_ref(), 1, MAX_SECONDS, &at.field("HeartbeatSeconds"), faults);
    if let (Some(timeout), Some(heartbeat)) = (timeout, heartbeat)
        && heartbeat >= timeout
    {
        let message = format!("HeartbeatSeconds ({heartbeat}) should be less than TimeoutSeconds ({timeout})");
        faults.push(Violation::schema(&at.field("HeartbeatSeconds"), message));
    }
    arguments(task, at, faults);
    if resource::waits_for_token(&task.resource) && task.timeout_seconds.is_none() {
        let message = "Without TimeoutSeconds this task waits for its answer for up to a year";
        faults.push(Violation::warning(at, message));
    }
}

fn arguments(task: &Task, at: &Location, faults: &mut Vec<Violation>) {
    let Some((service, action)) = resource::service_action(&task.resource) else { return };
    let at = at.field("Arguments");
    let Some(arguments) = &task.arguments else { return };
    if is_expression(arguments) {
        return;
    }
    if !arguments.is_object() {
        return faults.push(Violation::schema(&at, "Expected value of type [OBJECT]"));
    }
    let payload = arguments.get("Payload").filter(|_| service == "lambda");
    if payload.is_some_and(|payload| payload.is_number() || payload.is_boolean()) {
        let message = "Expected value of type [STRING, OBJECT, ARRAY, NULL]";
        faults
            .push(Violation::schema(&at.field("Payload"), message).with_help("write it as an expression: `{% 42 %}`"));
    }
    if action.ends_with(".waitForTaskToken") && !mentions_token(arguments) {
        let message = "Nothing hands out the token '$states.context.Task.Token', so nobody can answer this task";
        faults.push(Violation::warning(&at, message));
    }
}

fn mentions_token(value: &Value) -> bool {
    match value {
        // The whole context, or a variable that holds the token, may be sent as well.
        Value::String(text) => expression(text).is_some_and(|text| text.contains("$states.context")),
        Value::Array(items) => items.iter().any(mentions_token),
        Value::Object(fields) => fields.values().any(mentions_token),
        _ => false,
    }
}

fn parallel(parallel: &Parallel, at: &Location, faults: &mut Vec<Violation>) {
    if parallel.branches.is_empty() {
        empty("Branches", at, faults);
    }
    for (index, branch) in parallel.branches.iter().enumerate() {
        if branch.processor_config.is_some() {
            let at = at.field("Branches").index(index);
            faults.push(Violation::schema(&at, "Field 'ProcessorConfig' is not supported"));
        }
    }
}

fn wait(wait: &Wait, at: &Location, faults: &mut Vec<Violation>) {
    if wait.seconds.is_some() == wait.timestamp.is_some() {
        faults.push(Violation::schema(at, "Exactly one of these fields is required: [Seconds, Timestamp]"));
    }
    whole(wait.seconds.as_ref(), 0, MAX_SECONDS, &at.field("Seconds"), faults);
    if let Some(timestamp) = &wait.timestamp
        && !is_expression(timestamp)
    {
        match timestamp.as_str() {
            None => faults.push(Violation::schema(&at.field("Timestamp"), "Expected value of type [STRING]")),
            Some(text) if is_timestamp(text) => {}
            Some(_) => {
                let at = at.field("Timestamp");
                faults.push(Violation::schema(&at, "String does not match RFC3339 timestamp"));
            }
        }
    }
}

/// `2026-01-01T00:00:00.123Z`, with an uppercase `T` and a zone.
fn is_timestamp(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let digits = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(c, s)| if s == b'0' { c.is_ascii_digit() } else { c == s })
    };
    let Some(zone) = time.find(['Z', '+', '-']) else { return false };
    let (clock, zone) = time.split_at(zone);
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let fraction_is_one =
        fraction.is_none_or(|text| (1..=9).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit()));
    digits(date, "0000-00-00")
        && digits(clock, "00:00:00")
        && fraction_is_one
        && (zone == "Z" || digits(&zone[1..], "00:00"))
        && Timestamp::parse_rfc3339(text).is_some()
}
