//! One input, as far as it carries.
//!
//! [`step`] takes an input and runs every scope forward, one event after the other, until each waits for something or the
//! execution has ended. Every event goes through [`Execution::apply`] as it is decided, so that what is decided next sees it.

mod facts;
mod fail;
mod input;
mod leave;
mod map;
mod map_run;
mod run;

use std::collections::VecDeque;

use super::execution::{Attempt, Phase, ROOT, Scope, Visit};
use super::limits::{TURN_BYTES_MAX, UNCOUNTED_EVENTS};
use super::machine::{Node, RUNTIME};
use super::size::payload_bytes;
use super::{
    Decision, Effect, EngineError, Event, Execution, ExecutionStatus, Input, Machine, ReplayError, ScopeId, TaskId,
    TimerId,
};
use crate::step::ErrorOutput;
use crate::time::Timestamp;
use facts::Facts;

/// Events that an execution may have on AWS; the last one is its end.
pub const EVENTS_MAX: u64 = 25_000;

/// How often an execution may be redriven.
pub const REDRIVES_MAX: u32 = 1_000;

/// Decides and applies in one pass: what a runtime uses. Runs on until every scope waits or the execution has ended.
///
/// # Errors
/// On [`EngineError::Replay`] the execution may be half changed: drop it and replay.
pub fn step(
    machine: &Machine,
    execution: &mut Execution,
    input: &Input,
    now: Timestamp,
) -> Result<Decision, EngineError> {
    match (execution.status(), input) {
        (None, Input::Start { input, .. } | Input::StartBy { input, .. }) => {
            if let Some(excess) = machine.data_limits().excess(input) {
                return Err(EngineError::InputTooLarge { excess: excess.to_string() });
            }
        }
        (None, _) => return Err(EngineError::NotStarted),
        (Some(_), Input::Start { .. } | Input::StartBy { .. }) => return Err(EngineError::AlreadyStarted),
        (Some(_), _) => {}
    }
    // A task's end and the next one's start are five events and three effects.
    let decision = Decision { events: Vec::with_capacity(6), effects: Vec::with_capacity(4), stale: None };
    let mut turn = Turn { machine, execution, now, decision, ready: Ready::default(), made: 0 };
    match turn.take(input).and_then(|()| turn.run()) {
        Ok(()) | Err(Stop::Ended) => Ok(turn.decision),
        Err(Stop::Fault(error)) => Err(error.into()),
    }
}

/// What an input leads to, without changing anything.
///
/// # Errors
/// As [`step`].
pub fn decide(
    machine: &Machine,
    execution: &Execution,
    input: &Input,
    now: Timestamp,
) -> Result<Decision, EngineError> {
    step(machine, &mut execution.clone(), input, now)
}

/// One input's way through an execution.
struct Turn<'a> {
    machine: &'a Machine,
    execution: &'a mut Execution,
    now: Timestamp,
    decision: Decision,
    ready: Ready,
    /// Bytes of payload so far, once there are many events.
    made: usize,
}

/// Scopes that can go on, oldest first: branches take turns, as on AWS.
#[derive(Default)]
struct Ready {
    /// Without branches there is never more than one.
    first: Option<ScopeId>,
    others: VecDeque<ScopeId>,
}

impl Ready {
    fn push(&mut self, scope: ScopeId) {
        if self.first.is_none() && self.others.is_empty() {
            self.first = Some(scope);
        } else {
            self.others.push_back(scope);
        }
    }

    fn pop(&mut self) -> Option<ScopeId> {
        self.first.take().or_else(|| self.others.pop_front())
    }
}

/// Why a turn goes no further.
enum Stop {
    Ended,
    Fault(ReplayError),
}

impl From<ReplayError> for Stop {
    fn from(error: ReplayError) -> Self {
        Self::Fault(error)
    }
}

type Turned = Result<(), Stop>;

/// A scope in a state: what a turn works on.
#[derive(Clone, Copy)]
struct Here<'a> {
    id: ScopeId,
    node: &'a Node,
}

impl<'a> Turn<'a> {
    /// Makes an event a fact; at the limit of events, the failure instead.
    fn emit(&mut self, event: Event) -> Turned {
        let last = event.is_numbered() && self.execution.next_event() >= self.machine.events_max();
        if last && !event.is_terminal() {
            return self.end(Event::ExecutionFailed {
                error: ErrorOutput {
                    error: Some(RUNTIME.to_owned()),
                    cause: Some(format!(
                        "The execution reached the maximum number of history events ({}).",
                        self.machine.events_max()
                    )),
                },
            });
        }
        if self.decision.events.len() >= UNCOUNTED_EVENTS {
            self.made = self.made.saturating_add(payload_bytes(&event));
            if self.made > TURN_BYTES_MAX {
                return self.too_much();
            }
        }
        self.execution.apply(self.machine, self.now, &event)?;
        self.decision.events.push(event);
        Ok(())
    }

