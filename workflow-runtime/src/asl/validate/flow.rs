//! Where transitions lead, and whether everything is reached and something ends it.

use std::collections::BTreeSet;

use super::Container;
use crate::asl::read::similar;
use crate::asl::violation::{Location, Violation, ViolationCode};
use crate::asl::{State, TransitionKind};

pub(super) fn check(container: &Container<'_>, faults: &mut Vec<Violation>) {
    let before = faults.len();
    if !container.states.contains_key(container.start_at) {
        faults.push(missing("StartAt", container.start_at, &container.at.field("StartAt"), container));
    }
    for (name, state) in container.states {
        let at = container.state(name);
        next_or_end(state, &at, faults);
        for transition in state.transitions() {
            if !container.states.contains_key(transition.target) {
                let at = place(transition.kind, &at);
                // AWS says `Next` for `Default` and for rules and catchers, too.
                faults.push(missing("Next", transition.target, &at, container));
            }
        }
    }
    let broken = faults.len() > before;
    if !container.states.values().any(State::is_terminal) {
        // A state without Next and End is told already.
        if !broken || container.states.values().all(has_way_out) {
            faults.push(no_end(container));
        }
    } else if !broken {
        unreachable(container, faults);
    }
}

fn has_way_out(state: &State) -> bool {
    state.next_and_end().is_none_or(|(next, end)| next.is_some() || end.is_some())
}

fn no_end(container: &Container<'_>) -> Violation {
    let fault = Violation::unlocated(ViolationCode::MissingEndState, "Workflow has no terminal state");
    if container.nested { Violation { location: Some(container.at.to_string()), ..fault } } else { fault }
}

fn next_or_end(state: &State, at: &Location, faults: &mut Vec<Violation>) {
    match state.next_and_end() {
        Some((None, None) | (Some(_), Some(_))) => {
            faults.push(Violation::schema(at, "Exactly one of these fields is required: [Next, End]"));
        }
        Some((None, Some(false))) => {
            faults.push(Violation::schema(&at.field("End"), "Value should be one of the following: [true]"));
        }
        _ => {}
    }
}

fn place(kind: TransitionKind, at: &Location) -> Location {
    match kind {
        TransitionKind::Next => at.field("Next"),
        TransitionKind::Rule(rule) => at.field("Choices").index(rule).field("Next"),
        TransitionKind::Default => at.field("Default"),
        TransitionKind::Catch(catcher) => at.field("Catch").index(catcher).field("Next"),
    }
}

fn missing(field: &str, target: &str, at: &Location, container: &Container<'_>) -> Violation {
    let fault =
        Violation::error(ViolationCode::MissingTransitionTarget, at, format!("Missing '{field}' target: {target}"));
    match similar(target, container.states.keys().map(String::as_str)) {
        Some(similar) => fault.with_help(format!("a state with a similar name exists: `{similar}`")),
        None => fault,
    }
}

fn unreachable(container: &Container<'_>, faults: &mut Vec<Violation>) {
    let mut reached = BTreeSet::from([container.start_at]);
    let mut open = vec![container.start_at];
    while let Some(state) = open.pop().and_then(|name| container.states.get(name)) {
        open.extend(state.transitions().into_iter().map(|to| to.target).filter(|target| reached.insert(target)));
    }
    for name in container.states.keys().filter(|name| !reached.contains(name.as_str())) {
        let message = format!("State \"{name}\" is not reachable.");
        faults.push(Violation::error(ViolationCode::MissingTransitionTarget, &container.state(name), message));
    }
}
