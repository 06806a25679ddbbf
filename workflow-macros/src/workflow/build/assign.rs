//! `x = e`, `x += e`, `list.push(e)`: statements that change a variable.

use std::borrow::Cow;

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

/// Methods that change what they are called on, and how many arguments they take.
pub(super) const CHANGING: [(&str, usize); 14] = [
    ("clear", 0),
    ("extend", 1),
    ("insert", 2),
    ("pop", 0),
    ("push", 1),
    ("push_str", 1),
    ("remove", 1),
    ("retain", 1),
    ("reverse", 0),
    ("sort", 0),
    ("sort_by", 1),
    ("sort_by_key", 1),
    ("sort_unstable", 0),
    ("truncate", 1),
];

/// Whether a method of this name changes what it is called on.
pub(super) fn changes(name: &str) -> bool {
    CHANGING.iter().any(|(known, _)| *known == name)
}

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

/// The attributes before an assignment, which syntax gives to its first name, on the whole of it.
pub(super) fn with_leading_attributes(expr: &syn::Expr) -> Cow<'_, syn::Expr> {
    let changes = match expr {
        syn::Expr::Assign(_) => true,
        syn::Expr::Binary(made) => is_compound(made.op),
        syn::Expr::MethodCall(call) => changes(&plain(&call.method)),
        _ => false,
    };
    let mut moved = expr.clone();
    let attributes = if changes { leading(&mut moved) } else { Vec::new() };
    if attributes.is_empty() {
        return Cow::Borrowed(expr);
    }
    match &mut moved {
        syn::Expr::Assign(made) => made.attrs.extend(attributes),
        syn::Expr::Binary(made) => made.attrs.extend(attributes),
        syn::Expr::MethodCall(made) => made.attrs.extend(attributes),
        _ => {}
    }
    Cow::Owned(moved)
}

/// Takes the attributes off the first name.
fn leading(expr: &mut syn::Expr) -> Vec<syn::Attribute> {
    match expr {
        syn::Expr::Assign(made) => leading(&mut made.left),
        syn::Expr::Binary(made) => leading(&mut made.left),
        syn::Expr::MethodCall(call) => leading(&mut call.receiver),
        syn::Expr::Field(field) => leading(&mut field.base),
        syn::Expr::Index(index) => leading(&mut index.expr),
        syn::Expr::Path(path) => std::mem::take(&mut path.attrs),
        _ => Vec::new(),
    }
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
        let name = plain(&call.method);
        let arity = CHANGING.iter().find(|(known, _)| *known == name).map_or(1, |(_, arity)| *arity);
        if call.args.len() != arity {
            let takes = ["no argument", "one argument", "two arguments"].get(arity).copied().unwrap_or_default();
            let form = ["", "value", "position, value"].get(arity).copied().unwrap_or_default();
            self.fault(&call.method, codes::ASSIGN_TARGET, format!("`{name}` takes {takes}"))
                .help(format!("write `list.{name}({form});`"));
            return Expr::poison(span);
        }
        if place != Place::Statement && matches!(name.as_str(), "pop" | "remove") && self.may_hoist() {
            return self.taken_out(call, &name);
        }
        let change = Change::Method(call.method.clone(), call.paren_token);
        if arity == 1 && !matches!(call.args.first(), Some(syn::Expr::Closure(_))) {
            return match call.args.first() {
                Some(value) => self.change(&call.receiver, change, value, span, place),
                None => Expr::poison(span),
            };
        }
        if !self.may_change(span, place) {
            return Expr::poison(span);
        }
        let Some(target) = self.target(&call.receiver) else { return Expr::poison(span) };
        let mut arguments: Vec<Expr> = call.args.iter().map(|argument| self.argument(argument)).collect();
        let (value, bare) = match arguments.len() {
            0 => (Expr::new(ExprKind::Unit, span), true),
            1 => (arguments.remove(0), false),
            _ => (Expr::new(ExprKind::Tuple(arguments, call.paren_token), span), true),
        };
        Expr::new(ExprKind::Assign(Box::new(Assign { place: target, change, value, bare })), span)
    }

    /// `list.pop()` and `list.remove(i)` as values: read, then taken out.
    fn taken_out(&mut self, call: &syn::ExprMethodCall, name: &str) -> Expr {
        let (receiver, span) = (&call.receiver, call.method.span());
        let Some(target) = self.target(receiver) else { return Expr::poison(span) };
        let (read, given) = match call.args.first() {
            None => (self.pure(&syn::parse_quote_spanned!(span=> #receiver.last().cloned())), None),
            // Only a map takes a key by reference.
            Some(key @ syn::Expr::Reference(_)) => {
                let given = self.argument(key);
                (self.pure(&syn::parse_quote_spanned!(span=> #receiver.get(#key).cloned())), Some(given))
            }
            Some(key @ syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(_), .. })) => {
                let given = self.pure(key);
                (self.pure(&syn::parse_quote_spanned!(span=> #receiver.get(#key).cloned())), Some(given))
            }
            Some(position) => {
                let mut position = self.pure(position);
                if !matches!(position.kind, ExprKind::Literal(_) | ExprKind::Variable(_)) {
                    position = self.hoist(position, "position");
                }
                let bracket = syn::token::Bracket(call.paren_token.span.join());
                let read = ExprKind::Index(Box::new(target.clone()), Box::new(position.clone()), bracket);
                (Expr::new(read, span), Some(position))
            }
        };
        let value = self.hoist(read, if name == "pop" { "popped" } else { "removed" });
        let bare = given.is_none();
        let given = given.unwrap_or_else(|| Expr::new(ExprKind::Unit, span));
        let change = Change::Method(call.method.clone(), call.paren_token);
        let assign = Assign { place: target, change, value: given, bare };
        self.run_before(Expr::new(ExprKind::Assign(Box::new(assign)), span));
        value
    }

    /// Whether a variable may be changed here; says so where not.
    fn may_change(&self, span: Span, place: Place) -> bool {
        let refused = matches!(place, Place::Pure | Place::Raw);
        if refused {
            self.fault_at(span, codes::CHANGE_PLACE, "a variable is changed inside an expression")
                .help("make it a statement of its own, before this one");
        }
        !refused
    }

    fn change(&mut self, left: &syn::Expr, change: Change, right: &syn::Expr, span: Span, place: Place) -> Expr {
        if !self.may_change(span, place) {
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
        Expr::new(ExprKind::Assign(Box::new(Assign { place: target, change, value, bare: false })), span)
    }

    /// A variable, or a field or an element of one.
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
            syn::Expr::Index(index) if matches!(*index.index, syn::Expr::Range(_)) => (
                index.index.to_token_stream(),
                String::from("a part of a list"),
                "assign to one element after the other, or change it in a `#[step]`",
            ),
            syn::Expr::Index(index) => return self.root(&index.expr),
            syn::Expr::Unary(syn::ExprUnary { op, expr, .. }) if matches!(peel(expr), syn::Expr::MethodCall(call) if call.method.to_string().starts_with("or_")) => {
                (
                    op.to_token_stream(),
                    String::from("an entry of a map"),
                    "write `let count = map.get(&key).copied().unwrap_or(0);` and `map.insert(key, count + 1);`",
                )
            }
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
