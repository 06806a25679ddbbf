//! `match` on the `Result` of a call, join or group: catchers for the names of errors, a Choice where data decides.

use super::failures::Class;
use super::mutable::Env;
use super::saga::{Caught, Undos, holds_undo};
use super::{Builder, Mode, Way};
use crate::lower::graph::{Edge, EdgeRef, Kind, NodeId};
use crate::lower::ir::{
    Arm, At, Attributes, Expr, ExprKind, FailurePattern, PatternFields, PatternParts, ResultPattern, ValuePattern,
    ValuePatternKind, VariantFields,
};
use crate::lower::term::{Term, VarId};
use crate::lower::typed::Typed;
use crate::lower::value::{Condition, Name};
use crate::step::{ErrorShape, ErrorVariant};

/// Ways that lead to an arm, with what its names read there.
#[derive(Default)]
struct Reached {
    ways: Vec<Way>,
    names: Vec<Name>,
    /// The variable of what failed, and whether the edges are catchers, which see the failure itself.
    failure: Option<VarId>,
    caught: bool,
    /// A Choice looked at the data of the error, which the names read.
    chosen: bool,
}

/// What a call may fail with.
#[derive(Default)]
struct Errors {
    shape: Option<ErrorShape>,
    /// Another workflow's, whose names nobody declared.
    untold: bool,
    /// Holds the declared error, where an arm asks for it.
    data: Option<VarId>,
}

/// Failures of some kinds: the arms that may take them, in order, and where they come from.
pub(super) struct Entry {
    pub(super) arms: Vec<usize>,
    pub(super) edges: Vec<EdgeRef>,
    pub(super) failure: VarId,
    /// The edges are catchers that see the failure as it is.
    pub(super) caught: bool,
    /// What the variables hold there.
    pub(super) env: Env,
}

/// An arm that may take a value, and when.
type Candidate = (usize, Condition);

