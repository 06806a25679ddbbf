//! What is asked of the states of a machine, those of branches and processors among them.

use indexmap::IndexMap;

use crate::asl::State;
use crate::asl::resource;

/// Every state, the outer ones first.
pub(super) fn each<'a>(states: &'a IndexMap<String, State>, visit: &mut impl FnMut(&'a str, &'a State)) {
    for (name, state) in states {
        visit(name, state);
        for branch in state.branches() {
            each(&branch.states, visit);
        }
    }
}

/// The function that a Task calls, as a `Resource` names it, whoever runs it.
pub(super) fn function_of(state: &State) -> Option<&str> {
    let State::Task(task) = state else { return None };
    resource::parse(&task.resource, task.arguments.as_ref()).map(|call| call.function)
}

/// What a Task calls, for people and for comparisons: the same for functions and for activities.
pub(super) fn called(state: &State) -> Option<String> {
    let State::Task(task) = state else { return None };
    if let Some(call) = resource::parse(&task.resource, task.arguments.as_ref()) {
        return Some(format!("step `{}`", call.function));
    }
    if let Some(call) = resource::parse_execution(&task.resource, task.arguments.as_ref()) {
        let word = if call.waits { "workflow" } else { "a start of workflow" };
        return Some(format!("{word} `{}`", call.workflow));
    }
    Some(format!("`{}`", task.resource))
}
