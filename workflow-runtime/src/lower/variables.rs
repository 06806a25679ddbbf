//! Which values become variables of the machine, and what they are called.

use std::collections::{BTreeMap, BTreeSet};

use super::carry::{Given, Nesting, carry};
use super::coalesce::coalesce;
use super::graph::{ContainerId, EdgeRef, Graph, Kind, NodeId, Target, WaitFor};
use super::term::{Term, VarId};
use super::text;

/// JSONata's and Step Functions' functions: a variable of such a name would hide the function.
const FUNCTIONS: [&str; 76] = [
    "abs",
    "append",
    "assert",
    "average",
    "base64decode",
    "base64encode",
    "boolean",
    "ceil",
    "clone",
    "contains",
    "count",
    "decodeUrl",
    "decodeUrlComponent",
    "distinct",
    "each",
    "encodeUrl",
    "encodeUrlComponent",
    "error",
    "eval",
    "exists",
    "filter",
    "floor",
    "formatBase",
    "formatInteger",
    "formatNumber",
    "fromMillis",
    "hash",
    "join",
    "keys",
    "length",
    "lookup",
    "lowercase",
    "map",
    "match",
    "max",
    "merge",
    "millis",
    "min",
    "not",
    "now",
    "number",
    "pad",
    "parse",
    "parseInteger",
    "partition",
    "power",
    "random",
    "range",
    "reduce",
    "replace",
    "reverse",
    "round",
    "shuffle",
    "sift",
    "single",
    "sort",
    "split",
    "spread",
    "sqrt",
    "states",
    "string",
    "substring",
    "substringAfter",
    "substringBefore",
    "sum",
    "toMillis",
    "trim",
    "type",
    "uppercase",
    "uuid",
    "zip",
    "and",
    "or",
    "in",
    "function",
    "input",
];

/// What a state's input is, as far as lowering knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Input {
    /// The execution's input.
    Execution,
    /// A nameless value.
    Value(VarId),
    /// What the iterations of a Map are given, by its processor.
    Iteration(ContainerId),
    Unknown,
}

/// The result of the analysis.
#[derive(Debug)]
pub(super) struct Variables {
    pub(super) inputs: Vec<Input>,
    names: BTreeMap<VarId, String>,
    given: Given,
    /// By state: the processor whose iteration is an execution of its own.
    children: Vec<Option<ContainerId>>,
}

impl Variables {
    pub(super) fn name(&self, var: VarId) -> String {
        self.names.get(&var).cloned().unwrap_or_else(|| format!("v{}", var.0))
    }

    /// How a value is read in this state that no variable holds.
    pub(super) fn read(&self, node: NodeId, var: VarId) -> Option<String> {
        match self.inputs.get(node.0)? {
            Input::Value(value) if *value == var && !self.names.contains_key(&var) => {
                return Some(text::INPUT.to_owned());
            }
            Input::Iteration(processor) => {
                if let Some(path) = given(&self.given, *processor, var) {
                    return Some(text::path(text::INPUT, path));
                }
            }
            _ => {}
        }
        let child = self.children.get(node.0).copied().flatten()?;
        given(&self.given, child, var).map(|path| text::path(text::EXECUTION_INPUT, path))
    }

    /// The keys of what a Map's iterations are given.
    pub(super) fn given(&self, processor: ContainerId) -> BTreeMap<VarId, Vec<String>> {
        self.given.get(&processor).cloned().unwrap_or_default()
    }
}

fn given(given: &Given, processor: ContainerId, var: VarId) -> Option<&Vec<String>> {
    given.get(&processor)?.get(&var)
}

