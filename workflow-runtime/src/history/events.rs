//! From the engine's records to AWS's history: types, details, numbers and links.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::HistoryEvent;
use super::details::{Details, Family};
use super::fold::{Fold, TIMEOUT};
use crate::asl::{State, StateMachine};
use crate::engine::{Event, ExecutionIdentity, Record, ScopeId};
use crate::time::Timestamp;

/// The history of an execution as `GetExecutionHistory` tells it.
///
/// Events link to the last event of their own chain of causes: each branch has one. `previousEventId` is 0 for the first
/// state and for an end from outside.
pub fn aws_events(machine: &StateMachine, records: &[Record]) -> Vec<HistoryEvent> {
    let mut writer = Writer {
        fold: Fold::new(machine),
        events: Vec::new(),
        chain: BTreeMap::new(),
        advanced: 0,
        redrives: 0,
        succeeded: BTreeMap::new(),
    };
    for record in records {
        for event in &record.events {
            writer.event(record.at, event);
            writer.fold.apply(event);
        }
    }
    writer.events
}

struct Writer<'m> {
    fold: Fold<'m>,
    events: Vec<HistoryEvent>,
    /// The last event of each scope's chain.
    chain: BTreeMap<ScopeId, Link>,
    /// The last event that advanced any chain: what failed, when something has failed.
    advanced: u64,
    redrives: u32,
    /// The last event from which a Map goes on: its start, or an iteration's end.
    succeeded: BTreeMap<ScopeId, u64>,
}

/// The end of a chain.
#[derive(Clone, Copy, Default)]
struct Link {
    last: u64,
    /// Set while `last` is a `ParallelStateFailed` or `MapStateFailed`: what that one links to, and so does a failure of the catcher's own.
    before_failure: Option<u64>,
}

