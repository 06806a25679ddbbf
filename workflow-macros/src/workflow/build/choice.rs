//! Decisions on values: `if`, `match`, `if let`, `let .. else`, `matches!`.

use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Pat, Token};

use super::super::codes;
use super::super::model::{Arm, Attributes, Block, Expr, ExprKind, Match, ResultPattern, Statement};
use super::super::pattern::{Guard, LetCondition, LetElse, LetPattern, MatchForm, MatchValue, Matches, ValueArm};
use super::call::{is_lower_call, is_sleep, is_try_join, peel};
use super::value_pattern::anything;
use super::{Builder, Place, block_diverges, brace, expr_diverges};

impl Builder {
    /// `if .. { .. } else ..`
    pub(super) fn choice(&mut self, choice: &syn::ExprIf, place: Place) -> Expr {
        let span = choice.if_token.span;
        if place == Place::Raw {
            return self.no_result_before(&choice.if_token, "`if`");
        }
        let (first, more) = first_conjunct(&choice.cond);
        if matches!(first, syn::Expr::Let(made) if self.was_refused(&made.expr)) {
            return Expr::poison(span);
        }
        if let syn::Expr::Let(made) = first
            && is_result(&made.expr)
        {
            return self.if_let_result(choice, made, more.as_ref(), place);
        }
        let mark = self.mark();
        let condition = Box::new(self.first_condition(&choice.cond, place));
        let then = self.block(&choice.then_branch.stmts, place, brace(&choice.then_branch));
        self.forget(&mark);
        let otherwise = choice
            .else_branch
            .as_ref()
            .map(|(keyword, otherwise)| (*keyword, Box::new(self.perhaps(|builder| builder.expr(otherwise, place)))));
        let written = choice.cond.to_token_stream();
        let attributes = Attributes::default();
        Expr::new(ExprKind::If { condition, written, then, otherwise, attributes }, span)
    }

    /// A condition: like any expression, but `let` may stand in it.
    pub(super) fn condition(&mut self, expr: &syn::Expr) -> Expr {
        self.first_condition(expr, Place::Pure)
    }

    /// A condition whose first part is evaluated on every way, so that a `let` in it may call a step.
    pub(super) fn first_condition(&mut self, expr: &syn::Expr, place: Place) -> Expr {
        match expr {
            syn::Expr::Binary(binary) if matches!(binary.op, syn::BinOp::And(_)) && has_let(expr) => {
                let left = Box::new(self.first_condition(&binary.left, place));
                let right = Box::new(self.perhaps(|builder| builder.condition(&binary.right)));
                Expr::new(ExprKind::Binary(left, binary.op, right), binary.op.span())
            }
            syn::Expr::Let(made) => {
                let tested = self.looking_into(&made.expr, |builder| builder.tested(&made.pat));
                let place = if place == Place::Pure { Place::Pure } else { Place::Value };
                let value = Self::as_option(&made.expr, self.expr(&made.expr, place));
                let kind = LetCondition { keyword: made.let_token, tested, eq: made.eq_token, value };
                Expr::new(ExprKind::Let(Box::new(kind)), made.let_token.span)
            }
            other => self.pure(other),
        }
    }

    /// `if let Ok(..) = step(..).await && .. { .. } else ..`: a match of two arms.
    fn if_let_result(
        &mut self,
        choice: &syn::ExprIf,
        made: &syn::ExprLet,
        more: Option<&(Token![&&], syn::Expr)>,
        place: Place,
    ) -> Expr {
        let span = choice.if_token.span;
        if place == Place::Pure {
            self.expr(&made.expr, Place::Pure);
            return Expr::poison(span);
        }
        let scrutinee = self.expr(&made.expr, Place::Raw);
        let mark = self.mark();
        let pattern = self.result_pattern(&made.pat);
        let guard = more.map(|(and, more)| self.guard(Token![if](and.spans[0]), more));
        let then = self.block(&choice.then_branch.stmts, place, brace(&choice.then_branch));
        self.forget(&mark);
        let then = Expr::new(ExprKind::Block(then), brace(&choice.then_branch));
        let otherwise = choice.else_branch.as_ref().map(|(keyword, otherwise)| (*keyword, self.expr(otherwise, place)));
        let Some(pattern) = pattern else { return Expr::poison(span) };
        let (keyword, body) = match otherwise {
            Some((keyword, body)) => (Some(keyword), body),
            None => (None, Expr::new(ExprKind::Unit, span)),
        };
        let arms = vec![
            Arm {
                pattern,
                tokens: super::value_pattern::for_copy(&made.pat),
                guard,
                body: then,
                span: made.pat.span(),
            },
            Arm { pattern: ResultPattern::Any, tokens: anything(span), guard: None, body, span },
        ];
        self.told_apart(&scrutinee, &arms);
        let form = MatchForm::IfLet {
            keyword: choice.if_token,
            binding: made.let_token,
            eq: made.eq_token,
            otherwise: keyword,
        };
        let made = Match { form, scrutinee, brace: choice.then_branch.brace_token, arms };
        Expr::new(ExprKind::Match(Box::new(made)), span)
    }

