//! Failures: `match` on a `Result`, `?`, `Err(..)`.

use super::mutable::Env;
use super::{Builder, Fails, Frame, Handler, Mode};
use crate::lower::graph::{Catch, Edge, EdgeRef, FailName, Kind, NodeId, Target};
use crate::lower::ir::{Arm, At, Attributes, Expr, ExprKind, FailurePattern, Pattern, ResultPattern, VariantFields};
use crate::lower::term::{Term, VarId};
use crate::lower::typed::Typed;
use crate::step::{ErrorShape, ErrorVariant};

/// An arm, the edges that lead to it and the variable of what failed.
pub(super) type Taken = (usize, Vec<EdgeRef>, VarId, Env);

/// A kind of failure that a call may end with; every failure is of exactly one.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    /// A declared error: Rust's name of the variant and the name on the wire.
    Declared(&'static str, &'static str),
    Heartbeat,
    Timeout,
    Rest,
}

impl Class {
    fn names(self) -> Vec<String> {
        match self {
            Self::Declared(_, name) => vec![name.to_owned()],
            Self::Heartbeat => vec!["States.HeartbeatTimeout".to_owned()],
            Self::Timeout => vec!["States.Timeout".to_owned(), "Sandbox.Timedout".to_owned()],
            Self::Rest => vec!["States.ALL".to_owned()],
        }
    }
}

