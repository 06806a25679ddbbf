//! `Result`s taken apart by methods: `step(..).await.unwrap_or(0)`, `.map_err(|_| Trouble::Late)?`, `option.ok_or(Trouble::Empty)?`,
//! `text.parse::<i64>().map_err(..)?`. Each is the `match` that it stands for, so nothing of it is new to what comes after.

use proc_macro2::Span;
use syn::{Expr, ExprMethodCall, Ident, Pat};

use super::call::peel;
use super::choice::is_result;
use super::{Builder, Place, parsed};
use crate::hygiene::plain;

/// What a chain of methods begins with.
#[derive(Clone, Copy)]
enum Base<'a> {
    /// A call's, group's or map's `Result`.
    Call(&'a Expr),
    /// `option.ok_or(error)`: the option and its error.
    Option(&'a Expr, &'a Expr),
    /// `text.parse::<i64>()`
    Parsed(&'a Expr),
}

/// A `Result` on its way: what it begins with, and what was mapped since.
struct Chain<'a> {
    base: Base<'a>,
    ok: Option<(Pat, Expr)>,
    err: Option<(Pat, Expr)>,
    /// What the `let` around it binds: the machine's variable is called so, too.
    name: Option<Ident>,
}

/// How a chain ends.
#[expect(clippy::large_enum_variant, reason = "each lives for one call")]
enum End {
    /// `?`, or the end of a block.
    Leave { returns: bool },
    /// What it is where it succeeded, and where it failed.
    Ways { ok: fn(Span, &Expr) -> Expr, err: Option<(Pat, Expr)>, otherwise: Option<Expr> },
}

impl Builder {
    /// The `match` that a method or `?` after a `Result` stands for; `None` where it is none of these.
    pub(super) fn taken_apart(&self, expr: &Expr, place: Place, bound_as: Option<Ident>) -> Option<Expr> {
        // Behind `&&` or in a closure nothing can leave.
        let leaves = place != Place::Pure || self.may_hoist();
        match expr {
            Expr::Try(attempt) => {
                let Expr::MethodCall(call) = peel(&attempt.expr) else { return None };
                let span = call.method.span();
                leaves.then(|| chain(call)).flatten()?.named(bound_as).ended(End::Leave { returns: true }, span)
            }
            Expr::MethodCall(call) if place == Place::Result && ends_in_result(call) => {
                chain(call)?.ended(End::Leave { returns: false }, call.method.span())
            }
            Expr::MethodCall(call) if place == Place::Statement && call.method == "ok" => None,
            Expr::MethodCall(call) => taken_by(call, bound_as),
            _ => None,
        }
    }
}

/// Whether what it yields is a `Result` still.
fn ends_in_result(call: &ExprMethodCall) -> bool {
    ["map", "map_err", "ok_or", "ok_or_else"].iter().any(|name| call.method == name)
}

