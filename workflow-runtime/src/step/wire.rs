//! Errors on the wire: the one codec that the local runtime, Lambda and activities share.
//!
//! `Error` is the variant's name; `Cause` is `{"errorType":NAME,"errorMessage":S}`, and `S` is the JSON text
//! `{"message":DISPLAY,"error":VALUE}`.

use std::any::Any;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ErrorOutput, StepError};
use crate::payload::{Content, Representation, Shape, Type};

/// What AWS calls an attempt that ran past its timeout.
pub(crate) const TIMEOUT: &str = "States.Timeout";
/// What AWS calls a missed heartbeat.
pub(crate) const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
/// What Lambda calls its own timeout.
pub(crate) const LAMBDA_TIMEOUT: &str = "Sandbox.Timedout";
/// What AWS calls a failure without a name of its own.
pub(crate) const TASK_FAILED: &str = "States.TaskFailed";
/// What AWS calls too much data.
const DATA_LIMIT: &str = "States.DataLimitExceeded";
/// AWS's limit for a cause, in characters.
pub(crate) const CAUSE_MAX: usize = 32_768;

#[derive(Serialize, Deserialize)]
struct Cause<'a> {
    #[serde(rename = "errorType", default)]
    error_type: std::borrow::Cow<'a, str>,
    #[serde(rename = "errorMessage")]
    error_message: std::borrow::Cow<'a, str>,
}

#[derive(Serialize)]
struct Message<'a> {
    message: &'a str,
    error: &'a Value,
}

impl ErrorOutput {
    /// A failure that no step declares: `States.TaskFailed` and a text for people.
    pub fn undeclared(cause: impl Into<String>) -> Self {
        Self { error: Some(TASK_FAILED.to_owned()), cause: Some(cause.into()) }
    }

    /// A declared error as it travels. A message too long for AWS's 32,768 characters is cut; data that is too long makes
    /// it a `States.DataLimitExceeded`, since cut JSON could be read by no catcher.
    pub fn from_error<E: StepError>(error: &E) -> Self {
        let name = error.error_name();
        let value = match serde_json::to_value(error) {
            Ok(value) => value,
            Err(reason) => {
                return Self::undeclared(format!("the error `{name}` ({error}) has no JSON: {reason} [WF4004]"));
            }
        };
        let message = error.to_string();
        let whole = cause(name, &message, &value);
        if characters(&whole) <= CAUSE_MAX {
            return Self { error: Some(name.to_owned()), cause: Some(whole) };
        }
        let bare = characters(&cause(name, "", &value));
        if bare > CAUSE_MAX {
            let text = format!(
                "the data of the error `{name}` takes {bare} characters as a cause, and AWS allows {CAUSE_MAX}: carry less in it, \
                 or a reference to where it lies [WF4003]"
            );
            return Self { error: Some(DATA_LIMIT.to_owned()), cause: Some(text) };
        }
        Self { error: Some(name.to_owned()), cause: Some(cut(name, &message, &value)) }
    }

    /// The declared error that this began as, where its name is one of `E`'s and its data can be read. A unit variant
    /// needs only the name.
    pub fn decode<E: StepError>(&self) -> Option<E> {
        let name = self.error.as_deref()?;
        let shape = E::shape();
        let variant = shape.variants.iter().find(|variant| variant.name == name)?;
        let value = match self.error_value() {
            Some(value) => value,
            None => unit_value(&shape.ty, variant.ident)?,
        };
        serde_json::from_value::<E>(value).ok().filter(|error| error.error_name() == name)
    }

    /// Whether its name is one of `E`'s.
    pub fn is<E: StepError>(&self) -> bool {
        let Some(name) = self.error.as_deref() else { return false };
        E::shape().variants.iter().any(|variant| variant.name == name)
    }

    /// The cause for people: the declared error's own text, Lambda's `errorMessage`, or else the cause as it is.
    pub fn message(&self) -> Option<String> {
        let cause = self.cause.as_deref().filter(|cause| !cause.is_empty())?;
        let Ok(parsed) = serde_json::from_str::<Cause<'_>>(cause) else { return Some(cause.to_owned()) };
        let inner = serde_json::from_str::<Value>(&parsed.error_message).ok();
        let message = inner.as_ref().and_then(|inner| inner.get("message")).and_then(Value::as_str);
        Some(message.map_or_else(|| parsed.error_message.clone().into_owned(), str::to_owned))
    }