impl Builder<'_> {
    pub(super) fn handler(&mut self) -> usize {
        let failure = self.graph.var(None, "failure");
        self.handlers.push(Handler { ways: Vec::new(), failure });
        self.handlers.len() - 1
    }

    /// `?` on a Task or Parallel: a catcher where somebody waits for the failure, else none.
    pub(super) fn failure_leaves(&mut self, node: NodeId) {
        let raw = self.failure_term(node);
        let leaves = self.frame.fails == Fails::Leave && self.frame.undo.is_none();
        if leaves && raw == Term::ErrorOutput {
            return;
        }
        let edge = self.catch(node, Class::Rest.names());
        let open = std::mem::replace(&mut self.open, vec![edge]);
        if !self.fail(&raw) {
            // A child's own error is told only once it is taken out of its description.
            self.child_failure_leaves(&raw);
        }
        self.open = open;
    }

    pub(super) fn catch(&mut self, node: NodeId, names: Vec<String>) -> EdgeRef {
        let catch = &mut self.graph.nodes[node.0].catch;
        catch.push(Catch { names, edge: Edge::default() });
        EdgeRef::Catch(node, catch.len() - 1)
    }

    /// Sends control to whoever waits for a failure; `false` where nobody does.
    pub(super) fn fail(&mut self, raw: &Term) -> bool {
        match (self.frame.fails, self.frame.undo) {
            (Fails::Handler(handler), _) => {
                self.assign(self.handlers[handler].failure, raw);
                let way = self.way(Some(Typed::unit()));
                self.handlers[handler].ways.extend(way);
            }
            (Fails::Leave, Some(undo)) => {
                let failure = *self.first_failure.get_or_insert_with(|| self.graph.var(None, "failure"));
                self.assign(failure, raw);
                self.links[undo.0].entries.append(&mut self.open);
            }
            (Fails::Leave, None) => return false,
        }
        true
    }

    /// `Err(failure)` where a body ends or returns.
    pub(super) fn raise(&mut self, failure: &Expr, attributes: &Attributes, at: At) -> Option<Typed> {
        let (name, error, cause, raw);
        if let ExprKind::ErrorValue { error: shape, variant, fields } = &failure.kind {
            let shape = shape();
            let Some(known) = shape.variants.iter().find(|known| known.ident == *variant) else {
                self.unexpected(failure.at, "this error variant");
                self.open.clear();
                return None;
            };
            cause = self.cause_text(&shape, known, fields, failure.at)?;
            error = Term::string(known.name);
            raw = Term::Object(vec![("Error".to_owned(), error.clone()), ("Cause".to_owned(), cause.clone())]);
            name = FailName::Raised(known.name);
        } else {
            let value = self.eval(failure, Mode::Value)?;
            let Some(left) = value.failure else {
                if !value.poison {
                    self.unexpected(failure.at, "this failure");
                }
                self.open.clear();
                return None;
            };
            (error, cause) = handed_on(&left);
            name = FailName::HandsOn(match left {
                Term::Var(var) => var,
                _ => self.graph.var(None, "failure"),
            });
            raw = left;
        }
        if !self.fail(&raw) {
            let node = self.graph.node(self.container, Kind::Fail { error, cause, names: name }, attributes, at);
            for edge in std::mem::take(&mut self.open) {
                self.graph.edge_mut(edge).target = Target::Node(node);
            }
        }
        None
    }

    /// `match` on the `Result` of a call, join or group.
    pub(super) fn match_result(&mut self, scrutinee: &Expr, arms: &[Arm], mode: Mode, at: At) -> Option<Typed> {
        let mut child_errors = None;
        let (ok, failed) = if let ExprKind::Call { step, arguments, attributes } = &scrutinee.kind {
            let (node, value) = self.call(*step, arguments, attributes, scrutinee.at)?;
            let spec = step();
            let taken = match spec.child {
                Some(child) if child.waits => self.nested_catches(node, &spec, arms, at),
                _ => self.catches(node, &spec.error.variants, arms, at),
            };
            child_errors = spec.child.map(|child| child.declares_errors);
            (Some(value), taken)
        } else if let ExprKind::Raw { state, bindings, ty, attributes } = &scrutinee.kind {
            let (node, value) = self.raw(state, bindings, ty(), attributes, scrutinee.at)?;
            let taken = if self.graph.can_fail(node) { self.catches(node, &[], arms, at) } else { Vec::new() };
            (Some(value), taken)
        } else {
            self.handled(scrutinee, arms)
        };
        let undo = self.frame.undo;
        let mut success = self.way(ok);
        let mut ways = Vec::new();
        for (index, arm) in arms.iter().enumerate() {
            self.frame.undo = undo;
            let scope = self.names.len();
            if matches!(arm.pattern, ResultPattern::Ok(_) | ResultPattern::Any)
                && let Some(way) = success.take()
            {
                self.open = way.edges;
                self.set_env(&way.env);
                if let ResultPattern::Ok(pattern) = &arm.pattern {
                    self.bind(pattern, way.value);
                }
                let value = self.eval(&arm.body, mode);
                ways.extend(self.way(value));
                self.names.truncate(scope);
                self.frame.undo = undo;
            }
            let Some((_, edges, failure, env)) = failed.iter().find(|(taken, ..)| *taken == index) else { continue };
            if edges.is_empty() {
                continue;
            }
            self.open.clone_from(edges);
            self.set_env(env);
            self.bind_failure(&arm.pattern, *failure, child_errors, arm.at);
            let value = self.eval(&arm.body, mode);
            ways.extend(self.way(value));
            self.names.truncate(scope);
        }
        self.frame.undo = undo;
        self.join(ways)
    }

    /// A matched join or group: its value, and where the failures of all its steps arrive.
    fn handled(&mut self, scrutinee: &Expr, arms: &[Arm]) -> (Option<Typed>, Vec<Taken>) {
        let handler = self.handler();
        let outer = self.frame;
        self.frame = Frame { fails: Fails::Handler(handler), undo: None, ..outer };
        let value = self.call_or_leave(scrutinee);
        let success = (std::mem::take(&mut self.open), self.env());
        self.frame = outer;
        let arm = arms.iter().position(|arm| !matches!(arm.pattern, ResultPattern::Ok(_)));
        let ways = std::mem::take(&mut self.handlers[handler].ways);
        self.join(ways);
        let (edges, env) = (std::mem::take(&mut self.open), self.env());
        (self.open, self.frame) = (success.0, outer);
        self.set_env(&success.1);
        let failure = self.handlers[handler].failure;
        (value, arm.map(|arm| (arm, edges, failure, env)).into_iter().collect())
    }

    /// The catchers of a matched call: by arm, the edges that lead to it and the variable of what failed.
    fn catches(&mut self, node: NodeId, declared: &[ErrorVariant], arms: &[Arm], at: At) -> Vec<Taken> {
        let mut classes: Vec<Class> =
            declared.iter().map(|variant| Class::Declared(variant.ident, variant.name)).collect();
        let heartbeat = match &self.graph.nodes[node.0].kind {
            Kind::Task(task) => task.heartbeat_seconds.is_some(),
            Kind::Raw(raw) => raw.heartbeat,
            _ => return Vec::new(),
        };
        if heartbeat {
            classes.push(Class::Heartbeat);
        }
        classes.extend([Class::Timeout, Class::Rest]);
        let arm_of = |class: Class| arms.iter().position(|arm| takes(&arm.pattern, class));
        let rest = arm_of(Class::Rest);
        if rest.is_none() {
            self.unexpected(at, "a `match` that leaves failures out");
        }
        let (heartbeat, timeout) = (arm_of(Class::Heartbeat), arm_of(Class::Timeout));
        // A missed heartbeat is a timeout too: told apart only by a catcher of its own that stands first.
        let apart = classes.contains(&Class::Heartbeat) && heartbeat != timeout && timeout != rest;
        let mut entries: Vec<(usize, Vec<String>)> = Vec::new();
        for (index, _) in arms.iter().enumerate() {
            if apart && timeout == Some(index) {
                entries.extend(heartbeat.map(|arm| (arm, Class::Heartbeat.names())));
            }
            let mine = classes.iter().filter(|class| arm_of(**class) == Some(index) && rest != Some(index));
            let names: Vec<String> =
                mine.filter(|class| !(apart && **class == Class::Heartbeat)).flat_map(|class| class.names()).collect();
            if !names.is_empty() {
                entries.push((index, names));
            }
        }
        entries.extend(rest.map(|arm| (arm, Class::Rest.names())));
        let mut taken: Vec<Taken> = Vec::new();
        for (arm, names) in entries {
            let edge = self.catch(node, names);
            let known = taken.iter().position(|(known, ..)| *known == arm).unwrap_or_else(|| {
                let failure = self.graph.var(None, "failure");
                taken.push((arm, Vec::new(), failure, self.env()));
                taken.len() - 1
            });
            let (_, edges, failure, _) = &mut taken[known];
            edges.push(edge);
            self.graph.edge_mut(edge).assigns.push((*failure, Term::ErrorOutput));
        }
        taken
    }

    /// `child_errors`: of a workflow's call, whether the errors are declared.
    fn bind_failure(&mut self, pattern: &ResultPattern, failure: VarId, child_errors: Option<bool>, at: At) {
        let raw = if child_errors.is_some() { Term::Var(failure) } else { Term::ErrorOutput };
        let ResultPattern::Err([pattern]) = pattern else { return };
        match pattern {
            FailurePattern::All(Some(name)) | FailurePattern::Other(Some(name)) => {
                self.graph.vars[failure.0].name.get_or_insert(name);
                self.names.push((name, Typed::failure(Term::Var(failure))));
            }
            FailurePattern::Failed(Some(name)) if child_errors == Some(false) => {
                self.graph.vars[failure.0].name.get_or_insert(name);
                self.names.push((name, Typed::failure(Term::Var(failure))));
            }
            FailurePattern::Failed(Some(name)) => {
                // The type is the step's; only handing on and passing on are possible, so the shape is not needed here.
                let value = Typed::new(declared_error(raw), crate::payload::Type::Json);
                self.bind(&Pattern::Bind { name, at }, value);
                if let Some((_, bound)) = self.names.last_mut() {
                    bound.failure = Some(Term::Var(failure));
                }
            }
            FailurePattern::Variant { error, variant, fields } => self.bind_variant(&error(), variant, fields, raw, at),
            _ => {}
        }
    }

    fn bind_variant(&mut self, shape: &ErrorShape, variant: &str, fields: &VariantFields<Pattern>, raw: Term, at: At) {
        let value = Typed::new(declared_error(raw), shape.ty.clone());
        match fields {
            VariantFields::Unit => {}
            VariantFields::Tuple(patterns) => {
                for (index, pattern) in patterns.iter().enumerate() {
                    let part = self.variant_part(&value, variant, &index.to_string(), at);
                    self.bind(pattern, part);
                }
            }
            VariantFields::Struct(fields) => {
                for (field, pattern) in *fields {
                    let part = self.variant_part(&value, variant, field, at);
                    self.bind(pattern, part);
                }
            }
        }
    }
}

