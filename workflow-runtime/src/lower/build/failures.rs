//! Failures: `?`, `Err(..)`, and the kinds that catchers tell apart.

use super::saga::Due;
use super::{Builder, Fails, Handler, Mode};
use crate::lower::graph::{Catch, Edge, EdgeRef, FailName, Kind, NodeId, Target};
use crate::lower::ir::{At, Attributes, Expr, ExprKind};
use crate::lower::term::Term;
use crate::lower::typed::Typed;

/// A kind of failure that a call may end with; every failure is of exactly one.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Class {
    /// A declared error: Rust's name of the variant and the name on the wire.
    Declared(&'static str, &'static str),
    Heartbeat,
    Timeout,
    Rest,
}

impl Class {
    pub(super) fn names(self) -> Vec<String> {
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
        self.handlers.push(Handler {
            ways: Vec::new(),
            failure,
            mark: Term::Literal(serde_json::Value::from(0)),
            height: Some(0),
        });
        self.handlers.len() - 1
    }

    /// `?` on a Task or Parallel: a catcher where somebody waits for the failure, else none.
    pub(super) fn failure_leaves(&mut self, node: NodeId) {
        let raw = self.failure_term(node);
        let leaves = self.frame.fails == Fails::Leave && self.frame.undo.due.is_none();
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
        match (self.frame.fails, self.frame.undo.due) {
            (Fails::Handler(handler), _) => {
                self.assign(self.handlers[handler].failure, raw);
                let way = self.way(Some(Typed::unit()));
                self.handlers[handler].ways.extend(way);
            }
            (Fails::Leave, Some(due)) => {
                let failure = self.leaving_failure();
                self.assign(failure, raw);
                match due {
                    Due::Chain(link) => self.links[link.0].entries.append(&mut self.open),
                    Due::Stack => self.leave_by_stack(),
                }
            }
            (Fails::Leave, None) => return false,
        }
        true
    }

    /// `Err(failure)` where a body ends or returns.
    pub(super) fn raise(&mut self, failure: &Expr, attributes: &Attributes, at: At) -> Option<Typed> {
        if let ExprKind::ErrorValue { error: shape, variant, fields } = &failure.kind {
            let shape = shape();
            let Some(known) = shape.variants.iter().find(|known| known.ident == *variant) else {
                self.unexpected(failure.at, "this error variant");
                self.open.clear();
                return None;
            };
            let cause = self.cause_text(&shape, known, fields, failure.at)?;
            let error = Term::string(known.name);
            let raw = Term::Object(vec![("Error".to_owned(), error.clone()), ("Cause".to_owned(), cause.clone())]);
            let end = Kind::Fail { error, cause, names: FailName::Raised(known.name) };
            self.fail_or_end(&raw, end, attributes, at);
        } else {
            let value = self.eval(failure, Mode::Value)?;
            let Some(left) = value.failure else {
                if !value.poison {
                    self.unexpected(failure.at, "this failure");
                }
                self.open.clear();
                return None;
            };
            let name = FailName::HandsOn(match left {
                Term::Var(var) => var,
                _ => self.graph.var(None, "failure"),
            });
            self.fail_or_end(&left, fail_again(&left, name), attributes, at);
        }
        None
    }

    fn fail_or_end(&mut self, raw: &Term, end: Kind, attributes: &Attributes, at: At) {
        if self.fail(raw) {
            return;
        }
        let node = self.graph.node(self.container, end, attributes, at);
        for edge in std::mem::take(&mut self.open) {
            self.graph.edge_mut(edge).target = Target::Node(node);
        }
    }

    /// Fails with `{"Error", "Cause"}` that came from elsewhere.
    pub(super) fn fail_with(&mut self, raw: &Term, at: At) {
        let name = FailName::HandsOn(self.graph.var(None, "failure"));
        self.fail_or_end(raw, fail_again(raw, name), &Attributes::NONE, at);
    }
}

/// A Fail that repeats a failure.
pub(super) fn fail_again(failure: &Term, names: FailName) -> Kind {
    let (error, cause) = handed_on(failure);
    Kind::Fail { error, cause, names }
}

/// Error and cause of a Fail that hands a failure on: `SendTaskFailure` may come without either.
pub(super) fn handed_on(failure: &Term) -> (Term, Term) {
    let or = |key: &str, otherwise: &str| {
        let part = failure.clone().field(key);
        Term::conditional(part.clone(), part, Term::string(otherwise))
    };
    (or("Error", "States.TaskFailed"), or("Cause", ""))
}