/// Decides which variables are needed, drops the assignments of all others and names the rest.
pub(super) fn settle(graph: &mut Graph) -> Variables {
    write_out_single_uses(graph);
    let given = carry(graph);
    let nesting = Nesting::of(graph);
    let children = graph.node_ids().map(|id| nesting.child(graph, id)).collect();
    let mut variables = Variables { inputs: inputs(graph), names: BTreeMap::new(), given, children };
    let mut live = live(graph, &variables);
    for edge in graph.reachable_edges() {
        graph.edge_mut(edge).assigns.retain(|(var, _)| live.contains(var));
    }
    let became = coalesce(graph, &live, &variables.given);
    live.retain(|var| !became.contains_key(var));
    let mut names = BTreeMap::new();
    let mut taken: BTreeSet<String> = nested_names(graph);
    for var in live {
        names.insert(var, free_name(graph, var, &mut taken));
    }
    name_locals(graph, &taken, &mut names);
    variables.names = names;
    variables
}

/// Names what functions and blocks bind: those that are never seen together may share a name.
fn name_locals(graph: &Graph, taken: &BTreeSet<String>, names: &mut BTreeMap<VarId, String>) {
    let mut order: Vec<VarId> = Vec::new();
    let mut beside: BTreeMap<VarId, BTreeSet<VarId>> = BTreeMap::new();
    each_term(graph, &mut |_, _, term| {
        meet(term, &mut Vec::new(), &mut |var, around| {
            if !order.contains(&var) {
                order.push(var);
            }
            for other in around {
                beside.entry(var).or_default().insert(*other);
                beside.entry(*other).or_default().insert(var);
            }
        });
    });
    for var in order {
        let others = beside.get(&var).into_iter().flatten();
        let mut inside = taken.clone();
        inside.extend(others.filter_map(|other| names.get(other)).cloned());
        let name = free_name(graph, var, &mut inside);
        names.insert(var, name);
    }
}

/// Tells every local name and those that are visible where it is bound.
fn meet(term: &Term, around: &mut Vec<VarId>, tell: &mut dyn FnMut(VarId, &[VarId])) {
    let bound: &[VarId] = match term {
        Term::Function(parameters, _) => parameters,
        Term::Let(var, ..) => std::slice::from_ref(var),
        _ => &[],
    };
    let outer = around.len();
    for var in bound {
        tell(*var, around);
        around.push(*var);
    }
    for part in term.parts() {
        meet(part, around, tell);
    }
    around.truncate(outer);
}

/// Variables that states written by hand assign inside of themselves.
fn nested_names(graph: &Graph) -> BTreeSet<String> {
    let nested = graph.nodes.iter().filter_map(|node| match &node.kind {
        Kind::Raw(raw) => Some(&raw.nested.variables),
        _ => None,
    });
    nested.flatten().cloned().collect()
}

fn free_name(graph: &Graph, var: VarId, taken: &mut BTreeSet<String>) -> String {
    let known = &graph.vars[var.0];
    let base = known.name.unwrap_or(&known.fallback);
    // Step Functions takes no underscore at the beginning.
    let base = base.strip_prefix("r#").unwrap_or(base).trim_start_matches('_');
    let base = if base.starts_with(char::is_alphabetic) { base.to_owned() } else { format!("value{base}") };
    let base = if FUNCTIONS.contains(&base.as_str()) { format!("{base}_") } else { base };
    let mut name = base.clone();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = format!("{base}{number}");
        number += 1;
    }
    name
}

