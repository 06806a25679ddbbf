//! A story about one execution. After every input it is checked that what is stored gives the very same execution, that
//! effects follow from facts, and that a new owner would do just what the old one was about to do.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};
use workflow_runtime::ErrorOutput;
use workflow_runtime::asl::StateMachine;
use workflow_runtime::engine::{
    Decision, Effect, Event, Execution, ExecutionIdentity, ExecutionStatus, Input, Machine, MapRunRequest, Record,
    ScopeId, Stale, TaskId, TaskRequest, TimerId, Waiting, decide, step,
};
use workflow_runtime::time::Timestamp;

pub(crate) const SEED: u64 = 42;
/// 2026-01-01T00:00:00Z
pub(crate) const DAWN: i64 = 1_767_225_600_000;

pub(crate) struct Story {
    pub(crate) machine: Machine,
    pub(crate) execution: Execution,
    pub(crate) records: Vec<Record>,
    pub(crate) now: Timestamp,
    /// Attempts that run here; those that are parked are only in the execution.
    pub(crate) running: BTreeMap<TaskId, TaskRequest>,
    pub(crate) timers: BTreeMap<TimerId, Timestamp>,
    /// Map runs that are under way.
    pub(crate) map_runs: BTreeMap<TaskId, MapRunRequest>,
    pub(crate) effects: Vec<String>,
    ended: bool,
}

/// A JSONata machine of these states.
pub(crate) fn definition(start_at: &str, states: Value) -> StateMachine {
    from_json(json!({ "QueryLanguage": "JSONata", "StartAt": start_at, "States": states }))
}

pub(crate) fn from_json(machine: Value) -> StateMachine {
    serde_json::from_value(machine).expect("a state machine")
}

