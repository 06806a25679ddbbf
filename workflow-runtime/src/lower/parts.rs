//! Every expression inside an expression.

use super::ir::{Block, Expr, ExprKind, FormatPiece, Items, Map, Source, Statement, VariantFields};

/// Tells of every expression in a block, the outer one first.
pub(super) fn each_in(block: &Block, tell: &mut dyn FnMut(&Expr)) {
    for statement in block.statements {
        match statement {
            Statement::Let(binding) => {
                each(&binding.value, tell);
                if let Some(undo) = binding.compensate {
                    each(undo, tell);
                }
            }
            Statement::Expr(expr) => each(expr, tell),
            Statement::Declare(_) => {}
        }
    }
    if let Some(tail) = block.tail {
        each(tail, tell);
    }
}

pub(super) fn each(expr: &Expr, tell: &mut dyn FnMut(&Expr)) {
    tell(expr);
    match &expr.kind {
        ExprKind::Unit
        | ExprKind::Bool(_)
        | ExprKind::Integer(_)
        | ExprKind::Float(_)
        | ExprKind::String(_)
        | ExprKind::Variable(_)
        | ExprKind::Constant(_)
        | ExprKind::None
        | ExprKind::Context(_)
        | ExprKind::Compensate
        | ExprKind::Return(None)
        | ExprKind::Break { value: None, .. }
        | ExprKind::Continue { .. } => {}
        ExprKind::Field(one, _)
        | ExprKind::TupleField(one, _)
        | ExprKind::Unary(_, one)
        | ExprKind::FailureIs(one, _)
        | ExprKind::Cast(one, _)
        | ExprKind::Some(one)
        | ExprKind::Closure { body: one, .. }
        | ExprKind::Let { value: one, .. }
        | ExprKind::Sleep { seconds: one, .. }
        | ExprKind::SleepUntil { until: one, .. }
        | ExprKind::Try(one)
        | ExprKind::Ok(one)
        | ExprKind::Err { failure: one, .. }
        | ExprKind::Return(Some(one))
        | ExprKind::Json(one)
        | ExprKind::Break { value: Some(one), .. } => each(one, tell),
        ExprKind::Range { start, end, .. } => start.iter().chain(end).for_each(|bound| each(bound, tell)),
        ExprKind::Index(left, right) | ExprKind::Binary(_, left, right) | ExprKind::Repeat(left, right) => {
            each(left, tell);
            each(right, tell);
        }
        ExprKind::Assign { place, value, .. } => {
            each(place, tell);
            each(value, tell);
        }
        ExprKind::Tuple(parts)
        | ExprKind::List(parts)
        | ExprKind::Function { arguments: parts, .. }
        | ExprKind::Call { arguments: parts, .. }
        | ExprKind::TryJoin { branches: parts, .. } => parts.iter().for_each(|part| each(part, tell)),
        ExprKind::Object(_)
        | ExprKind::Jsonata { .. }
        | ExprKind::Raw { .. }
        | ExprKind::Struct { .. }
        | ExprKind::Variant { .. }
        | ExprKind::ErrorValue { .. }
        | ExprKind::Format(_)
        | ExprKind::Method { .. } => each_of_values(expr, tell),
        ExprKind::If { .. }
        | ExprKind::Block(_)
        | ExprKind::Group { .. }
        | ExprKind::Loop { .. }
        | ExprKind::Labelled { .. }
        | ExprKind::MatchResult { .. }
        | ExprKind::MatchValue { .. }
        | ExprKind::Matches { .. }
        | ExprKind::While { .. }
        | ExprKind::Map(_)
        | ExprKind::For(_) => each_of_states(expr, tell),
    }
}

/// Inside what is made of several values.
fn each_of_values(expr: &Expr, tell: &mut dyn FnMut(&Expr)) {
    match &expr.kind {
        ExprKind::Object(entries) => {
            for (key, value) in *entries {
                each(key, tell);
                each(value, tell);
            }
        }
        ExprKind::Jsonata { bindings, .. } | ExprKind::Raw { bindings, .. } => {
            bindings.iter().for_each(|(_, value)| each(value, tell));
        }
        ExprKind::Struct { fields, base, .. } => {
            fields.iter().for_each(|(_, value)| each(value, tell));
            if let Some(base) = base {
                each(base, tell);
            }
        }
        ExprKind::Variant { fields, .. } | ExprKind::ErrorValue { fields, .. } => match fields {
            VariantFields::Unit => {}
            VariantFields::Tuple(parts) => parts.iter().for_each(|part| each(part, tell)),
            VariantFields::Struct(fields) => fields.iter().for_each(|(_, value)| each(value, tell)),
        },
        ExprKind::Format(pieces) => {
            for piece in *pieces {
                if let FormatPiece::Value { value, .. } = piece {
                    each(value, tell);
                }
            }
        }
        ExprKind::Method { receiver, arguments, .. } => {
            each(receiver, tell);
            arguments.iter().for_each(|argument| each(argument, tell));
        }
        _ => {}
    }
}

/// Inside what has blocks.
fn each_of_states(expr: &Expr, tell: &mut dyn FnMut(&Expr)) {
    match &expr.kind {
        ExprKind::If { condition, then, otherwise, .. } => {
            each(condition, tell);
            each_in(then, tell);
            if let Some(otherwise) = otherwise {
                each(otherwise, tell);
            }
        }
        ExprKind::Block(body)
        | ExprKind::Group { body, .. }
        | ExprKind::Loop { body, .. }
        | ExprKind::Labelled { body, .. } => each_in(body, tell),
        ExprKind::MatchResult { scrutinee, arms } => {
            each(scrutinee, tell);
            for arm in *arms {
                if let Some(guard) = &arm.guard {
                    each(guard, tell);
                }
                each(&arm.body, tell);
            }
        }
        ExprKind::MatchValue { scrutinee, arms, .. } => {
            each(scrutinee, tell);
            for arm in *arms {
                if let Some(guard) = &arm.guard {
                    each(guard, tell);
                }
                each(&arm.body, tell);
            }
        }
        ExprKind::Matches { value, guard, .. } => {
            each(value, tell);
            if let Some(guard) = guard {
                each(guard, tell);
            }
        }
        ExprKind::While { condition, body, .. } => {
            each(condition, tell);
            each_in(body, tell);
        }
        ExprKind::For(made) => {
            match &made.source {
                Source::Range { start, end, .. } => {
                    each(start, tell);
                    each(end, tell);
                }
                Source::List { list, .. } => each(list, tell),
            }
            each_in(&made.body, tell);
        }
        ExprKind::Map(map) => each_of_map(map, tell),
        _ => {}
    }
}

fn each_of_map(map: &Map, tell: &mut dyn FnMut(&Expr)) {
    match &map.items {
        Items::List { list, .. } => each(list, tell),
        Items::Source { arguments, .. } => arguments.iter().for_each(|argument| each(argument, tell)),
    }
    let options = &map.options;
    let (items, bytes) =
        options.batch.as_ref().map_or((None, None), |batch| (batch.max_items.as_ref(), batch.max_bytes.as_ref()));
    let (bucket, prefix) =
        options.result_writer.as_ref().map_or((None, None), |(bucket, prefix)| (Some(bucket), Some(prefix)));
    let (percentage, count) = (&options.tolerated_failure_percentage, &options.tolerated_failure_count);
    let single = [&options.max_concurrency, percentage, count, &options.max_items].map(Option::as_ref);
    let all = single.into_iter().chain([items, bytes, bucket, prefix]);
    all.flatten().for_each(|option| each(option, tell));
    each_in(&map.body, tell);
}