impl Builder<'_> {
    pub(super) fn match_result(&mut self, scrutinee: &Expr, arms: &[Arm], mode: Mode, at: At) -> Option<Typed> {
        // A handled group's own undos have been unwound where it failed.
        let mut undo = self.frame.undo;
        let (ok, entries);
        let mut errors = Errors::default();
        if let ExprKind::Call { step, arguments, attributes } = &scrutinee.kind {
            let (node, value) = self.call(*step, arguments, attributes, scrutinee.at)?;
            let spec = step();
            let caught = match spec.child {
                Some(child) if child.waits => self.nested_catches(node, &spec, arms, at),
                _ => self.catches(node, &spec.error.variants, arms, at),
            };
            (ok, entries) = (Some(value), caught);
            errors.untold = spec.child.is_some_and(|child| !child.declares_errors);
            errors.shape = Some(spec.error);
        } else if let ExprKind::Raw { state, bindings, ty, attributes } = &scrutinee.kind {
            let (node, value) = self.raw(state, bindings, ty(), attributes, scrutinee.at)?;
            let caught = if self.graph.can_fail(node) { self.catches(node, &[], arms, at) } else { Vec::new() };
            (ok, entries) = (Some(value), caught);
        } else {
            (ok, entries, undo) = self.handled(scrutinee, arms);
        }
        errors.data = Some(self.graph.var(None, "error"));
        let mut succeeded: Vec<Reached> = arms.iter().map(|_| Reached::default()).collect();
        let mut failed: Vec<Reached> = arms.iter().map(|_| Reached::default()).collect();
        if let Some(value) = ok {
            self.on_success(&value, arms, &mut succeeded)?;
        }
        self.frame.undo = undo;
        for entry in entries {
            self.on_failure(entry, arms, &errors, &mut failed);
        }
        let mut ways: Vec<Way> = Vec::new();
        for ((arm, succeeded), failed) in arms.iter().zip(succeeded).zip(failed) {
            let mut reached = succeeded;
            if matches!(arm.pattern, ResultPattern::Any) {
                reached.ways.extend(failed.ways);
            } else if reached.ways.is_empty() {
                reached = failed;
            }
            self.frame.undo = undo;
            self.open.clear();
            if self.join(std::mem::take(&mut reached.ways)).is_none() {
                continue;
            }
            let scope = self.names.len();
            if let Some(failure) = reached.failure {
                let names = self.failure_names(&arm.pattern, failure, &errors);
                self.names.extend(names);
                if !reached.chosen {
                    self.bind_data(&arm.pattern, failure, reached.caught);
                }
            }
            let value = self.with_names(reached.names, |builder| builder.eval(&arm.body, mode));
            self.names.truncate(scope);
            ways.extend(self.way(value));
        }
        self.frame.undo = undo;
        self.join(ways)
    }

    /// The arms that the value of a success reaches from where control stands.
    fn on_success(&mut self, value: &Typed, arms: &[Arm], reached: &mut [Reached]) -> Option<()> {
        let mut candidates: Vec<Candidate> = Vec::new();
        for (index, arm) in arms.iter().enumerate() {
            let condition = match &arm.pattern {
                ResultPattern::Ok(pattern) => self.guarded(pattern, arm.guard.as_ref(), value)?,
                ResultPattern::Any => Condition { test: None, names: Vec::new() },
                ResultPattern::Err(_) => continue,
            };
            let always = condition.test.is_none();
            candidates.push((index, condition));
            if always {
                break;
            }
        }
        let at = candidates.first().map(|(index, _)| arms[*index].at).unwrap_or_default();
        let (edges, env) = (std::mem::take(&mut self.open), self.env());
        for (index, edges, names) in self.select(edges, candidates, at) {
            let way = self.reached_by(edges, &env);
            reached[index] = Reached { ways: vec![way], names, ..Reached::default() };
        }
        Some(())
    }

    fn reached_by(&self, edges: Vec<EdgeRef>, env: &Env) -> Way {
        Way { edges, value: Typed::unit(), env: env.clone(), undo: self.frame.undo }
    }

    /// The arms that failures reach.
    fn on_failure(&mut self, entry: Entry, arms: &[Arm], errors: &Errors, reached: &mut [Reached]) {
        let Entry { arms: taking, edges, failure, caught, env } = entry;
        self.set_env(&env);
        let several = taking.len() > 1;
        if let Some(data) = errors.data
            && taking.iter().any(|arm| reads_data(&arms[*arm].pattern, several))
        {
            let source = if caught { Term::ErrorOutput } else { Term::Var(failure) };
            for edge in &edges {
                self.graph.edge_mut(*edge).assigns.push((data, declared_error(source.clone())));
            }
        }
        if let [arm] = taking.as_slice() {
            let target = &mut reached[*arm];
            match target.failure {
                // Another kind of failure reaches this arm too.
                Some(known) if known != failure => self.carry(&edges, known, failure),
                Some(_) => {}
                None => {
                    (target.failure, target.caught) = (Some(failure), caught);
                }
            }
            let way = self.reached_by(edges, &env);
            reached[*arm].ways.push(way);
            return;
        }
        let mut candidates: Vec<Candidate> = Vec::new();
        for index in taking {
            let arm = &arms[index];
            let names = self.failure_names(&arm.pattern, failure, errors);
            let Some(condition) = self.failure_condition(arm, names, errors) else { break };
            let always = condition.test.is_none();
            candidates.push((index, condition));
            if always {
                break;
            }
        }
        let at = candidates.first().map(|(index, _)| arms[*index].at).unwrap_or_default();
        for (index, edges, names) in self.select(edges, candidates, at) {
            let target = &mut reached[index];
            let known = *target.failure.get_or_insert(failure);
            (target.caught, target.chosen) = (false, true);
            target.names.extend(names);
            if known != failure {
                self.carry(&edges, known, failure);
            }
            let way = self.reached_by(edges, &env);
            reached[index].ways.push(way);
        }
    }

    /// Hands a failure on in another variable.
    fn carry(&mut self, edges: &[EdgeRef], to: VarId, from: VarId) {
        for edge in edges {
            self.graph.edge_mut(*edge).assigns.push((to, Term::Var(from)));
        }
    }

    /// When an arm takes a failure of the kinds that its pattern names.
    fn failure_condition(&mut self, arm: &Arm, bound: Vec<Name>, errors: &Errors) -> Option<Condition> {
        let scope = self.names.len();
        let (mut tests, mut names) = (Vec::new(), Vec::new());
        if let (ResultPattern::Err([FailurePattern::Variant { variant, fields, .. }]), Some(error), Some(data)) =
            (&arm.pattern, &errors.shape, errors.data)
        {
            let pattern = variant_pattern(fields);
            let value = Typed::new(Term::Var(data), error.ty.clone());
            let mut found = self.find_content(&value, variant, &pattern, arm.at);
            tests.append(&mut found.tests);
            names.append(&mut found.names);
        }
        self.names.extend(bound.into_iter().chain(names.iter().cloned()));
        let guard = arm.guard.as_ref().map(|guard| {
            self.conditional += 1;
            let condition = self.condition(guard);
            self.conditional -= 1;
            condition
        });
        self.names.truncate(scope);
        if let Some(guard) = guard {
            let guard = guard?;
            tests.extend(guard.test);
            names.extend(guard.names);
        }
        Some(Condition { test: crate::lower::value::all_of(&tests), names })
    }

    /// A Choice among the arms that may take a value; none where the first takes it whatever it is.
    fn select(
        &mut self,
        edges: Vec<EdgeRef>,
        mut candidates: Vec<Candidate>,
        at: At,
    ) -> Vec<(usize, Vec<EdgeRef>, Vec<Name>)> {
        // The program is exhaustive.
        let Some((last, condition)) = candidates.pop() else { return Vec::new() };
        if candidates.is_empty() || edges.is_empty() {
            return vec![(last, edges, condition.names)];
        }
        let tests = candidates.iter().map(|(_, condition)| condition.test.clone().unwrap_or_else(Term::null));
        let rules = tests.map(|test| (test, Edge::default())).collect();
        let choice = self.graph.node(self.container, Kind::Choice(rules), &Attributes::NONE, at);
        self.open = edges;
        self.enter(choice);
        let mut taken: Vec<(usize, Vec<EdgeRef>, Vec<Name>)> = candidates
            .into_iter()
            .enumerate()
            .map(|(rule, (arm, condition))| (arm, vec![EdgeRef::Rule(choice, rule)], condition.names))
            .collect();
        taken.push((last, vec![EdgeRef::Next(choice)], condition.names));
        taken
    }

    /// A matched join or group: its value, where the failures of all its steps arrive, and what is due there.
    fn handled(&mut self, scrutinee: &Expr, arms: &[Arm]) -> (Option<Typed>, Vec<Entry>, Undos) {
        let Caught { value, edges, env, failure, undo } =
            self.catching(holds_undo(scrutinee), |builder| builder.call_or_leave(scrutinee));
        let taking = taking(arms, |arm| !matches!(arm.pattern, ResultPattern::Ok(_)));
        (value, vec![Entry { arms: taking, edges, failure, caught: false, env }], undo)
    }

    /// The catchers of a matched call: kinds of failures that the same arms may take have one.
    fn catches(&mut self, node: NodeId, declared: &[ErrorVariant], arms: &[Arm], at: At) -> Vec<Entry> {
        let mut classes: Vec<Class> =
            declared.iter().map(|variant| Class::Declared(variant.ident, variant.name)).collect();
        let heartbeat = match &self.graph.nodes[node.0].kind {
            Kind::Task(task) => task.heartbeat_seconds.is_some(),
            Kind::Raw(raw) => raw.heartbeat,
            _ => return Vec::new(),
        };
        if heartbeat {
            classes.push(Class::Heartbeat);
        }
        classes.extend([Class::Timeout, Class::Rest]);
        let arms_of = |class: Class| taking(arms, |arm| takes(&arm.pattern, class));
        let rest = arms_of(Class::Rest);
        if rest.is_empty() {
            self.unexpected(at, "a `match` that leaves failures out");
        }
        let (heartbeat, timeout) = (arms_of(Class::Heartbeat), arms_of(Class::Timeout));
        // A missed heartbeat is a timeout too: told apart only by a catcher of its own that stands first.
        let apart = classes.contains(&Class::Heartbeat) && heartbeat != timeout && timeout != rest;
        let mut kinds: Vec<Vec<usize>> = Vec::new();
        for class in &classes {
            let arms = arms_of(*class);
            if arms != rest && !kinds.contains(&arms) {
                kinds.push(arms);
            }
        }
        kinds.sort();
        let mut caught: Vec<(Vec<usize>, Vec<String>)> = Vec::new();
        for kind in kinds {
            if apart && timeout == kind {
                caught.push((heartbeat.clone(), Class::Heartbeat.names()));
            }
            let mine = classes.iter().filter(|class| arms_of(**class) == kind);
            let names: Vec<String> =
                mine.filter(|class| !(apart && **class == Class::Heartbeat)).flat_map(|class| class.names()).collect();
            if !names.is_empty() {
                caught.push((kind, names));
            }
        }
        caught.push((rest, Class::Rest.names()));
        let mut entries: Vec<Entry> = Vec::new();
        for (arms, names) in caught {
            let edge = self.catch(node, names);
            let known = entries.iter().position(|entry| entry.arms == arms).unwrap_or_else(|| {
                let failure = self.graph.var(None, "failure");
                entries.push(Entry { arms, edges: Vec::new(), failure, caught: true, env: self.env() });
                entries.len() - 1
            });
            let entry = &mut entries[known];
            entry.edges.push(edge);
            self.graph.edge_mut(edge).assigns.push((entry.failure, Term::ErrorOutput));
        }
        entries
    }

    /// What an arm's names read, besides the data of a variant.
    fn failure_names(&mut self, pattern: &ResultPattern, failure: VarId, errors: &Errors) -> Vec<Name> {
        let ResultPattern::Err([pattern]) = pattern else { return Vec::new() };
        match pattern {
            FailurePattern::All(Some(name)) | FailurePattern::Other(Some(name)) => {
                self.graph.vars[failure.0].name.get_or_insert(name);
                vec![(name, Typed::failure(Term::Var(failure)))]
            }
            FailurePattern::Failed(Some(name)) if errors.untold => {
                self.graph.vars[failure.0].name.get_or_insert(name);
                vec![(name, Typed::failure(Term::Var(failure)))]
            }
            FailurePattern::Failed(Some(name)) => {
                let (Some(data), Some(shape)) = (errors.data, &errors.shape) else { return Vec::new() };
                self.graph.vars[data.0].name.get_or_insert(name);
                let value = Typed::new(Term::Var(data), shape.ty.clone());
                vec![(name, Typed { failure: Some(Term::Var(failure)), ..value })]
            }
            _ => Vec::new(),
        }
    }

    /// Binds the data of the one variant that an arm takes.
    fn bind_data(&mut self, pattern: &ResultPattern, failure: VarId, caught: bool) {
        let ResultPattern::Err([FailurePattern::Variant { error, variant, fields }]) = pattern else { return };
        let source = if caught { Term::ErrorOutput } else { Term::Var(failure) };
        let value = Typed::new(declared_error(source), error().ty);
        for (name, value) in self.find_content(&value, variant, &variant_pattern(fields), At::default()).names {
            let bound = self.bind_name(name, value);
            self.names.push((name, bound));
        }
    }
}

