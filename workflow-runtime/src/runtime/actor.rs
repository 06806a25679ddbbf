//! One live execution: its task, its turns.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Sleep;

use super::attempt::{Attempt, AttemptEnd, Signals};
use super::clock::Reading;
use super::committer::Slot;
use super::core::Core;
use super::host;
use super::mailbox::{End, Letter, Live, Outcome};
use super::map_run::MapRuns;
use super::nested::{Children, Moved};
use super::registry::Program;
use super::seam::Unstored;
use super::timers::Timers;
use crate::control::ClientError;
use crate::engine::{
    Effect, EngineError, Event, Execution, ExecutionStatus, Input, Record, Stale, TaskId, TaskRequest, TimerId, step,
};
use crate::step::{StepContext, StepContextInner, StepReply};
use crate::store::{Commit, ExecutionHead};
use crate::time::Timestamp;

/// Owns an [`Execution`] and gives it one input after the other.
pub(crate) struct Actor {
    pub(super) core: Arc<Core>,
    pub(super) live: Arc<Live>,
    pub(super) program: Arc<Program>,
    pub(super) execution: Execution,
    pub(super) children: Children,
    pub(super) map_runs: MapRuns,
    seed: u64,
    /// As of the last record.
    committed: Option<ExecutionStatus>,
    slot: Arc<Slot>,
    timers: Timers,
    alarm: Option<(Timestamp, Pin<Box<Sleep>>)>,
    letters: VecDeque<Letter>,
    pub(super) flights: Vec<Flight>,
    /// The only attempt in flight runs in this very task..
    inline: Option<Attempt>,
    /// .. several on tasks of their own.
    spawned: Option<JoinSet<(TaskId, AttemptEnd)>>,
    draining: bool,
    /// It cannot be finished here, or the runtime is passive: nothing is run and no timer fires.
    parked: bool,
    span: tracing::Span,
    end: Option<End>,
}

/// An attempt whose step is running.
pub(super) struct Flight {
    task: TaskId,
    signals: Arc<Signals>,
    abort: Option<AbortHandle>,
}

/// Buffers are kept up to this size.
const BUFFER_BYTES: usize = 16 * 1024;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The record as it is stored, in just as many bytes.
fn encoded(record: &Record) -> Vec<u8> {
    let mut buffer = BUFFER.take();
    let bytes = record.encode_by(&mut buffer);
    if buffer.capacity() <= BUFFER_BYTES {
        BUFFER.set(buffer);
    }
    bytes
}

/// What an execution's task begins with.
pub(crate) enum First {
    Input(Input),
    /// It stays as it is until somebody has a letter for it.
    Rest,
}

enum Next {
    Letter(Letter),
    Attempt(TaskId, AttemptEnd),
    Child(Moved),
    Timer(TimerId),
}

impl Actor {
    /// For an execution that stands in the table already; dropping it takes it out.
    pub(crate) fn new(
        core: &Arc<Core>,
        live: Arc<Live>,
        program: Arc<Program>,
        execution: Execution,
        seed: u64,
    ) -> Self {
        let span = tracing::info_span!("execution", workflow = %live.workflow, execution = %live.name);
        Self {
            core: Arc::clone(core),
            committed: execution.status(),
            parked: core.passive || core.unfinishable(live.number).is_some(),
            live,
            program,
            execution,
            children: Children::default(),
            map_runs: MapRuns::default(),
            seed,
            slot: Arc::default(),
            timers: Timers::default(),
            alarm: None,
            letters: VecDeque::new(),
            flights: Vec::new(),
            inline: None,
            spawned: None,
            draining: false,
            span,
            end: None,
        }
    }

    /// Goes on in a task of its own.
    pub(crate) fn spawn(self, first: First) {
        let live = Arc::clone(&self.live);
        let task = host::spawn(self.run(first));
        // Set once: an actor is spawned once.
        let _ = live.abort.set(task.abort_handle());
    }

    /// Goes on in the task of whoever waits for it.
    pub(crate) async fn run_here(mut self, first: First) -> End {
        let end = match self.drive(first).await {
            Ok(()) => self.outcome(),
            Err(end) => end,
        };
        self.end = Some(end.clone());
        end
    }

