//! Names of states: the user's first, then Tasks by their steps, then the others by what they do and stand beside.

use std::collections::BTreeSet;

use super::graph::{EdgeRef, FailName, Graph, Kind, NodeId, Target, WaitFor};
use super::term::{Term, VarId};
use super::{LowerError, codes};

/// AWS's limit, in characters.
const LENGTH_MAX: usize = 80;

/// Names every state that can be reached, unique in the whole document.
pub(super) fn assign(graph: &Graph, file: &'static str) -> Result<Vec<String>, Vec<LowerError>> {
    let mut namer = Namer { graph, names: vec![String::new(); graph.nodes.len()], taken: BTreeSet::new() };
    let reached = graph.reachable();
    for id in graph.node_ids().filter(|id| reached[id.0]) {
        if let Kind::Raw(raw) = &graph.nodes[id.0].kind {
            namer.taken.extend(raw.nested.states.iter().cloned());
        }
    }
    let nodes: Vec<NodeId> = graph.node_ids().filter(|id| reached[id.0]).collect();
    let mut faults = Vec::new();
    for id in &nodes {
        let node = &graph.nodes[id.0];
        let Some(wanted) = node.wanted else { continue };
        let length = wanted.chars().count();
        let fault = if length == 0 || length > LENGTH_MAX {
            Some(format!("the state name `{wanted}` has {length} characters: AWS takes 1 to {LENGTH_MAX}"))
        } else if namer.taken.insert(wanted.to_owned()) {
            None
        } else {
            Some(format!("two states are called `{wanted}`: names are unique in the whole machine, branches included"))
        };
        if let Some(message) = fault {
            faults.push(LowerError { code: codes::STATE_NAME, message, file, at: node.at });
        }
        wanted.clone_into(&mut namer.names[id.0]);
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    namer.name_each(&nodes, |kind| matches!(kind, Kind::Task(_) | Kind::Raw(_)));
    namer.name_each(&nodes, |kind| matches!(kind, Kind::Wait(_) | Kind::Fail { .. } | Kind::Succeed(_) | Kind::Pass));
    namer.name_each(&nodes, |kind| matches!(kind, Kind::Map(_)));
    // Inner ones first: outer names are made of them.
    let reversed: Vec<NodeId> = nodes.iter().rev().copied().collect();
    namer.name_each(&reversed, |kind| matches!(kind, Kind::Parallel(_)));
    namer.name_each(&reversed, |kind| matches!(kind, Kind::Choice(_)));
    Ok(namer.names)
}

struct Namer<'g> {
    graph: &'g Graph,
    names: Vec<String>,
    taken: BTreeSet<String>,
}

