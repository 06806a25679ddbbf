//! Methods and macros: those of the language's table.

use syn::Token;
use syn::parse::Parser;
use syn::punctuated::Punctuated;

use super::super::codes;
use super::super::model::{Expr, ExprKind, Method};
use super::assign::CHANGING;
use super::call::peel;
use super::refuse::{STEP, shown};
use super::{Builder, Place, start};
use crate::diag::{listed, similar};
use crate::hygiene::plain;

/// Every method that has its JSONata.
pub(super) const METHODS: [&str; 26] = [
    "all",
    "any",
    "as_str",
    "cause",
    "clone",
    "cloned",
    "collect",
    "contains",
    "ends_with",
    "error",
    "filter",
    "first",
    "is_empty",
    "is_none",
    "is_some",
    "iter",
    "last",
    "len",
    "map",
    "saturating_sub",
    "starts_with",
    "sum",
    "to_lowercase",
    "to_string",
    "to_uppercase",
    "trim",
];

/// Methods that take what they are called on.
pub(crate) const TAKES_SELF: [&str; 1] = ["unwrap_or"];

/// Methods that take a closure.
const TAKES_CLOSURE: [&str; 4] = ["all", "any", "filter", "map"];

/// Methods that people try, and what they may write.
const INSTEAD: [(&str, &str); 10] = [
    ("as_deref", "use the `Option` as it is: `unwrap_or(..)`, `is_some()`"),
    ("expect", "write `unwrap_or(..)`, or fail with `return Err(..)`"),
    (
        "into",
        "write `to_string()` after text, `as` to widen a number, anything else as it is; only `return Err(failure.into())` converts",
    ),
    ("into_iter", "write `iter()`"),
    ("is_err", "`match` on the call: `Err(failure) => ..`"),
    ("is_ok", "`match` on the call: `Ok(value) => ..`"),
    ("to_owned", "write `to_string()` for text, or `clone()`"),
    ("to_vec", "write the value as it is: values are copied from state to state"),
    ("unwrap", "write `?` after a step's call, `unwrap_or(..)` after an `Option`"),
    ("unwrap_or_default", "write `unwrap_or(..)` with the value"),
];

impl Builder {
    pub(super) fn method(&mut self, call: &syn::ExprMethodCall, place: Place) -> Expr {
        let span = call.method.span();
        let name = plain(&call.method);
        if matches!(peel(&call.receiver), syn::Expr::Await(_)) {
            return self.method_of_result(call, &name, place);
        }
        if CHANGING.contains(&name.as_str()) {
            return self.changing_method(call, place);
        }
        let receiver = self.pure(&call.receiver);
        if !METHODS.contains(&name.as_str()) && !TAKES_SELF.contains(&name.as_str()) {
            self.unknown_method(call, &name);
            return Expr::poison(span);
        }
        let arguments = call.args.iter().map(|argument| self.argument(argument, &name)).collect();
        let turbofish = self.turbofish(call, &name);
        let method = Method { receiver, name: call.method.clone(), turbofish, arguments, paren: call.paren_token };
        Expr::new(ExprKind::Method(Box::new(method)), span)
    }

    /// `step(..).await.ok()` throws a `Result` away; nothing else is called on one.
    fn method_of_result(&mut self, call: &syn::ExprMethodCall, name: &str, place: Place) -> Expr {
        if name == "ok" && place == Place::Statement && call.args.is_empty() {
            return self.expr(&call.receiver, Place::Statement);
        }
        let help = match name {
            "unwrap" | "expect" => "write `?`: the failure then ends the workflow by its name",
            "ok" => "write `let _ = step(..).await;` to ignore a failure, or `match` on the call",
            _ => "`match` on the call: `match step(..).await { Ok(value) => .., Err(failure) => .. }`",
        };
        self.fault(
            &call.method,
            codes::OUTSIDE,
            format!("method `{name}` on a call's `Result` cannot stand in a workflow"),
        )
        .help(help);
        self.expr(&call.receiver, Place::Raw);
        Expr::poison(call.method.span())
    }

    fn unknown_method(&self, call: &syn::ExprMethodCall, name: &str) {
        let fault = self.fault(&call.method, codes::OUTSIDE, format!("method `{name}` cannot stand in a workflow"));
        if let Some((_, help)) = INSTEAD.iter().find(|(tried, _)| *tried == name) {
            fault.help(help);
        } else if let Some(near) = similar(name, METHODS.iter().chain(&TAKES_SELF).copied()) {
            fault.help(format!("a method with a similar name can: `{near}`"));
        } else {
            fault.help(STEP).note(format!("the methods are {}", listed(METHODS.iter().chain(&TAKES_SELF).copied())));
        }
    }

