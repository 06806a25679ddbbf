//! What must hold whenever the driver does something.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use serde_json::Value;

use super::plan::StepFault;
use super::view::{Closed, Kept};
use super::{Sim, State};
use crate::control::{ExecutionRef, Request, Response};
use crate::engine::{Effect, Event, Execution, ExecutionStatus};
use crate::runtime::Runtime;
use crate::step::StepContext;
use crate::store::{ExecutionNumber, Store};

impl Sim {
    /// A step runs only for an attempt that is durable, and never again once what it came to is.
    pub(super) fn check_call(&self, context: &StepContext) -> Result<(), String> {
        let mut state = self.state();
        if !state.overtaken.is_empty() && state.view.is_gone(context.workflow(), context.execution()) {
            // Whoever was overtaken does not know.
            return Ok(());
        }
        let Some(kept) = state.view.named(context.workflow(), context.execution()) else {
            // What runs in memory is found nowhere.
            return if context.workflow().contains('/') || super::flows::is_express(context.workflow()) {
                Ok(())
            } else {
                Err(format!("{} runs for an execution that is not durable", context.state()))
            };
        };
        let key = (context.inner.visit, context.attempt());
        let (number, closed) = (kept.head.number, kept.attempts.get(&key).copied());
        let what = || format!("attempt {} of `{}` of `{}`", key.1, context.state(), context.execution());
        match closed {
            None => return Err(format!("{} runs and is not durable", what())),
            // Whoever has the token may answer while the step that hands it out is asked again.
            // And whoever was overtaken does not know what is durable since.
            Some(Closed::Told) if context.token().is_none() && state.overtaken.is_empty() => {
                return Err(format!("{} runs again, and what it came to is durable", what()));
            }
            Some(_) => {}
        }
        let own = (number, key.0);
        let known = state.keys.insert(context.idempotency_key().to_owned(), own);
        if known.is_some_and(|known| known != own) {
            return Err(format!("{} has the idempotency key of {known:?}", what()));
        }
        if state.keys.iter().any(|(key, of)| *of == own && key != context.idempotency_key()) {
            return Err(format!("{} has another idempotency key than before", what()));
        }
        Ok(())
    }