/// The serde JSON of the declared error that a catcher sees.
fn declared_error(raw: Term) -> Term {
    let parse = |text: Term| Term::Call("parse", vec![text]);
    parse(parse(raw.field("Cause")).field("errorMessage")).field("error")
}

/// Error and cause of a Fail that hands a failure on: `SendTaskFailure` may come without either.
pub(super) fn handed_on(failure: &Term) -> (Term, Term) {
    let or = |key: &str, otherwise: &str| {
        let part = failure.clone().field(key);
        Term::conditional(part.clone(), part, Term::string(otherwise))
    };
    (or("Error", "States.TaskFailed"), or("Cause", ""))
}

/// Whether an arm takes a declared error: this variant, or any.
pub(super) fn takes_declared(pattern: &ResultPattern, variant: Option<&'static str>) -> bool {
    takes(pattern, Class::Declared(variant.unwrap_or_default(), ""))
}

pub(super) fn takes_timeout(pattern: &ResultPattern) -> bool {
    takes(pattern, Class::Timeout)
}

pub(super) fn takes_rest(pattern: &ResultPattern) -> bool {
    takes(pattern, Class::Rest)
}

fn takes(pattern: &ResultPattern, class: Class) -> bool {
    match pattern {
        ResultPattern::Ok(_) => false,
        ResultPattern::Any => true,
        ResultPattern::Err(patterns) => patterns.iter().any(|pattern| match (pattern, class) {
            (FailurePattern::All(_), _)
            | (FailurePattern::Failed(_), Class::Declared(..))
            | (FailurePattern::TimedOut, Class::Timeout)
            | (FailurePattern::HeartbeatTimedOut, Class::Heartbeat)
            | (FailurePattern::Other(_), Class::Rest) => true,
            (FailurePattern::Variant { variant, .. }, Class::Declared(ident, _)) => *variant == ident,
            _ => false,
        }),
    }
}
