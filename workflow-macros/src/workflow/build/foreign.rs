//! `json!`, `jsonata!`, `raw_state!`, `task_token()`, and the maps and defaults of services' parameters.

use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::token::{Brace, Bracket};
use syn::{Ident, LitStr, Path, Token, Type};

use super::super::codes;
use super::super::foreign::{Foreign, Json, Raw};
use super::super::model::{Attributes, Expr, ExprKind};
use super::method::COLLECTIONS;
use super::raw::{self, RawJson};
use super::refuse::shown;
use super::{Builder, Place, start};
use crate::hygiene::plain;

/// `[TYPE:] WHAT [, name = value]*`
struct Written<T> {
    ty: Option<Type>,
    what: T,
    bindings: Vec<(Ident, syn::Expr)>,
}

impl<T: Parse> Parse for Written<T> {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ty = if input.peek(LitStr) || input.peek(Brace) {
            None
        } else {
            let ty = input.parse()?;
            input.parse::<Token![:]>()?;
            Some(ty)
        };
        let what = input.parse()?;
        let mut bindings = Vec::new();
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let name = input.call(Ident::parse_any)?;
            let value = if input.peek(Token![=]) {
                input.parse::<Token![=]>()?;
                input.parse()?
            } else {
                syn::Expr::Path(syn::ExprPath { attrs: Vec::new(), qself: None, path: name.clone().into() })
            };
            bindings.push((name, value));
        }
        Ok(Self { ty, what, bindings })
    }
}

/// A `json!` tree before its expressions are looked at.
enum Tree {
    Null(Span),
    Object(Vec<(Key, Tree)>, Span),
    Array(Vec<Tree>, Span),
    Value(Box<syn::Expr>),
}

enum Key {
    Text(LitStr),
    Other(Box<syn::Expr>),
}

impl Parse for Tree {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Brace) {
            let inside;
            let span = syn::braced!(inside in input).span.open();
            let mut fields = Vec::new();
            while !inside.is_empty() {
                let key = if inside.peek(LitStr) && inside.peek2(Token![:]) {
                    Key::Text(inside.parse()?)
                } else {
                    Key::Other(inside.parse()?)
                };
                inside.parse::<Token![:]>()?;
                fields.push((key, inside.parse()?));
                if !inside.is_empty() {
                    inside.parse::<Token![,]>()?;
                }
            }
            return Ok(Self::Object(fields, span));
        }
        if input.peek(Bracket) {
            let inside;
            let span = syn::bracketed!(inside in input).span.open();
            let elements = inside.parse_terminated(Self::parse, Token![,])?;
            return Ok(Self::Array(elements.into_iter().collect(), span));
        }
        let value: syn::Expr = input.parse()?;
        Ok(match &value {
            syn::Expr::Path(path) if path.path.is_ident("null") => Self::Null(start(&value)),
            _ => Self::Value(Box::new(value)),
        })
    }
}

/// Whether the macro is one of those whose type a `let` may give.
pub(super) fn takes_type(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Paren(inner) => takes_type(&inner.expr),
        syn::Expr::Group(inner) => takes_type(&inner.expr),
        syn::Expr::Try(inner) => takes_type(&inner.expr),
        syn::Expr::Await(inner) => takes_type(&inner.base),
        syn::Expr::Macro(made) => is_named(&made.mac.path, "raw_state") || is_named(&made.mac.path, "jsonata"),
        _ => false,
    }
}

/// `raw_state!`, also by its path.
pub(super) fn is_named(path: &Path, name: &str) -> bool {
    path.segments.last().is_some_and(|last| last.ident == name)
}

fn foreign(made: Foreign, span: Span) -> Expr {
    Expr::new(ExprKind::Foreign(Box::new(made)), span)
}

impl Builder {
    /// `json!(..)`
    pub(super) fn json(&mut self, made: &syn::Macro) -> Expr {
        let span = start(&made.path);
        match syn::parse2::<Tree>(made.tokens.clone()) {
            Ok(tree) => foreign(Foreign::Json(made.path.clone(), self.tree(tree)), span),
            Err(error) => {
                self.sink.syntax(error);
                Expr::poison(span)
            }
        }
    }

