//! JSON text to a value, without the forgiveness: a key that stands twice is a fault, not a silent loss.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, de};
use serde_json::{Map, Number, Value};

use crate::asl::violation::{Violation, ViolationCode};

/// Parses the text.
pub(super) fn parse(text: &str) -> Result<Value, Violation> {
    strict(text).map_err(|fault| refusal(&fault))
}

/// Parses any JSON in which no key stands twice.
pub(crate) fn strict(text: &str) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Document.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value))
}

fn refusal(fault: &serde_json::Error) -> Violation {
    let text = fault.to_string();
    if text.starts_with("recursion limit exceeded") {
        let message = format!("The definition is nested too deeply, at line {}", fault.line());
        return Violation::unlocated(ViolationCode::TooDeeplyNested, message);
    }
    let code = if text.starts_with("Duplicate") {
        ViolationCode::SchemaValidationFailed
    } else {
        ViolationCode::InvalidJsonDescription
    };
    Violation::unlocated(code, text)
}

struct Document;

impl<'de> DeserializeSeed<'de> for Document {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Document)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("Duplicate field '{key}'")));
            }
            let value = entries.next_value_seed(Document)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
