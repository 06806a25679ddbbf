//! Whether a JSON value is of a [`Type`], and if not, where and why, for people.

use serde_json::{Map, Value};

use super::describe::{describe, found};
use super::{Content, Field, Representation, Shape, Type, Variant};

/// The last integer that a JSON interpreter on doubles keeps exactly: 2^53 - 1.
pub(super) const EXACT_MAX: i128 = 9_007_199_254_740_991;
/// So many mismatches are told.
const TOLD: usize = 32;

/// One place where a value is not of its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// JSON pointer of the place; empty for the whole value.
    pub pointer: String,
    /// What was expected and what was found.
    pub message: String,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.pointer.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.pointer, self.message)
        }
    }
}

/// Whether `value` is of type `ty`.
///
/// # Errors
/// Every place where it is not, the first 32.
pub fn check(ty: &Type, value: &Value) -> Result<(), Vec<Mismatch>> {
    let mut checker = Checker::default();
    checker.value(ty, value);
    checker.mismatches.truncate(TOLD);
    if checker.mismatches.is_empty() { Ok(()) } else { Err(checker.mismatches) }
}

/// The first integer, with its pointer, that lies beyond 2^53 - 1 on either side.
pub fn inexact_integer(value: &Value) -> Option<(String, String)> {
    match value {
        Value::Number(number) => (!exact(number)).then(|| (String::new(), number.to_string())),
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| {
            inexact_integer(item).map(|(pointer, number)| (format!("/{index}{pointer}"), number))
        }),
        Value::Object(fields) => fields.iter().find_map(|(key, field)| {
            inexact_integer(field).map(|(pointer, number)| (format!("/{}{pointer}", escape(key)), number))
        }),
        _ => None,
    }
}

fn exact(number: &serde_json::Number) -> bool {
    integer(number).is_none_or(|integer| (-EXACT_MAX..=EXACT_MAX).contains(&integer))
}

