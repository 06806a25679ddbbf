//! Calls inside of expressions: each runs before the expression that it stands in, as Rust would have it.
//!
//! An expression has no effects of its own, so a call in it may run first wherever it surely runs: not behind `&&` and `||`, in
//! a closure or in one of two ways.

use proc_macro2::Span;
use quote::ToTokens;
use syn::Token;
use syn::spanned::Spanned;

use super::super::model::{Attributes, Block, Expr, ExprKind, Let, Pattern, Statement};
use super::{Builder, Place};
use crate::hygiene::plain;

/// The right side of `&&` or `||`.
pub(super) enum Side {
    /// It calls no step.
    Plain(Expr),
    /// What both sides together yield.
    Decided(Expr),
}

impl Builder {
    /// An expression and the calls that run before it.
    pub(super) fn after_calls(&mut self, expr: &syn::Expr, place: Place) -> (Expr, Vec<Statement>) {
        self.hoisted.push(Some(Vec::new()));
        let built = self.with_own_attributes(expr, place);
        let before = self.hoisted.pop().flatten().unwrap_or_default();
        (built, before)
    }

    /// An expression that may not be evaluated at all: no call in it runs beforehand.
    pub(super) fn perhaps<T>(&mut self, build: impl FnOnce(&mut Self) -> T) -> T {
        self.hoisted.push(None);
        let made = build(self);
        self.hoisted.pop();
        made
    }

    /// Whether a call may run before what is being built.
    pub(super) fn may_hoist(&self) -> bool {
        matches!(self.hoisted.last(), Some(Some(_)))
    }

    /// Lets a call run before; what is left in its place is its value.
    pub(super) fn hoist(&mut self, value: Expr, name: &str) -> Expr {
        if matches!(value.kind, ExprKind::Poison) {
            return value;
        }
        let span = value.span;
        let name = self.free_name(name, span);
        self.names.push((plain(&name), self.inside.len()));
        let made =
            Let { keyword: Token![let](span), pattern: Pattern::Bind(name.clone()), ty: None, value, compensate: None };
        if let Some(Some(before)) = self.hoisted.last_mut() {
            before.push(Statement::Let(Box::new(made)));
        }
        Expr::new(ExprKind::Variable(name), span)
    }

    /// Lets a statement run before.
    pub(super) fn run_before(&mut self, statement: Expr) {
        let span = statement.span;
        if let Some(Some(before)) = self.hoisted.last_mut() {
            before.push(Statement::Expr(Box::new(statement), Some(Token![;](span))));
        }
    }

    /// The right side of `&&` or `||`: where it calls a step, `if left { right } else { false }` runs before.
    pub(super) fn either(&mut self, left: &Expr, binary: &syn::ExprBinary) -> Side {
        let (built, before) = {
            let may = self.may_hoist();
            self.hoisted.push(may.then(Vec::new));
            let built = self.argument(&binary.right);
            (built, self.hoisted.pop().flatten().unwrap_or_default())
        };
        if before.is_empty() {
            return Side::Plain(built);
        }
        let span = binary.op.span();
        let bool = |value: bool| {
            let literal = syn::Lit::Bool(syn::LitBool::new(value, span));
            Block { statements: Vec::new(), tail: Some(Box::new(Expr::new(ExprKind::Literal(literal), span))), span }
        };
        let right = Block { statements: before, tail: Some(Box::new(built)), span };
        let (then, otherwise) = match &binary.op {
            syn::BinOp::And(_) => (right, bool(false)),
            _ => (bool(true), right),
        };
        let choice = ExprKind::If {
            condition: Box::new(left.clone()),
            written: binary.left.to_token_stream(),
            then,
            otherwise: Some((Token![else](span), Box::new(Expr::new(ExprKind::Block(otherwise), span)))),
            attributes: Attributes::default(),
        };
        Side::Decided(self.hoist(Expr::new(choice, span), "holds"))
    }

    /// A name that no variable in scope bears.
    fn free_name(&self, name: &str, span: Span) -> syn::Ident {
        let taken = |name: &str| self.names.iter().any(|(known, _)| known == name);
        let mut free = name.to_owned();
        let mut number = 2;
        while taken(&free) {
            free = format!("{name}{number}");
            number += 1;
        }
        syn::Ident::new(&free, Span::mixed_site().located_at(span))
    }
}

/// `{ let a = step(..).await?; expression }`
pub(super) fn block_of(before: Vec<Statement>, expr: Expr) -> Expr {
    if before.is_empty() {
        return expr;
    }
    let span = expr.span;
    let block = Block { statements: before, tail: Some(Box::new(expr)), span };
    Expr::new(ExprKind::Block(block), span)
}

/// The call that a statement's attributes mean, where the statement itself makes no state.
pub(super) fn only_call(before: &mut [Statement]) -> Option<&mut Expr> {
    match before {
        [Statement::Let(only)] => Some(&mut only.value),
        _ => None,
    }
}
