//! Every field and named type that a type is made of.

use std::collections::BTreeSet;

use super::{Content, Field, NamedType, Shape, Type};

/// Something that a type is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'a> {
    /// A field of a struct or a variant.
    Field(&'a Field),
    /// A struct or enum.
    Named(&'a NamedType),
}

/// Shows each part once, however deep and however often it stands there.
pub(crate) fn reach(ty: &Type, visit: &mut dyn FnMut(Part<'_>)) {
    Walk { seen: BTreeSet::new(), visit }.ty(ty);
}

/// Whether a field somewhere inside is bounded.
pub(crate) fn is_bounded(ty: &Type) -> bool {
    any(ty, |part| matches!(part, Part::Field(field) if field.bounds != super::Bounds::default()))
}

/// Whether something inside is sensitive.
pub(crate) fn is_sensitive(ty: &Type) -> bool {
    any(ty, |part| match part {
        Part::Field(field) => field.sensitive,
        Part::Named(named) => named.sensitive,
    })
}

/// Why a value is not of this type, in serde's words; these may quote it, so that they are kept back where something is sensitive.
pub(crate) fn reason(ty: &Type, error: &serde_json::Error) -> String {
    if is_sensitive(ty) {
        "it does not fit, and is not shown, since it has sensitive fields".to_owned()
    } else {
        error.to_string()
    }
}

fn any(ty: &Type, holds: impl Fn(Part<'_>) -> bool) -> bool {
    let mut found = false;
    reach(ty, &mut |part| found |= holds(part));
    found
}

struct Walk<'a> {
    /// By name and where the shape comes from: a generic type has one for each argument.
    seen: BTreeSet<(&'static str, usize)>,
    visit: &'a mut dyn FnMut(Part<'_>),
}

impl Walk<'_> {
    fn ty(&mut self, ty: &Type) {
        match ty {
            Type::Option(inner) | Type::List(inner) | Type::Map(inner) | Type::Result(inner) => self.ty(inner),
            Type::Tuple(types) => types.iter().for_each(|ty| self.ty(ty)),
            Type::Named(named) => {
                if self.seen.insert((named.name, named.shape as usize)) {
                    (self.visit)(Part::Named(named));
                    self.shape(&(named.shape)());
                }
            }
            Type::Unit
            | Type::Bool
            | Type::Integer { .. }
            | Type::Float
            | Type::String
            | Type::Timestamp
            | Type::Json
            | Type::Failure => {}
        }
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Struct(fields) => self.fields(fields),
            Shape::Newtype(ty) => self.ty(ty),
            Shape::Tuple(types) => types.iter().for_each(|ty| self.ty(ty)),
            Shape::Unit => {}
            Shape::Enum { variants, .. } => {
                for variant in variants {
                    match &variant.content {
                        Content::Unit => {}
                        Content::Newtype(ty) => self.ty(ty),
                        Content::Tuple(types) => types.iter().for_each(|ty| self.ty(ty)),
                        Content::Struct(fields) => self.fields(fields),
                    }
                }
            }
        }
    }

    fn fields(&mut self, fields: &[Field]) {
        for field in fields.iter().filter(|field| !field.skipped) {
            (self.visit)(Part::Field(field));
            self.ty(&field.ty);
        }
    }
}