    /// `match VALUE { .. }`
    pub(super) fn match_value(&mut self, made: &syn::ExprMatch, place: Place) -> Expr {
        let span = made.match_token.span;
        if self.was_refused(&made.expr) {
            return Expr::poison(span);
        }
        let scrutinee = self.expr(&made.expr, if place == Place::Pure { Place::Pure } else { Place::Value });
        let scrutinee = Self::as_option(&made.expr, scrutinee);
        let of_parse = super::parsed::is_parse(&made.expr);
        if matches!(scrutinee.kind, ExprKind::Poison) && made.arms.iter().any(|arm| of_result(&arm.pat)) {
            return scrutinee;
        }
        let mut arms = Vec::new();
        // `Ok(..)` before a value is told once.
        let first = made.arms.iter().position(|arm| of_result(&arm.pat)).unwrap_or(made.arms.len());
        for (index, arm) in made.arms.iter().enumerate() {
            if index > first && of_result(&arm.pat) && !of_parse {
                continue;
            }
            let mark = self.mark();
            let (tested, guard) = self.looking_into(&made.expr, |builder| builder.guarded(&arm.pat));
            let mut body = self.perhaps(|builder| builder.expr(&arm.body, place));
            self.forget(&mark);
            self.attach(&arm.attrs, &mut body);
            arms.push(ValueArm { tested, guard, body });
        }
        let made = MatchValue {
            keyword: made.match_token,
            scrutinee,
            written: made.expr.to_token_stream(),
            brace: made.brace_token,
            arms,
            attributes: Attributes::default(),
        };
        Expr::new(ExprKind::MatchValue(Box::new(made)), span)
    }

    /// `let PATTERN = VALUE else { .. };`
    pub(super) fn let_else(
        &mut self,
        local: &syn::Local,
        init: &syn::LocalInit,
        statements: &mut Vec<Statement>,
    ) -> Option<Statement> {
        let (pat, ty) = match &local.pat {
            Pat::Type(typed) => (&*typed.pat, Some((*typed.ty).clone())),
            pattern => (pattern, None),
        };
        if self.was_refused(&init.expr) {
            return None;
        }
        let result = is_result(&init.expr) && init.diverge.is_some();
        let (mut value, before) = self.after_calls(&init.expr, if result { Place::Raw } else { Place::Value });
        value = Self::as_option(&init.expr, value);
        statements.extend(before);
        let otherwise = init.diverge.as_ref().map(|(keyword, otherwise)| (*keyword, self.leaving(otherwise)));
        let pattern = if result {
            self.result_pattern(pat).map(LetPattern::Result)
        } else {
            Some(LetPattern::Value(self.looking_into(&init.expr, |builder| builder.value_pattern(pat))))
        };
        let attributes = self.without_undo(&local.attrs);
        let mut slot = Attributes::default();
        if result || otherwise.is_none() {
            self.attach(&attributes, &mut value);
        } else {
            let mut stand_in = MatchValue::stand_in(init.eq_token.span(), local);
            self.attach(&attributes, &mut stand_in);
            if let ExprKind::MatchValue(made) = stand_in.kind {
                slot = made.attributes;
            }
        }
        if let Some((keyword, otherwise)) = &otherwise
            && block_diverges(otherwise).is_none()
            && !self.sink.has_errors()
        {
            self.fault(keyword, codes::LET_ELSE, "the `else` of this `let` goes on")
                .help("end it with `return Ok(..);`, `return Err(..);`, `break` or `continue`");
            return None;
        }
        Some(Statement::LetElse(Box::new(LetElse {
            keyword: local.let_token,
            pattern: pattern?,
            tokens: super::value_pattern::for_copy(pat),
            ty,
            value,
            written: init.expr.to_token_stream(),
            otherwise,
            attributes: slot,
        })))
    }

    /// What stands after the `else` of a `let`.
    fn leaving(&mut self, otherwise: &syn::Expr) -> Block {
        match otherwise {
            syn::Expr::Block(block) => self.block(&block.block.stmts, Place::Statement, brace(&block.block)),
            other => {
                let tail = Some(Box::new(self.expr(other, Place::Statement)));
                Block { statements: Vec::new(), tail, span: other.span() }
            }
        }
    }

