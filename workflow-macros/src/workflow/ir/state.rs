//! What makes states or steers between them.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::spanned::Spanned;

use super::super::model::{Arm, Attributes, BoundFields, Call, Expr, ExprKind, Failing, FailurePattern, ResultPattern};
use super::pattern::{named_patterns, value_pattern, value_patterns};
use super::types::{Mention, error_owner, mention_of};
use super::{at, block, boxed, expr, last, list, variant_fields};
use crate::hygiene::plain;
use crate::step::retry::{self, option};

/// An [`ExprKind`]'s tokens.
pub(super) fn state(expr: &Expr) -> TokenStream {
    match &expr.kind {
        ExprKind::If { condition, then, otherwise, attributes, .. } => {
            let (condition, then, attributes) = (boxed(condition), block(then), self::attributes(attributes, None));
            let otherwise = option(otherwise.as_ref().map(|(_, otherwise)| boxed(otherwise)));
            quote!(If { condition: #condition, then: #then, otherwise: #otherwise, attributes: #attributes })
        }
        ExprKind::Block(inner) => {
            let inner = block(inner);
            quote!(Block(#inner))
        }
        ExprKind::Call(made) => {
            let Call { path, arguments, spawn, .. } = &**made;
            let (arguments, attributes) = (list(arguments), attributes(&made.attributes, Some(path)));
            let spec = if spawn.is_some() { quote!(spawn_spec) } else { quote!(step_spec) };
            let step = quote!(|| __wf::Probe::matched(|_: #path| {}).#spec());
            quote!(Call { step: #step, arguments: #arguments, attributes: #attributes })
        }
        ExprKind::TryJoin { branches, attributes } => {
            let (branches, attributes) = (list(branches), group_attributes(attributes));
            quote!(TryJoin { branches: #branches, attributes: #attributes })
        }
        ExprKind::Group { body, attributes } => {
            let (body, attributes) = (block(body), group_attributes(attributes));
            quote!(Group { body: #body, attributes: #attributes })
        }
        ExprKind::Map(made) => super::map::map(made),
        ExprKind::Sleep { unit, amount, attributes, .. } => {
            let (seconds, attributes) = (seconds(amount, unit.seconds()), self::attributes(attributes, None));
            quote!(Sleep { seconds: #seconds, attributes: #attributes })
        }
        ExprKind::SleepUntil { until, attributes, is_length: true, .. } => {
            let (length, attributes) = (boxed(until), self::attributes(attributes, None));
            quote!(Sleep { seconds: #length, attributes: #attributes })
        }
        ExprKind::SleepUntil { until, attributes, .. } => {
            let (until, attributes) = (boxed(until), self::attributes(attributes, None));
            quote!(SleepUntil { until: #until, attributes: #attributes })
        }
        ExprKind::Compensate(..) => quote!(Compensate),
        ExprKind::Try(inner, _) => {
            let inner = boxed(inner);
            quote!(Try(#inner))
        }
        ExprKind::Ok(_, inner, _) => {
            let inner = boxed(inner);
            quote!(Ok(#inner))
        }
        ExprKind::Err(made) => {
            let (failure, attributes) = (failing(&made.failure), attributes(&made.attributes, None));
            quote!(Err { failure: #failure, attributes: #attributes })
        }
        ExprKind::Return(_, inner) => {
            let inner = option(inner.as_deref().map(boxed));
            quote!(Return(#inner))
        }
        ExprKind::Match(made) => {
            let (scrutinee, arms) = (boxed(&made.scrutinee), made.arms.iter().map(arm));
            quote!(MatchResult { scrutinee: #scrutinee, arms: &[#(#arms),*] })
        }
        _ => super::repeat::repeat(expr),
    }
}

/// An amount of a unit, in seconds; multiplied here where it is a literal.
fn seconds(amount: &Expr, factor: i64) -> TokenStream {
    if let ExprKind::Literal(syn::Lit::Int(number)) = &amount.kind
        && let Some(total) = number.base10_parse::<i64>().ok().and_then(|number| number.checked_mul(factor))
    {
        let at = at(amount.span);
        return quote!(&__wf::ir::Expr { kind: __wf::ir::ExprKind::Integer(#total), at: #at });
    }
    if factor == 1 {
        return boxed(amount);
    }
    let (left, at) = (boxed(amount), at(amount.span));
    quote!(&__wf::ir::Expr {
        kind: __wf::ir::ExprKind::Binary(
            __wf::ir::BinaryOp::Multiply,
            #left,
            &__wf::ir::Expr { kind: __wf::ir::ExprKind::Integer(#factor), at: #at },
        ),
        at: #at,
    })
}

fn failing(failure: &Failing) -> TokenStream {
    let (kind, span) = match failure {
        Failing::Variable(name) => {
            let text = plain(name);
            (quote!(Variable(#text)), name.span())
        }
        Failing::Value { path, fields } => {
            let (error, name) = (error_owner(path, mention_of(fields)), last(path));
            let fields = variant_fields(fields);
            (quote!(ErrorValue { error: #error, variant: #name, fields: #fields }), path.span())
        }
        Failing::Poison => (quote!(Unit), Span::call_site()),
    };
    let at = at(span);
    quote!(&__wf::ir::Expr { kind: __wf::ir::ExprKind::#kind, at: #at })
}

/// `step`: whose errors the retriers name.
pub(in crate::workflow) fn attributes(attributes: &Attributes, step: Option<&syn::Path>) -> TokenStream {
    let retry = &attributes.retry;
    let retry = step.filter(|_| !retry.is_empty()).map(|step| retry::expand(retry, &quote!(__wf), &quote!(#step)));
    with_retry(attributes, retry)
}

/// Retriers name errors of any enum.
fn group_attributes(attributes: &Attributes) -> TokenStream {
    let retry = (!attributes.retry.is_empty())
        .then(|| retry::expand_of(&attributes.retry, &quote!(__wf), &|path| error_owner(path, Mention::Struct)));
    with_retry(attributes, retry)
}

fn with_retry(attributes: &Attributes, retry: Option<TokenStream>) -> TokenStream {
    let Attributes { state, comment, timeout, heartbeat, .. } = attributes;
    let state = option(state.as_ref());
    let comment = option(comment.as_ref().map(|(text, _)| text));
    let retry = option(retry);
    let timeout = option(timeout.map(|(seconds, _)| seconds));
    let heartbeat = option(heartbeat.map(|(seconds, _)| seconds));
    quote! {
        &__wf::ir::Attributes {
            state: #state, comment: #comment, retry: #retry, timeout_seconds: #timeout, heartbeat_seconds: #heartbeat,
        }
    }
}

fn arm(arm: &Arm) -> TokenStream {
    let (body, at) = (expr(&arm.body), at(arm.span));
    let guard = option(arm.guard.as_ref().map(|guard| expr(&guard.condition)));
    let pattern = result_pattern(&arm.pattern);
    quote!(__wf::ir::Arm { pattern: #pattern, guard: #guard, body: #body, at: #at })
}

pub(super) fn result_pattern(pattern: &ResultPattern) -> TokenStream {
    let kind = match pattern {
        ResultPattern::Ok(inner) => {
            let inner = value_pattern(inner);
            quote!(Ok(#inner))
        }
        ResultPattern::Err(failures) => {
            let failures = failures.iter().map(failure);
            quote!(Err(&[#(#failures),*]))
        }
        ResultPattern::Any => quote!(Any),
    };
    quote!(__wf::ir::ResultPattern::#kind)
}

fn failure(failure: &FailurePattern) -> TokenStream {
    let name = |name: &Option<syn::Ident>| option(name.as_ref().map(plain));
    let kind = match failure {
        FailurePattern::Variant { path, fields } => {
            let (mention, fields) = match fields {
                BoundFields::Unit => (Mention::Unit, quote!(Unit)),
                BoundFields::TupleRest => (Mention::Tuple, quote!(Unit)),
                BoundFields::StructRest => (Mention::Struct, quote!(Unit)),
                BoundFields::Tuple(parts) => {
                    let parts = value_patterns(parts);
                    (Mention::Tuple, quote!(Tuple(#parts)))
                }
                BoundFields::Struct(fields) => {
                    let fields = named_patterns(fields);
                    (Mention::Struct, quote!(Struct(#fields)))
                }
            };
            let (error, name) = (error_owner(path, mention), last(path));
            quote!(Variant { error: #error, variant: #name, fields: __wf::ir::VariantFields::#fields })
        }
        FailurePattern::Failed(bound) => {
            let bound = name(bound);
            quote!(Failed(#bound))
        }
        FailurePattern::TimedOut => quote!(TimedOut),
        FailurePattern::HeartbeatTimedOut => quote!(HeartbeatTimedOut),
        FailurePattern::Other(bound) => {
            let bound = name(bound);
            quote!(Other(#bound))
        }
        FailurePattern::All(bound) => {
            let bound = name(bound);
            quote!(All(#bound))
        }
    };
    quote!(__wf::ir::FailurePattern::#kind)
}
