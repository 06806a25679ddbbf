//! What an Express machine cannot have, whoever wrote the state: Step Functions refuses such a machine when it is created.

use indexmap::IndexMap;

use super::graph::Graph;
use super::ir::{At, Program};
use super::{LowerError, codes};
use crate::asl::{State, express_obstacles};

/// Every state that an Express machine cannot have.
pub(super) fn faults(
    program: &Program,
    states: &IndexMap<String, State>,
    graph: &Graph,
    names: &[String],
) -> Vec<LowerError> {
    let found = express_obstacles(states);
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
