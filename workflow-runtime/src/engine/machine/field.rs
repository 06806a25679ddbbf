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

impl Evaluated<'_> {
    pub(in crate::engine) fn into_json(self) -> Json {
        match self {
            Self::Borrowed(value) => Json::from(value.clone()),
            Self::Owned(value) => value,
        }
    }

    pub(in crate::engine) fn as_value(&self) -> &Value {
        match self {
            Self::Borrowed(value) => value,
            Self::Owned(value) => value,
        }
    }
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

    /// A value of this type, as `Items` and others must be.
    pub(in crate::engine) fn of_type<'a>(
        &'a self,
        scope: &'a dyn Scope,
        expected: &str,
        is_expected: impl FnOnce(&Value) -> bool,
    ) -> Result<Evaluated<'a>, EvaluationError> {
        let evaluated = self.value(scope)?;
        let value = evaluated.as_value();
        if is_expected(value) {
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
        let cause = format!(
            "{what} returned an unexpected result type. Expected '{expected}', but was '{actual}' for value: {value}"
        );
        Err(EvaluationError { cause, location: name.to_string() })
    }

    /// A number, as `ToleratedFailurePercentage` must be.
    pub(in crate::engine) fn number(&self, scope: &dyn Scope) -> Result<f64, EvaluationError> {
        let value = self.of_type(scope, "number", Value::is_number)?;
        Ok(value.as_value().as_f64().unwrap_or_default())
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