    fn tree(&mut self, tree: Tree) -> Json {
        match tree {
            Tree::Null(span) => Json::Null(span),
            Tree::Array(elements, span) => Json::Array(elements.into_iter().map(|it| self.tree(it)).collect(), span),
            Tree::Value(value) => Json::Value(Box::new(self.pure(&value))),
            Tree::Object(fields, span) => {
                let mut known: Vec<(LitStr, Json)> = Vec::new();
                for (key, value) in fields {
                    let value = self.tree(value);
                    match key {
                        Key::Text(key) if known.iter().any(|(other, _)| other.value() == key.value()) => {
                            self.fault(&key, codes::JSON, format!("the key `{}` stands there twice", key.value()))
                                .help("keep one of them");
                        }
                        Key::Text(key) => known.push((key, value)),
                        Key::Other(key) => {
                            self.fault(&*key, codes::JSON, format!("`{}` is no text for a key", shown(&*key)))
                                .help("write the key as a string literal, or build this value in a `#[step]`")
                                .note("which keys a state's data has is part of its definition");
                        }
                    }
                }
                Json::Object(known, span)
            }
        }
    }

    /// `jsonata!(..)`
    pub(super) fn jsonata(&mut self, made: &syn::Macro) -> Expr {
        let span = start(&made.path);
        let expected = self.expected.take();
        let Written { ty, what: text, bindings } = match syn::parse2::<Written<LitStr>>(made.tokens.clone()) {
            Ok(written) => written,
            Err(error) => {
                self.fault_at(error.span(), codes::FOREIGN_FORM, "`jsonata!` has another form")
                    .help("write `jsonata!(u64: \"$sum($items.cents)\", items = order.items)`");
                return Expr::poison(span);
            }
        };
        let bindings = self.bindings(bindings);
        let Some(ty) = ty.or(expected) else {
            self.fault(&made.path, codes::FOREIGN_TYPE, "nothing says what this `jsonata!` yields")
                .help("write the type before the text: `jsonata!(u64: \"..\")`, or annotate the `let`");
            return Expr::poison(span);
        };
        self.braces(&text);
        foreign(Foreign::Jsonata { path: made.path.clone(), ty: Box::new(ty), text, bindings }, span)
    }

    /// The text is what stands between `{%` and `%}`, without them.
    fn braces(&self, text: &LitStr) {
        let value = text.value();
        let value = value.trim();
        if value.starts_with("{%") || value.ends_with("%}") {
            self.fault(text, codes::FOREIGN_FORM, "`{%` and `%}` are written by the compiler")
                .help("leave them out: `jsonata!(u64: \"$sum($items.cents)\", ..)`");
        } else if value.is_empty() {
            self.fault(text, codes::FOREIGN_FORM, "an empty expression yields nothing")
                .help("write an expression, such as `$sum($items.cents)`");
        }
    }

    fn bindings(&mut self, bindings: Vec<(Ident, syn::Expr)>) -> Vec<(Ident, Expr)> {
        let mut known: Vec<(Ident, Expr)> = Vec::new();
        for (name, value) in bindings {
            let value = self.pure(&value);
            if plain(&name) == "states" {
                self.fault(&name, codes::BINDING, "`$states` is Step Functions' own").help("use another name");
            } else if known.iter().any(|(other, _)| *other == name) {
                self.fault(&name, codes::BINDING, format!("`{name}` is bound twice")).help("keep one of them");
            } else {
                known.push((name, value));
            }
        }
        known
    }

