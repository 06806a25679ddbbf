//! What is durable, as the simulator knows it: its own fold of every record that a store has taken, and what must hold of
//! each of them.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::asl::{State, StateMachine};
use crate::engine::{
    Effect, Event, Execution, ExecutionIdentity, ExecutionStatus, Machine, Record, ScopeId, TaskId, TimerId, Waiting,
};
use crate::store::{Commit, DefinitionHash, ExecutionHead, ExecutionNumber, StoredExecution};
use crate::time::Timestamp;

/// ASL's number of retries where a retrier does not say.
const RETRIES: u64 = 3;

/// What is to happen at once may take so long: commits are slow.
const AT_ONCE_MS: i64 = 60_000;

/// The time between two commits' ends is shorter than that between their begins by so much at most.
const COMMITS_MS: i64 = 20_000;

/// A process looks at the system's clock so often.
const WATCH_MS: i64 = 30_000;

fn is_late(at: Timestamp, due: Timestamp) -> bool {
    at > due.plus_millis(AT_ONCE_MS)
}

/// Everything that is durable.
#[derive(Default)]
pub(super) struct View {
    pub(super) executions: BTreeMap<ExecutionNumber, Kept>,
    pub(super) names: BTreeMap<(String, String), ExecutionNumber>,
    /// Those that are forgotten, as they were.
    pub(super) gone: BTreeMap<ExecutionNumber, Kept>,
    definitions: HashMap<DefinitionHash, Arc<Known>>,
    /// Since when nobody waits any more for these, which somebody waited for.
    abandoned: BTreeMap<ExecutionNumber, Timestamp>,
    /// Since when the present process is alive and knows what time it is.
    pub(super) alive_since: Timestamp,
    /// How many owners there were.
    pub(super) process: u64,
    /// How much time has passed, whatever the clock says.
    pub(super) passed_ms: i64,
    /// By how much the clock was set ahead in this life.
    pub(super) leapt_ms: i64,
    /// It was set back at some time.
    went_back: bool,
}

/// A definition.
pub(super) struct Known {
    pub(super) machine: Machine,
    pub(super) source: StateMachine,
    /// How often a state may be retried in all, by its name.
    retries: HashMap<String, u64>,
}

/// An execution as it is durable.
pub(super) struct Kept {
    pub(super) known: Arc<Known>,
    pub(super) head: ExecutionHead,
    pub(super) raw: Vec<Vec<u8>>,
    pub(super) records: Vec<Record>,
    pub(super) execution: Execution,
    /// What became of each attempt, by visit and attempt.
    pub(super) attempts: BTreeMap<(u64, u32), Closed>,
    /// The attempt that is open in a scope.
    open: BTreeMap<ScopeId, (TaskId, (u64, u32))>,
    /// What became of each task, for those who have its token.
    pub(super) tasks: BTreeMap<TaskId, Closed>,
    /// Tasks that run here.
    running: BTreeMap<TaskId, Begun>,
    /// Whose process made its last record.
    process: u64,
}

/// When a task was begun.
#[derive(Clone, Copy, Debug)]
struct Begun {
    at: Timestamp,
    passed_ms: i64,
    process: u64,
}

/// What a record is looked at with.
#[derive(Clone, Copy, Debug)]
struct Moment {
    at: Timestamp,
    alive_since: Timestamp,
    process: u64,
    passed_ms: i64,
    leapt_ms: i64,
    went_back: bool,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// It is under way.
    Open,
    /// It has a result, or has failed.
    Told,
    /// It was cut off: a timeout, a stop, a sibling's failure.
    Cut,
}

impl Known {
    fn read(text: &str) -> Result<Self, String> {
        // What follows in other lines says what its steps take.
        let machine = text.lines().next().unwrap_or_default();
        let source: StateMachine = serde_json::from_str(machine).map_err(|error| error.to_string())?;
        let machine = Machine::compile(&source).map_err(|faults| format!("{faults:?}"))?;
        let mut retries = HashMap::new();
        count_retries(source.states.iter(), &mut retries);
        Ok(Self { machine, source, retries })
    }
}

