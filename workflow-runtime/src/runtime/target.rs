//! An execution as somebody asks for it, alive or ended.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::actor::{Actor, First};
use super::answers;
use super::core::{Core, Entry, Kept};
use super::describe;
use super::error::ExecutionError;
use super::finish;
use super::host;
use super::mailbox::{End, Letter, Live, Outcome};
use super::registry::Program;
use super::retention::{REDRIVABLE, before};
use crate::control::{ClientError, ExecutionDescription, TrailSource};
use crate::engine::{EXECUTION_SECONDS_MAX, Event, Execution, ExecutionIdentity, ExecutionStatus, Input, Record};
use crate::history::{self, HistoryEvent};
use crate::step::ErrorOutput;
use crate::store::{DefinitionHash, ExecutionHead, ExecutionNumber, StoredExecution};
use crate::time::Timestamp;

/// An execution as somebody asks for it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) number: ExecutionNumber,
    pub(crate) workflow: Arc<str>,
    pub(crate) name: Arc<str>,
    live: Option<Arc<Live>>,
}

/// An execution out of the store.
pub(crate) struct Loaded {
    pub(crate) program: Arc<Program>,
    pub(crate) execution: Execution,
    pub(crate) records: Vec<Record>,
    pub(crate) seed: u64,
}

impl Target {
    pub(crate) fn live(live: Arc<Live>) -> Self {
        let (workflow, name) = (Arc::clone(&live.workflow), Arc::clone(&live.name));
        Self { number: live.number, workflow, name, live: Some(live) }
    }

    pub(crate) fn stored(head: &ExecutionHead) -> Self {
        Self { number: head.number, workflow: (&*head.workflow).into(), name: (&*head.name).into(), live: None }
    }

    /// As it is now: a redrive makes another life of it.
    fn current(&self, core: &Core) -> Option<Arc<Live>> {
        core.live_by_number(self.number)
    }

    /// What tells Express executions of one name apart.
    pub(crate) fn run(&self) -> Option<Arc<str>> {
        self.live.as_ref().and_then(|live| live.run.clone())
    }

    /// From the store.
    pub(crate) async fn load(&self, core: &Arc<Core>) -> Result<Loaded, ClientError> {
        if self.run().is_some() {
            return Err(answers::express_not_kept(&self.name, "history"));
        }
        let (number, shared) = (self.number, Arc::clone(core));
        let loaded = core
            .read(move |store| {
                let Some(stored) = store.load(number)? else { return Ok(None) };
                let program = shared.program(&stored.head.workflow, stored.head.definition);
                Ok(Some(program.map_err(|error| error.to_string()).and_then(|program| unfold(&stored, program))))
            })
            .await?;
        let loaded = loaded.ok_or_else(|| answers::does_not_exist(&self.name))?;
        loaded.map_err(|reason| {
            ClientError::new("ExecutionDamaged", format!("execution `{}` cannot be read: {reason} [WF2109]", self.name))
        })
    }

    pub(crate) async fn input(&self, core: &Arc<Core>) -> Result<Arc<Value>, ClientError> {
        if let Some(live) = &self.live {
            return Ok(Arc::clone(&live.input));
        }
        Ok(self.load(core).await?.execution.input().share())
    }

    /// What it is doing, without what is sensitive.
    pub(crate) async fn describe(&self, core: &Arc<Core>) -> Result<Box<ExecutionDescription>, ClientError> {
        let description = self.describe_all(core).await?;
        Ok(self.shown(core, description).await)
    }

    async fn describe_all(&self, core: &Arc<Core>) -> Result<Box<ExecutionDescription>, ClientError> {
        if let Some(live) = self.current(core) {
            match live.ask(Letter::Describe).await {
                Ok(description) => return description,
                Err(End::Ended(_)) => {}
                Err(end) => return Err(answers::left(end, &self.name)),
            }
        }
        if let Some(live) = self.live.as_ref().filter(|live| live.run.is_some()) {
            return Ok(Box::new(describe::express(core, live)));
        }
        let Loaded { program, execution, .. } = self.load(core).await?;
        Ok(Box::new(describe::description(&program, &execution)))
    }

