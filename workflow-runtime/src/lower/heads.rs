//! Where loops begin: heads are left out where the ways into them assign themselves.

use std::collections::BTreeMap;

use super::graph::{EdgeRef, Graph, Kind, NodeId, Target};
use super::ir::At;

impl Graph {
    /// The loops that never end and in which nothing waits: the machine would spin.
    pub(super) fn spinning(&self) -> Vec<At> {
        let reached = self.reachable();
        let mut goes_on: Vec<bool> =
            self.nodes.iter().map(|node| !matches!(node.kind, Kind::Choice(_) | Kind::Pass)).collect();
        loop {
            let more: Vec<NodeId> = self
                .node_ids()
                .filter(|id| !goes_on[id.0])
                .filter(|id| {
                    self.out_edges(*id).into_iter().any(|edge| match self.edge(edge).target {
                        Target::Node(target) => goes_on[target.0],
                        Target::End(_) => true,
                        Target::Open => false,
                    })
                })
                .collect();
            if more.is_empty() {
                break;
            }
            for id in more {
                goes_on[id.0] = true;
            }
        }
        let heads = self.node_ids().filter(|id| reached[id.0] && !goes_on[id.0] && self.nodes[id.0].head);
        heads.map(|id| self.nodes[id.0].at).collect()
    }

    /// Leads every way into a head to what comes after it, with the head's assignments; a head stays, as a Pass, for the
    /// ways that cannot assign.
    pub(super) fn bypass_heads(&mut self) {
        for id in self.node_ids() {
            if !self.nodes[id.0].head || !matches!(self.nodes[id.0].kind, Kind::Pass) {
                continue;
            }
            for edge in self.reachable_edges() {
                if self.edge(edge).target == Target::Node(id) && edge != EdgeRef::Next(id) {
                    self.bypass(edge, id);
                }
            }
        }
    }

    fn bypass(&mut self, way: EdgeRef, head: NodeId) {
        let after = self.nodes[head.0].next.clone();
        let mut through = self.edge(way).clone();
        let values: BTreeMap<_, _> = through.assigns.iter().cloned().collect();
        for (var, term) in after.assigns {
            let term = term.substitute(&values);
            let hosted = match way {
                EdgeRef::Start(_) => false,
                EdgeRef::Next(node) => term.is_total() || !self.handles_evaluation(node),
                EdgeRef::Rule(..) | EdgeRef::Catch(..) => true,
            };
            if !hosted {
                return;
            }
            through.set(var, term);
        }
        through.target = after.target;
        *self.edge_mut(way) = through;
    }
}
