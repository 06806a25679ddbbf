//! Loops, labelled blocks, `break` and `continue`.

use proc_macro2::Span;
use quote::ToTokens;

use super::super::model::{Attributes, Block, Expr, ExprKind, Loop, LoopKind, Source};
use super::super::{codes, walk};
use super::call::peel;
use super::choice::{has_let, is_let_of_result};
use super::{Builder, Place, brace};

impl Builder {
    /// `loop { .. }`
    pub(super) fn endless(&mut self, made: &syn::ExprLoop, place: Place) -> Expr {
        let span = made.loop_token.span;
        if self.no_loop_here(span, "`loop`", place) {
            return Expr::poison(span);
        }
        let body = self.loop_body(&made.body, made.label.as_ref(), place);
        self.spins(&body, span);
        self.repeat(made.label.as_ref(), LoopKind::Loop(made.loop_token), body, span)
    }

    /// `while c { .. }`
    pub(super) fn conditional_loop(&mut self, made: &syn::ExprWhile, place: Place) -> Expr {
        let span = made.while_token.span;
        if self.no_loop_here(span, "`while`", place) {
            return Expr::poison(span);
        }
        if is_let_of_result(&made.cond) {
            let (label, condition, body) = (&made.label, &made.cond, &made.body);
            let made = syn::parse_quote_spanned!(span=> #label loop { if #condition #body else { break; } });
            return self.endless(&made, Place::Statement);
        }
        let mark = self.mark();
        let outer = std::mem::replace(&mut self.in_while, true);
        let condition = match &*made.cond {
            // Of `let .. && ..` the first part may call a step.
            condition if has_let(condition) => self.perhaps(|builder| builder.first_condition(condition, Place::Value)),
            condition => self.expr(condition, Place::Value),
        };
        self.in_while = outer;
        let body = self.loop_body(&made.body, made.label.as_ref(), Place::Statement);
        self.forget(&mark);
        if matches!(&condition.kind, ExprKind::Literal(syn::Lit::Bool(literal)) if literal.value) {
            self.spins(&body, span);
        }
        let kind = LoopKind::While { keyword: made.while_token, condition, written: made.cond.to_token_stream() };
        self.repeat(made.label.as_ref(), kind, body, span)
    }

    /// `for x in items { .. }`
    pub(super) fn counted_loop(&mut self, made: &syn::ExprForLoop, place: Place) -> Expr {
        let span = made.for_token.span;
        if self.no_loop_here(span, "`for`", place) {
            return Expr::poison(span);
        }
        let source = self.loop_source(&made.expr);
        let mark = self.mark();
        let apart = super::lifted::lifted(&made.pat, 0);
        let pattern = self.pattern(apart.as_ref().map_or(&*made.pat, |(pattern, _)| pattern));
        let mut inside = made.body.clone();
        inside.stmts.splice(0..0, apart.into_iter().flat_map(|(_, statements)| statements));
        let body = self.loop_body(&inside, made.label.as_ref(), Place::Statement);
        self.forget(&mark);
        let Some(source) = source else { return Expr::poison(span) };
        let kind = LoopKind::For {
            keyword: made.for_token,
            pattern,
            in_token: made.in_token,
            source: Box::new(source),
            written: made.expr.to_token_stream(),
        };
        self.repeat(made.label.as_ref(), kind, body, span)
    }

    /// `'label: { .. }`
    pub(super) fn labelled_block(&mut self, made: &syn::ExprBlock, label: &syn::Label, place: Place) -> Expr {
        let span = label.name.apostrophe;
        if self.no_loop_here(span, "a labelled block", place) {
            return Expr::poison(span);
        }
        let mark = self.mark();
        self.enter_loop(Some(&label.name), false, place);
        let body = self.block(&made.block.stmts, place, brace(&made.block));
        self.forget(&mark);
        self.repeat(Some(label), LoopKind::Block, body, span)
    }

    #[expect(clippy::unused_self, reason = "beside the methods that need it")]
    fn repeat(&self, label: Option<&syn::Label>, kind: LoopKind, body: Block, span: Span) -> Expr {
        let label = label.map(|label| label.name.clone());
        let made = Loop { label, kind, body, attributes: Attributes::default() };
        Expr::new(ExprKind::Loop(Box::new(made)), span)
    }

    fn loop_body(&mut self, body: &syn::Block, label: Option<&syn::Label>, place: Place) -> Block {
        let mark = self.mark();
        self.enter_loop(label.map(|label| &label.name), true, place);
        let body = self.block(&body.stmts, Place::Statement, brace(body));
        self.forget(&mark);
        body
    }

    /// What a `for` goes through.
    fn loop_source(&mut self, expr: &syn::Expr) -> Option<Source> {
        match peel(expr) {
            syn::Expr::Range(range) => {
                let (Some(start), Some(end)) = (&range.start, &range.end) else {
                    self.fault(&range.limits, codes::OUTSIDE, "a range without an end cannot stand in a workflow")
                        .help("write both ends, `for i in 0..n`, or count in a `loop` with `let mut`");
                    return None;
                };
                let (start, end) = (self.pure(start), self.pure(end));
                Some(Source::Range { start, limits: range.limits, end })
            }
            syn::Expr::MethodCall(call) if call.method == "enumerate" && call.args.is_empty() => {
                Some(Source::List(self.pure(&call.receiver), Some((call.method.clone(), call.paren_token))))
            }
            syn::Expr::Reference(made) if made.mutability.is_some() => {
                self.fault(&made.and_token, codes::OUTSIDE, "`&mut` cannot stand in a workflow")
                    .help("write `for i in 0..list.len() { list[i].field = ..; }`");
                None
            }
            _ => Some(Source::List(self.pure(expr), None)),
        }
    }

    fn no_loop_here(&self, span: Span, what: &str, place: Place) -> bool {
        let refused = matches!(place, Place::Pure | Place::Raw);
        if refused {
            self.fault_at(span, codes::OUTSIDE, format!("{what} inside an expression cannot stand in a workflow"))
                .help("make it a statement of its own, or bind its value first: `let value = loop { .. };`");
        }
        refused
    }

    /// A loop that no `break`, `return` or failure leaves and in which nothing waits.
    fn spins(&self, body: &Block, span: Span) {
        let mut goes_on = false;
        walk::block(body, &mut |expr| {
            goes_on |= matches!(
                expr.kind,
                ExprKind::Poison
                    | ExprKind::Break(..)
                    | ExprKind::Return(..)
                    | ExprKind::Try(..)
                    | ExprKind::Err(_)
                    | ExprKind::Call(_)
                    | ExprKind::Map(_)
                    | ExprKind::Foreign(_)
                    | ExprKind::TryJoin { .. }
                    | ExprKind::Group { .. }
                    | ExprKind::Sleep { .. }
                    | ExprKind::SleepUntil { .. }
            ) || matches!(&expr.kind, ExprKind::Continue(_, Some(_)));
        });
        if !goes_on {
            self.fault_at(span, codes::ENDLESS, "this loop never ends, and nothing in it waits")
                .help("leave it with `break` or `return`, or call a step or `sleep(..).await` in it");
        }
    }

    /// `break 'label value`
    pub(super) fn break_out(&mut self, made: &syn::ExprBreak, place: Place) -> Expr {
        let span = made.break_token.span;
        let Some(of_value) = self.leaves(&made.break_token, made.label.as_ref(), "break", place) else {
            return Expr::poison(span);
        };
        let value = made.expr.as_deref().map(|value| {
            let place = if of_value == Place::Statement { Place::Value } else { of_value };
            Box::new(self.with_own_attributes(value, place))
        });
        Expr::new(ExprKind::Break(made.break_token, made.label.clone(), value), span)
    }

    /// `continue 'label`
    pub(super) fn go_on(&self, made: &syn::ExprContinue, place: Place) -> Expr {
        let span = made.continue_token.span;
        match self.leaves(&made.continue_token, made.label.as_ref(), "continue", place) {
            Some(_) => Expr::new(ExprKind::Continue(made.continue_token, made.label.clone()), span),
            None => Expr::poison(span),
        }
    }

    fn leaves(&self, token: &impl ToTokens, label: Option<&syn::Lifetime>, name: &str, place: Place) -> Option<Place> {
        if matches!(place, Place::Pure | Place::Raw) {
            self.fault(token, codes::OUTSIDE, format!("`{name}` inside an expression cannot stand in a workflow"))
                .help("make it a statement of its own");
            return None;
        }
        if self.leaves_nothing(label) {
            self.stray.set(true);
        }
        match self.left_by(label) {
            Ok(place) => Some(place),
            Err(what) => {
                self.fault(token, codes::LEAVES_GROUP, format!("`{name}` cannot leave {what}"))
                    .help("end it with a value, `return Ok(true);`, and decide outside with `if`");
                None
            }
        }
    }
}

/// Whether some `break` leaves the loop.
pub(super) fn is_left(made: &Loop) -> bool {
    let mut of_inner: Vec<*const Expr> = Vec::new();
    walk::block(&made.body, &mut |expr| {
        if let ExprKind::Loop(inner) = &expr.kind
            && !matches!(inner.kind, LoopKind::Block)
        {
            walk::block(&inner.body, &mut |expr| of_inner.push(std::ptr::from_ref(expr)));
        }
    });
    let mut left = false;
    walk::block(&made.body, &mut |expr| {
        left |= match &expr.kind {
            // Perhaps a `break` that was refused.
            ExprKind::Poison => true,
            ExprKind::Break(_, None, _) => !of_inner.contains(&std::ptr::from_ref(expr)),
            ExprKind::Break(_, Some(label), _) => made.label.as_ref().is_some_and(|own| own.ident == label.ident),
            _ => false,
        };
    });
    left
}