    /// What the driver holds is what the records say, and what it begins is durable.
    pub(super) fn check_turn(&self, execution: &Execution, effects: &[Effect]) -> Result<(), String> {
        let state = self.state();
        let identity = execution.identity();
        let name = &identity.execution;
        let number = ExecutionNumber(identity.number);
        let Some(kept) = state.view.executions.get(&number) else {
            if state.view.gone.contains_key(&number) {
                return Ok(());
            }
            return Err(format!("`{name}` has had a turn, and nothing of it is durable"));
        };
        // Whoever was overtaken stays behind, and commits nothing.
        let is_behind = execution.event_count() <= kept.execution.event_count();
        if is_behind && !state.overtaken.is_empty() && kept.execution != *execution {
            return Ok(());
        }
        if kept.execution != *execution {
            return Err(format!("what runs of `{name}` is not what its records say"));
        }
        let pending = kept.execution.pending_effects(&kept.known.machine);
        for effect in effects {
            match effect {
                Effect::StartTask(request) if !kept.attempts.contains_key(&(request.visit, request.attempt)) => {
                    return Err(format!(
                        "attempt {} of `{}` begins and is not durable",
                        request.attempt, request.state
                    ));
                }
                Effect::SetTimer { timer, due } if kept.execution.status() == Some(ExecutionStatus::Running) => {
                    let same =
                        |it: &Effect| matches!(it, Effect::SetTimer { timer: t, due: d } if t == timer && d == due);
                    let is_cancelled = effects.iter().any(|it| matches!(it, Effect::CancelTimer(t) if t == timer));
                    if !pending.iter().any(same) && !is_cancelled {
                        return Err(format!("`{name}` sets {timer:?} for {due:?}, which nothing durable waits for"));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Everything has ended: the runtime says of it what is durable, and has let go of it.
    pub(super) async fn check_end(self: &Arc<Self>, runtime: &Runtime, store: &dyn Store) {
        // Their tasks leave after their last commit.
        for _ in 0..100 {
            if runtime.live_executions() > 0 {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
        if runtime.live_executions() > 0 {
            self.violated(format!("{} executions have ended and are still alive", runtime.live_executions()));
        }
        let written = self.state().check_files();
        self.check(written);
        let all: Vec<(String, String)> = self.state().view.names.keys().cloned().collect();
        for (workflow, name) in all {
            let execution = ExecutionRef { workflow: Some(workflow.clone()), name: name.clone() };
            let response = runtime.handle(Request::Describe { execution }).await;
            let checked = self.state().compare(&workflow, &name, &response);
            self.check(checked);
        }
        let gone: Vec<_> = self.state().view.gone.values().map(|kept| kept.head.clone()).collect();
        for head in gone {
            let number = head.number;
            let is_back = !matches!(store.load(number), Ok(None));
            self.check(if is_back { Err(format!("`{}` was forgotten and is there", head.name)) } else { Ok(()) });
        }
    }
}

impl State {
    /// What the runtime says of an execution that has ended.
    fn compare(&self, workflow: &str, name: &str, response: &Response) -> Result<(), String> {
        let Some(kept) = self.view.named(workflow, name) else {
            // Forgotten in this moment.
            return if self.view.is_gone(workflow, name) { Ok(()) } else { Err(format!("`{name}` is not durable")) };
        };
        kept.check_history()?;
        match response {
            Response::Execution(said) => {
                let output = kept.execution.output().map(|output| (**output).clone());
                let same = Some(said.summary.status) == kept.execution.status()
                    && said.output == output
                    && said.events == kept.execution.event_count()
                    && said.waiting_for.is_empty();
                if same { Ok(()) } else { Err(format!("`{name}` is described as {said:?}")) }
            }
            // A child of a distributed Map is not described.
            Response::Error(error) if error.name == "StoreFailure" => Ok(()),
            other => Err(format!("`{name}` is described as {other:?}")),
        }
    }

    /// Whether everything that was to be started has ended.
    pub(super) fn is_done(&self) -> bool {
        let started = |start: &super::plan::Start| {
            super::flows::is_express(start.workflow)
                || self.started.contains_key(&(start.workflow.to_owned(), start.name.clone()))
        };
        self.plan.starts.iter().all(started)
            && self.done_asking >= self.plan.requests.len()
            && self.view.executions.values().all(|kept| kept.head.status != ExecutionStatus::Running)
    }

    /// How the executions ended: status, output or error; those first that nothing was done to.
    pub(super) fn outcomes(&self) -> Vec<(String, Outcome)> {
        let mut outcomes = Vec::new();
        // Whoever waits for a step's turn may run out of time in memory, where nobody sees it.
        let is_blocking = |fault: &StepFault| matches!(fault, StepFault::Hang | StepFault::Slow(_));
        let is_blocked =
            self.plan.step_limit.is_some() && self.plan.step_faults.iter().any(|(_, fault)| is_blocking(fault));
        for start in &self.plan.starts {
            let Some(kept) = self.view.first_named(start.workflow, &start.name) else { continue };
            let family = self.view.all().filter(|(number, _)| self.view.root_of(**number) == kept.head.number);
            let is_plain = family.clone().all(|(_, kept)| !kept.is_timed());
            let is_disturbed = is_blocked || !is_plain || self.disturbed.contains_key(&kept.head.number);
            outcomes.push((start.name.clone(), Outcome { is_disturbed, text: kept.ending() }));
        }
        outcomes
    }
}

impl State {
    /// What map runs have written: each child once, and none is missing.
    fn check_files(&mut self) -> Result<(), String> {
        let Some(runs) = self.files.as_ref().and_then(|files| fs::read_dir(files.join("results")).ok()) else {
            return Ok(());
        };
        for run in runs.flatten() {
            let folder = run.path();
            // One that was cut off has none.
            let Ok(manifest) = fs::read_to_string(folder.join("manifest.json")) else { continue };
            let manifest: Value = serde_json::from_str(&manifest).map_err(|error| error.to_string())?;
            let mut names = BTreeSet::new();
            for files in manifest["ResultFiles"].as_object().into_iter().flat_map(serde_json::Map::values) {
                for key in files.as_array().into_iter().flatten().filter_map(|file| file["Key"].as_str()) {
                    let path = folder.join(key.rsplit('/').next().unwrap_or_default());
                    let text = fs::read_to_string(&path).map_err(|error| format!("{key}: {error}"))?;
                    let results: Vec<Value> = serde_json::from_str(&text).map_err(|error| format!("{key}: {error}"))?;
                    for result in results {
                        let name = result["Name"].as_str().unwrap_or_default().to_owned();
                        if !names.insert(name.clone()) {
                            return Err(format!("{key} has the result of `{name}` twice"));
                        }
                        self.check_result(&name, &result).map_err(|why| format!("{key}: {why}"))?;
                    }
                }
            }
            let indexes: BTreeSet<u64> =
                names.iter().filter_map(|name| name.rsplit('-').next()?.parse().ok()).collect();
            let id = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if self.has_succeeded(id) && indexes.last().is_some_and(|last| *last + 1 != indexes.len() as u64) {
                return Err(format!("the results of map run {id} lack a child: {indexes:?}"));
            }
            self.counts.written += names.len() as u64;
        }
        Ok(())
    }

    /// What a file says of a child is what is durable of it, where something is.
    fn check_result(&self, name: &str, said: &Value) -> Result<(), String> {
        let Some((_, kept)) = self.view.all().find(|(_, kept)| kept.head.name == name) else { return Ok(()) };
        let output = kept.execution.output().map(|output| Value::from(output.to_string()));
        let status = crate::runtime::describe::word(Some(kept.head.status));
        if said["Status"] == status && said.get("Output") == output.as_ref() {
            return Ok(());
        }
        Err(format!("`{name}` is {status} with {output:?} and is told as {said}"))
    }

    /// Whether this map run came to its end: with the next word on it that its execution's records have.
    fn has_succeeded(&self, id: &str) -> bool {
        self.view.all().any(|(_, kept)| {
            let mut own = None;
            for event in kept.records.iter().flat_map(|record| &record.events) {
                match event {
                    Event::MapRunStarted { scope, arn, .. } if arn.ends_with(id) => own = Some(*scope),
                    Event::MapRunSucceeded { scope, .. } if own == Some(*scope) => return true,
                    Event::MapRunFailed { scope, .. } | Event::MapRunAborted { scope } if own == Some(*scope) => {
                        own = None;
                    }
                    _ => {}
                }
            }
            false
        })
    }
}

/// Stands for what an execution drew when it was started.
const SEED: &str = "SEED-";

/// The visit's number, which ends an idempotency key, follows from the order in which branches have come to their end.
fn without_visits(text: &str) -> String {
    let mut parts = text.split(SEED);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(SEED);
        plain.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    plain
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Something was done to it that may change how it ends.
    pub(super) is_disturbed: bool,
    pub(super) text: String,
}

impl Kept {
    /// Whether some clock decided.
    fn is_timed(&self) -> bool {
        self.has(|event| matches!(event, Event::TaskTimedOut { .. } | Event::ExecutionTimedOut))
            || self.execution.redrive_count() > 0
            || self.execution.status() == Some(ExecutionStatus::Aborted)
    }

    /// Status, and output or error's name, without what is random.
    fn ending(&self) -> String {
        let seed = self.records.iter().flat_map(|record| &record.events).find_map(|event| match event {
            Event::ExecutionStarted { seed, .. } => Some(format!("{seed:016x}-")),
            _ => None,
        });
        let output = self.execution.output().map(|output| output.to_string()).unwrap_or_default();
        let output = without_visits(&output.replace(&seed.unwrap_or_else(|| SEED.to_owned()), SEED));
        let error = self.execution.error().and_then(|error| error.error.clone()).unwrap_or_default();
        format!("{:?} {output}{error}", self.head.status)
    }
}

impl State {
    /// What has not ended, and what it waits for.
    pub(super) fn open_now(&self) -> String {
        let open = self.view.executions.values().filter(|kept| kept.head.status == ExecutionStatus::Running);
        let open: Vec<_> = open
            .map(|kept| format!("{} waits for {:?}", kept.head.name, kept.execution.waiting(&kept.known.machine)))
            .collect();
        if open.is_empty() { "starts and requests".to_owned() } else { open.join("; ") }
    }
}