    /// Waits until it has ended, or has more events than this.
    pub(crate) async fn wait(&self, core: &Arc<Core>, events_seen: Option<u64>) -> Result<(), ClientError> {
        let Some(live) = self.current(core) else {
            return if core.leaving().is_some() { self.check_ended(core).await } else { Ok(()) };
        };
        let end = live
            .wait_for(|progress| match (&progress.end, events_seen) {
                (Some(end), _) => Some(Some(end.clone())),
                (None, Some(seen)) if progress.events > seen => Some(None),
                (None, _) => None,
            })
            .await;
        match end {
            None | Some(End::Ended(_)) => Ok(()),
            Some(end) => Err(answers::left(end, &self.name)),
        }
    }

    /// The life that was seen last, unless it ended in a way from which it may have been redriven since.
    fn last_life(&self) -> Option<Arc<Live>> {
        let live = self.live.as_ref()?;
        match live.progress().end {
            Some(End::Ended(outcome)) if outcome.status != ExecutionStatus::Succeeded && live.run.is_none() => None,
            _ => Some(Arc::clone(live)),
        }
    }

    pub(crate) async fn outcome(&self, core: &Arc<Core>) -> Result<Arc<Outcome>, ExecutionError> {
        let name = || self.name.to_string();
        if let Some(live) = self.current(core).or_else(|| self.last_life()) {
            return match live.wait_for_end().await {
                End::Ended(outcome) => Ok(outcome),
                End::ShutDown => Err(ExecutionError::ShutDown { name: name() }),
                End::StoreFailed(source) => Err(ExecutionError::Store { name: name(), source }),
                End::Refused(error) => Err(error.into()),
            };
        }
        let execution = match self.load(core).await {
            Ok(loaded) => loaded.execution,
            // Forgotten since: it ended as it was seen to end.
            Err(error) if answers::is_unknown(&error) => {
                let end = self.live.as_ref().and_then(|live| live.progress().end);
                return if let Some(End::Ended(outcome)) = end { Ok(outcome) } else { Err(error.into()) };
            }
            Err(error) => return Err(error.into()),
        };
        if execution.status().is_none_or(|status| status == ExecutionStatus::Running) {
            // Not ended and not alive: its runtime is gone.
            return Err(ExecutionError::ShutDown { name: name() });
        }
        Ok(Arc::new(Outcome::of(&execution)))
    }

    pub(crate) async fn history(&self, core: &Arc<Core>) -> Result<Vec<HistoryEvent>, ClientError> {
        let Loaded { program, records, .. } = self.load(core).await?;
        Ok(history::aws_events(&program.source, &program.shown(&core.registry, records)))
    }

    pub(crate) async fn trail(&self, core: &Arc<Core>) -> Result<Box<TrailSource>, ClientError> {
        let Loaded { program, records, execution, .. } = self.load(core).await?;
        let execution = self.shown(core, Box::new(describe::description(&program, &execution))).await;
        let records = program.shown(&core.registry, records);
        Ok(Box::new(TrailSource { execution: *execution, definition: program.asl().to_owned(), records }))
    }

    /// Of one that is not alive: where it has not ended, the runtime is going, and has let go of it.
    async fn check_ended(&self, core: &Arc<Core>) -> Result<(), ClientError> {
        if self.run().is_some() {
            return Ok(());
        }
        let Loaded { execution, .. } = self.load(core).await?;
        if execution.status() != Some(ExecutionStatus::Running) {
            return Ok(());
        }
        Err(core.leaving().unwrap_or_else(answers::shut_down))
    }

    pub(crate) async fn stop(&self, core: &Arc<Core>, error: ErrorOutput) -> Result<(), ClientError> {
        answers::check_error(&error)?;
        let Some(live) = self.current(core) else {
            // Stopping what has ended changes nothing; what never was is an error.
            return self.check_ended(core).await;
        };
        match live.ask(|reply| Letter::Stop { error, reply }).await {
            Ok(answer) => answer,
            Err(End::Ended(_)) => Ok(()),
            Err(end) => Err(answers::left(end, &self.name)),
        }
    }

    pub(crate) async fn redrive(&self, core: &Arc<Core>) -> Result<Self, ClientError> {
        let kept = core.keep().await;
        self.redrive_kept(core, &kept).await
    }

