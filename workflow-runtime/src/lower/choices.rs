//! Choices that follow each other become one.
//!
//! `if a { if b { x } else { y } }` is one Choice: `a and b` to `x`, `a` to `y`. So is a loop's head with the tests that its
//! body begins with. A Choice is taken in where every way into it is another Choice's, so that nothing is left of it; JSONata's
//! `and` evaluates no more once its left side is false, and a Choice's rules are tried in order.

use std::collections::BTreeMap;

use super::graph::{Edge, EdgeRef, Graph, Kind, Node, NodeId, Target};
use super::term::{Term, VarId};
use super::variables::kind_terms;

/// How long a condition may be that is written before each of the tests which it is asked for.
const CONDITION_MAX: usize = 24;
/// What may be written once more: conditions and values that the tests of the second Choice are asked for.
const COPIED_MAX: usize = 160;
/// What may be written out in the second's conditions of the values assigned between.
const SUBSTITUTED_MAX: usize = 24;
/// How long such a value may be if it goes over a list.
const COMPUTED_MAX: usize = 12;

impl Graph {
    /// Takes in every Choice that only Choices lead to.
    pub(super) fn merge_choices(&mut self) {
        loop {
            let taken: Vec<NodeId> = self.node_ids().filter(|id| self.take_in(*id)).collect();
            if taken.is_empty() {
                return;
            }
        }
    }

    /// Writes a Choice's rules where its ways come from; whether it could be done.
    fn take_in(&mut self, second: NodeId) -> bool {
        let Some(ways) = self.ways_to_merge(second) else { return false };
        let node = &mut self.nodes[second.0];
        let Kind::Choice(rules) = std::mem::replace(&mut node.kind, Kind::Pass) else { return false };
        let default = std::mem::take(&mut node.next);
        // From the last, so that the numbers of the rules before stay what they are.
        for way in ways.iter().rev() {
            match *way {
                EdgeRef::Rule(first, index) => self.merge_into_rule(first, index, &rules, &default),
                EdgeRef::Next(first) => self.merge_into_default(first, &rules, &default),
                EdgeRef::Start(_) | EdgeRef::Catch(..) => {}
            }
        }
        let firsts = ways.iter().filter_map(|way| way.node());
        let edges: Vec<EdgeRef> = firsts.flat_map(|first| self.out_edges(first)).collect();
        for edge in edges {
            let through = self.past_decided(self.edge(edge).clone());
            *self.edge_mut(edge) = through;
        }
        true
    }

    /// A rule `c` becomes `c and d` for each of the second's rules `d`, then `c` for its default.
    fn merge_into_rule(&mut self, first: NodeId, index: usize, rules: &[(Term, Edge)], default: &Edge) {
        let Kind::Choice(known) = &mut self.nodes[first.0].kind else { return };
        let (condition, between) = known.remove(index);
        let (more, last) = self.continued(&between, rules, default);
        let both = |(test, edge): (Term, Edge)| (condition.clone().and_then(test), edge);
        let mut whole: Vec<(Term, Edge)> = more.into_iter().map(both).collect();
        // What the default does anyway needs no rule; the condition was evaluated with the others.
        let next = &self.nodes[first.0].next;
        let default_too = !whole.is_empty() && (&last.target, &last.assigns) == (&next.target, &next.assigns);
        let is_last = matches!(&self.nodes[first.0].kind, Kind::Choice(known) if known.len() == index);
        if !(is_last && default_too) {
            whole.push((condition.clone(), last));
        }
        if let Kind::Choice(known) = &mut self.nodes[first.0].kind {
            known.splice(index..index, whole);
        }
    }

    /// The second's rules come after the first's own.
    fn merge_into_default(&mut self, first: NodeId, rules: &[(Term, Edge)], default: &Edge) {
        let between = std::mem::take(&mut self.nodes[first.0].next);
        let (more, last) = self.continued(&between, rules, default);
        self.nodes[first.0].next = last;
        if let Kind::Choice(known) = &mut self.nodes[first.0].kind {
            known.extend(more);
        }
    }

    /// The second Choice as the way sees it: its rules, as far as they are not decided, and where it goes otherwise.
    fn continued(&self, way: &Edge, rules: &[(Term, Edge)], default: &Edge) -> (Vec<(Term, Edge)>, Edge) {
        let values: BTreeMap<VarId, Term> = way.assigns.iter().cloned().collect();
        let whole = |edge: &Edge| self.after(&way.assigns, &values, edge);
        let mut more = Vec::new();
        for (condition, edge) in rules {
            let condition = condition.substitute(&values);
            match condition.decided() {
                Some(true) => return (more, whole(edge)),
                Some(false) => {}
                None => more.push((condition, whole(edge))),
            }
        }
        (more, whole(default))
    }

