//! Loops and assignments.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Lifetime, RangeLimits};

use super::super::model::{Assign, Change, Expr, ExprKind, Loop, LoopKind, Source};
use super::state::attributes;
use super::{binary_op, block, boxed, option, pattern};
use crate::hygiene::plain;

/// An [`ExprKind`]'s tokens.
pub(super) fn repeat(expr: &Expr) -> TokenStream {
    match &expr.kind {
        ExprKind::Loop(made) => looped(made),
        ExprKind::Break(_, name, value) => {
            let (label, value) = (label(name.as_ref()), option(value.as_deref().map(boxed)));
            quote!(Break { label: #label, value: #value })
        }
        ExprKind::Continue(_, name) => {
            let label = label(name.as_ref());
            quote!(Continue { label: #label })
        }
        ExprKind::Assign(made) => assign(made),
        _ => quote!(Unit),
    }
}

fn label(label: Option<&Lifetime>) -> TokenStream {
    option(label.map(|label| label.ident.to_string()))
}

fn looped(made: &Loop) -> TokenStream {
    let (label, body) = (label(made.label.as_ref()), block(&made.body));
    match &made.kind {
        LoopKind::Loop(_) => quote!(Loop { label: #label, body: #body }),
        LoopKind::While { condition, .. } => {
            let (condition, attributes) = (boxed(condition), attributes(&made.attributes, None));
            quote!(While { label: #label, condition: #condition, body: #body, attributes: #attributes })
        }
        LoopKind::For { pattern: bound, source, .. } => {
            let (bound, source, attributes) =
                (pattern(bound), self::source(source), attributes(&made.attributes, None));
            quote! {
                For(__wf::ir::For {
                    label: #label, pattern: #bound, source: #source, body: #body, attributes: #attributes,
                })
            }
        }
        LoopKind::Block => quote!(Labelled { label: #label, body: #body }),
    }
}

fn source(source: &Source) -> TokenStream {
    match source {
        Source::Range { start, limits, end } => {
            let (start, end, inclusive) = (boxed(start), boxed(end), matches!(limits, RangeLimits::Closed(_)));
            quote!(__wf::ir::Source::Range { start: #start, end: #end, inclusive: #inclusive })
        }
        Source::List(list, enumerate) => {
            let (list, enumerated) = (boxed(list), enumerate.is_some());
            quote!(__wf::ir::Source::List { list: #list, enumerated: #enumerated })
        }
    }
}

fn assign(made: &Assign) -> TokenStream {
    let (place, value) = (boxed(&made.place), boxed(&made.value));
    let change = match &made.change {
        Change::Set(_) => quote!(Set),
        Change::Operate(op) => {
            let op = binary_op(op);
            quote!(Operate(__wf::ir::BinaryOp::#op))
        }
        Change::Method(name, _) => match plain(name).as_str() {
            "push" => quote!(Push),
            "insert" => quote!(Insert),
            "remove" => quote!(Remove),
            "pop" => quote!(Pop),
            "extend" | "push_str" => quote!(Extend),
            other => {
                let yields = becomes(other);
                quote!(Become(#yields))
            }
        },
    };
    quote!(Assign { place: #place, change: __wf::ir::Change::#change, value: #value })
}

/// The method that yields what this one makes of its list.
fn becomes(method: &str) -> &str {
    match method {
        "retain" => "filter",
        "reverse" => "rev",
        "sort" | "sort_unstable" => "sorted",
        "sort_by" => "sorted_by",
        "sort_by_key" => "sorted_by_key",
        "truncate" => "take",
        other => other,
    }
}
