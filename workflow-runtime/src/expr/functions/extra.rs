//! The functions that Step Functions adds to JSONata, and the time.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::super::eval::Machine;
use super::super::thrown::{Run, Thrown};
use super::super::value::{Num, Val};
use super::hash as digests;
use crate::time::Timestamp;

/// Items that `$range` makes at most, as measured on AWS.
const RANGE_MAX: u128 = 360_145;

/// `$parse`: JSON without repeated keys.
pub(super) fn parse<'a>(value: &Val<'a>) -> Run<Val<'a>> {
    match value {
        Val::Text(text) => parse_json(text).map(Val::from_owned),
        _ => Ok(Val::Undefined),
    }
}

pub(in super::super) fn parse_json(text: &str) -> Run<Value> {
    serde_json::from_str::<Strict>(text)
        .map(|strict| strict.0)
        .map_err(|error| Thrown::plain(format!("The argument of the parse function must be JSON: {error}")))
}

/// JSON that refuses repeated keys.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, bool: bool) -> Result<Value, E> {
        Ok(Value::Bool(bool))
    }
    fn visit_i64<E>(self, int: i64) -> Result<Value, E> {
        Ok(Value::from(int))
    }
    fn visit_u64<E>(self, int: u64) -> Result<Value, E> {
        Ok(Value::from(int))
    }
    fn visit_f64<E>(self, float: f64) -> Result<Value, E> {
        Ok(Value::from(float))
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, Strict(value))) = entries.next_entry::<String, Strict>()? {
            if map.contains_key(&key) {
                return Err(serde::de::Error::custom(format!("duplicate key `{key}`")));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// `$hash(text, algorithm)`; without an algorithm nothing.
pub(super) fn hash<'a>(value: &Val<'a>, algorithm: &Val<'a>) -> Run<Val<'a>> {
    match (value, algorithm) {
        (Val::Text(text), Val::Text(algorithm)) => hash_text(text, algorithm).map(Val::text),
        _ => Ok(Val::Undefined),
    }
}

pub(in super::super) fn hash_text(text: &str, algorithm: &str) -> Run<String> {
    digests::hex(text.as_bytes(), algorithm).ok_or_else(|| {
        Thrown::plain(format!(
            "The algorithm of the hash function must be one of MD5, SHA-1, SHA-256, SHA-384, SHA-512. Given \"{algorithm}\""
        ))
    })
}

/// A version 4 UUID from two random numbers.
pub(crate) fn uuid_text(high: u64, low: u64) -> String {
    let bits = (u128::from(high) << 64) | u128::from(low);
    uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string()
}

/// ISO 8601 with three digits of milliseconds, as JavaScript writes it.
pub(in super::super) fn millis_text(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis())
        .map_or_else(|_| "out of range".to_owned(), |at| format!("{at:.3}"))
}

/// A number in `[0, 1)`.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit a double")]
pub(crate) fn entropy_fraction(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// `new java.util.Random(seed).nextDouble()`.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit a double")]
pub(in super::super) fn java_random(seed: i64) -> f64 {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;
    let mut state = (seed.cast_unsigned() ^ MULTIPLIER) & MASK;
    let mut next = |bits: u32| {
        state = state.wrapping_mul(MULTIPLIER).wrapping_add(0xB) & MASK;
        state >> (48 - bits)
    };
    let (high, low) = (next(26), next(27));
    ((high << 27) + low) as f64 / (1_u64 << 53) as f64
}

impl<'a> Machine<'a> {
    pub(super) fn random(&mut self, seed: &Val<'a>) -> Val<'a> {
        Val::Num(Num::Float(match seed {
            Val::Num(seed) => java_random(seed.truncated()),
            _ => entropy_fraction(self.scope.entropy()),
        }))
    }

    /// `$range(start, end, step)`: both ends included, arguments rounded towards zero, one item collapses.
    pub(super) fn range_function(
        &mut self,
        start: &Val<'a>,
        end: &Val<'a>,
        step: &Val<'a>,
        keep: bool,
    ) -> Run<Val<'a>> {
        let (Val::Num(start), Val::Num(end), Val::Num(step)) = (start, end, step) else { return Ok(Val::Undefined) };
        let Some(items) = range_items(start.truncated(), end.truncated(), step.truncated())? else {
            return Ok(Val::Undefined);
        };
        self.allocate(items.len())?;
        Ok(Val::sequence(items.into_iter().map(|item| Val::Num(Num::Int(item))).collect(), keep))
    }
}

/// What `$range` yields; `None` where the step leads nowhere.
pub(in super::super) fn range_items(start: i64, end: i64, step: i64) -> Run<Option<Vec<i64>>> {
    let rising = i128::from(end) - i128::from(start);
    if step == 0 || (rising != 0 && (rising > 0) != (step > 0)) {
        return Ok(None);
    }
    let count = rising.unsigned_abs() / u128::from(step.unsigned_abs()) + 1;
    if count > RANGE_MAX {
        return Err(Thrown::memory());
    }
    let count = i64::try_from(count).unwrap_or(0);
    Ok(Some((0..count).map(|at| start.saturating_add(step.saturating_mul(at))).collect()))
}