    async fn run(mut self, first: First) {
        let end = match self.drive(first).await {
            Ok(()) => self.outcome(),
            Err(end) => end,
        };
        match &end {
            // Not the output, which may be secret.
            End::Ended(outcome) => tracing::debug!(parent: &self.span, status = ?outcome.status, "left"),
            end => tracing::debug!(parent: &self.span, ?end, "left"),
        }
        self.end = Some(end);
    }

    /// Until it has ended (`Ok`) or has to leave before.
    async fn drive(&mut self, first: First) -> Result<(), End> {
        match first {
            First::Input(input) => {
                if self.is_running() {
                    self.find_children();
                }
                self.turn(input).await?;
            }
            First::Rest => {}
        }
        while self.is_running() {
            if self.draining && self.flights.is_empty() && self.map_runs.is_empty() {
                return Err(End::ShutDown);
            }
            match poll_fn(|cx| self.poll_next(cx)).await {
                Next::Letter(letter) => self.on_letter(letter).await?,
                Next::Attempt(task, end) => self.on_attempt(task, end).await?,
                Next::Child(moved) => self.on_child(moved).await?,
                Next::Timer(timer) => drop(self.turn(Input::TimerFired { timer }).await?),
            }
            tokio::task::consume_budget().await;
        }
        Ok(())
    }

    fn is_running(&self) -> bool {
        self.execution.status() == Some(ExecutionStatus::Running)
    }

    fn outcome(&self) -> End {
        End::Ended(Arc::new(Outcome::of(&self.execution)))
    }

    /// One turn: decide, make durable, and only then act.
    pub(super) async fn turn(&mut self, input: Input) -> Result<Option<Stale>, End> {
        let reading = self.core.clock.read();
        let now = reading.now;
        let again = matches!(input, Input::Recover);
        let is_out = match &input {
            Input::TaskSubmitted { task } => Some(*task),
            _ => None,
        };
        let mut decision = match step(&self.program.machine, &mut self.execution, &input, now) {
            Ok(decision) => decision,
            Err(error) => return Err(self.refused(&error)),
        };
        if !decision.events.is_empty() {
            self.log(&decision.events);
            if self.program.kind.is_express() {
                self.committed = self.execution.status();
                if let Some(stage) = &self.core.seams.stage {
                    let Live { number, workflow, name, .. } = &*self.live;
                    let record = Record { at: now, events: decision.events };
                    stage.turned(&Unstored { number: *number, workflow, name }, &record);
                }
            } else {
                let record = encoded(&Record { at: now, events: decision.events });
                let commit = Commit { number: self.live.number, record, head: self.changed_head(now) };
                self.core.committer.commit(&self.slot, commit).await.map_err(End::StoreFailed)?;
            }
            self.live.advance(self.execution.event_count());
        }
        if let (Some(stage), false) = (&self.core.seams.stage, self.program.kind.is_express()) {
            stage.dispatches(&self.execution, &mut decision.effects);
        }
        self.dispatch(decision.effects, again, reading);
        if let Some(task) = is_out {
            self.timers.is_out(task, reading);
        }
        Ok(decision.stale)
    }

    /// What has happened, in a log: without values, where some of them are sensitive.
    fn log(&self, events: &[Event]) {
        if tracing::enabled!(tracing::Level::TRACE) {
            if self.program.masking(&self.core.registry).is_some() {
                let names: Vec<_> = events.iter().map(Event::name).collect();
                tracing::trace!(parent: &self.span, events = ?names, "turn");
            } else {
                tracing::trace!(parent: &self.span, ?events, "turn");
            }
        }
    }

    fn refused(&self, error: &EngineError) -> End {
        if self.committed.is_some() {
            tracing::error!(parent: &self.span, %error, "the engine refused an input");
        }
        End::Refused(ClientError::new("InvalidExecutionInput", error.to_string()))
    }

    /// The head, where this turn changed the status.
    fn changed_head(&mut self, now: Timestamp) -> Option<ExecutionHead> {
        let status = self.execution.status()?;
        if self.committed == Some(status) {
            return None;
        }
        self.committed = Some(status);
        Some(ExecutionHead {
            number: self.live.number,
            workflow: self.live.workflow.to_string(),
            name: self.live.name.to_string(),
            definition: self.program.hash,
            status,
            started_at: self.execution.started_at().unwrap_or(now),
            stopped_at: self.execution.stopped_at(),
        })
    }

