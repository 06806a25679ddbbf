//! From syntax to the model: what the language has is understood, everything else is refused at its token.
//!
//! A part that was refused becomes [`ExprKind::Poison`], so that its neighbours are still looked at.

mod annotated;
mod assign;
mod attributes;
mod bounds;
mod call;
mod choice;
mod combinators;
mod elsewhere;
mod expr;
mod express;
mod failure_is;
mod foreign;
mod format;
mod function;
mod hoist;
mod kept;
mod lifted;
mod literal;
mod map;
mod map_attributes;
mod method;
mod parsed;
mod pattern;
mod raw;
mod refuse;
mod repeat;
mod result;
mod scope;
mod spawn;
mod undo;
mod value_pattern;
mod words;

use std::cell::Cell;

use proc_macro2::Span;
use quote::ToTokens;
use syn::Stmt;
use syn::spanned::Spanned;

pub(super) use function::{Options, options_of};
pub(super) use method::TAKES_SELF;

use super::codes;
use super::model::{Block, Expr, ExprKind, Let, LoopKind, Pattern, Statement};
use crate::diag::{Diagnostic, Sink};

/// What an expression may be where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It ends the workflow, a group or a branch: `Ok(..)`, `Err(..)`, a call's `Result`.
    Result,
    /// Its value is thrown away.
    Statement,
    /// Its value is used; steps may run on the way to it.
    Value,
    /// A call's `Result`, before `?` or in `match`.
    Raw,
    /// An expression without steps.
    Pure,
}

pub(super) struct Builder {
    sink: Sink,
    /// What encloses the place being built: nothing, a group, a branch of `try_join!`.
    inside: Vec<&'static str>,
    /// Variables in scope, and how many of `inside` were around where they were bound.
    names: Vec<(String, usize)>,
    loops: Vec<scope::LoopScope>,
    /// In the condition of a `while`.
    in_while: bool,
    /// The annotation of the `let` whose value is built.
    expected: Option<syn::Type>,
    /// How many calls' arguments enclose the place being built.
    arguments: usize,
    /// What the `let` binds whose value is to be built next.
    bound_as: Option<syn::Ident>,
    /// The pattern being built looks into what `parse` yields.
    of_parse: bool,
    /// The workflow is an Express one.
    express: bool,
    /// Of each expression being built, the calls that run before it; `None` where none can.
    hoisted: Vec<Option<Vec<Statement>>>,
    /// Variables whose value was refused.
    refused: Vec<String>,
    /// Some `break` or `continue` leaves no loop: rustc says so, and what looks unreachable says nothing.
    stray: Cell<bool>,
}

impl Builder {
    pub(super) fn new(sink: &Sink) -> Self {
        Self {
            sink: sink.clone(),
            inside: Vec::new(),
            names: Vec::new(),
            loops: Vec::new(),
            in_while: false,
            expected: None,
            arguments: 0,
            bound_as: None,
            of_parse: false,
            express: false,
            hoisted: Vec::new(),
            refused: Vec::new(),
            stray: Cell::new(false),
        }
    }

