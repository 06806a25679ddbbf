//! The language's own functions.

use super::concatenate;
use crate::lower::build::Builder;
use crate::lower::codes;
use crate::lower::ir::{At, Expr, TypeOf};
use crate::lower::term::Term;
use crate::lower::typed::{self, Typed};
use crate::payload::{Content, Shape, Type};

impl Builder<'_> {
    pub(super) fn function(&mut self, name: &str, ty: Option<TypeOf>, arguments: &[Expr], at: At) -> Option<Typed> {
        let mut values = Vec::new();
        for argument in arguments {
            values.push(self.part(argument)?);
        }
        if values.iter().any(|value| value.poison) {
            return Some(Typed::poison());
        }
        let Some(value) = values.into_iter().next() else {
            return Some(match name {
                "new_uuid" => Typed::new(Term::call("uuid", []), Type::String),
                "random" => Typed::new(Term::call("random", []), Type::Float),
                "now" => Typed::new(Term::call("now", []), Type::Timestamp),
                "empty_list" => {
                    let item = ty.map_or(Type::Json, |ty| ty());
                    Typed::new(Term::Array(Vec::new()), Type::List(Box::new(item)))
                }
                _ => self.unexpected(at, &format!("`{name}()`")),
            });
        };
        let text = |term: Term| Typed::new(term, Type::String);
        let argument = value.clone().defined();
        let hash = |algorithm: &str| text(Term::call("hash", [value.clone().defined(), Term::string(algorithm)]));
        Some(match name {
            "millis" => Self::duration(&value, 1),
            "secs" => Self::duration(&value, 1_000),
            "mins" => Self::duration(&value, 60_000),
            "hours" => Self::duration(&value, 3_600_000),
            "days" => Self::duration(&value, 86_400_000),
            "hash_md5" => hash("MD5"),
            "hash_sha1" => hash("SHA-1"),
            "hash_sha256" => hash("SHA-256"),
            "hash_sha384" => hash("SHA-384"),
            "hash_sha512" => hash("SHA-512"),
            "base64_encode" => text(Term::call("base64encode", [argument])),
            "base64_decode" => text(Term::call("base64decode", [argument])),
            // Step Functions reads `+` as a blank, as forms have it.
            "url_decode" => {
                let plus = Term::call("replace", [argument, Term::string("+"), Term::string("%2B")]);
                text(Term::call("decodeUrlComponent", [plus]))
            }
            "parse_json" => {
                let ty = ty.map_or(Type::Json, |ty| ty());
                Typed { external: true, ..Typed::new(Term::call("parse", [argument]), ty) }
            }
            "to_json" => self.json_text(&value, at),
            "parse_time" => Typed::new(Term::call("fromMillis", [Term::call("toMillis", [argument])]), Type::Timestamp),
            "time_from_millis" => Typed::new(Term::call("fromMillis", [argument]), Type::Timestamp),
            _ => self.unexpected(at, &format!("`{name}(..)`")),
        })
    }

    /// `to_json(value)`
    fn json_text(&mut self, value: &Typed, at: At) -> Typed {
        if !is_exact(&value.ty, 0) {
            let ty = typed::type_name(&value.ty);
            return self.fault(
                codes::JSON_TEXT,
                at,
                format!("JSONata writes floats otherwise than Rust, and a `{ty}` may hold one: write its JSON in a `#[step]`"),
            );
        }
        let argument = value.clone().defined();
        let may_be_text = matches!(typed::resolve(&value.ty), Type::String | Type::Timestamp | Type::Option(_))
            || typed::enum_variants(&value.ty).is_some();
        if !may_be_text {
            return Typed::new(Term::call("string", [argument]), Type::String);
        }
        // A text would be given back as it is: it is written inside an object and taken out again.
        let object = Term::call("string", [Term::Object(vec![("v".to_owned(), argument)])]);
        let rest = Term::call("substringAfter", [object, Term::string("{\"v\":")]);
        let marked = concatenate(vec![rest, Term::string("\u{0}")]);
        Typed::new(Term::call("substringBefore", [marked, Term::string("}\u{0}")]), Type::String)
    }
}

/// Whether JSONata writes every value of a type as serde does.
fn is_exact(ty: &Type, depth: usize) -> bool {
    if depth > 8 {
        return false;
    }
    let exact = |ty: &Type| is_exact(ty, depth + 1);
    match typed::resolve(ty) {
        Type::Float | Type::Json | Type::Failure => false,
        Type::Option(inner) | Type::List(inner) | Type::Map(inner) => exact(&inner),
        Type::Tuple(parts) => parts.iter().all(exact),
        Type::Named(named) => match (named.shape)() {
            Shape::Struct(fields) => fields.iter().all(|field| exact(&field.ty)),
            Shape::Tuple(parts) => parts.iter().all(exact),
            Shape::Enum { variants, .. } => variants.iter().all(|variant| match &variant.content {
                Content::Unit => true,
                Content::Newtype(inner) => exact(inner),
                Content::Tuple(parts) => parts.iter().all(exact),
                Content::Struct(fields) => fields.iter().all(|field| exact(&field.ty)),
            }),
            Shape::Newtype(_) | Shape::Unit => true,
        },
        _ => true,
    }
}
