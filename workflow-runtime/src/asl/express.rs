//! What an Express machine cannot have: Step Functions refuses such a machine when it is created.

use indexmap::IndexMap;
use serde_json::Value;

use super::State;
use super::resource::waits_for_token;

/// Step Functions ends an Express execution after five minutes.
pub const EXPRESS_SECONDS_MAX: u64 = 300;

/// Every state, also of branches and processors, that cannot stand in an Express machine, and why.
pub fn express_obstacles(states: &IndexMap<String, State>) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    look(states, &mut found);
    found
}

fn look(states: &IndexMap<String, State>, found: &mut Vec<(String, &'static str)>) {
    for (name, state) in states {
        found.extend(forbidden(state).map(|why| (name.clone(), why)));
        for branch in state.branches() {
            look(&branch.states, found);
        }
    }
}

fn forbidden(state: &State) -> Option<&'static str> {
    match state {
        State::Task(task) if waits_for_token(&task.resource) => Some("it waits for somebody to answer"),
        State::Task(task) if task.resource.contains(".sync") => Some("it waits for the end of a job"),
        State::Map(map) if map.item_processor.is_distributed() => Some("it is a distributed map"),
        State::Wait(wait) => {
            let seconds = wait.seconds.as_ref().and_then(Value::as_u64);
            seconds
                .is_some_and(|seconds| seconds > EXPRESS_SECONDS_MAX)
                .then_some("it waits for more than five minutes")
        }
        _ => None,
    }
}