    /// What a panic left, as `States.TaskFailed` with the panic's text.
    pub fn from_panic(step: &str, panic: &(dyn Any + Send)) -> Self {
        Self::undeclared(format!("step `{step}` panicked: {} [WF4005]", panic_text(panic)))
    }

    fn error_value(&self) -> Option<Value> {
        let cause: Cause<'_> = serde_json::from_str(self.cause.as_deref()?).ok()?;
        match serde_json::from_str(&cause.error_message).ok()? {
            Value::Object(mut message) => message.remove("error"),
            _ => None,
        }
    }
}

impl std::fmt::Display for ErrorOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.error.as_deref().filter(|name| !name.is_empty()), self.message()) {
            (Some(name), Some(message)) => write!(f, "{name}: {message}"),
            (Some(name), None) => f.write_str(name),
            (None, Some(message)) => f.write_str(&message),
            (None, None) => f.write_str("failed without a name or a cause"),
        }
    }
}

/// The text that a panic was given, where it was a text.
pub fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a value that is no text")
}

/// A declared error of which only the parts are known.
#[cfg(feature = "testing")]
pub(crate) fn declared(name: &str, message: &str, error: &Value) -> ErrorOutput {
    ErrorOutput { error: Some(name.to_owned()), cause: Some(cause(name, message, error)) }
}

/// The cause of a failure that no step declares, in the format that every step's failure has; a message too long is cut.
pub(crate) fn undeclared_cause(message: &str) -> String {
    let whole = cause(TASK_FAILED, message, &Value::Null);
    if characters(&whole) <= CAUSE_MAX { whole } else { cut(TASK_FAILED, message, &Value::Null) }
}

fn characters(text: &str) -> usize {
    text.chars().count()
}

fn cause(name: &str, message: &str, error: &Value) -> String {
    let inner = serde_json::to_string(&Message { message, error }).unwrap_or_default();
    serde_json::to_string(&Cause { error_type: name.into(), error_message: inner.into() }).unwrap_or_default()
}

/// With as much of the message as fits, which is found by halving: how much a character takes depends on its escapes.
fn cut(name: &str, message: &str, error: &Value) -> String {
    let ends: Vec<usize> = message.char_indices().map(|(at, _)| at).collect();
    let text = |length: usize| {
        let end = ends.get(length).copied().unwrap_or(message.len());
        cause(name, &format!("{}…", message.get(..end).unwrap_or_default()), error)
    };
    let (mut fits, mut too_long) = (0, ends.len());
    while fits + 1 < too_long {
        let middle = usize::midpoint(fits, too_long);
        if characters(&text(middle)) <= CAUSE_MAX {
            fits = middle;
        } else {
            too_long = middle;
        }
    }
    let longest = text(fits);
    if characters(&longest) <= CAUSE_MAX { longest } else { cause(name, "", error) }
}

