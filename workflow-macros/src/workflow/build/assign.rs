//! `x = e`, `x += e`, `list.push(e)`: statements that change a variable.

use proc_macro2::Span;
use quote::ToTokens;
use syn::BinOp;
use syn::spanned::Spanned;

use super::super::codes;
use super::super::model::{Assign, Change, Expr, ExprKind};
use super::call::peel;
use super::expr::{Case, case};
use super::refuse::{STEP, shown};
use super::{Builder, Place};
use crate::hygiene::plain;

/// Methods that change what they are called on.
pub(super) const CHANGING: [&str; 3] = ["extend", "push", "push_str"];

/// `+=` and its like.
pub(super) fn is_compound(op: BinOp) -> bool {
    use BinOp::{
        AddAssign, BitAndAssign, BitOrAssign, BitXorAssign, DivAssign, MulAssign, RemAssign, ShlAssign, ShrAssign,
        SubAssign,
    };
    matches!(
        op,
        AddAssign(_)
            | SubAssign(_)
            | MulAssign(_)
            | DivAssign(_)
            | RemAssign(_)
            | BitAndAssign(_)
            | BitOrAssign(_)
            | BitXorAssign(_)
            | ShlAssign(_)
            | ShrAssign(_)
    )
}

impl Builder {
    /// `x = e`
    pub(super) fn assign(&mut self, made: &syn::ExprAssign, place: Place) -> Expr {
        self.change(&made.left, Change::Set(made.eq_token), &made.right, made.eq_token.span, place)
    }

    /// `x += e`
    pub(super) fn compound(&mut self, made: &syn::ExprBinary, place: Place) -> Expr {
        let span = made.op.span();
        let known = matches!(
            made.op,
            BinOp::AddAssign(_) | BinOp::SubAssign(_) | BinOp::MulAssign(_) | BinOp::DivAssign(_) | BinOp::RemAssign(_)
        );
        if !known {
            let op = made.op.to_token_stream();
            self.fault(&made.op, codes::OUTSIDE, format!("operator `{op}` has no JSONata")).help(STEP);
            return Expr::poison(span);
        }
        self.change(&made.left, Change::Operate(made.op), &made.right, span, place)
    }

    /// `list.push(e)`
    pub(super) fn changing_method(&mut self, call: &syn::ExprMethodCall, place: Place) -> Expr {
        let span = call.method.span();
        let (Some(value), 1) = (call.args.first(), call.args.len()) else {
            let name = &call.method;
            self.fault(name, codes::ASSIGN_TARGET, format!("`{name}` takes one argument"))
                .help(format!("write `list.{name}(value);`"));
            return Expr::poison(span);
        };
        self.change(&call.receiver, Change::Method(call.method.clone(), call.paren_token), value, span, place)
    }

    fn change(&mut self, left: &syn::Expr, change: Change, right: &syn::Expr, span: Span, place: Place) -> Expr {
        if matches!(place, Place::Pure | Place::Raw) {
            self.fault_at(span, codes::CHANGE_PLACE, "a variable is changed inside an expression")
                .help("make it a statement of its own, before this one");
            return Expr::poison(span);
        }
        let target = self.target(left);
        let value = match (peel(right), &change) {
            // `text += &more`
            (syn::Expr::Reference(reference), Change::Operate(_) | Change::Method(..))
                if reference.mutability.is_none() =>
            {
                let inner = self.pure(&reference.expr);
                Expr::new(ExprKind::Reference(Box::new(inner)), reference.and_token.span)
            }
            _ if matches!(left, syn::Expr::Infer(_)) => self.expr(right, Place::Statement),
            _ => self.expr(right, Place::Value),
        };
        let Some(target) = target else { return Expr::poison(span) };
        Expr::new(ExprKind::Assign(Box::new(Assign { place: target, change, value })), span)
    }

    /// A variable or a field of one.
    fn target(&mut self, left: &syn::Expr) -> Option<Expr> {
        let root = self.root(left)?;
        if let Some(what) = self.wall_before(&root) {
            self.fault(
                &root,
                codes::CHANGES_OUTSIDE,
                format!("`{root}` is changed inside {what}, but stands outside of it"),
            )
            .help("let it end with the new value, and assign that outside")
            .note("it runs beside others or many times over: a state machine gives each run variables of its own");
            return None;
        }
        Some(self.pure(left))
    }

    /// The variable that an assignment changes.
    fn root(&self, left: &syn::Expr) -> Option<syn::Ident> {
        let (tokens, what, help) = match peel(left) {
            syn::Expr::Path(path) => match path.path.get_ident() {
                Some(name) if case(&plain(name)) == Case::Lower => return Some(name.clone()),
                _ => (left.to_token_stream(), format!("`{}`", shown(left)), STEP),
            },
            syn::Expr::Field(field) => return self.root(&field.base),
            syn::Expr::Index(index) => (
                index.index.to_token_stream(),
                String::from("an element of a list"),
                "build another list with `push` in a loop, or change it in a `#[step]`",
            ),
            syn::Expr::Unary(unary) => (
                unary.op.to_token_stream(),
                String::from("what a reference points to"),
                "values are copied from state to state: assign to the variable itself",
            ),
            syn::Expr::Tuple(tuple) => (
                tuple.to_token_stream(),
                String::from("a tuple"),
                "bind new names with `let (a, b) = ..`, or assign one after the other",
            ),
            syn::Expr::Infer(infer) => (infer.to_token_stream(), String::from("`_`"), "write `let _ = ..;`"),
            _ => (left.to_token_stream(), format!("`{}`", shown(left)), "bind it with `let mut` first"),
        };
        self.fault(&tokens, codes::ASSIGN_TARGET, format!("{what} cannot be assigned to in a workflow")).help(help);
        None
    }
}
