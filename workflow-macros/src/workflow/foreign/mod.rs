//! What is not Rust's own: JSON literals, JSONata and states written by hand, the task token; and the maps and defaults that
//! services' parameters are made of.

mod json;

pub(crate) use json::Json;

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::token::Paren;
use syn::{Ident, LitStr, Path, Type};

use super::copy::{place, surround, value};
use super::ir::{at, attributes, default_of, expr, type_of};
use super::model::{Attributes, Expr, ExprKind};
use crate::hygiene::plain;

/// An expression that only workflows have.
#[derive(Clone)]
pub(crate) enum Foreign {
    /// `task_token()`
    Token(Path),
    /// `json!({..})`
    Json(Path, Json),
    /// `BTreeMap::from([(key, value)])`
    Map { path: Path, paren: Paren, entries: Option<Vec<(Expr, Expr)>> },
    /// `..Default::default()` in a literal of the struct `of`, `Settings::default()`.
    Default { path: Path, of: Path },
    /// `jsonata!("..", name = value)`
    Jsonata { path: Path, ty: Box<Type>, text: LitStr, bindings: Vec<(Ident, Expr)> },
    /// `raw_state!({..}, name = value).await`
    Raw(Box<Raw>),
}

/// A state written by hand.
#[derive(Clone)]
pub(crate) struct Raw {
    pub(crate) path: Path,
    pub(crate) ty: Type,
    /// The state as JSON.
    pub(crate) json: String,
    /// Its `Type`.
    pub(crate) kind: String,
    pub(crate) bindings: Vec<(Ident, Expr)>,
    /// Where `.await` stands.
    pub(crate) end: Span,
    pub(crate) attributes: Attributes,
}

impl Foreign {
    /// Calls `visit` on every direct part.
    pub(crate) fn parts<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        match self {
            Self::Token(_) | Self::Default { .. } => {}
            Self::Json(_, tree) => tree.parts(visit),
            Self::Map { entries, .. } => {
                for (key, value) in entries.iter().flatten() {
                    visit(key);
                    visit(value);
                }
            }
            Self::Jsonata { bindings, .. } => bindings.iter().for_each(|(_, value)| visit(value)),
            Self::Raw(raw) => raw.bindings.iter().for_each(|(_, value)| visit(value)),
        }
    }

    /// The state's attributes, where it makes one.
    pub(crate) fn state(&self) -> Option<&Attributes> {
        match self {
            Self::Raw(raw) => Some(&raw.attributes),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub(crate) fn state_mut(&mut self) -> Option<&mut Attributes> {
        match self {
            Self::Raw(raw) => Some(&mut raw.attributes),
            _ => None,
        }
    }

    /// What rustc checks.
    pub(crate) fn copy(&self, span: Span) -> TokenStream {
        match self {
            Self::Token(path) | Self::Default { path, .. } | Self::Map { path, entries: None, .. } => {
                quote_spanned!(span=> #path())
            }
            Self::Json(path, tree) => {
                let tree = tree.copy();
                quote_spanned!(span=> #path!(#tree))
            }
            Self::Map { path, paren, entries: Some(entries) } => {
                let entries = entries.iter().map(|(key, value)| {
                    let (key, value) = (self::value(key), self::value(value));
                    quote_spanned!(span=> (#key, #value))
                });
                let list = surround(*paren, quote_spanned!(span=> [#(#entries),*]));
                quote_spanned!(span=> #path #list)
            }
            Self::Jsonata { path, ty, bindings, .. } => {
                let bound = bound(bindings);
                quote_spanned!(span=> { #path!(@checked); #bound __wf::handwritten::<#ty>() })
            }
            Self::Raw(raw) => {
                let Raw { path, ty, bindings, .. } = &**raw;
                let bound = bound(bindings);
                quote_spanned!(span=> { #path!(@checked); #bound __wf::raw_state::<#ty>() })
            }
        }
    }

    /// An `ExprKind` of the program.
    pub(crate) fn ir(&self, span: Span) -> TokenStream {
        match self {
            Self::Token(_) => quote!(Context("task_token")),
            Self::Default { of, .. } => {
                let default = default_of(of);
                quote!(Constant(#default))
            }
            Self::Json(_, tree) => {
                let (tree, at) = (tree.ir(), at(span));
                quote!(Json(&__wf::ir::Expr { kind: __wf::ir::ExprKind::#tree, at: #at }))
            }
            Self::Map { entries, .. } => {
                let entries = entries.iter().flatten().map(|(key, value)| {
                    let (key, value) = (expr(key), expr(value));
                    quote!((#key, #value))
                });
                quote!(Object(&[#(#entries),*]))
            }
            Self::Jsonata { ty, text, bindings, .. } => {
                let (ty, bindings, at) = (type_of(ty), named(bindings), at(text.span()));
                quote!(Jsonata { text: #text, bindings: #bindings, ty: #ty, at: #at })
            }
            Self::Raw(raw) => {
                let Raw { ty, json, bindings, attributes: written, .. } = &**raw;
                let (ty, bindings, attributes) = (type_of(ty), named(bindings), attributes(written, None));
                quote!(Raw { state: #json, bindings: #bindings, ty: #ty, attributes: #attributes })
            }
        }
    }
}

/// What a text is given is looked at as it was written.
fn bound(bindings: &[(Ident, Expr)]) -> TokenStream {
    let bindings = bindings.iter().map(|(_, value)| {
        let mut written = Group::new(Delimiter::Parenthesis, place(value));
        written.set_span(value.span);
        quote_spanned!(value.span=> __wf::bound(&#written);)
    });
    quote!(#(#bindings)*)
}

fn named(bindings: &[(Ident, Expr)]) -> TokenStream {
    let bindings = bindings.iter().map(|(name, value)| {
        let (name, value) = (plain(name), expr(value));
        quote!((#name, #value))
    });
    quote!(&[#(#bindings),*])
}

/// A raw state's call, where a bare call's `Result` is due.
pub(crate) fn raw_of(expr: &Expr) -> Option<&Raw> {
    match &expr.kind {
        ExprKind::Foreign(made) => match &**made {
            Foreign::Raw(raw) => Some(raw),
            _ => None,
        },
        _ => None,
    }
}
