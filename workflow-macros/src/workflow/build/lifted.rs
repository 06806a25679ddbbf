//! `for Cents(n) in list { .. }`, `|(name, Span(from, to))| ..`: a tuple struct is taken apart by a `let` in the body.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit_mut::{VisitMut, visit_pat_mut};
use syn::{Ident, Pat, Stmt, parse_quote_spanned};

use super::words::std_variant;

/// The pattern with a name for each tuple struct in it, and the statements that take these apart; `before` were so named already.
pub(super) fn lifted(pattern: &Pat, before: usize) -> Option<(Pat, Vec<Stmt>)> {
    let mut lift = Lift { statements: Vec::new(), before };
    let mut made = pattern.clone();
    lift.visit_pat_mut(&mut made);
    (!lift.statements.is_empty()).then_some((made, lift.statements))
}

struct Lift {
    statements: Vec<Stmt>,
    before: usize,
}

impl VisitMut for Lift {
    fn visit_pat_mut(&mut self, pattern: &mut Pat) {
        match pattern {
            Pat::TupleStruct(made) if made.qself.is_none() && std_variant(&made.path).is_none() => {
                let span = made.path.span();
                let name = Ident::new(
                    &format!("part{}", self.before + self.statements.len() + 1),
                    Span::mixed_site().located_at(span),
                );
                self.statements.push(parse_quote_spanned!(span=> let #made = #name;));
                *pattern = parse_quote_spanned!(span=> #name);
            }
            other => visit_pat_mut(self, other),
        }
    }
}
