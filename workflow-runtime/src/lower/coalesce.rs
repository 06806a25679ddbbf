//! One variable of the machine for one `let mut`.
//!
//! Building gives a variable a new name wherever ways bring it different values. Those of one `let mut` become one again,
//! unless one of them is still read after another has been assigned: then both values are needed at a time.

use std::collections::{BTreeMap, BTreeSet};

use super::carry::Given;
use super::graph::{EdgeRef, Graph, NodeId, Target};
use super::term::{Term, VarId};
use super::variables::{kind_terms, kind_terms_mut};

type Pairs = BTreeSet<(VarId, VarId)>;

/// Merges what can be one; tells what each merged variable became.
pub(super) fn coalesce(graph: &mut Graph, live: &BTreeSet<VarId>, given: &Given) -> BTreeMap<VarId, VarId> {
    let mut by_decl: BTreeMap<usize, Vec<VarId>> = BTreeMap::new();
    for (index, var) in graph.vars.iter().enumerate() {
        let is_given = given.values().any(|vars| vars.contains_key(&VarId(index)));
        if let Some(decl) = var.decl.filter(|_| live.contains(&VarId(index)) && !is_given) {
            by_decl.entry(decl).or_default().push(VarId(index));
        }
    }
    if by_decl.is_empty() {
        return BTreeMap::new();
    }
    let apart = interferences(graph);
    let mut became = BTreeMap::new();
    for vars in by_decl.into_values() {
        let mut classes: Vec<Vec<VarId>> = Vec::new();
        for var in vars {
            let free = |class: &&mut Vec<VarId>| class.iter().all(|known| !apart.contains(&pair(*known, var)));
            match classes.iter_mut().find(free) {
                Some(class) => {
                    became.insert(var, class[0]);
                    class.push(var);
                }
                None => classes.push(vec![var]),
            }
        }
    }
    rename(graph, &became);
    became
}

fn pair(a: VarId, b: VarId) -> (VarId, VarId) {
    (a.min(b), a.max(b))
}

/// Variables of which one is assigned while the other's value is still needed.
fn interferences(graph: &Graph) -> Pairs {
    let needed = needed(graph);
    let mut apart = Pairs::new();
    for edge in graph.reachable_edges() {
        let edge = graph.edge(edge);
        let after = match edge.target {
            Target::Node(target) => &needed[target.0],
            Target::Open | Target::End(_) => continue,
        };
        for (var, term) in &edge.assigns {
            for other in after.iter().filter(|other| *other != var) {
                let assigned = edge.assigns.iter().find(|(known, _)| known == other);
                let alike = match assigned {
                    Some((_, value)) => value == term,
                    None => *term == Term::Var(*other),
                };
                if !alike {
                    apart.insert(pair(*var, *other));
                }
            }
        }
    }
    apart
}

/// The variables whose values are still read from each state on.
fn needed(graph: &Graph) -> Vec<BTreeSet<VarId>> {
    let reached = graph.reachable();
    let mut needed: Vec<BTreeSet<VarId>> = vec![BTreeSet::new(); graph.nodes.len()];
    loop {
        let mut changed = false;
        for id in graph.node_ids().filter(|id| reached[id.0]).collect::<Vec<_>>().into_iter().rev() {
            let now = needed_in(graph, id, &needed);
            if now.len() != needed[id.0].len() {
                needed[id.0] = now;
                changed = true;
            }
        }
        if !changed {
            return needed;
        }
    }
}

fn needed_in(graph: &Graph, id: NodeId, needed: &[BTreeSet<VarId>]) -> BTreeSet<VarId> {
    let mut now = BTreeSet::new();
    let mut read = |term: &Term| {
        term.each_var(&mut |var| {
            if graph.vars[var.0].decl.is_some() {
                now.insert(var);
            }
        });
    };
    let node = &graph.nodes[id.0];
    kind_terms(&node.kind).into_iter().for_each(&mut read);
    let mut edges = graph.out_edges(id);
    edges.extend(graph.inside(id).into_iter().map(EdgeRef::Start));
    for edge in &edges {
        let edge = graph.edge(*edge);
        edge.assigns.iter().for_each(|(_, term)| read(term));
        if let Target::End(term) = &edge.target {
            read(term);
        }
    }
    for edge in edges {
        let edge = graph.edge(edge);
        if let Target::Node(target) = edge.target {
            let kept = needed[target.0].iter().filter(|var| edge.assigns.iter().all(|(known, _)| known != *var));
            now.extend(kept);
        }
    }
    now
}

fn rename(graph: &mut Graph, became: &BTreeMap<VarId, VarId>) {
    if became.is_empty() {
        return;
    }
    let values: BTreeMap<VarId, Term> = became.iter().map(|(from, to)| (*from, Term::Var(*to))).collect();
    for id in graph.node_ids() {
        for term in kind_terms_mut(&mut graph.nodes[id.0].kind) {
            *term = term.substitute(&values);
        }
    }
    for edge in graph.reachable_edges() {
        let edge = graph.edge_mut(edge);
        let assigns = std::mem::take(&mut edge.assigns);
        for (var, term) in assigns {
            // What a Map's iteration reads from its input is assigned by its own name.
            let given = term == Term::Var(var);
            let var = became.get(&var).copied().unwrap_or(var);
            let term = term.substitute(&values);
            if given || term != Term::Var(var) {
                edge.set(var, term);
            }
        }
        if let Target::End(term) = &mut edge.target {
            *term = term.substitute(&values);
        }
    }
}
