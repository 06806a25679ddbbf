//! `match text.parse::<i64>() { Ok(number) => .., Err(_) => .. }`: rustc judges it as it is written; to the machine, whose JSON has no
//! `Result`, it is what `.ok()` makes of it.

use syn::spanned::Spanned;
use syn::token::Paren;
use syn::{Expr, Ident, Pat, PatTupleStruct};

use super::super::codes;
use super::super::model::{self, ExprKind, Method};
use super::super::pattern::{ValuePattern, ValuePatternKind};
use super::Builder;
use super::call::peel;
use crate::hygiene::plain;

/// Whether it is `text.parse()`.
pub(super) fn is_parse(expr: &Expr) -> bool {
    matches!(peel(expr), Expr::MethodCall(call) if call.method == "parse" && call.args.is_empty())
}

impl Builder {
    /// Builds what looks into a value: where that is `parse`'s, `Ok(..)` and `Err(_)` may be asked of it.
    pub(super) fn looking_into<T>(&mut self, value: &Expr, build: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.of_parse, is_parse(value));
        let made = build(self);
        self.of_parse = before;
        made
    }

    /// The value that is looked into, as the machine has it.
    pub(super) fn as_option(written: &Expr, built: model::Expr) -> model::Expr {
        if !is_parse(written) || matches!(built.kind, ExprKind::Poison) {
            return built;
        }
        let span = built.span;
        let name = Ident::new("ok", span);
        let (turbofish, arguments, paren) = (None, Vec::new(), Paren(span));
        let made = Method { receiver: built, name, turbofish, arguments, paren, implied: true };
        model::Expr::new(ExprKind::Method(Box::new(made)), span)
    }

    /// `Ok(number)`, `Err(_)`
    pub(super) fn parsed_pattern(&mut self, made: &PatTupleStruct, is_ok: bool) -> ValuePattern {
        let span = made.path.span();
        let inside = match made.elems.first() {
            None | Some(Pat::Rest(_)) => ValuePattern::wildcard(span),
            Some(inside) if is_ok => self.value_pattern(inside),
            Some(Pat::Wild(_)) => ValuePattern::wildcard(span),
            Some(Pat::Ident(name)) if name.subpat.is_none() && plain(&name.ident).starts_with('_') => {
                ValuePattern::wildcard(span)
            }
            Some(other) => {
                self.fault(other, codes::PARSE, "why `parse` failed is not known in a workflow")
                    .help("write `_`: Rust's text of the error has no JSONata");
                // What reads the name is not told, too.
                if let Pat::Ident(name) = other {
                    self.declare(&name.ident);
                }
                ValuePattern::wildcard(span)
            }
        };
        let kind = if is_ok { ValuePatternKind::Some(Box::new(inside)) } else { ValuePatternKind::None };
        ValuePattern::new(kind, span)
    }
}
