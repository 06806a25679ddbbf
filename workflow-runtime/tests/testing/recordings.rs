//! Histories as AWS writes them, event by event.
#![expect(clippy::needless_pass_by_value, reason = "documents are written where they are given")]

use serde_json::{Map, Value, json};

/// Builds a history: `(previousEventId, type, details)`, a second apart.
pub(crate) struct Recording(Vec<Value>);

impl Recording {
    pub(crate) fn of(input: &Value) -> Self {
        Self(Vec::new()).and(
            0,
            "ExecutionStarted",
            json!({ "input": input.to_string(), "roleArn": "arn:aws:iam::1:role/r" }),
        )
    }

    /// With details under AWS's key for the type.
    pub(crate) fn and(mut self, previous: u64, kind: &str, details: Value) -> Self {
        let id = self.0.len() as u64 + 1;
        let mut event = Map::new();
        // As the command line writes it.
        let time = format!("2026-09-01T12:{:02}:{:02}.250000+00:00", id / 60, id % 60);
        event.insert("timestamp".to_owned(), time.into());
        event.insert("type".to_owned(), kind.into());
        event.insert("id".to_owned(), id.into());
        event.insert("previousEventId".to_owned(), previous.into());
        let key = if kind.ends_with("StateEntered") {
            "stateEnteredEventDetails".to_owned()
        } else if kind.ends_with("StateExited") {
            "stateExitedEventDetails".to_owned()
        } else {
            format!("{}{}EventDetails", kind[..1].to_lowercase(), &kind[1..])
        };
        if !details.is_null() {
            event.insert(key, details);
        }
        self.0.push(event.into());
        self
    }

    pub(crate) fn entered(self, previous: u64, kind: &str, name: &str, input: Value) -> Self {
        let details = json!({ "name": name, "input": input.to_string(), "inputDetails": { "truncated": false } });
        self.and(previous, &format!("{kind}StateEntered"), details)
    }

    pub(crate) fn exited(self, previous: u64, kind: &str, name: &str, output: Value) -> Self {
        let details = json!({ "name": name, "output": output.to_string(), "outputDetails": { "truncated": false } });
        self.and(previous, &format!("{kind}StateExited"), details)
    }

    /// A function's call that succeeds: three events.
    pub(crate) fn called(self, previous: u64, input: Value, output: Value) -> Self {
        self.asked(previous, input).and(
            previous + 2,
            "LambdaFunctionSucceeded",
            json!({ "output": output.to_string() }),
        )
    }

    /// A function's call that fails: three events.
    pub(crate) fn failed(self, previous: u64, input: Value, error: &str) -> Self {
        let details = json!({ "error": error, "cause": "it did" });
        self.asked(previous, input).and(previous + 2, "LambdaFunctionFailed", details)
    }

    fn asked(self, previous: u64, input: Value) -> Self {
        let id = self.0.len() as u64 + 1;
        let resource = "arn:aws:lambda:eu-west-1:1234:function:work";
        self.and(previous, "LambdaFunctionScheduled", json!({ "resource": resource, "input": input.to_string() })).and(
            id,
            "LambdaFunctionStarted",
            Value::Null,
        )
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "events": self.0 })
    }

    /// As it is listed with `--reverse-order`.
    pub(crate) fn reversed(&self) -> Value {
        json!({ "events": self.0.iter().rev().collect::<Vec<_>>() })
    }
}