    fn argument(&mut self, argument: &syn::Expr, method: &str) -> Expr {
        match argument {
            syn::Expr::Closure(closure) if TAKES_CLOSURE.contains(&method) => self.closure(closure),
            syn::Expr::Reference(reference) if reference.mutability.is_none() => {
                let inner = self.pure(&reference.expr);
                Expr::new(ExprKind::Reference(Box::new(inner)), reference.and_token.span)
            }
            other => self.pure(other),
        }
    }

    fn closure(&mut self, closure: &syn::ExprClosure) -> Expr {
        if let Some(keyword) = &closure.asyncness {
            self.fault(keyword, codes::OUTSIDE, "an `async` closure cannot stand here").help(
                "write a plain closure; for a step for each item write `try_map(items, async |item| { .. }).await?`",
            );
        }
        self.inside.push("a closure");
        let mark = self.mark();
        let parameters = closure
            .inputs
            .iter()
            .map(|input| match input {
                syn::Pat::Type(typed) => self.pattern(&typed.pat),
                other => self.pattern(strip_reference(other)),
            })
            .collect();
        let body = Box::new(self.pure(&closure.body));
        self.forget(&mark);
        self.inside.pop();
        Expr::new(ExprKind::Closure { parameters, body }, closure.inputs_begin.span)
    }

    fn turbofish(&self, call: &syn::ExprMethodCall, name: &str) -> proc_macro2::TokenStream {
        use quote::ToTokens as _;
        let Some(turbofish) = &call.turbofish else { return proc_macro2::TokenStream::new() };
        let list = shown(&turbofish.args).starts_with("Vec");
        if name == "collect" && !list {
            self.fault(&turbofish.args, codes::OUTSIDE, "`collect` makes a `Vec` and nothing else")
                .help("write `collect::<Vec<_>>()`, or move this into a `#[step]`");
        }
        turbofish.to_token_stream()
    }

    /// `format!`, `vec!`, `try_join!`; every other macro is refused.
    pub(super) fn macro_call(&mut self, made: &syn::Macro, place: Place) -> Expr {
        let span = start(&made.path);
        let name = made.path.segments.last().map(|last| plain(&last.ident)).unwrap_or_default();
        match name.as_str() {
            "try_join" => self.try_join(made, place),
            "format" => self.format(made),
            "json" => self.json(made),
            "jsonata" => self.jsonata(made),
            "raw_state" => {
                self.fault(&made.path, codes::AWAIT_MISSING, "`raw_state!(..)` is written without `.await`")
                    .help("write `raw_state!(..).await?`");
                Expr::poison(span)
            }
            "vec" => match Punctuated::<syn::Expr, Token![,]>::parse_terminated.parse2(made.tokens.clone()) {
                Ok(elements) => Expr::new(ExprKind::List(self.all(&elements), Some(made.path.clone())), span),
                Err(_) => self.outside(&made.path, "`vec![value; length]`"),
            },
            "matches" => self.matches(made),
            "join" | "select" => {
                self.fault(&made.path, codes::OUTSIDE, format!("`{name}!` cannot stand in a workflow"))
                    .help("write `try_join!(a(..), b(..))?`; a branch that may fail is an `async` block that matches on its call");
                Expr::poison(span)
            }
            "println" | "print" | "eprintln" | "eprint" | "dbg" | "info" | "debug" | "warn" | "error" | "trace" => {
                self.fault(&made.path, codes::OUTSIDE, format!("`{name}!` cannot stand in a workflow"))
                    .help("remove it: the history shows every step with its input and output; a `#[step]` may log");
                Expr::poison(span)
            }
            "panic" | "todo" | "unreachable" | "unimplemented" | "assert" | "assert_eq" => {
                self.fault(&made.path, codes::OUTSIDE, format!("`{name}!` cannot stand in a workflow"))
                    .help("fail with an error of your own: `return Err(OrderFailure::Rejected.into())`");
                Expr::poison(span)
            }
            _ => self.outside(&made.path, &format!("macro `{}!`", shown(&made.path))),
        }
    }
}

/// `|&x|` is `|x|` where nothing is moved.
fn strip_reference(pattern: &syn::Pat) -> &syn::Pat {
    pattern
}
