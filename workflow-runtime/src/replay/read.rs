//! Histories as they are written: by `history --json`, by `Execution::history`, by `aws stepfunctions get-execution-history`.

use serde_json::{Map, Value};

use super::UnreadableHistory;
use crate::step::ErrorOutput;
use crate::time::Timestamp;

/// An event as it was recorded.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    pub(super) id: u64,
    pub(super) previous: u64,
    pub(super) at: Timestamp,
    pub(super) kind: String,
    details: Map<String, Value>,
}

impl Recorded {
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.details.get(key)?.as_str()
    }

    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.details.get(key)?.as_u64()
    }

    /// A document, which travels as text; `None` where it was left out or cut.
    pub(super) fn document(&self, key: &str) -> Option<Value> {
        let truncated = self.details.get(&format!("{key}Details")).and_then(|it| it.get("truncated"));
        if truncated == Some(&Value::Bool(true)) {
            return None;
        }
        serde_json::from_str(self.text(key)?).ok()
    }

    /// Variables that were set.
    pub(super) fn assigned(&self) -> Map<String, Value> {
        let Some(Value::Object(variables)) = self.details.get("assignedVariables") else { return Map::new() };
        let read = |(name, text): (&String, &Value)| Some((name.clone(), serde_json::from_str(text.as_str()?).ok()?));
        variables.iter().filter_map(read).collect()
    }

    pub(super) fn error(&self) -> ErrorOutput {
        ErrorOutput { error: self.text("error").map(str::to_owned), cause: self.text("cause").map(str::to_owned) }
    }

    /// `TaskStateEntered` is one, and so is `FailStateEntered`.
    pub(super) fn entered(&self) -> Option<&str> {
        self.kind.ends_with("StateEntered").then(|| self.text("name")).flatten()
    }

    pub(super) fn exited(&self) -> Option<&str> {
        self.kind.ends_with("StateExited").then(|| self.text("name")).flatten()
    }

    /// Which of a task's events it is, whatever runs the task: `Scheduled`, `Succeeded`.
    pub(super) fn of_task(&self) -> Option<&str> {
        let rest = ["LambdaFunction", "Activity", "Task"].iter().find_map(|family| self.kind.strip_prefix(family))?;
        (!rest.starts_with("State")).then_some(rest)
    }

    /// Whether the execution ends with it.
    pub(super) fn is_end(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "ExecutionSucceeded" | "ExecutionFailed" | "ExecutionAborted" | "ExecutionTimedOut"
        )
    }
}

fn unreadable(reason: impl Into<String>) -> UnreadableHistory {
    UnreadableHistory { reason: reason.into() }
}

/// Reads an array of events, or an object that has it as `events`; in either order.
pub(super) fn read(history: &Value) -> Result<Vec<Recorded>, UnreadableHistory> {
    let events = match history {
        Value::Array(events) => events,
        Value::Object(fields) => match fields.get("events") {
            Some(Value::Array(_))
                if ["nextToken", "NextToken"].iter().any(|key| fields.get(*key).is_some_and(Value::is_string)) =>
            {
                return Err(unreadable(
                    "its `nextToken` says that there is more of it: get all pages, and put their events together",
                ));
            }
            Some(Value::Array(events)) => events,
            _ => return Err(unreadable("it is an object without an array `events`")),
        },
        _ => return Err(unreadable("it is neither an array of events nor an object with `events`")),
    };
    let mut events = events
        .iter()
        .enumerate()
        .map(|(at, event)| event_of(event).map_err(|reason| unreadable(format!("event {}: {reason}", at + 1))))
        .collect::<Result<Vec<_>, _>>()?;
    events.sort_by_key(|event| event.id);
    let first = events.first().ok_or_else(|| unreadable("it has no events"))?;
    if first.kind != "ExecutionStarted" {
        let why = format!("it begins with event {} ({}), not with ExecutionStarted", first.id, first.kind);
        return Err(unreadable(format!("{why}: get all pages of it, and do not cut it")));
    }
    if first.document("input").is_none() {
        let why = "its first event lacks the input of the execution, or has only a part of it";
        return Err(unreadable(format!("{why}: get it with `--include-execution-data`")));
    }
    if let Some(pair) = events.windows(2).find(|pair| pair[1].id != pair[0].id + 1) {
        let why = format!("event {} is followed by event {}", pair[0].id, pair[1].id);
        return Err(unreadable(format!("{why}: get all pages of it, and do not cut it")));
    }
    Ok(events)
}

fn event_of(event: &Value) -> Result<Recorded, String> {
    let fields = event.as_object().ok_or("it is no object")?;
    let id = fields.get("id").and_then(whole).ok_or("it has no number `id`")?;
    let kind = fields.get("type").and_then(Value::as_str).ok_or("it has no `type`")?.to_owned();
    let at = fields.get("timestamp").and_then(time).ok_or("its `timestamp` is no time")?;
    let previous = fields.get("previousEventId").and_then(whole).unwrap_or(0);
    let details = fields.iter().find(|(key, _)| key.ends_with("EventDetails")).and_then(|(_, value)| value.as_object());
    Ok(Recorded { id, previous, at, kind, details: details.cloned().unwrap_or_default() })
}

/// A number, or its text: log lines have that.
fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Seconds since the epoch, as the API has them, or RFC 3339, as the command line has them.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds of this age")]
fn time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(seconds) => Some(Timestamp::from_millis((seconds.as_f64()? * 1000.0).round() as i64)),
        Value::String(text) => Timestamp::parse_rfc3339(text),
        _ => None,
    }
}
