//! Bounds for what `jsonata-core` evaluates: its own limits know time, depth and the length of sequences, but no memory.
//!
//! The tree is rewritten before it is evaluated. Whatever makes a value larger than what it was given (`&`, arrays, objects, calls
//! of functions) stands inside a call of a function of ours, which measures what passes through and refuses too much of it.
//! What is measured is counted, not timed. The names of these functions hold a blank, so that no expression can name them.

mod picture;
mod regex;
mod watch;

pub(super) use picture::check as check_picture;
pub(super) use watch::Watch;

use jsonata_core::ast::{AstNode, BinaryOp, PathStep, Stage};

use regex::{beyond as regex_beyond, weight as regex_weight};
use watch::{ANY, END, FEW, PICTURE, SEPARATOR, SHORT, TICK, WIDTH};

/// Atoms of a regular expression, each as often as it is repeated: matching costs as many steps for each character.
const REGEX_MAX: usize = 1_000;

/// Functions whose result may be larger than their arguments, and with how many of them a reference to the function is called.
const GROWING: &[(&str, usize)] = &[
    ("append", 2),
    ("base64encode", 1),
    ("base64decode", 1),
    ("decodeUrl", 1),
    ("decodeUrlComponent", 1),
    ("each", 2),
    ("encodeUrl", 1),
    ("encodeUrlComponent", 1),
    ("formatInteger", 2),
    ("formatNumber", 2),
    ("fromMillis", 1),
    ("join", 1),
    ("keys", 1),
    ("lowercase", 1),
    ("match", 2),
    ("merge", 1),
    ("pad", 2),
    ("parse", 1),
    ("replace", 3),
    ("reverse", 1),
    ("split", 2),
    ("spread", 1),
    ("string", 1),
    ("substring", 2),
    ("substringAfter", 2),
    ("substringBefore", 2),
    ("trim", 1),
    ("uppercase", 1),
    ("zip", 2),
];

/// Functions that call another one for each item: their result is measured too.
const CALLING: &[&str] = &["filter", "map", "reduce", "sift", "single", "sort", "distinct", "shuffle"];

/// Functions that go through all of what they are given, and yield little: called often enough with the same, they never end.
const READING: &[&str] = &["average", "hash", "length", "max", "min", "sum"];

/// Puts the guards into a tree.
///
/// # Errors
/// A regular expression that repeats too much; the text is for people.
pub(super) fn install(tree: AstNode) -> Result<AstNode, String> {
    let mut guard = Guard { fault: None, bound: Vec::new() };
    let tree = guard.free(tree);
    match guard.fault {
        Some(fault) => Err(fault),
        None => Ok(tree),
    }
}

struct Guard {
    fault: Option<String>,
    /// Names that the expression binds somewhere: they are no references to functions.
    bound: Vec<String>,
}

fn call(name: &str, args: Vec<AstNode>) -> AstNode {
    AstNode::Function { name: name.to_owned(), args, is_builtin: true }
}

fn is_literal(node: &AstNode) -> bool {
    matches!(
        node,
        AstNode::String(_) | AstNode::Number(_) | AstNode::Boolean(_) | AstNode::Null | AstNode::Regex { .. }
    )
}

/// `node` with what it yields measured.
fn measured(node: AstNode) -> AstNode {
    if is_literal(&node) || matches!(&node, AstNode::Lambda { .. } | AstNode::Placeholder) {
        return node;
    }
    call(ANY, vec![node])
}

impl Guard {
    /// A node where a value is wanted: it may be wrapped.
    fn free(&mut self, node: AstNode) -> AstNode {
        match node {
            AstNode::Binary { op: op @ BinaryOp::Concatenate, lhs, rhs } => {
                let (lhs, rhs) = (measured(self.free(*lhs)), measured(self.free(*rhs)));
                measured(AstNode::Binary { op, lhs: Box::new(lhs), rhs: Box::new(rhs) })
            }
            AstNode::Binary {
                op:
                    op @ (BinaryOp::Equal
                    | BinaryOp::NotEqual
                    | BinaryOp::In
                    | BinaryOp::LessThan
                    | BinaryOp::LessThanOrEqual
                    | BinaryOp::GreaterThan
                    | BinaryOp::GreaterThanOrEqual),
                lhs,
                rhs,
            } => {
                let (lhs, rhs) = (measured(self.free(*lhs)), measured(self.free(*rhs)));
                AstNode::Binary { op, lhs: Box::new(lhs), rhs: Box::new(rhs) }
            }
            AstNode::Binary { op: op @ BinaryOp::Range, lhs, rhs } => {
                let (lhs, rhs) = (call(END, vec![self.free(*lhs)]), call(END, vec![self.free(*rhs)]));
                AstNode::Binary { op, lhs: Box::new(lhs), rhs: Box::new(rhs) }
            }
            AstNode::Binary { op: op @ BinaryOp::ChainPipe, lhs, rhs } => {
                let (lhs, rhs) = (measured(self.free(*lhs)), self.piped(*rhs));
                measured(AstNode::Binary { op, lhs: Box::new(lhs), rhs: Box::new(rhs) })
            }
            AstNode::Function { name, args, is_builtin } => self.function(name, args, is_builtin),
            AstNode::Variable(name) => self.reference(name),
            node @ (AstNode::Array(_) | AstNode::Object(_) | AstNode::ObjectTransform { .. }) => {
                measured(self.inside(node))
            }
            other => self.inside(other),
        }
    }

