//! Maps in the checked copy: a synchronous closure over the items.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::super::model::{Expr, ExprKind, Items, MapAttribute, MapCall, MapOption};
use super::{block, pattern, value, values};
use crate::step::retry::{On, Selector};

/// `<try_map>::__call(items, |item| -> Result<_, WorkflowError> { .. })`
pub(super) fn call(made: &MapCall) -> TokenStream {
    let MapCall { path, closure, .. } = made;
    let span = path.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
    let mut items = items(&made.items);
    if made.option(|option| matches!(option, MapOption::Batch { .. })).is_some() {
        items = quote_spanned!(span=> __wf::batched(#items));
    }
    let parameter = pattern(&made.parameter);
    let ty = made.ty.as_ref().map(|ty| quote!(: #ty));
    let body = block(&made.body, true);
    let each = quote_spanned!(*closure=> |#parameter #ty| -> __wf::Result<_, __wf::WorkflowError> #body);
    let mut call = quote_spanned!(span=> <#path>::__call(#items, #each));
    if made.option(|option| matches!(option, MapOption::ResultWriter { .. })).is_some() {
        call = quote_spanned!(span=> __wf::written(#call));
    } else if made.tolerates().is_some() {
        call = quote_spanned!(span=> __wf::tolerated(#call));
    }
    let mut checks: Vec<TokenStream> = made.attributes.map.iter().flat_map(checks).collect();
    checks.extend(made.attributes.retry.iter().flat_map(|retry| &retry.on).filter_map(retried));
    if checks.is_empty() { call } else { quote!({ #(#checks)* #call }) }
}

/// As a source of what the closure is given: rustc judges the list where it stands.
fn items(items: &Items) -> TokenStream {
    match items {
        Items::List { list, enumerate: None } => {
            let (span, list) = (list.span, value(list));
            quote_spanned!(span=> __wf::map_items(#list))
        }
        Items::List { list, enumerate: Some(enumerate) } => {
            // As an argument, `(0..n)` of `(0..n).enumerate()` needs no parentheses.
            let list = if let ExprKind::Paren(inner, _) = &list.kind { inner } else { list };
            let (span, list) = (list.span, value(list));
            let list = quote_spanned!(span=> __wf::map_items(#list));
            quote_spanned!(enumerate.span()=> __wf::enumerated(#list))
        }
        Items::Source { path, arguments, .. } => {
            let arguments = values(arguments);
            let last = path.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
            quote_spanned!(last=> #path(#arguments))
        }
    }
}

/// A retry on a variant that does not exist, or of no step's error, is rustc's to report.
fn retried(on: &On) -> Option<TokenStream> {
    let Selector::Variant(path, last) = &on.selector else { return None };
    let (retried, rest) = (quote_spanned!(last.span()=> __wf::retried), quote_spanned!(last.span()=> { .. }));
    // `_` is nobody's token: an enum of one variant never comes to it.
    Some(quote!(#retried(|error| match error { #path #rest => {} _ => {} });))
}

/// rustc judges the attribute's expression.
fn checks(attribute: &MapAttribute) -> Vec<TokenStream> {
    let check = |function: &str, value: &Expr| {
        let function = syn::Ident::new(function, value.span);
        let (value, span) = (self::value(value), value.span);
        quote_spanned!(span=> __wf::#function(#value);)
    };
    match &attribute.option {
        MapOption::MaxConcurrency(value) | MapOption::ToleratedFailureCount(value) | MapOption::MaxItems(value) => {
            vec![check("whole_number", value)]
        }
        MapOption::ToleratedFailurePercentage(value) => vec![check("percentage", value)],
        MapOption::Batch { max_items, max_bytes } => {
            max_items.iter().chain(max_bytes).map(|value| check("whole_number", value)).collect()
        }
        MapOption::ResultWriter { bucket, prefix } => [bucket, prefix].map(|value| check("text", value)).to_vec(),
        MapOption::Express | MapOption::Label(_) => Vec::new(),
    }
}
