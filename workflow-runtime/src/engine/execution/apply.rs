//! What each event means: one match, and nothing else changes an execution.

use serde_json::{Value, json};

use super::{Attempt, Execution, Phase, Position, ROOT, Scope, Visit};
use crate::engine::machine::{DATA_LIMIT, Node, NodeKind, TIMEOUT};
use crate::engine::{ContainerIndex, Event, ExecutionStatus, Machine, ScopeId, StateIndex, TaskId};
use crate::json::Json;
use crate::step::ErrorOutput;
use crate::time::Timestamp;

pub(super) type Applied<T = ()> = Result<T, &'static str>;

pub(super) const MISPLACED: &str = "such an event has no place at this point of an execution";

impl Execution {
    pub(super) fn fold(&mut self, machine: &Machine, at: Timestamp, event: &Event, number: u64) -> Applied {
        use ExecutionStatus::{Aborted, Failed, Running, TimedOut};
        match (self.status, event) {
            (None, Event::ExecutionStarted { input, seed }) => self.started(machine, at, input, *seed),
            (Some(Running), Event::StateEntered { scope, state }) => {
                self.entered(machine, at, *scope, *state, number)?;
            }
            (Some(Running), Event::EvaluationFailed { scope, error, .. }) => {
                self.evaluation_failed(machine, *scope, error)?;
            }
            (Some(Running), Event::TaskScheduled { scope, arguments, timeout_seconds, heartbeat_seconds }) => {
                let attempt = Attempt {
                    task: TaskId(number),
                    arguments: arguments.clone(),
                    timeout_seconds: *timeout_seconds,
                    heartbeat_seconds: *heartbeat_seconds,
                    started_at: at,
                    alive_at: at,
                    submitted: false,
                    job: None,
                };
                self.scheduled(machine, *scope, attempt)?;
            }
            (Some(Running), Event::TaskStarted { scope }) => self.task_started(at, *scope)?,
            (Some(Running), Event::TaskSubmitted { scope }) => self.submitted(*scope, None)?,
            (Some(Running), Event::JobSubmitted { scope, output }) => self.submitted(*scope, Some(output))?,
            (Some(Running), Event::StartedBy { parent }) if self.event_count == 1 => self.parent = Some(parent.clone()),
            (Some(Running), Event::TaskSucceeded { scope, output }) => {
                self.close_task(*scope, Phase::Succeeded(output.clone()))?;
            }
            (Some(Running), Event::TaskFailed { scope, error }) => {
                self.close_task(*scope, Phase::Failed(error.clone()))?;
            }
            (Some(Running), Event::TaskTimedOut { scope, .. }) => {
                self.close_task(*scope, Phase::Failed(timed_out()))?;
            }
            (Some(Running), Event::RetryScheduled { scope, retrier, due }) => {
                self.retry_scheduled(machine, *scope, *retrier as usize, *due)?;
            }
            (Some(Running), Event::WaitStarted { scope, until }) => self.wait_started(machine, *scope, *until)?,
            (Some(Running), Event::HeartbeatRecorded { scope }) => self.running_mut(*scope)?.alive_at = at,
            (Some(Running), Event::TaskReissued { scope }) => self.reissued(at, *scope)?,
            (Some(Running), Event::ParallelStarted { scope, first, arguments }) => {
                self.parallel_started(machine, *scope, *first, arguments.as_ref())?;
            }
            (Some(Running), Event::BranchSucceeded { scope }) => self.branch_succeeded(*scope)?,
            (Some(Running), Event::ParallelSucceeded { scope }) => self.parallel_succeeded(*scope)?,
            (Some(Running), Event::ParallelFailed { scope, error }) => self.parallel_failed(*scope, error)?,
            (Some(Running), Event::StateAborted { scope }) => self.state_aborted(*scope)?,
            (Some(Running), Event::StateExited { scope, output, assigned, catcher, next }) => {
                let exit = Exited { output: output.as_ref(), assigned, catcher: *catcher, next: *next };
                self.exited(machine, *scope, &exit)?;
            }
            (Some(Running), event) if event.is_terminal() => self.ended(at, event)?,
            (Some(Running), event) => self.map(machine, at, event, number)?,
            (Some(Failed | TimedOut | Aborted), Event::ExecutionRedriven) => self.redriven(at),
            _ => return Err(MISPLACED),
        }
        Ok(())
    }

    fn ended(&mut self, at: Timestamp, event: &Event) -> Applied {
        match event {
            Event::ExecutionSucceeded => {
                let root = self.scopes.get(&ROOT).filter(|root| root.position == Position::End);
                self.output = Some(root.ok_or("the last state was not left")?.value.clone());
                self.stopped(ExecutionStatus::Succeeded, at);
            }
            Event::ExecutionFailed { error } => {
                self.error = Some(error.clone());
                self.stopped(ExecutionStatus::Failed, at);
            }
            Event::ExecutionAborted { error } => {
                self.error = Some(error.clone());
                self.stopped(ExecutionStatus::Aborted, at);
            }
            _ => self.stopped(ExecutionStatus::TimedOut, at),
        }
        Ok(())
    }

