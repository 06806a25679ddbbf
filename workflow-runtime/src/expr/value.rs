//! Values while an expression is evaluated: borrowed JSON where it can be, and what JSON has not (undefined, sequences,
//! functions).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Deref;
use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::eval::Function;
pub(super) use super::num::Num;
use super::thrown::{Run, Thrown};

/// A text: borrowed from the data or the expression, or made by it.
#[derive(Clone, Debug)]
pub(super) enum Text<'a> {
    Borrowed(&'a str),
    Shared(Rc<str>),
}

impl Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Shared(text) => text,
        }
    }
}

/// An array that the evaluation made.
#[derive(Clone, Debug, Default)]
pub(super) struct Array<'a> {
    pub(super) items: Vec<Val<'a>>,
    /// A result sequence: one item of it is that item, none is undefined.
    pub(super) sequence: bool,
    /// A function is somewhere inside.
    functions: bool,
}

/// An object that the evaluation made.
#[derive(Clone, Debug, Default)]
pub(super) struct Object<'a> {
    pub(super) fields: IndexMap<String, Val<'a>>,
    functions: bool,
}

impl<'a> Object<'a> {
    pub(super) fn new(fields: IndexMap<String, Val<'a>>) -> Self {
        let functions = fields.values().any(Val::holds_function);
        Self { fields, functions }
    }
}

/// A value. Scalars are taken out of the JSON they come from, arrays and objects stay borrowed.
#[derive(Clone, Debug)]
pub(super) enum Val<'a> {
    Undefined,
    Null,
    Bool(bool),
    Num(Num),
    Text(Text<'a>),
    /// Always an array or an object.
    Json(&'a Value),
    Array(Rc<Array<'a>>),
    Object(Rc<Object<'a>>),
    Function(Rc<Function<'a>>),
}

/// The items of an array, wherever they are.
#[derive(Clone, Copy)]
pub(super) enum Items<'v, 'a> {
    Json(&'a [Value]),
    Made(&'v [Val<'a>]),
}

impl<'a> Items<'_, 'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Json(items) => items.len(),
            Self::Made(items) => items.len(),
        }
    }

    pub(super) fn get(&self, at: usize) -> Option<Val<'a>> {
        match self {
            Self::Json(items) => items.get(at).map(Val::from_json),
            Self::Made(items) => items.get(at).cloned(),
        }
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Val<'a>> {
        (0..self.len()).filter_map(move |at| self.get(at))
    }
}

