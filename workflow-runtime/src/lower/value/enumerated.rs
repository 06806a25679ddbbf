//! Enums taken apart: which variant a JSON value is, and what it carries, in serde's representations.

use serde_json::Value;

use super::pattern::{Found, any_of, bind_poison_in, only};
use crate::lower::build::Builder;
use crate::lower::codes;
use crate::lower::ir::{At, PatternFields, ValuePattern, ValuePatternKind};
use crate::lower::term::Term;
use crate::lower::typed::{self, Typed};
use crate::payload::{Content, Representation, Type, Variant};

impl Builder<'_> {
    /// `Status::Shipped { tracking }`
    pub(super) fn find_variant_pattern(
        &mut self,
        value: &Typed,
        name: &str,
        fields: &PatternFields,
        at: At,
        found: &mut Found,
    ) {
        let Some((representation, variant)) = self.find_variant(&value.ty, name, at) else {
            return bind_poison_in(fields, found);
        };
        find_tag(value, representation, &variant, found);
        self.find_inside(value, representation, &variant, fields, found);
    }

    /// What a pattern asks of a value that is known to be this variant.
    pub(in crate::lower) fn find_content(
        &mut self,
        value: &Typed,
        name: &str,
        fields: &PatternFields,
        at: At,
    ) -> Found {
        let mut found = Found::default();
        match self.find_variant(&value.ty, name, at) {
            Some((representation, variant)) => self.find_inside(value, representation, &variant, fields, &mut found),
            None => bind_poison_in(fields, &mut found),
        }
        found
    }

    fn find_inside(
        &mut self,
        value: &Typed,
        representation: Representation,
        variant: &Variant,
        fields: &PatternFields,
        found: &mut Found,
    ) {
        let content = content(value, representation, variant);
        match (&variant.content, fields) {
            (Content::Newtype(inner), fields) => {
                if let Some(inside) = only(fields) {
                    let part = match representation {
                        Representation::Internal { .. } => self.beside_tag(value, inner, variant.ident, inside),
                        _ => value.part(content, inner.clone()),
                    };
                    self.find_in(inside, &part, false, found);
                }
            }
            (Content::Tuple(types), PatternFields::Tuple(parts)) => {
                let value = value.part(content, Type::Tuple(types.clone()));
                self.find_items(parts, &value, types, false, found);
            }
            (Content::Struct(known), PatternFields::Struct(fields)) => {
                for (field, pattern) in *fields {
                    if matches!(pattern.kind, ValuePatternKind::Wildcard) {
                        continue;
                    }
                    let part = match known.iter().find(|known| known.ident == *field) {
                        Some(known) => {
                            self.readable(typed::read_field(content.clone(), known, value.external), known, pattern.at)
                        }
                        None => self.unexpected(pattern.at, &format!("the field `{field}`")),
                    };
                    self.find_in(pattern, &part, false, found);
                }
            }
            _ => {}
        }
    }

    /// The test for a variant without looking at what it carries.
    pub(super) fn find_variant_tag(&mut self, value: &Typed, name: &str, at: At, found: &mut Found) {
        if let Some((representation, variant)) = self.find_variant(&value.ty, name, at) {
            find_tag(value, representation, &variant, found);
        }
    }

    /// A newtype variant's struct, whose keys stand beside the tag.
    fn beside_tag(&mut self, value: &Typed, inner: &Type, variant: &str, inside: &ValuePattern) -> Typed {
        let part = value.part(value.term.clone(), inner.clone());
        if typed::struct_fields(inner).is_some() {
            return Typed { flattened: true, ..part };
        }
        let tagged = matches!(
            typed::enum_variants(inner),
            Some((Representation::Internal { .. } | Representation::Adjacent { .. }, _))
        );
        let binds = !matches!(
            inside.kind,
            ValuePatternKind::Shape { .. } | ValuePatternKind::Or(_) | ValuePatternKind::Wildcard
        );
        if matches!(inside.kind, ValuePatternKind::Wildcard) || (tagged && !binds) {
            return part;
        }
        self.fault(
            codes::BESIDE_TAG,
            inside.at,
            format!(
                "what `{variant}` carries stands beside its tag, so that it is no JSON value of its own: give the enum `content`, \
                 or take it apart in a `#[step]`"
            ),
        )
    }
}

/// The names under which a variant may come.
fn keys(value: &Typed, variant: &Variant) -> Vec<&'static str> {
    let aliases: &[&str] = if value.external { variant.aliases } else { &[] };
    std::iter::once(variant.key).chain(aliases.iter().copied()).collect()
}

/// Where what a variant carries stands.
pub(super) fn content(value: &Typed, representation: Representation, variant: &Variant) -> Term {
    match representation {
        Representation::External => {
            let mut keys = keys(value, variant).into_iter().rev().map(|key| value.term.clone().field(key));
            let last = keys.next().unwrap_or_else(Term::null);
            keys.fold(last, |otherwise, term| term.or_else(otherwise))
        }
        Representation::Adjacent { content, .. } => value.term.clone().field(content),
        Representation::Internal { .. } | Representation::Untagged => value.term.clone(),
    }
}

/// The test for a variant; none for the only one.
pub(super) fn find_tag(value: &Typed, representation: Representation, variant: &Variant, found: &mut Found) {
    let only = typed::enum_variants(&value.ty).is_some_and(|(_, variants)| variants.len() == 1);
    if only {
        return;
    }
    let keys = keys(value, variant);
    let is = |term: &Term| {
        let tests = keys.iter().map(|key| Term::binary("=", term.clone(), Term::string(*key)));
        any_of(tests.collect())
    };
    let test = match (representation, &variant.content) {
        (Representation::External, Content::Unit) => is(&value.term),
        (Representation::External, _) => {
            any_of(keys.iter().map(|key| Term::Call("exists", vec![value.term.clone().field(*key)])).collect())
        }
        (Representation::Adjacent { tag, .. } | Representation::Internal { tag }, _) => {
            is(&value.term.clone().field(tag))
        }
        (Representation::Untagged, _) => None,
    };
    if let Some(test) = test {
        found.test(test);
    }
}

/// The variant, by its name in JSON, that a constant of an enum is.
pub(super) fn variant_of(ty: &Type, constant: &Value) -> Option<String> {
    let (representation, _) = typed::enum_variants(ty)?;
    let name = match representation {
        Representation::External => constant,
        Representation::Internal { tag } | Representation::Adjacent { tag, .. } => constant.get(tag)?,
        Representation::Untagged => return None,
    };
    name.as_str().map(str::to_owned)
}

/// `other == Status::Open`: whether it is this variant, which carries nothing, whatever the others may carry.
pub(super) fn is_unit_variant(ty: &Type, constant: &Term, other: &Typed) -> Option<Term> {
    let (representation, variants) = typed::enum_variants(ty)?;
    let name = match constant {
        Term::Literal(constant) => variant_of(ty, constant)?,
        Term::Object(entries) => match (&entries[..], representation) {
            (
                [(key, Term::Literal(Value::String(name)))],
                Representation::Adjacent { tag, .. } | Representation::Internal { tag },
            ) if key == tag => name.clone(),
            _ => return None,
        },
        _ => return None,
    };
    let variant = variants.iter().find(|variant| variant.key == name && matches!(variant.content, Content::Unit))?;
    let mut found = Found::default();
    find_tag(other, representation, variant, &mut found);
    found.condition()
}