fn integer(number: &serde_json::Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

/// A key as a JSON pointer has it.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[derive(Default)]
struct Checker {
    pointer: String,
    mismatches: Vec<Mismatch>,
    /// In something sensitive: no value is quoted.
    hidden: bool,
}

impl Checker {
    fn report(&mut self, message: String) {
        self.mismatches.push(Mismatch { pointer: self.pointer.clone(), message });
    }

    fn expected(&mut self, expected: &str, value: &Value) {
        let found = if self.hidden { "a value that is not shown".to_owned() } else { found(value) };
        self.report(format!("expected {expected}, found {found}"));
    }

    /// Checks what is sensitive, where that is so.
    fn hiding(&mut self, sensitive: bool, check: impl FnOnce(&mut Self)) {
        let before = self.hidden;
        self.hidden |= sensitive;
        check(self);
        self.hidden = before;
    }

    fn inexact(&self, number: &str) -> String {
        if self.hidden { inexact("that is not shown") } else { inexact(number) }
    }

    fn below(&mut self, key: &str, check: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&escape(key));
        check(self);
        self.pointer.truncate(length);
    }

    fn value(&mut self, ty: &Type, value: &Value) {
        if self.mismatches.len() >= TOLD {
            return;
        }
        match (ty, value) {
            (Type::Option(_) | Type::Unit, Value::Null)
            | (Type::Bool, Value::Bool(_))
            | (Type::String, Value::String(_))
            | (Type::Float, Value::Number(_))
            | (Type::Failure, Value::Object(_)) => {}
            (Type::Integer { min, max, .. }, Value::Number(number)) => self.integer(ty, (*min, *max), number, value),
            (Type::Timestamp, Value::String(text)) if text.parse::<jiff::Timestamp>().is_ok() => {}
            (Type::Json, _) => {
                if let Some((pointer, number)) = inexact_integer(value) {
                    let pointer = format!("{}{pointer}", self.pointer);
                    self.mismatches.push(Mismatch { pointer, message: self.inexact(&number) });
                }
            }
            (Type::Option(inner), _) => self.value(inner, value),
            (Type::List(item), Value::Array(items)) => {
                for (index, value) in items.iter().enumerate() {
                    self.below(&index.to_string(), |checker| checker.value(item, value));
                }
            }
            (Type::Tuple(types), _) => self.tuple(types, value),
            (Type::Map(ty), Value::Object(fields)) => {
                for (key, value) in fields {
                    self.below(key, |checker| checker.value(ty, value));
                }
            }
            (Type::Result(ok), Value::Object(fields)) => match (fields.get("Ok"), fields.get("Err")) {
                (Some(value), None) => self.below("Ok", |checker| checker.value(ok, value)),
                (None, Some(failure)) => self.below("Err", |checker| checker.value(&Type::Failure, failure)),
                _ => self.expected(&describe(ty), value),
            },
            (Type::Named(named), _) => {
                self.hiding(named.sensitive, |checker| checker.shape(named.name, &(named.shape)(), value));
            }
            _ => self.expected(&describe(ty), value),
        }
    }

    fn integer(&mut self, ty: &Type, (min, max): (i128, i128), number: &serde_json::Number, value: &Value) {
        match integer(number) {
            Some(integer) if (min..=max).contains(&integer) => {
                if !exact(number) {
                    self.report(self.inexact(&number.to_string()));
                }
            }
            _ => self.expected(&describe(ty), value),
        }
    }

    fn tuple(&mut self, types: &[Type], value: &Value) {
        let Value::Array(items) = value else {
            return self.expected(&format!("a list of {}", types.len()), value);
        };
        if items.len() != types.len() {
            return self.report(format!("expected a list of {}, found one of {}", types.len(), items.len()));
        }
        for (index, (ty, item)) in types.iter().zip(items).enumerate() {
            self.below(&index.to_string(), |checker| checker.value(ty, item));
        }
    }

    fn shape(&mut self, name: &str, shape: &Shape, value: &Value) {
        match shape {
            Shape::Unit => self.value(&Type::Unit, value),
            Shape::Newtype(ty) => self.value(ty, value),
            Shape::Tuple(types) => self.tuple(types, value),
            Shape::Struct(fields) => self.object(name, fields, value),
            Shape::Enum { representation, variants } => self.variants(name, *representation, variants, value),
        }
    }

    fn object(&mut self, name: &str, fields: &[Field], value: &Value) {
        match value {
            Value::Object(object) => self.fields(fields, object, value),
            _ => self.expected(&format!("an object `{name}`"), value),
        }
    }

    fn fields(&mut self, fields: &[Field], object: &Map<String, Value>, value: &Value) {
        for field in fields.iter().filter(|field| !field.skipped) {
            if field.flatten {
                self.hiding(field.sensitive, |checker| checker.flattened(fields, &field.ty, object, value));
                continue;
            }
            let keys = || std::iter::once(field.key).chain(field.aliases.iter().copied());
            match keys().find_map(|key| object.get(key).map(|value| (key, value))) {
                Some((key, value)) => self.hiding(field.sensitive, |checker| {
                    checker.below(key, |checker| checker.field(field, value));
                }),
                None if field.optional_in => {}
                None => self.missing(fields, field, object),
            }
        }
    }

    fn field(&mut self, field: &Field, value: &Value) {
        self.value(&field.ty, value);
        if let Some(excess) = field.bounds.excess(value) {
            self.report(excess);
        }
    }

    fn missing(&mut self, fields: &[Field], field: &Field, object: &Map<String, Value>) {
        let known = |key: &str| fields.iter().any(|field| field.key == key || field.aliases.contains(&key));
        let unknown = object.keys().map(String::as_str).filter(|key| !known(key));
        let hint = similar(field.key, unknown).map_or_else(String::new, |key| format!("; is `{key}` meant to be it?"));
        self.report(format!("missing field `{}`, {}{hint}", field.key, describe(&field.ty)));
    }

    fn flattened(&mut self, siblings: &[Field], ty: &Type, object: &Map<String, Value>, value: &Value) {
        match ty {
            Type::Map(item) => {
                let named: Vec<&str> = siblings.iter().flat_map(|field| keys_of(field)).collect();
                for (key, value) in object.iter().filter(|(key, _)| !named.contains(&key.as_str())) {
                    self.below(key, |checker| checker.value(item, value));
                }
            }
            Type::Named(named) => match (named.shape)() {
                Shape::Struct(fields) => self.fields(&fields, object, value),
                Shape::Newtype(inner) => self.flattened(siblings, &inner, object, value),
                Shape::Enum { representation, variants } if representation != Representation::External => {
                    self.variants(named.name, representation, &variants, value);
                }
                Shape::Enum { .. } | Shape::Tuple(_) | Shape::Unit => {}
            },
            _ => {}
        }
    }

    fn variants(&mut self, name: &str, representation: Representation, variants: &[Variant], value: &Value) {
        match representation {
            Representation::External => self.external(name, variants, value),
            Representation::Internal { tag } => self.tagged(name, variants, tag, None, value),
            Representation::Adjacent { tag, content } => self.tagged(name, variants, tag, Some(content), value),
            Representation::Untagged => {
                let fits = |variant: &Variant| {
                    let mut checker = Self { hidden: self.hidden, ..Self::default() };
                    checker.content(name, &variant.content, value);
                    checker.mismatches.is_empty()
                };
                if !variants.iter().any(fits) {
                    self.expected(&format!("one of the forms of `{name}`"), value);
                }
            }
        }
    }

    fn external(&mut self, name: &str, variants: &[Variant], value: &Value) {
        match value {
            Value::String(key) => match self.variant(name, variants, key) {
                Some(variant) if !matches!(variant.content, Content::Unit) => {
                    self.report(format!("variant `{key}` of `{name}` carries data: expected {{\"{key}\": ..}}"));
                }
                _ => {}
            },
            Value::Object(object) if object.len() == 1 => {
                for (key, content) in object {
                    match self.variant(name, variants, key) {
                        // serde would take it, but expressions tell such a variant by its name alone.
                        Some(Variant { content: Content::Unit, .. }) => {
                            self.report(format!("variant `{key}` of `{name}` carries nothing: expected \"{key}\""));
                        }
                        Some(variant) => self.below(key, |checker| checker.content(name, &variant.content, content)),
                        None => {}
                    }
                }
            }
            _ => self.expected(&format!("`{name}`, one of {}", candidates(variants)), value),
        }
    }

    fn tagged(&mut self, name: &str, variants: &[Variant], tag: &str, content: Option<&str>, value: &Value) {
        let Value::Object(object) = value else {
            return self.expected(&format!("an object `{name}` with the field `{tag}`"), value);
        };
        let key = match object.get(tag) {
            None => return self.report(format!("missing field `{tag}`, one of {}", candidates(variants))),
            Some(Value::String(key)) => key,
            Some(other) => {
                let expected = format!("one of {}", candidates(variants));
                return self.below(tag, |checker| checker.expected(&expected, other));
            }
        };
        let mut variant = None;
        self.below(tag, |checker| variant = checker.variant(name, variants, key));
        let Some(variant) = variant else { return };
        match (content, &variant.content) {
            (_, Content::Unit) => {}
            (None, Content::Newtype(ty)) => {
                let mut rest = object.clone();
                rest.shift_remove(tag);
                self.value(ty, &Value::Object(rest));
            }
            (None, inside) => self.content(name, inside, value),
            (Some(content), inside) => match object.get(content) {
                Some(value) => self.below(content, |checker| checker.content(name, inside, value)),
                None => self.report(format!("missing field `{content}`, what `{key}` carries")),
            },
        }
    }

    fn variant<'a>(&mut self, name: &str, variants: &'a [Variant], key: &str) -> Option<&'a Variant> {
        let variant = variants.iter().find(|variant| variant.key == key || variant.aliases.contains(&key));
        if variant.is_none() && self.hidden {
            self.report(format!("unknown variant of `{name}`, expected one of {}", candidates(variants)));
        } else if variant.is_none() {
            let hint = similar(key, variants.iter().map(|variant| variant.key))
                .map_or_else(String::new, |near| format!("; is `{near}` meant?"));
            self.report(format!("unknown variant `{key}` of `{name}`, expected one of {}{hint}", candidates(variants)));
        }
        variant
    }

    fn content(&mut self, name: &str, content: &Content, value: &Value) {
        match content {
            Content::Unit => self.value(&Type::Unit, value),
            Content::Newtype(ty) => self.value(ty, value),
            Content::Tuple(types) => self.tuple(types, value),
            Content::Struct(fields) => self.object(name, fields, value),
        }
    }
}

fn inexact(number: &str) -> String {
    format!("the integer {number} is beyond 2^53 - 1, the last that JSON interpreters keep exactly: send it as text")
}

fn candidates(variants: &[Variant]) -> String {
    variants.iter().map(|variant| format!("`{}`", variant.key)).collect::<Vec<_>>().join(", ")
}

/// The keys that a field claims in its object, those of a flattened struct among them.
fn keys_of(field: &Field) -> Vec<&'static str> {
    if !field.flatten {
        return std::iter::once(field.key).chain(field.aliases.iter().copied()).collect();
    }
    let Type::Named(named) = &field.ty else { return Vec::new() };
    match (named.shape)() {
        Shape::Struct(fields) => fields.iter().flat_map(keys_of).collect(),
        _ => Vec::new(),
    }
}

/// The candidate within two edits, case aside.
fn similar<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let wanted = plain(name);
    candidates
        .map(|candidate| (edits(&wanted, &plain(candidate)), candidate))
        .filter(|(distance, _)| *distance <= wanted.chars().count().saturating_sub(1).min(2))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, above) in b.iter().zip(row.windows(2)) {
            left = (above[0] + usize::from(x != *y)).min(above[1] + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
