//! A value that lowering knows: its term, its type and what may be wrong with it.

use serde_json::Value;

use super::graph::ContainerId;
use super::term::{Term, VarId};
use crate::payload::{Content, Field, NamedType, Representation, Shape, Type, Variant};

/// A variable that may be given another value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Binding {
    /// Which `let mut` it is.
    pub(super) decl: usize,
    /// The branch that it belongs to: no other can change it.
    pub(super) container: ContainerId,
    /// `let x;` before its value.
    pub(super) unset: bool,
}

/// What a value is besides its term.
#[derive(Clone, Debug, Default)]
pub(super) enum Hint {
    #[default]
    None,
    /// A list whose items are made of another list's: closures are written over that one.
    Stage(Box<Stage>),
    /// `a.cmp(&b)`: what is compared, the first pair before the second.
    Order(Vec<(Term, Term)>),
    /// `text.chars()`
    Chars(Box<Term>),
    /// `text.parse::<i64>()`: whether it is one, and which.
    Parsed(Box<(Term, Term)>),
}

/// A list seen through a function of its items.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    /// What is gone through.
    pub(super) list: Term,
    pub(super) element: VarId,
    pub(super) index: VarId,
    /// The item, by element and index.
    pub(super) item: Term,
}

/// A value between states.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says another thing of the value")]
pub(super) struct Typed {
    pub(super) term: Term,
    pub(super) ty: Type,
    /// The key may be missing: reading it would be undefined.
    pub(super) missing: bool,
    /// Comes from outside (the execution's input, a callback's answer): keys with a default may be missing.
    pub(super) external: bool,
    /// `#[serde(flatten)]`: the term is the parent, the keys of `ty` stand among others.
    pub(super) flattened: bool,
    /// For what a failure left: the term of `{"Error", "Cause"}`.
    pub(super) failure: Option<Term>,
    /// In scope only: the variable whose value this is now.
    pub(super) binding: Option<Binding>,
    /// What is known beyond the term, while the value is at hand.
    pub(super) hint: Hint,
    /// Already reported: whatever is done with it is not reported again.
    pub(super) poison: bool,
}

impl Typed {
    pub(super) fn new(term: Term, ty: Type) -> Self {
        Self {
            term,
            ty,
            missing: false,
            external: false,
            flattened: false,
            failure: None,
            binding: None,
            hint: Hint::None,
            poison: false,
        }
    }

    pub(super) fn unit() -> Self {
        Self::new(Term::null(), Type::Unit)
    }

    pub(super) fn poison() -> Self {
        Self { poison: true, ..Self::new(Term::null(), Type::Json) }
    }

    /// The failed call's or group's `{"Error", "Cause"}`.
    pub(super) fn failure(raw: Term) -> Self {
        Self { failure: Some(raw.clone()), ..Self::new(raw, Type::Failure) }
    }

    /// A part of this value.
    pub(super) fn part(&self, term: Term, ty: Type) -> Self {
        Self { external: self.external, poison: self.poison, ..Self::new(term, ty) }
    }

    /// The term where it must yield a value: a missing key is `null`.
    pub(super) fn defined(self) -> Term {
        if self.flattened {
            return flattened_object(&self.term, &self.ty, self.external);
        }
        if self.missing { self.term.or_else(Term::null()) } else { self.term }
    }

    pub(super) fn is_list(&self) -> bool {
        is_array(&self.ty)
    }
}

/// A flattened struct as a value of its own: its keys and no others.
fn flattened_object(parent: &Term, ty: &Type, external: bool) -> Term {
    let fields = struct_fields(ty).unwrap_or_default();
    let fields = fields.into_iter().filter(|field| !field.skipped).map(|field| {
        let value = read_field(parent.clone(), &field, external);
        (field.key.to_owned(), value.defined())
    });
    Term::Object(fields.collect())
}

/// Reads a struct's field under its JSON key.
pub(super) fn read_field(base: Term, field: &Field, external: bool) -> Typed {
    let mut value = Typed::new(Term::null(), field.ty.clone());
    value.external = external;
    if field.flatten {
        value.term = base;
        value.flattened = true;
        return value;
    }
    value.term = base.clone().field(field.key);
    value.missing = may_be_missing(field, external);
    let is_option = matches!(resolve(&field.ty), Type::Option(_));
    let default = if value.missing { field.default_value().filter(|default| !default.is_null()) } else { None };
    if external && !field.aliases.is_empty() {
        let mut otherwise = default.clone().map_or_else(Term::null, Term::Literal);
        for alias in field.aliases.iter().rev() {
            let term = base.clone().field(*alias);
            otherwise = if value.missing || otherwise != Term::null() { term.or_else(otherwise) } else { term };
        }
        value.term = value.term.or_else(otherwise);
        value.missing &= !is_option && default.is_none();
    } else if let Some(default) = default {
        value.term = value.term.or_else(Term::Literal(default));
        value.missing = false;
    }
    value
}

