//! Where the driver and its store meet the simulator.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use uuid::Uuid;

use super::plan::{Death, ForgetFault, StepFault, StoreFault};
use super::{Sim, State, clients};
use crate::engine::{Effect, Event, Execution};
use crate::runtime::Stage;
use crate::step::{ErrorOutput, StepContext, StepHandler, StepReply};
use crate::store::{Claim, Commit, DefinitionHash, Fencing, PruneQuery, Pruned, StoreError, StoreErrorKind};
use crate::time::Timestamp;

/// More looks at tasks than any plan needs.
const TICKS_MAX: u64 = 3_000_000;
/// More turns than any plan needs.
const TURNS_MAX: u64 = 20_000;

type Reply = Result<StepReply, ErrorOutput>;

/// The simulator between a runtime and its steps.
pub(super) struct Between(pub(super) Arc<Sim>);

impl Stage for Between {
    fn call(&self, handler: StepHandler, context: StepContext, payload: Arc<Value>) -> BoxFuture<'static, Reply> {
        self.0.call(handler, context, payload)
    }

    fn dispatches(&self, execution: &Execution, effects: &mut Vec<Effect>) {
        self.0.look_at(execution, effects);
    }
}

/// A task that may be looked at a little later than it could be, and never again once the process is dead.
pub(crate) struct Jittered<T> {
    sim: Arc<Sim>,
    inner: BoxFuture<'static, T>,
}

/// When a task is looked at.
enum Look {
    Now,
    Later,
    Never,
}

impl<T> Future for Jittered<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match self.sim.tick() {
            Look::Now => self.inner.as_mut().poll(cx),
            Look::Later => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Look::Never => Poll::Pending,
        }
    }
}

impl Sim {
    /// A task of the process's.
    pub(crate) fn task<T>(self: &Arc<Self>, future: impl Future<Output = T> + Send + 'static) -> Jittered<T> {
        Jittered { sim: Arc::clone(self), inner: Box::pin(future) }
    }

    fn tick(&self) -> Look {
        let mut state = self.state();
        if state.is_dead {
            return Look::Never;
        }
        state.ticks += 1;
        if state.ticks == TICKS_MAX {
            drop(state);
            self.violated(format!("nothing ends within {TICKS_MAX} looks at tasks"));
            return Look::Never;
        }
        if state.death() == Some(Death::AtTick(state.ticks)) {
            drop(state);
            self.die("at an await");
            return Look::Never;
        }
        let jitter = state.plan.jitter;
        if state.dice.once_in(jitter) { Look::Later } else { Look::Now }
    }

    /// The system's clock is set.
    pub(super) fn set_clock(&self, by: i64) {
        let mut state = self.state();
        state.wall_ms += by;
        state.jumped_ms += by;
        state.count(if by < 0 { "clock: back" } else { "clock: ahead" });
        state.note(&format!("the clock is set by {by} ms"));
        let now = Timestamp::from_millis(state.now_ms());
        state.view.clock_set(now, by);
    }

    /// How soon a process looks at the system's clock again: mostly it stays as it is.
    pub(crate) fn watch(&self) -> Duration {
        let state = self.state();
        let is_set = state.done_jumping < state.plan.running_jumps.len();
        let since = state.life_began.map_or(Duration::ZERO, |began| began.elapsed());
        if is_set || since < Duration::from_mins(5) { Duration::from_secs(3) } else { Duration::from_hours(6) }
    }

    /// The system's time of day.
    pub(crate) fn wall_ms(&self) -> i64 {
        self.state().now_ms()
    }

    /// A random number.
    pub(crate) fn random(&self) -> Uuid {
        let mut state = self.state();
        let bits = u128::from(state.dice.next()) << 64 | u128::from(state.dice.next());
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }

