//! `let outcome = step(..).await;`, taken apart by the very next statement: as if it stood there.

use std::borrow::Cow;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, Local, Pat, Stmt};

use super::Builder;
use super::call::peel;
use super::choice::is_result;
use crate::hygiene::plain;

/// The statements, each kept `Result` put where it is taken apart.
pub(super) fn put_where_used(statements: &[Stmt]) -> Cow<'_, [Stmt]> {
    let mut made: Option<Vec<Stmt>> = None;
    let mut rest = statements;
    while let [statement, next @ ..] = rest {
        rest = next;
        if let Some(both) = joined(statement, next) {
            let before = statements.len() - next.len() - 1;
            let made = made.get_or_insert_with(|| statements.iter().take(before).cloned().collect());
            made.push(both);
            rest = next.get(1..).unwrap_or_default();
        } else if let Some(made) = &mut made {
            made.push(statement.clone());
        }
    }
    made.map_or(Cow::Borrowed(statements), Cow::Owned)
}

/// The next statement with the `Result` in it, if it is the only one that names it.
fn joined(statement: &Stmt, next: &[Stmt]) -> Option<Stmt> {
    let Stmt::Local(local) = statement else { return None };
    let init = local.init.as_ref().filter(|init| init.diverge.is_none() && is_result(&init.expr))?;
    let pat = match &local.pat {
        Pat::Type(typed) => &*typed.pat,
        pat => pat,
    };
    let Pat::Ident(name) = pat else { return None };
    let undone = local.attrs.iter().any(|attribute| attribute.path().is_ident("compensate"));
    let name = plain(&name.ident);
    let named: usize = match next.first() {
        // `let first = match first { .. };`: what comes after it means the new one.
        Some(Stmt::Local(Local { pat: Pat::Ident(again), init: Some(init), .. })) if plain(&again.ident) == name => {
            let diverges = init.diverge.as_ref().map(|(_, otherwise)| otherwise.to_token_stream());
            count(init.expr.to_token_stream(), &name) + diverges.map_or(0, |tokens| count(tokens, &name))
        }
        _ => next.iter().map(|statement| count(statement.to_token_stream(), &name)).sum(),
    };
    if undone || named != 1 {
        return None;
    }
    let mut value = (*init.expr).clone();
    match &mut value {
        Expr::Await(awaited) => awaited.attrs.extend(local.attrs.iter().cloned()),
        Expr::Macro(made) => made.attrs.extend(local.attrs.iter().cloned()),
        _ => return None,
    }
    let mut user = next.first()?.clone();
    let slot = match &mut user {
        Stmt::Expr(expr, _) => taken_apart(expr, &name),
        Stmt::Local(local) => local.init.as_mut().and_then(|init| match &mut *init.expr {
            slot if init.diverge.is_some() && is_name(slot, &name) => Some(slot),
            other => taken_apart(other, &name),
        }),
        _ => None,
    }?;
    *slot = value;
    Some(user)
}

/// Where an expression takes the `Result` apart before anything else happens.
fn taken_apart<'a>(expr: &'a mut Expr, name: &str) -> Option<&'a mut Expr> {
    match expr {
        Expr::Match(made) if is_name(&made.expr, name) => Some(&mut made.expr),
        Expr::If(made) => match first(&mut made.cond) {
            Expr::Let(made) if is_name(&made.expr, name) => Some(&mut made.expr),
            _ => None,
        },
        Expr::Try(made) if is_name(&made.expr, name) => Some(&mut made.expr),
        Expr::Call(call) if call.args.len() == 1 && is_name(&call.func, "Ok") => {
            call.args.first_mut().and_then(|value| taken_apart(value, name))
        }
        Expr::Return(made) => made.expr.as_deref_mut().and_then(|value| taken_apart(value, name)),
        _ => None,
    }
}

/// `a` of `a && b && c`.
fn first(condition: &mut Expr) -> &mut Expr {
    if let Expr::Binary(syn::ExprBinary { op: syn::BinOp::And(_), .. }) = condition {
        let Expr::Binary(binary) = condition else { return condition };
        return first(&mut binary.left);
    }
    condition
}

fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(peel(expr), Expr::Path(path) if path.path.get_ident().is_some_and(|ident| plain(ident) == name))
}

/// How often a name stands in tokens.
fn count(tokens: TokenStream, name: &str) -> usize {
    let each = tokens.into_iter().map(|token| match token {
        TokenTree::Ident(ident) => usize::from(plain(&ident) == name),
        TokenTree::Group(group) => count(group.stream(), name),
        TokenTree::Literal(literal) => literal.to_string().matches(&format!("{{{name}")).count(),
        TokenTree::Punct(_) => 0,
    });
    each.sum()
}

impl Builder {
    /// Whether the value of this variable was refused, so that nothing more is to be said of it.
    pub(super) fn was_refused(&self, expr: &Expr) -> bool {
        self.refused.iter().any(|name| is_name(expr, name))
    }
}
