//! A run that has ended, to be looked at.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::facts::{Facts, PayloadSize};
use super::log::{CallEnd, Called};
use super::session::{Finished, Recorded};
use crate::engine::ExecutionStatus;
use crate::history::{self, HistoryEvent, Status, Trail, TrailState};
use crate::step::{ErrorOutput, Result, StepError, StepSignature, WorkflowError};
use crate::workflow::Workflow;

/// An execution of `W` that a test has run, from its first event to its last.
///
/// What begins with `assert_` panics with what was expected, what was found and the trail; everything else only tells.
pub struct Run<W> {
    pub(crate) finished: Arc<Finished>,
    pub(crate) at: usize,
    pub(crate) facts: Facts,
    workflow: PhantomData<fn() -> W>,
}

impl<W> std::fmt::Debug for Run<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("status", &self.facts.status)
            .field("output", &self.facts.output)
            .field("error", &self.facts.error)
            .finish_non_exhaustive()
    }
}

/// One call of a step's function, or of its mock.
pub struct Call<S: StepSignature> {
    /// What it was given.
    pub arguments: S::Arguments,
    /// The state that called it.
    pub state: String,
    /// 1 for the first attempt of a visit.
    pub attempt: u32,
    /// The same for every attempt of a visit, also after a crash.
    pub idempotency_key: String,
    /// When it was called, counted from the beginning of the execution.
    pub started: Duration,
    /// How long it took; `None` where it was cut off.
    pub took: Option<Duration>,
    /// What it came to.
    pub end: CallEnd,
}

impl<S: StepSignature<Arguments: std::fmt::Debug>> std::fmt::Debug for Call<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("state", &self.state)
            .field("attempt", &self.attempt)
            .field("arguments", &self.arguments)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

/// The time between two points.
pub(crate) fn between(from: crate::time::Timestamp, to: crate::time::Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(to.as_millis().saturating_sub(from.as_millis())).unwrap_or_default())
}

impl<W: Workflow> Run<W> {
    /// The tested execution.
    ///
    /// # Panics
    /// Where the test itself is at fault.
    #[track_caller]
    pub(crate) fn new(finished: Arc<Finished>) -> Self {
        if !finished.faults.is_empty() {
            let trail = finished.executions.first().map(|root| Facts::of(root).trail.render()).unwrap_or_default();
            panic!("{}", [finished.faults.join("\n"), trail].join("\n\n").trim_end());
        }
        Self::at(finished, 0)
    }

    pub(crate) fn at(finished: Arc<Finished>, at: usize) -> Self {
        let facts = match finished.executions.get(at) {
            Some(recorded) => Facts::of(recorded),
            None => unreachable!("a run has executions"),
        };
        Self { finished, at, facts, workflow: PhantomData }
    }

    pub(crate) fn recorded(&self) -> &Recorded {
        match self.finished.executions.get(self.at) {
            Some(recorded) => recorded,
            None => unreachable!("a run has its execution"),
        }
    }

    /// How it ended.
    pub fn status(&self) -> ExecutionStatus {
        self.facts.status
    }

    /// Its output, or how it failed.
    ///
    /// # Errors
    /// Its error.
    ///
    /// # Panics
    /// Where its output is none of `W`, which only a machine written by hand can bring about.
    pub fn result(&self) -> Result<W::Output> {
        match (&self.facts.output, &self.facts.error) {
            (Some(output), _) => match <W::Output as serde::Deserialize>::deserialize(output) {
                Ok(output) => Ok(output),
                Err(error) => panic!("the output of `{}` is none of its type: {error}\n{output}", W::NAME),
            },
            (None, Some(error)) => Err(error.clone().into()),
            (None, None) => {
                let error = Some("States.Timeout".to_owned()).filter(|_| self.status() == ExecutionStatus::TimedOut);
                Err(ErrorOutput { error, cause: None }.into())
            }
        }
    }

    /// Its output.
    ///
    /// # Panics
    /// Where it has failed.
    #[track_caller]
    pub fn output(&self) -> W::Output {
        match self.result() {
            Ok(output) => output,
            Err(error) => panic!("`{}` failed: {error}{}\n\n{}", W::NAME, self.nobody_answered(), self.trail_text()),
        }
    }

    /// What a test may have forgotten to say, where it has not succeeded.
    pub(super) fn nobody_answered(&self) -> String {
        let said = |step: &&str| format!("\nnobody answered `{step}`: `.answer::<{step}>(..)` says who does");
        self.finished.unanswered.iter().map(said).collect()
    }

    /// How it failed.
    ///
    /// # Panics
    /// Where it has not.
    #[track_caller]
    pub fn error(&self) -> WorkflowError {
        match (self.result(), &self.facts.output) {
            (Err(error), _) => error,
            (Ok(_), output) => {
                let output = output.clone().unwrap_or_default();
                panic!("`{}` was expected to fail and succeeded with {output}\n\n{}", W::NAME, self.trail_text())
            }
        }
    }

    /// The declared error that it failed with.
    ///
    /// # Panics
    /// Where it has not failed, or not with one of `E`.
    #[track_caller]
    pub fn failure<E: StepError>(&self) -> E {
        let error = self.error();
        match error.downcast() {
            Some(declared) => declared,
            None => panic!(
                "`{}` failed with `{error}`, which is none of `{}`\n\n{}",
                W::NAME,
                E::shape().name,
                self.trail_text()
            ),
        }
    }

    /// The states it went through; the branches of a Parallel and the iterations of a Map one after the other.
    pub fn path(&self) -> Vec<String> {
        self.facts.path()
    }