    /// The same for whoever sees to it that nothing is forgotten meanwhile.
    pub(crate) async fn redrive_kept(&self, core: &Arc<Core>, kept: &Kept) -> Result<Self, ClientError> {
        let refuse = |message: String| Err(ClientError::new("ExecutionNotRedrivable", message));
        let name = &self.name;
        if self.run().is_some() {
            return Err(answers::express_not_kept(name, "redrive"));
        }
        let alone = core.redriving.lock().await;
        if self.current(core).is_some() {
            return refuse(format!("Execution is RUNNING and cannot be redriven: '{name}'"));
        }
        let Loaded { program, execution, seed, .. } = self.load(core).await?;
        match execution.status() {
            Some(ExecutionStatus::Failed | ExecutionStatus::TimedOut | ExecutionStatus::Aborted) => {}
            status => {
                return refuse(format!("Execution is {} and cannot be redriven: '{name}'", describe::word(status)));
            }
        }
        if let Some(why) = too_late(&execution, core.clock.now()) {
            return refuse(format!("Execution {why} and cannot be redriven: '{name}'; start a new one"));
        }
        let needs = finish::needs(&program, &execution);
        if !needs.is_empty() {
            let reasons: Vec<_> = needs.iter().map(ToString::to_string).collect();
            return refuse(format!("this program cannot finish execution `{name}`: {}", reasons.join("; ")));
        }
        let events = execution.event_count();
        let live = revive(core, self.number, program, execution, seed, First::Input(Input::Redrive))?;
        drop(alone);
        // Whoever asked may be gone before it is durable.
        let (begins, kept) = (Arc::clone(&live), Arc::clone(kept));
        drop(host::spawn(async move {
            let _kept = kept;
            let _ = begun(&begins, events).await;
        }));
        let end = begun(&live, events).await;
        match end {
            None => Ok(Self::live(live)),
            Some(End::Ended(_)) => refuse(format!("execution `{name}` cannot be redriven")),
            Some(end) => Err(answers::left(end, name)),
        }
    }
}

/// Waits until more than these events are durable; or for its end, where none come.
async fn begun(live: &Live, events: u64) -> Option<End> {
    live.wait_for(|progress| match &progress.end {
        _ if progress.events > events => Some(None),
        Some(end) => Some(Some(end.clone())),
        None => None,
    })
    .await
}

/// Why an execution is not redriven any more, as on AWS.
fn too_late(execution: &Execution, now: Timestamp) -> Option<&'static str> {
    let year = Duration::from_secs(EXECUTION_SECONDS_MAX);
    match (execution.started_at(), execution.stopped_at()) {
        (_, Some(stopped)) if stopped < before(now, REDRIVABLE) => Some("ended more than 14 days ago"),
        (Some(started), _) if started < before(now, year) => Some("was started more than a year ago"),
        _ => None,
    }
}

/// Gives a stored execution a task again.
pub(crate) fn revive(
    core: &Arc<Core>,
    number: ExecutionNumber,
    program: Arc<Program>,
    execution: Execution,
    seed: u64,
    first: First,
) -> Result<Arc<Live>, ClientError> {
    let ExecutionIdentity { workflow, execution: name, .. } = execution.identity().clone();
    let live = Live::new(number, workflow, name, execution.input().share());
    live.advance(execution.event_count());
    if let Entry::Taken(other) = core.enter(&live)? {
        let message = format!("Execution is RUNNING and cannot be redriven: '{}'", other.name);
        return Err(ClientError::new("ExecutionNotRedrivable", message));
    }
    Actor::new(core, Arc::clone(&live), program, execution, seed).spawn(first);
    Ok(live)
}

/// Reads an execution's records and folds them.
pub(crate) fn unfold(stored: &StoredExecution, program: Arc<Program>) -> Result<Loaded, String> {
    let records: Result<Vec<_>, _> = stored.records.iter().map(|record| Record::decode(record)).collect();
    let records = records.map_err(|error| error.to_string())?;
    let head = &stored.head;
    let identity = ExecutionIdentity::new(Arc::clone(&program.workflow), &*head.name, head.number.0);
    let execution = Execution::replay(identity, &program.machine, &records).map_err(|error| error.to_string())?;
    let first = records.first().and_then(|record| record.events.first());
    let Some(&Event::ExecutionStarted { seed, .. }) = first else {
        return Err("its first record is no start [WF2005]".to_owned());
    };
    Ok(Loaded { program, execution, records, seed })
}

/// A definition's hash as people see it.
pub(crate) fn hex(hash: DefinitionHash) -> String {
    use std::fmt::Write as _;
    hash.0.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