impl<'a> Val<'a> {
    pub(super) fn from_json(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(bool) => Self::Bool(*bool),
            Value::Number(number) => Self::Num(Num::from_json(number)),
            Value::String(text) => Self::Text(Text::Borrowed(text)),
            Value::Array(_) | Value::Object(_) => Self::Json(value),
        }
    }

    /// A value that nobody lends.
    pub(super) fn from_owned(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(bool) => Self::Bool(bool),
            Value::Number(number) => Self::Num(Num::from_json(&number)),
            Value::String(text) => Self::text(text),
            Value::Array(items) => Self::array(items.into_iter().map(Self::from_owned).collect()),
            Value::Object(map) => {
                Self::object(map.into_iter().map(|(key, item)| (key, Self::from_owned(item))).collect())
            }
        }
    }

    pub(super) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(Text::Shared(text.into()))
    }

    pub(super) fn int(int: usize) -> Self {
        Self::Num(Num::Int(i64::try_from(int).unwrap_or(i64::MAX)))
    }

    pub(super) fn array(items: Vec<Self>) -> Self {
        let functions = items.iter().any(Self::holds_function);
        Self::Array(Rc::new(Array { items, sequence: false, functions }))
    }

    /// A result sequence as it leaves a node: none is undefined, one is itself unless `keep`.
    pub(super) fn sequence(mut items: Vec<Self>, keep: bool) -> Self {
        match items.len() {
            0 => Self::Undefined,
            1 if !keep => items.pop().unwrap_or(Self::Undefined),
            _ => {
                let functions = items.iter().any(Self::holds_function);
                Self::Array(Rc::new(Array { items, sequence: true, functions }))
            }
        }
    }

    pub(super) fn object(fields: IndexMap<String, Self>) -> Self {
        Self::Object(Rc::new(Object::new(fields)))
    }

    pub(super) fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined)
    }

    pub(super) fn is_sequence(&self) -> bool {
        matches!(self, Self::Array(array) if array.sequence)
    }

    pub(super) fn holds_function(&self) -> bool {
        match self {
            Self::Function(_) => true,
            Self::Array(array) => array.functions,
            Self::Object(object) => object.functions,
            _ => false,
        }
    }

    /// The items, where this is an array.
    pub(super) fn items(&self) -> Option<Items<'_, 'a>> {
        match self {
            Self::Json(Value::Array(items)) => Some(Items::Json(items)),
            Self::Array(array) => Some(Items::Made(&array.items)),
            _ => None,
        }
    }

    /// The field, where this is an object that has it.
    pub(super) fn field(&self, name: &str) -> Option<Self> {
        match self {
            Self::Json(Value::Object(map)) => map.get(name).map(Self::from_json),
            Self::Object(object) => object.fields.get(name).cloned(),
            _ => None,
        }
    }

    /// The keys, where this is an object.
    pub(super) fn keys(&self) -> Option<Vec<Text<'a>>> {
        match self {
            Self::Json(Value::Object(map)) => Some(map.keys().map(|key| Text::Borrowed(key.as_str())).collect()),
            Self::Object(object) => {
                Some(object.fields.keys().map(|key| Text::Shared(Rc::from(key.as_str()))).collect())
            }
            _ => None,
        }
    }

    /// JSONata's word for its type, as AWS's messages have it.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Num(_) => "number",
            Self::Text(_) => "string",
            Self::Json(Value::Array(_)) | Self::Array(_) => "array",
            Self::Json(_) | Self::Object(_) => "object",
            Self::Function(_) => "function",
        }
    }

    /// The effective boolean value; `None` for undefined.
    pub(super) fn truth(&self) -> Run<Option<bool>> {
        Ok(Some(match self {
            Self::Undefined => return Ok(None),
            Self::Null | Self::Function(_) => false,
            Self::Bool(bool) => *bool,
            Self::Num(number) => match number.as_f64() {
                float if float.is_infinite() => return Err(Thrown::out_of_range()),
                float => float != 0.0 && !float.is_nan(),
            },
            Self::Text(text) => !text.is_empty(),
            Self::Json(Value::Object(map)) => !map.is_empty(),
            Self::Object(object) => !object.fields.is_empty(),
            Self::Json(_) | Self::Array(_) => {
                for item in self.items().into_iter().flat_map(Items::iter) {
                    if item.truth()? == Some(true) {
                        return Ok(Some(true));
                    }
                }
                false
            }
        }))
    }

    /// As a condition reads it: undefined is false.
    pub(super) fn is_true(&self) -> Run<bool> {
        Ok(self.truth()?.unwrap_or(false))
    }

    /// Equal in depth, `1` to `1.0`; functions never.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Num(left), Self::Num(right)) => left.compare(*right) == Some(Ordering::Equal),
            (Self::Text(left), Self::Text(right)) => **left == **right,
            (Self::Json(left), Self::Json(right)) if std::ptr::eq(*left, *right) => true,
            (Self::Function(left), Self::Function(right)) => Rc::ptr_eq(left, right),
            _ => self.equals_in_depth(other),
        }
    }

    fn equals_in_depth(&self, other: &Self) -> bool {
        if let (Some(left), Some(right)) = (self.items(), other.items()) {
            return left.len() == right.len() && left.iter().zip(right.iter()).all(|(left, right)| left.equals(&right));
        }
        let (Some(keys), Some(others)) = (self.keys(), other.keys()) else { return false };
        keys.len() == others.len()
            && keys.iter().all(|key| match (self.field(key), other.field(key)) {
                (Some(left), Some(right)) => left.equals(&right),
                _ => false,
            })
    }

    /// As it leaves the expression. `None` for undefined.
    pub(super) fn into_json(self) -> Run<Option<Cow<'a, Value>>> {
        Ok(Some(match self {
            Self::Undefined => return Ok(None),
            Self::Json(value) => Cow::Borrowed(value),
            other => Cow::Owned(other.to_value()?),
        }))
    }

    fn to_value(&self) -> Run<Value> {
        Ok(match self {
            Self::Undefined | Self::Null => Value::Null,
            Self::Bool(bool) => Value::Bool(*bool),
            Self::Num(number) => number.to_json(),
            Self::Text(text) => Value::String((**text).to_owned()),
            Self::Json(value) => (*value).clone(),
            Self::Array(array) => Value::Array(array.items.iter().map(Self::to_value).collect::<Run<_>>()?),
            Self::Object(object) => {
                let mut map = Map::with_capacity(object.fields.len());
                for (key, value) in &object.fields {
                    map.insert(key.clone(), value.to_value()?);
                }
                Value::Object(map)
            }
            Self::Function(_) => return Err(Thrown::function_value()),
        })
    }

    /// Compact JSON as `$string` writes it: numbers to 15 digits, functions as empty texts.
    pub(super) fn write_json(&self, out: &mut String) -> Run<()> {
        match self {
            Self::Undefined | Self::Null => out.push_str("null"),
            Self::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
            Self::Num(number) if number.is_finite() => out.push_str(&number.to_text()),
            Self::Num(_) => return Err(Thrown::out_of_range()),
            Self::Text(text) => write_text(text, out),
            Self::Function(_) => out.push_str("\"\""),
            _ => {
                if let Some(items) = self.items() {
                    out.push('[');
                    for (at, item) in items.iter().enumerate() {
                        if at > 0 {
                            out.push(',');
                        }
                        item.write_json(out)?;
                    }
                    out.push(']');
                    return Ok(());
                }
                out.push('{');
                for (at, key) in self.keys().unwrap_or_default().iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    write_text(key, out);
                    out.push(':');
                    self.field(key).unwrap_or(Self::Null).write_json(out)?;
                }
                out.push('}');
            }
        }
        Ok(())
    }

    /// As an error message quotes it.
    pub(super) fn shown(&self) -> String {
        let mut out = String::new();
        match self.write_json(&mut out) {
            Ok(()) => out,
            Err(_) => "null".to_owned(),
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push_str(&Value::from(text).to_string());
}

/// UTF-16 order, as JavaScript and Java compare texts.
pub(super) fn compare_texts(left: &str, right: &str) -> Ordering {
    if left.is_ascii() && right.is_ascii() {
        return left.cmp(right);
    }
    left.encode_utf16().cmp(right.encode_utf16())
}
