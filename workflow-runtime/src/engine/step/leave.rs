//! How states are left, and what the end of a branch means.

use super::facts::{Leaving, Place, equals};
use super::size::{DATA_LIMIT_BYTES, exceeds};
use super::{Here, Turn, Turned, exceeds_data_limit};
use crate::engine::execution::{Phase, Scope};
use crate::engine::machine::{DATA_LIMIT, Exit};
use crate::engine::{Event, ScopeId};
use crate::json::Json;
use crate::step::ErrorOutput;

/// A catcher at work.
pub(super) struct Caught {
    pub(super) catcher: u32,
    pub(super) error_output: Json,
}

impl Turn<'_> {
    /// Leaves a state by its own Assign, Output and Next.
    pub(super) fn leave_well(&mut self, here: Here<'_>) -> Turned {
        self.leave(here, &here.node.exit, None)
    }

    /// Leaves a state by the exit of the state, a rule or a catcher.
    pub(super) fn leave(&mut self, here: Here<'_>, exit: &Exit, caught: Option<Caught>) -> Turned {
        let evaluated = {
            let Some(mut facts) = self.facts(here) else { return Ok(()) };
            facts.result = match (&facts.visit.phase, &caught) {
                (Phase::Succeeded(result), None) => Some(result),
                _ => None,
            };
            facts.error_output = caught.as_ref().map(|caught| &caught.error_output);
            let facts = facts.at(if caught.is_some() { Place::Catch } else { Place::Exit });
            facts.leaving(exit).map(|leaving| {
                // What is left out is known to `apply`, and was checked when it came.
                let known = facts.error_output.or(facts.result).unwrap_or(&facts.scope.value);
                Leaving { output: leaving.output.filter(|output| !equals(output, known)), ..leaving }
            })
        };
        let Leaving { assigned, mut output } = match evaluated {
            Ok(leaving) => leaving,
            Err(error) => return self.evaluation_failed(here, &error, caught.is_none()),
        };
        if output.as_ref().is_some_and(|output| exceeds_data_limit(output)) {
            return self.oversized(here);
        }
        if let Some(name) = too_large(&assigned) {
            return self.runtime_error(
                here,
                &format!("The value of variable '{name}' exceeds the maximum of {DATA_LIMIT_BYTES} bytes."),
            );
        }
        let is_failed = self.visited(here.id).is_some_and(|(_, visit, _)| matches!(visit.phase, Phase::Failed(_)));
        if let (None, Some(caught), false) = (&output, &caught, is_failed) {
            // Arguments that were too large: no event tells the error.
            output = Some(caught.error_output.clone());
        }
        self.emit(Event::StateExited {
            scope: here.id,
            output,
            assigned,
            catcher: caught.map(|caught| caught.catcher),
            next: exit.next,
        })?;
        if exit.next.is_some() {
            self.ready.push_back(here.id);
            return Ok(());
        }
        self.scope_ended(here.id)
    }

    fn scope_ended(&mut self, scope: ScopeId) -> Turned {
        let Some(parent) = self.parent_of(scope) else { return self.end(Event::ExecutionSucceeded) };
        if self.execution.iteration_of(scope).is_some() {
            self.emit(Event::MapIterationSucceeded { scope })?;
            return self.start_iterations(parent);
        }
        self.emit(Event::BranchSucceeded { scope })?;
        if !self.all_done(parent) {
            return Ok(());
        }
        self.emit(Event::ParallelSucceeded { scope: parent })?;
        self.group_ended(parent)
    }

    /// Whether all that a state has opened has come to its end.
    pub(super) fn all_done(&self, scope: ScopeId) -> bool {
        self.execution.scope(scope).and_then(Scope::opened).is_some_and(|opened| opened.done >= opened.count)
    }

    /// A Parallel or a Map has its result.
    pub(super) fn group_ended(&mut self, scope: ScopeId) -> Turned {
        let Some((_, visit, node)) = self.visited(scope) else { return Ok(()) };
        let here = Here { id: scope, node };
        if matches!(&visit.phase, Phase::Succeeded(result) if exceeds_data_limit(result)) {
            return self.oversized(here);
        }
        self.leave_well(here)
    }

    /// Too much data at the boundary of a state: nothing handles it.
    pub(super) fn oversized(&mut self, here: Here<'_>) -> Turned {
        let cause = format!(
            "The state/task '{}' returned a result with a size exceeding the maximum number of bytes service limit.",
            here.node.name
        );
        self.end(Event::ExecutionFailed {
            error: ErrorOutput { error: Some(DATA_LIMIT.to_owned()), cause: Some(cause) },
        })
    }
}

/// The first variable that is too large by itself.
fn too_large(assigned: &[(String, Json)]) -> Option<&str> {
    assigned.iter().find(|(_, value)| exceeds(value, DATA_LIMIT_BYTES)).map(|(name, _)| name.as_str())
}