    fn started(&mut self, machine: &Machine, at: Timestamp, input: &Json, seed: u64) {
        let container = ContainerIndex(0);
        self.status = Some(ExecutionStatus::Running);
        self.seed = seed;
        self.input = input.clone();
        self.started_at = Some(at);
        self.scopes.insert(ROOT, Scope::new(None, container, machine.start_of(container), input.clone()));
        self.next_scope = 1;
    }

    fn stopped(&mut self, status: ExecutionStatus, at: Timestamp) {
        self.status = Some(status);
        self.stopped_at = Some(at);
        self.tasks.clear();
    }

    pub(super) fn live(&mut self, scope: ScopeId) -> Applied<&mut Scope> {
        let scope = self.scopes.get_mut(&scope).ok_or("there is no such scope")?;
        if scope.aborted { Err("the scope was cut off") } else { Ok(scope) }
    }

    pub(super) fn visit_mut(&mut self, scope: ScopeId) -> Applied<&mut Visit> {
        match &mut self.live(scope)?.position {
            Position::In(visit) => Ok(visit),
            _ => Err("the scope is in no state"),
        }
    }

    fn running_mut(&mut self, scope: ScopeId) -> Applied<&mut Attempt> {
        match &mut self.visit_mut(scope)?.phase {
            Phase::Running(attempt) => Ok(attempt),
            _ => Err("no task runs there"),
        }
    }