/// A `let` of an expression that is used once is written where it is used.
fn write_out_single_uses(graph: &mut Graph) {
    let homes = homes(graph);
    loop {
        let mut uses: BTreeMap<VarId, usize> = BTreeMap::new();
        each_term(graph, &mut |node, _, term| {
            term.each_var(&mut |var| {
                // Written out in an iteration, a long expression would be evaluated for each item.
                let home = node.and_then(|node| homes.by_state.get(&node).copied().flatten());
                let away = homes.by_heavy_variable.get(&var).is_some_and(|known| *known != home);
                *uses.entry(var).or_default() += if away { 2 } else { 1 };
            });
        });
        let single = (0..graph.vars.len())
            .map(VarId)
            .find(|var| graph.vars[var.0].inline.is_some() && uses.get(var).copied().unwrap_or(0) <= 1);
        let Some(var) = single else { return };
        let Some(term) = graph.vars[var.0].inline.take() else { return };
        let values = BTreeMap::from([(var, term)]);
        for id in graph.node_ids() {
            for term in kind_terms_mut(&mut graph.nodes[id.0].kind) {
                *term = term.substitute(&values);
            }
        }
        for edge in graph.reachable_edges() {
            let edge = graph.edge_mut(edge);
            edge.assigns.retain(|(assigned, _)| *assigned != var);
            for (_, term) in &mut edge.assigns {
                *term = term.substitute(&values);
            }
            if let Target::End(term) = &mut edge.target {
                *term = term.substitute(&values);
            }
        }
        for other in &mut graph.vars {
            other.inline = other.inline.take().map(|term| term.substitute(&values));
        }
    }
}

/// The iteration that states belong to, and that variables are assigned in whose values take long to compute.
struct Homes {
    by_state: BTreeMap<NodeId, Option<ContainerId>>,
    by_heavy_variable: BTreeMap<VarId, Option<ContainerId>>,
}

fn homes(graph: &Graph) -> Homes {
    let nesting = Nesting::of(graph);
    let by_state: BTreeMap<NodeId, Option<ContainerId>> =
        graph.node_ids().map(|id| (id, nesting.iteration(graph, graph.nodes[id.0].container))).collect();
    let mut by_heavy_variable = BTreeMap::new();
    for edge in graph.reachable_edges() {
        for (var, term) in &graph.edge(edge).assigns {
            if term.is_heavy() {
                let home = edge.node().and_then(|node| by_state.get(&node).copied().flatten());
                by_heavy_variable.insert(*var, home);
            }
        }
    }
    Homes { by_state, by_heavy_variable }
}

/// Told of the state, the variable that is assigned, and the term.
type Tell<'t> = dyn FnMut(Option<NodeId>, Option<VarId>, &Term) + 't;

/// What is read in a state: by its own fields or by what its edges assign (then with the variable assigned).
pub(super) fn each_term(graph: &Graph, tell: &mut Tell<'_>) {
    let reached = graph.reachable();
    for id in graph.node_ids().filter(|id| reached[id.0]) {
        for term in kind_terms(&graph.nodes[id.0].kind) {
            tell(Some(id), None, term);
        }
    }
    for edge in graph.reachable_edges() {
        for (var, term) in &graph.edge(edge).assigns {
            tell(edge.node(), Some(*var), term);
        }
        if let Target::End(term) = &graph.edge(edge).target {
            tell(edge.node(), None, term);
        }
    }
}

fn live(graph: &Graph, variables: &Variables) -> BTreeSet<VarId> {
    let mut live = BTreeSet::new();
    loop {
        let before = live.len();
        let mut more = Vec::new();
        each_term(graph, &mut |node, assigned, term| {
            if assigned.is_some_and(|var| !live.contains(&var)) {
                return;
            }
            term.each_var(&mut |var| {
                let by_input = node.is_some_and(|node| variables.read(node, var).is_some());
                if !by_input {
                    more.push(var);
                }
            });
        });
        let parameters: BTreeSet<VarId> = parameters(graph).into_iter().collect();
        live.extend(more.into_iter().filter(|var| !parameters.contains(var)));
        if live.len() == before {
            return live;
        }
    }
}

/// Parameters of functions and names of blocks.
fn parameters(graph: &Graph) -> Vec<VarId> {
    fn of(term: &Term, found: &mut Vec<VarId>) {
        match term {
            Term::Function(parameters, _) => found.extend(parameters),
            Term::Let(var, ..) => found.push(*var),
            _ => {}
        }
        for part in term.parts() {
            of(part, found);
        }
    }
    let mut found = Vec::new();
    each_term(graph, &mut |_, _, term| of(term, &mut found));
    found
}

