//! Functions of the language's own, and those of Rust's that it knows.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;

use super::super::model::{Function, FunctionKind};
use super::{surround, values};

/// `new_uuid()`: the function itself, once it is known to be the language's and no other of its name.
pub(super) fn call(made: &Function) -> TokenStream {
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
