//! How iterations of Maps come by what they read: their item is the input of their first state, and is carried on by what
//! that state assigns. An inner Map that is a first state itself is given the outer item with its own.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{ContainerId, EdgeRef, Graph, Kind, NodeId, Target};
use super::ir::{At, Attributes};
use super::map::MapNode;
use super::term::{Term, VarId};
use super::variables::{Input, each_term, inputs};

/// What is read from the input of an iteration, by the Map's processor, and under which keys.
pub(super) type Given = BTreeMap<ContainerId, BTreeMap<VarId, Vec<String>>>;

/// The variables that states read.
type Reads = BTreeMap<NodeId, BTreeSet<VarId>>;

/// Which states stand inside of which.
pub(super) struct Nesting {
    /// The Parallel or Map around a container.
    parents: BTreeMap<ContainerId, NodeId>,
}

impl Nesting {
    pub(super) fn of(graph: &Graph) -> Self {
        let mut parents = BTreeMap::new();
        for id in graph.node_ids() {
            for container in graph.inside(id) {
                parents.insert(container, id);
            }
        }
        Self { parents }
    }

    /// The Parallel or Map around the container.
    pub(super) fn parent(&self, container: ContainerId) -> Option<NodeId> {
        self.parents.get(&container).copied()
    }

    /// The containers around a state, from the inside.
    pub(super) fn around(&self, graph: &Graph, id: NodeId) -> Vec<ContainerId> {
        let mut around = vec![graph.nodes[id.0].container];
        while let Some(parent) = around.last().and_then(|container| self.parent(*container)) {
            around.push(graph.nodes[parent.0].container);
        }
        around
    }

    /// Whether the processor's iterations are executions of their own.
    fn is_distributed(&self, graph: &Graph, processor: ContainerId) -> bool {
        let map = self.parent(processor).and_then(|id| graph.map(id));
        map.is_some_and(|map| map.distributed.is_some())
    }

    /// The execution of its own that a state belongs to, by its Map's processor.
    pub(super) fn child(&self, graph: &Graph, id: NodeId) -> Option<ContainerId> {
        self.around(graph, id).into_iter().find(|container| self.is_distributed(graph, *container))
    }

    /// The processor that the state or way belongs to, if it belongs to an iteration.
    pub(super) fn iteration(&self, graph: &Graph, container: ContainerId) -> Option<ContainerId> {
        let mut container = container;
        loop {
            let parent = self.parent(container)?;
            if let Kind::Map(_) = graph.nodes[parent.0].kind {
                return Some(container);
            }
            container = graph.nodes[parent.0].container;
        }
    }
}

/// Gives every Map's iterations what they read; adds what must be assigned on the way.
pub(super) fn carry(graph: &mut Graph) -> Given {
    let mut given = Given::new();
    // Outer Maps were made before inner ones.
    for id in graph.node_ids() {
        if graph.reachable()[id.0] && matches!(graph.nodes[id.0].kind, Kind::Map(_)) {
            give(graph, id, &mut given);
        }
    }
    given
}

fn give(graph: &mut Graph, id: NodeId, given: &mut Given) {
    let nesting = Nesting::of(graph);
    let inputs = inputs(graph);
    let Some(map) = graph.map(id) else { return };
    let (processor, distributed) = (map.processor, map.distributed.is_some());
    let inside: BTreeSet<NodeId> =
        graph.node_ids().filter(|node| nesting.around(graph, *node).contains(&processor)).collect();
    let reads = reads(graph, &inside);
    // What the iteration around this Map is given itself, where nothing has assigned it on the way here.
    let outer: Vec<VarId> = match inputs[id.0] {
        Input::Iteration(around) if !distributed && !nesting.is_distributed(graph, around) => {
            let known = given.get(&around).into_iter().flat_map(BTreeMap::keys);
            known.filter(|var| reads.values().any(|read| read.contains(var))).copied().collect()
        }
        _ => Vec::new(),
    };
    if let Kind::Map(map) = &mut graph.nodes[id.0].kind {
        map.index = map.index.filter(|index| reads.values().any(|read| read.contains(index)));
        map.passed.extend(outer.into_iter().map(|var| (var, Term::Var(var))));
    }
    let Some(map) = graph.map(id) else { return };
    let keys = keys(graph, map);
    if !distributed {
        let vars: Vec<VarId> = keys.keys().copied().collect();
        assign_on_the_way(graph, processor, &reads, &vars, &inputs, &nesting);
    }
    given.insert(processor, keys);
}