    /// A node that stays what it is: only what stands in it is free.
    fn inside(&mut self, node: AstNode) -> AstNode {
        match node {
            AstNode::Path { steps } => AstNode::Path { steps: steps.into_iter().map(|step| self.step(step)).collect() },
            AstNode::Binary { op, lhs, rhs } => {
                if let (BinaryOp::ColonEqual, AstNode::Variable(name)) = (op, &*lhs) {
                    self.bound.push(name.clone());
                    return AstNode::Binary { op, lhs, rhs: Box::new(self.free(*rhs)) };
                }
                AstNode::Binary { op, lhs: Box::new(self.free(*lhs)), rhs: Box::new(self.free(*rhs)) }
            }
            AstNode::Unary { op, operand } => AstNode::Unary { op, operand: Box::new(self.free(*operand)) },
            AstNode::Function { name, args, is_builtin } => {
                let args = self.arguments(&name, args);
                AstNode::Function { name, args, is_builtin }
            }
            AstNode::Call { procedure, args } => AstNode::Call {
                procedure: Box::new(self.inside(*procedure)),
                args: args.into_iter().map(|arg| measured(self.free(arg))).collect(),
            },
            AstNode::Lambda { params, body, signature, thunk } => {
                let outside = self.bound.len();
                self.bound.extend(params.iter().cloned());
                // A call in the place of a tail: whoever unwinds it looks for the call itself, at the end of a block too.
                let body = if thunk { self.inside(*body) } else { self.free(*body) };
                let body = AstNode::Block(vec![call(TICK, Vec::new()), body]);
                self.bound.truncate(outside);
                AstNode::Lambda { params, body: Box::new(body), signature, thunk }
            }
            AstNode::Array(items) => AstNode::Array(self.items(items)),
            AstNode::ArrayGroup(items) => AstNode::ArrayGroup(self.items(items)),
            AstNode::Block(items) => {
                let outside = self.bound.len();
                let items = self.all(items);
                self.bound.truncate(outside);
                AstNode::Block(items)
            }
            AstNode::Object(pairs) => AstNode::Object(self.pairs(pairs)),
            AstNode::ObjectTransform { input, pattern } => {
                AstNode::ObjectTransform { input: Box::new(self.inside(*input)), pattern: self.pairs(pattern) }
            }
            AstNode::Conditional { condition, then_branch, else_branch } => AstNode::Conditional {
                condition: Box::new(self.free(*condition)),
                then_branch: Box::new(self.free(*then_branch)),
                else_branch: else_branch.map(|otherwise| Box::new(self.free(*otherwise))),
            },
            AstNode::FunctionApplication(inner) => AstNode::FunctionApplication(Box::new(self.free(*inner))),
            AstNode::Sort { input, terms } => AstNode::Sort {
                input: Box::new(self.inside(*input)),
                terms: terms.into_iter().map(|(term, falling)| (self.free(term), falling)).collect(),
            },
            AstNode::Transform { location, update, delete } => AstNode::Transform {
                location: Box::new(self.inside(*location)),
                update: Box::new(self.free(*update)),
                delete: delete.map(|delete| Box::new(self.free(*delete))),
            },
            AstNode::Regex { pattern, flags } => {
                if let Some(what) = regex_beyond(&pattern) {
                    self.fault = Some(format!(
                        "The regular expression /{pattern}/ has {what}, which cannot be evaluated here; match more and look at the groups"
                    ));
                } else if regex_weight(&pattern) > REGEX_MAX {
                    self.fault = Some(format!(
                        "The regular expression /{pattern}/ repeats more than {REGEX_MAX} characters; split the text first"
                    ));
                }
                AstNode::Regex { pattern, flags }
            }
            leaf => leaf,
        }
    }

    fn all(&mut self, nodes: Vec<AstNode>) -> Vec<AstNode> {
        nodes.into_iter().map(|node| self.free(node)).collect()
    }

    /// Arrays in an array stay bare: whether an item is one decides whether it is spliced.
    fn items(&mut self, items: Vec<AstNode>) -> Vec<AstNode> {
        let is_array = |node: &AstNode| matches!(node, AstNode::Array(_) | AstNode::ArrayGroup(_));
        items.into_iter().map(|item| if is_array(&item) { self.inside(item) } else { self.free(item) }).collect()
    }

