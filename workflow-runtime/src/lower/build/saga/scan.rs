//! What a program has of undos, before it is walked.

use crate::lower::ir::{Block, Expr, ExprKind, Program, Statement};
use crate::lower::parts;

/// How a workflow's undos are built.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::lower::build) enum Form {
    /// Undos stand in straight lines and `if`s only: each failure enters its suffix of a chain.
    Chain,
    /// Anywhere else: a variable says what is due.
    Stack,
}

impl Form {
    pub(in crate::lower::build) fn of(program: &Program) -> Self {
        let mut stack = unwinds_in(&program.body);
        parts::each_in(&program.body, &mut |expr| {
            stack |= matches!(
                expr.kind,
                ExprKind::TryJoin { .. }
                    | ExprKind::Map(_)
                    | ExprKind::For(_)
                    | ExprKind::While { .. }
                    | ExprKind::Loop { .. }
            ) && holds_undo(expr);
        });
        if stack { Self::Stack } else { Self::Chain }
    }
}

/// Whether an undo is registered in it.
pub(in crate::lower::build) fn holds_undo(inside: &Expr) -> bool {
    let mut holds = false;
    parts::each(inside, &mut |expr| holds |= body(expr).is_some_and(registers));
    holds
}

pub(in crate::lower::build) fn holds_undo_in(block: &Block) -> bool {
    let mut holds = registers(block);
    parts::each_in(block, &mut |expr| holds |= body(expr).is_some_and(registers));
    holds
}

fn registers(block: &Block) -> bool {
    block.statements.iter().any(|statement| matches!(statement, Statement::Let(made) if made.compensate.is_some()))
}

/// Whether undos may run in it.
pub(in crate::lower::build) fn unwinds(inside: &Expr) -> bool {
    let mut unwinds = false;
    parts::each(inside, &mut |expr| unwinds |= is_unwound(expr));
    unwinds
}

pub(in crate::lower::build) fn unwinds_in(block: &Block) -> bool {
    let mut unwinds = block.statements.iter().filter_map(discards).any(holds_undo);
    parts::each_in(block, &mut |expr| unwinds |= is_unwound(expr));
    unwinds
}

fn is_unwound(expr: &Expr) -> bool {
    let own = |block: &Block| block.statements.iter().filter_map(discards).any(holds_undo);
    matches!(expr.kind, ExprKind::Compensate) || catches(expr).is_some_and(holds_undo) || body(expr).is_some_and(own)
}

/// Whether a program asks what its undos did.
pub(super) fn asks_for_report(program: &Program) -> bool {
    let mut asks = false;
    parts::each_in(&program.body, &mut |expr| asks |= matches!(expr.kind, ExprKind::Compensate));
    asks
}

/// What an expression catches the failures of.
fn catches(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::MatchResult { scrutinee, .. } => Some(scrutinee),
        _ => None,
    }
}

/// `let _ = async { .. }.await;`
fn discards(statement: &Statement) -> Option<&Expr> {
    let value = match statement {
        Statement::Let(binding) => &binding.value,
        Statement::Expr(expr) => expr,
        Statement::Declare(_) => return None,
    };
    matches!(value.kind, ExprKind::Group { .. } | ExprKind::TryJoin { .. } | ExprKind::Map(_)).then_some(value)
}

/// The block that is the expression's own.
fn body(expr: &Expr) -> Option<&Block> {
    match &expr.kind {
        ExprKind::Block(body)
        | ExprKind::Group { body, .. }
        | ExprKind::If { then: body, .. }
        | ExprKind::Loop { body, .. }
        | ExprKind::Labelled { body, .. }
        | ExprKind::While { body, .. } => Some(body),
        ExprKind::For(made) => Some(&made.body),
        ExprKind::Map(map) => Some(&map.body),
        _ => None,
    }
}
