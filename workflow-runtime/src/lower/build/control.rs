//! Blocks, statements, `if`, `return`, waits, and which expressions make states.

use serde_json::Value;

use super::saga::holds_undo;
use super::{Builder, Mode};
use crate::lower::codes;
use crate::lower::graph::{Kind, WaitFor};
use crate::lower::ir::{
    At, Attributes, BinaryOp, Block, Expr, ExprKind, FormatPiece, Let, Pattern, Statement, VariantFields,
};
use crate::lower::term::Term;
use crate::lower::typed::Typed;
use crate::payload::Type;

impl Builder<'_> {
    /// A block with a scope of its own; `None` where control never comes to its end.
    pub(in crate::lower) fn block(&mut self, block: &Block, mode: Mode) -> Option<Typed> {
        let scope = self.names.len();
        let value = if self.conditional > 0 {
            self.with_locals(|builder| builder.block_inside(block, mode))
        } else {
            self.block_inside(block, mode)
        };
        self.names.truncate(scope);
        value
    }

    fn block_inside(&mut self, block: &Block, mode: Mode) -> Option<Typed> {
        for statement in block.statements {
            match statement {
                Statement::Let(binding) => self.let_statement(binding)?,
                Statement::Expr(expr) => self.statement(expr)?,
                Statement::Declare(declared) => self.declare(declared),
            }
        }
        match block.tail {
            Some(tail) => self.eval(tail, mode),
            None => Some(Typed::unit()),
        }
    }

    fn let_statement(&mut self, binding: &Let) -> Option<()> {
        if matches!(binding.pattern, Pattern::Wildcard) && is_call(&binding.value) {
            return self.discard(&binding.value);
        }
        let mut value = self.eval(&binding.value, Mode::Value)?;
        if let Some(ty) = binding.ty {
            value.ty = ty();
        }
        let names = self.names.len();
        self.bind(&binding.pattern, value.clone());
        if let Some(undo) = binding.compensate {
            let bound = self.names.get(names).map_or(value, |(_, bound)| bound.clone());
            self.register_undo(undo, &bound);
        }
        Some(())
    }

    fn statement(&mut self, expr: &Expr) -> Option<()> {
        if is_call(expr) {
            return self.discard(expr);
        }
        self.eval(expr, Mode::Value).map(|_| ())
    }

    /// An expression that may make states.
    pub(super) fn eval(&mut self, expr: &Expr, mode: Mode) -> Option<Typed> {
        if (mode == Mode::Value && is_stepless(expr)) || (mode == Mode::Result && is_stepless_result(expr)) {
            return self.value(expr);
        }
        match &expr.kind {
            ExprKind::Try(inner) => self.eval(inner, Mode::Result),
            ExprKind::Ok(inner) => self.eval(inner, Mode::Value),
            ExprKind::Err { failure, attributes } => self.raise(failure, attributes, expr.at),
            ExprKind::Return(result) => {
                let value = match result {
                    Some(result) => self.eval(result, Mode::Result)?,
                    None => Typed::unit(),
                };
                self.deliver(value);
                None
            }
            ExprKind::Block(block) => self.block(block, mode),
            ExprKind::If { condition, then, otherwise, attributes } => {
                self.if_states(condition, then, *otherwise, attributes, mode, expr.at)
            }
            ExprKind::MatchResult { scrutinee, arms } => self.match_result(scrutinee, arms, mode, expr.at),
            ExprKind::MatchValue { scrutinee, arms, let_else, attributes } => {
                self.match_states(scrutinee, arms, *let_else, attributes, mode, expr.at)
            }
            ExprKind::Sleep { seconds, attributes } => self.sleep(seconds, attributes, expr.at),
            ExprKind::SleepUntil { until, attributes } => {
                let until = self.eval(until, Mode::Value)?;
                Some(self.wait(WaitFor::Until(until.defined()), attributes, expr.at))
            }
            ExprKind::Compensate => Some(self.compensate()),
            _ if is_call(expr) && mode == Mode::Result => self.call_or_leave(expr),
            _ if is_call(expr) => {
                Some(self.unexpected(expr.at, "a `Result` that is neither matched nor followed by `?`"))
            }
            ExprKind::Loop { .. }
            | ExprKind::While { .. }
            | ExprKind::For(_)
            | ExprKind::Labelled { .. }
            | ExprKind::Break { .. }
            | ExprKind::Continue { .. } => self.repeat(expr, mode),
            _ if mode == Mode::Value => self.value(expr),
            // A variable that holds a `Result`, and the like.
            _ => Some(self.unexpected(expr.at, "this `Result`")),
        }
    }

    /// An operand or argument; what stands in it may make states.
    pub(in crate::lower) fn part(&mut self, expr: &Expr) -> Option<Typed> {
        self.eval(expr, Mode::Value)
    }

    fn sleep(&mut self, seconds: &Expr, attributes: &Attributes, at: At) -> Option<Typed> {
        let seconds = match &seconds.kind {
            // `mins(n)` of any integer type: no wait is so long that its seconds would be rounded.
            ExprKind::Binary(BinaryOp::Multiply, amount, Expr { kind: ExprKind::Integer(unit), .. }) => {
                let amount = self.eval(amount, Mode::Value)?;
                let term = match amount.term.clone() {
                    Term::Literal(Value::Number(number)) => {
                        Term::Literal(Value::from(number.as_i64().unwrap_or(i64::MAX).saturating_mul(*unit)))
                    }
                    _ => Term::binary("*", amount.clone().defined(), Term::Literal(Value::from(*unit))),
                };
                Typed { poison: amount.poison, ..Typed::new(term, amount.ty) }
            }
            _ => self.eval(seconds, Mode::Value)?,
        };
        let seconds = self.whole_seconds(seconds, at);
        match &seconds.term {
            Term::Literal(Value::Number(number)) => {
                match number.as_i64() {
                    Some(0) => return Some(Typed::unit()),
                    Some(1..=99_999_999) => {}
                    _ => {
                        return Some(self.fault(
                        codes::DURATION,
                        at,
                        format!("a wait of {number} seconds is out of range: Step Functions waits 1 to 99,999,999 seconds"),
                    ));
                    }
                }
            }
            _ if matches!(seconds.ty, Type::Integer { .. }) || seconds.poison => {}
            _ => {
                return Some(self.fault(
                    codes::DURATION,
                    at,
                    "a wait counts whole seconds: give it an integer, or compute it in a `#[step]`",
                ));
            }
        }
        Some(self.wait(WaitFor::Seconds(seconds.defined()), attributes, at))
    }

    fn wait(&mut self, wait: WaitFor, attributes: &Attributes, at: At) -> Typed {
        let node = self.graph.node(self.container, Kind::Wait(wait), attributes, at);
        self.enter(node);
        Typed::unit()
    }

    /// A call whose `Result` nobody looks at: failure and success go on alike.
    fn discard(&mut self, expr: &Expr) -> Option<()> {
        let caught = self.catching(holds_undo(expr), |builder| builder.call_or_leave(expr));
        let done = self.way(caught.value.map(|_| Typed::unit()));
        (self.frame.undo, self.open) = (caught.undo, caught.edges);
        self.set_env(&caught.env);
        let failed = self.way(Some(Typed::unit()));
        self.join(done.into_iter().chain(failed)).map(|_| ())
    }
}

