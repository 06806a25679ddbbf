//! Neighbouring Choices become one.

use std::collections::BTreeMap;

use super::graph::{Edge, Graph, Kind, NodeId, Target};
use super::term::{Term, VarId};
use super::variables::kind_terms;

/// What may be assigned between two Choices that become one: it is written out in the second's conditions.
const SIZE_MAX: usize = 12;

impl Graph {
    /// `if a { .. return } if b { .. }`: one Choice with two rules.
    pub(super) fn merge_choices(&mut self) {
        for id in self.node_ids() {
            while let Some(second) = self.mergeable(id) {
                let between = std::mem::take(&mut self.nodes[id.0].next).assigns;
                let values: BTreeMap<VarId, Term> = between.iter().cloned().collect();
                let default = self.nodes[second.0].next.clone();
                let Kind::Choice(more) = std::mem::replace(&mut self.nodes[second.0].kind, Kind::Pass) else { break };
                let more: Vec<(Term, Edge)> = more
                    .into_iter()
                    .map(|(condition, edge)| (condition.substitute(&values), self.after(&between, &values, edge)))
                    .collect();
                self.nodes[id.0].next = self.after(&between, &values, default);
                if let Kind::Choice(rules) = &mut self.nodes[id.0].kind {
                    rules.extend(more);
                }
                self.nodes[second.0].next.target = Target::Open;
            }
        }
    }

    fn mergeable(&self, id: NodeId) -> Option<NodeId> {
        let node = &self.nodes[id.0];
        let (Kind::Choice(_), Target::Node(second)) = (&node.kind, &node.next.target) else { return None };
        let other = &self.nodes[second.0];
        let plain = matches!(other.kind, Kind::Choice(_)) && other.wanted.is_none() && other.comment.is_none();
        let ways = self.reachable_edges().into_iter().filter(|edge| self.edge(*edge).target == Target::Node(*second));
        let small = node.next.assigns.iter().map(|(_, term)| term.size()).sum::<usize>() <= SIZE_MAX;
        (plain && *second != id && small && node.late == other.late && ways.count() == 1).then_some(*second)
    }

    /// The second Choice's way, with what was assigned before it.
    fn after(&self, between: &[(VarId, Term)], values: &BTreeMap<VarId, Term>, edge: Edge) -> Edge {
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
        for (var, term) in edge.assigns {
            whole.set(var, term.substitute(values));
        }
        whole
    }
}