impl Namer<'_> {
    fn name_each(&mut self, nodes: &[NodeId], wanted: impl Fn(&Kind) -> bool) {
        for id in nodes {
            if self.names[id.0].is_empty() && wanted(&self.graph.nodes[id.0].kind) {
                let candidates = self.candidates(*id);
                self.names[id.0] = self.unique(&candidates);
            }
        }
    }

    /// The first candidate that is free; else the first with a number.
    fn unique(&mut self, candidates: &[String]) -> String {
        for candidate in candidates {
            if candidate.chars().count() <= LENGTH_MAX && self.taken.insert(candidate.clone()) {
                return candidate.clone();
            }
        }
        let base: String = candidates.first().map_or("State", String::as_str).chars().take(LENGTH_MAX - 4).collect();
        let (stem, mark) = base.strip_suffix('?').map_or((base.as_str(), ""), |stem| (stem, "?"));
        for number in 2.. {
            let name = format!("{stem}{number}{mark}");
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
        base
    }

    fn candidates(&self, id: NodeId) -> Vec<String> {
        if let Some(called) = self.graph.nodes[id.0].called {
            return vec![called.to_owned()];
        }
        match &self.graph.nodes[id.0].kind {
            Kind::Task(task) => {
                let name = upper_camel(task.ident);
                let after = self.before(id).map(|before| format!("{name}After{before}"));
                std::iter::once(name).chain(after).collect()
            }
            Kind::Raw(raw) => {
                let name = raw.name();
                let after = self.before(id).map(|before| format!("{name}After{before}"));
                std::iter::once(name).chain(after).collect()
            }
            Kind::Wait(wait) => vec![wait_name(wait, self.graph)],
            Kind::Fail { names: FailName::Raised(wire), .. } => {
                vec![upper_camel(wire.strip_prefix("States.").unwrap_or(wire)), (*wire).to_owned()]
            }
            Kind::Fail { .. } => std::iter::once("Failed".to_owned())
                .chain(self.before(id).map(|it| format!("FailedAfter{it}")))
                .collect(),
            // A branch that failed, and hands out what it would undo.
            Kind::Succeed(Term::Object(fields))
                if self.graph.nodes[id.0].container.0 != 0
                    && fields.first().is_some_and(|(key, _)| key == "err")
                    && fields.iter().all(|(key, _)| matches!(key.as_str(), "err" | "undo" | "failed")) =>
            {
                vec!["Settled".to_owned()]
            }
            Kind::Succeed(_) => vec!["Done".to_owned()],
            Kind::Pass => vec!["Prepare".to_owned()],
            Kind::Parallel(branches) => {
                let firsts: Vec<String> =
                    branches.iter().filter_map(|branch| self.name_at(EdgeRef::Start(*branch))).collect();
                // A branch whose first state has no name yet is only counted.
                let whole = if firsts.len() == branches.len() { firsts.join("And") } else { String::new() };
                let short = firsts.first().map(|first| match branches.len() {
                    1 => format!("Try{first}"),
                    more => format!("{first}And{}More", more - 1),
                });
                // A group that is tried again is no join.
                let whole = if branches.len() == 1 { String::new() } else { whole };
                std::iter::once(whole)
                    .filter(|name| !name.is_empty())
                    .chain(short)
                    .chain(["Parallel".to_owned()])
                    .collect()
            }
            // `ForEachItem`; where there are two, by what is done first.
            Kind::Map(map) => {
                let item = upper_camel(graph_name(self.graph, map.item));
                let first = self.name_at(EdgeRef::Start(map.processor)).filter(|name| !name.ends_with('?'));
                let second = first.map(|first| format!("{first}ForEach{item}"));
                std::iter::once(format!("ForEach{item}")).chain(second).collect()
            }
            Kind::Choice(rules) => {
                let taken = (0..rules.len()).map(|index| EdgeRef::Rule(id, index)).chain([EdgeRef::Next(id)]);
                let mut names: Vec<((bool, bool), String)> = taken
                    .filter_map(|edge| Some(((self.is_succeed(edge), self.has_other_ways(edge)), self.name_at(edge)?)))
                    .filter(|(_, name)| !name.ends_with('?'))
                    .collect();
                // What only this Choice leads to says most; that something is done says nothing.
                names.sort_by_key(|(order, _)| *order);
                let hint = self.graph.nodes[id.0].hint.clone();
                let names = names.into_iter().map(|(_, name)| format!("{name}?"));
                match hint {
                    Some(hint) => vec![hint],
                    None => names.chain(["Choice".to_owned()]).collect(),
                }
            }
        }
    }

    fn name_at(&self, edge: EdgeRef) -> Option<String> {
        let Target::Node(target) = self.graph.edge(edge).target else { return None };
        let name = &self.names[target.0];
        (!name.is_empty()).then(|| name.clone())
    }

    fn is_succeed(&self, edge: EdgeRef) -> bool {
        matches!(self.graph.edge(edge).target, Target::Node(target) if matches!(self.graph.nodes[target.0].kind, Kind::Succeed(_)))
    }

    /// Whether the edge's target is reached from elsewhere too.
    fn has_other_ways(&self, edge: EdgeRef) -> bool {
        let target = &self.graph.edge(edge).target;
        self.graph.reachable_edges().into_iter().filter(|other| self.graph.edge(*other).target == *target).count() > 1
    }

    /// The nearest named state before this one.
    fn before(&self, id: NodeId) -> Option<String> {
        let mut at = id;
        let edges = self.graph.reachable_edges();
        for _ in 0..self.graph.nodes.len() {
            let edge = edges.iter().find(|edge| self.graph.edge(**edge).target == Target::Node(at))?;
            at = edge.node()?;
            if !self.names[at.0].is_empty() {
                return Some(self.names[at.0].clone());
            }
        }
        None
    }
}

/// `validate_order` → `ValidateOrder`, `OrderFailure.Rejected` → `OrderFailureRejected`
pub(super) fn upper_camel(ident: &str) -> String {
    let ident = ident.strip_prefix("r#").unwrap_or(ident);
    ident
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect::<String>())
        })
        .collect()
}

fn graph_name(graph: &Graph, var: VarId) -> &str {
    let known = &graph.vars[var.0];
    known.name.unwrap_or(&known.fallback)
}

/// `Wait5Minutes`, `WaitUntilShipAt`
fn wait_name(wait: &WaitFor, graph: &Graph) -> String {
    match wait {
        WaitFor::Seconds(Term::Literal(seconds)) => {
            let seconds = seconds.as_u64().unwrap_or(0);
            let (number, unit) = match seconds {
                s if s % 86_400 == 0 => (s / 86_400, "Day"),
                s if s % 3_600 == 0 => (s / 3_600, "Hour"),
                s if s % 60 == 0 => (s / 60, "Minute"),
                s => (s, "Second"),
            };
            format!("Wait{number}{unit}{}", if number == 1 { "" } else { "s" })
        }
        WaitFor::Seconds(term) => {
            last_word(term, graph).map_or_else(|| "Wait".to_owned(), |word| format!("WaitFor{word}"))
        }
        WaitFor::Until(term) => {
            last_word(term, graph).map_or_else(|| "WaitUntil".to_owned(), |word| format!("WaitUntil{word}"))
        }
    }
}

fn last_word(term: &Term, graph: &Graph) -> Option<String> {
    let word = match term {
        Term::Field(_, key) => key.clone(),
        Term::Var(var) => graph.vars[var.0].name?.to_owned(),
        Term::If(_, then, _) => return last_word(then, graph),
        _ => return None,
    };
    let word = upper_camel(&word);
    word.chars().all(char::is_alphanumeric).then_some(word)
}
