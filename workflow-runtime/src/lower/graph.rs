//! The machine while it is built: states whose edges carry what they assign.
//!
//! Every edge of ASL can assign (a Task's success, a Choice's rule and default, a catcher), so a value that depends on the
//! way taken rides on the edges, and no state exists only to assign it.

use std::collections::BTreeMap;

use super::build::Nested;
use super::ir::{At, Attributes};
use super::map::MapNode;
use super::term::{Term, VarId};
use crate::asl::Retrier;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NodeId(pub(super) usize);

/// The machine itself, or one branch of a Parallel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ContainerId(pub(super) usize);

/// Where a way leaves a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EdgeRef {
    /// Into a container.
    Start(ContainerId),
    /// `Next`, or a Choice's `Default`.
    Next(NodeId),
    /// A Choice's rule.
    Rule(NodeId, usize),
    /// A catcher.
    Catch(NodeId, usize),
}

impl EdgeRef {
    pub(super) fn node(self) -> Option<NodeId> {
        match self {
            Self::Start(_) => None,
            Self::Next(node) | Self::Rule(node, _) | Self::Catch(node, _) => Some(node),
        }
    }
}

/// A way from one state to another.
#[derive(Clone, Debug, Default)]
pub(super) struct Edge {
    pub(super) target: Target,
    /// In order of definition; terms may read variables that stand before them in the list.
    pub(super) assigns: Vec<(VarId, Term)>,
    /// On the way into a loop's next round: all at once, after `assigns`.
    pub(super) copies: Vec<(VarId, Term)>,
}

impl Edge {
    /// One assignment of a variable is left, the later one.
    pub(super) fn set(&mut self, var: VarId, term: Term) {
        match self.assigns.iter_mut().find(|(known, _)| *known == var) {
            Some((_, known)) => *known = term,
            None => self.assigns.push((var, term)),
        }
    }

