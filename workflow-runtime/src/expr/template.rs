//! Payload templates: JSON in which strings of the form `{% .. %}` are expressions.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Cached, EvaluationError, Expression, ExpressionError, Fault, INVALID, Scope, StatesFields};
use crate::time::Timestamp;

/// A compiled payload template: JSON in which strings of the form `{% .. %}` are expressions.
#[derive(Debug)]
pub struct Template {
    part: Part,
}

#[derive(Debug)]
enum Part {
    /// No expression in it.
    Literal(Value),
    Expression(Expression),
    Array(Vec<Part>),
    Object(Vec<(String, Part)>),
}

/// Where in a field a part stands; written out only for an error.
#[derive(Clone, Copy)]
enum Place<'p> {
    Field(&'p str),
    Key(&'p Place<'p>, &'p str),
    Index(&'p Place<'p>, usize),
}

impl Place<'_> {
    fn render(&self) -> String {
        match self {
            Self::Field(field) => (*field).to_owned(),
            Self::Key(outer, key) => format!("{}/{key}", outer.render()),
            Self::Index(outer, index) => format!("{}[{index}]", outer.render()),
        }
    }
}

/// The text of the expression that a string is; `Err` where only one of its marks is there.
fn expression_in(text: &str) -> Result<Option<&str>, ()> {
    match (text.starts_with("{%"), text.ends_with("%}")) {
        (false, false) => Ok(None),
        (true, true) => text.get(2..text.len() - 2).map(Some).ok_or(()),
        _ => Err(()),
    }
}

impl Part {
    fn compile(source: &Value, place: &Place<'_>, faults: &mut Vec<(String, ExpressionError)>) -> Self {
        match source {
            Value::String(text) => match expression_in(text) {
                Ok(None) => Self::Literal(source.clone()),
                Ok(Some(expression)) => match Expression::compile_all(expression) {
                    Ok(expression) => Self::Expression(expression),
                    Err(refusals) => {
                        faults.extend(refusals.into_iter().map(|refusal| (place.render(), refusal)));
                        Self::Literal(Value::Null)
                    }
                },
                Err(()) => {
                    let message = format!("'{text}' must both start with '{{%' and end with '%}}'");
                    faults.push((place.render(), ExpressionError { code: INVALID, message }));
                    Self::Literal(Value::Null)
                }
            },
            Value::Array(items) => {
                let parts: Vec<Self> = items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| Self::compile(item, &Place::Index(place, at), faults))
                    .collect();
                let literal = parts.iter().all(|part| matches!(part, Self::Literal(_)));
                if literal { Self::Literal(source.clone()) } else { Self::Array(parts) }
            }
            Value::Object(map) => {
                let parts: Vec<(String, Self)> = map
                    .iter()
                    .map(|(key, item)| (key.clone(), Self::compile(item, &Place::Key(place, key), faults)))
                    .collect();
                let literal = parts.iter().all(|(_, part)| matches!(part, Self::Literal(_)));
                if literal { Self::Literal(source.clone()) } else { Self::Object(parts) }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Self::Literal(source.clone()),
        }
    }

    fn evaluate(&self, scope: &dyn Scope, place: &Place<'_>) -> Result<Value, EvaluationError> {
        Ok(match self {
            Self::Literal(value) => value.clone(),
            Self::Expression(expression) => whole(expression, scope, place)?.into_owned(),
            Self::Array(parts) => Value::Array(
                parts
                    .iter()
                    .enumerate()
                    .map(|(at, part)| part.evaluate(scope, &Place::Index(place, at)))
                    .collect::<Result<_, _>>()?,
            ),
            Self::Object(parts) => {
                let mut map = Map::with_capacity(parts.len());
                for (key, part) in parts {
                    map.insert(key.clone(), part.evaluate(scope, &Place::Key(place, key))?);
                }
                Value::Object(map)
            }
        })
    }

    fn expressions<'t>(&'t self, visit: &mut dyn FnMut(&'t Expression)) {
        match self {
            Self::Literal(_) => {}
            Self::Expression(expression) => visit(expression),
            Self::Array(parts) => parts.iter().for_each(|part| part.expressions(visit)),
            Self::Object(parts) => parts.iter().for_each(|(_, part)| part.expressions(visit)),
        }
    }
}

fn whole<'a>(
    expression: &'a Expression,
    scope: &'a dyn Scope,
    place: &Place<'_>,
) -> Result<Cow<'a, Value>, EvaluationError> {
    expression
        .value(scope)
        .map_err(Fault::from)
        .and_then(|value| value.ok_or(Fault::Undefined))
        .map_err(|fault| expression.error(fault, place.render()))
}

impl Template {
    /// Compiles a template; `field` names it in errors (`Output`, `Assign`).
    ///
    /// # Errors
    /// An expression in it is refused; the string names where.
    pub fn compile(source: &Value, field: &str) -> Result<Self, (String, ExpressionError)> {
        let mut faults = Vec::new();
        let part = Part::compile(source, &Place::Field(field), &mut faults);
        if faults.is_empty() { Ok(Self { part }) } else { Err(faults.swap_remove(0)) }
    }

