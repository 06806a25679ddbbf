//! What becomes of a failure: a retry, a catcher, or the scope around.

use super::leave::Caught;
use super::{Here, Turn, Turned};
use crate::engine::execution::{Phase, Position, error_output};
use crate::engine::machine::{EVALUATION, Failure, NodeKind, Origin, any_matches, mix};
use crate::engine::{Event, ScopeId, StateKind, TimerId};
use crate::expr::EvaluationError;
use crate::step::ErrorOutput;

/// Keeps the jitter's numbers apart from those of expressions.
const JITTER: u64 = 0x6a69_7474_6572;

impl Turn<'_> {
    /// An expression failed. A catcher's own is not handled again.
    pub(super) fn evaluation_failed(&mut self, here: Here<'_>, error: &EvaluationError, handled: bool) -> Turned {
        self.emit(Event::EvaluationFailed {
            scope: here.id,
            error: ErrorOutput { error: Some(EVALUATION.to_owned()), cause: Some(error.cause.clone()) },
            location: error.location.clone(),
        })?;
        let Some((_, visit, _)) = self.visited(here.id) else { return Ok(()) };
        let Phase::Failed(error) = &visit.phase else { return Ok(()) };
        let failure = Failure { error: error.clone(), origin: Origin::Evaluation };
        if handled {
            return self.handle(here, failure);
        }
        self.group_failed(here, &failure)?;
        self.fail_scope(here.id, failure)
    }

    /// A state failed: its retriers are asked, then its catchers.
    pub(super) fn handle(&mut self, here: Here<'_>, failure: Failure) -> Turned {
        if failure.is_terminal() {
            return self.end(Event::ExecutionFailed { error: failure.error });
        }
        if self.retried(here, &failure)? {
            return Ok(());
        }
        self.group_failed(here, &failure)?;
        let caught = here.node.catch.iter().zip(0..).find(|(catcher, _)| any_matches(&catcher.errors, &failure));
        match caught {
            Some((catcher, number)) => {
                let caught = Caught { catcher: number, error_output: error_output(&failure.error) };
                self.leave(here, &catcher.exit, Some(caught))
            }
            None => self.fail_scope(here.id, failure),
        }
    }

    /// The first retrier that matches decides; once it is used up, no other one is asked.
    fn retried(&mut self, here: Here<'_>, failure: &Failure) -> Result<bool, super::Stop> {
        let Some((_, visit, node)) = self.visited(here.id) else { return Ok(false) };
        let matching = node.retry.iter().zip(0_u32..).find(|(retrier, _)| any_matches(&retrier.errors, failure));
        let Some((retrier, number)) = matching else { return Ok(false) };
        let used = visit.counters.get(number as usize).copied().unwrap_or(0);
        if u64::from(used) >= retrier.max_attempts {
            return Ok(false);
        }
        let entropy = mix(self.execution.seed() ^ JITTER, self.execution.event_count());
        let due = self.now.plus_millis(retrier.delay_ms(used.saturating_add(1), entropy));
        self.emit(Event::RetryScheduled { scope: here.id, retrier: number, due })?;
        self.set_timer(TimerId::Retry(here.id), due);
        Ok(true)
    }

    /// A Parallel or a Map tells its own failure.
    fn group_failed(&mut self, here: Here<'_>, failure: &Failure) -> Turned {
        let Some((_, visit, _)) = self.visited(here.id) else { return Ok(()) };
        if !matches!(visit.phase, Phase::Branches | Phase::Failed(_)) {
            return Ok(());
        }
        let (scope, error) = (here.id, failure.error.clone());
        match here.node.kind {
            NodeKind::Parallel { .. } => self.emit(Event::ParallelFailed { scope, error }),
            NodeKind::Map(_) | NodeKind::MapRun(_) => self.emit(Event::MapFailed { scope, error }),
            _ => Ok(()),
        }
    }

    /// Nothing in this scope handled it: its siblings are cut off and the state around fails.
    pub(super) fn fail_scope(&mut self, scope: ScopeId, failure: Failure) -> Turned {
        let Some(parent) = self.parent_of(scope) else {
            return self.end(Event::ExecutionFailed { error: failure.error });
        };
        if failure.is_terminal() {
            return self.end(Event::ExecutionFailed { error: failure.error });
        }
        if self.is_iteration(scope) {
            self.emit(Event::MapIterationFailed { scope })?;
        }
        self.abort_branches(parent, Some(scope))?;
        match self.here(parent) {
            Some(here) => self.handle(here, failure),
            None => Ok(()),
        }
    }

    /// Cuts off what a scope has opened, but for what has failed itself.
    pub(super) fn abort_branches(&mut self, of: ScopeId, failed: Option<ScopeId>) -> Turned {
        let children: Vec<ScopeId> = self.execution.children(of).map(|(id, _)| id).collect();
        children.into_iter().filter(|id| Some(*id) != failed).try_for_each(|id| self.abort(id))
    }

    /// Cuts off a scope and those within it, the innermost first.
    fn abort(&mut self, scope: ScopeId) -> Turned {
        self.abort_branches(scope, None)?;
        let Some(live) = self.execution.scope(scope).filter(|scope| !scope.aborted) else { return Ok(()) };
        if matches!(live.position, Position::In(_))
            && let Some(here) = self.here(scope)
        {
            self.release(scope);
            if self.execution.scope(scope).is_some_and(|scope| scope.map_run().is_some()) {
                self.emit(Event::MapRunAborted { scope })?;
            }
            if let StateKind::Task | StateKind::Wait | StateKind::Parallel | StateKind::Map =
                here.node.kind.state_kind()
            {
                // AWS knows no such event for the states that never rest.
                self.emit(Event::StateAborted { scope })?;
            }
        }
        if self.is_iteration(scope) { self.emit(Event::MapIterationAborted { scope }) } else { Ok(()) }
    }

    fn is_iteration(&self, scope: ScopeId) -> bool {
        self.execution.iteration_of(scope).is_some()
    }
}
