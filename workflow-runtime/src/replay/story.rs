//! A history taken apart: what each branch and iteration went through, in its own order.
//!
//! Which branch an event belongs to is told by the chain of `previousEventId`s.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::UnreadableHistory;
use super::read::Recorded;
use crate::asl::{State, StateMachine};
use crate::step::ErrorOutput;

/// Which branch or iteration: from the machine's own inwards, by visit, round and number. Empty for the machine's own.
pub(super) type LaneKey = Vec<Inner>;

/// One step inwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Inner {
    /// Which visit of the lane around it.
    pub(super) visit: usize,
    /// Which try of that visit, from 1.
    pub(super) round: usize,
    /// Which branch or item.
    pub(super) index: usize,
}

/// What a branch or an iteration went through.
#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    pub(super) visits: Vec<Visit>,
    /// It is in its last visit.
    open: bool,
    /// An iteration has come to its end.
    pub(super) ended: bool,
}

/// A state that was entered.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) state: String,
    /// `Task`, `Wait`.
    pub(super) kind: String,
    pub(super) entered: usize,
    pub(super) input: Option<Value>,
    pub(super) attempts: Vec<Attempt>,
    /// Rounds of a Parallel or a Map.
    pub(super) rounds: usize,
    pub(super) exited: Option<usize>,
    pub(super) output: Option<Value>,
    pub(super) assigned: Map<String, Value>,
    /// Failures of its own expressions.
    pub(super) evaluation_failed: Vec<usize>,
}

/// An attempt of a task.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) scheduled: usize,
    pub(super) arguments: Option<Value>,
    /// The event that ended it.
    pub(super) ended: Option<usize>,
}

/// A history, taken apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Story {
    pub(super) lanes: BTreeMap<LaneKey, Lane>,
    /// Of each event, by its place, the lane.
    pub(super) places: Vec<LaneKey>,
    /// By what it ended, where it did.
    pub(super) end: Option<End>,
}

/// How an execution ended.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) event: usize,
    pub(super) kind: String,
    pub(super) output: Option<Value>,
    pub(super) error: ErrorOutput,
}

impl End {
    /// Somebody's hand or the machine's own timeout: it may have come at any moment.
    pub(super) fn is_from_outside(&self) -> bool {
        matches!(self.kind.as_str(), "ExecutionAborted" | "ExecutionTimedOut")
    }
}

/// Takes a history apart; the machine says which branch a state stands in.
pub(super) fn story(machine: &StateMachine, events: &[Recorded]) -> Result<Story, UnreadableHistory> {
    let mut teller = Teller { branches: branches(machine), events, story: Story::default() };
    teller.story.lanes.insert(LaneKey::new(), Lane::default());
    for at in 0..events.len() {
        teller.event(at)?;
    }
    Ok(teller.story)
}

