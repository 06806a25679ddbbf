//! How steps and workflows fail, in Rust and on the wire.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

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

/// Why a group, a branch or a whole workflow failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkflowError {
    pub(crate) output: ErrorOutput,
}

/// What `?` and `return Err(..)` use inside workflows.
pub type Result<T, E = WorkflowError> = std::result::Result<T, E>;