    /// `raw_state!(..).await`
    pub(super) fn raw_state(&mut self, made: &syn::Macro, end: Span, place: Place) -> Expr {
        let span = start(&made.path);
        let expected = self.expected.take();
        if !self.may_run(place, "raw_state!(..).await", &made.path) {
            return Expr::poison(span);
        }
        if place == Place::Value {
            self.fault(&made.path, codes::RESULT_KEPT, "the `Result` of `raw_state!` is kept as a value")
                .help("write `raw_state!(..).await?`, or `match` on it here");
            return Expr::poison(span);
        }
        let Written { ty, what, bindings } = match syn::parse2::<Written<RawJson>>(made.tokens.clone()) {
            Ok(written) => written,
            Err(error) => {
                self.fault_at(error.span(), codes::JSON, error.to_string())
                    .help("write `raw_state!({ \"Type\": \"Pass\", \"Output\": \"{% $sum($items) %}\" }, items = order.items)`");
                return Expr::poison(span);
            }
        };
        let bindings = self.bindings(bindings);
        let Some(kind) = raw::check(&what, &made.path, &self.sink) else { return Expr::poison(span) };
        let unit = (kind == "Wait").then(|| syn::parse_quote!(()));
        let Some(ty) = ty.or(expected).or(unit) else {
            self.fault(&made.path, codes::FOREIGN_TYPE, "nothing says what this state yields")
                .help("write the type first: `raw_state!(u64: { .. })`, `raw_state!((): { .. })` for nothing, or annotate the `let`");
            return Expr::poison(span);
        };
        let raw = Raw {
            path: made.path.clone(),
            ty,
            json: what.text(),
            kind,
            bindings,
            end,
            attributes: Attributes::default(),
        };
        foreign(Foreign::Raw(Box::new(raw)), span)
    }

    /// `task_token()`
    pub(super) fn task_token(&mut self, call: &syn::ExprCall, path: &Path) -> Expr {
        let span = start(path);
        if self.arguments == 0 {
            self.fault(path, codes::TOKEN_PLACE, "`task_token()` stands outside of a step's arguments")
                .help("write it where the token is handed out: `request_approval(json!({ \"token\": task_token() })).await?`")
                .note("every attempt has a token of its own; there is none between states");
            return Expr::poison(span);
        }
        if let Some(argument) = call.args.first() {
            self.fault(argument, codes::TOKEN_PLACE, "`task_token()` takes nothing").help("remove the argument");
        }
        foreign(Foreign::Token(path.clone()), span)
    }

    /// `BTreeMap::from([(key, value)])`, `BTreeMap::new()`
    pub(super) fn map_literal(&mut self, call: &syn::ExprCall, path: &Path) -> Option<Expr> {
        let owner = path.segments.iter().rev().nth(1)?;
        let is_map = owner.ident == "BTreeMap" || owner.ident == "HashMap";
        if is_map && (is_named(path, "new") || is_named(path, "default")) && call.args.is_empty() {
            let (path, paren) = (path.clone(), call.paren_token);
            let at = start(&path);
            return Some(foreign(Foreign::Map { path, paren, entries: None }, at));
        }
        let from = is_map && is_named(path, "from");
        let (syn::Expr::Array(array), 1, true) = (call.args.first()?, call.args.len(), from) else { return None };
        let mut entries = Vec::new();
        for element in &array.elems {
            let syn::Expr::Tuple(pair) = element else { return None };
            let (Some(key), Some(value), 2) = (pair.elems.first(), pair.elems.last(), pair.elems.len()) else {
                return None;
            };
            entries.push((self.pure(key), self.pure(value)));
        }
        Some(foreign(Foreign::Map { path: path.clone(), paren: call.paren_token, entries: Some(entries) }, start(path)))
    }

    /// `Settings::default()`: what Rust makes of it while the definition is built.
    pub(super) fn default_of_type(call: &syn::ExprCall, path: &Path) -> Option<Expr> {
        let mut of = path.clone();
        let last = of.segments.pop()?;
        let ty = of.segments.last()?;
        let known = ty.ident != "Default" && !COLLECTIONS.iter().any(|name| ty.ident == name);
        if last.ident != "default" || !call.args.is_empty() || !known {
            return None;
        }
        of.segments.pop_punct();
        Some(foreign(Foreign::Default { path: path.clone(), of }, start(path)))
    }

    /// `..Default::default()`
    pub(super) fn default_base(base: &syn::Expr, of: &Path) -> Option<Expr> {
        let syn::Expr::Call(call) = base else { return None };
        let syn::Expr::Path(function) = &*call.func else { return None };
        let named = is_named(&function.path, "default") && function.path.segments.len() > 1;
        if !call.args.is_empty() || !named || function.qself.is_some() {
            return None;
        }
        let made = Foreign::Default { path: function.path.clone(), of: of.clone() };
        Some(foreign(made, start(&function.path.to_token_stream())))
    }
}
