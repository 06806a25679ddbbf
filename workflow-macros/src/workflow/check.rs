//! Rules over the whole workflow: the names of its states.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use super::codes;
use super::model::{Attributes, Expr, ExprKind, Items, MapAttribute, MapOption, Statement, Workflow};
use super::walk;
use crate::diag::{Diagnostic, Sink};
use crate::hygiene::{plain, upper_camel};

/// The longest name of a state.
const NAME_MAX: usize = 80;

/// A state's name and where it comes from.
struct Named {
    name: String,
    /// From a call, without `#[state]`.
    implied: bool,
    tokens: TokenStream,
    span: Span,
}

/// Whether every name is unique and short enough, and what `compensate()` undoes is there.
pub(crate) fn check(workflow: &Workflow, sink: &Sink) {
    maps(workflow, sink);
    let mut undos: Vec<*const Expr> = Vec::new();
    walk_lets(workflow, &mut undos);
    if undos.is_empty() {
        nothing_to_undo(workflow, sink);
    }
    let mut states: Vec<Named> = Vec::new();
    walk::block(&workflow.body, &mut |expr| {
        // An undo's state is named while lowering.
        if !undos.contains(&std::ptr::from_ref(expr)) {
            states.extend(named(expr));
        }
    });
    for (index, state) in states.iter().enumerate() {
        if state.implied && state.name.chars().count() > NAME_MAX {
            Diagnostic::new(
                &state.tokens,
                codes::STATE_NAME,
                format!("state `{}` has more than {NAME_MAX} characters", state.name),
            )
            .help("name it: `#[state = \"..\"]` on the statement")
            .emit(sink);
        }
        let earlier = states.iter().take(index);
        if let Some(first) = earlier.clone().find(|first| first.name == state.name) {
            let free = (0..=states.len())
                .map(|number| again(&state.name, number))
                .find(|name| states.iter().all(|it| it.name != *name));
            Diagnostic::new(&state.tokens, codes::DUPLICATE_STATE, format!("a second state `{}`", state.name))
                .help(format!("name it: `#[state = \"{}\"]` on this statement", free.unwrap_or_default()))
                .note(format!("the first one stands in line {}", line(first.span)))
                .emit(sink);
        }
    }
}

/// `compensate()` without any `#[compensate]`.
fn nothing_to_undo(workflow: &Workflow, sink: &Sink) {
    let mut first = None;
    walk::block(&workflow.body, &mut |expr| {
        if let ExprKind::Compensate(path, _) = &expr.kind {
            first = first.or(Some(path));
        }
    });
    let Some(path) = first else { return };
    Diagnostic::new(path, codes::NOTHING_TO_UNDO, "there is nothing that `compensate()` could undo in this workflow")
        .help("say at a step how it is undone: `#[compensate(refund(payment))] let payment = charge_payment(order).await?;`")
        .emit(sink);
}

/// Attributes of maps that contradict what the map goes over.
fn maps(workflow: &Workflow, sink: &Sink) {
    walk::block(&workflow.body, &mut |expr| {
        let ExprKind::Map(made) = &expr.kind else { return };
        for MapAttribute { option, span } in &made.attributes.map {
            let (what, help) = match (option, &made.items) {
                (MapOption::MaxItems(_), Items::List { .. }) => (
                    "`#[max_items]` bounds a source of items",
                    "remove it: a list goes from its first item to its last",
                ),
                (MapOption::Batch { .. }, Items::List { enumerate: Some(_), .. }) => {
                    ("the items of a batch have no position", "leave `enumerate()` or `#[batch(..)]` out")
                }
                _ => continue,
            };
            Diagnostic::at(*span, codes::MAP_ATTRIBUTE, what).help(help).emit(sink);
        }
    });
}

fn walk_lets(workflow: &Workflow, undos: &mut Vec<*const Expr>) {
    fn collect(statements: &[Statement], undos: &mut Vec<*const Expr>) {
        for statement in statements {
            match statement {
                Statement::Let(made) => undos.extend(made.compensate.as_deref().map(std::ptr::from_ref)),
                Statement::LetElse(made) => {
                    collect(made.otherwise.as_ref().map_or(&[], |(_, block)| &block.statements), undos);
                }
                _ => {}
            }
        }
    }
    collect(&workflow.body.statements, undos);
    walk::block(&workflow.body, &mut |expr| match &expr.kind {
        ExprKind::Block(body) | ExprKind::Group { body, .. } | ExprKind::If { then: body, .. } => {
            collect(&body.statements, undos);
        }
        ExprKind::Map(made) => collect(&made.body.statements, undos),
        ExprKind::Loop(made) => collect(&made.body.statements, undos),
        _ => {}
    });
}

fn named(expr: &Expr) -> Option<Named> {
    let (attributes, call): (&Attributes, _) = match &expr.kind {
        ExprKind::Call(call) => (&call.attributes, Some(&call.path)),
        ExprKind::TryJoin { attributes, .. }
        | ExprKind::Group { attributes, .. }
        | ExprKind::Sleep { attributes, .. }
        | ExprKind::SleepUntil { attributes, .. }
        | ExprKind::If { attributes, .. } => (attributes, None),
        ExprKind::Err(made) => (&made.attributes, None),
        ExprKind::Map(made) => (&made.attributes, None),
        ExprKind::Loop(made) => (&made.attributes, None),
        ExprKind::Foreign(made) => (made.state()?, None),
        ExprKind::MatchValue(made) => (&made.attributes, None),
        _ => return None,
    };
    if let Some(state) = &attributes.state {
        return Some(Named {
            name: state.value(),
            implied: false,
            tokens: state.to_token_stream(),
            span: state.span(),
        });
    }
    let last = &call?.segments.last()?.ident;
    Some(Named { name: upper_camel(&plain(last)), implied: true, tokens: last.to_token_stream(), span: last.span() })
}

/// `NotifyAgain`, `NotifyAgain2`.
fn again(name: &str, number: usize) -> String {
    let name: String = name.chars().take(NAME_MAX - 10).collect();
    if number == 0 { format!("{name}Again") } else { format!("{name}Again{}", number + 1) }
}

fn line(span: Span) -> usize {
    #[cfg(test)]
    {
        span.start().line
    }
    #[cfg(not(test))]
    {
        span.unwrap().line()
    }
}