pub(crate) fn compile(machine: &StateMachine) -> Machine {
    Machine::compile(machine).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

pub(crate) fn identity() -> ExecutionIdentity {
    ExecutionIdentity::new("OrderFlow", "ORD-1", 7)
}

pub(crate) fn error(name: &str, cause: &str) -> ErrorOutput {
    ErrorOutput { error: Some(name.to_owned()), cause: Some(cause.to_owned()) }
}

impl Story {
    /// Begins a story with a started execution.
    pub(crate) fn of(start_at: &str, states: Value, input: Value) -> Self {
        Self::of_machine(&definition(start_at, states), input)
    }

    pub(crate) fn of_machine(machine: &StateMachine, input: Value) -> Self {
        let mut story = Self {
            machine: compile(machine),
            execution: Execution::new(identity()),
            records: Vec::new(),
            now: Timestamp::from_millis(DAWN),
            running: BTreeMap::new(),
            timers: BTreeMap::new(),
            map_runs: BTreeMap::new(),
            effects: Vec::new(),
            ended: false,
        };
        story.tell(&Input::Start { input: Arc::new(input), seed: SEED });
        story
    }

    /// An input that does not come too late.
    #[track_caller]
    pub(crate) fn tell(&mut self, input: &Input) -> &mut Self {
        assert_eq!(self.input(input).stale, None);
        self
    }

    pub(crate) fn input(&mut self, input: &Input) -> Decision {
        let foreseen = decide(&self.machine, &self.execution, input, self.now).expect("a decision");
        let decision = step(&self.machine, &mut self.execution, input, self.now).expect("a decision");
        assert_eq!(format!("{foreseen:?}"), format!("{decision:?}"), "decide and step differ");
        if !decision.events.is_empty() {
            let record = Record { at: self.now, events: decision.events.clone() };
            assert_eq!(Record::decode(&record.encode()).as_ref(), Ok(&record));
            self.records.push(record);
        }
        if matches!(input, Input::Redrive) && decision.stale.is_none() {
            self.ended = false;
        }
        self.check(&decision);
        self.perform(&decision);
        self.check_recovery();
        decision
    }

    fn check(&self, decision: &Decision) {
        let replayed = Execution::replay(identity(), &self.machine, &self.records).expect("a replay");
        assert_eq!(replayed, self.execution, "replayed and live execution differ");
        assert!(decision.stale.is_none() || decision.events.is_empty(), "a stale input changes nothing");
        let numbered = self.events().filter(|event| event.is_numbered()).count();
        assert_eq!(numbered as u64, self.execution.event_count(), "numbers are dense");
        let ends = decision.events.iter().filter(|event| event.is_terminal()).count();
        assert!(ends <= 1, "at most one end");
        assert_eq!(ends == 1, decision.events.last().is_some_and(Event::is_terminal), "the end comes last");
        assert_eq!(ends == 1, matches!(decision.effects.last(), Some(Effect::Ended)), "the end is told");
        assert_eq!(ends == 1, decision.effects.iter().any(|effect| matches!(effect, Effect::Ended)), "and told once");
        assert!(!(self.ended && ends == 1), "an ended execution ends again");
    }

    fn perform(&mut self, decision: &Decision) {
        for effect in &decision.effects {
            match effect {
                Effect::StartTask(request) => {
                    assert!(self.is_told(decision, request.task), "no effect without its event");
                    self.effects.push(format!("start {} #{}", request.state, request.attempt));
                    assert!(self.running.insert(request.task, request.clone()).is_none(), "started twice");
                }
                Effect::AwaitJob(request) => self.effects.push(format!("await {}", request.state)),
                Effect::StartMapRun(request) => {
                    self.effects.push(format!("start map run {}", request.state));
                    assert!(self.map_runs.insert(request.run, (**request).clone()).is_none(), "started twice");
                }
                Effect::CancelTask(task) => {
                    self.running.remove(task);
                    self.map_runs.remove(task);
                    self.effects.push(format!("cancel task {}", task.0));
                }
                Effect::SetTimer { timer, due } => {
                    self.timers.insert(*timer, *due);
                    self.effects.push(format!("set {timer:?} +{}ms", due.as_millis() - DAWN));
                }
                Effect::CancelTimer(timer) => {
                    assert!(self.timers.remove(timer).is_some(), "{timer:?} was not set");
                    self.effects.push(format!("clear {timer:?}"));
                }
                Effect::Ended => {
                    self.ended = true;
                    self.effects.push("ended".to_owned());
                }
                _ => panic!("an effect that the story does not know: {effect:?}"),
            }
        }
    }

    /// Whether the decision scheduled the task, or runs it again.
    fn is_told(&self, decision: &Decision, task: TaskId) -> bool {
        let first = self.execution.event_count() - numbered(&decision.events);
        let place = task.0.checked_sub(first + 1).and_then(|place| usize::try_from(place).ok());
        let event = place.and_then(|place| decision.events.iter().filter(|event| event.is_numbered()).nth(place));
        matches!(event, Some(Event::TaskScheduled { .. }))
            || decision.events.iter().any(|event| matches!(event, Event::TaskReissued { .. }))
    }

    /// What a new owner would start and set is what this one has running and set.
    fn check_recovery(&self) {
        let mut running = Vec::new();
        let mut timers = BTreeMap::new();
        let mut map_runs = Vec::new();
        let mut jobs = Vec::new();
        for effect in self.execution.pending_effects(&self.machine) {
            match effect {
                Effect::StartTask(request) => running.push(format!("{request:?}")),
                Effect::SetTimer { timer, due } => drop(timers.insert(timer, due)),
                Effect::StartMapRun(request) => map_runs.push((request.run, request.arn)),
                Effect::AwaitJob(request) => jobs.push(request.task),
                other => panic!("recovery only starts and sets: {other:?}"),
            }
        }
        let mut here: Vec<String> = self
            .running
            .iter()
            .filter(|(task, _)| !self.is_parked(**task))
            .map(|(_, request)| format!("{request:?}"))
            .collect();
        let waiting = self.execution.waiting(&self.machine);
        let submitted = waiting.iter().filter_map(|waiting| match waiting {
            Waiting::Job { task, .. } => Some(*task),
            _ => None,
        });
        assert_eq!(jobs, submitted.collect::<Vec<_>>(), "jobs to wait for again");
        here.sort_unstable();
        running.sort_unstable();
        assert_eq!(running, here, "tasks to recover");
        assert_eq!(timers, self.timers, "timers to recover");
        map_runs.sort_unstable();
        let here: Vec<_> = self.map_runs.values().map(|request| (request.run, request.arn.clone())).collect();
        assert_eq!(map_runs, here, "map runs to recover");
    }

    /// The only running attempt of the state.
    pub(crate) fn task(&self, state: &str) -> TaskId {
        let mut of_state = self.running.values().filter(|request| &*request.state == state);
        let task = of_state.next().unwrap_or_else(|| panic!("{state} does not run:\n{}", self.trail())).task;
        assert!(of_state.next().is_none(), "{state} runs more than once");
        task
    }

    pub(crate) fn request(&self, state: &str) -> &TaskRequest {
        &self.running[&self.task(state)]
    }

    pub(crate) fn succeed(&mut self, state: &str, output: Value) -> &mut Self {
        let task = self.task(state);
        self.running.remove(&task);
        self.tell(&Input::TaskSucceeded { task, output: Arc::new(output) })
    }

    pub(crate) fn fail(&mut self, state: &str, name: &str, cause: &str) -> &mut Self {
        let task = self.task(state);
        self.running.remove(&task);
        self.tell(&Input::TaskFailed { task, error: error(name, cause) })
    }

    pub(crate) fn submit(&mut self, state: &str) -> TaskId {
        let task = self.task(state);
        let decision = self.input(&Input::TaskSubmitted { task });
        assert_eq!(decision.stale, None);
        task
    }

    pub(crate) fn heartbeat(&mut self, state: &str) -> &mut Self {
        let task = self.task(state);
        assert_eq!(self.input(&Input::TaskHeartbeat { task }).stale, None);
        self
    }

    /// Lets time pass; timers fire when they are due, in order.
    pub(crate) fn pass(&mut self, millis: i64) -> &mut Self {
        let until = self.now.plus_millis(millis);
        while let Some((timer, due)) = self.next_timer().filter(|(_, due)| *due <= until) {
            self.now = self.now.max(due);
            self.fire(timer);
        }
        self.now = until;
        self
    }

    pub(crate) fn next_timer(&self) -> Option<(TimerId, Timestamp)> {
        self.timers.iter().min_by_key(|(timer, due)| (**due, **timer)).map(|(timer, due)| (*timer, *due))
    }

    pub(crate) fn fire(&mut self, timer: TimerId) {
        self.timers.remove(&timer);
        let decision = self.input(&Input::TimerFired { timer });
        assert_eq!(decision.stale, None, "{timer:?} was set for nothing");
    }

    /// A crash: what is running and set is forgotten, and begun again from what is stored.
    pub(crate) fn crash(&mut self) {
        self.execution = Execution::replay(identity(), &self.machine, &self.records).expect("a replay");
        let before = std::mem::take(&mut self.running);
        self.timers.clear();
        self.map_runs.clear();
        for effect in self.execution.pending_effects(&self.machine) {
            match effect {
                Effect::StartTask(request) => drop(self.running.insert(request.task, request)),
                Effect::SetTimer { timer, due } => drop(self.timers.insert(timer, due)),
                Effect::StartMapRun(request) => drop(self.map_runs.insert(request.run, *request)),
                _ => {}
            }
        }
        // Whoever holds a token holds it on.
        let parked: Vec<_> = before.into_iter().filter(|(task, _)| self.is_parked(*task)).collect();
        self.running.extend(parked);
    }

    /// A crash, and a new owner that takes over.
    pub(crate) fn recover(&mut self) -> &mut Self {
        self.crash();
        // All that is under way is told again.
        let parked: Vec<_> = self.running.keys().copied().filter(|task| self.is_parked(*task)).collect();
        self.running.retain(|task, _| parked.contains(task));
        self.timers.clear();
        self.map_runs.clear();
        self.tell(&Input::Recover);
        self
    }

    /// Time passes while nobody runs it: no timer fires.
    pub(crate) fn skip(&mut self, millis: i64) -> &mut Self {
        self.now = self.now.plus_millis(millis);
        self
    }

    pub(crate) fn is_parked(&self, task: TaskId) -> bool {
        let waiting = self.execution.waiting(&self.machine);
        waiting.iter().any(|waiting| {
            matches!(waiting, Waiting::Answer { task: parked, .. } | Waiting::Job { task: parked, .. } if *parked == task)
        })
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.records.iter().flat_map(|record| &record.events)
    }

    pub(crate) fn status(&self) -> ExecutionStatus {
        self.execution.status().expect("it was started")
    }

    #[track_caller]
    pub(crate) fn succeeded_with(&self, output: &Value) {
        assert_eq!(self.status(), ExecutionStatus::Succeeded, "{:?}\n{}", self.execution.error(), self.trail());
        assert_eq!(self.execution.output().map(|output| Value::clone(output)).as_ref(), Some(output));
    }

    #[track_caller]
    pub(crate) fn failed_with(&self, name: &str, cause: &str) {
        assert_eq!(self.status(), ExecutionStatus::Failed, "{}", self.trail());
        assert_eq!(self.execution.error(), Some(&error(name, cause)));
    }

    #[track_caller]
    pub(crate) fn stale(&mut self, input: &Input, expected: Stale) {
        let decision = self.input(input);
        assert_eq!(decision.stale, Some(expected));
        assert!(decision.effects.is_empty());
    }

    /// Every fact on a line: its number in AWS's history, its name, the state it is about.
    pub(crate) fn trail(&self) -> String {
        let mut execution = Execution::new(identity());
        let mut text = String::new();
        for record in &self.records {
            for event in &record.events {
                let before = scope_of(event).and_then(|scope| self.state_in(&execution, scope));
                execution.apply(&self.machine, record.at, event).expect("a replay");
                let state = before.or_else(|| scope_of(event).and_then(|scope| self.state_in(&execution, scope)));
                let number = if event.is_numbered() { execution.event_count().to_string() } else { "-".to_owned() };
                let _ = write!(text, "{number} {} {}", event.name(), state.unwrap_or_default());
                text.truncate(text.trim_end().len());
                text.push_str(&detail(event, record.at));
                text.push('\n');
            }
        }
        text
    }

    fn state_in(&self, execution: &Execution, scope: ScopeId) -> Option<String> {
        let current = execution.current_state(scope)?;
        self.machine.state(current.container, current.state).map(|state| state.name.to_string())
    }
}

fn numbered(events: &[Event]) -> u64 {
    events.iter().filter(|event| event.is_numbered()).count() as u64
}

fn scope_of(event: &Event) -> Option<ScopeId> {
    match event {
        Event::StateEntered { scope, .. }
        | Event::EvaluationFailed { scope, .. }
        | Event::TaskScheduled { scope, .. }
        | Event::TaskStarted { scope }
        | Event::TaskReissued { scope }
        | Event::TaskSubmitted { scope }
        | Event::JobSubmitted { scope, .. }
        | Event::TaskSucceeded { scope, .. }
        | Event::TaskFailed { scope, .. }
        | Event::TaskTimedOut { scope, .. }
        | Event::RetryScheduled { scope, .. }
        | Event::WaitStarted { scope, .. }
        | Event::HeartbeatRecorded { scope }
        | Event::ParallelStarted { scope, .. }
        | Event::BranchSucceeded { scope }
        | Event::ParallelSucceeded { scope }
        | Event::ParallelFailed { scope, .. }
        | Event::StateAborted { scope }
        | Event::MapStarted { scope, .. }
        | Event::MapIterationStarted { scope, .. }
        | Event::MapIterationSucceeded { scope }
        | Event::MapIterationFailed { scope }
        | Event::MapIterationAborted { scope }
        | Event::MapSucceeded { scope }
        | Event::MapFailed { scope, .. }
        | Event::DistributedMapStarted { scope, .. }
        | Event::MapRunStarted { scope, .. }
        | Event::MapRunProgressed { scope, .. }
        | Event::MapRunSucceeded { scope, .. }
        | Event::MapRunFailed { scope, .. }
        | Event::MapRunAborted { scope }
        | Event::MapRunWriting { scope, .. }
        | Event::StateExited { scope, .. } => Some(*scope),
        _ => None,
    }
}

fn detail(event: &Event, at: Timestamp) -> String {
    let name = |error: &ErrorOutput| format!(" {}", error.error.as_deref().unwrap_or("null"));
    match event {
        Event::TaskFailed { error, .. }
        | Event::ParallelFailed { error, .. }
        | Event::MapFailed { error, .. }
        | Event::MapRunFailed { error, .. }
        | Event::ExecutionFailed { error }
        | Event::ExecutionAborted { error } => name(error),
        Event::EvaluationFailed { location, .. } => format!(" at {location}"),
        Event::RetryScheduled { retrier, due, .. } => {
            format!(" by {retrier} in {} ms", due.as_millis() - at.as_millis())
        }
        Event::MapIterationStarted { index, input, .. } => {
            format!(" #{index}{}", input.as_ref().map_or_else(String::new, |input| format!(" of {}", **input)))
        }
        Event::WaitStarted { until, .. } => format!(" for {} ms", until.as_millis() - at.as_millis()),
        Event::StateExited { output, assigned, catcher, .. } => {
            let mut text = output.as_ref().map_or_else(String::new, |output| format!(" = {}", **output));
            for (name, value) in assigned {
                let _ = write!(text, " ${name} = {}", **value);
            }
            if let Some(catcher) = catcher {
                let _ = write!(text, " by catcher {catcher}");
            }
            text
        }
        _ => String::new(),
    }
}
