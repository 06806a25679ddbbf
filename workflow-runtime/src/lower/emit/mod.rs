//! From the finished graph to the typed model of ASL.

mod map;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::graph::{ContainerId, Edge, EdgeRef, Graph, Kind, Node, NodeId, RawNode, Target, TaskNode, WaitFor};
use super::ir::Program;
use super::term::Term;
use super::text::{self, Names};
use super::variables::{Input, Variables};
use crate::asl::{
    Assign, Branch, Catcher, Choice, ChoiceRule, Fail, Parallel, Pass, State, StateMachine, Succeed, Task, Wait,
    resource,
};

/// Writes the machine.
pub(super) fn machine(program: &Program, graph: &Graph, names: &[String], variables: &Variables) -> StateMachine {
    let emitter = Emitter { graph, names, variables, reached: graph.reachable() };
    let (start_at, states) = emitter.states(ContainerId(0));
    let doc = program.doc.trim();
    StateMachine {
        comment: (!doc.is_empty()).then(|| doc.to_owned()),
        query_language: Some("JSONata".to_owned()),
        version: None,
        start_at,
        timeout_seconds: program.bounds.timeout_seconds,
        states,
    }
}

struct Emitter<'g> {
    graph: &'g Graph,
    names: &'g [String],
    variables: &'g Variables,
    reached: Vec<bool>,
}

/// Where a Task-like state goes on.
struct Leaving {
    assign: Assign,
    output: Option<Value>,
    next: Option<String>,
    end: Option<bool>,
}

