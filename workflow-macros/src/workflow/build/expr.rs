//! Expressions: which of them the language has.

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;

use super::super::codes;
use super::super::model::{Expr, ExprKind, Fields};
use super::assign::is_compound;
use super::hoist::Side;
use super::{Builder, Place, brace, start};
use crate::hygiene::plain;

impl Builder {
    /// An expression with its attributes; calls inside of it run before it.
    pub(super) fn expr(&mut self, expr: &syn::Expr, place: Place) -> Expr {
        if matches!(place, Place::Pure | Place::Raw) {
            return self.with_own_attributes(expr, place);
        }
        let (built, before) = self.after_calls(expr, place);
        super::hoist::block_of(before, built)
    }

    /// An expression with its attributes; calls inside of it run before the expression around it.
    pub(super) fn with_own_attributes(&mut self, expr: &syn::Expr, place: Place) -> Expr {
        let hoisted = self.hoisted.last().and_then(Option::as_ref).map_or(0, Vec::len);
        let mut built = self.bare(expr, place);
        let attributes = super::attributes::of(expr);
        if !attributes.is_empty() && !super::attributes::makes_state(&mut built) {
            // `#[state = ".."]` before a statement whose only state is a call inside of it.
            let mut frame = self.hoisted.pop();
            let own = frame.as_mut().and_then(Option::as_mut).and_then(|before| before.get_mut(hoisted..));
            let named = own.and_then(super::hoist::only_call).map(|call| self.attach(attributes, call)).is_some();
            self.hoisted.extend(frame);
            if named {
                return built;
            }
        }
        self.attach(attributes, &mut built);
        built
    }

    pub(super) fn pure(&mut self, expr: &syn::Expr) -> Expr {
        self.expr(expr, Place::Pure)
    }

    pub(super) fn boxed(&mut self, expr: &syn::Expr) -> Box<Expr> {
        Box::new(self.pure(expr))
    }

    fn bare(&mut self, expr: &syn::Expr, place: Place) -> Expr {
        let bound_as = self.bound_as.take();
        if let Some(apart) = self.taken_apart(expr, place, bound_as) {
            if let (Place::Pure, syn::Expr::Try(_), syn::Expr::Match(made)) = (place, expr, &apart) {
                let value = self.match_result(made, Place::Value);
                return self.hoist(value, "value");
            }
            return self.bare(&apart, place);
        }
        let span = start(expr);
        let kind = match expr {
            syn::Expr::Array(array) => ExprKind::List(self.all(&array.elems), None),
            syn::Expr::Await(awaited) => return self.awaited(awaited, place),
            syn::Expr::Assign(made) => return self.assign(made, place),
            syn::Expr::Binary(made) if is_compound(made.op) => return self.compound(made, place),
            syn::Expr::Binary(binary) => return self.binary(binary),
            syn::Expr::Block(block) => match &block.label {
                Some(label) => return self.labelled_block(block, label, place),
                None => ExprKind::Block(self.block(&block.block.stmts, place, brace(&block.block))),
            },
            syn::Expr::Break(made) => return self.break_out(made, place),
            syn::Expr::Call(call) => return self.call(call, place),
            syn::Expr::Cast(cast) => ExprKind::Cast(self.boxed(&cast.expr), (*cast.ty).clone()),
            syn::Expr::Continue(made) => return self.go_on(made, place),
            syn::Expr::Field(field) => return self.field(field),
            syn::Expr::ForLoop(made) => return self.counted_loop(made, place),
            syn::Expr::Group(group) => return self.expr(&group.expr, place),
            syn::Expr::If(choice) => return self.choice(choice, place),
            syn::Expr::Index(index) => {
                // A map is asked with a reference.
                let (base, at) = (self.boxed(&index.expr), self.argument(&index.index));
                ExprKind::Index(base, Box::new(at), index.bracket_token)
            }
            syn::Expr::Let(made) => return self.misplaced_let(made),
            syn::Expr::Range(range) => {
                let bound = |builder: &mut Self, bound: &Option<Box<syn::Expr>>| {
                    bound.as_deref().map(|bound| builder.boxed(bound))
                };
                ExprKind::Range(bound(self, &range.start), range.limits, bound(self, &range.end))
            }
            // Rust's matter: what is borrowed is copied like all else.
            syn::Expr::Reference(reference) if reference.mutability.is_none() => {
                ExprKind::Reference(self.boxed(&reference.expr))
            }
            syn::Expr::Repeat(repeat) => ExprKind::Repeat(self.boxed(&repeat.expr), self.boxed(&repeat.len), None),
            syn::Expr::Lit(literal) => return self.literal(&literal.lit, span),
            syn::Expr::Loop(made) => return self.endless(made, place),
            syn::Expr::Macro(made) => return self.macro_call(&made.mac, place),
            syn::Expr::Match(made) => return self.match_result(made, place),
            syn::Expr::MethodCall(call) => return self.method(call, place),
            syn::Expr::Paren(paren) => {
                ExprKind::Paren(Box::new(self.with_own_attributes(&paren.expr, place)), paren.paren_token)
            }
            syn::Expr::Path(path) => return self.path(path),
            syn::Expr::Return(made) => return self.give_back(made, place),
            syn::Expr::Struct(literal) => return self.struct_literal(literal),
            syn::Expr::Try(attempt) => return self.attempt(attempt, place),
            syn::Expr::Tuple(tuple) if tuple.elems.is_empty() => ExprKind::Unit,
            syn::Expr::Tuple(tuple) => ExprKind::Tuple(self.all(&tuple.elems), tuple.paren_token),
            syn::Expr::Unary(unary) => return self.unary(unary),
            syn::Expr::While(made) => return self.conditional_loop(made, place),
            other => return self.refuse(other),
        };
        Expr::new(kind, span)
    }