fn count_retries<'a>(states: impl Iterator<Item = (&'a String, &'a State)>, retries: &mut HashMap<String, u64>) {
    for (name, state) in states {
        let in_all = state.retry().iter().map(|retrier| retrier.max_attempts.unwrap_or(RETRIES)).sum();
        retries.insert(name.clone(), in_all);
        for branch in state.branches() {
            count_retries(branch.states.iter(), retries);
        }
    }
}

impl View {
    /// The system's clock was set to this time.
    pub(super) fn clock_set(&mut self, now: Timestamp, by: i64) {
        if by < 0 {
            self.went_back = true;
            return;
        }
        self.leapt_ms += by;
        // It is noticed when the process looks.
        self.alive_since = self.alive_since.max(now.plus_millis(WATCH_MS));
    }

    /// Those that are there and those that were.
    pub(super) fn all(&self) -> impl Iterator<Item = (&ExecutionNumber, &Kept)> + Clone {
        self.executions.iter().chain(&self.gone)
    }

    /// Whether an execution of this name is forgotten.
    pub(super) fn is_gone(&self, workflow: &str, name: &str) -> bool {
        self.gone.values().any(|kept| kept.head.workflow == workflow && kept.head.name == name)
    }

    /// The first execution that had this name.
    pub(super) fn first_named(&self, workflow: &str, name: &str) -> Option<&Kept> {
        let is_it = |kept: &&Kept| kept.head.workflow == workflow && kept.head.name == name;
        self.gone.values().find(is_it).or_else(|| self.named(workflow, name))
    }

    pub(super) fn kept(&self, number: ExecutionNumber) -> Option<&Kept> {
        self.executions.get(&number).or_else(|| self.gone.get(&number))
    }

    /// The store has forgotten this one, which was to have ended before.
    pub(super) fn forget(&mut self, number: ExecutionNumber, ended_before: Timestamp) -> Result<(), String> {
        let kept =
            self.executions.remove(&number).ok_or_else(|| format!("{number:?} is forgotten and was not there"))?;
        let name = kept.head.name.clone();
        if kept.head.status == ExecutionStatus::Running || kept.head.stopped_at.is_none_or(|at| at >= ended_before) {
            return Err(format!("`{name}` is forgotten, and it ended at {:?}", kept.head.stopped_at));
        }
        if let Some(parent) = kept.execution.parent()
            && let Some(waiting) = self.executions.get(&ExecutionNumber(parent.number))
            && waiting.execution.is_open(parent.task)
        {
            return Err(format!("`{name}` is forgotten, and `{}` waits for it", waiting.head.name));
        }
        let key = (kept.head.workflow.clone(), name);
        if self.names.get(&key) == Some(&number) {
            self.names.remove(&key);
        }
        self.gone.insert(number, kept);
        Ok(())
    }

    /// The store has this definition.
    pub(super) fn define(&mut self, hash: DefinitionHash, text: &str) -> Result<(), String> {
        if let Entry::Vacant(place) = self.definitions.entry(hash) {
            place.insert(Arc::new(Known::read(text)?));
        }
        Ok(())
    }

