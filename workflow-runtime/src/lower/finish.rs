//! From the graph to ASL: what is not read is not assigned, ends fold into the states before them, everything gets a name.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{ContainerId, Edge, EdgeRef, Graph, Kind, Node, NodeId, Target};
use super::ir::Attributes;
use super::term::{Term, VarId};

/// Makes the graph what it is written as.
pub(super) fn finish(graph: &mut Graph) {
    inline_once(graph);
    resolve_edges(graph);
    place_ends(graph);
    pass_at_start(graph);
    drop_dead(graph);
}

fn each_term(graph: &Graph, tell: &mut dyn FnMut(&Term)) {
    for (id, reached) in graph.node_ids().zip(graph.reachable()) {
        if reached {
            kind_terms(&graph.nodes[id.0].kind).into_iter().for_each(&mut *tell);
        }
    }
    for edge in graph.reachable_edges() {
        let edge = graph.edge(edge);
        edge.assigns.iter().for_each(|(_, term)| tell(term));
        if let Target::End(term) = &edge.target {
            tell(term);
        }
    }
}

fn kind_terms(kind: &Kind) -> Vec<&Term> {
    use super::graph::WaitFor;
    match kind {
        Kind::Task(task) => vec![&task.payload],
        Kind::Choice(rules) => rules.iter().map(|(condition, _)| condition).collect(),
        Kind::Wait(WaitFor::Seconds(term) | WaitFor::Until(term)) | Kind::Succeed(term) => vec![term],
        Kind::Fail { error, cause, .. } => vec![error, cause],
        Kind::Parallel(_) | Kind::Pass => Vec::new(),
    }
}

fn kind_terms_mut(kind: &mut Kind) -> Vec<&mut Term> {
    use super::graph::WaitFor;
    match kind {
        Kind::Task(task) => vec![&mut task.payload],
        Kind::Choice(rules) => rules.iter_mut().map(|(condition, _)| condition).collect(),
        Kind::Wait(WaitFor::Seconds(term) | WaitFor::Until(term)) | Kind::Succeed(term) => vec![term],
        Kind::Fail { error, cause, .. } => vec![error, cause],
        Kind::Parallel(_) | Kind::Pass => Vec::new(),
    }
}

/// A computed `let` that is read once is written where it is read.
fn inline_once(graph: &mut Graph) {
    let mut reads: BTreeMap<VarId, usize> = BTreeMap::new();
    each_term(graph, &mut |term| term.each_var(&mut |var| *reads.entry(var).or_default() += 1));
    let once = |var: &VarId| reads.get(var) == Some(&1);
    let mut values: BTreeMap<VarId, Term> = BTreeMap::new();
    for index in 0..graph.vars.len() {
        let var = VarId(index);
        if let Some(term) = &graph.vars[index].inline
            && once(&var)
            && !term.is_fresh()
        {
            let term = term.substitute(&values);
            values.insert(var, term);
        }
    }
    if values.is_empty() {
        return;
    }
    for node in &mut graph.nodes {
        for term in kind_terms_mut(&mut node.kind) {
            *term = term.substitute(&values);
        }
    }
    for edge in all_edges(graph) {
        let edge = graph.edge_mut(edge);
        edge.assigns.retain(|(var, _)| !values.contains_key(var));
        for (_, term) in &mut edge.assigns {
            *term = term.substitute(&values);
        }
        if let Target::End(term) = &mut edge.target {
            *term = term.substitute(&values);
        }
    }
}

fn all_edges(graph: &Graph) -> Vec<EdgeRef> {
    let starts = (0..graph.containers.len()).map(|index| EdgeRef::Start(ContainerId(index)));
    starts.chain(graph.node_ids().flat_map(|id| graph.out_edges(id))).collect()
}

/// On one edge all right-hand sides see the variables as they were before it.
fn resolve_edges(graph: &mut Graph) {
    for edge in all_edges(graph) {
        let edge = graph.edge_mut(edge);
        let mut values: BTreeMap<VarId, Term> = BTreeMap::new();
        for (var, term) in &mut edge.assigns {
            *term = term.substitute(&values);
            values.insert(*var, term.clone());
        }
    }
}

