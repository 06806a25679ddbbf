//! What is wrong with a machine: AWS's rules, in AWS's words, and what linters add to them.
//!
//! One mistake is one violation: what follows only from another mistake is not told again.

mod errors;
mod fields;
mod flow;
mod map;
mod resource;
mod services;
mod sites;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::violation::{Location, Violation, ViolationCode};
use super::{Branch, State, StateMachine};

const MAX_NAME: usize = 80;
/// The longest time that fields in seconds hold: a little over three years.
const MAX_SECONDS: u64 = 99_999_999;

/// Everything that is wrong with the machine; a machine without an [`Error`](super::Severity::Error) can be run and is
/// accepted by Step Functions.
pub fn validate(machine: &StateMachine) -> Vec<Violation> {
    let mut faults = Vec::new();
    root(machine, &mut faults);
    if !machine.is_jsonata() && matches!(machine.query_language.as_deref(), None | Some("JSONPath")) {
        // What else there is to say is about another language.
        return faults;
    }
    let container =
        Container { start_at: &machine.start_at, states: &machine.states, at: Location::root(), nested: false };
    let mut names = Names { is_jsonata: machine.is_jsonata(), ..Names::default() };
    check(&container, &mut names, &mut faults);
    variables::check(&container, &BTreeSet::new(), &mut faults);
    faults
}

fn root(machine: &StateMachine, faults: &mut Vec<Violation>) {
    let root = Location::root();
    if !machine.is_jsonata() {
        faults.push(
            Violation::schema(&root.field("QueryLanguage"), "Value should be one of the following: [JSONata]")
                .with_help("without it Step Functions reads the machine as JSONPath"),
        );
    }
    if machine.version.as_deref().is_some_and(|version| version != "1.0") {
        faults.push(Violation::schema(&root.field("Version"), "Value should be one of the following: [1.0]"));
    }
    if machine.timeout_seconds.is_some_and(|seconds| seconds == 0 || seconds > MAX_SECONDS) {
        faults.push(Violation::schema(
            &root.field("TimeoutSeconds"),
            format!("Value should be between 1 and {MAX_SECONDS}"),
        ));
    }
}

/// States that reach each other: the machine's own or a branch's.
struct Container<'a> {
    start_at: &'a str,
    states: &'a IndexMap<String, State>,
    at: Location,
    nested: bool,
}

impl<'a> Container<'a> {
    fn branch(branch: &'a Branch, at: Location) -> Self {
        Self { start_at: &branch.start_at, states: &branch.states, at, nested: true }
    }

    fn state(&self, name: &str) -> Location {
        self.at.state(name)
    }
}

/// Names that may occur once in the document, and what holds for all of it.
#[derive(Default)]
struct Names<'a> {
    is_jsonata: bool,
    states: BTreeSet<&'a str>,
    labels: BTreeSet<&'a str>,
}

fn check<'a>(container: &Container<'a>, names: &mut Names<'a>, faults: &mut Vec<Violation>) {
    if container.states.is_empty() {
        return faults.push(Violation::schema(&container.at.field("States"), "Value cannot be empty"));
    }
    for (name, state) in container.states {
        let at = container.state(name);
        state_name(name, &at, names, faults);
        fields::language(state, names.is_jsonata, &at, faults);
        fields::check(state, &at, faults);
        errors::check(state, &at, faults);
        for (assign, at) in sites::assigns(state, &at) {
            faults.extend(assign.keys().filter_map(|name| variables::check_name(name, &at.field(name))));
        }
        if let State::Map(map) = state {
            map::label(map.label.as_deref(), &at, &mut names.labels, faults);
        }
        for (branch, at) in branches(state, &at) {
            check(&Container::branch(branch, at), names, faults);
        }
    }
    flow::check(container, faults);
}

fn state_name<'a>(name: &'a str, at: &Location, names: &mut Names<'a>, faults: &mut Vec<Violation>) {
    let length = name.chars().count();
    if length == 0 || length > MAX_NAME {
        let message = format!("State name should have 1 to {MAX_NAME} characters, but has {length}");
        faults.push(Violation::error(ViolationCode::InvalidStateName, at, message));
    }
    if !names.states.insert(name) {
        faults.push(Violation::error(ViolationCode::DuplicateStateName, at, format!("Duplicate State name: {name}")));
    }
}

/// A state's branches, or its processor, with their places.
fn branches<'a>(state: &'a State, at: &Location) -> Vec<(&'a Branch, Location)> {
    match state {
        State::Map(map) => vec![(&map.item_processor, at.field("ItemProcessor"))],
        _ => state.branches().iter().enumerate().map(|(i, branch)| (branch, at.field("Branches").index(i))).collect(),
    }
}