    fn fault_at(&self, span: Span, code: &'static str, message: impl std::fmt::Display) -> Fault<'_> {
        Fault { sink: &self.sink, diagnostic: Some(Diagnostic::at(span, code, message)) }
    }

    fn fault(&self, tokens: &impl ToTokens, code: &'static str, message: impl std::fmt::Display) -> Fault<'_> {
        Fault { sink: &self.sink, diagnostic: Some(Diagnostic::new(tokens, code, message)) }
    }

    /// The statements of a block whose tail stands in `place`.
    pub(super) fn block(&mut self, statements: &[Stmt], place: Place, span: Span) -> Block {
        let mut block = Block { statements: Vec::new(), tail: None, span };
        let mark = self.mark();
        self.hoisted.push(None);
        let statements = &*kept::put_where_used(statements);
        let mut ended: Option<&'static str> = None;
        let last = statements.len().saturating_sub(1);
        for (index, statement) in statements.iter().enumerate() {
            if is_empty(statement) {
                continue;
            }
            if let Some(what) = ended.take() {
                self.fault(&first_token(statement), codes::UNREACHABLE, format!("nothing after {what} is reached"))
                    .help(format!("remove it, or move it before {what}"));
                // Said once a block.
                break;
            }
            let tail = index == last;
            self.statement(statement, tail.then_some(place), &mut block);
            ended = block.statements.last().and_then(diverges).filter(|_| !self.stray.get());
        }
        self.hoisted.pop();
        self.forget(&mark);
        block
    }

    fn statement(&mut self, statement: &Stmt, tail: Option<Place>, block: &mut Block) {
        match statement {
            Stmt::Local(local) => {
                let made = self.local(local, &mut block.statements);
                block.statements.extend(made);
            }
            Stmt::Expr(expr, None) if let Some(place) = tail => {
                block.tail = Some(Box::new(if place == Place::Pure {
                    self.pure(expr)
                } else {
                    self.after_statements(expr, place, &mut block.statements)
                }));
            }
            Stmt::Expr(expr, semi) => {
                let expr = &*assign::with_leading_attributes(expr);
                let built = self.after_statements(expr, Place::Statement, &mut block.statements);
                block.statements.push(match thrown_away(expr) {
                    Some(ok) => Statement::Let(Box::new(Let {
                        keyword: syn::Token![let](ok),
                        pattern: Pattern::Wildcard(ok),
                        ty: None,
                        value: built,
                        compensate: None,
                    })),
                    None => Statement::Expr(Box::new(built), *semi),
                });
            }
            Stmt::Macro(made) => {
                let expr = syn::Expr::Macro(syn::ExprMacro { attrs: made.attrs.clone(), mac: made.mac.clone() });
                match (tail, made.semi_token) {
                    (Some(place), None) => block.tail = Some(Box::new(self.expr(&expr, place))),
                    (_, semi) => {
                        let built = self.expr(&expr, Place::Statement);
                        block.statements.push(Statement::Expr(Box::new(built), semi));
                    }
                }
            }
            Stmt::Item(item) => {
                self.fault(&first_token(item), codes::OUTSIDE, "an item cannot stand inside a workflow")
                    .help("move it out of the workflow's body");
            }
        }
    }

    /// An expression whose calls become statements before it.
    fn after_statements(&mut self, expr: &syn::Expr, place: Place, statements: &mut Vec<Statement>) -> Expr {
        let (built, before) = self.after_calls(expr, place);
        statements.extend(before);
        built
    }

    fn local(&mut self, local: &syn::Local, statements: &mut Vec<Statement>) -> Option<Statement> {
        let (pattern, ty) = match &local.pat {
            syn::Pat::Type(typed) => (&*typed.pat, Some((*typed.ty).clone())),
            pattern => (pattern, None),
        };
        let Some(init) = &local.init else {
            for attribute in &local.attrs {
                self.fault(&attribute.meta, codes::ATTRIBUTE_PLACE, "a `let` without a value makes no state")
                    .help("put the attribute on the statement that gives it its value");
            }
            let pattern = self.pattern(pattern);
            return Some(Statement::Declare { keyword: local.let_token, pattern, ty });
        };
        if init.diverge.is_some() || !value_pattern::is_plain(pattern) {
            return self.let_else(local, init, statements);
        }
        let shown = pattern;
        let place = match pattern {
            syn::Pat::Wild(_) => Place::Statement,
            _ => Place::Value,
        };
        self.expected = ty.clone().filter(|_| foreign::takes_type(&init.expr));
        let written = annotated::with_type(&init.expr, ty.as_ref());
        self.bound_as = match shown {
            syn::Pat::Ident(name) => Some(name.ident.clone()),
            _ => None,
        };
        let (mut value, mut before) = self.after_calls(&written, place);
        self.expected = None;
        let pattern = self.pattern(shown);
        if matches!(value.kind, ExprKind::Poison) {
            self.refuse_names(&pattern);
        }
        let (compensate, attrs): (Vec<_>, Vec<_>) =
            local.attrs.iter().cloned().partition(|attribute| attribute.path().is_ident("compensate"));
        let compensate = self.compensate(&compensate, &value);
        if attributes::makes_state(&mut value) {
            self.attach(&attrs, &mut value);
        } else {
            self.attach(&attrs, hoist::only_call(&mut before).unwrap_or(&mut value));
        }
        statements.extend(before);
        let compensate = compensate.map(Box::new);
        Some(Statement::Let(Box::new(Let { keyword: local.let_token, pattern, ty, value, compensate })))
    }
}

impl Builder {
    /// Nothing more is said of what was to be bound.
    fn refuse_names(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Bind(name) => self.refused.push(crate::hygiene::plain(name)),
            Pattern::Tuple(parts, _) => parts.iter().for_each(|part| self.refuse_names(part)),
            _ => {}
        }
    }
}

/// A fault on its way into the sink, once it has its help.
struct Fault<'a> {
    sink: &'a Sink,
    diagnostic: Option<Diagnostic>,
}

