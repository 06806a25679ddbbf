//! Fields that hold JSON, a number or a text, literally or by expression.

use serde_json::Value;

use crate::expr::{EvaluationError, Expression, ExpressionError, Scope, Template};
use crate::json::Json;

/// A field that holds any JSON.
#[derive(Debug)]
pub(in crate::engine) struct Field {
    /// As AWS names it in errors: `Output`, `Assign/x`, `Catch[0]/Output`.
    pub(in crate::engine) name: Box<str>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Literal(Json),
    Expression(Expression),
    Template(Template),
}

/// A value that came out of a field.
pub(in crate::engine) enum Evaluated<'a> {
    /// A part of what the expression read.
    Borrowed(&'a Value),
    /// A value of its own.
    Owned(Json),
}

/// A whole number of seconds.
#[derive(Debug)]
pub(in crate::engine) enum Seconds {
    Literal(u64),
    Expression { field: Box<str>, expression: Expression },
}

/// A text.
#[derive(Debug)]
pub(in crate::engine) enum Text {
    Literal(Box<str>),
    Expression { field: Box<str>, expression: Expression },
}

/// The greatest number of seconds that AWS takes anywhere.
pub(in crate::engine) const SECONDS_MAX: u64 = 99_999_999;

/// The expression in `{% .. %}`; `None` where the text is a literal.
pub(super) fn expression_in(text: &str) -> Option<&str> {
    text.strip_prefix("{%")?.strip_suffix("%}").map(str::trim)
}

fn has_expression(value: &Value) -> bool {
    match value {
        Value::String(text) => text.starts_with("{%") || text.ends_with("%}"),
        Value::Array(items) => items.iter().any(has_expression),
        Value::Object(fields) => fields.values().any(has_expression),
        _ => false,
    }
}

impl Field {
    pub(super) fn compile(source: &Value, name: &str) -> Result<Self, (String, ExpressionError)> {
        let compiled = match source.as_str().and_then(expression_in) {
            Some(text) => Source::Expression(Expression::compile(text).map_err(|error| (name.to_owned(), error))?),
            None if has_expression(source) => Source::Template(Template::compile(source, name)?),
            None => Source::Literal(Json::from(source.clone())),
        };
        Ok(Self { name: name.into(), source: compiled })
    }

    /// Its value; undefined is an error.
    pub(in crate::engine) fn evaluate<'a>(&'a self, scope: &'a dyn Scope) -> Result<Evaluated<'a>, EvaluationError> {
        match &self.source {
            Source::Literal(value) => Ok(Evaluated::Owned(value.clone())),
            Source::Template(template) => {
                template.evaluate(scope, &self.name).map(|value| Evaluated::Owned(value.into()))
            }
            Source::Expression(expression) => match defined(expression, scope, &self.name)? {
                std::borrow::Cow::Borrowed(value) => Ok(Evaluated::Borrowed(value)),
                std::borrow::Cow::Owned(value) => Ok(Evaluated::Owned(value.into())),
            },
        }
    }
}

fn defined<'a>(
    expression: &'a Expression,
    scope: &'a dyn Scope,
    field: &str,
) -> Result<std::borrow::Cow<'a, Value>, EvaluationError> {
    expression.evaluate(scope, field)?.ok_or_else(|| EvaluationError {
        cause: format!(
            "The JSONata expression '{}' specified for the field '{field}' returned nothing (undefined).",
            expression.source().trim()
        ),
        location: field.to_owned(),
    })
}

fn unexpected(expression: &Expression, field: &str, expected: &str, value: &Value) -> EvaluationError {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    EvaluationError {
        cause: format!(
            "The JSONata expression '{}' specified for the field '{field}' returned an unexpected result type. \
             Expected '{expected}', but was '{found}' for value: {value}",
            expression.source().trim()
        ),
        location: field.to_owned(),
    }
}

/// A condition's truth.
pub(in crate::engine) fn boolean(
    expression: &Expression,
    scope: &dyn Scope,
    field: &str,
) -> Result<bool, EvaluationError> {
    let value = defined(expression, scope, field)?;
    value.as_bool().ok_or_else(|| unexpected(expression, field, "boolean", &value))
}

impl Seconds {
    /// The whole, non-negative number.
    pub(in crate::engine) fn evaluate(&self, scope: &dyn Scope) -> Result<u64, EvaluationError> {
        match self {
            Self::Literal(seconds) => Ok(*seconds),
            Self::Expression { field, expression } => {
                let value = defined(expression, scope, field)?;
                whole(&value)
                    .filter(|seconds| *seconds <= SECONDS_MAX)
                    .ok_or_else(|| unexpected(expression, field, "integer", &value))
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be whole and in range")]
pub(super) fn whole(value: &Value) -> Option<u64> {
    let number = value.as_number()?;
    number.as_u64().or_else(|| {
        let float = number.as_f64()?;
        (float.fract() == 0.0 && (0.0..=9.0e15).contains(&float)).then_some(float as u64)
    })
}

impl Text {
    /// The text.
    pub(in crate::engine) fn evaluate(&self, scope: &dyn Scope) -> Result<String, EvaluationError> {
        match self {
            Self::Literal(text) => Ok(text.as_ref().to_owned()),
            Self::Expression { field, expression } => {
                let value = defined(expression, scope, field)?;
                value.as_str().map(str::to_owned).ok_or_else(|| unexpected(expression, field, "string", &value))
            }
        }
    }
}