/// Where in an iteration's input each variable stands.
fn keys(graph: &Graph, map: &MapNode) -> BTreeMap<VarId, Vec<String>> {
    let mut keys = BTreeMap::new();
    if map.is_batched() {
        keys.insert(map.item, vec!["Items".to_owned()]);
    } else if !map.selects() {
        keys.insert(map.item, Vec::new());
        return keys;
    }
    let mut taken = BTreeSet::new();
    let item = (!map.is_batched()).then_some(map.item);
    for var in item.into_iter().chain(map.index).chain(map.passed.iter().map(|(var, _)| *var)) {
        let known = &graph.vars[var.0];
        let base = known.name.unwrap_or(&known.fallback);
        let base = base.strip_prefix("r#").unwrap_or(base);
        let names = std::iter::once(base.to_owned()).chain((2..).map(|number| format!("{base}{number}")));
        let Some(key) = names.into_iter().find(|name| !taken.contains(name)) else { continue };
        taken.insert(key.clone());
        let path = if map.is_batched() { vec!["BatchInput".to_owned(), key] } else { vec![key] };
        keys.insert(var, path);
    }
    keys
}

/// What the states read, each for itself.
fn reads(graph: &Graph, inside: &BTreeSet<NodeId>) -> Reads {
    let mut reads = Reads::new();
    each_term(graph, &mut |node, _, term| {
        if let Some(node) = node.filter(|node| inside.contains(node)) {
            term.each_var(&mut |var| {
                reads.entry(node).or_default().insert(var);
            });
        }
    });
    reads
}

/// Whether a state finds the iteration's input in its own, or in that of a Map around it which hands it on.
fn is_given(graph: &Graph, node: NodeId, processor: ContainerId, inputs: &[Input], nesting: &Nesting) -> bool {
    let mut at = node;
    loop {
        if inputs[at.0] == Input::Iteration(processor) && (at == node || graph.map(at).is_some()) {
            return true;
        }
        let container = graph.nodes[at.0].container;
        match nesting.parent(container) {
            Some(parent) if container != processor => at = parent,
            _ => return false,
        }
    }
}

/// Assigns what later states read on every way out of the states that are given it.
fn assign_on_the_way(
    graph: &mut Graph,
    processor: ContainerId,
    reads: &Reads,
    vars: &[VarId],
    inputs: &[Input],
    nesting: &Nesting,
) {
    let given = |node: NodeId| inputs[node.0] == Input::Iteration(processor);
    let enters = |container: ContainerId| {
        container == processor || nesting.parent(container).is_some_and(|it| given(it) && graph.map(it).is_none())
    };
    let leaves = |edge: &EdgeRef| match (edge, &graph.edge(*edge).target) {
        (EdgeRef::Start(container), Target::Node(to)) => (enters(*container) && !given(*to)).then_some((*edge, *to)),
        (_, Target::Node(to)) => {
            let from = edge.node()?;
            (given(from) && !given(*to)).then_some((*edge, *to))
        }
        _ => None,
    };
    let ways: Vec<(EdgeRef, NodeId)> = graph.reachable_edges().iter().filter_map(leaves).collect();
    let mut assigns: Vec<(EdgeRef, NodeId, Vec<VarId>)> = Vec::new();
    for (way, to) in ways {
        let later = graph.reached_from(to);
        let needed = |var: &VarId| {
            let read = |(node, read): (&NodeId, &BTreeSet<VarId>)| {
                read.contains(var) && later.contains(node) && !is_given(graph, *node, processor, inputs, nesting)
            };
            reads.iter().any(read)
        };
        assigns.push((way, to, vars.iter().filter(|var| needed(var)).copied().collect()));
    }
    for (way, to, vars) in assigns.into_iter().filter(|(_, _, vars)| !vars.is_empty()) {
        let way = match way {
            EdgeRef::Start(container) => {
                // A state that comes round to the first one: what it reads must be assigned before.
                let pass = graph.node(container, Kind::Pass, &Attributes::NONE, At::default());
                graph.nodes[pass.0].next.target = Target::Node(to);
                graph.edge_mut(way).target = Target::Node(pass);
                EdgeRef::Next(pass)
            }
            way => way,
        };
        graph.edge_mut(way).assigns.extend(vars.into_iter().map(|var| (var, Term::Var(var))));
    }
}