    /// `again` where what is begun may have been begun before.
    fn dispatch(&mut self, effects: Vec<Effect>, again: bool, then: Reading) {
        if self.parked {
            return;
        }
        self.timers.take(&effects, then);
        let starting = effects.iter().filter(|effect| matches!(effect, Effect::StartTask(_))).count();
        for effect in effects {
            match effect {
                Effect::StartTask(request) if self.program.nested(&request.state).is_some() => {
                    // What a shutdown keeps from starting is durable, and starts with the next owner.
                    if !self.draining {
                        self.start_nested(&request, again);
                    }
                }
                Effect::StartTask(request) => self.start_task(request, starting),
                Effect::AwaitJob(request) => self.await_nested(&request),
                Effect::StartMapRun(request) if !self.draining => self.start_map_run(request, again),
                Effect::CancelTask(task) => self.cancel_task(task),
                Effect::StartMapRun(_) | Effect::SetTimer { .. } | Effect::CancelTimer(_) | Effect::Ended => {}
            }
        }
    }

    fn start_task(&mut self, request: TaskRequest, starting: usize) {
        // What a shutdown keeps from starting is durable, and starts with the next owner.
        if self.draining {
            return;
        }
        let Some(task_step) = self.program.task(&request.state) else {
            tracing::error!(parent: &self.span, state = %request.state, "no step is bound to this state");
            return;
        };
        let payload = task_step.payload(&request.arguments);
        let signals = Signals::new(request.task, &self.live);
        let state = tracing::info_span!(parent: &self.span, "state", state = %request.state);
        let span =
            tracing::info_span!(parent: &state, "attempt", step = task_step.handler.name, attempt = request.attempt);
        let inner = StepContextInner {
            workflow: Arc::clone(&self.live.workflow),
            execution: Arc::clone(&self.live.name),
            state: request.state,
            attempt: request.attempt,
            visit: request.visit,
            seed: self.seed,
            idempotency_key: std::sync::OnceLock::new(),
            token: request.token,
            data: self.core.data.clone(),
            signals: Arc::<Signals>::clone(&signals),
            blobs: self.core.blobs.store.clone(),
        };
        let context = StepContext { inner: Arc::new(inner) };
        let quiet = self.program.masking(&self.core.registry).is_some();
        let attempt = {
            let (limit, runner) = (self.core.step_limit.as_ref(), self.core.seams.stage.clone());
            Attempt::new(request.task, task_step.handler, context, payload, limit, span, runner).quiet(quiet)
        };
        self.flights.push(Flight { task: request.task, signals, abort: None });
        if starting == 1 && self.flights.len() == 1 {
            self.inline = Some(attempt);
            return;
        }
        if let Some(first) = self.inline.take() {
            self.spawn_attempt(first);
        }
        self.spawn_attempt(attempt);
    }

    fn spawn_attempt(&mut self, attempt: Attempt) {
        let task = attempt.task;
        let abort = host::spawn_in(self.spawned.get_or_insert_default(), async move { (task, attempt.await) });
        if let Some(flight) = self.flights.iter_mut().find(|flight| flight.task == task) {
            flight.abort = Some(abort);
        }
    }

    fn cancel_task(&mut self, task: TaskId) {
        if self.map_runs.cancel(task) || self.cancel_nested(task) {
            return;
        }
        let Some(flight) = self.take_flight(task) else { return };
        flight.signals.cancel();
        match flight.abort {
            Some(abort) => abort.abort(),
            None => self.inline = None,
        }
    }

    fn take_flight(&mut self, task: TaskId) -> Option<Flight> {
        let at = self.flights.iter().position(|flight| flight.task == task)?;
        Some(self.flights.swap_remove(at))
    }

    async fn on_attempt(&mut self, task: TaskId, end: AttemptEnd) -> Result<(), End> {
        // A cancelled attempt may have ended in the same moment.
        let Some(flight) = self.take_flight(task) else { return Ok(()) };
        flight.signals.cancel();
        let Some(end) = end else { return Ok(()) };
        let input = match end {
            Ok(StepReply::Output(output)) => Input::TaskSucceeded { task, output: Arc::new(output) },
            Ok(StepReply::Parked) => Input::TaskSubmitted { task },
            Err(error) => Input::TaskFailed { task, error: self.explained(task, error) },
        };
        self.turn(input).await.map(drop)
    }