/// The JSON of a variant that carries nothing.
fn unit_value(ty: &Type, ident: &str) -> Option<Value> {
    let Type::Named(named) = ty else { return None };
    let Shape::Enum { representation, variants } = (named.shape)() else { return None };
    let variant = variants.iter().find(|variant| variant.ident == ident)?;
    if !matches!(variant.content, Content::Unit) {
        return None;
    }
    match representation {
        Representation::External => Some(Value::from(variant.key)),
        Representation::Internal { tag } | Representation::Adjacent { tag, .. } => {
            Some(serde_json::json!({ tag: variant.key }))
        }
        Representation::Untagged => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::{Failure, WorkflowError};

    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, workflow_macros::StepError)]
    enum OrderError {
        #[error("order rejected: {0}")]
        #[step_error(name = "InvalidOrderError")]
        Invalid(String),
        #[error("order service is unavailable")]
        Unavailable,
        #[error("{left} of {limit} left")]
        Limit { left: u32, limit: u32 },
    }

    #[test]
    fn an_error_travels_in_lambdas_shape() {
        let output = ErrorOutput::from_error(&OrderError::Invalid("no \"lines\"".to_owned()));
        assert_eq!(output.error.as_deref(), Some("InvalidOrderError"));
        assert_eq!(
            output.cause.as_deref(),
            Some(
                r#"{"errorType":"InvalidOrderError","errorMessage":"{\"message\":\"order rejected: no \\\"lines\\\"\",\"error\":{\"Invalid\":\"no \\\"lines\\\"\"}}"}"#
            )
        );
        let unit = ErrorOutput::from_error(&OrderError::Unavailable);
        assert_eq!(
            unit.cause.as_deref(),
            Some(
                r#"{"errorType":"OrderError.Unavailable","errorMessage":"{\"message\":\"order service is unavailable\",\"error\":\"Unavailable\"}"}"#
            )
        );
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        for error in [
            OrderError::Invalid("größer \u{1F980} \\ \"".to_owned()),
            OrderError::Unavailable,
            OrderError::Limit { left: 1, limit: 2 },
        ] {
            let output = ErrorOutput::from_error(&error);
            assert_eq!(output.decode(), Some(error.clone()));
            assert_eq!(output.message().as_deref(), Some(error.to_string().as_str()));
            assert_eq!(Failure::from_output(output.clone()), Failure::Failed(error.clone()));
            assert_eq!(Failure::Failed(error.clone()).output(), output);
            assert_eq!(WorkflowError::from(error.clone()).downcast(), Some(error));
        }
    }

    #[test]
    fn foreign_failures_are_other() {
        let output = |error: Option<&str>, cause: Option<&str>| ErrorOutput {
            error: error.map(str::to_owned),
            cause: cause.map(str::to_owned),
        };
        let read = Failure::<OrderError>::from_output;
        assert_eq!(read(output(Some("States.Timeout"), Some(""))), Failure::TimedOut);
        assert_eq!(read(output(Some("Sandbox.Timedout"), None)), Failure::TimedOut);
        assert_eq!(read(output(Some("States.HeartbeatTimeout"), None)), Failure::HeartbeatTimedOut);
        assert_eq!(read(output(Some("OrderError.Unavailable"), None)), Failure::Failed(OrderError::Unavailable));
        for foreign in [
            output(None, None),
            output(Some("Unknown"), Some("text")),
            output(Some("InvalidOrderError"), Some("text")),
            output(
                Some("InvalidOrderError"),
                Some(r#"{"errorType":"x","errorMessage":"{\"error\":\"Unavailable\"}"}"#),
            ),
        ] {
            assert_eq!(read(foreign.clone()), Failure::Other(foreign));
        }
    }

    #[test]
    fn a_long_message_is_cut_and_long_data_is_refused() {
        #[derive(Debug, Serialize, Deserialize, thiserror::Error, workflow_macros::StepError)]
        enum Wordy {
            #[error("{}", "\"".repeat(20_000))]
            Message,
            #[error("long")]
            Data(String),
        }
        let output = ErrorOutput::from_error(&Wordy::Message);
        let cause = output.cause.clone().unwrap_or_default();
        assert!((CAUSE_MAX - 8..=CAUSE_MAX).contains(&characters(&cause)), "{}", characters(&cause));
        assert!(output.message().is_some_and(|message| message.starts_with("\"\"\"") && message.ends_with('…')));
        assert!(matches!(output.decode(), Some(Wordy::Message)));

        let output = ErrorOutput::from_error(&Wordy::Data("\"".repeat(10_000)));
        assert_eq!(output.error.as_deref(), Some("States.DataLimitExceeded"));
        assert!(output.cause.is_some_and(|cause| cause.contains("`Wordy.Data` takes 40") && cause.contains("WF4003")));
    }

    #[test]
    fn errors_read_well() {
        assert_eq!(
            WorkflowError::from(OrderError::Invalid("no lines".to_owned())).to_string(),
            "InvalidOrderError: order rejected: no lines"
        );
        assert_eq!(WorkflowError::default().to_string(), "failed without a name or a cause");
        assert_eq!(WorkflowError::from(Failure::<OrderError>::TimedOut).to_string(), "States.Timeout");
        assert_eq!(
            ErrorOutput::from_panic("pay", &"boom").to_string(),
            "States.TaskFailed: step `pay` panicked: boom [WF4005]"
        );
        let lambda = ErrorOutput {
            error: Some("E".to_owned()),
            cause: Some(r#"{"errorMessage": "plain", "errorType": "E", "trace": []}"#.to_owned()),
        };
        assert_eq!(lambda.to_string(), "E: plain");
    }
}
