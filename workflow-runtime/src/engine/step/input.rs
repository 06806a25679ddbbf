//! What each input begins. Whatever comes too late or names nothing open changes nothing, and says so.

use std::sync::Arc;

use serde_json::Value;

use super::{REDRIVES_MAX, Turn, Turned};
use crate::engine::execution::{Attempt, Phase, ROOT, Scope, delay_timer, timed_out};
use crate::engine::limits::{Did, too_large};
use crate::engine::machine::{DATA_LIMIT, Failure, Origin};
use crate::engine::{Effect, Event, ExecutionStatus, Input, Parent, ScopeId, Stale, TaskId, TimerId};
use crate::json::Json;
use crate::step::ErrorOutput;

impl Turn<'_> {
    pub(super) fn take(&mut self, input: &Input) -> Turned {
        match input {
            Input::Start { input, seed } => return self.start(Json::from(Arc::clone(input)), *seed, None),
            Input::StartBy { input, seed, parent } => {
                return self.start(Json::from(Arc::clone(input)), *seed, Some(parent.clone()));
            }
            _ => {}
        }
        if matches!(input, Input::Redrive) {
            return self.redrive();
        }
        if !self.is_running() {
            return self.stale(Stale::ExecutionClosed);
        }
        if self.execution.is_overdue(self.now) && !matches!(input, Input::Stop { .. } | Input::Recover) {
            return self.end(Event::ExecutionTimedOut);
        }
        match input {
            Input::TaskSucceeded { task, output } => self.task_succeeded(*task, output),
            Input::TaskFailed { task, error } => self.task_failed(*task, error),
            Input::TaskSubmitted { task } => match self.open_task(*task) {
                Some((_, attempt)) if attempt.submitted => Ok(()),
                Some((scope, _)) => self.emit(Event::TaskSubmitted { scope }),
                None => self.stale_task(*task),
            },
            Input::JobSubmitted { task, output } => match self.open_task(*task) {
                Some((_, attempt)) if attempt.submitted => Ok(()),
                Some((scope, _)) => self.emit(Event::JobSubmitted { scope, output: Json::from(Arc::clone(output)) }),
                None => self.stale_task(*task),
            },
            Input::MapRunProgressed { run, mark, results } => self.map_run_progressed(*run, *mark, results),
            Input::MapRunWriting { run, owner, mark, error } => {
                self.map_run_writing(*run, *owner, *mark, error.as_ref())
            }
            Input::MapRunEnded { run, end } => self.map_run_ended(*run, end),
            Input::TaskHeartbeat { task } => self.heartbeat(*task),
            Input::TimerFired { timer } => self.timer_fired(*timer),
            Input::Recover => self.recover(),
            Input::Stop { error } => self.end(Event::ExecutionAborted { error: error.clone() }),
            Input::Start { .. } | Input::StartBy { .. } | Input::Redrive => Ok(()),
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "it ends a turn, and reads as one")]
    fn stale(&mut self, stale: Stale) -> Turned {
        self.decision.stale = Some(stale);
        Ok(())
    }

    /// Attempts are named by event numbers: one that was not given out yet never was an attempt.
    pub(super) fn stale_task(&mut self, task: TaskId) -> Turned {
        let known = (1..=self.execution.event_count()).contains(&task.0);
        self.stale(if known { Stale::TaskClosed } else { Stale::TaskUnknown })
    }

    fn open_task(&self, task: TaskId) -> Option<(ScopeId, Attempt)> {
        let scope = self.execution.scope_of(task)?;
        let attempt = self.execution.scope(scope).and_then(Scope::running)?;
        Some((scope, attempt.clone()))
    }

    fn start(&mut self, input: Json, seed: u64, parent: Option<Parent>) -> Turned {
        self.emit(Event::ExecutionStarted { input, seed })?;
        if let Some(parent) = parent {
            self.emit(Event::StartedBy { parent })?;
        }
        if let Some(due) = self.execution.own_deadline(self.machine) {
            self.set_timer(TimerId::Execution, due);
        }
        self.ready.push(ROOT);
        Ok(())
    }

    fn redrive(&mut self) -> Turned {
        let ended_badly =
            !matches!(self.execution.status(), None | Some(ExecutionStatus::Running | ExecutionStatus::Succeeded));
        let has_room =
            self.execution.next_event() < self.machine.events_max() && self.execution.redrive_count() < REDRIVES_MAX;
        if !(ended_badly && has_room) {
            return self.stale(Stale::NotRedrivable);
        }
        self.emit(Event::ExecutionRedriven)?;
        if let Some(due) = self.execution.own_deadline(self.machine) {
            self.set_timer(TimerId::Execution, due);
        }
        let scopes: Vec<ScopeId> = self.execution.scopes().map(|(id, _)| id).collect();
        for id in &scopes {
            let id = *id;
            if self.is_ready(id) {
                self.ready.push(id);
            } else if let Some(timer) = self.visited(id).and_then(|(_, visit, _)| delay_timer(id, &visit.phase)) {
                self.decision.effects.push(timer);
            }
        }
        // Items that had not begun when it failed.
        scopes.into_iter().try_for_each(|id| self.start_iterations(id))
    }

    /// The machine may have been down for longer than an attempt may take: that time is not the attempt's.
    fn recover(&mut self) -> Turned {
        if self.execution.deadline(self.machine).is_some_and(|due| due <= self.now) {
            let ended = self.end(Event::ExecutionTimedOut);
            // Nothing of it runs here yet, but its jobs run elsewhere.
            self.decision.effects.retain(|effect| matches!(effect, Effect::CancelTask(_) | Effect::Ended));
            return ended;
        }
        let is_cut_off = |scope: &Scope| scope.running().is_some_and(|attempt| !attempt.submitted);
        let cut_off: Vec<ScopeId> =
            self.execution.scopes().filter(|(_, scope)| is_cut_off(scope)).map(|(id, _)| id).collect();
        for scope in cut_off {
            self.emit(Event::TaskReissued { scope })?;
        }
        self.decision.effects = self.execution.pending_effects(self.machine);
        Ok(())
    }

    fn task_succeeded(&mut self, task: TaskId, output: &Arc<Value>) -> Turned {
        let Some((scope, attempt)) = self.open_task(task) else { return self.stale_task(task) };
        let Some(here) = self.here(scope) else { return Ok(()) };
        if let Some(excess) = self.machine.data_limits().excess(output) {
            let cause = too_large(&here.node.name, Did::Return, &excess);
            return self.task_failed(task, &ErrorOutput { error: Some(DATA_LIMIT.to_owned()), cause: Some(cause) });
        }
        self.cancel_timers(&attempt);
        self.emit(Event::TaskSucceeded { scope, output: Json::from(Arc::clone(output)) })?;
        self.leave_well(here)
    }

    fn task_failed(&mut self, task: TaskId, error: &ErrorOutput) -> Turned {
        let Some((scope, attempt)) = self.open_task(task) else { return self.stale_task(task) };
        let Some(here) = self.here(scope) else { return Ok(()) };
        self.cancel_timers(&attempt);
        self.emit(Event::TaskFailed { scope, error: error.clone() })?;
        self.handle(here, Failure { error: error.clone(), origin: Origin::Task })
    }

    fn heartbeat(&mut self, task: TaskId) -> Turned {
        let Some((scope, attempt)) = self.open_task(task) else { return self.stale_task(task) };
        if attempt.heartbeat_seconds.is_none() {
            return Ok(());
        }
        self.emit(Event::HeartbeatRecorded { scope })?;
        if let Some(due) = self.open_task(task).and_then(|(_, attempt)| attempt.heartbeat_due()) {
            self.set_timer(TimerId::TaskHeartbeat(task), due);
        }
        Ok(())
    }

    fn timer_fired(&mut self, timer: TimerId) -> Turned {
        let due = match timer {
            TimerId::TaskTimeout(task) => self.open_task(task).and_then(|(_, attempt)| attempt.timeout_due()),
            TimerId::TaskHeartbeat(task) => self.open_task(task).and_then(|(_, attempt)| attempt.heartbeat_due()),
            TimerId::Execution => self.execution.deadline(self.machine),
            TimerId::Retry(scope) | TimerId::Wait(scope) => self.delay_due(timer, scope),
        };
        match due {
            None => self.stale(Stale::TimerObsolete),
            Some(due) if due > self.now => {
                // Too early, or set for a due time that has moved since.
                self.set_timer(timer, due);
                Ok(())
            }
            Some(_) => self.expired(timer),
        }
    }

    fn delay_due(&self, timer: TimerId, scope: ScopeId) -> Option<crate::time::Timestamp> {
        let live = self.execution.scope(scope).filter(|scope| !scope.aborted)?;
        match (timer, &live.visit()?.phase) {
            (TimerId::Retry(_), Phase::Retrying { due }) => Some(*due),
            (TimerId::Wait(_), Phase::Waiting { until }) => Some(*until),
            _ => None,
        }
    }

    fn expired(&mut self, timer: TimerId) -> Turned {
        match timer {
            TimerId::TaskTimeout(task) => self.task_timed_out(task, false),
            TimerId::TaskHeartbeat(task) => self.task_timed_out(task, true),
            TimerId::Execution => self.end(Event::ExecutionTimedOut),
            TimerId::Retry(scope) => self.here(scope).map_or(Ok(()), |here| self.perform(here)),
            TimerId::Wait(scope) => self.here(scope).map_or(Ok(()), |here| self.leave_well(here)),
        }
    }

    fn task_timed_out(&mut self, task: TaskId, heartbeat: bool) -> Turned {
        let Some((scope, attempt)) = self.open_task(task) else { return self.stale_task(task) };
        let Some(here) = self.here(scope) else { return Ok(()) };
        // The timer that fired is gone; the other one is not needed any more.
        let other = if heartbeat { attempt.timeout_due() } else { attempt.heartbeat_due() };
        if other.is_some() {
            self.cancel_timer(if heartbeat { TimerId::TaskTimeout(task) } else { TimerId::TaskHeartbeat(task) });
        }
        self.decision.effects.push(Effect::CancelTask(task));
        self.emit(Event::TaskTimedOut { scope, heartbeat })?;
        let origin = if heartbeat { Origin::Heartbeat } else { Origin::Timeout };
        self.handle(here, Failure { error: timed_out(), origin })
    }
}
