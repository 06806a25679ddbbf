//! `spawn(ship_flow(order)).await`: starts another workflow and goes on.

use proc_macro2::Span;
use syn::Path;

use super::super::codes;
use super::super::model::{Attributes, Call, Expr, ExprKind};
use super::call::{is_lower_call, peel};
use super::refuse::shown;
use super::{Builder, Place, start};

impl Builder {
    pub(super) fn spawn(&mut self, call: &syn::ExprCall, path: &Path, end: Span, place: Place) -> Expr {
        let span = start(path);
        let form = "write `spawn(ship_flow(order)).await?`, where `ship_flow` is a workflow";
        let (Some(argument), 1) = (call.args.first(), call.args.len()) else {
            self.fault(path, codes::SPAWN, "`spawn` takes the call of one workflow").help(form);
            return Expr::poison(span);
        };
        let called = match peel(argument) {
            syn::Expr::Call(called) if is_lower_call(called) => called,
            syn::Expr::Await(awaited) => {
                self.fault(&awaited.await_token, codes::SPAWN, "a workflow that is spawned is not awaited itself")
                    .help("write `spawn(ship_flow(order)).await?`: the `.await` is for its start");
                return Expr::poison(span);
            }
            syn::Expr::Async(group) => {
                self.fault(&group.async_token, codes::SPAWN, "`spawn` takes a workflow's call, not a block")
                    .help("make the block a workflow of its own, or run it beside others in `try_join!`");
                return Expr::poison(span);
            }
            other => {
                self.fault(other, codes::SPAWN, "`spawn` takes the call of a workflow").help(form);
                return Expr::poison(span);
            }
        };
        let syn::Expr::Path(function) = &*called.func else { return Expr::poison(span) };
        let Some(last) = function.path.segments.last() else { return Expr::poison(span) };
        let arguments = called.args.iter().map(|argument| self.expr(argument, Place::Pure)).collect();
        if place == Place::Value {
            self.fault(path, codes::RESULT_KEPT, "the `Result` of `spawn(..)` is kept as a value")
                .help(format!("write `spawn({}(..)).await?`, or `match` on it here", shown(&function.path)));
            return Expr::poison(span);
        }
        let made = Call {
            path: function.path.clone(),
            arguments,
            paren: called.paren_token,
            end,
            spawn: Some(path.clone()),
            attributes: Attributes::default(),
        };
        Expr::new(ExprKind::Call(Box::new(made)), last.ident.span())
    }
}
