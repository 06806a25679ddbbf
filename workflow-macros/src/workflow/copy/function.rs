//! Functions of the language's own, and those of Rust's that it knows.

use proc_macro2::{Delimiter, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;

use super::super::model::{Expr, ExprKind, Function, FunctionKind};
use super::{group, surround, value, values};

/// Ranges, repeated values and calls of functions.
pub(super) fn expression(expr: &Expr) -> TokenStream {
    match &expr.kind {
        ExprKind::Range(start, limits, end) => {
            let (start, end) = (start.as_deref().map(value), end.as_deref().map(value));
            quote!(#start #limits #end)
        }
        ExprKind::Repeat(element, length, name) => {
            let (element, length) = (value(element), value(length));
            let inside = group(Delimiter::Bracket, quote!(#element; #length), expr.span);
            match name {
                Some(name) => quote_spanned!(expr.span=> #name! #inside),
                None => inside,
            }
        }
        ExprKind::Function(made) => call(made),
        _ => TokenStream::new(),
    }
}

/// `new_uuid()`: the function itself, once it is known to be the language's and no other of its name.
fn call(made: &Function) -> TokenStream {
    let Function { path, kind, arguments, paren } = made;
    let arguments = surround(*paren, values(arguments));
    let span = path.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
    match kind {
        FunctionKind::Word(..) => {
            let word = without_generics(path);
            quote_spanned!(span=> { let _ = <#word>::__WORD; #path #arguments })
        }
        FunctionKind::Now => quote_spanned!(span=> __wf::timestamp(#path #arguments)),
        FunctionKind::Widen(_)
        | FunctionKind::Text
        | FunctionKind::EmptyText
        | FunctionKind::EmptyList
        | FunctionKind::Boxed => {
            quote!(#path #arguments)
        }
    }
}

/// The type beside the function has no parameters.
fn without_generics(path: &Path) -> Path {
    let mut path = path.clone();
    if let Some(last) = path.segments.last_mut() {
        last.arguments = syn::PathArguments::None;
    }
    path
}
