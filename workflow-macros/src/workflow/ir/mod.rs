//! The program as static data: the initialiser of an `ir::Program`. Syntax decides; names and types are resolved later.

mod map;
mod pattern;
mod repeat;
mod state;
mod types;
mod value;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

pub(super) use self::state::attributes;
use self::types::{Mention, mention_of, owner};
pub(super) use self::types::{default_of, type_of};
use super::model::{Block, Bounds, Expr, ExprKind, Fields, Let, Pattern, Statement, Workflow};
use crate::hygiene::plain;
use crate::step::retry::option;

/// `__wf::ir::Program { .. }`, where `Self` is the workflow.
pub(crate) fn program(workflow: &Workflow) -> TokenStream {
    let Workflow { machine, doc, output, .. } = workflow;
    let input = option(workflow.input.as_ref().map(|input| {
        let (pattern, ty) = (pattern(&input.pattern), &input.ty);
        quote!(__wf::ir::Input { pattern: #pattern, ty: || __wf::Probe::<#ty>::new().payload_type() })
    }));
    let (bounds, body) = (bounds(workflow), block(&workflow.body));
    let kind = kind_of(workflow);
    quote! {
        __wf::ir::Program {
            name: #machine,
            doc: #doc,
            file: ::core::file!(),
            input: #input,
            output: || __wf::Probe::<#output>::new().payload_type(),
            bounds: #bounds,
            kind: #kind,
            body: #body,
        }
    }
}

/// `__wf::ir::Bounds { .. }`
fn bounds(workflow: &Workflow) -> TokenStream {
    let Bounds { timeout, max_transitions, assume } = &workflow.bounds;
    if timeout.is_none() && max_transitions.is_none() && assume.is_empty() {
        return quote!(__wf::ir::Bounds::NONE);
    }
    let place = max_transitions.or(*timeout).map_or_else(|| workflow.function.span(), |(_, span)| span);
    let (timeout, most) = (option(timeout.map(|(seconds, _)| seconds)), option(max_transitions.map(|(most, _)| most)));
    let assume = assume.iter().map(|(state, number)| quote!((#state, #number)));
    let at = at(place);
    quote! {
        __wf::ir::Bounds {
            timeout_seconds: #timeout,
            max_transitions: #most,
            assume: &[#(#assume),*],
            at: #at,
        }
    }
}

/// `WorkflowKind::Standard`
pub(crate) fn kind_of(workflow: &Workflow) -> TokenStream {
    if workflow.express { quote!(__wf::WorkflowKind::Express) } else { quote!(__wf::WorkflowKind::Standard) }
}

pub(super) fn at(span: Span) -> TokenStream {
    #[cfg(test)]
    let (line, column) = (span.start().line, span.start().column + 1);
    #[cfg(not(test))]
    let (line, column) = (span.unwrap().line(), span.unwrap().column());
    let (line, column) = (u32::try_from(line).unwrap_or_default(), u32::try_from(column).unwrap_or_default());
    quote!(__wf::ir::At { line: #line, column: #column })
}

fn block(block: &Block) -> TokenStream {
    let statements = block.statements.iter().map(|statement| match statement {
        Statement::Let(made) => let_statement(made),
        Statement::Declare { keyword, pattern, ty } => declaration(keyword.span, pattern, ty.as_ref()),
        Statement::LetElse(made) => pattern::let_else(made),
        Statement::Expr(made, _) => {
            let made = expr(made);
            quote!(__wf::ir::Statement::Expr(#made))
        }
    });
    let tail = option(block.tail.as_deref().map(boxed));
    quote!(__wf::ir::Block { statements: &[#(#statements),*], tail: #tail })
}

fn let_statement(made: &Let) -> TokenStream {
    let (pattern, value, at) = (pattern(&made.pattern), expr(&made.value), at(made.keyword.span));
    let ty = option(made.ty.as_ref().filter(|ty| is_complete(ty)).map(type_of));
    let compensate = option(made.compensate.as_deref().map(boxed));
    quote! {
        __wf::ir::Statement::Let(__wf::ir::Let {
            pattern: #pattern, ty: #ty, value: #value, compensate: #compensate, at: #at,
        })
    }
}

/// `let x;`
fn declaration(keyword: Span, pattern: &Pattern, ty: Option<&syn::Type>) -> TokenStream {
    let (pattern, at) = (self::pattern(pattern), at(keyword));
    let ty = option(ty.filter(|ty| is_complete(ty)).map(type_of));
    quote!(__wf::ir::Statement::Declare(__wf::ir::Declare { pattern: #pattern, ty: #ty, at: #at }))
}

/// Whether an annotation says all of the type, and a type that travels.
fn is_complete(ty: &syn::Type) -> bool {
    use syn::visit::Visit;
    struct Holes(bool);
    impl<'ast> Visit<'ast> for Holes {
        fn visit_type(&mut self, ty: &'ast syn::Type) {
            self.0 |= matches!(ty, syn::Type::Infer(_) | syn::Type::Reference(_));
            syn::visit::visit_type(self, ty);
        }
    }
    let mut holes = Holes(false);
    holes.visit_type(ty);
    !holes.0
}

fn pattern(pattern: &Pattern) -> TokenStream {
    match pattern {
        Pattern::Bind(name) => {
            let (at, name) = (at(name.span()), plain(name));
            quote!(__wf::ir::Pattern::Bind { name: #name, at: #at })
        }
        Pattern::Mutable(_, name) => {
            let (at, name) = (at(name.span()), plain(name));
            quote!(__wf::ir::Pattern::Mutable { name: #name, at: #at })
        }
        Pattern::Wildcard(_) => quote!(__wf::ir::Pattern::Wildcard),
        // References are Rust's matter.
        Pattern::Reference(_, inner) => self::pattern(inner),
        Pattern::Tuple(parts, _) => {
            let parts = parts.iter().map(self::pattern);
            quote!(__wf::ir::Pattern::Tuple(&[#(#parts),*]))
        }
        Pattern::Struct { path, fields, .. } => {
            let ty = owner(path, Mention::Struct);
            let fields = fields.iter().map(|(name, part)| {
                let (name, part) = (plain(name), self::pattern(part));
                quote!((#name, #part))
            });
            quote!(__wf::ir::Pattern::Struct { ty: #ty, fields: &[#(#fields),*] })
        }
    }
}

fn boxed(inner: &Expr) -> TokenStream {
    let inner = expr(inner);
    quote!(&#inner)
}

fn list(exprs: &[Expr]) -> TokenStream {
    let exprs = exprs.iter().map(expr);
    quote!(&[#(#exprs),*])
}

fn named(fields: &[(syn::Ident, Expr)]) -> TokenStream {
    let fields = fields.iter().map(|(name, value)| {
        let (name, value) = (plain(name), expr(value));
        quote!((#name, #value))
    });
    quote!(&[#(#fields),*])
}

fn variant_fields(fields: &Fields) -> TokenStream {
    match fields {
        Fields::Unit => quote!(__wf::ir::VariantFields::Unit),
        Fields::Tuple(parts, _) => {
            let parts = list(parts);
            quote!(__wf::ir::VariantFields::Tuple(#parts))
        }
        Fields::Struct(fields, _) => {
            let fields = named(fields);
            quote!(__wf::ir::VariantFields::Struct(#fields))
        }
    }
}

fn last(path: &syn::Path) -> String {
    path.segments.last().map(|last| plain(&last.ident)).unwrap_or_default()
}

pub(super) fn expr(expr: &Expr) -> TokenStream {
    // Parentheses and references are Rust's matter.
    if let ExprKind::Paren(inner, _) | ExprKind::Reference(inner) | ExprKind::Unary(syn::UnOp::Deref(_), inner) =
        &expr.kind
    {
        return self::expr(inner);
    }
    let (kind, at) = (kind(expr), at(expr.span));
    quote!(__wf::ir::Expr { kind: __wf::ir::ExprKind::#kind, at: #at })
}

#[expect(clippy::too_many_lines, reason = "one arm for each kind")]
fn kind(expr: &Expr) -> TokenStream {
    match &expr.kind {
        ExprKind::Poison | ExprKind::Unit | ExprKind::Paren(..) | ExprKind::Reference(_) => quote!(Unit),
        ExprKind::Literal(literal) => self::literal(literal),
        ExprKind::Variable(name) => {
            let name = plain(name);
            quote!(Variable(#name))
        }
        ExprKind::Constant(path) => {
            let constant = quote_spanned!(expr.span=> __wf::constant(&#path));
            quote!(Constant(|| #constant))
        }
        ExprKind::Field(base, name) => {
            let (base, name) = (boxed(base), plain(name));
            quote!(Field(#base, #name))
        }
        ExprKind::TupleField(base, index) => {
            let (base, index) = (boxed(base), index.index);
            quote!(TupleField(#base, #index))
        }
        ExprKind::Index(base, index, _) => {
            let (base, index) = (boxed(base), boxed(index));
            quote!(Index(#base, #index))
        }
        ExprKind::FailureIs(made) => {
            let (failure, error) = (boxed(&made.failure), &made.error);
            quote!(FailureIs(#failure, || __wf::Probe::<#error>::new().error_shape()))
        }
        ExprKind::Unary(op, inner) => unary(*op, inner),
        ExprKind::Binary(left, op, right) => {
            let (op, left, right) = (binary_op(op), boxed(left), boxed(right));
            quote!(Binary(__wf::ir::BinaryOp::#op, #left, #right))
        }
        ExprKind::Cast(inner, ty) => {
            let (inner, ty) = (boxed(inner), type_of(ty));
            quote!(Cast(#inner, #ty))
        }
        ExprKind::Struct { path, fields, base, .. } => {
            let (ty, fields, base) = (owner(path, Mention::Struct), named(fields), option(base.as_deref().map(boxed)));
            quote!(Struct { ty: #ty, fields: #fields, base: #base })
        }
        ExprKind::Variant { path, fields } => {
            let (ty, name, fields) = (owner(path, mention_of(fields)), last(path), variant_fields(fields));
            quote!(Variant { ty: #ty, variant: #name, fields: #fields })
        }
        ExprKind::Tuple(parts, _) => {
            let parts = list(parts);
            quote!(Tuple(#parts))
        }
        ExprKind::List(elements, _) => {
            let elements = list(elements);
            quote!(List(#elements))
        }
        ExprKind::Some(_, inner, _) => {
            let inner = boxed(inner);
            quote!(Some(#inner))
        }
        ExprKind::None(_) => quote!(None),
        ExprKind::Format(made) => value::format(made),
        ExprKind::Method(made) => {
            let (receiver, name, arguments) = (boxed(&made.receiver), plain(&made.name), list(&made.arguments));
            let turbofish = option(made.turbofish.as_ref().map(value::turbofish));
            quote!(Method { receiver: #receiver, method: #name, turbofish: #turbofish, arguments: #arguments })
        }
        ExprKind::Closure { parameters, body } => {
            let (parameters, body) = (parameters.iter().map(|(parameter, _)| pattern(parameter)), boxed(body));
            quote!(Closure { parameters: &[#(#parameters),*], body: #body })
        }
        ExprKind::Range(..) | ExprKind::Repeat(..) | ExprKind::Function(_) => value::expression(&expr.kind),
        ExprKind::Context(_, field) => {
            let field = plain(field);
            quote!(Context(#field))
        }
        ExprKind::Foreign(made) => made.ir(expr.span),
        ExprKind::MatchValue(made) => pattern::match_value(made),
        ExprKind::Let(made) => pattern::let_condition(made),
        ExprKind::Matches(made) => pattern::matches(made),
        _ => state::state(expr),
    }
}

fn literal(literal: &syn::Lit) -> TokenStream {
    match literal {
        syn::Lit::Bool(value) => quote!(Bool(#value)),
        syn::Lit::Str(text) => quote!(String(#text)),
        syn::Lit::Char(letter) => {
            let text = letter.value().to_string();
            quote!(String(#text))
        }
        syn::Lit::Int(number) if number.suffix().is_empty() || !number.suffix().starts_with('f') => {
            let value = number.base10_parse::<i64>().unwrap_or_default();
            integer(number, &quote!(#value))
        }
        syn::Lit::Int(number) => {
            let value = number.base10_parse::<f64>().unwrap_or_default();
            quote!(Float(#value))
        }
        syn::Lit::Float(number) => {
            let value = number.base10_parse::<f64>().unwrap_or_default();
            quote!(Float(#value))
        }
        _ => quote!(Unit),
    }
}

/// `3`, `3_u32`
fn integer(number: &syn::LitInt, value: &TokenStream) -> TokenStream {
    if number.suffix().is_empty() {
        return quote!(Integer(#value));
    }
    let (ty, at) = (syn::Ident::new(number.suffix(), number.span()), at(number.span()));
    let ty = type_of(&syn::parse_quote!(#ty));
    quote!(Cast(&__wf::ir::Expr { kind: __wf::ir::ExprKind::Integer(#value), at: #at }, #ty))
}

fn unary(op: syn::UnOp, inner: &Expr) -> TokenStream {
    if let (syn::UnOp::Neg(_), ExprKind::Literal(literal)) = (op, &inner.kind) {
        match literal {
            syn::Lit::Int(number) if !number.suffix().starts_with('f') => {
                let value = number.base10_parse::<i64>().unwrap_or_default();
                return integer(number, &quote!(-#value));
            }
            syn::Lit::Float(number) => {
                let value = number.base10_parse::<f64>().unwrap_or_default();
                return quote!(Float(-#value));
            }
            _ => {}
        }
    }
    let op = if matches!(op, syn::UnOp::Not(_)) { quote!(Not) } else { quote!(Negate) };
    let inner = boxed(inner);
    quote!(Unary(__wf::ir::UnaryOp::#op, #inner))
}

fn binary_op(op: &syn::BinOp) -> TokenStream {
    match op {
        syn::BinOp::Eq(_) => quote!(Equal),
        syn::BinOp::Ne(_) => quote!(NotEqual),
        syn::BinOp::Lt(_) => quote!(Less),
        syn::BinOp::Le(_) => quote!(LessEqual),
        syn::BinOp::Gt(_) => quote!(Greater),
        syn::BinOp::Ge(_) => quote!(GreaterEqual),
        syn::BinOp::And(_) => quote!(And),
        syn::BinOp::Or(_) => quote!(Or),
        syn::BinOp::Sub(_) | syn::BinOp::SubAssign(_) => quote!(Subtract),
        syn::BinOp::Mul(_) | syn::BinOp::MulAssign(_) => quote!(Multiply),
        syn::BinOp::Div(_) | syn::BinOp::DivAssign(_) => quote!(Divide),
        syn::BinOp::Rem(_) | syn::BinOp::RemAssign(_) => quote!(Remainder),
        // Every other operator was refused.
        _ => quote!(Add),
    }
}
