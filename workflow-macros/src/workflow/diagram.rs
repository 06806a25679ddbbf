//! The flow as an outline in the workflow's documentation: what can be said of it by syntax alone.

use std::fmt::Write as _;

use quote::ToTokens;

use super::foreign::raw_of;
use super::model::{
    Attributes, Block, Call, Expr, ExprKind, Failing, Loop, LoopKind, MapCall, MapOption, Pattern, ResultPattern,
    Statement, Workflow,
};
use super::pattern::MatchValue;
use crate::hygiene::{plain, upper_camel};

/// Markdown: an outline of the states.
pub(crate) fn outline(workflow: &Workflow) -> String {
    let mut lines = Lines(String::new());
    lines.block(&workflow.body, 0);
    format!("# States\n\n```text\n{}```\n\n`definition()` has the exact state machine.", lines.0)
}

struct Lines(String);

impl Lines {
    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.0, "{:indent$}{text}", "", indent = depth * 2);
    }

    fn block(&mut self, block: &Block, depth: usize) {
        for statement in &block.statements {
            match statement {
                Statement::Let(made) => {
                    let undo = made.compensate.as_ref().and_then(|undo| match &undo.kind {
                        ExprKind::Call(call) => Some(format!("  (undone by {})", state(call))),
                        _ => None,
                    });
                    self.expr(&made.value, depth, undo.as_deref().unwrap_or_default());
                }
                Statement::LetElse(made) => {
                    self.expr(&made.value, depth, "");
                    if let Some((_, otherwise)) = &made.otherwise {
                        let text = format!("unless {} = {}", written(&made.tokens), written(&made.written));
                        self.line(depth, &named(&made.attributes, &text));
                        self.block(otherwise, depth + 1);
                    }
                }
                Statement::Expr(expr, _) => self.expr(expr, depth, ""),
                Statement::Declare { .. } => {}
            }
        }
        if let Some(tail) = &block.tail {
            self.expr(tail, depth, "");
        }
    }

    fn expr(&mut self, expr: &Expr, depth: usize, more: &str) {
        match &expr.kind {
            ExprKind::Call(call) => self.line(depth, &format!("{}{more}", state(call))),
            ExprKind::Try(inner, _)
            | ExprKind::Paren(inner, _)
            | ExprKind::Ok(_, inner, _)
            | ExprKind::Return(_, Some(inner))
            | ExprKind::Break(_, _, Some(inner)) => {
                self.expr(inner, depth, more);
            }
            ExprKind::If { written, then, otherwise, attributes, .. } => {
                self.line(depth, &named(attributes, &format!("if {}", self::written(written))));
                self.block(then, depth + 1);
                if let Some((_, otherwise)) = otherwise {
                    self.line(depth, "else");
                    self.expr(otherwise, depth + 1, "");
                }
            }
            ExprKind::Block(inner) => self.block(inner, depth),
            ExprKind::Assign(made) => self.expr(&made.value, depth, more),
            ExprKind::Loop(made) => {
                self.line(depth, &named(&made.attributes, &loop_head(made)));
                self.block(&made.body, depth + 1);
            }
            ExprKind::TryJoin { branches, attributes } => {
                self.line(depth, &named(attributes, "in parallel"));
                for branch in branches {
                    self.expr(branch, depth + 1, "");
                }
            }
            ExprKind::Group { body, attributes } => {
                self.line(depth, &named(attributes, "group"));
                self.block(body, depth + 1);
            }
            ExprKind::Map(made) => {
                self.line(depth, &named(&made.attributes, &map(made)));
                self.block(&made.body, depth + 1);
            }
            ExprKind::Sleep { attributes, .. } | ExprKind::SleepUntil { attributes, .. } => {
                self.line(depth, &named(attributes, "wait"));
            }
            ExprKind::Foreign(_) if let Some(raw) = raw_of(expr) => {
                self.line(depth, &format!("{}{more}", named(&raw.attributes, &format!("a {} state", raw.kind))));
            }
            ExprKind::Compensate(..) => self.line(depth, "undo what is due"),
            ExprKind::Err(made) => {
                let what = match &made.failure {
                    Failing::Value { path, .. } => written(path),
                    Failing::Variable(_) | Failing::Poison => String::from("with that failure"),
                };
                self.line(depth, &named(&made.attributes, &format!("fails: {what}")));
            }
            ExprKind::Match(made) => {
                self.expr(&made.scrutinee, depth, more);
                for arm in &made.arms {
                    let every = matches!(&arm.pattern, ResultPattern::Ok(pattern) if pattern.takes_all());
                    if every && arm.guard.is_none() {
                        self.expr(&arm.body, depth, "");
                    } else {
                        self.line(depth, &format!("on {}", written(&arm.tokens)));
                        self.expr(&arm.body, depth + 1, "");
                    }
                }
            }
            ExprKind::MatchValue(made) => self.match_value(made, depth, more),
            _ => {}
        }
    }

    fn match_value(&mut self, made: &MatchValue, depth: usize, more: &str) {
        self.expr(&made.scrutinee, depth, more);
        self.line(depth, &named(&made.attributes, &format!("match {}", written(&made.written))));
        for arm in &made.arms {
            let guard = arm.guard.as_ref().map(|guard| format!(" if {}", written(&guard.written)));
            self.line(depth + 1, &format!("{}{}:", written(&arm.tested.tokens), guard.unwrap_or_default()));
            self.expr(&arm.body, depth + 2, "");
        }
    }
}

fn loop_head(made: &Loop) -> String {
    match &made.kind {
        LoopKind::Loop(_) => String::from("loop"),
        LoopKind::While { written, .. } => format!("while {}", self::written(written)),
        LoopKind::For { written, .. } => format!("for each of {}", self::written(written)),
        LoopKind::Block => String::from("block"),
    }
}

fn state(call: &Call) -> String {
    let spawned = if call.spawn.is_some() { "  (started, not waited for)" } else { "" };
    let name = call.path.segments.last().map(|last| upper_camel(&plain(&last.ident))).unwrap_or_default();
    call.attributes.state.as_ref().map_or(name, syn::LitStr::value) + spawned
}

/// `for each item, at most 5 at once`
fn map(made: &MapCall) -> String {
    let mut text = match &made.parameter {
        Pattern::Bind(name) => format!("for each {}", plain(name)),
        _ => String::from("for each item"),
    };
    if made.distributed {
        text.push_str(", as executions of their own");
    }
    let limit = made.attributes.map.iter().find_map(|attribute| match &attribute.option {
        MapOption::MaxConcurrency(Expr { kind: ExprKind::Literal(limit), .. }) => Some(limit),
        _ => None,
    });
    match limit {
        Some(limit) => format!("{text}, at most {} at once", limit.to_token_stream()),
        None => text,
    }
}

fn named(attributes: &Attributes, text: &str) -> String {
    match &attributes.state {
        Some(name) => format!("{}: {text}", name.value()),
        None => text.to_owned(),
    }
}

/// Tokens nearly as a person spaces them.
fn written(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (from, to) in
        [(" . ", "."), (" :: ", "::"), (" (", "("), ("( ", "("), (" )", ")"), (" ,", ","), (" {}", ""), ("! ", "!")]
    {
        text = text.replace(from, to);
    }
    text
}
