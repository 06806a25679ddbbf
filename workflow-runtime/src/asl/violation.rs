//! What is wrong with a machine, in the words that AWS uses.

use serde::{Deserialize, Serialize};

/// Whether a machine with this fault can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// The machine is refused.
    Error,
    /// It is accepted, and probably not meant.
    Warning,
}

/// AWS's diagnostic codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ViolationCode {
    /// The text is not JSON.
    InvalidJsonDescription,
    /// There is no text.
    MissingDescription,
    /// A field is missing, unknown, or holds what it must not.
    SchemaValidationFailed,
    /// A transition leads nowhere, or nothing leads to a state.
    MissingTransitionTarget,
    /// Nothing ends the machine or branch.
    MissingEndState,
    /// Two states of the document share a name.
    DuplicateStateName,
    /// A state's name is empty or too long.
    InvalidStateName,
    /// Two distributed maps share a label.
    DuplicateLabelName,
    /// A label is too long or has a character that ARNs do not allow.
    InvalidLabelName,
    /// The document is nested deeper than can be read.
    TooDeeplyNested,
    /// An expression does not parse, or stands where it cannot be one.
    InvalidJsonataExpression,
    /// An expression uses what Step Functions refuses.
    UnsupportedJsonataExpression,
    /// A branch assigns a variable that the outer scope has assigned on the way in.
    DuplicateVariableName,
}

impl ViolationCode {
    /// As AWS writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidJsonDescription => "INVALID_JSON_DESCRIPTION",
            Self::MissingDescription => "MISSING_DESCRIPTION",
            Self::SchemaValidationFailed => "SCHEMA_VALIDATION_FAILED",
            Self::MissingTransitionTarget => "MISSING_TRANSITION_TARGET",
            Self::MissingEndState => "MISSING_END_STATE",
            Self::DuplicateStateName => "DUPLICATE_STATE_NAME",
            Self::InvalidStateName => "INVALID_STATE_NAME",
            Self::DuplicateLabelName => "DUPLICATE_LABEL_NAME",
            Self::InvalidLabelName => "INVALID_LABEL_NAME",
            Self::TooDeeplyNested => "TOO_DEEPLY_NESTED",
            Self::InvalidJsonataExpression => "INVALID_JSONATA_EXPRESSION",
            Self::UnsupportedJsonataExpression => "UNSUPPORTED_JSONATA_EXPRESSION",
            Self::DuplicateVariableName => "DUPLICATE_VARIABLE_NAME",
        }
    }
}

/// One thing that is wrong with a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Whether the machine can be used all the same.
    pub severity: Severity,
    /// Its kind.
    pub code: ViolationCode,
    /// AWS's text where it has one.
    pub message: String,
    /// Where: `/States/Ship/Catch[0]/Next`; `None` where AWS names no place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// What to write instead, where that is not plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Violation {
    pub(crate) fn error(code: ViolationCode, location: &Location, message: impl Into<String>) -> Self {
        let location = Some(location.to_string());
        Self { severity: Severity::Error, code, message: message.into(), location, help: None }
    }

    pub(crate) fn schema(location: &Location, message: impl Into<String>) -> Self {
        Self::error(ViolationCode::SchemaValidationFailed, location, message)
    }

    pub(crate) fn warning(location: &Location, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::schema(location, message) }
    }

    pub(crate) fn unlocated(code: ViolationCode, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), location: None, help: None }
    }

    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)?;
        if let Some(location) = &self.location {
            write!(f, " at {location}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Violation {}

/// A place in the document, as AWS's diagnostics write it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Location(String);

impl Location {
    pub(crate) fn root() -> Self {
        Self::default()
    }

    pub(crate) fn field(&self, name: &str) -> Self {
        Self(format!("{}/{name}", self.0))
    }

    pub(crate) fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    pub(crate) fn state(&self, name: &str) -> Self {
        self.field("States").field(name)
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_empty() { "/" } else { &self.0 })
    }
}
