//! `#[compensate]`: the chain of undos.
//!
//! Each failure that leaves the workflow enters the chain at the undo registered last; an undo's success and failure alike
//! lead to the next. A conditional link asks whether its `let` was reached. Nothing stands on the way of success.

use super::Builder;
use super::saga::Due;
use crate::lower::codes;
use crate::lower::graph::{Catch, ContainerId, Edge, EdgeRef, FailName, Kind, NodeId, Target, TaskNode};
use crate::lower::ir::{At, Attributes, Expr, ExprKind, SpecOf};
use crate::lower::term::{Term, VarId};
use crate::lower::typed::Typed;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LinkId(pub(super) usize);

/// An undo.
#[derive(Clone)]
pub(super) struct Comp {
    task: TaskNode,
    wanted: Option<&'static str>,
    comment: Option<String>,
    /// Assigned exactly where the undo is due.
    marker: VarId,
    direct: LinkId,
    at: At,
}

/// `refund(payment)`
pub(super) struct UndoCall<'e> {
    pub(super) step: SpecOf,
    pub(super) arguments: &'e [Expr],
    pub(super) values: Vec<Typed>,
    pub(super) attributes: &'e Attributes,
}

/// A place to enter the chain.
#[derive(Clone)]
pub(super) struct Link {
    comp: usize,
    conditional: bool,
    below: Option<LinkId>,
    pub(super) entries: Vec<EdgeRef>,
}

impl Builder<'_> {
    /// An undo's call, whose arguments must not fail when it is due.
    pub(super) fn undo_call<'e>(&mut self, undo: &'e Expr) -> Option<UndoCall<'e>> {
        let ExprKind::Call { step, arguments, attributes } = &undo.kind else {
            self.unexpected(undo.at, "this undo");
            return None;
        };
        let values = self.arguments(&step(), arguments)?;
        for (argument, value) in arguments.iter().zip(&values) {
            if !value.poison && !value.term.is_total() {
                self.fault(
                    codes::UNDO_ARGUMENT,
                    argument.at,
                    "this argument may fail when the undo is due, and the undo would be lost: bind it with `let` before the step",
                );
            }
        }
        Some(UndoCall { step: *step, arguments, values, attributes })
    }

    pub(super) fn link_undo(&mut self, undo: &Expr, call: UndoCall<'_>, bound: &Typed) {
        let UndoCall { step, arguments, values, attributes } = call;
        let spec = step();
        let marker = if let Term::Var(var) = bound.term {
            var
        } else {
            let var = self.graph.var(None, format!("{}_due", spec.ident));
            self.assign(var, &Term::Literal(serde_json::Value::Bool(true)));
            var
        };
        let task = self.task(&spec, arguments, values, attributes, undo.at);
        let comment = attributes.comment.unwrap_or(spec.doc).trim();
        let direct = LinkId(self.links.len());
        self.comps.push(Comp {
            task,
            wanted: attributes.state,
            comment: (!comment.is_empty()).then(|| comment.to_owned()),
            marker,
            direct,
            at: undo.at,
        });
        self.link(self.comps.len() - 1, false, self.frame.undo.chain());
        self.frame.undo.due = Some(Due::Chain(direct));
    }

    fn link(&mut self, comp: usize, conditional: bool, below: Option<LinkId>) -> LinkId {
        self.links.push(Link { comp, conditional, below, entries: Vec::new() });
        LinkId(self.links.len() - 1)
    }

    /// What is due after ways met: the common part, then what only some of them registered, conditionally.
    pub(super) fn merge_chains(&mut self, undos: &[Option<LinkId>]) -> Option<LinkId> {
        let first = *undos.first()?;
        if undos.iter().all(|undo| *undo == first) {
            return first;
        }
        let chains: Vec<Vec<LinkId>> = undos.iter().map(|undo| self.chain(*undo)).collect();
        let shortest = chains.iter().map(Vec::len).min().unwrap_or(0);
        let common = (0..shortest).take_while(|i| chains.iter().all(|chain| chain[*i] == chains[0][*i])).count();
        let mut below = common.checked_sub(1).map(|last| chains[0][last]);
        let mut seen = Vec::new();
        for link in chains.iter().flat_map(|chain| &chain[common..]) {
            let comp = self.links[link.0].comp;
            if !seen.contains(&comp) {
                seen.push(comp);
                below = Some(self.link(comp, true, below));
            }
        }
        below
    }

    /// From the undo registered first.
    fn chain(&self, top: Option<LinkId>) -> Vec<LinkId> {
        let mut chain: Vec<LinkId> = std::iter::successors(top, |link| self.links[link.0].below).collect();
        chain.reverse();
        chain
    }

    /// Builds the undos that some failure can reach, last registered first, and the Fail at their end.
    pub(super) fn close_undos(&mut self) {
        let mut last = Vec::new();
        for index in (0..self.links.len()).rev() {
            let entries = std::mem::take(&mut self.links[index].entries);
            if entries.is_empty() {
                continue;
            }
            let Link { comp, conditional, below, .. } = self.links[index];
            let (kind, leaving);
            let comp = &self.comps[comp];
            let direct = comp.direct;
            if conditional {
                let due = Term::Call("exists", vec![Term::Var(comp.marker)]);
                kind = Kind::Choice(vec![(due, Edge::default())]);
            } else {
                kind = Kind::Task(Box::new(comp.task.clone()));
            }
            let (wanted, comment, at) = (comp.wanted, comp.comment.clone(), comp.at);
            let node = self.graph.node(ContainerId(0), kind, &Attributes::NONE, at);
            self.graph.nodes[node.0].late = true;
            if conditional {
                self.links[direct.0].entries.push(EdgeRef::Rule(node, 0));
                leaving = vec![EdgeRef::Next(node)];
            } else {
                let state = &mut self.graph.nodes[node.0];
                (state.wanted, state.comment) = (wanted, comment);
                state.catch.push(Catch { names: vec!["States.ALL".to_owned()], edge: Edge::default() });
                leaving = vec![EdgeRef::Next(node), EdgeRef::Catch(node, 0)];
            }
            for edge in entries {
                self.graph.edge_mut(edge).target = Target::Node(node);
            }
            match below {
                Some(below) => self.links[below.0].entries.extend(leaving),
                None => last.extend(leaving),
            }
        }
        if last.is_empty() {
            return;
        }
        let node = self.last_failure();
        for edge in last {
            self.graph.edge_mut(edge).target = Target::Node(node);
        }
    }

    /// The variable of the failure that leaves the machine once everything is undone.
    pub(super) fn leaving_failure(&mut self) -> VarId {
        *self.first_failure.get_or_insert_with(|| self.graph.var(None, "failure"))
    }

    /// The Fail at the end of all undos.
    pub(super) fn last_failure(&mut self) -> NodeId {
        let failure = self.leaving_failure();
        let kind = super::failures::fail_again(&Term::Var(failure), FailName::HandsOn(failure));
        let node = self.graph.node(ContainerId(0), kind, &Attributes::NONE, At::default());
        self.graph.nodes[node.0].late = true;
        node
    }
}