    /// The ways into a Choice that can be taken in, in the order of states and rules.
    fn ways_to_merge(&self, second: NodeId) -> Option<Vec<EdgeRef>> {
        let node = &self.nodes[second.0];
        let Kind::Choice(rules) = &node.kind else { return None };
        let edges = rules.iter().map(|(_, edge)| edge).chain([&node.next]);
        let mut terms =
            rules.iter().map(|(test, _)| test).chain(edges.flat_map(|edge| &edge.assigns).map(|(_, it)| it));
        if node.wanted.is_some() || node.comment.is_some() || terms.any(Term::reads_place) {
            return None;
        }
        let leads = |edge: &EdgeRef| self.edge(*edge).target == Target::Node(second);
        let mut ways: Vec<EdgeRef> = self.reachable_edges().into_iter().filter(leads).collect();
        // Rules before the default: numbers are used from the last.
        ways.sort_by_key(|way| (way.node(), matches!(way, EdgeRef::Next(_))));
        let mut copied = 0;
        for way in &ways {
            let first = way.node().filter(|first| *first != second)?;
            copied += self.copied(&self.nodes[first.0], *way, node, rules)?;
        }
        // What is written once is only moved.
        let whole: usize = rules.iter().map(|(test, edge)| test.size() + edge_size(edge)).sum();
        copied += whole * ways.len().saturating_sub(1);
        (!ways.is_empty() && copied <= COPIED_MAX).then_some(ways)
    }

    /// How much is written once more where one way is merged, if it can be.
    fn copied(&self, first: &Node, way: EdgeRef, second: &Node, rules: &[(Term, Edge)]) -> Option<usize> {
        let Kind::Choice(before) = &first.kind else { return None };
        if first.late != second.late {
            return None;
        }
        let between = self.edge(way);
        let edges = || rules.iter().map(|(_, edge)| edge).chain([&second.next]);
        let mut substituted = 0;
        for (var, term) in &between.assigns {
            let in_tests: usize = rules.iter().map(|(test, _)| test.reads(*var)).sum();
            let assigned = edges().flat_map(|edge| &edge.assigns).map(|(_, value)| value.reads(*var));
            let reads = in_tests + assigned.sum::<usize>();
            let twice = in_tests == 0 || term.is_cheap() || term.size() <= COMPUTED_MAX;
            if reads > 0 && (term.is_volatile() || !twice) {
                return None;
            }
            substituted += reads * term.size();
        }
        let kept = edge_size(between) * rules.len();
        let repeated = match way {
            EdgeRef::Rule(_, index) => {
                let (condition, _) = &before[index];
                let cheap = condition.is_cheap() && !condition.is_volatile() && condition.size() <= CONDITION_MAX;
                if !cheap {
                    return None;
                }
                condition.size() * rules.len()
            }
            _ => 0,
        };
        (substituted <= SUBSTITUTED_MAX).then_some(kept + repeated)
    }

    /// The second Choice's way, with what was assigned before it.
    pub(super) fn after(&self, between: &[(VarId, Term)], values: &BTreeMap<VarId, Term>, edge: &Edge) -> Edge {
        // Nothing but the state itself reads a variable at an end.
        let read_at_end = |var: VarId| match edge.target {
            Target::Node(target) => match &self.nodes[target.0].kind {
                kind @ (Kind::Succeed(_) | Kind::Fail { .. }) => {
                    let mut read = false;
                    for term in kind_terms(kind) {
                        term.each_var(&mut |known| read |= known == var);
                    }
                    read
                }
                _ => true,
            },
            Target::Open | Target::End(_) => true,
        };
        let kept = between.iter().filter(|(var, _)| read_at_end(*var)).cloned().collect();
        let mut whole = Edge { target: edge.target.clone(), assigns: kept, ..Edge::default() };
        for (var, term) in &edge.assigns {
            whole.set(*var, term.substitute(values));
        }
        whole
    }
}

fn edge_size(edge: &Edge) -> usize {
    edge.assigns.iter().map(|(_, term)| term.size()).sum()
}

impl Term {
    /// `self and other`; where somebody else wrote the other, whatever it yields is what the Choice sees.
    fn and_then(self, other: Self) -> Self {
        if other.is_handwritten() {
            return Self::conditional(self, other, Self::Literal(serde_json::Value::Bool(false)));
        }
        Self::binary("and", self, other)
    }

    fn is_handwritten(&self) -> bool {
        matches!(self, Self::Handwritten(_)) || self.parts().into_iter().any(Self::is_handwritten)
    }

    /// Whether it tells of the state that it is evaluated in.
    pub(super) fn reads_place(&self) -> bool {
        match self {
            Self::Context(path) => path.starts_with("State"),
            Self::Handwritten(written) => super::handwritten::mentions(&written.text, "states"),
            other => other.parts().into_iter().any(Self::reads_place),
        }
    }

    /// Whether it may be evaluated more than once: it goes over no list, but for its length.
    fn is_cheap(&self) -> bool {
        match self {
            Self::Call("count", arguments) if arguments.iter().all(Self::is_path) => true,
            Self::Handwritten(_) => false,
            other if other.parts().is_empty() => true,
            Self::Function(..) | Self::KeepArray(_) | Self::Operator("in", ..) => false,
            Self::Call(name, _) if Self::call(name, []).is_heavy() => false,
            other => other.parts().into_iter().all(Self::is_cheap),
        }
    }
}