    /// The store has taken this record.
    pub(super) fn take(&mut self, commit: &Commit) -> Result<(), String> {
        let Commit { number, record: raw, head } = commit;
        let record = Record::decode(raw).map_err(|error| format!("record of {number:?}: {error}"))?;
        if !self.executions.contains_key(number) {
            let head = head.clone().ok_or_else(|| format!("the first record of {number:?} has no head"))?;
            let key = (head.workflow.clone(), head.name.clone());
            if let Some(other) = self.names.insert(key, *number) {
                return Err(format!("{number:?} and {other:?} are both called `{}`", head.name));
            }
            let known = self.definitions.get(&head.definition).cloned();
            let known = known.ok_or_else(|| format!("the definition of `{}` is not durable", head.workflow))?;
            let identity = ExecutionIdentity::new(head.workflow.as_str(), head.name.as_str(), number.0);
            let kept = Kept {
                known,
                head,
                raw: Vec::new(),
                records: Vec::new(),
                execution: Execution::new(identity),
                attempts: BTreeMap::new(),
                open: BTreeMap::new(),
                tasks: BTreeMap::new(),
                running: BTreeMap::new(),
                process: self.process,
            };
            self.executions.insert(*number, kept);
        }
        let View { alive_since, process, passed_ms, leapt_ms, went_back, .. } = *self;
        let moment = Moment { at: record.at, alive_since, process, passed_ms, leapt_ms, went_back };
        let (at, ends) = (record.at, record.events.iter().any(Event::is_terminal));
        let kept = self.executions.get_mut(number).ok_or("it was put there")?;
        let name = kept.head.name.clone();
        kept.take(raw, record, head.as_ref(), moment).map_err(|why| format!("execution `{name}`: {why}"))?;
        if let Some(since) = self.abandoned.get(number)
            && !ends
            && is_late(at, (*since).max(alive_since))
        {
            return Err(format!("execution `{name}` goes on, and nobody waits for it since {since:?}"));
        }
        self.abandon(*number, at);
        Ok(())
    }

    /// Children that this execution has ceased to wait for.
    fn abandon(&mut self, parent: ExecutionNumber, at: Timestamp) {
        let Some(waiting) = self.executions.get(&parent) else { return };
        for (number, kept) in &self.executions {
            let is_waited_for = kept
                .execution
                .parent()
                .is_none_or(|it| !it.waits || it.number != parent.0 || waiting.execution.is_open(it.task));
            if !is_waited_for && kept.head.status == ExecutionStatus::Running {
                self.abandoned.entry(*number).or_insert(at);
            }
        }
    }

    /// What a new owner must find.
    pub(super) fn check_claim(&self, unfinished: &[StoredExecution]) -> Result<(), String> {
        let running = self.executions.iter().filter(|(_, kept)| kept.head.status == ExecutionStatus::Running);
        let expected: BTreeMap<_, _> = running.collect();
        for stored in unfinished {
            let name = &stored.head.name;
            let kept = expected.get(&stored.head.number);
            let kept = kept.ok_or_else(|| format!("`{name}` is claimed and was never taken, or has ended"))?;
            if kept.raw != stored.records {
                return Err(format!(
                    "`{name}` was taken with {} records and comes back with {}",
                    kept.raw.len(),
                    stored.records.len()
                ));
            }
            if kept.head != stored.head {
                return Err(format!("the head of `{name}` was {:?} and comes back as {:?}", kept.head, stored.head));
            }
        }
        if unfinished.len() != expected.len() {
            let names: Vec<_> = expected.values().map(|kept| &kept.head.name).collect();
            return Err(format!("{} executions come back of {names:?}", unfinished.len()));
        }
        Ok(())
    }

    pub(super) fn named(&self, workflow: &str, name: &str) -> Option<&Kept> {
        let number = self.names.get(&(workflow.to_owned(), name.to_owned()))?;
        self.executions.get(number)
    }

    /// The execution that began it all: itself, or that whose task started it.
    pub(super) fn root_of(&self, number: ExecutionNumber) -> ExecutionNumber {
        let mut at = number;
        while let Some(parent) = self.kept(at).and_then(|kept| kept.execution.parent()) {
            at = ExecutionNumber(parent.number);
        }
        at
    }

    /// Every token that somebody may answer now.
    pub(super) fn tokens(&self) -> Vec<(String, String, String)> {
        let mut tokens = Vec::new();
        for kept in self.executions.values() {
            for waiting in kept.execution.waiting(&kept.known.machine) {
                if let Waiting::Answer { state, token, .. } = waiting {
                    tokens.push((kept.head.workflow.clone(), state.to_string(), token.as_str().to_owned()));
                }
            }
        }
        tokens
    }
}

