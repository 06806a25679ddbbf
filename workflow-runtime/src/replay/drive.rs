//! Lets the machine go through a recorded history: what came from outside then is told to it again.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::read::Recorded;
use super::story::{Inner, LaneKey, Story};
use crate::engine::{
    Decision, Effect, EngineError, Event, Execution, ExecutionIdentity, Input, Machine, MapRunEnd, Record, ScopeId,
    TaskId, TimerId, step,
};
use crate::time::Timestamp;

/// The name of an execution that is replayed: what holds it cannot be compared.
pub(super) const NAME: &str = "replayed-execution-4c1f";

/// What the machine did.
pub(super) struct Driven {
    pub(super) records: Vec<Record>,
    /// Where a time is another one now.
    pub(super) times: Vec<OtherTime>,
    /// The event past which nobody can go: a map run's results are in no history.
    pub(super) stopped: Option<usize>,
}

/// A wait or a timeout that takes another time now.
pub(super) struct OtherTime {
    pub(super) event: usize,
    pub(super) state: String,
    pub(super) is_wait: bool,
    pub(super) recorded_ms: u64,
    pub(super) now_ms: u64,
}

/// How far a service's timer may be late.
const LATE_MS: u64 = 5_000;

pub(super) fn drive(
    machine: &Machine,
    workflow: &str,
    events: &[Recorded],
    story: &Story,
) -> Result<Driven, EngineError> {
    let mut driver = Driver {
        machine,
        execution: Execution::new(ExecutionIdentity::new(workflow, NAME, 1)),
        driven: Driven { records: Vec::new(), times: Vec::new(), stopped: None },
        now: Timestamp::default(),
        scopes: Scopes::default(),
        tasks: BTreeMap::new(),
        scheduled: BTreeMap::new(),
        timers: BTreeMap::new(),
        count: 0,
    };
    for (at, event) in events.iter().enumerate() {
        let Some(lane) = story.places.get(at) else { break };
        driver.now = driver.now.max(event.at);
        driver.event(at, event, lane, events, story)?;
        if driver.driven.stopped.is_some() {
            break;
        }
    }
    Ok(driver.driven)
}

struct Driver<'a> {
    machine: &'a Machine,
    execution: Execution,
    driven: Driven,
    now: Timestamp,
    scopes: Scopes,
    tasks: BTreeMap<ScopeId, TaskId>,
    scheduled: BTreeMap<TaskId, Timestamp>,
    timers: BTreeMap<TimerId, Timestamp>,
    /// Numbered events so far.
    count: u64,
}

/// Which scope of the engine is which branch or iteration.
#[derive(Default)]
struct Scopes {
    keys: BTreeMap<ScopeId, LaneKey>,
    by_key: BTreeMap<LaneKey, ScopeId>,
    /// Visits, and rounds of the last one.
    visits: BTreeMap<ScopeId, (usize, usize)>,
    /// By the first scope that was opened: whose.
    openers: BTreeMap<ScopeId, (ScopeId, Inner)>,
}

impl Scopes {
    fn add(&mut self, scope: ScopeId, key: LaneKey) {
        self.by_key.insert(key.clone(), scope);
        self.keys.insert(scope, key);
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::ExecutionStarted { .. } => self.add(ScopeId(0), LaneKey::new()),
            Event::StateEntered { scope, .. } => {
                self.open(*scope);
                let (visits, rounds) = self.visits.entry(*scope).or_default();
                (*visits, *rounds) = (*visits + 1, 0);
            }
            Event::ParallelStarted { scope, first, .. } | Event::MapStarted { scope, first, .. } => {
                let (visits, rounds) = self.visits.entry(*scope).or_default();
                *rounds += 1;
                let inner = Inner { visit: visits.saturating_sub(1), round: *rounds, index: 0 };
                self.openers.insert(*first, (*scope, inner));
            }
            _ => {}
        }
    }

    /// Numbers are given in order: a scope belongs to the last that opened some before it.
    fn open(&mut self, scope: ScopeId) {
        if self.keys.contains_key(&scope) {
            return;
        }
        let Some((first, (around, inner))) = self.openers.range(..=scope).next_back() else { return };
        let Some(mut key) = self.keys.get(around).cloned() else { return };
        key.push(Inner { index: (scope.0 - first.0) as usize, ..*inner });
        self.add(scope, key);
    }
}

