//! How steps and workflows fail, in Rust and on the wire.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::wire::{HEARTBEAT_TIMEOUT, LAMBDA_TIMEOUT, TASK_FAILED, TIMEOUT};
use crate::payload::Type;

/// An error as ASL carries it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorOutput {
    /// The error's name; absent where `SendTaskFailure` gave none.
    #[serde(rename = "Error")]
    pub error: Option<String>,
    /// What happened; for steps a JSON text `{"errorType", "errorMessage"}`.
    #[serde(rename = "Cause")]
    pub cause: Option<String>,
}

/// The declared errors of a step. Implemented by `#[derive(StepError)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a step's error: it is no `StepError`",
    label = "needs `#[derive(StepError)]`",
    note = "add `#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]` to `{Self}`"
)]
pub trait StepError: std::fmt::Display + Serialize + DeserializeOwned + Send + 'static {
    /// Names and descriptor of the enum.
    fn shape() -> ErrorShape;
    /// The name on the wire of this very value.
    fn error_name(&self) -> &'static str;
}

/// The error of a step that cannot fail.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum NoError {}

impl std::fmt::Display for NoError {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}

impl std::error::Error for NoError {}

impl StepError for NoError {
    fn shape() -> ErrorShape {
        ErrorShape { name: "NoError", variants: Vec::new(), ty: Type::Unit }
    }
    fn error_name(&self) -> &'static str {
        match *self {}
    }
}

/// An error enum as data.
#[derive(Clone, Debug)]
pub struct ErrorShape {
    /// Rust's name of the enum.
    pub name: &'static str,
    /// In the order of declaration.
    pub variants: Vec<ErrorVariant>,
    /// The enum as serde writes it (`Type::Named` with `Shape::Enum`), for patterns that bind data.
    pub ty: Type,
}

/// A variant of an error enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorVariant {
    /// Rust's name.
    pub ident: &'static str,
    /// The name on the wire.
    pub name: &'static str,
    /// Its `Display` text, piece by piece, where `thiserror`'s `#[error("..")]` tells it: so that a workflow can raise the
    /// variant itself. `None` where it cannot be known.
    pub message: Option<&'static [MessagePiece]>,
}

/// A piece of an error's `Display` text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessagePiece {
    /// Text, braces unescaped.
    Literal(&'static str),
    /// `{0}`, `{reason}`: the field of that Rust name (`"0"` in a tuple variant), formatted by its own `Display`.
    Field(&'static str),
}

/// Why a call failed: what `match step(..).await { Err(failure) => .. }` sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure<E> {
    /// An error that the step declares.
    Failed(E),
    /// An attempt ran past its timeout, and no retry was left.
    TimedOut,
    /// No sign of life within the heartbeat.
    HeartbeatTimedOut,
    /// Anything else: a panic, an undeclared name, a failure of the service.
    Other(ErrorOutput),
}

impl<E: StepError> Failure<E> {
    /// Reads what a task left behind.
    pub fn from_output(output: ErrorOutput) -> Self {
        match output.error.as_deref() {
            Some(TIMEOUT | LAMBDA_TIMEOUT) => Self::TimedOut,
            Some(HEARTBEAT_TIMEOUT) => Self::HeartbeatTimedOut,
            _ => output.decode().map_or_else(|| Self::Other(output), Self::Failed),
        }
    }

    /// What it is on the wire.
    pub fn output(&self) -> ErrorOutput {
        let named = |name: &str| ErrorOutput { error: Some(name.to_owned()), cause: Some(String::new()) };
        match self {
            Self::Failed(error) => ErrorOutput::from_error(error),
            Self::TimedOut => named(TIMEOUT),
            Self::HeartbeatTimedOut => named(HEARTBEAT_TIMEOUT),
            Self::Other(output) => output.clone(),
        }
    }

    /// The error's name; empty where `SendTaskFailure` gave none.
    pub fn error(&self) -> String {
        match self {
            Self::Failed(error) => error.error_name().to_owned(),
            _ => self.output().error.unwrap_or_default(),
        }
    }

    /// The cause as it is on the wire; empty where there is none.
    pub fn cause(&self) -> String {
        self.output().cause.unwrap_or_default()
    }

    /// Whether its name is one of `X`'s. May stand in a workflow's body.
    pub fn is<X: StepError>(&self) -> bool {
        self.output().is::<X>()
    }
}

