//! Masking of what is sensitive: by type where a value's type is known, by key and by value wherever else it has gone.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::reach::{Part, reach};
use super::{Content, Field, NamedType, Representation, Shape, Type};

/// What stands in the place of a sensitive value.
pub const MASKED: &str = "***";
/// A shorter text is masked only where it is a whole value: its letters are everywhere.
const TEXT_MIN: usize = 4;
/// JSON within a text within a text: a cause within a cause.
const DEPTH_MAX: usize = 4;

/// What must not be shown: the keys of sensitive fields, and the values that they were seen to have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets {
    keys: BTreeSet<&'static str>,
    /// Longest first, since one may be part of another.
    texts: BTreeSet<(std::cmp::Reverse<usize>, String)>,
    numbers: BTreeSet<String>,
}

impl Secrets {
    /// Whether there is nothing to mask.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.texts.is_empty() && self.numbers.is_empty()
    }

    /// Whether a sensitive field bears this key.
    pub(crate) fn is_key(&self, key: &str) -> bool {
        self.keys.contains(key)
    }

    /// The keys under which sensitive fields of this type travel.
    pub fn add_keys(&mut self, ty: &Type) {
        reach(ty, &mut |part| {
            if let Part::Field(field) = part
                && !field.flatten
                && (field.sensitive || is_sensitive_itself(&field.ty))
            {
                self.keys.insert(field.key);
                self.keys.extend(field.aliases);
            } else if let Part::Field(field) = part
                && field.sensitive
            {
                // Its own keys stand in the parent.
                reach(&field.ty, &mut |inner| {
                    if let Part::Field(inner) = inner {
                        self.keys.insert(inner.key);
                        self.keys.extend(inner.aliases);
                    }
                });
            }
        });
    }

    /// The sensitive values in a value of this type.
    pub fn collect(&mut self, ty: &Type, value: &Value) {
        visit(ty, &mut value.clone(), &mut |secret| self.add(secret));
    }

    /// Every text and number in a value.
    fn add(&mut self, secret: &Value) {
        match secret {
            Value::String(text) if !text.is_empty() && text != MASKED => {
                self.texts.insert((std::cmp::Reverse(text.len()), text.clone()));
            }
            // A short one stands everywhere.
            Value::Number(number) if number.to_string().len() >= TEXT_MIN => {
                self.numbers.insert(number.to_string());
            }
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            Value::Object(fields) => fields.values().for_each(|field| self.add(field)),
            _ => {}
        }
    }

    /// Masks a value of a known type.
    pub fn mask_typed(&self, ty: &Type, value: &mut Value) {
        visit(ty, value, &mut |secret| *secret = MASKED.into());
        self.mask(value);
    }

    /// Masks a value of any type: fields by their key, and whatever equals or contains a sensitive value.
    pub fn mask(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Cow::Owned(masked) = self.mask_text(text) {
                    *text = masked;
                }
            }
            Value::Number(number) if self.numbers.contains(&number.to_string()) => *value = MASKED.into(),
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask(item)),
            Value::Object(fields) => {
                for (key, field) in fields.iter_mut() {
                    if self.keys.contains(key.as_str()) {
                        hide(field);
                    } else {
                        self.mask(field);
                    }
                }
            }
            _ => {}
        }
    }

    /// A text without what must not be shown. One that is JSON, such as a cause, is masked as that.
    pub fn mask_text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.text(text, 0)
    }

    fn text<'a>(&self, text: &'a str, depth: usize) -> Cow<'a, str> {
        if depth < DEPTH_MAX
            && text.trim_start().starts_with(['{', '[', '"'])
            && let Ok(before) = serde_json::from_str::<Value>(text)
        {
            let mut value = before.clone();
            self.mask(&mut value);
            if value != before {
                return Cow::Owned(value.to_string());
            }
        }
        let mut masked = Cow::Borrowed(text);
        for (_, secret) in &self.texts {
            if *secret == *masked {
                return Cow::Owned(MASKED.to_owned());
            }
            if secret.chars().count() < TEXT_MIN {
                continue;
            }
            for form in [Cow::Borrowed(secret.as_str()), debugged(secret), escaped(secret)] {
                if masked.contains(&*form) {
                    masked = Cow::Owned(masked.replace(&*form, MASKED));
                }
            }
        }
        for number in &self.numbers {
            if let Some(without) = without_number(&masked, number) {
                masked = Cow::Owned(without);
            }
        }
        masked
    }
}

/// As Rust's `{:?}` writes it, without the quotes.
fn debugged(text: &str) -> Cow<'_, str> {
    let quoted = format!("{text:?}");
    Cow::Owned(quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned())
}

/// As JSON writes it, without the quotes.
fn escaped(text: &str) -> Cow<'_, str> {
    let quoted = Value::from(text).to_string();
    Cow::Owned(quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned())
}

/// A number where no digit stands beside it.
fn without_number(text: &str, number: &str) -> Option<String> {
    let mut masked = String::new();
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find(number) {
        let (before, from) = rest.split_at(at);
        let after = from.get(number.len()..).unwrap_or_default();
        let digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
        masked.push_str(before);
        if digit(before.chars().next_back()) || digit(after.chars().next()) {
            masked.push_str(number);
        } else {
            masked.push_str(MASKED);
            found = true;
        }
        rest = after;
    }
    masked.push_str(rest);
    found.then_some(masked)
}

