//! What may be asked of a failure.

use serde_json::Value;

use super::super::build::Builder;
use super::super::ir::Expr;
use super::super::term::{Element, Term};
use super::super::typed::Typed;
use crate::payload::Type;
use crate::step::ErrorShape;

impl Builder<'_> {
    /// Whether a failure bears one of the enum's names.
    pub(super) fn failure_is(&mut self, failure: &Expr, shape: &ErrorShape) -> Option<Typed> {
        let failure = self.part(failure)?;
        if failure.poison {
            return Some(failure);
        }
        let name = failure.term.field("Error");
        let names: Vec<&str> = shape.variants.iter().map(|variant| variant.name).collect();
        let term = match names.as_slice() {
            [] => Term::Literal(Value::Bool(false)),
            [one] => Term::binary("=", name, Term::string(*one)),
            all => {
                let all = all.iter().map(|name| Element { term: Term::string(*name), list: false }).collect();
                Term::binary("in", name, Term::Array(all))
            }
        };
        Some(Typed::new(term, Type::Bool))
    }
}