    pub(super) fn all<'a>(&mut self, exprs: impl IntoIterator<Item = &'a syn::Expr>) -> Vec<Expr> {
        exprs.into_iter().map(|expr| self.pure(expr)).collect()
    }

    fn binary(&mut self, binary: &syn::ExprBinary) -> Expr {
        use syn::BinOp::{Add, And, Div, Eq, Ge, Gt, Le, Lt, Mul, Ne, Or, Rem, Sub};
        let span = binary.op.span();
        match &binary.op {
            Add(_) | Sub(_) | Mul(_) | Div(_) | Rem(_) | And(_) | Or(_) | Eq(_) | Ne(_) | Lt(_) | Le(_) | Gt(_)
            | Ge(_) => {}
            _ => {
                let op = binary.op.to_token_stream();
                self.fault(&binary.op, codes::OUTSIDE, format!("operator `{op}` has no JSONata"))
                    .help("move this into a `#[step]`; for conditions write `&&`, `||` and `!`");
            }
        }
        let left = Box::new(self.argument(&binary.left));
        let right = match &binary.op {
            And(_) | Or(_) => match self.either(&left, binary) {
                Side::Decided(value) => return value,
                Side::Plain(right) => right,
            },
            _ => self.argument(&binary.right),
        };
        let right = Box::new(right);
        Expr::new(ExprKind::Binary(left, binary.op, right), span)
    }

    fn unary(&mut self, unary: &syn::ExprUnary) -> Expr {
        let span = unary.op.span();
        if let (syn::UnOp::Neg(_), syn::Expr::Lit(literal)) = (&unary.op, &*unary.expr) {
            let inner = self.literal(&literal.lit, start(literal));
            return Expr::new(ExprKind::Unary(unary.op, Box::new(inner)), span);
        }
        Expr::new(ExprKind::Unary(unary.op, self.boxed(&unary.expr)), span)
    }

    fn field(&mut self, field: &syn::ExprField) -> Expr {
        let span = start(&field.member);
        if let (syn::Expr::Call(call), syn::Member::Named(name)) = (&*field.base, &field.member)
            && let syn::Expr::Path(path) = &*call.func
            && call.args.is_empty()
            && path.path.segments.last().is_some_and(|last| last.ident == "context")
        {
            return Expr::new(ExprKind::Context(path.path.clone(), name.clone()), span);
        }
        let base = self.boxed(&field.base);
        let kind = match &field.member {
            syn::Member::Named(name) => ExprKind::Field(base, name.clone()),
            syn::Member::Unnamed(index) => ExprKind::TupleField(base, index.clone()),
        };
        Expr::new(kind, span)
    }

    /// A name: a variable, a constant, a variant without data.
    fn path(&mut self, path: &syn::ExprPath) -> Expr {
        let span = path.path.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
        if path.qself.is_some() {
            return self.outside(path, "a path through a trait");
        }
        let Some(last) = path.path.segments.last() else { return Expr::poison(span) };
        let name = plain(&last.ident);
        let kind = match case(&name) {
            _ if super::words::std_variant(&path.path) == Some("None") => ExprKind::None(path.path.clone()),
            Case::Screaming => ExprKind::Constant(path.path.clone()),
            Case::Camel => ExprKind::Variant { path: path.path.clone(), fields: Fields::Unit },
            Case::Lower => match path.path.get_ident() {
                Some(name) => ExprKind::Variable(name.clone()),
                None => {
                    return self.function_value(path, &name);
                }
            },
        };
        Expr::new(kind, span)
    }

    fn struct_literal(&mut self, literal: &syn::ExprStruct) -> Expr {
        let span = start(&literal.path);
        if literal.qself.is_some() {
            return self.outside(literal, "a path through a trait");
        }
        let mut fields = Vec::new();
        for field in &literal.fields {
            let value = self.pure(&field.expr);
            if let syn::Member::Named(name) = &field.member {
                fields.push((name.clone(), value));
            } else {
                self.fault(&field.member, codes::OUTSIDE, "a numbered field in a struct literal")
                    .help("write the tuple form: `Name(value)`");
            }
        }
        if is_variant(&literal.path) && literal.rest.is_none() {
            let kind =
                ExprKind::Variant { path: literal.path.clone(), fields: Fields::Struct(fields, literal.brace_token) };
            return Expr::new(kind, span);
        }
        let base = literal.rest.as_deref().map(|base| match Self::default_base(base, &literal.path) {
            Some(default) => Box::new(default),
            None => self.boxed(base),
        });
        Expr::new(ExprKind::Struct { path: literal.path.clone(), fields, base, brace: literal.brace_token }, span)
    }
}

/// `Status::Lost`: the name before the last is a type's.
pub(super) fn is_variant(path: &syn::Path) -> bool {
    path.segments.iter().rev().nth(1).is_some_and(|segment| case(&plain(&segment.ident)) == Case::Camel)
}

/// How a name is written, which by Rust's habit says what it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// `order`
    Lower,
    /// `OrderError`
    Camel,
    /// `MAX_TOTAL`
    Screaming,
}

pub(super) fn case(name: &str) -> Case {
    let name = name.trim_start_matches('_');
    if !name.chars().next().is_some_and(char::is_uppercase) {
        Case::Lower
    } else if name.chars().any(char::is_lowercase) {
        Case::Camel
    } else {
        Case::Screaming
    }
}
