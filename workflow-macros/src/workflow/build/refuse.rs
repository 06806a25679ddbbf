//! What the language does not have, by name and with the way out.

use proc_macro2::TokenStream;
use quote::ToTokens;

use super::super::codes;
use super::super::model::Expr;
use super::{Builder, first_token, start};

/// The way out of everything that is no matter of states.
pub(super) const STEP: &str = "move this into a `#[step]`";

impl Builder {
    /// Something that no state machine has.
    pub(super) fn outside(&self, tokens: &(impl ToTokens + syn::spanned::Spanned), what: &str) -> Expr {
        self.fault(tokens, codes::OUTSIDE, format!("{what} cannot stand in a workflow")).help(STEP);
        Expr::poison(start(tokens))
    }

    /// `?` or `match` where there is no call.
    pub(super) fn no_result_before(&self, tokens: &(impl ToTokens + syn::spanned::Spanned), what: &str) -> Expr {
        self.fault(&first_token(tokens), codes::OUTSIDE, format!("`?` after {what} cannot stand in a workflow")).help(
            "`?` follows a step's call, an `async { .. }.await` or `try_join!(..)`; of an `Option` write \
             `option.ok_or(OrderFailure::Missing)?`; to fail write `return Err(..)`",
        );
        Expr::poison(start(tokens))
    }

    /// `let` that is no part of a condition.
    pub(super) fn misplaced_let(&self, made: &syn::ExprLet) -> Expr {
        self.fault(&made.let_token, codes::LET_PLACE, "`let` cannot stand inside this expression").help(
            "it stands in the condition of `if` or of a guard, alone or between `&&`; elsewhere write `matches!(..)`",
        );
        Expr::poison(made.let_token.span)
    }

    /// The expressions that have no arm of their own in [`Builder::expr`].
    pub(super) fn refuse(&self, expr: &syn::Expr) -> Expr {
        let span = start(expr);
        match expr {
            syn::Expr::Async(group) => {
                self.fault(&group.async_token, codes::AWAIT_MISSING, "this `async` block is never awaited")
                    .help("write `async { .. }.await`, or make it a branch of `try_join!`");
                Expr::poison(span)
            }
            syn::Expr::Reference(reference) => {
                self.fault(&reference.and_token, codes::OUTSIDE, "`&mut` cannot stand in a workflow")
                    .help("assign to the variable itself: values are copied from state to state, so nothing else sees it change");
                Expr::poison(span)
            }
            other => {
                let (tokens, what) = named(other);
                let help = match other {
                    syn::Expr::Closure(_) => "write what it computes where it is used, or make it a `#[step]`",
                    _ => STEP,
                };
                self.fault(&tokens, codes::OUTSIDE, format!("{what} cannot stand in a workflow")).help(help);
                Expr::poison(span)
            }
        }
    }
}

/// What is refused, at the tokens that show it.
fn named(expr: &syn::Expr) -> (TokenStream, &'static str) {
    match expr {
        syn::Expr::Closure(closure) => {
            (closure.inputs_begin.to_token_stream(), "a closure outside of a method's argument")
        }
        syn::Expr::Const(made) => (made.const_token.to_token_stream(), "a `const` block"),
        syn::Expr::Infer(made) => (made.to_token_stream(), "`_` as a value"),
        syn::Expr::RawAddr(made) => (made.and_token.to_token_stream(), "a raw pointer"),
        syn::Expr::TryBlock(made) => (made.try_token.to_token_stream(), "a `try` block"),
        syn::Expr::Unsafe(made) => (made.unsafe_token.to_token_stream(), "`unsafe`"),
        syn::Expr::Yield(made) => (made.yield_token.to_token_stream(), "`yield`"),
        other => (other.to_token_stream(), "this expression"),
    }
}

/// Tokens as a person writes them: `tokio::spawn`.
pub(super) fn shown(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (from, to) in [(" :: ", "::"), (" . ", "."), (" < ", "<"), ("< ", "<"), (" >", ">"), (" (", "("), (" ,", ",")] {
        text = text.replace(from, to);
    }
    text
}
