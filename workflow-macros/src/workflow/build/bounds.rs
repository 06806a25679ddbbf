//! `#[workflow(timeout = "..", max_transitions = n, assume(State = n))]`, as far as syntax alone tells that it cannot hold.
//! The rest is told when the definition is built, where steps' timeouts and retries are known.

use proc_macro2::{Span, TokenStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitInt, LitStr, Token};

use super::super::codes;
use super::super::model::{Attributes, Block, Bounds, Expr, ExprKind, Statement};
use super::Builder;
use crate::options::{Opt, OptValue, Supported};

/// `Poll = 20`, `"Ask again" = 3`
struct Assumption {
    state: String,
    number: u64,
}

impl syn::parse::Parse for Assumption {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        let state =
            if input.peek(LitStr) { input.parse::<LitStr>()?.value() } else { input.parse::<Ident>()?.to_string() };
        input.parse::<Token![=]>()?;
        Ok(Self { state, number: input.parse::<LitInt>()?.base10_parse()? })
    }
}

/// What surely happens on the way on which nothing fails.
#[derive(Default)]
struct Straight {
    transitions: u64,
    seconds: u64,
    /// The longest `#[timeout]`, and where it stands.
    longest: Option<(u64, Span)>,
}

impl Builder {
    /// `max_transitions = 50`
    pub(super) fn max_transitions(&self, option: &Opt, supported: Supported) -> Option<(u64, Span)> {
        let literal: LitInt = option.parse(supported, "max_transitions = 50", &self.sink)?;
        let number = literal.base10_parse::<u64>().ok().filter(|number| *number > 0);
        if number.is_none() {
            option.misshapen(supported, "max_transitions = 50", &self.sink);
        }
        number.map(|number| (number, literal.span()))
    }

    /// `assume(Poll = 20, "Each item" = 100)`
    pub(super) fn assume(&self, option: &Opt, supported: Supported) -> Vec<(String, u64)> {
        let parsed = match &option.value {
            OptValue::List(tokens) => parse_assumptions(tokens.clone()),
            OptValue::Flag | OptValue::Value(_) => None,
        };
        parsed.unwrap_or_else(|| {
            option.misshapen(supported, "assume(StateName = 20)", &self.sink);
            Vec::new()
        })
    }

    /// What the body alone tells.
    pub(super) fn bounds(&self, bounds: &Bounds, body: &Block) {
        let mut straight = Straight::default();
        straight.block(body);
        if let Some((most, span)) = bounds.max_transitions
            && straight.transitions > most
        {
            let number = straight.transitions;
            self.fault_at(
                span,
                codes::MAX_TRANSITIONS,
                format!("an execution enters {number} states where nothing fails, and `max_transitions` is {most}"),
            )
            .help("raise `max_transitions`, or call fewer steps");
        }
        // What is too long for an Express workflow has been told.
        let Some((timeout, span)) = bounds.timeout.filter(|_| !self.express) else { return };
        if straight.seconds > timeout {
            let waits = straight.seconds;
            self.fault_at(
                span,
                codes::TIMEOUT_TOO_SHORT,
                format!("this workflow sleeps for {waits} seconds in all, and its timeout is {timeout} seconds"),
            )
            .help("raise the workflow's `timeout`, or sleep for less");
        } else if let Some((longest, at)) = straight.longest
            && longest > timeout
        {
            self.fault_at(
                at,
                codes::TIMEOUT_TOO_SHORT,
                format!("a timeout of {longest} seconds is never reached: the whole workflow's is {timeout} seconds"),
            )
            .help("lower it, or raise the workflow's `timeout`");
        }
    }
}

fn parse_assumptions(tokens: TokenStream) -> Option<Vec<(String, u64)>> {
    let parser = Punctuated::<Assumption, Token![,]>::parse_terminated;
    let all = syn::parse::Parser::parse2(parser, tokens).ok()?;
    (!all.is_empty()).then(|| all.into_iter().map(|made| (made.state, made.number)).collect())
}

impl Straight {
    /// Whether control comes out at the end of it.
    fn block(&mut self, block: &Block) -> bool {
        for statement in &block.statements {
            let goes_on = match statement {
                Statement::Let(made) => self.expr(&made.value),
                Statement::Expr(expr, _) => self.expr(expr),
                // The latter may leave.
                Statement::Declare { .. } | Statement::LetElse(_) => true,
            };
            if !goes_on {
                return false;
            }
        }
        block.tail.as_deref().is_none_or(|tail| self.expr(tail))
    }

    fn expr(&mut self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Call(call) => self.state(&call.attributes),
            ExprKind::Map(map) => self.state(&map.attributes),
            ExprKind::SleepUntil { attributes, .. } => self.state(attributes),
            ExprKind::Sleep { unit, amount, attributes, .. } => {
                if let ExprKind::Literal(syn::Lit::Int(number)) = &amount.kind
                    && let Ok(number) = number.base10_parse::<u64>()
                {
                    let seconds = number.saturating_mul(unit.seconds().unsigned_abs());
                    self.seconds = self.seconds.saturating_add(seconds);
                }
                self.state(attributes);
            }
            ExprKind::TryJoin { branches, attributes } => {
                self.state(attributes);
                let before = self.seconds;
                let mut longest = before;
                for branch in branches {
                    self.seconds = before;
                    self.expr(branch);
                    longest = longest.max(self.seconds);
                }
                self.seconds = longest;
            }
            ExprKind::Group { body, .. } | ExprKind::Block(body) => return self.block(body),
            ExprKind::Try(inner, _) | ExprKind::Paren(inner, _) | ExprKind::Ok(_, inner, _) => return self.expr(inner),
            ExprKind::Match(made) => return self.expr(&made.scrutinee),
            ExprKind::Assign(made) => return self.expr(&made.value),
            ExprKind::Return(_, value) => {
                if let Some(value) = value {
                    self.expr(value);
                }
                return false;
            }
            ExprKind::Break(..) | ExprKind::Continue(..) => return false,
            _ => {}
        }
        true
    }

    fn state(&mut self, attributes: &Attributes) {
        self.transitions += 1;
        if let Some((seconds, span)) = attributes.timeout
            && self.longest.is_none_or(|(longest, _)| seconds > longest)
        {
            self.longest = Some((seconds, span));
        }
    }
}
