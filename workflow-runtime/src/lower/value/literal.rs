//! Struct, tuple and list literals with their JSON keys.

use crate::lower::build::{Builder, element, unify};
use crate::lower::codes;
use crate::lower::ir::{At, Expr};
use crate::lower::term::{Element, Term};
use crate::lower::typed::{self, Typed};
use crate::payload::{Field, Shape, Type};
use serde_json::Value;

impl Builder<'_> {
    /// A constant, a default: its JSON and type.
    pub(super) fn constant_of(&mut self, value: Value, ty: Type, at: At) -> Typed {
        let has_no_json = value.is_null() && matches!(typed::resolve(&ty), Type::Float);
        match (value.as_i64(), crate::payload::inexact_integer(&value)) {
            (Some(integer), _) => Typed { ty, ..self.integer(integer, at) },
            (None, Some((_, number))) => {
                let message = format!("{number} is beyond 2^53 - 1, which JSONata's numbers cannot hold exactly");
                self.fault(codes::WIDE_NUMBER, at, message)
            }
            _ if has_no_json => {
                let message = "JSON has no infinite number and no NaN: begin with an `Option`, or with the first item";
                self.fault(codes::WIDE_NUMBER, at, message)
            }
            _ => Typed::new(Term::Literal(value), ty),
        }
    }

    pub(super) fn struct_literal(
        &mut self,
        ty: &Type,
        fields: &[(&'static str, Expr)],
        base: Option<&Expr>,
        at: At,
    ) -> Option<Typed> {
        let mut values = Vec::new();
        for (name, value) in fields {
            values.push((*name, self.part(value)?));
        }
        let base = match base {
            Some(base) => Some(self.part(base)?),
            None => None,
        };
        if let Some(made) = self.positional(ty, &values, at) {
            return Some(made);
        }
        let Some(shape) = typed::struct_fields(ty) else {
            return Some(self.unexpected(at, "this struct literal"));
        };
        let mut entries = Vec::new();
        // A key that may be missing although it is no `Option`: the base goes in as it is, and the given keys over it.
        let may_miss = |base: &Typed, field: &Field| {
            let given = values.iter().any(|(name, _)| *name == field.ident);
            let may_miss = typed::may_be_missing(field, base.external) && !field.flatten;
            !given && !field.skipped && may_miss && !matches!(typed::resolve(&field.ty), Type::Option(_))
        };
        let mut over = base.as_ref().filter(|base| shape.iter().any(|field| may_miss(base, field)));
        let two_keys = over.filter(|base| base.external && shape.iter().any(|field| !field.aliases.is_empty()));
        if let Some(base) = two_keys {
            over = None;
            let is_known = |field: &Field| !typed::read_field(base.term.clone(), field, base.external).missing;
            if !shape.iter().filter(|field| may_miss(base, field)).all(is_known) {
                let message = "the base of this update may have a field under its alias, beside the key that is written here: update it in \
                               a `#[step]`";
                return Some(self.fault(codes::MAY_BE_MISSING, at, message));
            }
        }
        for field in &shape {
            let given =
                values.iter().position(|(name, _)| *name == field.ident).map(|index| values.swap_remove(index).1);
            let value = match (given, &base) {
                (Some(value), _) => value,
                // A constant that serde writes without this key.
                (None, Some(Typed { term: Term::Literal(Value::Object(written)), .. }))
                    if !field.flatten && !written.contains_key(field.key) =>
                {
                    continue;
                }
                (None, Some(_)) if over.is_some() => continue,
                (None, Some(base)) if !field.skipped => typed::read_field(base.term.clone(), field, base.external),
                (None, _) => continue,
            };
            self.entry(&mut entries, field, value, at);
        }
        let given = Term::Object(entries);
        let term = match over {
            Some(base) => {
                let both = [base.clone().defined(), given].map(|term| Element { term, list: false });
                Term::Call("merge", vec![Term::Array(both.to_vec())])
            }
            None => given,
        };
        let external = over.is_some_and(|base| base.external);
        Some(Typed { external, ..Typed::new(term, ty.clone()) })
    }

    /// A tuple struct, a newtype or a unit struct of its parts: `Cents(5)`, `Cents { 0: 5 }`.
    pub(super) fn positional(&mut self, ty: &Type, parts: &[(impl AsRef<str>, Typed)], at: At) -> Option<Typed> {
        let Type::Named(named) = ty else { return None };
        match (named.shape)() {
            Shape::Newtype(_) if typed::is_converted(ty) => Some(self.converted(ty, at)),
            Shape::Newtype(_) => {
                let inner = parts.iter().find(|(name, _)| named.inner == Some(name.as_ref()));
                let value = inner.map_or_else(Typed::unit, |(_, value)| value.clone());
                Some(Typed { ty: ty.clone(), ..value })
            }
            Shape::Tuple(_) => Some(Self::array_of(parts.iter().map(|(_, value)| value.clone()).collect(), ty)),
            Shape::Unit => Some(Typed::new(Term::null(), ty.clone())),
            _ => None,
        }
    }

    /// `#[serde(from = "..", into = "..")]`: what Rust code makes of a value.
    pub(super) fn converted(&mut self, ty: &Type, at: At) -> Typed {
        let message = format!(
            "`{}` is converted by serde, `from` and `into` another type, which only Rust can do: make it and look into it in a `#[step]`",
            typed::type_name(ty)
        );
        self.fault(codes::AMBIGUOUS_JSON, at, message)
    }

    /// A field under its key; a flattened one's keys beside the others.
    pub(super) fn entry(&mut self, entries: &mut Vec<(String, Term)>, field: &Field, value: Typed, at: At) {
        if field.skipped || value.poison {
            return;
        }
        if !field.flatten {
            entries.push((field.key.to_owned(), value.defined()));
            return;
        }
        let Some(inner) = typed::struct_fields(&field.ty) else {
            self.fault(
                codes::AMBIGUOUS_JSON,
                at,
                format!(
                    "the keys of the flattened `{}` are not known here: build this value in a `#[step]`",
                    field.ident
                ),
            );
            return;
        };
        for part in inner.iter().filter(|part| !part.skipped) {
            let read = typed::read_field(value.term.clone(), part, value.external);
            self.entry(entries, part, read, at);
        }
    }

    pub(super) fn tuple(&mut self, parts: &[Expr]) -> Option<Typed> {
        let mut values = Vec::new();
        let mut types = Vec::new();
        for part in parts {
            let value = self.part(part)?;
            types.push(value.ty.clone());
            values.push(element(value));
        }
        Some(Typed::new(Term::Array(values), Type::Tuple(types)))
    }

    /// A tuple struct's parts.
    fn array_of(values: Vec<Typed>, ty: &Type) -> Typed {
        let mut elements: Vec<Element> = Vec::new();
        for value in values {
            elements.push(element(value));
        }
        Typed::new(Term::Array(elements), ty.clone())
    }

    pub(super) fn list(&mut self, elements: &[Expr]) -> Option<Typed> {
        let mut ty = Type::Json;
        let mut values = Vec::new();
        for expr in elements {
            let value = self.part(expr)?;
            ty = unify(ty, value.ty.clone());
            values.push(element(value));
        }
        Some(Typed::new(Term::Array(values), Type::List(Box::new(ty))))
    }
}
