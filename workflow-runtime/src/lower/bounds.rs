//! What `#[workflow(timeout = "..", max_transitions = n)]` promises, held against the machine.

use std::collections::BTreeMap;

use super::ir::Program;
use super::{LowerError, codes};
use crate::asl::StateMachine;
use crate::cost::{Budget, Cost, Overrun};

/// Every promise that cannot be kept.
pub(super) fn overruns(program: &Program, machine: &StateMachine, rounds: &BTreeMap<String, u64>) -> Vec<LowerError> {
    let bounds = &program.bounds;
    let budget = Budget {
        max_transitions: bounds.max_transitions,
        timeout_seconds: bounds.timeout_seconds,
        assume: bounds.assume,
    };
    if budget.is_empty() {
        return Vec::new();
    }
    let cost = Cost::of_machine(
        program.name,
        program.kind,
        &StateMachine { timeout_seconds: None, ..machine.clone() },
        rounds,
    );
    let fault = |overrun| {
        let (code, message) = match overrun {
            Overrun::Transitions(message) => (codes::MAX_TRANSITIONS, message),
            Overrun::Seconds(message) => (codes::TIMEOUT_TOO_SHORT, message),
            Overrun::Unknown(message) => (codes::NO_BOUND, message),
            Overrun::Assumption(message) => (codes::ASSUMPTION, message),
        };
        LowerError { code, message, file: program.file, at: bounds.at }
    };
    budget.overruns(&cost).into_iter().map(fault).collect()
}