/// Whether the key may not be there.
pub(super) fn may_be_missing(field: &Field, external: bool) -> bool {
    field.optional_out || (external && field.optional_in)
}

/// The type behind newtypes.
pub(super) fn resolve(ty: &Type) -> Type {
    let mut ty = ty.clone();
    // Bounded: a newtype of itself is none.
    for _ in 0..16 {
        match &ty {
            Type::Named(named) => match (named.shape)() {
                Shape::Newtype(inner) => ty = inner,
                _ => break,
            },
            _ => break,
        }
    }
    ty
}

/// Whether it is `f32`, whose numbers are other ones as `f64`.
pub(super) fn is_f32(ty: &Type) -> bool {
    let mut ty = ty.clone();
    for _ in 0..16 {
        match &ty {
            Type::Named(named) if named.name == "f32" => return true,
            Type::Named(named) => match (named.shape)() {
                Shape::Newtype(inner) => ty = inner,
                _ => return false,
            },
            _ => return false,
        }
    }
    false
}

/// `Default::default()` of a type, where its JSON is known.
pub(super) fn default_of(ty: &Type) -> Option<Value> {
    Some(match resolve(ty) {
        Type::Bool => Value::Bool(false),
        Type::Integer { .. } => Value::from(0),
        Type::Float => Value::from(0.0),
        Type::String => Value::from(""),
        Type::List(_) => Value::Array(Vec::new()),
        Type::Map(_) => Value::Object(serde_json::Map::new()),
        Type::Tuple(parts) => Value::Array(parts.iter().map(default_of).collect::<Option<_>>()?),
        _ => return None,
    })
}

/// A struct's fields.
pub(super) fn struct_fields(ty: &Type) -> Option<Vec<Field>> {
    match resolve(ty) {
        Type::Named(named) => match (named.shape)() {
            Shape::Struct(fields) => Some(fields),
            _ => None,
        },
        _ => None,
    }
}

/// Whether serde writes it as another type: `#[serde(into = "..")]`.
pub(super) fn is_converted(ty: &Type) -> bool {
    matches!(ty, Type::Named(named) if named.inner.is_none() && matches!((named.shape)(), Shape::Newtype(_)))
        && !is_f32(ty)
}

/// An enum's representation and variants.
pub(super) fn enum_variants(ty: &Type) -> Option<(Representation, Vec<Variant>)> {
    match resolve(ty) {
        Type::Result(ok) => {
            let variant =
                |name, ty| Variant { ident: name, key: name, aliases: &[], content: Content::Newtype(ty), doc: "" };
            Some((Representation::External, vec![variant("Ok", *ok), variant("Err", Type::Failure)]))
        }
        Type::Named(named) => match (named.shape)() {
            Shape::Enum { representation, variants } => Some((representation, variants)),
            _ => None,
        },
        _ => None,
    }
}

/// The types of a tuple's or tuple struct's parts.
pub(super) fn tuple_parts(ty: &Type) -> Option<Vec<Type>> {
    match resolve(ty) {
        Type::Tuple(parts) => Some(parts),
        Type::Named(named) => match (named.shape)() {
            Shape::Tuple(parts) => Some(parts),
            _ => None,
        },
        _ => None,
    }
}

/// Whether its JSON is an array.
pub(super) fn is_array(ty: &Type) -> bool {
    match resolve(ty) {
        Type::List(_) | Type::Tuple(_) => true,
        Type::Named(named) => matches!((named.shape)(), Shape::Tuple(_)),
        _ => false,
    }
}

/// Whether its JSON may or may not be an array.
pub(super) fn may_be_array(ty: &Type) -> bool {
    match resolve(ty) {
        Type::Json => true,
        Type::Option(inner) => is_array(&inner) || may_be_array(&inner),
        Type::Named(named) => {
            matches!((named.shape)(), Shape::Enum { representation: Representation::Untagged, .. })
        }
        _ => false,
    }
}

/// Rust's name of a type, for messages.
pub(super) fn type_name(ty: &Type) -> String {
    match ty {
        Type::Unit => "()".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Integer { name, .. } | Type::Named(NamedType { name, .. }) => (*name).to_owned(),
        Type::Float => "f64".to_owned(),
        Type::String => "String".to_owned(),
        Type::Timestamp => "Timestamp".to_owned(),
        Type::Json => "Value".to_owned(),
        Type::Option(inner) => format!("Option<{}>", type_name(inner)),
        Type::List(inner) => format!("Vec<{}>", type_name(inner)),
        Type::Tuple(parts) => format!("({})", parts.iter().map(type_name).collect::<Vec<_>>().join(", ")),
        Type::Map(inner) => format!("Map<String, {}>", type_name(inner)),
        Type::Result(ok) => format!("Result<{}, ErrorOutput>", type_name(ok)),
        Type::Failure => "Failure".to_owned(),
    }
}