    fn pairs(&mut self, pairs: Vec<(AstNode, AstNode)>) -> Vec<(AstNode, AstNode)> {
        pairs.into_iter().map(|(key, value)| (self.free(key), self.free(value))).collect()
    }

    /// Steps stay what they are: what kind of node they are decides how they are taken.
    fn step(&mut self, mut step: PathStep) -> PathStep {
        step.node = match std::mem::replace(&mut step.node, AstNode::Undefined) {
            // A sequence of one would be that one behind a guard; a text is no sequence.
            AstNode::Function { name, args, is_builtin } if !step.is_tuple && makes_text(&name) => {
                self.function(name, args, is_builtin)
            }
            node => self.inside(node),
        };
        for stage in &mut step.stages {
            if let Stage::Filter(filter) = stage {
                let inner = std::mem::replace(&mut **filter, AstNode::Undefined);
                **filter = if is_literal(&inner) { inner } else { self.free(inner) };
            }
        }
        step
    }

    /// What stands behind `~>`: it is given one more argument.
    fn piped(&mut self, node: AstNode) -> AstNode {
        match node {
            AstNode::Variable(name) => self.reference(name),
            other => self.inside(other),
        }
    }

    fn function(&mut self, name: String, args: Vec<AstNode>, is_builtin: bool) -> AstNode {
        let holes = args.iter().filter(|arg| matches!(arg, AstNode::Placeholder)).count();
        if holes > 0 && is_built_in(&name) && !self.bound.contains(&name) {
            return self.partial(name, args, holes);
        }
        let grows = is_built_in(&name);
        let args = self.arguments(&name, args);
        let node = AstNode::Function { name, args, is_builtin };
        if grows { measured(node) } else { node }
    }

    /// `f(?, a)` as the function that it is, so that what it yields is measured.
    fn partial(&mut self, name: String, args: Vec<AstNode>, holes: usize) -> AstNode {
        let params: Vec<String> = (0..holes).map(|at| format!("hole {at}")).collect();
        let mut names = params.iter();
        let args = args
            .into_iter()
            .map(|arg| match arg {
                AstNode::Placeholder => AstNode::Variable(names.next().cloned().unwrap_or_default()),
                other => other,
            })
            .collect();
        let body = self.function(name, args, true);
        let body = AstNode::Block(vec![call(TICK, Vec::new()), body]);
        AstNode::Lambda { params, body: Box::new(body), signature: None, thunk: false }
    }

    /// A function that grows, as a value: a function around it.
    fn reference(&mut self, name: String) -> AstNode {
        match GROWING.iter().find(|(known, _)| *known == name) {
            Some((_, arity)) if !self.bound.contains(&name) => {
                self.partial(name, vec![AstNode::Placeholder; *arity], *arity)
            }
            _ => AstNode::Variable(name),
        }
    }

    /// What cannot be refused once it is made is refused before.
    fn arguments(&mut self, name: &str, args: Vec<AstNode>) -> Vec<AstNode> {
        let plain = matches!(args.get(1), Some(AstNode::String(_)));
        let known = (is_built_in(name) || READING.contains(&name) || name == "toMillis")
            && !self.bound.iter().any(|bound| bound == name);
        let args = args.into_iter().enumerate();
        args.map(|(at, arg)| {
            if matches!(arg, AstNode::Placeholder) {
                return arg;
            }
            // A callback is applied from where it stands.
            let arg = if CALLING.contains(&name) || name == "each" { self.callback(arg) } else { self.free(arg) };
            if !known || matches!(arg, AstNode::Lambda { .. }) {
                return arg;
            }
            match (name, at) {
                ("pad", 1) => call(WIDTH, vec![arg]),
                ("join", 1) | ("replace", 2) if !is_literal(&arg) || name == "replace" => call(SEPARATOR, vec![arg]),
                // Behind `~>` the picture comes first.
                ("fromMillis" | "toMillis", _) => call(PICTURE, vec![arg]),
                ("match", 0) => call(SHORT, vec![arg]),
                ("split" | "contains" | "replace", 0) if !plain => call(SHORT, vec![arg]),
                ("distinct", 0) => call(FEW, vec![arg]),
                _ => measured(arg),
            }
        })
        .collect()
    }

    fn callback(&mut self, arg: AstNode) -> AstNode {
        match arg {
            AstNode::Variable(name) => self.reference(name),
            other => self.free(other),
        }
    }
}

fn makes_text(name: &str) -> bool {
    let lists = ["append", "each", "keys", "match", "merge", "parse", "reverse", "split", "spread", "zip"];
    GROWING.iter().any(|(known, _)| *known == name) && !lists.contains(&name)
}

fn is_built_in(name: &str) -> bool {
    GROWING.iter().any(|(known, _)| *known == name) || CALLING.contains(&name) || name == "contains"
}
