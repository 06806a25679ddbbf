//! From records to the trail.

use std::collections::BTreeMap;

use super::message::problem;
use super::{Attempt, Outcome, Problem, Status, Trail, TrailState, Waits};
use serde_json::Value;

use crate::asl::{State, StateMachine, resource};
use crate::engine::{Event, Record, ScopeId, StateIndex};
use crate::history::fold::{Fold, TIMEOUT};
use crate::step::ErrorOutput;
use crate::time::{Timestamp, span};

/// The trail of an execution as of its last record; `now` tells how long what is open has been open.
pub fn trail(machine: &StateMachine, records: &[Record], now: Option<Timestamp>) -> Trail {
    let mut builder = Builder::new(machine);
    for record in records {
        for event in &record.events {
            builder.event(record.at, event);
            builder.fold.apply(event);
        }
    }
    builder.finish(now)
}

/// A visit, with its place in the tree of Parallels.
struct Entry {
    state: TrailState,
    scope: ScopeId,
    parent: Option<usize>,
    children: Vec<usize>,
}

struct Builder<'m> {
    fold: Fold<'m>,
    entries: Vec<Entry>,
    /// The last visit of each scope.
    current: BTreeMap<ScopeId, usize>,
    /// A Fail state that was entered; its error comes with the next failure.
    failing: Option<usize>,
    last_problem: Option<Problem>,
    started: Option<Timestamp>,
    outcome: Outcome,
    redriven: Vec<Timestamp>,
    /// What the end of the execution closed, and how it stood: a redrive takes that back.
    closed: Vec<(usize, Status)>,
}

impl<'m> Builder<'m> {
    fn new(machine: &'m StateMachine) -> Self {
        Self {
            fold: Fold::new(machine),
            entries: Vec::new(),
            current: BTreeMap::new(),
            failing: None,
            last_problem: None,
            started: None,
            outcome: Outcome::Running,
            redriven: Vec::new(),
            closed: Vec::new(),
        }
    }