/// By state: in which branch of the Parallel around it, at any depth.
fn branches(machine: &StateMachine) -> BTreeMap<String, usize> {
    fn collect<'a>(states: impl Iterator<Item = &'a State>, found: &mut BTreeMap<String, usize>) {
        for state in states {
            for (index, branch) in state.branches().iter().enumerate() {
                found.extend(branch.states.keys().map(|name| (name.clone(), index)));
                collect(branch.states.values(), found);
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(machine.states.values(), &mut found);
    found
}

struct Teller<'a> {
    branches: BTreeMap<String, usize>,
    events: &'a [Recorded],
    story: Story,
}

/// A branch of which the machine knows no state gets a number beyond those that it has.
const UNKNOWN: usize = 10_000;

impl Teller<'_> {
    fn event(&mut self, at: usize) -> Result<(), UnreadableHistory> {
        let Some(event) = self.events.get(at) else { return Ok(()) };
        let lost = || UnreadableHistory {
            reason: format!(
                "event {} ({}) does not follow from event {}, which it names as the one before it",
                event.id, event.kind, event.previous
            ),
        };
        let key = self.place(event).ok_or_else(lost)?;
        self.story.places.push(key.clone());
        self.take(at, event, &key);
        Ok(())
    }

    fn previous(&self, event: &Recorded) -> Option<(&Recorded, LaneKey)> {
        let first = self.events.first()?.id;
        let at = usize::try_from(event.previous.checked_sub(first)?).ok()?;
        Some((self.events.get(at)?, self.story.places.get(at)?.clone()))
    }

    /// The nearest lane outwards, this one included, that is in such a visit.
    fn climb(&self, mut key: LaneKey, is_it: impl Fn(&Visit) -> bool) -> Option<LaneKey> {
        loop {
            let lane = self.story.lanes.get(&key)?;
            if lane.open && lane.visits.last().is_some_and(&is_it) {
                return Some(key);
            }
            key.pop()?;
        }
    }

    fn inner(&self, key: &LaneKey, index: usize) -> Option<LaneKey> {
        let lane = self.story.lanes.get(key)?;
        let visit = lane.visits.len().checked_sub(1)?;
        let round = lane.visits.last()?.rounds;
        let mut inner = key.clone();
        inner.push(Inner { visit, round, index });
        Some(inner)
    }

    fn place(&self, event: &Recorded) -> Option<LaneKey> {
        if event.kind.starts_with("Execution") {
            return Some(LaneKey::new());
        }
        let (before, lane) = match self.previous(event) {
            Some((before, lane)) => (Some(before), lane),
            None => (None, LaneKey::new()),
        };
        let before = before.map_or("", |before| before.kind.as_str());
        if let Some(name) = event.entered() {
            return match before {
                "ParallelStateStarted" => {
                    let index = self.branches.get(name).copied();
                    self.inner(&lane, index.unwrap_or_else(|| UNKNOWN + self.story.lanes.len()))
                }
                _ => Some(lane),
            };
        }
        if let Some(name) = event.exited() {
            return self.climb(lane, |visit| visit.state == name);
        }
        let group = |kind: &str| {
            // What a group inside has failed with is no try of its own.
            let mut from = lane.clone();
            let goes_out = event.kind.ends_with("StateStarted") || event.kind.ends_with("StateFailed");
            if goes_out && matches!(before, "ParallelStateFailed" | "MapStateFailed") {
                from.pop()?;
            }
            self.climb(from, |visit| visit.kind == kind)
        };
        match event.kind.as_str() {
            "ParallelStateStarted" | "ParallelStateSucceeded" | "ParallelStateFailed" => group("Parallel"),
            "MapStateStarted" | "MapStateSucceeded" | "MapStateFailed" | "MapRunStarted" | "MapRunSucceeded"
            | "MapRunFailed" | "MapRunAborted" | "MapRunRedriven" => group("Map"),
            "MapIterationStarted" | "MapIterationSucceeded" | "MapIterationFailed" | "MapIterationAborted" => {
                let name = event.text("name")?;
                let map = self.climb(lane, |visit| visit.state == name)?;
                self.inner(&map, usize::try_from(event.number("index")?).ok()?)
            }
            "EvaluationFailed" => {
                let state = event.text("state").unwrap_or_default();
                let here = |visit: &Visit| visit.state == state;
                // Older recordings name the event before the state was entered.
                self.climb(lane.clone(), here).or_else(|| {
                    let open = |(_, lane): &(&LaneKey, &Lane)| lane.open && lane.visits.last().is_some_and(here);
                    Some(self.story.lanes.iter().find(open)?.0.clone())
                })
            }
            _ => Some(lane),
        }
    }

    fn take(&mut self, at: usize, event: &Recorded, key: &LaneKey) {
        if event.is_end() {
            let (kind, output) = (event.kind.clone(), event.document("output"));
            self.story.end = Some(End { event: at, kind, output, error: event.error() });
            return;
        }
        if event.kind == "ExecutionRedriven" {
            self.story.end = None;
            return;
        }
        let lane = self.story.lanes.entry(key.clone()).or_default();
        if let Some(name) = event.entered() {
            let kind = event.kind.strip_suffix("StateEntered").unwrap_or_default().to_owned();
            lane.open = true;
            lane.visits.push(Visit {
                state: name.to_owned(),
                kind,
                entered: at,
                input: event.document("input"),
                attempts: Vec::new(),
                rounds: 0,
                exited: None,
                output: None,
                assigned: Map::new(),
                evaluation_failed: Vec::new(),
            });
            return;
        }
        lane.ended |= event.kind == "MapIterationSucceeded";
        let Some(visit) = lane.visits.last_mut() else { return };
        if event.exited().is_some() {
            lane.open = false;
            visit.exited = Some(at);
            visit.output = event.document("output");
            visit.assigned = event.assigned();
            return;
        }
        match (event.kind.as_str(), event.of_task()) {
            ("ParallelStateStarted" | "MapStateStarted", _) => visit.rounds += 1,
            ("EvaluationFailed", _) => visit.evaluation_failed.push(at),
            (_, Some("Scheduled")) => {
                let arguments = event.document("parameters").or_else(|| event.document("input"));
                visit.attempts.push(Attempt { scheduled: at, arguments, ended: None });
            }
            (_, Some("Started" | "Submitted") | None) => {}
            (_, Some(_)) => {
                if let Some(attempt) = visit.attempts.last_mut() {
                    attempt.ended = Some(at);
                }
            }
        }
    }
}
