//! Values while an expression is evaluated: borrowed JSON where it can be, and what JSON has not (undefined, sequences,
//! functions).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Deref;
use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::eval::Function;
pub(super) use super::fuel::Fuel;
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
    /// A result sequence of one item or none that is not collapsed yet: see [`Yield::Whole`].
    open: bool,
    /// A function is somewhere inside.
    functions: bool,
    /// Levels of made arrays and objects, this one included.
    height: u32,
    /// See [`Val::weight`].
    weight: usize,
}

/// An object that the evaluation made.
#[derive(Clone, Debug, Default)]
pub(super) struct Object<'a> {
    pub(super) fields: IndexMap<String, Val<'a>>,
    functions: bool,
    height: u32,
    /// See [`Val::weight`].
    weight: usize,
}

impl<'a> Object<'a> {
    pub(super) fn new(fields: IndexMap<String, Val<'a>>) -> Self {
        let functions = fields.values().any(Val::holds_function);
        let height = 1 + fields.values().map(Val::height).max().unwrap_or(0);
        let weight = weight_of(fields.values());
        Self { fields, functions, height, weight }
    }
}

impl<'a> Array<'a> {
    fn new(items: Vec<Val<'a>>, sequence: bool) -> Self {
        let functions = items.iter().any(Val::holds_function);
        let height = 1 + items.iter().map(Val::height).max().unwrap_or(0);
        let weight = weight_of(items.iter());
        Self { items, sequence, open: false, functions, height, weight }
    }
}

/// What a result sequence of one item or none becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Yield {
    /// The item, or undefined.
    Item,
    /// A list of it (`[]` stands behind the call), or undefined.
    List,
    /// A list, even where it is empty, that collapses when it is next read: what a function body yields whose last call makes a
    /// sequence. The call is the caller's in the reference implementation, which does not look at its result again.
    Whole,
}

/// Of something with these inside.
fn weight_of<'v, 'a: 'v>(inside: impl Iterator<Item = &'v Val<'a>>) -> usize {
    inside.fold(1, |weight, value| weight.saturating_add(value.weight()))
}