impl Kept {
    fn take(&mut self, raw: &[u8], record: Record, head: Option<&ExecutionHead>, moment: Moment) -> Result<(), String> {
        // Only the next process can tell that the clock was set back.
        let may_go_back = moment.went_back && self.process != moment.process;
        if let Some(last) = self.records.last()
            && record.at < last.at
            && !may_go_back
        {
            return Err(format!("the clock went back from {:?} to {:?}", last.at, record.at));
        }
        self.process = moment.process;
        if record.events.is_empty() {
            return Err("a record without events".to_owned());
        }
        for event in &record.events {
            self.check_timer(event, moment)?;
            self.note_before(event)?;
            self.execution
                .apply(&self.known.machine, record.at, event)
                .map_err(|error| format!("{}: {error}", event.name()))?;
            self.note_after(event, moment)?;
        }
        let status = self.execution.status().ok_or("it has no status")?;
        match head {
            Some(head) if head.status != status || head.stopped_at != self.execution.stopped_at() => {
                return Err(format!("its head says {head:?}, its records {status:?}"));
            }
            None if status != self.head.status => return Err(format!("it is {status:?} and its head is not told")),
            Some(head) => self.head = head.clone(),
            None => {}
        }
        self.raw.push(raw.to_vec());
        self.records.push(record);
        Ok(())
    }

    /// No timer may be early, and none late while somebody could have looked.
    fn check_timer(&self, event: &Event, moment: Moment) -> Result<(), String> {
        let (at, alive_since) = (moment.at, moment.alive_since);
        let wanted = match event {
            Event::TaskTimedOut { scope, heartbeat } => self.open.get(scope).map(|(task, _)| match heartbeat {
                true => TimerId::TaskHeartbeat(*task),
                false => TimerId::TaskTimeout(*task),
            }),
            Event::TaskScheduled { scope, .. } => Some(TimerId::Retry(*scope)),
            Event::StateExited { scope, .. } => Some(TimerId::Wait(*scope)),
            Event::ExecutionTimedOut => Some(TimerId::Execution),
            _ => None,
        };
        let Some(wanted) = wanted else { return Ok(()) };
        // What the clock was set ahead by has not passed.
        let is_task = matches!(wanted, TimerId::TaskTimeout(_) | TimerId::TaskHeartbeat(_));
        let leapt = if is_task { moment.leapt_ms } else { 0 };
        for effect in self.execution.pending_effects(&self.known.machine) {
            if let Effect::SetTimer { timer, due } = effect
                && timer == wanted
            {
                if at < due || is_late(at, due.max(alive_since).plus_millis(leapt)) {
                    return Err(format!("{} at {at:?}, and {timer:?} is due at {due:?}", event.name()));
                }
                self.check_passed(timer, due, moment)?;
            }
        }
        Ok(())
    }

    /// What runs in this process has had its time, whatever became of the system's clock.
    fn check_passed(&self, timer: TimerId, due: Timestamp, moment: Moment) -> Result<(), String> {
        let TimerId::TaskTimeout(task) = timer else { return Ok(()) };
        let Some(begun) = self.running.get(&task).filter(|begun| begun.process == moment.process) else {
            return Ok(());
        };
        let (had, timeout) = (moment.passed_ms - begun.passed_ms, due.as_millis() - begun.at.as_millis());
        if had + COMMITS_MS < timeout {
            return Err(format!("{timer:?} of {timeout} ms after {had} ms: the clock was set ahead"));
        }
        Ok(())
    }

