//! `raw_state!`: states written by hand, checked as Step Functions would and given their place.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Builder;
use crate::asl::{self, Severity};
use crate::expr::Expression;
use crate::lower::codes;
use crate::lower::graph::{EdgeRef, Kind, NodeId, RawNode};
use crate::lower::handwritten::{Handwritten, Shape, mentions};
use crate::lower::ir::{At, Attributes, Expr};
use crate::lower::term::{Element, Term};
use crate::lower::typed::Typed;
use crate::payload::Type;

/// What the state stands under while it is checked on its own.
const ALONE: &str = "State";
const BEFORE: &str = "Bindings";

impl Builder<'_> {
    /// The state, and what it yields; control leaves it by its success.
    pub(super) fn raw(
        &mut self,
        text: &'static str,
        bindings: &[(&'static str, Expr)],
        ty: Type,
        attributes: &Attributes,
        at: At,
    ) -> Option<(NodeId, Typed)> {
        let bindings = self.bindings(bindings)?;
        let Ok(Value::Object(mut fields)) = serde_json::from_str::<Value>(text) else {
            self.unexpected(at, "this JSON");
            return None;
        };
        self.alone(&fields, &bindings, at);
        let kind = fields.shift_remove("Type").and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
        let output = fields.shift_remove("Output");
        let comment = fields.shift_remove("Comment").and_then(|text| text.as_str().map(str::to_owned));
        let nested = Nested::of(&fields);
        let can_fail = matches!(kind.as_str(), "Task" | "Parallel" | "Map");
        let retry = fields.get("Retry").is_some_and(mentions_evaluation);
        let heartbeat = fields.contains_key("HeartbeatSeconds");
        let fields = fields.into_iter().map(|(key, value)| {
            // What is never an expression may look like one.
            let term = if matches!(key.as_str(), "Retry" | "Resource" | "Label") {
                Term::Literal(value)
            } else {
                term(value, &bindings)
            };
            (key, term)
        });
        let raw = RawNode { kind, fields: fields.collect(), can_fail, retry, heartbeat, nested };
        let name = raw.name();
        let node = self.graph.node(self.container, Kind::Raw(Box::new(raw)), attributes, at);
        let slot = &mut self.graph.nodes[node.0].comment;
        *slot = slot.take().or(comment);
        self.enter(node);
        let var = self.graph.var(None, name);
        let yielded = output.map_or(Term::Result, |output| term(output, &bindings));
        if matches!(ty, Type::Unit) {
            return Some((node, Typed::unit()));
        }
        self.graph.edge_mut(EdgeRef::Next(node)).assigns.push((var, yielded));
        Some((node, Typed { external: true, ..Typed::new(Term::Var(var), ty) }))
    }

    /// Whether Step Functions would take the state, with its names assigned before it.
    fn alone(&mut self, fields: &Map<String, Value>, bindings: &[(String, Term)], at: At) {
        let unused = |name: &str| !fields.values().any(|field| reads(field, name));
        for (name, _) in bindings.iter().filter(|(name, _)| unused(name)) {
            self.fault(codes::RAW_STATE, at, format!("`{name}` is given, but the state does not read `${name}`"));
        }
        let mut state = fields.clone();
        state.insert("End".to_owned(), Value::Bool(true));
        let assigned: Map<String, Value> = bindings.iter().map(|(name, _)| (name.clone(), Value::from(1))).collect();
        let machine = json!({
            "QueryLanguage": "JSONata",
            "StartAt": BEFORE,
            "States": { BEFORE: { "Type": "Pass", "Assign": assigned, "Next": ALONE }, ALONE: state },
        });
        let violations = match asl::from_value(&machine) {
            Ok(machine) => asl::validate(&machine),
            Err(violations) => violations,
        };
        for violation in violations.into_iter().filter(|violation| violation.severity == Severity::Error) {
            let place = violation.location.as_deref().unwrap_or_default();
            let place = place.strip_prefix("/States/State").unwrap_or(place).trim_start_matches('/');
            let place = if place.is_empty() { String::new() } else { format!(" at `{place}`") };
            let help = violation.help.map(|help| format!(": {help}")).unwrap_or_default();
            self.fault(
                codes::RAW_STATE,
                at,
                format!("Step Functions refuses this state{place}: {}{help}", violation.message),
            );
        }
    }
}

/// Whether an expression in the value reads `$name`.
fn reads(value: &Value, name: &str) -> bool {
    match value {
        Value::String(text) => text.starts_with("{%") && mentions(text, name),
        Value::Array(elements) => elements.iter().any(|element| reads(element, name)),
        Value::Object(fields) => fields.values().any(|field| reads(field, name)),
        _ => false,
    }
}

fn mentions_evaluation(retry: &Value) -> bool {
    let text = retry.to_string();
    text.contains("\"States.ALL\"") || text.contains("\"States.QueryEvaluationError\"")
}

/// Names inside of the state that nothing else in the machine may bear.
#[derive(Clone, Debug, Default)]
pub(in crate::lower) struct Nested {
    pub(in crate::lower) states: BTreeSet<String>,
    pub(in crate::lower) variables: BTreeSet<String>,
}

impl Nested {
    fn of(fields: &Map<String, Value>) -> Self {
        let mut this = Self::default();
        for value in fields.values() {
            this.look(value);
        }
        this
    }

    fn look(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                if let (Some(Value::Object(states)), Some(_)) = (fields.get("States"), fields.get("StartAt")) {
                    self.states.extend(states.keys().cloned());
                }
                if let Some(Value::Object(assign)) = fields.get("Assign") {
                    self.variables.extend(assign.keys().cloned());
                }
                fields.values().for_each(|field| self.look(field));
            }
            Value::Array(elements) => elements.iter().for_each(|element| self.look(element)),
            _ => {}
        }
    }
}

/// A field's value: its expressions with their names bound.
fn term(value: Value, bindings: &[(String, Term)]) -> Term {
    match value {
        Value::Object(fields) => {
            Term::Object(fields.into_iter().map(|(key, field)| (key, term(field, bindings))).collect())
        }
        Value::Array(elements) => Term::Array(
            elements.into_iter().map(|element| Element { term: term(element, bindings), list: false }).collect(),
        ),
        Value::String(text) => match text.strip_prefix("{%").and_then(|text| text.strip_suffix("%}")) {
            None => Term::Literal(Value::String(text)),
            Some(inside) => {
                let inside = inside.trim();
                let free = Expression::compile(inside).ok();
                let reads = free.as_ref().map(Expression::uses_states_fields);
                let reads_state = reads.is_none_or(|it| it.result || it.error_output || it.whole);
                let free = free.as_ref().map(|expression| expression.free_variables().to_vec()).unwrap_or_default();
                let bindings = bindings.iter().filter(|(name, _)| free.contains(name)).cloned().collect();
                let text = inside.to_owned();
                Term::Handwritten(Box::new(Handwritten { text, bindings, reads_state, shape: Shape::Any }))
            }
        },
        plain => Term::Literal(plain),
    }
}