    /// A step is called.
    fn call(
        self: &Arc<Self>,
        handler: StepHandler,
        context: StepContext,
        payload: Arc<Value>,
    ) -> BoxFuture<'static, Reply> {
        let (fault, delay) = self.step_called(&context);
        if let Some(token) = context.token() {
            clients::answer(self, context.state(), token.as_str());
        }
        let failed = |error: &str| ErrorOutput { error: Some(error.to_owned()), cause: Some("simulated".to_owned()) };
        let sleep = move |ms| tokio::time::sleep(Duration::from_millis(ms));
        match fault {
            Some(StepFault::Panic) => std::panic::resume_unwind(Box::new("simulated")),
            Some(StepFault::PanicLate) => Box::pin(async move {
                sleep(delay).await;
                std::panic::resume_unwind(Box::new("simulated"))
            }),
            Some(StepFault::Hang) => Box::pin(std::future::pending()),
            Some(StepFault::Undeclared) => Box::pin(async move {
                sleep(delay).await;
                Err(failed("States.TaskFailed"))
            }),
            Some(StepFault::Declared(which)) => {
                let declared = (handler.spec)().error.variants;
                let name = match declared.len() as u64 {
                    0 => "States.TaskFailed",
                    count => declared[usize::try_from(which % count).expect("a place")].name,
                };
                let error = failed(name);
                Box::pin(async move {
                    sleep(delay).await;
                    Err(error)
                })
            }
            Some(StepFault::Slow(_)) | None => {
                let own = (handler.call)(context.clone(), payload);
                let before = if let Some(StepFault::Slow(ms)) = fault { ms } else { delay };
                Box::pin(async move {
                    if before > 0 {
                        sleep(before).await;
                    }
                    context.heartbeat();
                    own.await
                })
            }
        }
    }

    /// What a call of a step does, and how long that takes.
    fn step_called(&self, context: &StepContext) -> (Option<StepFault>, u64) {
        let checked = self.check_call(context);
        self.check(checked);
        let mut state = self.state();
        let number = state.calls;
        state.calls += 1;
        state.counts.calls += 1;
        let fault = state.plan.step_faults.iter().find(|(at, _)| *at == number).map(|(_, fault)| *fault);
        let line = format!(
            "call {number}: {} of {}, attempt {}{}",
            context.state(),
            context.execution(),
            context.attempt(),
            fault.map(|fault| format!(": {fault:?}")).unwrap_or_default()
        );
        state.note(&line);
        if let Some(fault) = fault {
            state.count(&format!("step: {}", word(&fault)));
            // A timeout is seen in the records of what is durable.
            let is_seen = state.view.named(context.workflow(), context.execution()).is_some();
            if !is_seen || !matches!(fault, StepFault::Slow(_)) {
                state.disturb(context.workflow(), context.execution(), "a step failed");
            }
        }
        let delay = if state.dice.once_in(3) { 0 } else { state.dice.roll(60) };
        (fault, delay)
    }

    /// A turn is durable and is about to have its effects.
    fn look_at(&self, execution: &Execution, effects: &mut Vec<Effect>) {
        let checked = self.check_turn(execution, effects);
        self.check(checked);
        let turns = {
            let mut state = self.state();
            state.break_effects(effects);
            state.turns += 1;
            state.turns
        };
        if turns == TURNS_MAX {
            self.violated(format!("nothing ends within {TURNS_MAX} turns"));
        }
    }

    /// A batch is on its way to the store.
    pub(crate) async fn before_commit(&self) {
        let ms = {
            let mut state = self.state();
            let slow = state.plan.store_faults.iter().find_map(|(at, fault)| match fault {
                StoreFault::Slow(before, after) if *at == state.commits => Some((*before, *after)),
                _ => None,
            });
            let longest = if state.plan.seed.is_multiple_of(2) { 4 } else { 40 };
            let short = if state.dice.once_in(2) { 0 } else { state.dice.roll(longest) };
            state.slow = slow.unwrap_or((short, short / 2));
            state.slow.0
        };
        if ms > 0 {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
    }

    /// It is durable, and nobody has been told.
    pub(crate) async fn after_commit(&self) {
        let ms = self.state().slow.1;
        if ms > 0 {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
    }

    /// What the store does instead.
    pub(super) fn commit_begins(&self, owner: Fencing, batch: &[Commit]) -> Option<StoreFault> {
        let mut state = self.state();
        if state.failed_owner == Some(owner) {
            drop(state);
            self.violated("a commit after one that failed".to_owned());
            return None;
        }
        if state.is_dead {
            drop(state);
            self.violated("a dead process commits".to_owned());
            return None;
        }
        let (number, of_life) = (state.commits, state.life_commits);
        state.commits += 1;
        state.life_commits += 1;
        state.counts.commits += 1;
        let planned = state.plan.store_faults.iter().find(|(at, _)| *at == number).map(|(_, fault)| *fault);
        let fault = match planned {
            Some(StoreFault::Transient(times)) => {
                state.transient_left = times - 1;
                planned
            }
            None if state.transient_left > 0 => {
                state.transient_left -= 1;
                Some(StoreFault::Transient(1))
            }
            Some(StoreFault::Full(ms)) => {
                state.full_until_ms = state.now_ms() - state.jumped_ms + i64::try_from(ms).expect("small");
                planned
            }
            other => other,
        };
        let line = format!(
            "commit {number}, {} records{}",
            batch.len(),
            fault.map(|fault| format!(": {fault:?}")).unwrap_or_default()
        );
        state.note(&line);
        if let Some(fault) = fault {
            state.count(&format!("store: {}", word(&fault)));
        }
        let dies = state.death() == Some(Death::BeforeCommit(of_life));
        drop(state);
        if dies {
            self.die("before a commit");
        }
        fault
    }

    /// What the driver is told.
    pub(super) fn commit_ends(&self, owner: Fencing, done: &Result<(), StoreError>) {
        let mut state = self.state();
        if let Err(error) = done {
            if error.kind != StoreErrorKind::Transient {
                state.failed_owner = Some(owner);
            }
            let line = format!("refused: {error}");
            state.note(&line);
        }
        let of_life = state.life_commits - 1;
        let dies = state.death() == Some(Death::AfterCommit(of_life));
        drop(state);
        if dies {
            self.die("after a commit");
        }
        self.changed.notify_one();
    }

    /// The store has these records.
    pub(super) fn took(&self, batch: &[Commit]) {
        let mut outcome = Ok(());
        {
            let mut state = self.state();
            state.view.passed_ms = state.now_ms() - state.jumped_ms;
            for commit in batch {
                let taken = state.view.take(commit);
                if outcome.is_ok() {
                    outcome = taken;
                }
                state.counts.records += 1;
                let line = state.view.executions.get(&commit.number).map(|kept| {
                    let events = kept.records.last().map(|record| &record.events);
                    let names: Vec<_> = events.into_iter().flatten().map(Event::name).collect();
                    format!("  durable: {} {}", kept.head.name, names.join(" "))
                });
                state.note(&line.unwrap_or_default());
            }
        }
        self.check(outcome);
        self.changed.notify_one();
    }

    /// Whether this read fails.
    pub(super) fn read_fails(&self, what: &str) -> bool {
        let mut state = self.state();
        let number = state.reads;
        state.reads += 1;
        let fails = state.plan.read_faults.contains(&number);
        if fails {
            state.count("read");
        }
        let line = format!("read {number}: {what}{}", if fails { ": fails" } else { "" });
        state.note(&line);
        fails
    }

    /// Whether the disk is full.
    pub(super) fn is_full(&self) -> bool {
        let state = self.state();
        state.now_ms() - state.jumped_ms < state.full_until_ms
    }

    /// Somebody else owns the executions.
    pub(super) fn owned(&self) {
        self.state().view.process += 1;
    }

    /// Somebody owns the executions.
    pub(super) fn claimed(&self, claim: &Claim) {
        let checked = {
            let mut state = self.state();
            let line = format!("claimed under {}, {} unfinished", claim.fencing.0, claim.unfinished.len());
            state.note(&line);
            state.view.check_claim(&claim.unfinished).and_then(|()| {
                match state.view.all().map(|(number, _)| number).max() {
                    Some(last) if *last >= claim.next_number => {
                        Err(format!("{:?} is given out again: {last:?} was durable", claim.next_number))
                    }
                    _ => Ok(()),
                }
            })
        };
        self.check(checked);
    }

    /// Something is to be forgotten; what the store does instead.
    pub(super) fn forget_begins(&self, query: &PruneQuery) -> Option<ForgetFault> {
        let mut state = self.state();
        let number = state.forgettings;
        state.forgettings += 1;
        let fault = state.plan.forget_faults.iter().find(|(at, _)| *at == number).map(|(_, fault)| *fault);
        let line = format!(
            "forget {number}: what ended before {:?}{}{}",
            query.ended_before,
            if query.dry_run { ", only asking" } else { "" },
            fault.map(|fault| format!(": {fault:?}")).unwrap_or_default()
        );
        state.note(&line);
        if let Some(fault) = fault {
            state.count(&format!("forget: {fault:?}"));
        }
        drop(state);
        if fault == Some(ForgetFault::DiesBefore) {
            self.die("before something is forgotten");
        }
        fault
    }

    /// The store has forgotten these, or says that it would.
    pub(super) fn forgot(&self, query: &PruneQuery, pruned: &Pruned) {
        if query.dry_run {
            return;
        }
        let checked = {
            let mut state = self.state();
            let mut names = Vec::new();
            let checked = pruned.forgotten.iter().try_for_each(|number| {
                names.push(state.view.executions.get(number).map(|kept| kept.head.name.clone()));
                state.view.forget(*number, query.ended_before)
            });
            state.counts.forgotten += pruned.forgotten.len() as u64;
            state.note(&format!("  forgotten: {names:?}"));
            checked
        };
        self.check(checked);
        self.changed.notify_one();
    }

    /// The store has this definition.
    pub(super) fn defined(&self, hash: DefinitionHash, text: &str) {
        let defined = self.state().view.define(hash, text);
        self.check(defined);
    }
}

impl State {
    /// How this life ends.
    fn death(&self) -> Option<Death> {
        self.plan.deaths.get(self.life).copied()
    }

    /// Something was done to an execution that may change how it ends.
    pub(super) fn disturb(&mut self, workflow: &str, name: &str, why: &'static str) {
        // A child of a distributed Map in memory is its parent's.
        let number = self.view.named(workflow, name).map(|kept| kept.head.number);
        if let Some(number) = number {
            let root = self.view.root_of(number);
            self.disturbed.entry(root).or_insert(why);
        } else {
            let parents = workflow.split('/').next().unwrap_or(workflow);
            let of_parent = self.view.executions.iter().filter(|(_, kept)| kept.head.workflow == parents);
            let roots: Vec<_> = of_parent.map(|(number, _)| self.view.root_of(*number)).collect();
            for root in roots {
                self.disturbed.entry(root).or_insert(why);
            }
        }
    }
}

/// A variant's name.
pub(super) fn word(what: &impl std::fmt::Debug) -> String {
    let text = format!("{what:?}");
    text.split(['(', ' ', '{']).next().unwrap_or_default().to_owned()
}
