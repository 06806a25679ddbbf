//! Names, and the graph as ASL.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde_json::Value;

use super::LowerError;
use super::graph::{ContainerId, Edge, FailName, Graph, Kind, NodeId, Target, WaitFor};
use super::ir::Program;
use super::term::{Term, VarId};
use super::text::{self, Names};
use crate::asl::{
    Assign, Branch, Catcher, Choice, ChoiceRule, Fail, Parallel, Pass, State, StateMachine, Succeed, Task, Wait,
    resource,
};

/// AWS's limit.
const NAME_MAX: usize = 80;

pub(super) struct Emitter<'a> {
    program: &'a Program,
    graph: &'a Graph,
    states: BTreeMap<NodeId, String>,
    used: BTreeSet<String>,
    variables: BTreeMap<VarId, String>,
    callbacks: bool,
    pub(super) faults: Vec<LowerError>,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(program: &'a Program, graph: &'a Graph) -> Self {
        let callbacks = graph.nodes.iter().any(|node| matches!(&node.kind, Kind::Task(task) if task.callback));
        let mut emitter = Self {
            program,
            graph,
            states: BTreeMap::new(),
            used: BTreeSet::new(),
            variables: BTreeMap::new(),
            callbacks,
            faults: Vec::new(),
        };
        emitter.name_states();
        emitter.name_variables();
        emitter
    }

    // ---- names

    fn reached(&self) -> Vec<NodeId> {
        let reached = self.graph.reachable();
        self.graph.node_ids().filter(|id| reached[id.0]).collect()
    }

    fn name_states(&mut self) {
        let mut owners: BTreeMap<String, NodeId> = BTreeMap::new();
        for id in self.reached() {
            let node = &self.graph.nodes[id.0];
            let name = match (&node.kind, node.wanted) {
                (_, Some(wanted)) => wanted.to_owned(),
                (Kind::Task(task), None) => upper_camel(task.ident),
                _ => continue,
            };
            if let Some(first) = owners.get(&name) {
                let line = self.graph.nodes[first.0].at.line;
                let message = format!(
                    "two states would be named `{name}`; the other one stands in line {line}\nhelp: name one of them: `#[state = \"{name}Again\"]`"
                );
                self.faults.push(LowerError { code: "WF1301", message, file: self.program.file, at: node.at });
            }
            owners.insert(name.clone(), id);
            self.used.insert(name.clone());
            self.states.insert(id, name);
        }
        for id in self.reached() {
            self.generated(id, 0);
        }
    }

    /// A name made of what the state does.
    fn generated(&mut self, id: NodeId, depth: usize) -> String {
        if let Some(name) = self.states.get(&id) {
            return name.clone();
        }
        let base = match &self.graph.nodes[id.0].kind {
            Kind::Task(task) => upper_camel(task.ident),
            Kind::Choice(rules) => {
                let next = &self.graph.nodes[id.0].next;
                let ways: Vec<Target> =
                    rules.iter().map(|(_, edge)| edge.target.clone()).chain([next.target.clone()]).collect();
                let to = ways.into_iter().find_map(|target| match target {
                    Target::Node(node) if depth < 16 => Some(self.generated(node, depth + 1)),
                    _ => None,
                });
                format!("{}?", to.as_deref().unwrap_or("Which").trim_end_matches('?'))
            }
            Kind::Parallel(branches) => {
                let firsts: Vec<String> =
                    branches.clone().into_iter().filter_map(|branch| self.first_name(branch, depth)).collect();
                let joined = firsts.join("And");
                if joined.is_empty() || joined.chars().count() > NAME_MAX { "Parallel".to_owned() } else { joined }
            }
            Kind::Wait(WaitFor::Seconds(Term::Literal(seconds))) => wait_name(seconds),
            Kind::Wait(WaitFor::Seconds(_)) => "Wait".to_owned(),
            Kind::Wait(WaitFor::Until(Term::Field(_, key))) => format!("WaitUntil{}", upper_camel(key)),
            Kind::Wait(WaitFor::Until(_)) => "WaitUntil".to_owned(),
            Kind::Succeed(_) => "Done".to_owned(),
            Kind::Fail { names: FailName::Raised(_, name), .. } => letters(name),
            Kind::Fail { .. } => "Failed".to_owned(),
            Kind::Pass => "Prepare".to_owned(),
        };
        let name = self.unique(&base);
        self.states.insert(id, name.clone());
        name
    }

    fn first_name(&mut self, branch: ContainerId, depth: usize) -> Option<String> {
        match self.graph.containers[branch.0].target {
            Target::Node(node) if depth < 16 => Some(self.generated(node, depth + 1)),
            _ => None,
        }
    }

    fn unique(&mut self, base: &str) -> String {
        let base: String = base.chars().take(NAME_MAX - 4).collect();
        let mut name = base.clone();
        let mut number = 2;
        while !self.used.insert(name.clone()) {
            name = format!("{base}{number}");
            number += 1;
        }
        name
    }

    fn name_variables(&mut self) {
        let mut used: BTreeSet<String> = BTreeSet::from(["states".to_owned()]);
        for (index, var) in self.graph.vars.iter().enumerate() {
            let base = var.name.unwrap_or(&var.fallback);
            let mut name = base.to_owned();
            let mut number = 2;
            while crate::expr::is_built_in(&name) || used.contains(&name) {
                name = format!("{base}{number}");
                number += 1;
            }
            if self.is_read(VarId(index)) {
                used.insert(name.clone());
            }
            self.variables.insert(VarId(index), name);
        }
    }

    /// Only what is written takes a name from others.
    fn is_read(&self, var: VarId) -> bool {
        let assigned = self
            .graph
            .reachable_edges()
            .into_iter()
            .any(|edge| self.graph.edge(edge).assigns.iter().any(|(it, _)| *it == var));
        assigned || self.graph.vars[var.0].fallback == "item"
    }

    // ---- ASL

    pub(super) fn machine(&self) -> StateMachine {
        let doc = self.program.doc.trim();
        StateMachine {
            comment: (!doc.is_empty()).then(|| doc.to_owned()),
            query_language: Some("JSONata".to_owned()),
            version: None,
            start_at: self.start(ContainerId(0)),
            timeout_seconds: self.program.timeout_seconds,
            states: self.container(ContainerId(0)),
        }
    }

    fn start(&self, container: ContainerId) -> String {
        self.target(&self.graph.containers[container.0]).unwrap_or_default()
    }

    fn target(&self, edge: &Edge) -> Option<String> {
        match &edge.target {
            Target::Node(node) => self.states.get(node).cloned(),
            Target::Open | Target::End(_) => None,
        }
    }

    fn container(&self, container: ContainerId) -> IndexMap<String, State> {
        let mut ids: Vec<NodeId> =
            self.reached().into_iter().filter(|id| self.graph.nodes[id.0].container == container).collect();
        ids.sort_by_key(|id| {
            let node = &self.graph.nodes[id.0];
            let (last, place) = match node.kind {
                Kind::Pass => (0, 0),
                Kind::Succeed(_) => (1, node.at.line),
                _ => (0, 1),
            };
            (node.late, last, place, id.0)
        });
        ids.into_iter().map(|id| (self.states.get(&id).cloned().unwrap_or_default(), self.state(id))).collect()
    }

    fn names(&self) -> impl Fn(VarId) -> String {
        |var| self.variables.get(&var).cloned().unwrap_or_default()
    }

    fn template(&self, term: &Term) -> Value {
        text::template(term, &Names { name: &self.names(), input: None })
    }

    fn text(&self, term: &Term) -> String {
        match self.template(term) {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }

    fn assigns(&self, edge: &Edge) -> Assign {
        edge.assigns
            .iter()
            .map(|(var, term)| (self.variables.get(var).cloned().unwrap_or_default(), self.template(term)))
            .collect()
    }

    /// `Next`, `End`, `Output` of a state that goes on or ends; `usual` is what its output is anyway.
    fn leave(&self, edge: &Edge, usual: &Term) -> (Option<String>, Option<bool>, Option<Value>) {
        match &edge.target {
            Target::End(term) => (None, Some(true), (term != usual).then(|| self.template(term))),
            _ => (self.target(edge), None, None),
        }
    }

    fn catchers(&self, id: NodeId) -> Vec<Catcher> {
        let catch = |catch: &super::graph::Catch| Catcher {
            error_equals: catch.names.clone(),
            assign: self.assigns(&catch.edge),
            next: self.target(&catch.edge).unwrap_or_default(),
            ..Catcher::default()
        };
        self.graph.nodes[id.0].catch.iter().map(catch).collect()
    }

    fn state(&self, id: NodeId) -> State {
        let node = &self.graph.nodes[id.0];
        let comment = node.comment.clone();
        let assign = self.assigns(&node.next);
        match &node.kind {
            Kind::Task(task) => {
                let (next, end, output) = self.leave(&node.next, &Term::Result);
                let payload = self.template(&task.payload);
                let (resource, arguments) = if task.callback {
                    (resource::CALLBACK_RESOURCE.to_owned(), resource::callback_arguments(task.function, payload))
                } else {
                    (resource::function_placeholder(task.function), payload)
                };
                State::Task(Task {
                    comment,
                    resource,
                    arguments: Some(arguments),
                    timeout_seconds: Some(task.timeout_seconds.into()),
                    heartbeat_seconds: task.heartbeat_seconds.map(Into::into),
                    retry: task.retry.clone(),
                    catch: self.catchers(id),
                    assign,
                    output,
                    next,
                    end,
                    ..Task::default()
                })
            }
            Kind::Choice(rules) => State::Choice(Choice {
                comment,
                choices: rules.iter().map(|(condition, edge)| self.rule(condition, edge)).collect(),
                default: self.target(&node.next),
                assign,
                ..Choice::default()
            }),
            Kind::Parallel(branches) => {
                let (next, end, output) = self.leave(&node.next, &Term::Result);
                let branch = |branch: &ContainerId| Branch {
                    start_at: self.start(*branch),
                    states: self.container(*branch),
                    ..Branch::default()
                };
                let branches = branches.iter().map(branch).collect();
                State::Parallel(Parallel {
                    comment,
                    branches,
                    catch: self.catchers(id),
                    assign,
                    output,
                    next,
                    end,
                    ..Parallel::default()
                })
            }
            Kind::Wait(wait) => {
                let (next, end, output) = self.leave(&node.next, &Term::ErrorOutput);
                let (seconds, timestamp) = match wait {
                    WaitFor::Seconds(term) => (Some(self.template(term)), None),
                    WaitFor::Until(term) => (None, Some(self.template(term))),
                };
                State::Wait(Wait { comment, seconds, timestamp, assign, output, next, end, ..Wait::default() })
            }
            Kind::Succeed(term) => {
                State::Succeed(Succeed { comment, output: Some(self.template(term)), ..Succeed::default() })
            }
            Kind::Fail { error, cause, names } => self.fail(comment, error, cause, names),
            Kind::Pass => {
                let (next, end, output) = self.leave(&node.next, &Term::ErrorOutput);
                State::Pass(Pass { comment, assign, output, next, end, ..Pass::default() })
            }
        }
    }

    fn rule(&self, condition: &Term, edge: &Edge) -> ChoiceRule {
        ChoiceRule {
            condition: self.template(condition),
            assign: self.assigns(edge),
            next: self.target(edge).unwrap_or_default(),
            ..ChoiceRule::default()
        }
    }

    /// An answer may fail a task without a name or a text.
    fn fail(&self, comment: Option<String>, error: &Term, cause: &Term, names: &FailName) -> State {
        let guarded = |term: &Term, otherwise: &str| {
            if self.callbacks && matches!(names, FailName::HandsOn(_)) {
                let absent = Term::binary("=", term.clone(), Term::null());
                return Term::conditional(absent, Term::string(otherwise), term.clone());
            }
            term.clone()
        };
        let (error, cause) = (self.text(&guarded(error, "States.TaskFailed")), self.text(&guarded(cause, "")));
        State::Fail(Fail { comment, error: Some(error), cause: Some(cause), ..Fail::default() })
    }
}

fn wait_name(seconds: &Value) -> String {
    let seconds = seconds.as_u64().unwrap_or_default();
    let (number, unit) = match seconds {
        0 => (0, "Second"),
        s if s % 86_400 == 0 => (s / 86_400, "Day"),
        s if s % 3_600 == 0 => (s / 3_600, "Hour"),
        s if s % 60 == 0 => (s / 60, "Minute"),
        s => (s, "Second"),
    };
    format!("Wait{number}{unit}{}", if number == 1 { "" } else { "s" })
}

/// `validate_order` is `ValidateOrder`.
fn upper_camel(ident: &str) -> String {
    let mut name = String::new();
    for part in ident.trim_start_matches("r#").split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
        let mut chars = part.chars();
        name.extend(chars.next().into_iter().flat_map(char::to_uppercase));
        name.push_str(chars.as_str());
    }
    name
}

/// `OrderFailure.Rejected` is `OrderFailureRejected`.
fn letters(name: &str) -> String {
    let name = upper_camel(name);
    if name.is_empty() { "Failed".to_owned() } else { name }
}
