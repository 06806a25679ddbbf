//! `#[payload(max_len = .., max_bytes = ..)]`: said in words, and measured.

use std::io;

use serde_json::{Map, Value};

use super::{Bounds, Shape, Type};

impl Bounds {
    /// What is too large about a value.
    pub(crate) fn excess(&self, value: &Value) -> Option<String> {
        let (what, length) = match value {
            Value::String(text) => ("characters", text.chars().count()),
            Value::Array(items) => ("items", items.len()),
            Value::Object(fields) => ("entries", fields.len()),
            _ => ("", 0),
        };
        if let Some(max) = self.max_len.filter(|max| length as u64 > *max) {
            return Some(format!("expected at most {max} {what}, found {length}"));
        }
        let max = self.max_bytes?;
        let bytes = json_bytes(value);
        (bytes > max).then(|| format!("expected at most {max} bytes of JSON text, found {bytes}"))
    }

    /// Adds what JSON Schema has for it.
    pub(crate) fn describe(&self, ty: &Type, schema: &mut Map<String, Value>) {
        if let Some(max) = self.max_len {
            let keywords: &[&str] = match kind(ty) {
                Kind::Text => &["maxLength"],
                Kind::List => &["maxItems"],
                Kind::Map => &["maxProperties"],
                Kind::Any => &["maxLength", "maxItems", "maxProperties"],
            };
            schema.extend(keywords.iter().map(|keyword| ((*keyword).to_owned(), max.into())));
        }
        if let Some(max) = self.max_bytes {
            schema.insert("x-maxBytes".to_owned(), max.into());
        }
    }
}

enum Kind {
    Text,
    List,
    Map,
    Any,
}

fn kind(ty: &Type) -> Kind {
    match ty {
        Type::String => Kind::Text,
        Type::List(_) => Kind::List,
        Type::Map(_) => Kind::Map,
        Type::Option(inner) => kind(inner),
        Type::Named(named) => match (named.shape)() {
            Shape::Newtype(inner) => kind(&inner),
            _ => Kind::Any,
        },
        _ => Kind::Any,
    }
}

/// Bytes of a value's JSON text.
fn json_bytes(value: &Value) -> u64 {
    let mut counter = Counter(0);
    // A counter takes everything, and a `Value` always has JSON.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

struct Counter(u64);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
