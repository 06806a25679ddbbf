//! A small value of a type, for people to start from.

use serde_json::{Map, Value, json};

use super::{Content, Field, Representation, Shape, Type, Variant};

/// Nested types are shown to this depth; below it stands `null` or nothing.
const DEPTH: usize = 6;

/// A value that fits the type: `{"approved":true}`.
pub fn example(ty: &Type) -> Value {
    of(ty, DEPTH)
}

/// A value of this variant of an enum, and what it carries by Rust's names of the fields; `None` where the type is no enum or
/// lacks the variant.
#[cfg(feature = "testing")]
pub(crate) fn example_of_variant(ty: &Type, ident: &str) -> Option<(Value, Vec<(String, Value)>)> {
    let Type::Named(named) = ty else { return None };
    let Shape::Enum { representation, variants } = (named.shape)() else { return None };
    let found = variants.iter().find(|variant| variant.ident == ident)?;
    let fields = match &found.content {
        Content::Unit => Vec::new(),
        Content::Newtype(ty) => vec![("0".to_owned(), of(ty, DEPTH - 1))],
        Content::Tuple(parts) => {
            parts.iter().enumerate().map(|(at, part)| (at.to_string(), of(part, DEPTH - 1))).collect()
        }
        Content::Struct(fields) => {
            fields.iter().map(|field| (field.ident.to_owned(), of(&field.ty, DEPTH - 1))).collect()
        }
    };
    Some((variant(representation, found, DEPTH), fields))
}

fn of(ty: &Type, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    match ty {
        Type::Unit | Type::Json | Type::Option(_) => Value::Null,
        Type::Bool => Value::Bool(true),
        Type::Integer { min, max, .. } => json!(i64::try_from((*min).max(1).min(*max)).unwrap_or(1)),
        Type::Float => json!(0.5),
        Type::String => json!("text"),
        Type::Timestamp => json!("2030-01-01T00:00:00Z"),
        Type::List(_) => json!([]),
        Type::Tuple(parts) => parts.iter().map(|part| of(part, depth - 1)).collect(),
        Type::Map(_) => json!({}),
        Type::Result(ok) => json!({ "Ok": of(ok, depth - 1) }),
        Type::Failure => json!({ "Error": "NAME", "Cause": "text" }),
        Type::Named(named) => match (named.shape)() {
            Shape::Struct(fields) => Value::Object(object(&fields, depth)),
            Shape::Newtype(inner) => of(&inner, depth - 1),
            Shape::Tuple(parts) => parts.iter().map(|part| of(part, depth - 1)).collect(),
            Shape::Unit => Value::Null,
            Shape::Enum { representation, variants } => {
                variants.first().map_or(Value::Null, |first| variant(representation, first, depth))
            }
        },
    }
}

fn object(fields: &[Field], depth: usize) -> Map<String, Value> {
    let mut object = Map::new();
    for field in fields.iter().filter(|field| !field.skipped) {
        match of(&field.ty, depth - 1) {
            Value::Object(inner) if field.flatten => object.extend(inner),
            value if !field.optional_in || !value.is_null() => drop(object.insert(field.key.to_owned(), value)),
            _ => {}
        }
    }
    object
}

fn content(of_variant: &Content, depth: usize) -> Option<Value> {
    match of_variant {
        Content::Unit => None,
        Content::Newtype(ty) => Some(of(ty, depth - 1)),
        Content::Tuple(parts) => Some(parts.iter().map(|part| of(part, depth - 1)).collect()),
        Content::Struct(fields) => Some(Value::Object(object(fields, depth))),
    }
}

fn variant(representation: Representation, first: &Variant, depth: usize) -> Value {
    let inside = content(&first.content, depth);
    match representation {
        Representation::External => inside.map_or_else(|| json!(first.key), |inside| json!({ first.key: inside })),
        Representation::Internal { tag } => {
            let mut object = Map::from_iter([(tag.to_owned(), json!(first.key))]);
            if let Some(Value::Object(inside)) = inside {
                object.extend(inside);
            }
            Value::Object(object)
        }
        Representation::Adjacent { tag, content } => {
            let mut object = Map::from_iter([(tag.to_owned(), json!(first.key))]);
            if let Some(inside) = inside {
                object.insert(content.to_owned(), inside);
            }
            Value::Object(object)
        }
        Representation::Untagged => inside.unwrap_or_default(),
    }
}