impl Fault<'_> {
    fn help(mut self, help: impl std::fmt::Display) -> Self {
        self.diagnostic = self.diagnostic.take().map(|diagnostic| diagnostic.help(help));
        self
    }

    fn note(mut self, note: impl std::fmt::Display) -> Self {
        self.diagnostic = self.diagnostic.take().map(|diagnostic| diagnostic.note(note));
        self
    }
}

impl Drop for Fault<'_> {
    fn drop(&mut self) {
        if let Some(diagnostic) = self.diagnostic.take() {
            diagnostic.emit(self.sink);
        }
    }
}

/// `step(..).await.ok();` throws the `Result` away as `let _ =` does.
fn thrown_away(expr: &syn::Expr) -> Option<Span> {
    match expr {
        syn::Expr::MethodCall(call) if call.method == "ok" => Some(call.method.span()),
        _ => None,
    }
}

fn is_empty(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Expr(syn::Expr::Verbatim(tokens), Some(_)) if tokens.is_empty())
}

/// The first token of something, so that a fault does not underline all of it.
fn first_token(tokens: &impl ToTokens) -> proc_macro2::TokenStream {
    tokens.to_token_stream().into_iter().take(1).collect()
}

/// What ends the block here, for people.
fn diverges(statement: &Statement) -> Option<&'static str> {
    match statement {
        Statement::Expr(expr, _) => expr_diverges(expr),
        Statement::Let(made) => expr_diverges(&made.value),
        Statement::Declare { .. } => None,
        Statement::LetElse(made) => expr_diverges(&made.value),
    }
}

fn expr_diverges(expr: &Expr) -> Option<&'static str> {
    match &expr.kind {
        ExprKind::Return(..) => Some("`return`"),
        ExprKind::Break(..) => Some("`break`"),
        ExprKind::Continue(..) => Some("`continue`"),
        ExprKind::Loop(made) if matches!(made.kind, LoopKind::Loop(_)) && !repeat::is_left(made) => {
            Some("a `loop` without `break`")
        }
        ExprKind::Assign(made) => expr_diverges(&made.value),
        ExprKind::Paren(inner, _) => expr_diverges(inner),
        ExprKind::Block(block) => block_diverges(block),
        ExprKind::If { then, otherwise: Some((_, otherwise)), .. } => {
            block_diverges(then).and(expr_diverges(otherwise)).map(|_| "an `if` whose branches all leave")
        }
        ExprKind::Match(made) => {
            let all = !made.arms.is_empty() && made.arms.iter().all(|arm| expr_diverges(&arm.body).is_some());
            all.then_some("a `match` whose arms all leave")
        }
        ExprKind::MatchValue(made) => choice::arms_diverge(made).then_some("a `match` whose arms all leave"),
        _ => None,
    }
}

fn block_diverges(block: &Block) -> Option<&'static str> {
    block.statements.iter().find_map(diverges).or_else(|| block.tail.as_deref().and_then(expr_diverges))
}

/// The span of the brace that opens a block.
fn brace(block: &syn::Block) -> Span {
    block.brace_token.span.open()
}

/// The span of a node's first token.
fn start(node: &impl Spanned) -> Span {
    node.span()
}