    fn close(&mut self, scope: ScopeId, how: Closed, event: &Event) -> Result<(), String> {
        match self.open.remove(&scope) {
            Some((task, key)) => {
                self.attempts.insert(key, how);
                self.tasks.insert(task, how);
                Ok(())
            }
            None if how == Closed::Cut => Ok(()),
            None => Err(format!("{}, and no attempt is open in {scope:?}", event.name())),
        }
    }

    fn note_before(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::TaskSucceeded { scope, .. } | Event::TaskFailed { scope, .. } => {
                self.close(*scope, Closed::Told, event)
            }
            Event::TaskTimedOut { scope, .. } => {
                if !self.open.contains_key(scope) {
                    return Err(format!("TaskTimedOut, and no attempt is open in {scope:?}"));
                }
                self.close(*scope, Closed::Cut, event)
            }
            Event::StateAborted { scope } | Event::StateExited { scope, .. } => self.close(*scope, Closed::Cut, event),
            ended if ended.is_terminal() => {
                if self.execution.status() != Some(ExecutionStatus::Running) {
                    return Err(format!("{} of what is {:?}", ended.name(), self.execution.status()));
                }
                let open: Vec<_> = self.open.keys().copied().collect();
                open.into_iter().try_for_each(|scope| self.close(scope, Closed::Cut, event))
            }
            _ => Ok(()),
        }
    }

    fn note_after(&mut self, event: &Event, moment: Moment) -> Result<(), String> {
        let Moment { at, passed_ms, process, .. } = moment;
        let begun = Begun { at, passed_ms, process };
        if let Event::TaskSubmitted { scope, .. } | Event::TaskReissued { scope } = event
            && let Some((task, _)) = self.open.get(scope)
        {
            match event {
                Event::TaskReissued { .. } => self.running.insert(*task, begun),
                _ => self.running.remove(task),
            };
        }
        let Event::TaskScheduled { scope, .. } = event else { return Ok(()) };
        let current = self.execution.current_state(*scope).ok_or("an attempt without a state")?;
        let state = self.known.machine.state(current.container, current.state).ok_or("an attempt of no state")?;
        let task = TaskId(self.execution.event_count());
        let key = (current.entered_event, current.attempt);
        let most = self.known.retries.get(state.name.as_ref()).copied().unwrap_or_default() + 1;
        if u64::from(current.attempt) > most {
            return Err(format!("attempt {} of `{}`, which has {most} at most", current.attempt, state.name));
        }
        if self.open.insert(*scope, (task, key)).is_some() {
            return Err(format!("two attempts at once of `{}`", state.name));
        }
        // A redrive begins a failed state's attempts anew under a new visit, or within the old one.
        let again = self.attempts.insert(key, Closed::Open);
        if again.is_some() && self.execution.redrive_count() == 0 {
            return Err(format!("attempt {} of `{}` is asked for twice", current.attempt, state.name));
        }
        self.tasks.insert(task, Closed::Open);
        self.running.insert(task, begun);
        Ok(())
    }

    /// What AWS would show must be numbered without gaps.
    pub(super) fn check_history(&self) -> Result<(), String> {
        for (at, event) in crate::history::aws_events(&self.known.source, &self.records).iter().enumerate() {
            if event.id != at as u64 + 1 || event.previous_event_id >= event.id {
                return Err(format!(
                    "event {} of `{}` is {} after {}",
                    at + 1,
                    self.head.name,
                    event.id,
                    event.previous_event_id
                ));
            }
        }
        let replayed = Execution::replay(self.execution.identity().clone(), &self.known.machine, &self.records);
        match replayed {
            Ok(replayed) if replayed == self.execution => Ok(()),
            Ok(_) => Err(format!("the records of `{}` do not give what they gave one by one", self.head.name)),
            Err(error) => Err(format!("the records of `{}` cannot be replayed: {error}", self.head.name)),
        }
    }

    pub(super) fn has(&self, wanted: impl Fn(&Event) -> bool) -> bool {
        self.records.iter().any(|record| record.events.iter().any(&wanted))
    }
}