    /// Whether some visit to the state went well.
    ///
    /// # Panics
    /// Where the machine has no such state: a name that is misspelt would say that nothing happened.
    #[track_caller]
    pub fn completed(&self, state: &str) -> bool {
        self.visits_to(state).any(|it| it.status == Status::Succeeded)
    }

    /// How often the state was entered.
    ///
    /// # Panics
    /// Where the machine has no such state.
    #[track_caller]
    pub fn visits(&self, state: &str) -> usize {
        self.visits_to(state).count()
    }

    #[track_caller]
    fn visits_to(&self, state: &str) -> impl Iterator<Item = &TrailState> {
        self.check_state(state);
        self.facts.trail.states.iter().filter(move |it| it.name == state)
    }

    fn called<S: StepSignature>(&self) -> impl Iterator<Item = &Called> {
        let Recorded { workflow, name, .. } = self.recorded();
        // The children of a distributed Map belong to it.
        let children = format!("{workflow}/");
        self.finished.calls.iter().filter(move |call| {
            let own = *call.workflow == **workflow && *call.execution == **name;
            call.handler.name == S::NAME && (own || call.workflow.starts_with(&children))
        })
    }

    /// How often the step was run, retries included.
    pub fn attempts<S: StepSignature>(&self) -> usize {
        self.called::<S>().count()
    }

    /// Every call of the step in the order in which they began.
    ///
    /// # Panics
    /// Where a call was given what the step cannot read, which only a machine written by hand can bring about.
    pub fn calls<S: StepSignature>(&self) -> Vec<Call<S>> {
        let call = |called: &Called| Call {
            arguments: match S::arguments(&called.payload) {
                Ok(arguments) => arguments,
                Err(error) => panic!("{error}"),
            },
            state: called.state.to_string(),
            attempt: called.attempt,
            idempotency_key: called.key.clone(),
            started: between(self.facts.started, called.started),
            took: called.ended.map(|ended| between(called.started, ended)),
            end: called.end.clone(),
        };
        self.called::<S>().map(call).collect()
    }

    /// What each call of the step was given.
    ///
    /// # Panics
    /// As [`calls`](Self::calls).
    pub fn arguments<S: StepSignature>(&self) -> Vec<S::Arguments> {
        self.calls::<S>().into_iter().map(|call| call.arguments).collect()
    }

    /// The variables as the last visit to the state left them.
    ///
    /// # Panics
    /// Where the state was not left.
    #[track_caller]
    pub fn variables_after(&self, state: &str) -> &BTreeMap<String, Value> {
        if let Some(left) = self.facts.left.iter().rev().find(|left| *left.state == *state) {
            return &left.variables;
        }
        self.check_state(state);
        panic!("state `{state}` was not left\n\n{}", self.trail_text())
    }

    /// One of them, as the type that the program gives it.
    ///
    /// # Panics
    /// Where the state was not left, has no such variable, or it is of another type.
    #[track_caller]
    pub fn variable_after<T: DeserializeOwned>(&self, state: &str, variable: &str) -> T {
        let variables = self.variables_after(state);
        let Some(value) = variables.get(variable) else {
            let known: Vec<_> = variables.keys().map(|name| format!("`{name}`")).collect();
            let known = if known.is_empty() { "none is".to_owned() } else { format!("set are {}", known.join(", ")) };
            panic!(
                "no variable `{variable}` is set after `{state}`: {known}. A value that nothing reads later is kept in none"
            );
        };
        match T::deserialize(value) {
            Ok(value) => value,
            Err(error) => panic!("variable `{variable}` after `{state}` is {value}: {error}"),
        }
    }

    /// State transitions as AWS counts and bills them: states entered, and retries.
    pub fn transitions(&self) -> u64 {
        self.facts.transitions + self.facts.retries
    }

    /// Events of its history; an execution has 25,000 at most.
    pub fn event_count(&self) -> u64 {
        self.facts.events
    }

    /// What crossed the boundaries of its states, in order.
    pub fn payload_sizes(&self) -> &[PayloadSize] {
        &self.facts.sizes
    }

    /// The largest of them.
    pub fn largest_payload(&self) -> Option<&PayloadSize> {
        // The first of several.
        self.facts.sizes.iter().rev().max_by_key(|size| size.bytes)
    }

    /// How long it took, in virtual time.
    pub fn elapsed(&self) -> Duration {
        self.facts.stopped.map_or(Duration::ZERO, |stopped| between(self.facts.started, stopped))
    }

    /// Its history as AWS writes it.
    pub fn history(&self) -> Vec<HistoryEvent> {
        let recorded = self.recorded();
        history::aws_events(&recorded.source, &recorded.records)
    }

    /// The same as `history --json` writes it: to be kept and [replayed](super::replay).
    pub fn history_json(&self) -> String {
        serde_json::to_string_pretty(&serde_json::json!({ "events": self.history() })).unwrap_or_default()
    }

    /// What became of it, state by state.
    pub fn trail(&self) -> &Trail {
        &self.facts.trail
    }

    /// The trail that `history` prints.
    pub fn trail_text(&self) -> String {
        let mut text = self.facts.trail.render();
        for refused in &self.finished.refused_answers {
            text.push_str("note: ");
            text.push_str(refused);
            text.push('\n');
        }
        text
    }

    /// The executions of another workflow that it has started, in their order.
    pub fn executions_of<C: Workflow>(&self) -> Vec<Run<C>> {
        let all = self.finished.executions.iter().enumerate();
        let found = all.filter(|(at, it)| *at != self.at && it.workflow == C::NAME);
        found.map(|(at, _)| Run::at(Arc::clone(&self.finished), at)).collect()
    }
}
