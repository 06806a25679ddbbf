//! How states are left, and what the end of a branch means.

use super::facts::{Leaving, Place, equals};
use super::{Here, Turn, Turned};
use crate::engine::execution::{Phase, Scope};
use crate::engine::limits::{Did, Excess, REMEDY, too_large};
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
            facts.task = facts.visit.task;
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
        let limits = self.machine.data_limits();
        if let Some(excess) = output.as_ref().and_then(|output| limits.excess(output)) {
            return self.oversized(here, &excess);
        }
        if let Some(fault) = self.too_much_assigned(here, &assigned) {
            return self.runtime_error(here, &fault);
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
            self.ready.push(here.id);
            return Ok(());
        }
        self.scope_ended(here.id)
    }

    /// Why these variables cannot be assigned: they are too large, together or with all the others of the execution.
    fn too_much_assigned(&self, here: Here<'_>, assigned: &[(String, Json)]) -> Option<String> {
        if assigned.is_empty() {
            return None;
        }
        let limits = self.machine.data_limits();
        let pairs = assigned.iter().map(|(name, value)| (name.as_str(), &**value));
        if let Some(fault) = limits.assigned(pairs) {
            return Some(fault.to_string());
        }
        let total = self.execution.variables_beyond(here.id, assigned, limits.variables())?;
        Some(format!(
            "The variables of the execution exceed the maximum of {} bytes. With '{}' they have {total} bytes of JSON text: \
             {REMEDY} [WF2221]",
            limits.variables(),
            assigned.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join("', '"),
        ))
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
        let excess = match &visit.phase {
            Phase::Succeeded(result) => self.machine.data_limits().excess(result),
            _ => None,
        };
        if let Some(excess) = excess {
            return self.oversized(here, &excess);
        }
        self.leave_well(here)
    }

    /// Too much data at the boundary of a state: nothing handles it.
    pub(super) fn oversized(&mut self, here: Here<'_>, excess: &Excess) -> Turned {
        self.over_limit(too_large(&here.node.name, Did::Return, excess))
    }

    /// The end of an execution that holds too much data.
    pub(super) fn over_limit(&mut self, cause: String) -> Turned {
        self.end(Event::ExecutionFailed {
            error: ErrorOutput { error: Some(DATA_LIMIT.to_owned()), cause: Some(cause) },
        })
    }
}
