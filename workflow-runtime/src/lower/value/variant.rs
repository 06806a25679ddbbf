//! Enum variants in serde's representations, and the wire text of errors that the workflow raises itself.

use serde_json::{Map, Value, json};

use super::concatenate;
use crate::lower::build::{Builder, element};
use crate::lower::codes;
use crate::lower::ir::{At, Expr, FormatSpec, VariantFields};
use crate::lower::term::Term;
use crate::lower::typed::{self, Typed};
use crate::payload::{Content, Representation, Type, Variant};
use crate::step::{ErrorShape, ErrorVariant, MessagePiece};

impl Builder<'_> {
    pub(super) fn variant_literal(
        &mut self,
        ty: &Type,
        variant: &str,
        fields: &VariantFields<Expr>,
        at: At,
    ) -> Option<Typed> {
        let values = self.variant_values(fields)?;
        if let Some(made) = self.positional(ty, &values, at) {
            return Some(made);
        }
        let term = self.variant_term(ty, variant, &values, at);
        Some(Typed::new(term, ty.clone()))
    }

    /// What a variant is given, by Rust's field name.
    fn variant_values(&mut self, fields: &VariantFields<Expr>) -> Option<Vec<(String, Typed)>> {
        let mut values = Vec::new();
        match fields {
            VariantFields::Unit => {}
            VariantFields::Tuple(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    values.push((index.to_string(), self.part(part)?));
                }
            }
            VariantFields::Struct(fields) => {
                for (name, value) in *fields {
                    values.push(((*name).to_owned(), self.part(value)?));
                }
            }
        }
        Some(values)
    }

    pub(super) fn find_variant(&mut self, ty: &Type, variant: &str, at: At) -> Option<(Representation, Variant)> {
        let Some((representation, variants)) = typed::enum_variants(ty) else {
            self.unexpected(at, "this variant");
            return None;
        };
        if representation == Representation::Untagged {
            self.fault(
                codes::AMBIGUOUS_JSON,
                at,
                format!(
                    "`{}` is an untagged enum, whose variants cannot be told apart by their JSON: tag it, or handle it in a `#[step]`",
                    typed::type_name(ty)
                ),
            );
            return None;
        }
        let Some(found) = variants.into_iter().find(|known| known.ident == variant) else {
            let ty = typed::type_name(ty);
            self.fault(
                codes::UNTOLD,
                at,
                format!("`{variant}` is another name of a variant of `{ty}`, which is not seen here: write `{ty}::` and its own name"),
            );
            return None;
        };
        Some((representation, found))
    }

    /// serde's JSON of a variant.
    fn variant_term(&mut self, ty: &Type, variant: &str, values: &[(String, Typed)], at: At) -> Term {
        let Some((representation, found)) = self.find_variant(ty, variant, at) else { return Term::null() };
        let key = Term::string(found.key);
        let content = match &found.content {
            Content::Unit => None,
            Content::Newtype(_) => values.first().map(|(_, value)| value.clone().defined()),
            Content::Tuple(_) => {
                let elements = values.iter().map(|(_, value)| element(value.clone()));
                Some(Term::Array(elements.collect()))
            }
            Content::Struct(fields) => {
                let mut entries = Vec::new();
                for field in fields {
                    if let Some((_, value)) = values.iter().find(|(name, _)| name == field.ident) {
                        self.entry(&mut entries, field, value.clone(), at);
                    }
                }
                Some(Term::Object(entries))
            }
        };
        match (representation, content) {
            (Representation::External, None) => key,
            (Representation::External, Some(content)) => Term::Object(vec![(found.key.to_owned(), content)]),
            (Representation::Adjacent { tag, .. } | Representation::Internal { tag }, None) => {
                Term::Object(vec![(tag.to_owned(), key)])
            }
            (Representation::Adjacent { tag, content: under }, Some(content)) => {
                Term::Object(vec![(tag.to_owned(), key), (under.to_owned(), content)])
            }
            (Representation::Internal { tag }, Some(content)) => {
                let mut entries = vec![(tag.to_owned(), key)];
                match (content, &found.content) {
                    (Term::Object(more), _) => entries.extend(more),
                    (content, Content::Newtype(inner)) => {
                        for field in typed::struct_fields(inner).unwrap_or_default() {
                            let read = typed::read_field(content.clone(), &field, false);
                            self.entry(&mut entries, &field, read, at);
                        }
                    }
                    _ => {}
                }
                Term::Object(entries)
            }
            (Representation::Untagged, _) => Term::null(),
        }
    }

    /// The `Cause` of an error that the workflow raises: what a step's would be.
    pub(in crate::lower) fn cause_text(
        &mut self,
        shape: &ErrorShape,
        variant: &ErrorVariant,
        fields: &VariantFields<Expr>,
        at: At,
    ) -> Option<Term> {
        let values = self.variant_values(fields)?;
        let error = self.variant_term(&shape.ty, variant.ident, &values, at);
        let message = match variant.message {
            None => {
                let text = format!(
                    "the text of `{}::{}` is not known here: give the variant `#[error(\"..\")]` with plain `{{field}}` places, or \
                     raise it from a `#[step]`",
                    shape.name, variant.ident
                );
                self.fault(codes::ERROR_TEXT, at, text);
                Term::null()
            }
            Some(pieces) => {
                let mut texts = Vec::new();
                for piece in pieces {
                    texts.push(match piece {
                        MessagePiece::Literal(text) => Term::string(*text),
                        MessagePiece::Field(name) => match values.iter().find(|(known, _)| known == name) {
                            Some((_, value)) => self.display(value.clone(), FormatSpec::PLAIN, at),
                            None => Term::string(""),
                        },
                    });
                }
                concatenate(texts)
            }
        };
        if let (Some(message), Some(error)) = (constant(&message), constant(&error)) {
            let inner = json!({ "message": message, "error": error }).to_string();
            let cause = json!({ "errorType": variant.name, "errorMessage": inner }).to_string();
            return Some(Term::string(cause));
        }
        let string = |value: Term| Term::Call("string", vec![value]);
        let inner = string(Term::Object(vec![("message".to_owned(), message), ("error".to_owned(), error)]));
        Some(string(Term::Object(vec![
            ("errorType".to_owned(), Term::string(variant.name)),
            ("errorMessage".to_owned(), inner),
        ])))
    }
}

/// The JSON of a term that reads nothing.
fn constant(term: &Term) -> Option<Value> {
    match term {
        Term::Literal(value) => Some(value.clone()),
        Term::Array(elements) => {
            elements.iter().map(|element| constant(&element.term)).collect::<Option<Vec<_>>>().map(Value::from)
        }
        Term::Object(fields) => fields
            .iter()
            .map(|(key, value)| constant(value).map(|value| (key.clone(), value)))
            .collect::<Option<Map<_, _>>>()
            .map(Value::Object),
        _ => None,
    }
}
