//! Assignments of undos that nothing reads any more.

use std::collections::BTreeSet;

use super::super::Builder;
use crate::lower::graph::{EdgeRef, Graph, NodeId, Target};
use crate::lower::term::VarId;
use crate::lower::variables::kind_terms;

impl Builder<'_> {
    /// Drops what stands on an edge after which nobody undoes anything.
    pub(in crate::lower::build) fn drop_idle_undos(&mut self) {
        let vars: Vec<VarId> = self.sagas.stacks.iter().flat_map(|stack| [stack.undo, stack.failed]).collect();
        for var in vars {
            for edge in self.graph.reachable_edges() {
                let idle = self.graph.edge(edge).assigns.iter().any(|(assigned, _)| *assigned == var)
                    && !read_on(&self.graph, edge, var)
                    && !read_after(&self.graph, edge, var);
                if idle {
                    self.graph.edge_mut(edge).assigns.retain(|(assigned, _)| *assigned != var);
                }
            }
        }
    }
}

/// Whether something else on the edge reads it.
fn read_on(graph: &Graph, edge: EdgeRef, var: VarId) -> bool {
    let edge = graph.edge(edge);
    let mut read = false;
    for (assigned, term) in &edge.assigns {
        if *assigned != var {
            term.each_var(&mut |found| read |= found == var);
        }
    }
    for (_, term) in &edge.copies {
        term.each_var(&mut |found| read |= found == var);
    }
    if let Target::End(term) = &edge.target {
        term.each_var(&mut |found| read |= found == var);
    }
    read
}

/// Whether a state behind the edge reads it; what only keeps it up to date does not count.
fn read_after(graph: &Graph, edge: EdgeRef, var: VarId) -> bool {
    let mut seen: BTreeSet<NodeId> = BTreeSet::new();
    let mut open = vec![edge];
    while let Some(edge) = open.pop() {
        let Target::Node(node) = graph.edge(edge).target else { continue };
        if !seen.insert(node) {
            continue;
        }
        let mut read = false;
        for term in kind_terms(&graph.nodes[node.0].kind) {
            term.each_var(&mut |found| read |= found == var);
        }
        let edges = graph.out_edges(node);
        if read || edges.iter().any(|edge| read_on(graph, *edge, var)) {
            return true;
        }
        open.extend(edges);
        open.extend(graph.inside(node).into_iter().map(EdgeRef::Start));
    }
    false
}
