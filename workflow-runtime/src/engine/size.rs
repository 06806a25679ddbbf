//! How many bytes a value's JSON text has, without writing it.

use serde_json::{Number, Value};

use super::Event;
use super::limits::{PAYLOAD_BYTES_MAX, PAYLOAD_DEPTH_MAX};
use crate::json::Json;

/// A value of so many bytes need not be known better.
const SMALL: usize = 4096;

/// Whether a value's compact JSON text has more than 262,144 bytes, or the value more than 100 levels: it cannot travel then.
pub fn exceeds_data_limit(value: &Value) -> bool {
    exceeds(value, PAYLOAD_BYTES_MAX)
}

/// Whether a value's compact JSON text has more than `limit` bytes, or the value more than 100 levels. Most values are decided by their strings' lengths; the
/// rest is counted once, and no further than the limit.
pub(super) fn exceeds(value: &Value, limit: usize) -> bool {
    let levels = PAYLOAD_DEPTH_MAX;
    count(value, limit, levels, at_most).is_none() && count(value, limit, levels, exactly).is_none()
}

/// How many bytes a value's compact JSON text has.
pub(super) fn bytes(value: &Value) -> usize {
    usize::MAX - count(value, usize::MAX, usize::MAX, exactly).unwrap_or(0)
}

/// What [`bytes`] is not more than: no string is read.
pub(super) fn bytes_at_most(value: &Value) -> usize {
    usize::MAX - count(value, usize::MAX, usize::MAX, at_most).unwrap_or(0)
}

/// No fewer than [`bytes`], and not many more: only what is not small is read.
pub(super) fn bytes_about(value: &Value) -> usize {
    let most = bytes_at_most(value);
    if most <= SMALL { most } else { bytes(value) }
}

/// Whether a value has more than 100 levels of arrays and objects.
pub(super) fn is_too_deep(value: &Value) -> bool {
    is_deeper(value, PAYLOAD_DEPTH_MAX)
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else { return value.is_array() || value.is_object() };
    match value {
        Value::Array(items) => items.iter().any(|item| is_deeper(item, below)),
        Value::Object(fields) => fields.values().any(|field| is_deeper(field, below)),
        _ => false,
    }
}

/// Bytes of payload that an event brings along.
pub(super) fn payload_bytes(event: &Event) -> usize {
    let bytes = |value: &Json| bytes(value);
    match event {
        Event::StateExited { output, assigned, .. } => {
            output.as_ref().map_or(0, bytes) + assigned.iter().map(|(_, value)| bytes(value)).sum::<usize>()
        }
        Event::ParallelStarted { arguments, .. } | Event::TaskScheduled { arguments, .. } => {
            arguments.as_ref().map_or(0, bytes)
        }
        _ => 0,
    }
}

/// How many bytes a key has in its object, with its colon.
pub(super) fn key_bytes(key: &str) -> usize {
    exactly(key) + 1
}

/// Bytes left of `budget`, or `None` where it does not do, or where the levels do not. `text` measures strings.
fn count(value: &Value, budget: usize, levels: usize, text: fn(&str) -> usize) -> Option<usize> {
    match value {
        Value::Null | Value::Bool(true) => budget.checked_sub(4),
        Value::Bool(false) => budget.checked_sub(5),
        Value::Number(number) => budget.checked_sub(digits(number)),
        Value::String(string) => budget.checked_sub(text(string)),
        Value::Array(items) => {
            let below = levels.checked_sub(1)?;
            let brackets = budget.checked_sub(2 + items.len().saturating_sub(1))?;
            items.iter().try_fold(brackets, |left, item| count(item, left, below, text))
        }
        Value::Object(fields) => {
            let below = levels.checked_sub(1)?;
            let braces = budget.checked_sub(2 + fields.len().saturating_sub(1))?;
            fields
                .iter()
                .try_fold(braces, |left, (key, field)| count(field, left.checked_sub(text(key) + 1)?, below, text))
        }
    }
}

/// No character needs more than six bytes (`\u001f`).
fn at_most(text: &str) -> usize {
    text.len() * 6 + 2
}

fn exactly(text: &str) -> usize {
    let escapes = text.bytes().map(|byte| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 1,
        0..0x20 => 5,
        _ => 0,
    });
    text.len() + 2 + escapes.sum::<usize>()
}

fn digits(number: &Number) -> usize {
    match (number.as_u64(), number.as_i64()) {
        (Some(0), _) => 1,
        (Some(whole), _) => whole.ilog10() as usize + 1,
        (None, Some(negative)) => negative.unsigned_abs().ilog10() as usize + 2,
        (None, None) => number.to_string().len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_count_is_the_length_of_the_text(value in any_json()) {
            let bytes = value.to_string().len();
            prop_assert!(!exceeds(&value, bytes));
            prop_assert!(exceeds(&value, bytes - 1));
            prop_assert_eq!(super::bytes(&value), bytes);
            prop_assert!(bytes_at_most(&value) >= bytes);
        }
    }

    #[test]
    fn the_limit_counts_bytes_not_characters() {
        assert!(!exceeds_data_limit(&json!("x".repeat(262_142))));
        assert!(exceeds_data_limit(&json!("x".repeat(262_143))));
        assert!(!exceeds_data_limit(&json!("é".repeat(131_071))));
        assert!(exceeds_data_limit(&json!("é".repeat(131_072))));
    }
}
