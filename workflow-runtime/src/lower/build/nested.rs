//! Calls of other workflows: their Tasks, their results, and their failures, which arrive as `States.TaskFailed` with the
//! description of the child's execution as cause.

use super::Builder;
use super::call::retriers;
use super::failures::{Class, handed_on};
use super::results::{Entry, takes, taking};
use crate::asl::resource;
use crate::lower::codes;
use crate::lower::graph::{Edge, EdgeRef, FailName, Kind, NestedCall, NodeId, Target, TaskNode};
use crate::lower::ir::{Arm, At, Attributes};
use crate::lower::term::{Element, Term, VarId};
use crate::lower::typed::{self, Typed};
use crate::payload::{Content, NamedType, Representation, Shape, Type};
use crate::step::{ChildCall, RetryOn, StepSpec};

impl Builder<'_> {
    /// The Task that starts a workflow.
    pub(super) fn nested_task(
        &mut self,
        spec: &StepSpec,
        child: ChildCall,
        values: Vec<Typed>,
        attributes: &Attributes,
        at: At,
    ) -> TaskNode {
        self.refuse_nested(spec, child, attributes, at);
        // What its Input is where it takes none: AWS's default.
        let input = values.into_iter().next().map_or_else(|| Term::Object(Vec::new()), Typed::defined);
        let machine = Term::string(resource::state_machine_placeholder(spec.name));
        let (resource, nested) = if child.waits {
            (resource::START_EXECUTION_SYNC, NestedCall::Waits)
        } else {
            (resource::START_EXECUTION, NestedCall::Spawned)
        };
        TaskNode {
            function: spec.name,
            ident: spec.ident,
            callback: false,
            resource: Some(resource),
            payload: Term::Object(vec![("StateMachineArn".to_owned(), machine), ("Input".to_owned(), input)]),
            timeout_seconds: attributes.timeout_seconds,
            nested: Some(nested),
            heartbeat_seconds: None,
            retry: retriers(attributes.retry.unwrap_or(spec.retry), spec),
            unit: false,
        }
    }

    fn refuse_nested(&mut self, spec: &StepSpec, child: ChildCall, attributes: &Attributes, at: At) {
        let ident = spec.ident;
        if attributes.heartbeat_seconds.is_some() {
            let text = format!(
                "nobody gives a sign of life for `{ident}`, which is a workflow: leave `#[heartbeat]` out, or bound it by `#[timeout]`"
            );
            self.fault(codes::NESTED_HEARTBEAT, at, text);
        }
        let of_variant = |on: &RetryOn| match on {
            RetryOn::Variant(_, variant) => Some(*variant),
            _ => None,
        };
        let named = attributes.retry.unwrap_or(&[]).iter().flat_map(|retry| retry.on).find_map(of_variant);
        if let Some(variant) = named {
            let text = format!(
                "a retrier cannot see that `{ident}` failed with `{variant}`: every failure of a child execution arrives as \
                 `States.TaskFailed`; write `on(Failed)`, or retry inside of `{ident}`"
            );
            self.fault(codes::NESTED_RETRY, at, text);
        }
        if let Some(param) = spec.params.first().filter(|param| !is_object(&param.ty)) {
            let text = format!(
                "`{ident}` takes `{}`, and an execution is only started with a JSON object: take a struct with that field",
                typed::type_name(&param.ty)
            );
            self.fault(codes::NESTED_INPUT, at, text);
        }
        if !child.waits {
            return;
        }
        if child.workflow.kind.is_express() {
            let text = format!(
                "`{ident}` is an Express workflow, whose end a Task cannot wait for: start it with `spawn({ident}(..)).await?`, or \
                 make it a Standard one"
            );
            self.fault(codes::NESTED_EXPRESS, at, text);
        }
        if let Some(way) = child.workflow.way_to(self.program_name()) {
            let way: Vec<_> = std::iter::once(self.program_name()).chain(way).map(|name| format!("`{name}`")).collect();
            let text = format!(
                "workflow {} calls itself: {}; nothing bounds how deep its executions nest and wait for each other. Start the next \
                 one with `spawn(..)`, or write a loop",
                way.first().map_or("", String::as_str),
                way.join(" → ")
            );
            self.fault(codes::NESTED_RECURSION, at, text);
        }
    }

    fn nested_call(&self, node: NodeId) -> Option<NestedCall> {
        match &self.graph.nodes[node.0].kind {
            Kind::Task(task) => task.nested,
            _ => None,
        }
    }

    /// What a call yields, out of what its Task does.
    pub(super) fn result_term(&self, node: NodeId) -> Term {
        match self.nested_call(node) {
            None => Term::Result,
            Some(NestedCall::Waits) => Term::Result.field("Output"),
            Some(NestedCall::Spawned) => Term::Result.field("ExecutionArn"),
        }
    }

    /// What a state failed with, as its catcher sees it: `{"Error", "Cause"}`, of a child its own.
    pub(super) fn failure_term(&self, node: NodeId) -> Term {
        if self.nested_call(node) != Some(NestedCall::Waits) {
            return Term::ErrorOutput;
        }
        let is_childs = Term::binary("=", Term::ErrorOutput.field("Error"), Term::string("States.TaskFailed"));
        let description = Term::Call("parse", vec![Term::ErrorOutput.field("Cause")]);
        Term::conditional(is_childs, description, Term::ErrorOutput)
    }

    /// The catchers of a matched call of a workflow: one for its failures, one for the Task's timeout, one for the rest. Which
    /// of its errors it was is a Choice's to tell, where the arms ask for it.
    pub(super) fn nested_catches(&mut self, node: NodeId, spec: &StepSpec, arms: &[Arm], at: At) -> Vec<Entry> {
        let declares = spec.child.is_some_and(|child| child.declares_errors);
        let arms_of = |class: Class| taking(arms, |arm| takes(&arm.pattern, class));
        let (rest, timeout) = (arms_of(Class::Rest), arms_of(Class::Timeout));
        // Of a workflow that does not declare its errors, any of them is `Failed`.
        let failed = if declares { rest.clone() } else { arms_of(Class::Declared("", "")) };
        if rest.is_empty() || timeout.is_empty() || failed.is_empty() {
            self.unexpected(at, "a `match` that leaves failures out");
            return Vec::new();
        }
        let failure = self.graph.var(None, "failure");
        let told = told_apart(spec, arms, &failed);
        let child = self.catch(node, vec!["States.TaskFailed".to_owned()]);
        let raw = self.failure_term(node);
        self.graph.edge_mut(child).assigns.push((failure, raw.clone()));
        let mut edges: Vec<(Vec<usize>, EdgeRef, VarId)> = Vec::new();
        if told.is_empty() {
            edges.push((failed.clone(), child, failure));
        } else {
            let choice = self.choice_of_errors(failure, &told, at);
            self.graph.edge_mut(child).target = Target::Node(choice);
            let rules = told.iter().enumerate();
            edges.extend(rules.map(|(rule, (arm, _))| (arm.clone(), EdgeRef::Rule(choice, rule), failure)));
            edges.push((failed.clone(), EdgeRef::Next(choice), failure));
        }
        for (arm, name) in [(timeout, "States.Timeout"), (rest, "States.ALL")] {
            let edge = self.catch(node, vec![name.to_owned()]);
            let known = edges.iter().find(|(known, ..)| *known == arm).map(|(.., var)| *var);
            let var = known.unwrap_or_else(|| self.graph.var(None, "failure"));
            // Where one catcher could do for all, it says the same.
            let seen = if arm == failed && told.is_empty() { raw.clone() } else { Term::ErrorOutput };
            self.graph.edge_mut(edge).assigns.push((var, seen));
            edges.push((arm, edge, var));
        }
        let mut entries: Vec<Entry> = Vec::new();
        for (arms, edge, failure) in edges {
            match entries.iter_mut().find(|known| known.arms == arms) {
                Some(known) => known.edges.push(edge),
                None => entries.push(Entry { arms, edges: vec![edge], failure, caught: false, env: self.env() }),
            }
        }
        entries
    }

    /// A Choice on the name of the child's error; its default is for the others.
    fn choice_of_errors(&mut self, failure: VarId, told: &[(Vec<usize>, Vec<&'static str>)], at: At) -> NodeId {
        let name = Term::Var(failure).field("Error");
        let rules = told.iter().map(|(_, names)| {
            let condition = match names.as_slice() {
                [one] => Term::binary("=", name.clone(), Term::string(*one)),
                all => {
                    let all = all.iter().map(|name| Element { term: Term::string(*name), list: false }).collect();
                    Term::binary("in", name.clone(), Term::Array(all))
                }
            };
            (condition, Edge::default())
        });
        let rules = rules.collect();
        self.graph.node(self.container, Kind::Choice(rules), &Attributes::NONE, at)
    }

    /// A child's failure that leaves the machine or branch: one Fail tells them all.
    pub(super) fn child_failure_leaves(&mut self, raw: &Term) {
        let known = self.leaving.iter().find(|(container, ..)| *container == self.container).copied();
        let (_, failure, fail) = known.unwrap_or_else(|| {
            let failure = self.graph.var(None, "failure");
            let (error, cause) = handed_on(&Term::Var(failure));
            let kind = Kind::Fail { error, cause, names: FailName::HandsOn(failure) };
            let fail = self.graph.node(self.container, kind, &Attributes::NONE, At::default());
            self.graph.nodes[fail.0].late = true;
            self.leaving.push((self.container, failure, fail));
            (self.container, failure, fail)
        });
        self.assign(failure, raw);
        for edge in std::mem::take(&mut self.open) {
            self.graph.edge_mut(edge).target = Target::Node(fail);
        }
    }
}

/// Whether its JSON is an object, or anything.
fn is_object(ty: &Type) -> bool {
    match typed::resolve(ty) {
        Type::Map(_) | Type::Json => true,
        Type::Named(NamedType { shape, .. }) => match shape() {
            Shape::Struct(_) => true,
            Shape::Enum { representation, variants } => match representation {
                Representation::Internal { .. } | Representation::Adjacent { .. } => true,
                Representation::External => variants.iter().all(|variant| !matches!(variant.content, Content::Unit)),
                Representation::Untagged => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// The declared errors that go elsewhere than the others, by arm.
fn told_apart(spec: &StepSpec, arms: &[Arm], others: &[usize]) -> Vec<(Vec<usize>, Vec<&'static str>)> {
    let mut told: Vec<(Vec<usize>, Vec<&'static str>)> = Vec::new();
    for variant in &spec.error.variants {
        let arms = taking(arms, |arm| takes(&arm.pattern, Class::Declared(variant.ident, variant.name)));
        if arms.is_empty() || arms == others {
            continue;
        }
        match told.iter_mut().find(|(known, _)| *known == arms) {
            Some((_, names)) => names.push(variant.name),
            None => told.push((arms, vec![variant.name])),
        }
    }
    told.sort();
    told
}