    fn event(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::ExecutionStarted { .. } => self.started = Some(at),
            Event::StateEntered { scope, state } => self.enter(at, *scope, *state),
            Event::StateExited { scope, catcher, next, .. } => self.exit(at, *scope, catcher.is_some(), *next),
            Event::EvaluationFailed { scope, error, .. } => self.evaluation_failed(at, *scope, error),
            Event::WaitStarted { scope, until } => {
                if let Some(state) = self.state(*scope) {
                    (state.status, state.waits) = (Status::Waiting, Some(Waits::Time { until: *until }));
                }
            }
            Event::RetryScheduled { scope, due, .. } => self.retry(at, *scope, *due),
            Event::ParallelStarted { scope, .. }
            | Event::MapStarted { scope, .. }
            | Event::DistributedMapStarted { scope, .. } => self.begin(at, *scope, None, None),
            Event::MapRunProgressed { scope, mark, .. } | Event::MapRunWriting { scope, mark, .. } => {
                if let Some(state) = self.state(*scope) {
                    state.waits = Some(Waits::Children { ended: mark.children, failed: mark.failed_children });
                }
            }
            Event::ParallelSucceeded { scope } | Event::MapSucceeded { scope } => self.end_attempt(at, *scope, None),
            Event::ParallelFailed { scope, error } | Event::MapFailed { scope, error } => {
                self.explain_fail_state(error);
                self.close_children(at, *scope);
                self.end_attempt(at, *scope, Some(problem(error)));
            }
            Event::StateAborted { scope } | Event::MapIterationAborted { scope } => {
                if let Some(state) = self.state(*scope).filter(|state| state.ended.is_none()) {
                    (state.status, state.ended) = (Status::Aborted, Some(at));
                }
            }
            Event::ExecutionSucceeded
            | Event::ExecutionFailed { .. }
            | Event::ExecutionTimedOut
            | Event::ExecutionAborted { .. }
            | Event::ExecutionRedriven => self.execution(at, event),
            task => self.task(at, task),
        }
    }

    fn task(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::TaskScheduled { scope, timeout_seconds, heartbeat_seconds, .. } => {
                self.begin(at, *scope, *timeout_seconds, *heartbeat_seconds);
            }
            Event::TaskSubmitted { scope } => {
                if let Some(state) = self.state(*scope) {
                    let until = state.attempts.last().and_then(Attempt::times_out);
                    (state.status, state.waits) = (Status::Waiting, Some(Waits::Answer { since: at, until }));
                }
            }
            Event::JobSubmitted { scope, output } => {
                if let Some(state) = self.state(*scope) {
                    let until = state.attempts.last().and_then(Attempt::times_out);
                    (state.status, state.waits) = (Status::Waiting, Some(Waits::Execution { since: at, until }));
                }
                self.started_execution(*scope, output);
            }
            Event::TaskReissued { scope } => {
                if let Some(attempt) = self.state(*scope).and_then(|state| state.attempts.last_mut()) {
                    attempt.reissued = Some(at);
                }
            }
            Event::TaskSucceeded { scope, output } => {
                self.started_execution(*scope, output);
                self.end_attempt(at, *scope, None);
            }
            Event::TaskFailed { scope, error } => self.end_attempt(at, *scope, Some(problem(error))),
            Event::TaskTimedOut { scope, heartbeat } => {
                let attempt = self.state(*scope).and_then(|state| state.attempts.last());
                let seconds = attempt.and_then(|it| if *heartbeat { it.heartbeat_seconds } else { it.timeout_seconds });
                let after = seconds.map(|seconds| format!(" for {}", span(seconds.saturating_mul(1000))));
                let what = if *heartbeat { "no sign of life" } else { "no answer" };
                let message = format!("{what}{}", after.unwrap_or_else(|| " in time".to_owned()));
                self.end_attempt(at, *scope, Some(Problem { error: TIMEOUT.to_owned(), message }));
            }
            _ => {}
        }
    }

    /// Notes the execution that a task has started.
    fn started_execution(&mut self, scope: ScopeId, output: &Value) {
        let starts = match self.fold.current(scope) {
            Some((_, State::Task(task))) => {
                resource::parse_execution(&task.resource, task.arguments.as_ref()).is_some()
            }
            _ => false,
        };
        let arn = output.get("ExecutionArn").and_then(Value::as_str).filter(|_| starts);
        if let Some(arn) = arn
            && let Some(attempt) = self.state(scope).and_then(|state| state.attempts.last_mut())
        {
            attempt.execution = Some(arn.to_owned());
        }
    }

    fn enter(&mut self, at: Timestamp, scope: ScopeId, state: StateIndex) {
        let Some((name, state)) = self.fold.state(scope, state) else { return };
        let parent = self.fold.scopes.get(&scope).and_then(|scope| self.current.get(&scope.parent?)).copied();
        if let Some(parent) = parent {
            self.reopen(parent);
        }
        let fails = matches!(state, State::Fail(_));
        let index = self.entries.len();
        self.entries.push(Entry {
            state: TrailState {
                name: name.to_owned(),
                kind: state.type_name(),
                depth: parent.map_or(0, |parent| self.entries[parent].state.depth + 1),
                opens_branch: parent.is_some() && !self.current.contains_key(&scope),
                item: self.fold.iteration(scope).map(|(_, index)| index),
                status: if fails { Status::Failed } else { Status::Running },
                started: at,
                ended: fails.then_some(at),
                attempts: Vec::new(),
                problem: None,
                next: None,
                waits: None,
            },
            scope,
            parent,
            children: Vec::new(),
        });
        if let Some(parent) = parent {
            self.entries[parent].children.push(index);
        }
        if fails {
            self.failing = Some(index);
        }
        self.current.insert(scope, index);
    }

    fn exit(&mut self, at: Timestamp, scope: ScopeId, caught: bool, next: Option<StateIndex>) {
        let next = next.and_then(|next| self.fold.state(scope, next)).map(|(name, _)| name.to_owned());
        let Some(state) = self.state(scope) else { return };
        state.ended = Some(at);
        state.status = if caught { Status::Caught } else { Status::Succeeded };
        if !caught {
            state.problem = None;
        }
        if caught || state.kind == "Choice" {
            state.next = next;
        }
    }

    /// Begins an attempt, also one after the execution was redriven.
    fn begin(&mut self, at: Timestamp, scope: ScopeId, timeout_seconds: Option<u64>, heartbeat_seconds: Option<u64>) {
        let Some(index) = self.current.get(&scope).copied() else { return };
        self.reopen(index);
        let attempt = Attempt {
            started: at,
            reissued: None,
            ended: None,
            problem: None,
            retry_due: None,
            execution: None,
            timeout_seconds,
            heartbeat_seconds,
        };
        let state = &mut self.entries[index].state;
        (state.problem, state.waits) = (None, None);
        state.attempts.push(attempt);
    }

    fn end_attempt(&mut self, at: Timestamp, scope: ScopeId, problem: Option<Problem>) {
        let Some(state) = self.state(scope) else { return };
        state.status = if problem.is_some() { Status::Failed } else { Status::Running };
        if let Some(attempt) = state.attempts.last_mut() {
            (attempt.ended, attempt.problem) = (Some(at), problem.clone());
        }
        state.problem.clone_from(&problem);
        self.last_problem = problem.or(self.last_problem.take());
    }

    /// Arguments that cannot be evaluated are an attempt that never began; an output that cannot, one that failed.
    fn evaluation_failed(&mut self, at: Timestamp, scope: ScopeId, error: &ErrorOutput) {
        let problem = problem(error);
        self.last_problem = Some(problem.clone());
        let Some(state) = self.state(scope) else { return };
        (state.status, state.problem) = (Status::Failed, Some(problem.clone()));
        if !matches!(state.kind, "Task" | "Parallel" | "Map") {
            return;
        }
        match state.attempts.last_mut().filter(|attempt| attempt.problem.is_none()) {
            Some(attempt) => (attempt.ended, attempt.problem) = (Some(at), Some(problem)),
            None => state.attempts.push(Attempt {
                started: at,
                reissued: None,
                ended: Some(at),
                problem: Some(problem),
                retry_due: None,
                execution: None,
                timeout_seconds: None,
                heartbeat_seconds: None,
            }),
        }
    }

    fn retry(&mut self, at: Timestamp, scope: ScopeId, due: Timestamp) {
        self.close_children(at, scope);
        let last_problem = self.last_problem.clone();
        let Some(state) = self.state(scope) else { return };
        state.status = Status::Waiting;
        if let Some(attempt) = state.attempts.last_mut() {
            attempt.ended.get_or_insert(at);
            attempt.problem = attempt.problem.take().or(last_problem);
            attempt.retry_due = Some(due);
        }
    }

    fn execution(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::ExecutionSucceeded => self.outcome = Outcome::Succeeded { at },
            Event::ExecutionFailed { error } => {
                self.explain_fail_state(error);
                let problem = problem(error);
                self.blame(&problem);
                self.close_all(at);
                self.outcome = Outcome::Failed { at, problem };
            }
            Event::ExecutionTimedOut => {
                self.close_all(at);
                self.outcome = Outcome::TimedOut { at };
            }
            Event::ExecutionAborted { error } => {
                self.close_all(at);
                let said = error.error.is_some() || error.cause.is_some();
                self.outcome = Outcome::Aborted { at, problem: said.then(|| problem(error)) };
            }
            Event::ExecutionRedriven => {
                self.redriven.push(at);
                self.outcome = Outcome::Running;
                for (index, status) in std::mem::take(&mut self.closed) {
                    let state = &mut self.entries[index].state;
                    (state.status, state.ended) = (status, None);
                }
            }
            _ => {}
        }
    }

    /// Gives a Fail state the error that it raised.
    fn explain_fail_state(&mut self, error: &ErrorOutput) {
        let problem = problem(error);
        if let Some(failing) = self.failing.take() {
            self.entries[failing].state.problem = Some(problem.clone());
        }
        self.last_problem = Some(problem);
    }

    /// Where nothing open has failed, the interpreter itself has: in the state that was entered last.
    fn blame(&mut self, problem: &Problem) {
        if self.entries.iter().any(|entry| entry.is_open() && entry.state.problem.is_some()) {
            return;
        }
        let last = self.entries.iter_mut().rev().find(|entry| entry.state.kind == "Fail" || entry.is_open());
        if let Some(entry) = last.filter(|entry| entry.state.kind != "Fail") {
            (entry.state.status, entry.state.problem) = (Status::Failed, Some(problem.clone()));
        }
    }

    fn close_all(&mut self, at: Timestamp) {
        let open = self.entries.iter_mut().enumerate().filter(|(_, entry)| entry.is_open());
        self.closed = open
            .map(|(index, entry)| {
                let status = entry.state.status;
                entry.close(at);
                (index, status)
            })
            .collect();
    }

    fn close_children(&mut self, at: Timestamp, scope: ScopeId) {
        let Some(index) = self.current.get(&scope) else { return };
        let mut open = self.entries[*index].children.clone();
        while let Some(index) = open.pop() {
            self.entries[index].close(at);
            open.extend(&self.entries[index].children);
        }
    }

    /// Opens a visit and those around it again.
    fn reopen(&mut self, index: usize) {
        let mut next = Some(index);
        while let Some(index) = next {
            let entry = &mut self.entries[index];
            (entry.state.status, entry.state.ended) = (Status::Running, None);
            next = entry.parent;
        }
    }

    fn state(&mut self, scope: ScopeId) -> Option<&mut TrailState> {
        let index = self.current.get(&scope)?;
        Some(&mut self.entries[*index].state)
    }

    fn finish(self, now: Option<Timestamp>) -> Trail {
        let mut order = Vec::with_capacity(self.entries.len());
        let mut open: Vec<usize> =
            (0..self.entries.len()).rev().filter(|it| self.entries[*it].parent.is_none()).collect();
        while let Some(index) = open.pop() {
            order.push(index);
            let mut children = self.entries[index].children.clone();
            // Branch by branch; a later round has greater scopes.
            children.sort_by_key(|child| self.entries[*child].scope);
            open.extend(children.into_iter().rev());
        }
        let mut entries: Vec<Option<TrailState>> = self.entries.into_iter().map(|entry| Some(entry.state)).collect();
        let states = order.into_iter().filter_map(|index| entries[index].take()).collect();
        Trail { started: self.started, states, outcome: self.outcome, redriven: self.redriven, now }
    }
}

impl Entry {
    fn is_open(&self) -> bool {
        self.state.ended.is_none()
    }

    fn close(&mut self, at: Timestamp) {
        if self.state.ended.is_none() {
            self.state.ended = Some(at);
            self.state.status = if self.state.problem.is_some() { Status::Failed } else { Status::Aborted };
        }
    }
}

impl Attempt {
    fn times_out(&self) -> Option<Timestamp> {
        let seconds = i64::try_from(self.timeout_seconds?).unwrap_or(i64::MAX);
        Some(self.reissued.unwrap_or(self.started).plus_millis(seconds.saturating_mul(1000)))
    }
}