/// Hides a value; null stays, since it says that there is none.
fn hide(value: &mut Value) {
    if !value.is_null() {
        *value = MASKED.into();
    }
}

/// Whether a type is nothing but a sensitive one.
fn is_sensitive_itself(ty: &Type) -> bool {
    match ty {
        Type::Option(inner) | Type::List(inner) | Type::Map(inner) => is_sensitive_itself(inner),
        Type::Named(named) => named.sensitive,
        _ => false,
    }
}

/// Shows every sensitive value inside, to be looked at or replaced.
fn visit(ty: &Type, value: &mut Value, found: &mut dyn FnMut(&mut Value)) {
    match (ty, value) {
        (Type::Option(inner), value) if !value.is_null() => visit(inner, value, found),
        (Type::List(inner), Value::Array(items)) => items.iter_mut().for_each(|item| visit(inner, item, found)),
        (Type::Map(inner), Value::Object(fields)) => fields.values_mut().for_each(|field| visit(inner, field, found)),
        (Type::Tuple(types), Value::Array(items)) => {
            types.iter().zip(items).for_each(|(ty, item)| visit(ty, item, found));
        }
        (Type::Result(ok), Value::Object(fields)) => {
            if let Some(value) = fields.get_mut("Ok") {
                visit(ok, value, found);
            }
        }
        (Type::Named(named), value) => visit_named(named, value, found),
        _ => {}
    }
}

fn visit_named(named: &NamedType, value: &mut Value, found: &mut dyn FnMut(&mut Value)) {
    if named.sensitive {
        if !value.is_null() {
            found(value);
        }
        return;
    }
    match ((named.shape)(), value) {
        (Shape::Struct(fields), Value::Object(object)) => visit_fields(&fields, object, found),
        (Shape::Newtype(ty), value) => visit(&ty, value, found),
        (Shape::Tuple(types), value) => visit(&Type::Tuple(types), value, found),
        (Shape::Enum { representation, variants }, value) => {
            for variant in &variants {
                let keys = std::iter::once(variant.key).chain(variant.aliases.iter().copied());
                for key in keys {
                    visit_variant(representation, key, &variant.content, value, found);
                }
            }
        }
        _ => {}
    }
}

fn visit_variant(
    representation: Representation,
    key: &str,
    content: &Content,
    value: &mut Value,
    found: &mut dyn FnMut(&mut Value),
) {
    let is_tagged = |value: &Value, tag: &str| value.get(tag).and_then(Value::as_str) == Some(key);
    match representation {
        Representation::External => {
            if let Some(inside) = value.as_object_mut().and_then(|object| object.get_mut(key)) {
                visit_content(content, inside, found);
            }
        }
        Representation::Internal { tag } if is_tagged(value, tag) => visit_content(content, value, found),
        Representation::Adjacent { tag, content: held } if is_tagged(value, tag) => {
            if let Some(inside) = value.get_mut(held) {
                visit_content(content, inside, found);
            }
        }
        // Any form may be meant: what is sensitive in one of them is masked.
        Representation::Untagged => visit_content(content, value, found),
        Representation::Internal { .. } | Representation::Adjacent { .. } => {}
    }
}

fn visit_content(content: &Content, value: &mut Value, found: &mut dyn FnMut(&mut Value)) {
    match (content, value) {
        (Content::Newtype(ty), value) => visit(ty, value, found),
        (Content::Tuple(types), Value::Array(items)) => {
            types.iter().zip(items).for_each(|(ty, item)| visit(ty, item, found));
        }
        (Content::Struct(fields), Value::Object(object)) => visit_fields(fields, object, found),
        _ => {}
    }
}

fn visit_fields(fields: &[Field], object: &mut Map<String, Value>, found: &mut dyn FnMut(&mut Value)) {
    let named: Vec<&str> = fields
        .iter()
        .filter(|field| !field.flatten)
        .flat_map(|field| std::iter::once(field.key).chain(field.aliases.iter().copied()))
        .collect();
    for field in fields.iter().filter(|field| !field.skipped) {
        if field.flatten {
            // Its keys stand here, beside the named ones.
            let (kept, mut inner): (Vec<_>, Vec<_>) =
                std::mem::take(object).into_iter().partition(|(key, _)| named.contains(&key.as_str()));
            if field.sensitive {
                for (_, value) in &mut inner {
                    found(value);
                }
            }
            let mut whole = Value::Object(inner.into_iter().collect());
            visit(&field.ty, &mut whole, found);
            object.extend(kept);
            if let Value::Object(inner) = whole {
                object.extend(inner);
            }
            continue;
        }
        for key in std::iter::once(field.key).chain(field.aliases.iter().copied()) {
            match object.get_mut(key) {
                Some(value) if field.sensitive && value.is_null() => {}
                Some(value) if field.sensitive => found(value),
                Some(value) => visit(&field.ty, value, found),
                None => {}
            }
        }
    }
}