/// Whether a failing `Output` would be tried again or caught here, and the step would run twice.
fn catches_evaluation(node: &Node) -> bool {
    let matches =
        |names: &[String]| names.iter().any(|name| name == "States.ALL" || name == "States.QueryEvaluationError");
    let retried =
        matches!(&node.kind, Kind::Task(task) if task.retry.iter().any(|retrier| matches(&retrier.error_equals)));
    retried || node.catch.iter().any(|catch| matches(&catch.names))
}

/// Whether the state that this edge leaves can itself end the machine with this output.
fn folds(graph: &Graph, edge: EdgeRef, output: &Term) -> bool {
    let EdgeRef::Next(id) = edge else { return false };
    let node = &graph.nodes[id.0];
    match node.kind {
        Kind::Task(_) | Kind::Parallel(_) => output.is_total() || !catches_evaluation(node),
        Kind::Wait(_) | Kind::Pass => true,
        _ => false,
    }
}

/// Ends that no state can hold get a Succeed; equal ones share it.
fn place_ends(graph: &mut Graph) {
    let mut placed: Vec<(ContainerId, Term, NodeId)> = Vec::new();
    for edge in graph.reachable_edges() {
        let Target::End(term) = graph.edge(edge).target.clone() else { continue };
        let folded = graph.edge(edge).inline(&term);
        if folds(graph, edge, &folded) {
            let edge = graph.edge_mut(edge);
            edge.target = Target::End(folded);
            edge.assigns.clear();
            continue;
        }
        let term = if term.is_fresh() {
            let var = graph.var(None, "result");
            graph.edge_mut(edge).assigns.push((var, term));
            Term::Var(var)
        } else {
            term
        };
        let container = match edge {
            EdgeRef::Start(container) => container,
            EdgeRef::Next(node) | EdgeRef::Rule(node, _) | EdgeRef::Catch(node, _) => graph.nodes[node.0].container,
        };
        let known = placed.iter().find(|(c, t, _)| *c == container && *t == term).map(|(.., node)| *node);
        let node = known.unwrap_or_else(|| {
            let at = edge.node().map(|node| graph.nodes[node.0].at).unwrap_or_default();
            let node = graph.node(container, Kind::Succeed(term.clone()), &Attributes::NONE, at);
            placed.push((container, term, node));
            node
        });
        graph.edge_mut(edge).target = Target::Node(node);
    }
}

/// Nothing stands before the first state that could assign: a Pass does.
fn pass_at_start(graph: &mut Graph) {
    drop_dead(graph);
    for index in 0..graph.containers.len() {
        if graph.containers[index].assigns.is_empty() {
            continue;
        }
        let node = graph.node(ContainerId(index), Kind::Pass, &Attributes::NONE, super::ir::At::default());
        graph.nodes[node.0].next =
            std::mem::replace(&mut graph.containers[index], Edge { target: Target::Node(node), assigns: Vec::new() });
    }
}

/// What nobody reads is not assigned.
fn drop_dead(graph: &mut Graph) {
    let mut live: BTreeSet<VarId> = BTreeSet::new();
    loop {
        let before = live.len();
        for (id, reached) in graph.node_ids().zip(graph.reachable()) {
            if reached {
                for term in kind_terms(&graph.nodes[id.0].kind) {
                    term.each_var(&mut |var| {
                        live.insert(var);
                    });
                }
            }
        }
        for edge in graph.reachable_edges() {
            let edge = graph.edge(edge);
            if let Target::End(term) = &edge.target {
                term.each_var(&mut |var| {
                    live.insert(var);
                });
            }
            for (var, term) in &edge.assigns {
                if live.contains(var) {
                    term.each_var(&mut |var| {
                        live.insert(var);
                    });
                }
            }
        }
        if live.len() == before {
            break;
        }
    }
    for edge in all_edges(graph) {
        graph.edge_mut(edge).assigns.retain(|(var, _)| live.contains(var));
    }
}