/// Bytes of text (`$string`, `&`) that are written at most; AWS fails somewhere between half of this and this.
pub(super) const TEXT_MAX: usize = 1 << 23;
/// Values, and sixteens of bytes of text, that one result may have: what is shared inside is written out as often as it stands
/// there, so that a small expression could fill any memory.
pub(super) const RESULT_MAX: usize = 4_000_000;
/// Bytes of a value that an error quotes.
const SHOWN_MAX: usize = 16 << 10;

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
        Self::Array(Rc::new(Array::new(items, false)))
    }

    /// A result sequence as it leaves a node: none is undefined, one is itself unless `keep`.
    pub(super) fn sequence(mut items: Vec<Self>, keep: bool) -> Self {
        match items.len() {
            0 => Self::Undefined,
            1 if !keep => items.pop().unwrap_or(Self::Undefined),
            _ => Self::Array(Rc::new(Array::new(items, true))),
        }
    }

    /// A result sequence as a call of a built-in function makes it.
    pub(super) fn yielded(items: Vec<Self>, end: Yield) -> Self {
        if end != Yield::Whole || items.len() > 1 {
            return Self::sequence(items, end == Yield::List);
        }
        Self::Array(Rc::new(Array { open: true, ..Array::new(items, true) }))
    }

    /// What is read of a sequence that is still open.
    pub(super) fn closed(self, keep: bool) -> Self {
        match &self {
            Self::Array(array) if array.open => Self::sequence(array.items.clone(), keep),
            _ => self,
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

    /// Levels of made arrays and objects; what is borrowed counts as none.
    pub(super) fn height(&self) -> u32 {
        match self {
            Self::Array(array) => array.height,
            Self::Object(object) => object.height,
            _ => 0,
        }
    }

    /// Values inside, this one included, each counted as often as it stands there; what is borrowed counts as one. At least so
    /// much there is to do for whoever goes through all of it, known without doing so.
    fn weight(&self) -> usize {
        match self {
            Self::Array(array) => array.weight,
            Self::Object(object) => object.weight,
            _ => 1,
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
    pub(super) fn truth(&self, fuel: &mut Fuel) -> Run<Option<bool>> {
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
                    fuel.burn(1).ok_or_else(Thrown::time)?;
                    if item.truth(fuel)? == Some(true) {
                        return Ok(Some(true));
                    }
                }
                false
            }
        }))
    }

    /// Equal in depth, `1` to `1.0`; functions never. `None` where the fuel does not do.
    pub(super) fn equals(&self, other: &Self, fuel: &mut Fuel) -> Option<bool> {
        fuel.burn(1)?;
        Some(match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Num(left), Self::Num(right)) => left.compare(*right) == Some(Ordering::Equal),
            (Self::Text(left), Self::Text(right)) => {
                fuel.burn(left.len().min(right.len()) / 16)?;
                **left == **right
            }
            (Self::Json(left), Self::Json(right)) if std::ptr::eq(*left, *right) => true,
            (Self::Function(left), Self::Function(right)) => Rc::ptr_eq(left, right),
            (Self::Array(left), Self::Array(right)) if Rc::ptr_eq(left, right) && left.weight > fuel.left() => {
                return None;
            }
            (Self::Object(left), Self::Object(right)) if Rc::ptr_eq(left, right) && left.weight > fuel.left() => {
                return None;
            }
            _ => return self.equals_in_depth(other, fuel),
        })
    }

    fn equals_in_depth(&self, other: &Self, fuel: &mut Fuel) -> Option<bool> {
        if let (Some(left), Some(right)) = (self.items(), other.items()) {
            if left.len() != right.len() {
                return Some(false);
            }
            for (left, right) in left.iter().zip(right.iter()) {
                if !left.equals(&right, fuel)? {
                    return Some(false);
                }
            }
            return Some(true);
        }
        let (Some(keys), Some(others)) = (self.keys(), other.keys()) else { return Some(false) };
        if keys.len() != others.len() {
            return Some(false);
        }
        for key in &keys {
            match (self.field(key), other.field(key)) {
                (Some(left), Some(right)) if left.equals(&right, fuel)? => {}
                _ => return Some(false),
            }
        }
        Some(true)
    }

    /// As it leaves the expression. `None` for undefined.
    pub(super) fn into_json(self) -> Run<Option<Cow<'a, Value>>> {
        Ok(Some(match self {
            Self::Undefined => return Ok(None),
            Self::Json(value) => Cow::Borrowed(value),
            other if other.weight() > RESULT_MAX => return Err(Thrown::memory()),
            other => Cow::Owned(other.to_value(&mut Fuel::new(RESULT_MAX))?),
        }))
    }

    fn to_value(&self, fuel: &mut Fuel) -> Run<Value> {
        fuel.spend(1)?;
        Ok(match self {
            Self::Undefined | Self::Null => Value::Null,
            Self::Bool(bool) => Value::Bool(*bool),
            Self::Num(number) => number.to_json(),
            Self::Text(text) => {
                fuel.spend(text.len() / 16)?;
                Value::String((**text).to_owned())
            }
            Self::Json(value) => {
                fuel.visit(value).ok_or_else(Thrown::memory)?;
                (*value).clone()
            }
            Self::Array(array) => Value::Array(array.items.iter().map(|item| item.to_value(fuel)).collect::<Run<_>>()?),
            Self::Object(object) => {
                let mut map = Map::with_capacity(object.fields.len());
                for (key, value) in &object.fields {
                    fuel.spend(key.len() / 16)?;
                    map.insert(key.clone(), value.to_value(fuel)?);
                }
                Value::Object(map)
            }
            Self::Function(_) => return Err(Thrown::function_value()),
        })
    }

    /// Compact JSON as `$string` writes it: numbers to 15 digits, functions as empty texts.
    pub(super) fn write_json(&self, out: &mut String) -> Run<()> {
        self.write_within(out, TEXT_MAX)
    }

    /// The same, as long as the text has no more than `limit` bytes.
    fn write_within(&self, out: &mut String, limit: usize) -> Run<()> {
        if out.len() > limit {
            return Err(Thrown::memory());
        }
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
                        item.write_within(out, limit)?;
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
                    self.field(key).unwrap_or(Self::Null).write_within(out, limit)?;
                }
                out.push('}');
            }
        }
        Ok(())
    }

    /// As an error message quotes it.
    pub(super) fn shown(&self) -> String {
        let mut out = String::new();
        match self.write_within(&mut out, SHOWN_MAX) {
            Ok(()) if out.len() <= SHOWN_MAX => out,
            Err(_) if out.len() <= SHOWN_MAX => "null".to_owned(),
            _ => {
                let end = out.floor_char_boundary(SHOWN_MAX);
                format!("{}...", &out[..end])
            }
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