    /// More payload than one commit should carry.
    fn too_much(&mut self) -> Turned {
        let cause = format!(
            "The execution made more than {} MiB of payload without waiting for a task, a timer or an answer [WF2251].",
            TURN_BYTES_MAX >> 20
        );
        self.end(Event::ExecutionFailed { error: ErrorOutput { error: Some(RUNTIME.to_owned()), cause: Some(cause) } })
    }

    /// Makes the last event a fact; nothing that was begun goes on.
    fn end(&mut self, event: Event) -> Turned {
        let open: Vec<ScopeId> = self.execution.scopes().map(|(id, _)| id).collect();
        for scope in open {
            self.release(scope);
        }
        if self.machine.timeout_seconds().is_some() && !matches!(event, Event::ExecutionTimedOut) {
            self.cancel_timer(TimerId::Execution);
        }
        self.execution.apply(self.machine, self.now, &event)?;
        self.decision.events.push(event);
        self.decision.effects.push(Effect::Ended);
        Err(Stop::Ended)
    }

    /// Gives up what a scope waits for.
    fn release(&mut self, scope: ScopeId) {
        let Some(visit) = self.execution.scope(scope).filter(|scope| !scope.aborted).and_then(Scope::visit) else {
            return;
        };
        match &visit.phase {
            Phase::Running(attempt) => {
                let attempt = attempt.clone();
                self.cancel_timers(&attempt);
                self.cancel_task(attempt.task);
            }
            Phase::MapRun(run) => {
                let run = run.run;
                self.cancel_task(run);
            }
            Phase::Retrying { .. } => self.cancel_timer(TimerId::Retry(scope)),
            Phase::Waiting { .. } => self.cancel_timer(TimerId::Wait(scope)),
            _ => {}
        }
    }

    fn cancel_timers(&mut self, attempt: &Attempt) {
        if attempt.timeout_seconds.is_some() {
            self.cancel_timer(TimerId::TaskTimeout(attempt.task));
        }
        if attempt.heartbeat_seconds.is_some() {
            self.cancel_timer(TimerId::TaskHeartbeat(attempt.task));
        }
    }

    /// A task that this very decision would have started is not started at all.
    fn cancel_task(&mut self, task: TaskId) {
        let effects = &mut self.decision.effects;
        let before = effects.len();
        effects.retain(|effect| match effect {
            Effect::StartTask(request) => request.task != task,
            Effect::StartMapRun(request) => request.run != task,
            _ => true,
        });
        if effects.len() == before {
            effects.push(Effect::CancelTask(task));
        }
    }

    fn cancel_timer(&mut self, id: TimerId) {
        let effects = &mut self.decision.effects;
        let before = effects.len();
        effects.retain(|effect| !matches!(effect, Effect::SetTimer { timer, .. } if *timer == id));
        if effects.len() == before {
            effects.push(Effect::CancelTimer(id));
        }
    }

    fn set_timer(&mut self, timer: TimerId, due: Timestamp) {
        self.decision.effects.push(Effect::SetTimer { timer, due });
    }

    fn is_running(&self) -> bool {
        self.execution.status() == Some(ExecutionStatus::Running)
    }

    /// The scope, its visit and its state; `None` where it is in none.
    fn visited(&self, id: ScopeId) -> Option<(&Scope, &Visit, &'a Node)> {
        let scope = self.execution.scope(id)?;
        let visit = scope.visit()?;
        Some((scope, visit, self.machine.node(scope.container, visit.state)?))
    }

    fn here(&self, id: ScopeId) -> Option<Here<'a>> {
        self.visited(id).map(|(_, _, node)| Here { id, node })
    }

    fn facts<'f>(&'f self, here: Here<'f>) -> Option<Facts<'f>> {
        let (scope, visit, node) = self.visited(here.id)?;
        Some(Facts::new(self.execution, here.id, scope, visit, node, self.now))
    }

    fn parent_of(&self, scope: ScopeId) -> Option<ScopeId> {
        if scope == ROOT { None } else { self.execution.parent_of(scope) }
    }
}
