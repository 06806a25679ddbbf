//! What a running execution waits for, for people and for a new owner.

use std::sync::Arc;

use super::{Attempt, Execution, Phase, Position, Scope, Visit};
use crate::engine::machine::{Node, NodeKind, TaskNode};
use crate::engine::{Effect, ExecutionStatus, Machine, MapRunMark, ScopeId, TaskId, TaskRequest, TimerId};
use crate::json::Json;
use crate::step::TaskToken;
use crate::time::Timestamp;

/// Something that a running execution waits for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Waiting {
    /// A step is running.
    Step {
        /// The state's name.
        state: Arc<str>,
        /// Which attempt.
        task: TaskId,
        /// 1 for the first.
        attempt: u32,
        /// When it was started.
        since: Timestamp,
    },
    /// Somebody's answer.
    Answer {
        /// The state's name.
        state: Arc<str>,
        /// Which attempt.
        task: TaskId,
        /// 1 for the first.
        attempt: u32,
        /// To be answered with.
        token: TaskToken,
        /// The first of the attempt's timeouts.
        until: Option<Timestamp>,
    },
    /// The end of a job that was submitted.
    Job {
        /// The state's name.
        state: Arc<str>,
        /// Which attempt.
        task: TaskId,
        /// 1 for the first.
        attempt: u32,
        /// What the service answered.
        answer: Json,
        /// The first of the attempt's timeouts.
        until: Option<Timestamp>,
    },
    /// A retry's delay.
    Retry {
        /// The state's name.
        state: Arc<str>,
        /// When the next attempt is due.
        until: Timestamp,
        /// Retries in this visit, this one included.
        retries: u32,
    },
    /// The children of a distributed Map.
    MapRun {
        /// The state's name.
        state: Arc<str>,
        /// How far it is.
        mark: MapRunMark,
    },
    /// A Wait state.
    Time {
        /// The state's name.
        state: Arc<str>,
        /// When it ends.
        until: Timestamp,
    },
}

impl Execution {
    /// What it waits for; empty once it ended.
    pub fn waiting(&self, machine: &Machine) -> Vec<Waiting> {
        self.visits(machine).filter_map(|(_, _, visit, node)| self.waiting_for(visit, node)).collect()
    }

    /// The states that it is in or enters next, inner ones and those that contain them, also once it has ended.
    pub fn standing(&self, machine: &Machine) -> Vec<Arc<str>> {
        let ended = self.status != Some(ExecutionStatus::Running);
        let states = self.scopes().filter(|(_, scope)| ended || !scope.aborted).filter_map(|(_, scope)| {
            let state = match &scope.position {
                Position::Next(state) => *state,
                Position::In(visit) => visit.state,
                Position::End | Position::Done => return None,
            };
            machine.node(scope.container, state).map(|node| Arc::clone(&node.name))
        });
        states.collect()
    }

    fn waiting_for(&self, visit: &Visit, node: &Node) -> Option<Waiting> {
        let state = Arc::clone(&node.name);
        match &visit.phase {
            Phase::Running(Attempt { task, submitted: false, started_at, .. }) => {
                Some(Waiting::Step { state, task: *task, attempt: visit.retries + 1, since: *started_at })
            }
            Phase::Running(Attempt { job: Some(answer), task, .. }) => Some(Waiting::Job {
                state,
                task: *task,
                attempt: visit.retries + 1,
                answer: answer.clone(),
                until: first_due(&visit.phase),
            }),
            Phase::Running(attempt) => Some(Waiting::Answer {
                state,
                task: attempt.task,
                attempt: visit.retries + 1,
                token: self.token_of(attempt.task),
                until: first_due(&visit.phase),
            }),
            Phase::Retrying { due } => Some(Waiting::Retry { state, until: *due, retries: visit.retries }),
            Phase::MapRun(run) => Some(Waiting::MapRun { state, mark: run.mark }),
            Phase::Waiting { until } => Some(Waiting::Time { state, until: *until }),
            _ => None,
        }
    }

    /// What is under way: attempts that run and are not parked, every timer. A new owner asks for it by
    /// [`Input::Recover`](crate::engine::Input::Recover), which starts the attempts' clocks anew.
    pub fn pending_effects(&self, machine: &Machine) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.status == Some(ExecutionStatus::Running) {
            effects.extend(self.own_deadline(machine).map(|due| Effect::SetTimer { timer: TimerId::Execution, due }));
        }
        for (id, scope, visit, node) in self.visits(machine) {
            match &visit.phase {
                Phase::Running(attempt) => {
                    let request = || self.request(scope, visit, attempt, node);
                    if !attempt.submitted {
                        effects.extend(request().map(Effect::StartTask));
                    } else if attempt.job.is_some() {
                        effects.extend(request().map(Effect::AwaitJob));
                    }
                    effects.extend(task_timers(attempt));
                }
                Phase::MapRun(_) => {
                    let request = self.map_run_request(id, scope, visit, node);
                    effects.extend(request.map(|request| Effect::StartMapRun(Box::new(request))));
                }
                phase => effects.extend(delay_timer(id, phase)),
            }
        }
        effects
    }

    /// Every state that a running execution is in.
    fn visits<'a>(
        &'a self,
        machine: &'a Machine,
    ) -> impl Iterator<Item = (ScopeId, &'a Scope, &'a Visit, &'a Node)> + 'a {
        let running = self.status == Some(ExecutionStatus::Running);
        self.scopes().filter(move |(_, scope)| running && !scope.aborted).filter_map(|(id, scope)| {
            let visit = scope.visit()?;
            Some((id, scope, visit, machine.node(scope.container, visit.state)?))
        })
    }

    /// The order to run an attempt.
    pub(in crate::engine) fn request(
        &self,
        scope: &Scope,
        visit: &Visit,
        attempt: &Attempt,
        node: &Node,
    ) -> Option<TaskRequest> {
        let NodeKind::Task(task) = &node.kind else { return None };
        let TaskNode { resource, takes_token, .. } = task.as_ref();
        Some(TaskRequest {
            task: attempt.task,
            state: Arc::clone(&node.name),
            resource: Arc::clone(resource),
            arguments: attempt.arguments.as_ref().unwrap_or(&scope.value).share(),
            attempt: visit.retries.saturating_add(1),
            visit: visit.entered_event,
            token: takes_token.then(|| self.token_of(attempt.task)),
        })
    }
}

/// The first of an attempt's timeouts.
fn first_due(phase: &Phase) -> Option<Timestamp> {
    let Phase::Running(attempt) = phase else { return None };
    attempt.timeout_due().into_iter().chain(attempt.heartbeat_due()).min()
}

/// The timers of an attempt whose clocks run.
pub(in crate::engine) fn task_timers(attempt: &Attempt) -> impl Iterator<Item = Effect> + use<> {
    let timeout = attempt.timeout_due().map(|due| (TimerId::TaskTimeout(attempt.task), due));
    let heartbeat = attempt.heartbeat_due().map(|due| (TimerId::TaskHeartbeat(attempt.task), due));
    timeout.into_iter().chain(heartbeat).map(|(timer, due)| Effect::SetTimer { timer, due })
}

/// The timer of a scope that waits for nothing but a time.
pub(in crate::engine) fn delay_timer(scope: ScopeId, phase: &Phase) -> Option<Effect> {
    match phase {
        Phase::Retrying { due } => Some(Effect::SetTimer { timer: TimerId::Retry(scope), due: *due }),
        Phase::Waiting { until } => Some(Effect::SetTimer { timer: TimerId::Wait(scope), due: *until }),
        _ => None,
    }
}