/// The failure of a workflow that does not declare its errors.
impl Failure<WorkflowError> {
    /// What it is on the wire.
    pub fn output(&self) -> ErrorOutput {
        match self {
            Self::Failed(error) => error.output.clone(),
            Self::TimedOut => ErrorOutput { error: Some(TIMEOUT.to_owned()), cause: Some(String::new()) },
            Self::HeartbeatTimedOut => {
                ErrorOutput { error: Some(HEARTBEAT_TIMEOUT.to_owned()), cause: Some(String::new()) }
            }
            Self::Other(output) => output.clone(),
        }
    }

    /// The error's name; empty where there is none.
    pub fn error(&self) -> String {
        self.output().error.unwrap_or_default()
    }

    /// The cause as it is on the wire; empty where there is none.
    pub fn cause(&self) -> String {
        self.output().cause.unwrap_or_default()
    }

    /// Whether its name is one of `X`'s. May stand in a workflow's body.
    pub fn is<X: StepError>(&self) -> bool {
        self.output().is::<X>()
    }
}

impl<E: std::fmt::Display> std::fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::TimedOut => f.write_str("the step ran past its timeout"),
            Self::HeartbeatTimedOut => f.write_str("the step gave no sign of life within its heartbeat"),
            Self::Other(output) => output.fmt(f),
        }
    }
}

impl<E: std::fmt::Debug + std::fmt::Display> std::error::Error for Failure<E> {}

/// Why a group, a branch or a whole workflow failed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct WorkflowError {
    pub(crate) output: ErrorOutput,
}

impl WorkflowError {
    /// The error's name; empty where `SendTaskFailure` gave none.
    pub fn error(&self) -> String {
        self.output.error.clone().unwrap_or_default()
    }

    /// The cause as it is on the wire; empty where there is none.
    pub fn cause(&self) -> String {
        self.output.cause.clone().unwrap_or_default()
    }

    /// Name and cause as the wire has them.
    pub fn output(&self) -> &ErrorOutput {
        &self.output
    }

    /// Whether its name is one of `E`'s. May stand in a workflow's body.
    pub fn is<E: StepError>(&self) -> bool {
        self.output.is::<E>()
    }

    /// The errors of a workflow that does not declare them.
    #[doc(hidden)]
    pub fn shape() -> ErrorShape {
        ErrorShape { name: "WorkflowError", variants: Vec::new(), ty: Type::Json }
    }

    /// The declared error that it began as, where it is one of `E`.
    pub fn downcast<E: StepError>(&self) -> Option<E> {
        self.output.decode()
    }
}

impl std::fmt::Display for WorkflowError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.output.fmt(f)
    }
}

impl std::fmt::Debug for WorkflowError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkflowError").field("error", &self.output.error).field("cause", &self.output.cause).finish()
    }
}

impl std::error::Error for WorkflowError {}

impl From<ErrorOutput> for WorkflowError {
    fn from(output: ErrorOutput) -> Self {
        Self { output }
    }
}

impl<E: StepError> From<E> for WorkflowError {
    fn from(error: E) -> Self {
        Self { output: ErrorOutput::from_error(&error) }
    }
}

/// What `?` on a call means inside a workflow, where the name and cause stay as they came over the wire.
///
/// It asks nothing of `E`, so that a step whose error lacks `StepError` is one compile error and not one for each call.
/// The price: in ordinary Rust code the data of a declared error is lost here. There, say
/// `WorkflowError::from(failure.output())`.
impl<E> From<Failure<E>> for WorkflowError {
    fn from(failure: Failure<E>) -> Self {
        let named = |name: &str, cause: String| ErrorOutput { error: Some(name.to_owned()), cause: Some(cause) };
        let output = match failure {
            Failure::Failed(_) => {
                named(TASK_FAILED, format!("the step failed with its declared error `{}`", std::any::type_name::<E>()))
            }
            Failure::TimedOut => named(TIMEOUT, String::new()),
            Failure::HeartbeatTimedOut => named(HEARTBEAT_TIMEOUT, String::new()),
            Failure::Other(output) => output,
        };
        Self { output }
    }
}

/// What `?` and `return Err(..)` use inside workflows.
pub type Result<T, E = WorkflowError> = std::result::Result<T, E>;