    /// Everything that is refused in a template, each with its place (`Output/a/b[0]`).
    pub fn diagnose(source: &Value, field: &str) -> Vec<(String, ExpressionError)> {
        let mut faults = Vec::new();
        Part::compile(source, &Place::Field(field), &mut faults);
        faults
    }

    /// Evaluates every expression in it; undefined is an error, as on AWS.
    ///
    /// # Errors
    /// An expression threw or returned undefined.
    pub fn evaluate(&self, scope: &dyn Scope, field: &str) -> Result<Value, EvaluationError> {
        self.evaluate_cow(scope, field).map(Cow::into_owned)
    }

    /// Evaluates without a copy where it can: a literal lends itself, and a template that is one path lends the value
    /// that the path leads to (so that whoever shares that value can share it again).
    ///
    /// # Errors
    /// An expression threw or returned undefined.
    pub fn evaluate_cow<'a>(&'a self, scope: &'a dyn Scope, field: &str) -> Result<Cow<'a, Value>, EvaluationError> {
        match &self.part {
            Part::Literal(value) => Ok(Cow::Borrowed(value)),
            Part::Expression(expression) => whole(expression, scope, &Place::Field(field)),
            part => part.evaluate(&Cached::new(scope), &Place::Field(field)).map(Cow::Owned),
        }
    }

    /// The value, where no expression is in it.
    pub fn as_literal(&self) -> Option<&Value> {
        match &self.part {
            Part::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// The expression, where the template is one as a whole.
    pub fn as_expression(&self) -> Option<&Expression> {
        match &self.part {
            Part::Expression(expression) => Some(expression),
            _ => None,
        }
    }

    /// Every expression in it, in order.
    pub fn expressions(&self) -> Vec<&Expression> {
        let mut all = Vec::new();
        self.part.expressions(&mut |expression| all.push(expression));
        all
    }

    /// The variables that its expressions read and do not bind themselves, sorted.
    pub fn free_variables(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.expressions().into_iter().flat_map(|one| one.free_variables().iter().map(String::as_str)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Which parts of `$states` its expressions read.
    pub fn uses_states_fields(&self) -> StatesFields {
        let mut all = StatesFields::default();
        for expression in self.expressions() {
            let one = expression.uses_states_fields();
            all.input |= one.input;
            all.result |= one.result;
            all.error_output |= one.error_output;
            all.context |= one.context;
            all.whole |= one.whole;
            all.unknown.extend(one.unknown.iter().cloned());
        }
        all.unknown.sort_unstable();
        all.unknown.dedup();
        all
    }

    /// Evaluates to a boolean, as a Choice's `Condition` must.
    ///
    /// # Errors
    /// It threw, or yields undefined or something else.
    pub fn evaluate_boolean(&self, scope: &dyn Scope, field: &str) -> Result<bool, EvaluationError> {
        self.typed(field, "boolean", |expression| expression.boolean(scope), Value::as_bool)
    }

    /// Evaluates to a whole number that is not negative, as `Seconds`, `TimeoutSeconds` and `MaxConcurrency` must.
    ///
    /// # Errors
    /// It threw, or yields undefined or something else.
    pub fn evaluate_whole_number(&self, scope: &dyn Scope, field: &str) -> Result<u64, EvaluationError> {
        self.typed(field, "non-negative integer", |expression| expression.whole_number(scope), Value::as_u64)
    }

    /// Evaluates to a text, as `Error` and `Cause` must.
    ///
    /// # Errors
    /// It threw, or yields undefined or something else.
    pub fn evaluate_text(&self, scope: &dyn Scope, field: &str) -> Result<String, EvaluationError> {
        self.typed(field, "string", |expression| expression.text(scope), |literal| literal.as_str().map(str::to_owned))
    }

    /// Evaluates to a point in time, as `Timestamp` must: ISO 8601 with `T` and a zone.
    ///
    /// # Errors
    /// It threw, or yields undefined or something else.
    pub fn evaluate_timestamp(&self, scope: &dyn Scope, field: &str) -> Result<Timestamp, EvaluationError> {
        let text = self.evaluate_text(scope, field)?;
        Timestamp::parse_offset_date_time(&text).ok_or_else(|| EvaluationError {
            cause: format!(
                "The {field} field cannot be parsed as an ISO-8601 extended offset date-time format string: {text}"
            ),
            location: field.to_owned(),
        })
    }

    fn typed<T>(
        &self,
        field: &str,
        expected: &str,
        evaluate: impl FnOnce(&Expression) -> Result<T, Fault>,
        literal: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, EvaluationError> {
        let wrong = |value: &str| EvaluationError {
            cause: format!("The value of the field '{field}' must be of type '{expected}', but was: {value}"),
            location: field.to_owned(),
        };
        match &self.part {
            Part::Expression(expression) => {
                evaluate(expression).map_err(|fault| expression.error(fault, field.to_owned()))
            }
            Part::Literal(value) => literal(value).ok_or_else(|| wrong(&value.to_string())),
            Part::Array(_) => Err(wrong("an array")),
            Part::Object(_) => Err(wrong("an object")),
        }
    }
}