    /// Writes variables that this very edge defines as what they are.
    pub(super) fn inline(&self, term: &Term) -> Term {
        let mut values = BTreeMap::new();
        for (var, value) in &self.assigns {
            let value = value.substitute(&values);
            values.insert(*var, value);
        }
        term.substitute(&values)
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Target {
    /// Not yet known; nothing comes after it.
    #[default]
    Open,
    Node(NodeId),
    /// The machine or branch ends well.
    End(Term),
}

/// A state.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) container: ContainerId,
    pub(super) kind: Kind,
    /// `#[state = ".."]`
    pub(super) wanted: Option<&'static str>,
    /// What it is called where nothing better is known, numbered if it is not the only one.
    pub(super) called: Option<&'static str>,
    pub(super) comment: Option<String>,
    pub(super) next: Edge,
    pub(super) catch: Vec<Catch>,
    /// Of a Parallel.
    pub(super) retry: Vec<Retrier>,
    /// Placed after everything else: undos.
    pub(super) late: bool,
    /// Where a loop's rounds begin: a Pass that is left out where the ways into it can assign.
    pub(super) head: bool,
    /// What it is called, unless the user says it.
    pub(super) hint: Option<String>,
    pub(super) at: At,
}

#[derive(Clone, Debug)]
pub(super) struct Catch {
    pub(super) names: Vec<String>,
    pub(super) edge: Edge,
}

impl Catch {
    pub(super) fn is_all(&self) -> bool {
        self.names.iter().any(|name| name == "States.ALL")
    }
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Task(Box<TaskNode>),
    /// Conditions and their ways; the default is the node's `next`.
    Choice(Vec<(Term, Edge)>),
    Parallel(Vec<ContainerId>),
    Map(Box<MapNode>),
    Wait(WaitFor),
    Succeed(Term),
    Fail {
        error: Term,
        cause: Term,
        names: FailName,
    },
    /// Only where nothing else can assign.
    Pass,
    /// Written by hand.
    Raw(Box<RawNode>),
}

/// What a Fail's name is made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FailName {
    /// Raised by the workflow itself: the name on the wire.
    Raised(&'static str),
    /// Hands on what the variable holds.
    HandsOn(VarId),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum WaitFor {
    Seconds(Term),
    Until(Term),
}

/// A step's call.
#[derive(Clone, Debug)]
pub(super) struct TaskNode {
    pub(super) function: &'static str,
    pub(super) ident: &'static str,
    pub(super) callback: bool,
    /// What is called in the step's place, with `payload` as its `Arguments`.
    pub(super) resource: Option<&'static str>,
    pub(super) payload: Term,
    pub(super) timeout_seconds: Option<u64>,
    /// Its result is the description of an execution, and so is its failure's cause.
    pub(super) nested: Option<NestedCall>,
    pub(super) heartbeat_seconds: Option<u64>,
    pub(super) retry: Vec<Retrier>,
    pub(super) unit: bool,
}

/// A state written by hand.
#[derive(Clone, Debug)]
pub(super) struct RawNode {
    /// Its `Type`.
    pub(super) kind: String,
    /// Its own fields, but for `Output`.
    pub(super) fields: Vec<(String, Term)>,
    /// It may have catchers.
    pub(super) can_fail: bool,
    /// It retries failing evaluations.
    pub(super) retry: bool,
    pub(super) heartbeat: bool,
    pub(super) nested: Nested,
}

impl RawNode {
    /// What it is called where nobody named it: a Task by what it calls, others by their type.
    pub(super) fn name(&self) -> String {
        let resource = self.fields.iter().find(|(key, _)| key == "Resource").map(|(_, value)| value);
        let Some(Term::Literal(serde_json::Value::String(resource))) = resource else { return self.kind.clone() };
        let called = match crate::asl::resource::service_action(resource) {
            Some((_, action)) => action.split('.').next().unwrap_or_default(),
            None => resource.rsplit(':').next().unwrap_or_default(),
        };
        let mut letters = called.chars().filter(char::is_ascii_alphanumeric);
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        let name: String = first.into_iter().chain(letters).collect();
        if name.is_empty() { self.kind.clone() } else { name }
    }
}

/// How a workflow is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NestedCall {
    /// Its end is waited for.
    Waits,
    /// It is only started.
    Spawned,
}

/// A variable.
#[derive(Clone, Debug)]
pub(super) struct Var {
    /// What the program calls it; nameless values are read as `$states.input` where they can be.
    pub(super) name: Option<&'static str>,
    /// What it is called where it has no name and needs one.
    pub(super) fallback: String,
    /// A `let` of an expression: written where it is used if it is used once.
    pub(super) inline: Option<Term>,
    /// The `let mut` that it holds a value of: such variables become one where they can.
    pub(super) decl: Option<usize>,
}

/// A loop, for the arithmetic of its events.
#[derive(Clone, Debug)]
pub(super) struct LoopInfo {
    pub(super) head: NodeId,
    /// The first state of its rounds.
    pub(super) first: NodeId,
    /// The first state after it: those between are its own.
    pub(super) end: NodeId,
    /// How often it goes round, where literals tell and nothing leaves it early.
    pub(super) rounds: Option<u64>,
    pub(super) at: At,
}

impl LoopInfo {
    /// Whether the state is the loop's own.
    pub(super) fn owns(&self, id: NodeId) -> bool {
        id == self.head || (self.first <= id && id < self.end)
    }
}

/// Everything that is built.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    /// The way into each container.
    pub(super) containers: Vec<Edge>,
    pub(super) vars: Vec<Var>,
    /// Inner ones before those around them.
    pub(super) loops: Vec<LoopInfo>,
    /// How many `let mut` there are.
    pub(super) decls: usize,
}

impl Graph {
    pub(super) fn container(&mut self) -> ContainerId {
        self.containers.push(Edge::default());
        ContainerId(self.containers.len() - 1)
    }

    pub(super) fn var(&mut self, name: Option<&'static str>, fallback: impl Into<String>) -> VarId {
        self.vars.push(Var { name, fallback: fallback.into(), inline: None, decl: None });
        VarId(self.vars.len() - 1)
    }

