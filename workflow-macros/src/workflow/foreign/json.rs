//! `json!`: its tree of literals and expressions.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::LitStr;

use super::super::copy::place;
use super::super::ir::{at, expr};
use super::super::model::Expr;

/// JSON with expressions in it.
#[derive(Clone)]
pub(crate) enum Json {
    Null(Span),
    Object(Vec<(LitStr, Json)>, Span),
    Array(Vec<Json>, Span),
    Value(Box<Expr>),
}

impl Json {
    pub(super) fn parts<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        match self {
            Self::Null(_) => {}
            Self::Object(fields, _) => fields.iter().for_each(|(_, value)| value.parts(visit)),
            Self::Array(elements, _) => elements.iter().for_each(|element| element.parts(visit)),
            Self::Value(value) => visit(value),
        }
    }

    /// As it was written.
    pub(super) fn copy(&self) -> TokenStream {
        match self {
            Self::Null(span) => quote_spanned!(*span=> null),
            Self::Object(fields, span) => {
                let fields = fields.iter().map(|(key, value)| {
                    let value = value.copy();
                    quote!(#key: #value)
                });
                quote_spanned!(*span=> { #(#fields),* })
            }
            Self::Array(elements, span) => {
                let elements = elements.iter().map(Self::copy);
                quote_spanned!(*span=> [#(#elements),*])
            }
            Self::Value(value) => place(value),
        }
    }

    fn span(&self) -> Span {
        match self {
            Self::Null(span) | Self::Object(_, span) | Self::Array(_, span) => *span,
            Self::Value(value) => value.span,
        }
    }

    /// An `ExprKind` of the program.
    pub(super) fn ir(&self) -> TokenStream {
        match self {
            Self::Null(_) => quote!(None),
            Self::Object(fields, _) => {
                let fields = fields.iter().map(|(key, value)| {
                    let (at, value) = (at(key.span()), value.expr());
                    quote!((__wf::ir::Expr { kind: __wf::ir::ExprKind::String(#key), at: #at }, #value))
                });
                quote!(Object(&[#(#fields),*]))
            }
            Self::Array(elements, _) => {
                let elements = elements.iter().map(Self::expr);
                quote!(List(&[#(#elements),*]))
            }
            Self::Value(value) => {
                let value = expr(value);
                quote!(Json(&#value))
            }
        }
    }

    fn expr(&self) -> TokenStream {
        if let Self::Value(value) = self {
            return expr(value);
        }
        let (kind, at) = (self.ir(), at(self.span()));
        quote!(__wf::ir::Expr { kind: __wf::ir::ExprKind::#kind, at: #at })
    }
}
