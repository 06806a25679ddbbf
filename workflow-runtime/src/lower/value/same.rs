//! Maps and enums whose equal values may have other JSON: they are compared key by key, variant by variant.

use super::enumerated::{content, find_tag, variant_of};
use super::pattern::Found;
use crate::lower::build::Builder;
use crate::lower::ir::At;
use crate::lower::term::Term;
use crate::lower::typed::{self, Typed};
use crate::payload::{Content, Representation, Type, Variant};

impl Builder<'_> {
    /// As many keys, and under each key of the one what the other has there.
    pub(super) fn equal_maps(
        &mut self,
        [left, right]: [&Typed; 2],
        inner: &Type,
        at: At,
        depth: usize,
    ) -> Option<Term> {
        let key = self.graph.var(None, "key");
        let under = |side: &Typed| side.part(Term::call("lookup", [side.term.clone(), Term::Var(key)]), inner.clone());
        let (one, other) = (under(left), under(right));
        let has = Term::call("exists", [other.term.clone()]);
        let equal = Term::binary("and", has, self.equal_within(&one, &other, at, depth + 1)?);
        let keys = |side: &Typed| Term::call("keys", [side.term.clone()]);
        let count = |side: &Typed| Term::call("count", [keys(side)]);
        let tests = Term::call("map", [keys(left), Term::function([key], equal)]);
        let differs = Term::binary("in", Term::number(false), tests);
        Some(Term::binary("and", Term::binary("=", count(left), count(right)), differs.not()))
    }

    /// Both are one variant, and carry the same.
    pub(super) fn equal_variants(
        &mut self,
        [left, right]: [&Typed; 2],
        representation: Representation,
        variants: &[Variant],
        at: At,
        depth: usize,
    ) -> Option<Term> {
        if representation == Representation::Untagged {
            return self.not_comparable(&left.ty, at);
        }
        let mut whole: Option<Term> = None;
        let written = [left, right].map(|side| written_variant(side, representation));
        for variant in variants {
            // A value that is written out is of one variant, and has no parts of others.
            if written.iter().flatten().any(|name| name != variant.key) {
                continue;
            }
            let mut found = Found::default();
            for side in [left, right] {
                find_tag(side, representation, variant, &mut found);
            }
            let [one, other] = [left, right].map(|side| carried(side, representation, variant));
            let same = match &variant.content {
                Content::Unit => None,
                Content::Struct(fields) => Some(self.all_equal(fields.len(), at, depth, |index| {
                    let read = |side: &Typed| typed::read_field(side.term.clone(), &fields[index], side.external);
                    (read(&one), read(&other))
                })?),
                Content::Tuple(parts) => Some(self.equal_parts(&one, &other, parts, at, depth)?),
                Content::Newtype(_) => Some(self.equal_within(&one, &other, at, depth + 1)?),
            };
            let both = match (found.condition(), same) {
                (Some(tags), Some(same)) => Term::binary("and", tags, same),
                (Some(only), None) | (None, Some(only)) => only,
                (None, None) => Term::number(true),
            };
            whole = Some(match whole {
                Some(before) => Term::binary("or", before, both),
                None => both,
            });
        }
        Some(whole.unwrap_or_else(|| Term::number(false)))
    }
}

/// The variant, by its name in JSON, of a value that is written out.
fn written_variant(value: &Typed, representation: Representation) -> Option<String> {
    let Term::Object(entries) = &value.term else {
        let Term::Literal(constant) = &value.term else { return None };
        return variant_of(&value.ty, constant).or_else(|| constant.as_object()?.keys().next().cloned());
    };
    match representation {
        Representation::External => entries.first().map(|(key, _)| key.clone()),
        Representation::Internal { tag } | Representation::Adjacent { tag, .. } => {
            entries.iter().find_map(|(key, name)| match name {
                Term::Literal(name) if key == tag => name.as_str().map(str::to_owned),
                _ => None,
            })
        }
        Representation::Untagged => None,
    }
}

/// What a value of this variant carries; beside the tag its fields stand among others.
fn carried(value: &Typed, representation: Representation, variant: &Variant) -> Typed {
    let ty = match &variant.content {
        Content::Newtype(inner) => inner.clone(),
        Content::Tuple(parts) => Type::Tuple(parts.clone()),
        Content::Unit | Content::Struct(_) => Type::Json,
    };
    let beside = matches!(representation, Representation::Internal { .. });
    let flattened = beside && matches!(variant.content, Content::Newtype(_));
    Typed { flattened, ..value.part(content(value, representation, variant), ty) }
}