/// The arms, in order, that may take what `takes` says, up to the first that takes it whatever it is.
pub(super) fn taking(arms: &[Arm], takes: impl Fn(&Arm) -> bool) -> Vec<usize> {
    let mut taking = Vec::new();
    for (index, arm) in arms.iter().enumerate().filter(|(_, arm)| takes(arm)) {
        taking.push(index);
        if arm.guard.is_none() && !reads_more(&arm.pattern) {
            break;
        }
    }
    taking
}

/// Whether a pattern asks for more than the error's name.
fn reads_more(pattern: &ResultPattern) -> bool {
    let ResultPattern::Err(patterns) = pattern else { return false };
    patterns.iter().any(|pattern| match pattern {
        FailurePattern::Variant { fields: VariantFields::Tuple(parts), .. } => parts.iter().any(may_fail),
        FailurePattern::Variant { fields: VariantFields::Struct(fields), .. } => {
            fields.iter().any(|(_, part)| may_fail(part))
        }
        _ => false,
    })
}

fn may_fail(pattern: &ValuePattern) -> bool {
    match &pattern.kind {
        ValuePatternKind::Wildcard => false,
        ValuePatternKind::Bind(_, inside) => inside.is_some_and(may_fail),
        ValuePatternKind::Tuple(parts) => parts.first.iter().chain(parts.last).any(may_fail),
        _ => true,
    }
}