impl Driver<'_> {
    fn feed(&mut self, input: &Input) -> Result<(), EngineError> {
        let Decision { events, effects, .. } = step(self.machine, &mut self.execution, input, self.now)?;
        for event in &events {
            self.count += u64::from(event.is_numbered());
            self.scopes.event(event);
            match event {
                Event::TaskScheduled { scope, .. } | Event::MapRunStarted { scope, .. } => {
                    self.tasks.insert(*scope, TaskId(self.count));
                    self.scheduled.insert(TaskId(self.count), self.now);
                }
                _ => {}
            }
        }
        for effect in effects {
            match effect {
                Effect::SetTimer { timer, due } => drop(self.timers.insert(timer, due)),
                Effect::CancelTimer(timer) => drop(self.timers.remove(&timer)),
                _ => {}
            }
        }
        if !events.is_empty() {
            self.driven.records.push(Record { at: self.now, events });
        }
        Ok(())
    }

    /// The scope of the lane, where it is in the same visit to the same state.
    fn scope(&self, lane: &LaneKey, story: &Story) -> Option<ScopeId> {
        let scope = *self.scopes.by_key.get(lane)?;
        let current = self.execution.current_state(scope)?;
        let state = self.machine.state(current.container, current.state)?;
        let recorded = story.lanes.get(lane)?;
        // The recording goes on: its visit at this event is one that was entered before.
        let (visits, _) = *self.scopes.visits.get(&scope)?;
        let visit = recorded.visits.get(visits.checked_sub(1)?)?;
        (visit.state == **state.name).then_some(scope)
    }

    fn task(&self, scope: ScopeId) -> Option<TaskId> {
        self.tasks.get(&scope).copied().filter(|task| self.execution.is_open(*task))
    }

    /// Whether the lane is, at this event, in the visit that the machine's scope is in.
    fn is_same_visit(&self, scope: ScopeId, lane: &LaneKey, at: usize, story: &Story) -> bool {
        let Some(recorded) = story.lanes.get(lane) else { return false };
        let entered = recorded.visits.iter().filter(|visit| visit.entered <= at).count();
        self.scopes.visits.get(&scope).is_some_and(|(visits, _)| *visits == entered)
    }

    fn event(
        &mut self,
        at: usize,
        event: &Recorded,
        lane: &LaneKey,
        events: &[Recorded],
        story: &Story,
    ) -> Result<(), EngineError> {
        match event.kind.as_str() {
            "ExecutionStarted" => {
                let input = Arc::new(event.document("input").unwrap_or_default());
                return self.feed(&Input::Start { input, seed: 0 });
            }
            "ExecutionAborted" => return self.feed(&Input::Stop { error: event.error() }),
            "ExecutionTimedOut" => return self.fire(TimerId::Execution),
            "ExecutionRedriven" => return self.feed(&Input::Redrive),
            _ => {}
        }
        let Some(scope) = self.scope(lane, story).filter(|scope| self.is_same_visit(*scope, lane, at, story)) else {
            return Ok(());
        };
        match (event.kind.as_str(), event.of_task()) {
            ("WaitStateExited", _) => self.waited(at, event, scope, events, story, lane),
            ("MapRunSucceeded", _) => self.map_run(at, scope, lane, story),
            ("MapRunFailed", _) => match self.task(scope) {
                Some(run) => self.feed(&Input::MapRunEnded { run, end: MapRunEnd::Failed(event.error()) }),
                None => Ok(()),
            },
            ("ParallelStateStarted" | "MapStateStarted" | "EvaluationFailed", _) | (_, Some("Scheduled")) => {
                self.fire(TimerId::Retry(scope))
            }
            (_, Some(what)) => match self.task(scope) {
                Some(task) => self.answered(at, what, event, task, events, story, lane),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "an event and all that it stands in")]
    fn answered(
        &mut self,
        at: usize,
        what: &str,
        event: &Recorded,
        task: TaskId,
        events: &[Recorded],
        story: &Story,
        lane: &LaneKey,
    ) -> Result<(), EngineError> {
        match what {
            "Succeeded" => {
                let output = Arc::new(event.document("output").unwrap_or_default());
                self.feed(&Input::TaskSucceeded { task, output })
            }
            "Submitted" => match event.document("output") {
                Some(output) if !event.text("resource").unwrap_or_default().ends_with(".waitForTaskToken") => {
                    self.feed(&Input::JobSubmitted { task, output: Arc::new(output) })
                }
                _ => self.feed(&Input::TaskSubmitted { task }),
            },
            "TimedOut" => self.timed_out(at, event, task, events, story, lane),
            "Started" => Ok(()),
            // ScheduleFailed, StartFailed, SubmitFailed: the task has failed.
            failed if failed.ends_with("Failed") => self.feed(&Input::TaskFailed { task, error: event.error() }),
            _ => Ok(()),
        }
    }

    fn fire(&mut self, timer: TimerId) -> Result<(), EngineError> {
        let Some(due) = self.timers.remove(&timer) else { return Ok(()) };
        self.now = self.now.max(due);
        self.feed(&Input::TimerFired { timer })
    }

    fn waited(
        &mut self,
        at: usize,
        event: &Recorded,
        scope: ScopeId,
        events: &[Recorded],
        story: &Story,
        lane: &LaneKey,
    ) -> Result<(), EngineError> {
        let timer = TimerId::Wait(scope);
        let entered = story.lanes.get(lane).and_then(|lane| lane.visits.iter().rfind(|visit| visit.entered <= at));
        let since = self.execution.current_state(scope).map(|state| state.entered_at);
        if let (Some(due), Some(visit), Some(since)) = (self.timers.get(&timer), entered, since) {
            let began = events.get(visit.entered).map_or(event.at, |it| it.at);
            self.compare_times(at, &visit.state, true, span(began, event.at), span(since, *due));
        }
        self.fire(timer)
    }

    fn timed_out(
        &mut self,
        at: usize,
        event: &Recorded,
        task: TaskId,
        events: &[Recorded],
        story: &Story,
        lane: &LaneKey,
    ) -> Result<(), EngineError> {
        let due = |timer| self.timers.get(&timer).map(|due| (*due, timer));
        let both = [due(TimerId::TaskTimeout(task)), due(TimerId::TaskHeartbeat(task))];
        // A missed heartbeat looks the same in a history: whichever is nearer.
        let nearest = both.into_iter().flatten().min_by_key(|(due, _)| span(event.at, *due) + span(*due, event.at));
        let Some((due, timer)) = nearest else { return Ok(()) };
        let visit = story.lanes.get(lane).and_then(|lane| lane.visits.iter().rfind(|visit| visit.entered <= at));
        let attempt = visit.and_then(|visit| visit.attempts.iter().rfind(|attempt| attempt.scheduled <= at));
        let scheduled = self.scheduled.get(&task).copied();
        if let (Some(visit), Some(attempt), Some(scheduled)) = (visit, attempt, scheduled) {
            let began = events.get(attempt.scheduled).map_or(event.at, |it| it.at);
            self.compare_times(at, &visit.state, false, span(began, event.at), span(scheduled, due));
        }
        self.fire(timer)
    }

    fn compare_times(&mut self, event: usize, state: &str, is_wait: bool, recorded_ms: u64, now_ms: u64) {
        if recorded_ms.abs_diff(now_ms) > LATE_MS {
            let state = state.to_owned();
            self.driven.times.push(OtherTime { event, state, is_wait, recorded_ms, now_ms });
        }
    }

    /// The results of a map run are in no history; where the state hands them on as they are, its exit tells them.
    fn map_run(&mut self, at: usize, scope: ScopeId, lane: &LaneKey, story: &Story) -> Result<(), EngineError> {
        let Some(run) = self.task(scope) else { return Ok(()) };
        let visits = story.lanes.get(lane).map(|lane| lane.visits.as_slice()).unwrap_or_default();
        let Some(visit) = visits.iter().rfind(|visit| visit.entered <= at) else { return Ok(()) };
        let candidates = visit.output.iter().chain(visit.assigned.values());
        for candidate in candidates {
            let end = MapRunEnd::Succeeded(Some(Arc::new(candidate.clone())));
            let input = Input::MapRunEnded { run, end };
            if self.explains(&input, scope, visit.output.as_ref(), &visit.assigned) {
                return self.feed(&input);
            }
        }
        self.driven.stopped = Some(at);
        Ok(())
    }

    fn explains(
        &self,
        input: &Input,
        map: ScopeId,
        output: Option<&Value>,
        assigned: &serde_json::Map<String, Value>,
    ) -> bool {
        let mut trial = self.execution.clone();
        let Ok(decision) = step(self.machine, &mut trial, input, self.now) else { return false };
        decision.events.iter().any(|event| match event {
            Event::StateExited { scope, output: left, assigned: set, .. } if *scope == map => {
                let same =
                    set.len() == assigned.len() && set.iter().all(|(name, value)| assigned.get(name) == Some(&**value));
                let result = match input {
                    Input::MapRunEnded { end: MapRunEnd::Succeeded(Some(result)), .. } => Some(&**result),
                    _ => None,
                };
                same && left.as_deref().or(result) == output
            }
            _ => false,
        })
    }
}

/// Milliseconds from one to the other; 0 where it is the other way round.
fn span(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millis().saturating_sub(from.as_millis())).unwrap_or_default()
}
