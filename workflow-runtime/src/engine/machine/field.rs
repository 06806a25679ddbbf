//! A field of a state that is a literal or has expressions in it.

use serde_json::Value;
use std::borrow::Cow;

use crate::expr::{EvaluationError, ExpressionError, Scope, Template};
use crate::json::Json;
use crate::time::Timestamp;

/// The greatest number of seconds that AWS takes anywhere.
pub(in crate::engine) const SECONDS_MAX: u64 = 99_999_999;

/// A field and its name.
#[derive(Debug)]
pub(in crate::engine) struct Field {
    /// As AWS names it in errors: `Output`, `Assign/x`, `Catch[0]/Output`.
    name: Box<str>,
    template: Template,
    /// Its value, where no expression is in it.
    literal: Option<Json>,
}

/// A value that came out of a field.
pub(in crate::engine) enum Evaluated<'a> {
    /// A part of what the expression read.
    Borrowed(&'a Value),
    /// A value of its own.
    Owned(Json),
}

impl Field {
    pub(super) fn compile(source: &Value, name: &str) -> Result<Self, (String, ExpressionError)> {
        let template = Template::compile(source, name)?;
        let literal = template.as_literal().map(|value| Json::from(value.clone()));
        Ok(Self { name: name.into(), template, literal })
    }

    pub(super) fn literal(&self) -> Option<&Value> {
        self.literal.as_deref()
    }

    /// Any JSON; undefined is an error.
    pub(in crate::engine) fn value<'a>(&'a self, scope: &'a dyn Scope) -> Result<Evaluated<'a>, EvaluationError> {
        if let Some(literal) = &self.literal {
            return Ok(Evaluated::Owned(literal.clone()));
        }
        Ok(match self.template.evaluate_cow(scope, &self.name)? {
            Cow::Borrowed(value) => Evaluated::Borrowed(value),
            Cow::Owned(value) => Evaluated::Owned(value.into()),
        })
    }

    pub(in crate::engine) fn boolean(&self, scope: &dyn Scope) -> Result<bool, EvaluationError> {
        self.template.evaluate_boolean(scope, &self.name)
    }

    pub(in crate::engine) fn seconds(&self, scope: &dyn Scope) -> Result<u64, EvaluationError> {
        self.template.evaluate_whole_number(scope, &self.name).map(|seconds| seconds.min(SECONDS_MAX))
    }

    /// An array of any values, as `Items` must be.
    pub(in crate::engine) fn array<'a>(&'a self, scope: &'a dyn Scope) -> Result<Evaluated<'a>, EvaluationError> {
        let evaluated = self.value(scope)?;
        let value: &Value = match &evaluated {
            Evaluated::Borrowed(value) => value,
            Evaluated::Owned(value) => value,
        };
        if value.is_array() {
            return Ok(evaluated);
        }
        let actual = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let name = &self.name;
        let what = match self.template.as_expression() {
            Some(expression) => {
                format!("The JSONata expression '{}' specified for the field '{name}'", expression.source())
            }
            None => format!("The value of the field '{name}'"),
        };
        let expected = "returned an unexpected result type. Expected 'array', but was";
        Err(EvaluationError {
            cause: format!("{what} {expected} '{actual}' for value: {value}"),
            location: name.to_string(),
        })
    }

    pub(in crate::engine) fn whole_number(&self, scope: &dyn Scope) -> Result<u64, EvaluationError> {
        self.template.evaluate_whole_number(scope, &self.name)
    }

    pub(in crate::engine) fn text(&self, scope: &dyn Scope) -> Result<String, EvaluationError> {
        self.template.evaluate_text(scope, &self.name)
    }

    /// A point in time, cut to whole seconds as AWS does.
    pub(in crate::engine) fn timestamp(&self, scope: &dyn Scope) -> Result<Timestamp, EvaluationError> {
        let at = self.template.evaluate_timestamp(scope, &self.name)?;
        Ok(Timestamp::from_millis(at.as_millis().div_euclid(1000).saturating_mul(1000)))
    }
}
