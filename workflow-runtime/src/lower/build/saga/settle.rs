//! Branches that settle: each ends well with what came of it and what it would undo, so that a sibling's failure loses
//! neither.

use super::super::{Builder, Fails, Frame, Returns};
use super::{Undos, scan};
use crate::lower::graph::{ContainerId, Edge, EdgeRef, Kind, NodeId, Target};
use crate::lower::ir::{At, Attributes, Expr};
use crate::lower::term::{Element, Term};
use crate::lower::typed::Typed;
use crate::payload::Type;

/// A branch or iteration that has been built.
pub(in crate::lower::build) struct Settled {
    pub(in crate::lower::build) value: Option<Typed>,
    /// Whether it may fail, hold undos, or have run some.
    fails: bool,
    holds: bool,
    unwinds: bool,
}

impl Builder<'_> {
    /// Whether a join's branches must settle.
    pub(in crate::lower::build) fn must_settle(&self, branches: &[Expr]) -> bool {
        self.form == scan::Form::Stack && branches.iter().any(|branch| scan::holds_undo(branch) || self.reports(branch))
    }

    /// Whether somebody may ask for what undos inside of it did.
    fn reports(&self, branch: &Expr) -> bool {
        scan::unwinds(branch) && scan::asks_for_report(self.program)
    }

    /// `try_join!` whose branches settle; control goes on where none of them failed.
    pub(in crate::lower::build) fn join_settled(
        &mut self,
        branches: &[Expr],
        attributes: &Attributes,
        at: At,
    ) -> Typed {
        let node = self.graph.node(self.container, Kind::Parallel(Vec::new()), attributes, at);
        self.enter(node);
        let open = std::mem::take(&mut self.open);
        let (mut containers, mut settled) = (Vec::new(), Vec::new());
        for branch in branches {
            let container = self.graph.container();
            containers.push(container);
            settled.push(self.settle(container, self.reports(branch), |builder| builder.branch(branch)));
        }
        self.open = open;
        self.graph.nodes[node.0].kind = Kind::Parallel(containers.clone());
        let (results, failed) = self.gather(node, &containers, &settled);
        if failed {
            let mut first = None;
            for (index, _) in settled.iter().enumerate().filter(|(_, branch)| branch.fails).rev() {
                let err = results.clone().item(u32::try_from(index).unwrap_or(u32::MAX)).field("err");
                first = Some(match first {
                    Some(later) => Term::conditional(Term::Call("exists", vec![err.clone()]), err, later),
                    None => err,
                });
            }
            let any = Term::Call("exists", vec![results.clone().field("err")]);
            self.fails_if(any, &first.unwrap_or_else(Term::null), at);
        }
        let mut types = Vec::new();
        let mut elements = Vec::new();
        let (mut external, mut poison) = (false, false);
        for (index, branch) in settled.into_iter().enumerate() {
            let term = results.clone().item(u32::try_from(index).unwrap_or(u32::MAX)).field("ok");
            let value = branch.value.unwrap_or_else(|| Typed::new(Term::null(), Type::Json));
            elements.push(Element { term, list: value.is_list() });
            external |= value.external;
            poison |= value.poison;
            types.push(value.ty);
        }
        let value = Typed::new(Term::Array(elements), Type::Tuple(types));
        Typed { external, poison, ..value }
    }

    /// Builds a container that ends with `{"ok", "undo"}` or `{"err", "undo"}`; `failed` where `reports`.
    pub(in crate::lower::build) fn settle(
        &mut self,
        container: ContainerId,
        reports: bool,
        body: impl FnOnce(&mut Self) -> Option<Typed>,
    ) -> Settled {
        let handler = self.handler();
        let outer = (self.container, self.frame, std::mem::take(&mut self.open));
        self.container = container;
        self.frame = Frame { returns: Returns::Settled { reports }, fails: Fails::Handler(handler), undo: Undos::NONE };
        self.open = vec![EdgeRef::Start(container)];
        let value = body(self);
        if let Some(value) = &value {
            self.deliver(value.clone());
        }
        let failure = Term::Var(self.handlers[handler].failure);
        let mut ways = std::mem::take(&mut self.handlers[handler].ways);
        let fails = !ways.is_empty();
        self.level(&mut ways);
        let undos: Vec<Undos> = ways.iter().map(|way| way.undo).collect();
        self.frame.undo = self.merge_undos(&undos);
        self.open = ways.into_iter().flat_map(|way| way.edges).collect();
        self.end_settled("err", failure, reports);
        let known = self.sagas.stacks.iter().find(|stack| stack.container == container);
        let holds = known.is_some_and(|stack| !stack.kinds.is_empty());
        (self.container, self.frame, self.open) = outer;
        Settled { value, fails, holds, unwinds: reports }
    }

    /// `{"ok": value, "undo": ..}` where a settled container ends.
    pub(in crate::lower::build) fn end_settled(&mut self, key: &str, value: Term, reports: bool) {
        let mut fields = vec![(key.to_owned(), value)];
        if self.frame.undo.height != Some(0) {
            let stack = self.stack();
            fields.push(("undo".to_owned(), Term::Var(self.sagas.stacks[stack].undo)));
        }
        if reports && self.frame.undo.unwound {
            fields.push(("failed".to_owned(), self.undo_failures()));
        }
        let end = Term::Object(fields);
        for edge in std::mem::take(&mut self.open) {
            self.graph.edge_mut(edge).target = Target::End(end.clone());
        }
    }

    /// Takes over what settled containers would undo: their results, and whether any may have failed.
    pub(in crate::lower::build) fn gather(
        &mut self,
        node: NodeId,
        containers: &[ContainerId],
        settled: &[Settled],
    ) -> (Term, bool) {
        // What escapes the containers loses their undos, and no others.
        self.failure_leaves(node);
        let results = self.graph.var(None, "results");
        self.graph.edge_mut(EdgeRef::Next(node)).assigns.push((results, Term::Result));
        if settled.iter().any(|branch| branch.holds) {
            let inner = self.sagas.stacks.iter().filter(|stack| containers.contains(&stack.container));
            let kinds: Vec<usize> = inner.flat_map(|stack| stack.kinds.iter().copied()).collect();
            let stack = self.stack();
            self.may_hold(stack, &kinds);
            self.push(stack, together(Term::Call("reverse", vec![Term::Result]).field("undo")));
            self.frame.undo.height = None;
        }
        if settled.iter().any(|branch| branch.unwinds) {
            let stack = self.stack();
            let before = self.undo_failures();
            let failed = self.sagas.stacks[stack].failed;
            let more = together(Term::Result.field("failed"));
            let all = if before == Term::Array(Vec::new()) { more } else { Term::Call("append", vec![before, more]) };
            self.assign(failed, &all);
            self.frame.undo.unwound = true;
        }
        (Term::Var(results), settled.iter().any(|branch| branch.fails))
    }

    /// A Choice that asks for an error; control goes on where there is none.
    pub(in crate::lower::build) fn fails_if(&mut self, failed: Term, error: &Term, at: At) {
        let rules = vec![(failed, Edge::default())];
        let choice = self.graph.node(self.container, Kind::Choice(rules), &Attributes::NONE, at);
        self.enter(choice);
        self.open = vec![EdgeRef::Rule(choice, 0)];
        self.fail_with(error, at);
        self.open = vec![EdgeRef::Next(choice)];
    }
}

/// The lists of all containers as one; also where none of them has any.
fn together(lists: Term) -> Term {
    Term::Call("append", vec![Term::Array(Vec::new()), lists])
}