pub(super) fn kind_terms(kind: &Kind) -> Vec<&Term> {
    match kind {
        Kind::Task(task) => vec![&task.payload],
        Kind::Map(map) => map.terms(),
        Kind::Raw(raw) => raw.fields.iter().map(|(_, term)| term).collect(),
        Kind::Choice(rules) => rules.iter().map(|(condition, _)| condition).collect(),
        Kind::Wait(WaitFor::Seconds(term) | WaitFor::Until(term)) | Kind::Succeed(term) => vec![term],
        Kind::Fail { error, cause, .. } => vec![error, cause],
        Kind::Parallel(_) | Kind::Pass => Vec::new(),
    }
}

pub(super) fn kind_terms_mut(kind: &mut Kind) -> Vec<&mut Term> {
    match kind {
        Kind::Task(task) => vec![&mut task.payload],
        Kind::Map(map) => map.terms_mut(),
        Kind::Raw(raw) => raw.fields.iter_mut().map(|(_, term)| term).collect(),
        Kind::Choice(rules) => rules.iter_mut().map(|(condition, _)| condition).collect(),
        Kind::Wait(WaitFor::Seconds(term) | WaitFor::Until(term)) | Kind::Succeed(term) => vec![term],
        Kind::Fail { error, cause, .. } => vec![error, cause],
        Kind::Parallel(_) | Kind::Pass => Vec::new(),
    }
}

/// What arrives in each state.
pub(super) fn inputs(graph: &Graph) -> Vec<Input> {
    let mut arriving: Vec<Vec<EdgeRef>> = vec![Vec::new(); graph.nodes.len()];
    for edge in graph.reachable_edges() {
        if let Target::Node(node) = graph.edge(edge).target {
            arriving[node.0].push(edge);
        }
    }
    let nesting = Nesting::of(graph);
    let mut inputs = vec![None; graph.nodes.len()];
    for id in graph.node_ids() {
        input_of(graph, id, &arriving, &nesting, &mut inputs);
    }
    inputs.into_iter().map(|input| input.unwrap_or(Input::Unknown)).collect()
}

fn input_of(
    graph: &Graph,
    id: NodeId,
    arriving: &[Vec<EdgeRef>],
    nesting: &Nesting,
    inputs: &mut Vec<Option<Input>>,
) -> Input {
    if let Some(known) = inputs[id.0] {
        return known;
    }
    // States inside of it would take their own input for this one.
    if matches!(graph.nodes[id.0].kind, Kind::Raw(_)) {
        inputs[id.0] = Some(Input::Unknown);
        return Input::Unknown;
    }
    // What comes round to itself is not known.
    inputs[id.0] = Some(Input::Unknown);
    let mut all = Vec::new();
    for edge in &arriving[id.0] {
        all.push(match *edge {
            EdgeRef::Start(container) => match nesting.parent(container) {
                Some(map) if graph.map(map).is_some() => Input::Iteration(container),
                Some(parallel) => input_of(graph, parallel, arriving, nesting, inputs),
                None => Input::Execution,
            },
            EdgeRef::Catch(..) => Input::Unknown,
            EdgeRef::Rule(node, _) => input_of(graph, node, arriving, nesting, inputs),
            EdgeRef::Next(node) => match graph.nodes[node.0].kind {
                Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_) | Kind::Raw(_) => {
                    let result = graph
                        .edge(*edge)
                        .assigns
                        .iter()
                        .find(|(var, term)| *term == Term::Result && graph.vars[var.0].name.is_none());
                    result.map_or(Input::Unknown, |(var, _)| Input::Value(*var))
                }
                _ => input_of(graph, node, arriving, nesting, inputs),
            },
        });
    }
    let input = match all.split_first() {
        Some((first, rest)) if rest.iter().all(|other| other == first) => *first,
        _ => Input::Unknown,
    };
    inputs[id.0] = Some(input);
    input
}
