//! JSONata expressions and payload templates.
//!
//! The subset that the compiler emits is compiled once and evaluated on borrowed [`serde_json`] values; whatever else
//! valid ASL holds goes to `jsonata-core`. Pure: no I/O, no clock, no randomness: [`Scope`] brings them.

use std::borrow::Cow;

use serde_json::Value;

use crate::time::Timestamp;

/// A compiled JSONata expression (the text between `{%` and `%}`).
#[derive(Debug)]
pub struct Expression {
    source: String,
}

/// A compiled payload template: JSON in which strings of the form `{% .. %}` are expressions.
#[derive(Debug)]
pub struct Template {
    source: Value,
}

/// What an expression may read.
pub trait Scope {
    /// The variable `$name`, or `None` where nothing of that name is visible. `$states` is not asked for here.
    fn variable(&self, name: &str) -> Option<&Value>;
    /// `$states.input`.
    fn input(&self) -> &Value;
    /// `$states.result`, where there is one.
    fn result(&self) -> Option<&Value>;
    /// `$states.errorOutput`, where there is one.
    fn error_output(&self) -> Option<&Value>;
    /// `$states.context`; built when first asked for.
    fn context(&self) -> Cow<'_, Value>;
    /// What `$now()` and `$millis()` answer.
    fn now(&self) -> Timestamp;
    /// Seeds `$uuid()` and unseeded `$random()`; another number at each call.
    fn entropy(&self) -> u64;
}

/// Why an expression is refused when a machine is loaded.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// AWS's diagnostic code: `INVALID_JSONATA_EXPRESSION` or `UNSUPPORTED_JSONATA_EXPRESSION`.
    pub code: &'static str,
    /// AWS's text.
    pub message: String,
}

/// Why an evaluation failed: `States.QueryEvaluationError` on the wire.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{cause}")]
pub struct EvaluationError {
    /// AWS's text, naming the expression and the field.
    pub cause: String,
    /// The field that failed, as AWS writes it: `Output/a/b[0]`, `Choices[1]/Condition`.
    pub location: String,
}

impl Expression {
    /// Compiles the text between `{%` and `%}`.
    ///
    /// # Errors
    /// The text is no JSONata, or uses what Step Functions refuses (`$eval`, `$$`, bare names at the top level).
    pub fn compile(source: &str) -> Result<Self, ExpressionError> {
        Ok(Self { source: source.to_owned() })
    }

    /// The text that was compiled.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Evaluates; `Ok(None)` is JSONata's undefined. `field` is named in errors.
    ///
    /// # Errors
    /// The expression threw.
    pub fn evaluate<'a>(
        &'a self,
        _scope: &'a dyn Scope,
        _field: &str,
    ) -> Result<Option<Cow<'a, Value>>, EvaluationError> {
        todo!()
    }
}

impl Template {
    /// Compiles a template; `field` names it in errors (`Output`, `Assign`).
    ///
    /// # Errors
    /// An expression in it is refused; the string names where.
    pub fn compile(source: &Value, _field: &str) -> Result<Self, (String, ExpressionError)> {
        Ok(Self { source: source.clone() })
    }

    /// Evaluates every expression in it; undefined is an error, as on AWS.
    ///
    /// # Errors
    /// An expression threw or returned undefined.
    pub fn evaluate(&self, _scope: &dyn Scope, _field: &str) -> Result<Value, EvaluationError> {
        let _ = &self.source;
        todo!()
    }
}
