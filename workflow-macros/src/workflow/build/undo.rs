//! Sagas: `#[compensate(..)]` on a `let`, and `compensate().await`.

use syn::{Attribute, Meta, Path};

use super::super::codes;
use super::super::model::{Attributes, Call, Expr, ExprKind};
use super::call::peel;
use super::{Builder, Place, start};
use crate::hygiene::plain;
use crate::step::retry::Selector;

impl Builder {
    /// `#[compensate(refund(payment))]` on a `let`.
    pub(super) fn compensate(&mut self, attributes: &[Attribute], value: &Expr) -> Option<Expr> {
        let (attribute, more) = attributes.split_first()?;
        if let Some(second) = more.first() {
            self.fault(second.path(), codes::COMPENSATE, "a second `#[compensate(..)]` on one `let`")
                .help("undo everything in one step");
        }
        let called = matches!(&value.kind, ExprKind::Try(inner, _) if matches!(inner.kind, ExprKind::Call(_)));
        if !called && !matches!(value.kind, ExprKind::Poison) {
            self.fault(attribute.path(), codes::COMPENSATE, "`#[compensate(..)]` stands on a `let` that calls no step")
                .help("put it on `let payment = charge_payment(order).await?;`");
        }
        let undo = match &attribute.meta {
            Meta::List(list) => syn::parse2::<syn::Expr>(list.tokens.clone()),
            other => Err(syn::Error::new_spanned(other, "no call")),
        };
        let call = match undo {
            Ok(syn::Expr::Call(call)) => call,
            Ok(syn::Expr::Await(awaited)) if matches!(*awaited.base, syn::Expr::Call(_)) => match *awaited.base {
                syn::Expr::Call(call) => call,
                _ => return None,
            },
            _ => {
                self.fault(
                    &attribute.meta,
                    codes::COMPENSATE,
                    "`#[compensate(..)]` takes the call that undoes the step",
                )
                .help("write `#[compensate(refund(payment))]`");
                return None;
            }
        };
        let syn::Expr::Path(path) = &*call.func else {
            self.fault(&*call.func, codes::COMPENSATE, "`#[compensate(..)]` takes the call of a step by its name")
                .help("write `#[compensate(refund(payment))]`");
            return None;
        };
        self.arguments += 1;
        let arguments = call.args.iter().map(|argument| self.expr(argument, Place::Pure)).collect();
        self.arguments -= 1;
        let undo = Call {
            path: path.path.clone(),
            arguments,
            paren: call.paren_token,
            end: call.paren_token.span.close(),
            spawn: None,
            attributes: Attributes::default(),
        };
        Some(Expr::new(ExprKind::Call(Box::new(undo)), start(&path.path)))
    }

    /// `#[retry(..)]` on a group or join, whose steps have errors of several types.
    pub(super) fn group_retry_fits(&self, attributes: &Attributes) {
        let mut all = attributes.retry.iter().flat_map(|retry| &retry.on);
        if let Some(failed) = all.find(|on| matches!(on.selector, Selector::Failed)) {
            self.fault(&failed.tokens, codes::GROUP_RETRY, "`Failed` does not say which errors inside are meant")
                .help("name them, `on(OrderError::Unavailable)`, or write `on(All)`");
        }
    }

    /// `compensate().await`
    pub(super) fn compensate_call(&mut self, call: &syn::ExprCall, path: &Path, place: Place) -> Expr {
        let span = start(path);
        if let Some(argument) = call.args.first() {
            self.fault(
                argument,
                codes::COMPENSATE_CALL,
                "`compensate()` takes nothing: it undoes all that is due here",
            )
            .help(
                "write `compensate().await`; what one undo does is said at its step: `#[compensate(refund(payment))]`",
            );
            return Expr::poison(span);
        }
        if place == Place::Raw {
            self.fault(path, codes::COMPENSATE_CALL, "`compensate().await` yields a report, no `Result`")
                .help("write `let report = compensate().await;`: `report.failed` lists the undos that failed");
            return Expr::poison(span);
        }
        Expr::new(ExprKind::Compensate(path.clone(), call.paren_token), span)
    }
}

/// `compensate()`
pub(super) fn is_compensate(expr: &syn::Expr) -> bool {
    let syn::Expr::Call(call) = peel(expr) else { return false };
    let syn::Expr::Path(function) = &*call.func else { return false };
    function.path.segments.last().is_some_and(|last| plain(&last.ident) == "compensate")
}
