//! A machine as nodes and labelled edges: what all pictures are drawn from.

use indexmap::IndexMap;
use serde_json::Value;

use crate::asl::{Branch, State, StateMachine, TransitionKind};

/// The longest label that is drawn; the rest is in the definition.
const MAX_LABEL: usize = 48;

/// The states of one container.
#[derive(Debug, Default)]
pub(super) struct Chart {
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
    /// The node that everything begins with.
    pub(super) start: usize,
}

/// A state, or the start or end of the machine.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    pub(super) name: String,
    /// What else is worth knowing: `retries 3`, `30 s`.
    pub(super) detail: String,
    pub(super) comment: String,
    /// A Parallel's branches, or a Map's processor.
    pub(super) inner: Vec<Chart>,
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeKind {
    Start,
    End,
    Task,
    Choice,
    Wait,
    Pass,
    Succeed,
    Fail,
    Parallel,
    Map,
}

/// A way from one node to another, by their places in [`Chart::nodes`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: String,
    /// Taken on an error.
    pub(super) catch: bool,
}

impl Chart {
    pub(super) fn of(machine: &StateMachine) -> Self {
        let mut chart = Self::container(&machine.start_at, &machine.states);
        chart.frame(&machine.start_at, &machine.states);
        chart
    }

    fn branch(branch: &Branch) -> Self {
        Self::container(&branch.start_at, &branch.states)
    }

    fn container(start_at: &str, states: &IndexMap<String, State>) -> Self {
        let nodes = states.iter().map(|(name, state)| Node::of(name, state)).collect();
        let mut chart = Self { nodes, edges: Vec::new(), start: states.get_index_of(start_at).unwrap_or(0) };
        for (from, state) in states.values().enumerate() {
            for transition in state.transitions() {
                let Some(to) = states.get_index_of(transition.target) else { continue };
                let catch = matches!(transition.kind, TransitionKind::Catch(_));
                chart.connect(Edge { from, to, label: label(state, transition.kind), catch });
            }
        }
        chart
    }

    /// Adds the start and the end, which only the outermost picture shows.
    fn frame(&mut self, start_at: &str, states: &IndexMap<String, State>) {
        let start = self.nodes.len();
        self.nodes.push(Node::mark(NodeKind::Start, "Start"));
        self.start = start;
        if let Some(to) = states.get_index_of(start_at) {
            self.connect(Edge { from: start, to, label: String::new(), catch: false });
        }
        if !states.values().any(State::is_terminal) {
            return;
        }
        let end = self.nodes.len();
        self.nodes.push(Node::mark(NodeKind::End, "End"));
        for (from, _) in states.values().enumerate().filter(|(_, state)| state.is_terminal()) {
            self.connect(Edge { from, to: end, label: String::new(), catch: false });
        }
    }

    /// Adds an edge; one that goes the same way as another shares its line.
    fn connect(&mut self, edge: Edge) {
        let same = |known: &&mut Edge| (known.from, known.to, known.catch) == (edge.from, edge.to, edge.catch);
        match self.edges.iter_mut().find(same) {
            Some(known) if edge.catch => known.label = format!("{}, {}", known.label, edge.label),
            Some(known) if !known.label.is_empty() && !edge.label.is_empty() => {
                known.label = format!("{} / {}", known.label, edge.label);
            }
            _ => self.edges.push(edge),
        }
    }
}

impl Node {
    fn mark(kind: NodeKind, name: &str) -> Self {
        Self { kind, name: name.to_owned(), detail: String::new(), comment: String::new(), inner: Vec::new() }
    }

    fn of(name: &str, state: &State) -> Self {
        let kind = match state {
            State::Task(_) => NodeKind::Task,
            State::Choice(_) => NodeKind::Choice,
            State::Parallel(_) => NodeKind::Parallel,
            State::Map(_) => NodeKind::Map,
            State::Wait(_) => NodeKind::Wait,
            State::Pass(_) => NodeKind::Pass,
            State::Succeed(_) => NodeKind::Succeed,
            State::Fail(_) => NodeKind::Fail,
        };
        Self {
            kind,
            name: name.to_owned(),
            detail: detail(state),
            comment: state.comment().unwrap_or_default().to_owned(),
            inner: state.branches().iter().map(Chart::branch).collect(),
        }
    }
}

fn detail(state: &State) -> String {
    let mut parts = Vec::new();
    match state {
        State::Task(task) => {
            if crate::asl::resource::waits_for_token(&task.resource) {
                parts.push("waits for an answer".to_owned());
            }
            parts.extend(task.timeout_seconds.as_ref().map(|value| format!("timeout {}", seconds(value))));
        }
        State::Wait(wait) => {
            parts.extend(wait.seconds.as_ref().map(seconds));
            parts.extend(wait.timestamp.as_ref().map(|value| format!("until {}", text(value))));
        }
        State::Fail(fail) => parts.extend(fail.error.as_deref().map(plain)),
        _ => {}
    }
    // The last retrier is usually the platform's own; the first is the author's.
    if let Some(retrier) = state.retry().first() {
        let retries = retrier.max_attempts.unwrap_or(3);
        parts.push(if retries == 1 { "1 retry".to_owned() } else { format!("{retries} retries") });
    }
    shorten(&parts.join(", "), MAX_LABEL)
}

fn label(state: &State, kind: TransitionKind) -> String {
    match (state, kind) {
        (State::Choice(choice), TransitionKind::Rule(rule)) => {
            shorten(&choice.choices.get(rule).map(|rule| text(&rule.condition)).unwrap_or_default(), MAX_LABEL)
        }
        (_, TransitionKind::Default) => "otherwise".to_owned(),
        (_, TransitionKind::Catch(index)) => {
            let names = state.catch().get(index).map_or(&[][..], |catcher| &catcher.error_equals);
            let names: Vec<&str> =
                names.iter().map(|name| if name == "States.ALL" { "any error" } else { name }).collect();
            shorten(&names.join(", "), MAX_LABEL)
        }
        _ => String::new(),
    }
}

fn seconds(value: &Value) -> String {
    match value.as_u64() {
        Some(seconds) => crate::time::span(seconds.saturating_mul(1000)),
        None => text(value),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => plain(text),
        other => other.to_string(),
    }
}

/// An expression without its delimiters and with the long names cut short.
fn plain(text: &str) -> String {
    let inner = text.strip_prefix("{%").and_then(|text| text.strip_suffix("%}")).unwrap_or(text);
    let short = inner
        .replace("$states.context.Execution.Input", "input")
        .replace("$states.input", "input")
        .replace("$states.context.", "")
        .replace("$states.", "");
    short.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max - 1).chain(['…']).collect()
}
