//! What an Express machine cannot have, whoever wrote the state: Step Functions refuses such a machine when it is created.

use indexmap::IndexMap;
use serde_json::Value;

use super::graph::Graph;
use super::ir::{At, Program};
use super::{LowerError, codes};
use crate::asl::State;
use crate::asl::resource::waits_for_token;
use crate::engine::EXPRESS_SECONDS_MAX;

/// Every state that an Express machine cannot have.
pub(super) fn faults(
    program: &Program,
    states: &IndexMap<String, State>,
    graph: &Graph,
    names: &[String],
) -> Vec<LowerError> {
    let mut found = Vec::new();
    look(states, &mut found);
    let place = |state: &str| {
        let node = names.iter().position(|name| name == state);
        node.and_then(|node| graph.nodes.get(node)).map_or_else(At::default, |node| node.at)
    };
    let fault = |(state, why): (String, &str)| LowerError {
        code: codes::EXPRESS,
        message: format!("state `{state}` cannot stand in an Express workflow: {why}; leave `express` out"),
        file: program.file,
        at: place(&state),
    };
    found.into_iter().map(fault).collect()
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
        State::Map(map) => {
            let mode = map.item_processor.processor_config.as_ref().and_then(|config| config.get("Mode"));
            (mode.and_then(Value::as_str) == Some("DISTRIBUTED")).then_some("it is a distributed map")
        }
        State::Wait(wait) => {
            let seconds = wait.seconds.as_ref().and_then(Value::as_u64);
            seconds
                .is_some_and(|seconds| seconds > EXPRESS_SECONDS_MAX)
                .then_some("it waits for more than five minutes")
        }
        _ => None,
    }
}
