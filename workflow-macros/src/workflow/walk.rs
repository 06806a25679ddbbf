//! Every expression of a workflow, in source order.

use super::model::{Block, Expr, ExprKind, Failing, Fields, Loop, LoopKind, Source, Statement};
use super::pattern::Guard;

/// Calls `visit` on every expression of a block, the outer one first.
pub(crate) fn block<'a>(inside: &'a Block, visit: &mut impl FnMut(&'a Expr)) {
    for statement in &inside.statements {
        match statement {
            Statement::Let(made) => {
                expr(&made.value, visit);
                if let Some(undo) = &made.compensate {
                    expr(undo, visit);
                }
            }
            Statement::LetElse(made) => {
                expr(&made.value, visit);
                if let Some((_, otherwise)) = &made.otherwise {
                    block(otherwise, visit);
                }
            }
            Statement::Expr(made, _) => expr(made, visit),
            Statement::Declare { .. } => {}
        }
    }
    if let Some(tail) = &inside.tail {
        expr(tail, visit);
    }
}

#[expect(clippy::too_many_lines, reason = "one arm for each kind")]
fn expr<'a>(inside: &'a Expr, visit: &mut impl FnMut(&'a Expr)) {
    visit(inside);
    match &inside.kind {
        ExprKind::Paren(one, _)
        | ExprKind::Try(one, _)
        | ExprKind::Ok(_, one, _)
        | ExprKind::Return(_, Some(one))
        | ExprKind::Break(_, _, Some(one))
        | ExprKind::Some(_, one, _)
        | ExprKind::Reference(one)
        | ExprKind::Field(one, _)
        | ExprKind::TupleField(one, _)
        | ExprKind::Unary(_, one)
        | ExprKind::Cast(one, _)
        | ExprKind::Sleep { amount: one, .. }
        | ExprKind::SleepUntil { until: one, .. }
        | ExprKind::Closure { body: one, .. } => expr(one, visit),
        ExprKind::FailureIs(made) => expr(&made.failure, visit),
        ExprKind::Index(left, right, _) | ExprKind::Binary(left, _, right) | ExprKind::Repeat(left, right, _) => {
            expr(left, visit);
            expr(right, visit);
        }
        ExprKind::If { condition, then, otherwise, .. } => {
            expr(condition, visit);
            block(then, visit);
            if let Some((_, otherwise)) = otherwise {
                expr(otherwise, visit);
            }
        }
        ExprKind::Block(body) | ExprKind::Group { body, .. } => block(body, visit),
        ExprKind::Map(made) => {
            made.exprs().into_iter().for_each(|part| expr(part, visit));
            block(&made.body, visit);
        }
        ExprKind::Struct { fields: named, base, .. } => {
            for (_, field) in named {
                expr(field, visit);
            }
            if let Some(base) = base {
                expr(base, visit);
            }
        }
        ExprKind::Variant { fields: inner, .. } => fields(inner, visit),
        ExprKind::Tuple(parts, _) | ExprKind::List(parts, _) | ExprKind::TryJoin { branches: parts, .. } => {
            for part in parts {
                expr(part, visit);
            }
        }
        ExprKind::Format(made) => made.arguments.iter().for_each(|(_, argument)| expr(argument, visit)),
        ExprKind::Method(made) => {
            expr(&made.receiver, visit);
            made.arguments.iter().for_each(|argument| expr(argument, visit));
        }
        ExprKind::Range(start, _, end) => start.iter().chain(end).for_each(|bound| expr(bound, visit)),
        ExprKind::Function(made) => made.arguments.iter().for_each(|argument| expr(argument, visit)),
        ExprKind::Call(made) => made.arguments.iter().for_each(|argument| expr(argument, visit)),
        ExprKind::Err(made) => {
            if let Failing::Value { fields: inner, .. } = &made.failure {
                fields(inner, visit);
            }
        }
        ExprKind::Match(made) => {
            expr(&made.scrutinee, visit);
            for arm in &made.arms {
                guarded(arm.guard.as_ref(), visit);
                expr(&arm.body, visit);
            }
        }
        ExprKind::MatchValue(made) => {
            expr(&made.scrutinee, visit);
            for arm in &made.arms {
                guarded(arm.guard.as_ref(), visit);
                expr(&arm.body, visit);
            }
        }
        ExprKind::Let(made) => expr(&made.value, visit),
        ExprKind::Matches(made) => {
            expr(&made.value, visit);
            guarded(made.guard.as_ref(), visit);
        }
        ExprKind::Loop(made) => looped(made, visit),
        ExprKind::Assign(made) => {
            expr(&made.place, visit);
            expr(&made.value, visit);
        }
        ExprKind::Foreign(made) => made.parts(&mut |part| expr(part, visit)),
        ExprKind::Poison
        | ExprKind::Unit
        | ExprKind::Literal(_)
        | ExprKind::Variable(_)
        | ExprKind::Constant(_)
        | ExprKind::None(_)
        | ExprKind::Context(..)
        | ExprKind::Compensate(..)
        | ExprKind::Return(_, None)
        | ExprKind::Break(_, _, None)
        | ExprKind::Continue(..) => {}
    }
}

fn looped<'a>(inside: &'a Loop, visit: &mut impl FnMut(&'a Expr)) {
    match &inside.kind {
        LoopKind::While { condition, .. } => expr(condition, visit),
        LoopKind::For { source, .. } => match &**source {
            Source::Range { start, end, .. } => {
                expr(start, visit);
                expr(end, visit);
            }
            Source::List(list, _) => expr(list, visit),
        },
        LoopKind::Loop(_) | LoopKind::Block => {}
    }
    block(&inside.body, visit);
}

fn guarded<'a>(guard: Option<&'a Guard>, visit: &mut impl FnMut(&'a Expr)) {
    if let Some(guard) = guard {
        expr(&guard.condition, visit);
    }
}

fn fields<'a>(inside: &'a Fields, visit: &mut impl FnMut(&'a Expr)) {
    match inside {
        Fields::Unit => {}
        Fields::Tuple(parts, _) => parts.iter().for_each(|part| expr(part, visit)),
        Fields::Struct(named, _) => named.iter().for_each(|(_, field)| expr(field, visit)),
    }
}
