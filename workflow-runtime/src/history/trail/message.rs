//! What people read of an error's cause.

use serde_json::Value;

use super::Problem;
use crate::step::ErrorOutput;

/// The longest message that a trail shows; the history has all of it.
const MAX: usize = 400;

pub(super) fn problem(error: &ErrorOutput) -> Problem {
    let message = error.cause.as_deref().map(message).unwrap_or_default();
    Problem { error: error.error.clone().unwrap_or_default(), message: shorten(&message) }
}

/// Steps wrap their message twice: `{"errorType", "errorMessage": "{\"message\": .., \"error\": ..}"}`.
fn message(cause: &str) -> String {
    let Some(outer) = object(cause) else { return without_place(cause).to_owned() };
    let text = ["errorMessage", "message", "Cause"].iter().find_map(|key| outer.get(key)?.as_str().map(str::to_owned));
    let Some(text) = text else { return cause.to_owned() };
    match object(&text).and_then(|inner| inner.get("message")?.as_str().map(str::to_owned)) {
        Some(message) => message,
        None => text,
    }
}

/// The interpreter's causes begin with the state, which the trail names anyway.
fn without_place(cause: &str) -> &str {
    let rest = cause.strip_prefix("An error occurred while executing the state '");
    rest.and_then(|rest| rest.split_once("). ")).map_or(cause, |(_, what)| what)
}

fn object(text: &str) -> Option<Value> {
    serde_json::from_str::<Value>(text).ok().filter(Value::is_object)
}

/// One line, of bearable length.
fn shorten(text: &str) -> String {
    let line = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" / ");
    match line.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.error.as_str(), self.message.as_str()) {
            ("", "") => f.write_str("no error was named"),
            (error, "") => f.write_str(error),
            ("", message) => f.write_str(message),
            (error, message) => write!(f, "{error}: {message}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_taken_out_of_their_wrappings() {
        let long = "x".repeat(MAX + 1);
        let cut = format!("{}…", "x".repeat(MAX));
        for (cause, expected) in [
            (
                r#"{"errorType":"E","errorMessage":"{\"message\":\"no items\",\"error\":{\"Invalid\":\"no items\"}}"}"#,
                "no items",
            ),
            (r#"{"errorType":"E","errorMessage":"Lambda panicked: boom"}"#, "Lambda panicked: boom"),
            (r#"{"other":1}"#, r#"{"other":1}"#),
            ("plain text", "plain text"),
            (
                "An error occurred while executing the state 'A' (entered at the event id #2). No way out.",
                "No way out.",
            ),
            ("two\n\n  lines", "two / lines"),
            ("{cut off", "{cut off"),
            (&long, &cut),
            ("", ""),
        ] {
            let error = ErrorOutput { error: None, cause: Some(cause.to_owned()) };
            assert_eq!(problem(&error).message, expected);
        }
    }
}