    /// The visited state and its definition.
    pub(super) fn visited<'m>(&mut self, machine: &'m Machine, scope: ScopeId) -> Applied<(&mut Visit, &'m Node)> {
        let container = self.live(scope)?.container;
        let visit = self.visit_mut(scope)?;
        let node = machine.node(container, visit.state).ok_or("the definition has no such state")?;
        Ok((visit, node))
    }

    fn entered(&mut self, machine: &Machine, at: Timestamp, scope: ScopeId, state: StateIndex, number: u64) -> Applied {
        let scope = self.live(scope)?;
        if scope.position != Position::Next(state) {
            return Err("another state is next");
        }
        machine.node(scope.container, state).ok_or("the definition has no such state")?;
        scope.position = Position::In(Visit {
            state,
            entered_at: at,
            entered_event: number,
            retries: 0,
            counters: Vec::new(),
            phase: Phase::Entered,
            task: None,
            opened: None,
        });
        Ok(())
    }

    fn evaluation_failed(&mut self, machine: &Machine, scope: ScopeId, error: &ErrorOutput) -> Applied {
        let (visit, node) = self.visited(machine, scope)?;
        // While a Map runs, its selector may fail.
        let busy = match visit.phase {
            Phase::Scheduled(_) | Phase::Running(_) | Phase::MapRun(_) => true,
            Phase::Branches => !matches!(node.kind, NodeKind::Map(_)),
            _ => false,
        };
        if busy {
            return Err("the state evaluates nothing now");
        }
        let cause = located(&node.name, visit.entered_event, error.cause.as_deref().unwrap_or_default());
        visit.phase = Phase::Failed(ErrorOutput { error: error.error.clone(), cause: Some(cause) });
        Ok(())
    }

    fn scheduled(&mut self, machine: &Machine, scope: ScopeId, attempt: Attempt) -> Applied {
        match self.visited(machine, scope)? {
            (visit @ Visit { phase: Phase::Entered | Phase::Retrying { .. }, .. }, node) => {
                if !matches!(node.kind, NodeKind::Task(_)) {
                    return Err("the state is no Task");
                }
                visit.task = Some(attempt.task);
                visit.phase = Phase::Scheduled(attempt);
                Ok(())
            }
            _ => Err("a task was scheduled before"),
        }
    }

    fn task_started(&mut self, at: Timestamp, scope: ScopeId) -> Applied {
        let visit = self.visit_mut(scope)?;
        let Phase::Scheduled(attempt) = &visit.phase else { return Err("no task is scheduled there") };
        let task = attempt.task;
        visit.phase = Phase::Running(Attempt { started_at: at, alive_at: at, ..attempt.clone() });
        self.tasks.insert(task, scope);
        Ok(())
    }

    fn submitted(&mut self, scope: ScopeId, job: Option<&Json>) -> Applied {
        match self.running_mut(scope)? {
            attempt if attempt.submitted => return Err("the task is parked already"),
            attempt => (attempt.submitted, attempt.job) = (true, job.cloned()),
        }
        Ok(())
    }

    fn reissued(&mut self, at: Timestamp, scope: ScopeId) -> Applied {
        match self.running_mut(scope)? {
            attempt if attempt.submitted => return Err("a parked task is not run again"),
            attempt => (attempt.started_at, attempt.alive_at) = (at, at),
        }
        Ok(())
    }

    fn close_task(&mut self, scope: ScopeId, phase: Phase) -> Applied {
        let task = self.running_mut(scope)?.task;
        self.visit_mut(scope)?.phase = phase;
        self.tasks.remove(&task);
        Ok(())
    }

    fn retry_scheduled(&mut self, machine: &Machine, scope: ScopeId, retrier: usize, due: Timestamp) -> Applied {
        let (visit, node) = self.visited(machine, scope)?;
        if matches!(visit.phase, Phase::Scheduled(_) | Phase::Running(_) | Phase::MapRun(_) | Phase::Waiting { .. }) {
            return Err("nothing has failed there");
        }
        let attempts_max = node.retry.get(retrier).ok_or("the state has no such retrier")?.max_attempts;
        let used = visit.counters.get(retrier).copied().unwrap_or(0);
        if u64::from(used) >= attempts_max {
            return Err("the retrier is used up");
        }
        visit.counters.resize(node.retry.len(), 0);
        if let Some(counter) = visit.counters.get_mut(retrier) {
            *counter += 1;
        }
        visit.retries += 1;
        visit.phase = Phase::Retrying { due };
        self.drop_branches(scope);
        Ok(())
    }

    fn wait_started(&mut self, machine: &Machine, scope: ScopeId, until: Timestamp) -> Applied {
        match self.visited(machine, scope)? {
            (visit, node) if visit.phase == Phase::Entered && matches!(node.kind, NodeKind::Wait(_)) => {
                visit.phase = Phase::Waiting { until };
                Ok(())
            }
            _ => Err("the state does not begin to wait"),
        }
    }

    fn exited(&mut self, machine: &Machine, scope: ScopeId, exit: &Exited<'_>) -> Applied {
        let (visit, node) = self.visited(machine, scope)?;
        let value = match (exit.output, exit.catcher, &visit.phase) {
            (_, Some(catcher), _) if catcher as usize >= node.catch.len() => {
                return Err("the state has no such catcher");
            }
            (_, None, Phase::Succeeded(result)) if node.has_result() => Some(exit.output.unwrap_or(result).clone()),
            (_, None, _) if node.has_result() => return Err("the state has no result yet"),
            (Some(output), _, _) => Some(output.clone()),
            (None, Some(_), Phase::Failed(error)) => Some(error_output(error)),
            (None, Some(_), _) => return Err("nothing has failed there"),
            (None, None, _) => None,
        };
        if matches!(node.kind, NodeKind::Fail { .. })
            || matches!(visit.phase, Phase::Failed(_)) && exit.catcher.is_none()
        {
            return Err("the state is not left but fails");
        }
        self.drop_branches(scope);
        let scope = self.live(scope)?;
        if exit.next.is_some_and(|next| machine.node(scope.container, next).is_none()) {
            return Err("the definition has no such state");
        }
        if let Some(value) = value {
            scope.value = value;
        }
        for (name, value) in exit.assigned {
            scope.assign(name, value);
        }
        scope.position = exit.next.map_or(Position::End, Position::Next);
        Ok(())
    }

    /// Everything goes on from where it stood: what failed or was cut off begins again, what succeeded stays.
    fn redriven(&mut self, at: Timestamp) {
        self.status = Some(ExecutionStatus::Running);
        self.redriven_at = Some(at);
        self.redrive_count += 1;
        self.stopped_at = None;
        self.error = None;
        self.tasks.clear();
        let scopes: Vec<ScopeId> = self.scopes.keys().copied().collect();
        for id in scopes {
            // Inner scopes of what begins anew were dropped on the way here.
            let Some(scope) = self.scopes.get_mut(&id) else { continue };
            scope.aborted = false;
            let Position::In(visit) = &mut scope.position else { continue };
            visit.retries = 0;
            visit.counters.clear();
            let all_anew = matches!(&visit.phase, Phase::Failed(error) if error.error.as_deref() == Some(DATA_LIMIT));
            visit.phase = match &visit.phase {
                Phase::Waiting { until } => Phase::Waiting { until: *until },
                Phase::Failed(_) | Phase::Branches if visit.opened.is_some() && !all_anew => Phase::Branches,
                _ => Phase::Entered,
            };
            if visit.phase != Phase::Branches {
                self.drop_branches(id);
            }
        }
    }
}

struct Exited<'a> {
    output: Option<&'a Json>,
    assigned: &'a [(String, Json)],
    catcher: Option<u32>,
    next: Option<StateIndex>,
}

/// AWS's prefix of every cause that the interpreter raises, put on once, at the innermost state.
pub(in crate::engine) fn located(state: &str, entered_event: u64, cause: &str) -> String {
    format!("An error occurred while executing the state '{state}' (entered at the event id #{entered_event}). {cause}")
}

/// A timeout as it fails a state: without a cause.
pub(in crate::engine) fn timed_out() -> ErrorOutput {
    ErrorOutput { error: Some(TIMEOUT.to_owned()), cause: None }
}

/// The Error Output that a catcher sees. A timeout has no cause, and says so by an empty text.
pub(in crate::engine) fn error_output(error: &ErrorOutput) -> Json {
    let cause = match (&error.cause, error.error.as_deref()) {
        (None, Some(TIMEOUT)) => Value::from(""),
        (cause, _) => Value::from(cause.as_deref()),
    };
    Json::from(json!({ "Error": error.error, "Cause": cause }))
}
