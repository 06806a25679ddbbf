//! Types and values in words.

use serde_json::Value;

use super::check::EXACT_MAX;
use super::{Representation, Shape, Type};

/// The longest text that is shown whole.
const SHOWN: usize = 40;

/// "an integer from 0 to 65535", "a list", "an object `Order`".
pub fn describe(ty: &Type) -> String {
    match ty {
        Type::Unit => String::from("null"),
        Type::Bool => String::from("true or false"),
        Type::Integer { min, max, .. } => {
            format!("an integer from {} to {}", min.max(&-EXACT_MAX), max.min(&EXACT_MAX))
        }
        Type::Float => String::from("a number"),
        Type::String => String::from("text"),
        Type::Timestamp => String::from("a time such as \"2026-01-31T12:00:00Z\""),
        Type::Json => String::from("any JSON"),
        Type::Option(inner) => format!("{} or null", describe(inner)),
        Type::List(_) => String::from("a list"),
        Type::Tuple(types) => format!("a list of {}", types.len()),
        Type::Result(_) => String::from("an object with `Ok` or `Err`"),
        Type::Map(_) | Type::Failure => String::from("an object"),
        Type::Named(named) => match (named.shape)() {
            Shape::Struct(_) => format!("an object `{}`", named.name),
            Shape::Newtype(inner) => describe(&inner),
            Shape::Tuple(types) => format!("a list of {}", types.len()),
            Shape::Unit => String::from("null"),
            Shape::Enum { representation: Representation::Untagged, .. } => format!("a form of `{}`", named.name),
            Shape::Enum { .. } => format!("a variant of `{}`", named.name),
        },
    }
}

/// A value as it was found, cut to a line.
pub fn found(value: &Value) -> String {
    match value {
        Value::String(text) if text.chars().count() > SHOWN => {
            let start: String = text.chars().take(SHOWN).collect();
            format!("{}..", Value::from(start))
        }
        Value::Array(items) if items.is_empty() => String::from("an empty list"),
        Value::Array(_) => String::from("a list"),
        Value::Object(_) => String::from("an object"),
        other => other.to_string(),
    }
}