fn is_call(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Call { .. }
            | ExprKind::TryJoin { .. }
            | ExprKind::Group { .. }
            | ExprKind::Map(_)
            | ExprKind::Raw { .. }
    )
}

/// Whether an expression makes no state and cannot leave.
pub(in crate::lower) fn is_stepless(expr: &Expr) -> bool {
    let all = |parts: &[Expr]| parts.iter().all(is_stepless);
    let named = |fields: &[(&str, Expr)]| fields.iter().all(|(_, value)| is_stepless(value));
    match &expr.kind {
        ExprKind::Call { .. }
        | ExprKind::TryJoin { .. }
        | ExprKind::Group { .. }
        | ExprKind::Map(_)
        | ExprKind::Raw { .. }
        | ExprKind::Sleep { .. }
        | ExprKind::SleepUntil { .. }
        | ExprKind::Compensate
        | ExprKind::Try(_)
        | ExprKind::Ok(_)
        | ExprKind::Err { .. }
        | ExprKind::Return(_)
        | ExprKind::MatchResult { .. }
        | ExprKind::Loop { .. }
        | ExprKind::While { .. }
        | ExprKind::For(_)
        | ExprKind::Labelled { .. }
        | ExprKind::Break { .. }
        | ExprKind::Continue { .. } => false,
        ExprKind::Assign { place, value, .. } => is_stepless(place) && is_stepless(value),
        ExprKind::If { condition, then, otherwise, .. } => {
            is_stepless(condition) && stepless_block(then) && otherwise.is_none_or(is_stepless)
        }
        ExprKind::MatchValue { scrutinee, arms, .. } => {
            is_stepless(scrutinee)
                && arms.iter().all(|arm| arm.guard.as_ref().is_none_or(is_stepless) && is_stepless(&arm.body))
        }
        ExprKind::Matches { value, guard, .. } => is_stepless(value) && guard.is_none_or(is_stepless),
        ExprKind::Block(block) => stepless_block(block),
        ExprKind::Let { value: base, .. }
        | ExprKind::Field(base, _)
        | ExprKind::TupleField(base, _)
        | ExprKind::Unary(_, base)
        | ExprKind::FailureIs(base, _)
        | ExprKind::Cast(base, _)
        | ExprKind::Some(base)
        | ExprKind::Closure { body: base, .. } => is_stepless(base),
        ExprKind::Index(left, right) | ExprKind::Binary(_, left, right) | ExprKind::Repeat(left, right) => {
            is_stepless(left) && is_stepless(right)
        }
        ExprKind::Struct { fields, base, .. } => named(fields) && base.is_none_or(is_stepless),
        ExprKind::Variant { fields, .. } | ExprKind::ErrorValue { fields, .. } => match fields {
            VariantFields::Unit => true,
            VariantFields::Tuple(parts) => all(parts),
            VariantFields::Struct(fields) => named(fields),
        },
        ExprKind::Tuple(parts) | ExprKind::List(parts) | ExprKind::Function { arguments: parts, .. } => all(parts),
        ExprKind::Range { start, end, .. } => start.is_none_or(is_stepless) && end.is_none_or(is_stepless),
        ExprKind::Format(pieces) => pieces.iter().all(|piece| match piece {
            FormatPiece::Literal(_) => true,
            FormatPiece::Value { value, .. } => is_stepless(value),
        }),
        ExprKind::Json(value) => is_stepless(value),
        ExprKind::Object(entries) => entries.iter().all(|(_, value)| is_stepless(value)),
        ExprKind::Jsonata { bindings, .. } => named(bindings),
        ExprKind::Method { receiver, arguments, .. } => is_stepless(receiver) && all(arguments),
        ExprKind::Unit
        | ExprKind::Bool(_)
        | ExprKind::Integer(_)
        | ExprKind::Float(_)
        | ExprKind::String(_)
        | ExprKind::Variable(_)
        | ExprKind::Constant(_)
        | ExprKind::None
        | ExprKind::Context(_) => true,
    }
}