impl Emitter<'_> {
    fn states(&self, container: ContainerId) -> (String, IndexMap<String, State>) {
        let start = self.graph.edge(EdgeRef::Start(container));
        let mut ids: Vec<NodeId> = self
            .graph
            .node_ids()
            .filter(|id| self.reached[id.0] && self.graph.nodes[id.0].container == container)
            .collect();
        // What was put before everything else stands before it.
        let first = |id: &NodeId| start.target != Target::Node(*id);
        ids.sort_by_key(|id| (first(id), self.graph.nodes[id.0].late));
        let states = ids.into_iter().map(|id| (self.names[id.0].clone(), self.state(id))).collect();
        (self.target(start).unwrap_or_default(), states)
    }

    fn target(&self, edge: &Edge) -> Option<String> {
        match edge.target {
            Target::Node(node) => Some(self.names[node.0].clone()),
            Target::Open | Target::End(_) => None,
        }
    }

    /// As other validators take it, too: a text that is empty or has several lines as an expression.
    fn template(&self, id: NodeId, term: &Term) -> Value {
        text::acceptable(self.verbatim(id, term))
    }

    fn verbatim(&self, id: NodeId, term: &Term) -> Value {
        let (name, read) = (|var| self.variables.name(var), |var| self.variables.read(id, var));
        text::template(term, &Names { name: &name, read: &read })
    }

    /// The whole of an `Arguments` or `Output`. AWS takes any JSON there; other validators only objects and expressions,
    /// so a lone scalar or an array is written as an expression.
    fn whole(&self, id: NodeId, term: &Term) -> Value {
        match term {
            Term::Literal(Value::Object(_)) => self.template(id, term),
            Term::Array(_) => {
                let (name, read) = (|var| self.variables.name(var), |var| self.variables.read(id, var));
                Value::String(text::expression(term, &Names { name: &name, read: &read }))
            }
            Term::Literal(_) => {
                let name = |var| self.variables.name(var);
                Value::String(text::expression(term, &Names { name: &name, read: &|_| None }))
            }
            _ => self.template(id, term),
        }
    }

    fn assign(&self, id: NodeId, edge: &Edge) -> Assign {
        edge.assigns.iter().map(|(var, term)| (self.variables.name(*var), self.template(id, term))).collect()
    }

    /// Whether a term is what the state is given anyway.
    fn is_input(&self, id: NodeId, term: &Term) -> bool {
        match term {
            Term::Input => self.variables.inputs[id.0] == Input::Execution,
            Term::Var(var) => self.variables.read(id, *var).as_deref() == Some(text::INPUT),
            _ => false,
        }
    }

    fn leaving(&self, id: NodeId, result: &dyn Fn(&Term) -> bool) -> Leaving {
        let edge = &self.graph.nodes[id.0].next;
        let output = match &edge.target {
            Target::End(term) if !result(term) => Some(self.whole(id, term)),
            _ => None,
        };
        let next = self.target(edge);
        let end = next.is_none().then_some(true);
        Leaving { assign: self.assign(id, edge), output, next, end }
    }

    fn catchers(&self, id: NodeId) -> Vec<Catcher> {
        let catchers = self.graph.nodes[id.0].catch.iter().map(|catch| Catcher {
            comment: None,
            error_equals: catch.names.clone(),
            assign: self.assign(id, &catch.edge),
            output: None,
            next: self.target(&catch.edge).unwrap_or_default(),
        });
        catchers.collect()
    }

    fn state(&self, id: NodeId) -> State {
        let node = &self.graph.nodes[id.0];
        let comment = node.comment.clone();
        match &node.kind {
            Kind::Task(task) => State::Task(self.task(id, task, node)),
            Kind::Choice(rules) => State::Choice(self.choice(id, rules, node)),
            Kind::Parallel(branches) => {
                let Leaving { assign, output, next, end } = self.leaving(id, &|term| *term == Term::Result);
                let branches = branches.iter().map(|branch| {
                    let (start_at, states) = self.states(*branch);
                    Branch { start_at, states, ..Branch::default() }
                });
                let (branches, retry, catch) = (branches.collect(), node.retry.clone(), self.catchers(id));
                State::Parallel(Parallel {
                    comment,
                    branches,
                    retry,
                    catch,
                    assign,
                    output,
                    next,
                    end,
                    ..Parallel::default()
                })
            }
            Kind::Map(map) => State::Map(self.map(id, map, node)),
            Kind::Wait(wait) => {
                let Leaving { assign, output, next, end } = self.leaving(id, &|term| self.is_input(id, term));
                let (seconds, timestamp) = match wait {
                    WaitFor::Seconds(term) => (Some(self.template(id, term)), None),
                    WaitFor::Until(term) => (None, Some(self.template(id, term))),
                };
                State::Wait(Wait { comment, seconds, timestamp, assign, output, next, end, ..Wait::default() })
            }
            Kind::Succeed(term) => {
                let output = (!self.is_input(id, term)).then(|| self.whole(id, term));
                State::Succeed(Succeed { comment, output, ..Succeed::default() })
            }
            Kind::Fail { error, cause, .. } => {
                let text = |term: &Term| match self.verbatim(id, term) {
                    Value::String(text) => Some(text),
                    other => Some(other.to_string()),
                };
                State::Fail(Fail { comment, error: text(error), cause: text(cause), ..Fail::default() })
            }
            Kind::Raw(raw) => self.raw(id, raw, comment),
            Kind::Pass => {
                let Leaving { assign, output, next, end } = self.leaving(id, &|term| self.is_input(id, term));
                State::Pass(Pass { comment, assign, output, next, end, ..Pass::default() })
            }
        }
    }

    fn task(&self, id: NodeId, task: &TaskNode, node: &Node) -> Task {
        let Leaving { assign, output, next, end } =
            self.leaving(id, &|term| *term == Term::Result || (task.unit && *term == Term::null()));
        // Never left out: `$states.input` says the same, and not every interpreter knows the default.
        let payload = if self.is_input(id, &task.payload) {
            Value::from("{% $states.input %}")
        } else if task.callback {
            self.template(id, &task.payload)
        } else {
            self.whole(id, &task.payload)
        };
        let (resource, arguments) = if let Some(resource) = task.resource {
            (resource.to_owned(), payload)
        } else if task.callback {
            (resource::CALLBACK_RESOURCE.to_owned(), resource::callback_arguments(task.function, payload))
        } else {
            (resource::function_placeholder(task.function), payload)
        };
        Task {
            comment: node.comment.clone(),
            query_language: None,
            resource,
            credentials: None,
            arguments: Some(arguments),
            timeout_seconds: task.timeout_seconds.map(Value::from),
            heartbeat_seconds: task.heartbeat_seconds.map(Value::from),
            retry: task.retry.clone(),
            catch: self.catchers(id),
            assign,
            output,
            next,
            end,
        }
    }

    /// A state written by hand, in its place. Its fields were read as a state when it was built.
    fn raw(&self, id: NodeId, raw: &RawNode, comment: Option<String>) -> State {
        let Leaving { assign, output, next, end } = self.leaving(id, &|term| *term == Term::Result);
        let mut state = Map::new();
        state.insert("Type".to_owned(), raw.kind.clone().into());
        state.extend(comment.map(|comment| ("Comment".to_owned(), comment.into())));
        state.extend(raw.fields.iter().map(|(key, term)| (key.clone(), self.verbatim(id, term))));
        state.extend(next.map(|next| ("Next".to_owned(), next.into())));
        state.extend(end.map(|end| ("End".to_owned(), end.into())));
        let mut add = |key: &str, value: Option<Value>| state.extend(value.map(|value| (key.to_owned(), value)));
        let catch = self.catchers(id);
        add("Catch", serde_json::to_value(&catch).ok().filter(|_| !catch.is_empty()));
        add("Assign", serde_json::to_value(&assign).ok().filter(|_| !assign.is_empty()));
        add("Output", output);
        serde_json::from_value(Value::Object(state)).unwrap_or_else(|_| State::Pass(Pass::default()))
    }

    fn choice(&self, id: NodeId, rules: &[(Term, Edge)], node: &Node) -> Choice {
        let choices = rules.iter().map(|(condition, edge)| ChoiceRule {
            comment: None,
            // `while true`: a plain `true` is an expression as well.
            condition: match self.template(id, condition) {
                Value::Bool(always) => Value::String(format!("{{% {always} %}}")),
                condition => condition,
            },
            assign: self.assign(id, edge),
            output: None,
            next: self.target(edge).unwrap_or_default(),
        });
        Choice {
            comment: node.comment.clone(),
            query_language: None,
            choices: choices.collect(),
            default: self.target(&node.next),
            assign: self.assign(id, &node.next),
            output: None,
        }
    }
}