/// A method that makes a value of a `Result`.
fn taken_by(call: &ExprMethodCall, bound_as: Option<Ident>) -> Option<Expr> {
    let span = call.method.span();
    let chain = chain_before(&call.receiver)?.named(bound_as);
    let name = plain(&call.method);
    match chain.base {
        Base::Option(..) => return None,
        Base::Parsed(parse) if chain.ok.is_none() => match name.as_str() {
            // Methods that are `parse`'s own.
            "ok" | "unwrap_or" | "unwrap_or_default" => return None,
            "is_ok" => return Some(syn::parse_quote_spanned!(span=> #parse.ok().is_some())),
            "is_err" => return Some(syn::parse_quote_spanned!(span=> #parse.ok().is_none())),
            _ => {}
        },
        _ => {}
    }
    let argument = |index: usize| call.args.get(index);
    let itself: fn(Span, &Expr) -> Expr = |_, value| value.clone();
    let ways = |ok, err, otherwise| End::Ways { ok, err, otherwise };
    match (name.as_str(), call.args.len()) {
        ("unwrap_or", 1) => chain.ended(ways(itself, None, argument(0).cloned()), span),
        ("unwrap_or_else", 1) => chain.ended(ways(itself, Some(closure(argument(0)?)?), None), span),
        ("unwrap_or_default", 0) => {
            let option = chain.option(span)?;
            Some(syn::parse_quote_spanned!(span=> #option.unwrap_or_default()))
        }
        ("ok", 0) => chain.option(span),
        ("is_ok", 0) => chain.tested(span, true),
        ("is_err", 0) => chain.tested(span, false),
        ("is_ok_and", 1) => {
            mapped(chain, argument(0)?)?.ended(ways(itself, None, Some(syn::parse_quote_spanned!(span=> false))), span)
        }
        ("map_or", 2) => mapped(chain, argument(1)?)?.ended(ways(itself, None, argument(0).cloned()), span),
        ("map_or_else", 2) => {
            let err = closure(argument(0)?)?;
            mapped(chain, argument(1)?)?.ended(ways(itself, Some(err), None), span)
        }
        _ => None,
    }
}

/// A chain that ends with this method.
fn chain(call: &ExprMethodCall) -> Option<Chain<'_>> {
    let name = plain(&call.method);
    match (name.as_str(), call.args.first(), call.args.len()) {
        ("ok_or" | "ok_or_else", ..) if is_result(&call.receiver) => None,
        ("ok_or", Some(error), 1) => Some(Chain::of(Base::Option(&call.receiver, error))),
        ("ok_or_else", Some(Expr::Closure(made)), 1) if made.inputs.is_empty() => {
            Some(Chain::of(Base::Option(&call.receiver, &made.body)))
        }
        ("map", Some(with), 1) => mapped(chain_before(&call.receiver)?, with),
        ("map_err", Some(with), 1) => {
            let before = chain_before(&call.receiver)?;
            let err = if is_conversion(with) { None } else { Some(closure(with)?) };
            // What was made of the error already is seen no more.
            before.err.is_none().then_some(Chain { err, ..before })
        }
        _ => None,
    }
}

/// A chain before a method.
fn chain_before(receiver: &Expr) -> Option<Chain<'_>> {
    match peel(receiver) {
        expr @ Expr::MethodCall(_) if parsed::is_parse(expr) => Some(Chain::of(Base::Parsed(expr))),
        Expr::MethodCall(call) => chain(call),
        expr @ (Expr::Await(_) | Expr::Macro(_)) if is_result(expr) => Some(Chain::of(Base::Call(expr))),
        _ => None,
    }
}

/// `.map(|value| ..)` after what was mapped before.
fn mapped<'a>(chain: Chain<'a>, with: &Expr) -> Option<Chain<'a>> {
    let (pattern, body) = closure(with)?;
    let ok = match chain.ok {
        None => (pattern, body),
        Some((first, before)) => (first, syn::parse_quote!({ let #pattern = #before; #body })),
    };
    Some(Chain { ok: Some(ok), ..chain })
}

impl<'a> Chain<'a> {
    fn of(base: Base<'a>) -> Self {
        Self { base, ok: None, err: None, name: None }
    }

    fn named(self, name: Option<Ident>) -> Self {
        Self { name: name.filter(|name| !name.to_string().starts_with("r#")), ..self }
    }

    fn ended(self, end: End, span: Span) -> Option<Expr> {
        let name = self.name.as_ref().map_or_else(|| String::from("value"), Ident::to_string);
        let value = Ident::new(&name, Span::mixed_site().located_at(span));
        let (ok_pattern, ok_value) = self.ok.unwrap_or_else(|| (syn::parse_quote!(#value), syn::parse_quote!(#value)));
        let (ok, err) = match end {
            End::Leave { returns } => {
                let ok = if returns { ok_value } else { syn::parse_quote_spanned!(span=> Ok(#ok_value)) };
                let (pattern, error) = match (self.base, self.err) {
                    (Base::Option(_, error), _) => (None, error.clone()),
                    (_, Some((pattern, error))) => (Some(pattern), error),
                    (Base::Call(_), None) => {
                        let failure = Ident::new("failure", Span::mixed_site().located_at(span));
                        (Some(syn::parse_quote!(#failure)), syn::parse_quote!(#failure))
                    }
                    // rustc knows no way from its error to a workflow's.
                    (Base::Parsed(_), None) => return None,
                };
                let error = converted(&error, span);
                let error: Expr = if returns {
                    syn::parse_quote_spanned!(span=> return Err(#error))
                } else {
                    syn::parse_quote_spanned!(span=> Err(#error))
                };
                (ok, (pattern, error))
            }
            End::Ways { ok, err, otherwise } => {
                let err = match (err, otherwise) {
                    // The error was made another by `map_err`, and nobody asks for it but here.
                    (Some((_, _)), _) if self.err.is_some() => return None,
                    (Some((pattern, body)), _) => (Some(pattern), body),
                    (None, Some(otherwise)) => (None, otherwise),
                    (None, None) => return None,
                };
                (ok(span, &ok_value), err)
            }
        };
        Some(self.base.matched(&ok_pattern, &ok, err, span))
    }

    /// `.ok()`
    fn option(self, span: Span) -> Option<Expr> {
        let some: fn(Span, &Expr) -> Expr = |span, value| syn::parse_quote_spanned!(span=> Some(#value));
        let none = Some(syn::parse_quote_spanned!(span=> None));
        self.ended(End::Ways { ok: some, err: None, otherwise: none }, span)
    }

    /// `.is_ok()`, `.is_err()`
    fn tested(self, span: Span, wanted: bool) -> Option<Expr> {
        let (ok, otherwise): (fn(Span, &Expr) -> Expr, bool) = if wanted {
            (|span, _| syn::parse_quote_spanned!(span=> true), false)
        } else {
            (|span, _| syn::parse_quote_spanned!(span=> false), true)
        };
        let otherwise = Some(syn::parse_quote_spanned!(span=> #otherwise));
        Chain { ok: Some((syn::parse_quote_spanned!(span=> _), syn::parse_quote_spanned!(span=> ()))), ..self }
            .ended(End::Ways { ok, err: None, otherwise }, span)
    }
}

impl Base<'_> {
    fn matched(self, pattern: &Pat, ok: &Expr, (failed, err): (Option<Pat>, Expr), span: Span) -> Expr {
        let failed = failed.unwrap_or_else(|| syn::parse_quote_spanned!(span=> _));
        match self {
            Self::Call(result) | Self::Parsed(result) => {
                syn::parse_quote_spanned!(span=> match #result { Ok(#pattern) => #ok, Err(#failed) => #err })
            }
            Self::Option(option, _) => {
                syn::parse_quote_spanned!(span=> match #option { Some(#pattern) => #ok, None => #err })
            }
        }
    }
}

/// `|pattern| body` of a closure with one parameter.
fn closure(expr: &Expr) -> Option<(Pat, Expr)> {
    let Expr::Closure(made) = peel(expr) else { return None };
    let (Some(input), 1, None) = (made.inputs.first(), made.inputs.len(), &made.asyncness) else { return None };
    let pattern = match input {
        Pat::Type(typed) => (*typed.pat).clone(),
        pattern => pattern.clone(),
    };
    Some((pattern, (*made.body).clone()))
}

/// `map_err(Into::into)`, `map_err(WorkflowError::from)`, `map_err(|failure| failure.into())`: what `?` does anyway.
fn is_conversion(expr: &Expr) -> bool {
    let Expr::Path(path) = peel(expr) else { return false };
    let names: Vec<String> = path.path.segments.iter().map(|segment| plain(&segment.ident)).collect();
    matches!(
        names.iter().map(String::as_str).collect::<Vec<_>>()[..],
        [.., "Into", "into"] | [.., "WorkflowError", "from"]
    )
}

/// What stands in `Err(..)`: with `.into()`, unless it was written.
fn converted(error: &Expr, span: Span) -> Expr {
    match error {
        Expr::Paren(inner) => converted(&inner.expr, span),
        Expr::Block(block) if block.label.is_none() => match &block.block.stmts[..] {
            [syn::Stmt::Expr(only, None)] => converted(only, span),
            _ => error.clone(),
        },
        Expr::MethodCall(call) if call.method == "into" => error.clone(),
        Expr::Call(call)
            if matches!(&*call.func, Expr::Path(path) if path.path.segments.len() > 1
            && path.path.segments.last().is_some_and(|last| last.ident == "from")) =>
        {
            error.clone()
        }
        error => syn::parse_quote_spanned!(span=> #error.into()),
    }
}
