//! Decisions in the checked copy: as the user wrote them, so that rustc judges patterns and exhaustiveness.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::super::model::{Expr, ExprKind, Match};
use super::super::pattern::{Guard, LetCondition, LetElse, LetPattern, MatchForm, MatchValue, Matches};
use super::{block, in_result, parens, place, surround_brace, value};

/// `if condition { .. } else ..`
pub(super) fn choice(expr: &Expr, result: bool) -> TokenStream {
    let ExprKind::If { condition, then, otherwise, .. } = &expr.kind else { return TokenStream::new() };
    let (condition, then) = (place(condition), block(then, result));
    let otherwise = otherwise.as_ref().map(|(keyword, otherwise)| {
        let otherwise = ending(otherwise, result);
        quote!(#keyword #otherwise)
    });
    quote_spanned!(expr.span=> if #condition #then #otherwise)
}

fn ending(expr: &Expr, result: bool) -> TokenStream {
    if result { in_result(expr) } else { value(expr) }
}

fn guard(guard: Option<&Guard>) -> Option<TokenStream> {
    guard.map(|Guard { keyword, condition, .. }| {
        let condition = place(condition);
        quote!(#keyword #condition)
    })
}

pub(super) fn match_result(made: &Match, result: bool) -> TokenStream {
    let Match { form, scrutinee, arms, brace } = made;
    let scrutinee = place(scrutinee);
    match form {
        MatchForm::Match(keyword) => {
            let arms = arms.iter().map(|arm| {
                let (pattern, guard, body) = (&arm.tokens, guard(arm.guard.as_ref()), ending(&arm.body, result));
                quote!(#pattern #guard => #body,)
            });
            let arms = surround_brace(*brace, quote!(#(#arms)*));
            quote!(#keyword #scrutinee #arms)
        }
        MatchForm::IfLet { keyword, binding, eq, otherwise } => {
            let Some((first, rest)) = arms.split_first() else { return TokenStream::new() };
            let (pattern, then) = (&first.tokens, ending(&first.body, result));
            let more = first.guard.as_ref().map(|guard| {
                let condition = place(&guard.condition);
                quote_spanned!(guard.keyword.span=> && #condition)
            });
            let otherwise = otherwise.zip(rest.first()).map(|(keyword, arm)| {
                let body = ending(&arm.body, result);
                quote!(#keyword #body)
            });
            quote!(#keyword #binding #pattern #eq #scrutinee #more #then #otherwise)
        }
    }
}

pub(super) fn match_value(made: &MatchValue, result: bool) -> TokenStream {
    let MatchValue { keyword, scrutinee, arms, brace, .. } = made;
    let scrutinee = value(scrutinee);
    let arms = arms.iter().map(|arm| {
        let (pattern, guard, body) = (&arm.tested.tokens, guard(arm.guard.as_ref()), ending(&arm.body, result));
        quote!(#pattern #guard => #body,)
    });
    let arms = surround_brace(*brace, quote!(#(#arms)*));
    quote!(#keyword #scrutinee #arms)
}

/// `let PATTERN = VALUE`
pub(super) fn let_condition(made: &LetCondition) -> TokenStream {
    let LetCondition { keyword, tested, eq, value } = made;
    let (pattern, value) = (&tested.tokens, self::value(value));
    quote!(#keyword #pattern #eq #value)
}

pub(super) fn matches(made: &Matches) -> TokenStream {
    let Matches { path, value, tested, guard } = made;
    let (value, pattern, guard) = (self::value(value), &tested.tokens, self::guard(guard.as_ref()));
    let span = path.segments.last().map_or_else(proc_macro2::Span::call_site, |last| last.ident.span());
    let arguments = parens(quote!(#value, #pattern #guard), span);
    quote_spanned!(span=> #path! #arguments)
}

pub(super) fn let_else(made: &LetElse) -> TokenStream {
    let LetElse { keyword, pattern, tokens, ty, value, otherwise, .. } = made;
    let ty = ty.as_ref().map(|ty| quote!(: #ty));
    let value = match pattern {
        LetPattern::Value(_) => self::value(value),
        LetPattern::Result(_) => place(value),
    };
    // `step(..).await.map_err(..)?` is a `match`, before whose `else` Rust wants parentheses.
    let ends_in_brace = matches!(made.value.kind, ExprKind::Match(_) | ExprKind::MatchValue(_) | ExprKind::Block(_));
    let value = if ends_in_brace && otherwise.is_some() { parens(value, made.value.span) } else { value };
    let otherwise = otherwise.as_ref().map(|(keyword, otherwise)| {
        let otherwise = block(otherwise, false);
        quote!(#keyword #otherwise)
    });
    quote!(#keyword #tokens #ty = #value #otherwise;)
}