    pub(super) fn node(&mut self, container: ContainerId, kind: Kind, attributes: &Attributes, at: At) -> NodeId {
        self.nodes.push(Node {
            container,
            kind,
            wanted: attributes.state,
            called: None,
            comment: attributes.comment.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned),
            next: Edge::default(),
            catch: Vec::new(),
            retry: Vec::new(),
            late: false,
            head: false,
            hint: None,
            at,
        });
        NodeId(self.nodes.len() - 1)
    }

    pub(super) fn edge(&self, edge: EdgeRef) -> &Edge {
        match edge {
            EdgeRef::Start(container) => &self.containers[container.0],
            EdgeRef::Next(node) => &self.nodes[node.0].next,
            EdgeRef::Catch(node, index) => &self.nodes[node.0].catch[index].edge,
            EdgeRef::Rule(node, index) => match &self.nodes[node.0].kind {
                Kind::Choice(rules) => &rules[index].1,
                _ => &self.nodes[node.0].next,
            },
        }
    }

    pub(super) fn edge_mut(&mut self, edge: EdgeRef) -> &mut Edge {
        match edge {
            EdgeRef::Start(container) => &mut self.containers[container.0],
            EdgeRef::Next(node) => &mut self.nodes[node.0].next,
            EdgeRef::Catch(node, index) => &mut self.nodes[node.0].catch[index].edge,
            EdgeRef::Rule(node, index) => {
                let node = &mut self.nodes[node.0];
                match &mut node.kind {
                    Kind::Choice(rules) => &mut rules[index].1,
                    _ => &mut node.next,
                }
            }
        }
    }

    /// The ways out of a state, in ASL's order.
    pub(super) fn out_edges(&self, id: NodeId) -> Vec<EdgeRef> {
        let node = &self.nodes[id.0];
        let mut edges = Vec::new();
        match &node.kind {
            Kind::Choice(rules) => edges.extend((0..rules.len()).map(|index| EdgeRef::Rule(id, index))),
            Kind::Succeed(_) | Kind::Fail { .. } => return edges,
            _ => {}
        }
        edges.push(EdgeRef::Next(id));
        edges.extend((0..node.catch.len()).map(|index| EdgeRef::Catch(id, index)));
        edges
    }

    pub(super) fn node_ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId)
    }

    /// The states that can be reached, branches included.
    pub(super) fn reachable(&self) -> Vec<bool> {
        let mut reached = vec![false; self.nodes.len()];
        let mut open = vec![EdgeRef::Start(ContainerId(0))];
        while let Some(edge) = open.pop() {
            let Target::Node(id) = self.edge(edge).target else { continue };
            if std::mem::replace(&mut reached[id.0], true) {
                continue;
            }
            open.extend(self.out_edges(id));
            open.extend(self.inside(id).into_iter().map(EdgeRef::Start));
        }
        reached
    }

    /// The containers in a state.
    pub(super) fn inside(&self, id: NodeId) -> Vec<ContainerId> {
        match &self.nodes[id.0].kind {
            Kind::Parallel(branches) => branches.clone(),
            Kind::Map(map) => vec![map.processor],
            _ => Vec::new(),
        }
    }

    pub(super) fn map(&self, id: NodeId) -> Option<&MapNode> {
        match &self.nodes[id.0].kind {
            Kind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// A state, those that come after it and those inside of them.
    pub(super) fn reached_from(&self, id: NodeId) -> Vec<NodeId> {
        let mut reached = vec![id];
        let mut next = 0;
        while let Some(id) = reached.get(next).copied() {
            next += 1;
            let starts = self.inside(id).into_iter().map(EdgeRef::Start);
            for edge in self.out_edges(id).into_iter().chain(starts) {
                if let Target::Node(to) = self.edge(edge).target
                    && !reached.contains(&to)
                {
                    reached.push(to);
                }
            }
        }
        reached
    }

    /// Whether the state can have catchers.
    pub(super) fn can_fail(&self, id: NodeId) -> bool {
        match &self.nodes[id.0].kind {
            Kind::Task(_) | Kind::Parallel(_) => true,
            Kind::Raw(raw) => raw.can_fail,
            _ => false,
        }
    }

    /// The functions that stand in for integrations, by the state's name.
    pub(super) fn stand_ins(&self, names: &[String]) -> BTreeMap<String, &'static str> {
        let reached = self.reachable();
        self.node_ids()
            .filter(|id| reached[id.0])
            .filter_map(|id| match &self.nodes[id.0].kind {
                Kind::Task(task) if task.resource.is_some() && task.nested.is_none() => {
                    Some((names[id.0].clone(), task.function))
                }
                _ => None,
            })
            .collect()
    }

    /// Every way between states that can be reached.
    pub(super) fn reachable_edges(&self) -> Vec<EdgeRef> {
        let reached = self.reachable();
        let mut edges: Vec<EdgeRef> = (0..self.containers.len()).map(|c| EdgeRef::Start(ContainerId(c))).collect();
        edges.extend(self.node_ids().filter(|id| reached[id.0]).flat_map(|id| self.out_edges(id)));
        edges
    }
}