    async fn on_letter(&mut self, letter: Letter) -> Result<(), End> {
        match letter {
            Letter::Describe(reply) => {
                let _ = reply.send(Ok(Box::new(self.describe())));
            }
            Letter::Stop { error, reply } => {
                let stale = self.turn(Input::Stop { error }).await?;
                let _ = reply.send(super::answers::stop_reply(stale));
            }
            Letter::Answer { token, answer, reply } => {
                let result = self.on_answer(&token, answer).await?;
                let _ = reply.send(result);
            }
            Letter::Heartbeat(task) => {
                if let Some(flight) = self.flights.iter().find(|flight| flight.task == task) {
                    flight.signals.heard();
                    self.turn(Input::TaskHeartbeat { task }).await?;
                }
            }
            letter @ (Letter::MapRunProgressed { .. }
            | Letter::MapRunWriting { .. }
            | Letter::MapRunEnded { .. }
            | Letter::MapRunLeft(_)) => self.on_map_run(letter).await?,
            Letter::Overdue { started_before } => {
                if self.execution.started_at().is_some_and(|started| started <= started_before) {
                    self.turn(Input::TimerFired { timer: TimerId::Execution }).await?;
                }
            }
            // Its timers are looked at again.
            Letter::ClockLeapt => self.alarm = None,
            Letter::IsOpen { task, reply } => {
                let _ = reply.send(Ok(self.execution.is_open(task)));
            }
            Letter::Drain => {
                self.draining = true;
                self.map_runs.drain();
            }
            Letter::StoreFailed(error) => return Err(End::StoreFailed(error)),
        }
        Ok(())
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        if self.letters.is_empty() {
            self.letters = self.live.take_letters(cx.waker()).into();
        }
        if let Some(letter) = self.letters.pop_front() {
            return Poll::Ready(Next::Letter(letter));
        }
        if let Some(attempt) = &mut self.inline
            && let Poll::Ready(end) = Pin::new(&mut *attempt).poll(cx)
        {
            let task = attempt.task;
            self.inline = None;
            return Poll::Ready(Next::Attempt(task, end));
        }
        if let Some(spawned) = &mut self.spawned {
            while let Poll::Ready(Some(joined)) = spawned.poll_join_next(cx) {
                // An attempt never panics; one that was aborted has nothing to say.
                if let Ok((task, end)) = joined {
                    return Poll::Ready(Next::Attempt(task, end));
                }
            }
        }
        if let Poll::Ready(moved) = self.children.poll_moved(cx) {
            return Poll::Ready(Next::Child(moved));
        }
        self.poll_timer(cx)
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        while let Some(due) = self.timers.next_due(self.core.clock.read().leapt_ms) {
            // An alarm that is set too early is only found out when it rings: a step's timeout is seldom reached.
            if self.alarm.as_ref().is_none_or(|(at, _)| *at > due) {
                let Some(instant) = self.core.clock.instant(due) else { return Poll::Pending };
                match &mut self.alarm {
                    Some((at, sleep)) => {
                        *at = due;
                        sleep.as_mut().reset(instant);
                    }
                    none => *none = Some((due, Box::pin(tokio::time::sleep_until(instant)))),
                }
            }
            let Some((_, sleep)) = &mut self.alarm else { return Poll::Pending };
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.alarm = None;
            if let Some(timer) = self.timers.pop_due(self.core.clock.read()) {
                return Poll::Ready(Next::Timer(timer));
            }
        }
        Poll::Pending
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        for flight in &self.flights {
            flight.signals.cancel();
        }
        self.inline = None;
        self.spawned = None;
        self.core.forget(&self.live);
        if !self.live.pins.is_empty() && tokio::runtime::Handle::try_current().is_ok() {
            self.core.begin_collecting();
        }
        let end = self.end.take().unwrap_or_else(|| {
            if std::thread::panicking() {
                End::Refused(ClientError::new("InternalError", "the runtime panicked; this is a bug of ours"))
            } else {
                End::ShutDown
            }
        });
        self.live.leave(end);
    }
}