/// Whether an expression decides which `Ok(..)` it is, and makes no state for that.
fn is_stepless_result(expr: &Expr) -> bool {
    fn ends(expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Ok(value) => is_stepless(value),
            ExprKind::Block(block) => block_ends(block),
            _ => is_stepless_result(expr),
        }
    }
    fn block_ends(block: &Block) -> bool {
        block.tail.is_some_and(ends) && stepless_block(&Block { tail: None, ..*block })
    }
    let plain = |attributes: &Attributes| attributes.state.is_none() && attributes.comment.is_none();
    match &expr.kind {
        ExprKind::If { condition, then, otherwise: Some(otherwise), attributes } => {
            plain(attributes) && is_stepless(condition) && block_ends(then) && ends(otherwise)
        }
        ExprKind::MatchValue { scrutinee, arms, attributes, .. } => {
            plain(attributes)
                && is_stepless(scrutinee)
                && arms.iter().all(|arm| arm.guard.as_ref().is_none_or(is_stepless) && ends(&arm.body))
        }
        _ => false,
    }
}

pub(super) fn stepless_block(block: &Block) -> bool {
    block.tail.is_none_or(is_stepless)
        && block.statements.iter().all(|statement| match statement {
            Statement::Let(binding) => is_stepless(&binding.value),
            Statement::Expr(expr) => is_stepless(expr),
            Statement::Declare(_) => true,
        })
}