    fn without_undo(&self, attributes: &[syn::Attribute]) -> Vec<syn::Attribute> {
        let (undo, others): (Vec<_>, Vec<_>) =
            attributes.iter().cloned().partition(|attribute| attribute.path().is_ident("compensate"));
        if let Some(undo) = undo.first() {
            self.fault(
                undo.path(),
                codes::COMPENSATE,
                "`#[compensate(..)]` stands on a `let` that takes a value apart",
            )
            .help("bind a plain name: `let payment = charge_payment(order).await?;`, and take it apart after it");
        }
        others
    }

    /// `matches!(VALUE, PATTERN if GUARD)`
    pub(super) fn matches(&mut self, made: &syn::Macro) -> Expr {
        let span = made.path.span();
        let parse = |input: ParseStream<'_>| {
            let value: syn::Expr = input.parse()?;
            input.parse::<Token![,]>()?;
            let pattern = Pat::parse_multi_with_leading_vert(input)?;
            let guard = match input.parse::<Option<Token![if]>>()? {
                Some(keyword) => Some((keyword, input.parse::<syn::Expr>()?)),
                None => None,
            };
            input.parse::<Option<Token![,]>>()?;
            Ok((value, pattern, guard))
        };
        let Some((value, pattern, guard)) = self.sink.take(parse.parse2(made.tokens.clone())) else {
            return Expr::poison(span);
        };
        if is_result(&value) {
            self.fault(&made.path, codes::NESTED_CALL, "`matches!` on a call's `Result` runs inside an expression")
                .help("write `if let Ok(value) = step(..).await { .. } else { .. }`, or `match` on the call");
            return Expr::poison(span);
        }
        let written = value;
        let value = Self::as_option(&written, self.pure(&written));
        let mark = self.mark();
        let (tested, inner) = self.looking_into(&written, |builder| builder.guarded(&pattern));
        let guard: Option<Guard> = guard.map(|(keyword, condition)| self.guard(keyword, &condition)).or(inner);
        self.forget(&mark);
        let made = Matches { path: made.path.clone(), value, tested, guard };
        Expr::new(ExprKind::Matches(Box::new(made)), span)
    }
}

impl MatchValue {
    /// What takes the attributes of a `let .. else`.
    fn stand_in(span: proc_macro2::Span, local: &syn::Local) -> Expr {
        let made = Self {
            keyword: Token![match](local.let_token.span),
            scrutinee: Expr::new(ExprKind::Unit, span),
            written: proc_macro2::TokenStream::new(),
            brace: syn::token::Brace::default(),
            arms: Vec::new(),
            attributes: Attributes::default(),
        };
        Expr::new(ExprKind::MatchValue(Box::new(made)), span)
    }
}

/// Whether an expression is a call's, group's or join's `Result`.
pub(super) fn is_result(expr: &syn::Expr) -> bool {
    match peel(expr) {
        syn::Expr::Await(awaited) => !is_sleep(&awaited.base),
        syn::Expr::Async(_) => true,
        syn::Expr::Call(call) => is_lower_call(call) && !super::words::is_word(call),
        syn::Expr::Macro(made) => is_try_join(&made.mac.path),
        _ => false,
    }
}

/// `let Ok(..) = step(..).await`, perhaps with more behind `&&`.
pub(super) fn is_let_of_result(condition: &syn::Expr) -> bool {
    matches!(first_conjunct(condition).0, syn::Expr::Let(made) if is_result(&made.expr) && of_result(&made.pat))
}

/// Whether `let` stands in a condition.
pub(super) fn has_let(condition: &syn::Expr) -> bool {
    match condition {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

/// `a`, and `b && c` of `a && b && c`.
fn first_conjunct(expr: &syn::Expr) -> (&syn::Expr, Option<(Token![&&], syn::Expr)>) {
    let syn::Expr::Binary(binary) = expr else { return (expr, None) };
    let syn::BinOp::And(and) = binary.op else { return (expr, None) };
    let (first, more) = first_conjunct(&binary.left);
    let right = (*binary.right).clone();
    let more = match more {
        None => (and, right),
        Some((first_and, left)) => {
            let both =
                syn::ExprBinary { attrs: Vec::new(), left: Box::new(left), op: binary.op, right: Box::new(right) };
            (first_and, syn::Expr::Binary(both))
        }
    };
    (first, Some(more))
}

/// Whether every arm leaves.
pub(super) fn arms_diverge(made: &MatchValue) -> bool {
    !made.arms.is_empty() && made.arms.iter().all(|arm| expr_diverges(&arm.body).is_some())
}

/// Whether a pattern is `Ok(..)` or `Err(..)`.
fn of_result(pattern: &Pat) -> bool {
    matches!(pattern, Pat::TupleStruct(made)
        if matches!(super::words::std_variant(&made.path), Some("Ok" | "Err")))
}