impl Writer<'_> {
    fn event(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::ExecutionStarted { input, .. } => {
                let details = Details::default().document("input", input).with("roleArn", ExecutionIdentity::ROLE_ARN);
                self.push(at, 0, "ExecutionStarted", details.of("ExecutionStarted"));
                self.chain.insert(ScopeId(0), Link::default());
            }
            Event::StateEntered { scope, state } => {
                let Some((name, state)) = self.fold.state(*scope, *state) else { return };
                let kind = format!("{}StateEntered", state.type_name());
                let details = Details::default().with("name", name).document("input", &self.fold.value(*scope));
                self.advance(at, *scope, &kind, details.under("stateEnteredEventDetails"));
            }
            Event::StateExited { scope, output, assigned, catcher, .. } => {
                let Some((name, state)) = self.fold.current(*scope) else { return };
                let kind = format!("{}StateExited", state.type_name());
                let output = self.fold.output(*scope, output.as_deref(), catcher.is_some());
                let details = Details::default().with("name", name).document("output", &output).assigned(assigned);
                self.advance(at, *scope, &kind, details.under("stateExitedEventDetails"));
            }
            Event::EvaluationFailed { scope, error, location } => {
                let name = self.fold.current(*scope).map_or("", |(name, _)| name);
                let details = Details::default().error(error).with("location", location.as_str()).with("state", name);
                if let Some(before) = self.chain.get(scope).and_then(|link| link.before_failure) {
                    self.chain.insert(*scope, Link { last: before, before_failure: None });
                }
                self.advance(at, *scope, "EvaluationFailed", details.of("EvaluationFailed"));
            }
            Event::ParallelStarted { .. }
            | Event::BranchSucceeded { .. }
            | Event::ParallelSucceeded { .. }
            | Event::ParallelFailed { .. }
            | Event::StateAborted { .. }
            | Event::RetryScheduled { .. } => self.parallel(at, event),
            Event::MapStarted { .. }
            | Event::MapIterationStarted { .. }
            | Event::MapIterationSucceeded { .. }
            | Event::MapIterationFailed { .. }
            | Event::MapIterationAborted { .. }
            | Event::MapSucceeded { .. }
            | Event::MapFailed { .. } => self.map(at, event),
            Event::DistributedMapStarted { .. }
            | Event::MapRunStarted { .. }
            | Event::MapRunSucceeded { .. }
            | Event::MapRunFailed { .. }
            | Event::MapRunAborted { .. } => self.map_run(at, event),
            Event::ExecutionSucceeded
            | Event::ExecutionFailed { .. }
            | Event::ExecutionTimedOut
            | Event::ExecutionAborted { .. }
            | Event::ExecutionRedriven => self.execution(at, event),
            task => self.task(at, task),
        }
    }

    fn task(&mut self, at: Timestamp, event: &Event) {
        let (Event::TaskScheduled { scope, .. }
        | Event::TaskStarted { scope }
        | Event::TaskSubmitted { scope }
        | Event::JobSubmitted { scope, .. }
        | Event::TaskSucceeded { scope, .. }
        | Event::TaskFailed { scope, .. }
        | Event::TaskTimedOut { scope, .. }) = event
        else {
            return;
        };
        let Some((_, state)) = self.fold.current(*scope) else { return };
        let family = Family::of(state);
        let (what, details) = match event {
            Event::TaskScheduled { arguments, timeout_seconds, heartbeat_seconds, .. } => {
                let input = arguments.as_ref().map_or_else(|| self.fold.value(*scope), crate::json::Json::share);
                ("Scheduled", family.scheduled(&input, *timeout_seconds, *heartbeat_seconds))
            }
            Event::TaskStarted { .. } => ("Started", family.started()),
            Event::TaskSubmitted { .. } => ("Submitted", family.submitted(None)),
            Event::JobSubmitted { output, .. } => ("Submitted", family.submitted(Some(output))),
            Event::TaskSucceeded { output, .. } => ("Succeeded", family.succeeded(output)),
            Event::TaskFailed { error, .. } => ("Failed", family.failed(error)),
            _ => ("TimedOut", family.timed_out()),
        };
        self.advance(at, *scope, &family.kind(what), details);
    }

    fn parallel(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::ParallelStarted { scope, first, .. } => {
                let id = self.advance(at, *scope, "ParallelStateStarted", Map::new());
                let branches = self.fold.current(*scope).map_or(0, |(_, state)| state.branches().len());
                for branch in (first.0..).map(ScopeId).take(branches) {
                    self.chain.insert(branch, Link { last: id, before_failure: None });
                }
            }
            // Does not advance: what follows links to the branches' last event, as this does.
            Event::ParallelSucceeded { scope } => {
                let last = self.branches_last(*scope);
                self.push(at, last, "ParallelStateSucceeded", Map::new());
                self.chain.insert(*scope, Link { last, before_failure: None });
            }
            Event::ParallelFailed { scope, .. } => self.group_failed(at, *scope, "ParallelStateFailed"),
            Event::StateAborted { scope } => {
                let kind = match self.fold.current(*scope) {
                    Some((_, State::Wait(_))) => "WaitStateAborted",
                    Some((_, State::Parallel(_))) => "ParallelStateAborted",
                    Some((_, State::Map(_))) => "MapStateAborted",
                    _ => "TaskStateAborted",
                };
                self.push(at, self.advanced, kind, Map::new());
            }
            // The next round of a Parallel links to what failed in this one.
            Event::RetryScheduled { scope, .. } => {
                self.chain.insert(*scope, Link { last: self.advanced, before_failure: None });
            }
            _ => {}
        }
    }

    /// The iterations' chains begin where the Map's stands: at its start, or at the last event of an iteration that gave
    /// way to them. The Map itself goes on from the last iteration's end.
    fn map(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::MapStarted { scope, items, .. } => {
                let input = self.fold.value(*scope);
                let items = items.as_deref().unwrap_or(&input);
                let details = Details::default().with("length", items.as_array().map_or(0, Vec::len));
                let id = self.advance(at, *scope, "MapStateStarted", details.of("MapStateStarted"));
                self.succeeded.insert(*scope, id);
            }
            Event::MapIterationStarted { scope, index, .. } => {
                let previous = self.chain.get(scope).map_or(0, |link| link.last);
                let details = self.iteration_details(*scope, *index).of("MapIterationStarted");
                let id = self.push(at, previous, "MapIterationStarted", details);
                self.advanced = id;
                if let Some(iteration) = self.fold.iteration_scope(*scope, *index) {
                    self.chain.insert(iteration, Link { last: id, before_failure: None });
                }
            }
            Event::MapIterationSucceeded { scope } => {
                let last = self.chain.remove(scope).map_or(0, |link| link.last);
                let Some((map, id)) = self.iteration(at, *scope, last, "MapIterationSucceeded") else { return };
                self.advanced = id;
                self.succeeded.insert(map, id);
                self.chain.insert(map, Link { last, before_failure: None });
            }
            // These two do not advance: what comes of a failure links to what failed.
            Event::MapIterationFailed { scope } => {
                self.iteration(at, *scope, self.advanced, "MapIterationFailed");
            }
            Event::MapIterationAborted { scope } => {
                self.iteration(at, *scope, self.advanced, "MapIterationAborted");
            }
            Event::MapSucceeded { scope } => {
                let last = self.succeeded.get(scope).copied().unwrap_or_default();
                self.push(at, last, "MapStateSucceeded", Map::new());
                // The Map goes on from its last iteration; a distributed one from the start of its map run.
                if !self.fold.is_distributed(*scope) {
                    self.chain.insert(*scope, Link { last, before_failure: None });
                }
            }
            Event::MapFailed { scope, .. } => self.group_failed(at, *scope, "MapStateFailed"),
            _ => {}
        }
    }

    fn map_run(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::DistributedMapStarted { scope, length } => {
                let details = Details::default().with("length", *length);
                self.advance(at, *scope, "MapStateStarted", details.of("MapStateStarted"));
            }
            Event::MapRunStarted { scope, arn, .. } => {
                let details = Details::default().with("mapRunArn", arn.as_str());
                self.advance(at, *scope, "MapRunStarted", details.of("MapRunStarted"));
            }
            // What follows links to the start, but for the Map's own success.
            Event::MapRunSucceeded { scope, .. } => {
                let last = self.chain.get(scope).map_or(0, |link| link.last);
                let id = self.push(at, last, "MapRunSucceeded", Map::new());
                self.succeeded.insert(*scope, id);
            }
            Event::MapRunFailed { scope, error } => {
                let details = Details::default().error(error).of("MapRunFailed");
                self.advance(at, *scope, "MapRunFailed", details);
            }
            Event::MapRunAborted { scope } => {
                let last = self.chain.get(scope).map_or(0, |link| link.last);
                self.push(at, last, "MapRunAborted", Map::new());
            }
            _ => {}
        }
    }

    fn iteration(&mut self, at: Timestamp, scope: ScopeId, previous: u64, kind: &str) -> Option<(ScopeId, u64)> {
        let (map, index) = self.fold.iteration(scope)?;
        let details = self.iteration_details(map, index).of(kind);
        Some((map, self.push(at, previous, kind, details)))
    }

    fn iteration_details(&self, map: ScopeId, index: u32) -> Details {
        let name = self.fold.current(map).map_or("", |(name, _)| name);
        Details::default().with("name", name).with("index", index)
    }

    fn group_failed(&mut self, at: Timestamp, scope: ScopeId, kind: &str) {
        let cause = self.advanced;
        let id = self.push(at, cause, kind, Map::new());
        self.advanced = id;
        self.chain.insert(scope, Link { last: id, before_failure: Some(cause) });
    }

    /// The last event of any branch, nested ones included: their numbers only grow.
    fn branches_last(&self, scope: ScopeId) -> u64 {
        let own = self.chain.get(&scope).map_or(0, |link| link.last);
        let branches = self.fold.branches(scope).iter();
        branches.filter_map(|branch| self.chain.get(branch)).map(|link| link.last).fold(own, u64::max)
    }

    fn execution(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::ExecutionSucceeded => {
                let details = Details::default().document("output", &self.fold.value(ScopeId(0)));
                let details = details.of("ExecutionSucceeded");
                self.advance(at, ScopeId(0), "ExecutionSucceeded", details);
            }
            Event::ExecutionFailed { error } => {
                let details = Details::default().error(error).of("ExecutionFailed");
                self.advanced = self.push(at, self.advanced, "ExecutionFailed", details);
            }
            Event::ExecutionTimedOut => {
                let details = Details::default().with("error", TIMEOUT).of("ExecutionTimedOut");
                self.advanced = self.push(at, 0, "ExecutionTimedOut", details);
            }
            Event::ExecutionAborted { error } => {
                let details = Details::default().error(error).of("ExecutionAborted");
                self.advanced = self.push(at, 0, "ExecutionAborted", details);
            }
            Event::ExecutionRedriven => {
                self.redrives += 1;
                let details = Details::default().with("redriveCount", self.redrives).of("ExecutionRedriven");
                self.advanced = self.push(at, self.advanced, "ExecutionRedriven", details);
                let link = Link { last: self.advanced, before_failure: None };
                self.chain.values_mut().for_each(|chain| *chain = link);
            }
            _ => {}
        }
    }

    /// Adds an event to the scope's chain.
    fn advance(&mut self, at: Timestamp, scope: ScopeId, kind: &str, details: Map<String, Value>) -> u64 {
        let previous = self.chain.get(&scope).map_or(0, |link| link.last);
        let id = self.push(at, previous, kind, details);
        self.chain.insert(scope, Link { last: id, before_failure: None });
        self.advanced = id;
        id
    }

    fn push(&mut self, at: Timestamp, previous: u64, kind: &str, details: Map<String, Value>) -> u64 {
        let id = self.events.len() as u64 + 1;
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since the epoch stay far below 2^53")]
        let timestamp = at.as_millis() as f64 / 1000.0;
        self.events.push(HistoryEvent { id, previous_event_id: previous, timestamp, kind: kind.to_owned(), details });
        id
    }
}