/// Whether an arm reads the declared error: as a whole, or, where several arms may take it, what it carries.
fn reads_data(pattern: &ResultPattern, several: bool) -> bool {
    let ResultPattern::Err(patterns) = pattern else { return false };
    patterns.iter().any(|pattern| match pattern {
        FailurePattern::Failed(name) => name.is_some(),
        FailurePattern::Variant { fields: VariantFields::Tuple(_) | VariantFields::Struct(_), .. } => several,
        _ => false,
    })
}

/// The inside of a caught variant's pattern.
fn variant_pattern(fields: &VariantFields<ValuePattern>) -> PatternFields {
    match *fields {
        VariantFields::Unit => PatternFields::Unit,
        VariantFields::Tuple(parts) => PatternFields::Tuple(PatternParts { first: parts, rest: false, last: &[] }),
        VariantFields::Struct(fields) => PatternFields::Struct(fields),
    }
}

/// The serde JSON of the declared error that a catcher sees.
fn declared_error(failure: Term) -> Term {
    let parse = |text: Term| Term::Call("parse", vec![text]);
    parse(parse(failure.field("Cause")).field("errorMessage")).field("error")
}

pub(super) fn takes(pattern: &ResultPattern, class: Class) -> bool {
    match pattern {
        ResultPattern::Ok(_) => false,
        ResultPattern::Any => true,
        ResultPattern::Err(patterns) => patterns.iter().any(|pattern| match (pattern, class) {
            (FailurePattern::All(_), _)
            | (FailurePattern::Failed(_), Class::Declared(..))
            | (FailurePattern::TimedOut, Class::Timeout)
            | (FailurePattern::HeartbeatTimedOut, Class::Heartbeat)
            | (FailurePattern::Other(_), Class::Rest) => true,
            (FailurePattern::Variant { variant, .. }, Class::Declared(ident, _)) => *variant == ident,
            _ => false,
        }),
    }
}
