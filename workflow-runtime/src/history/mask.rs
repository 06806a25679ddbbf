//! The records of an execution without what is sensitive: whatever is derived from them shows none of it.
//!
//! Twice over the records: the sensitive values are collected wherever a type is known (input, arguments, results, declared
//! errors, output), then masked wherever they have gone. Nothing that is stored changes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fold::Fold;
use crate::asl::StateMachine;
use crate::engine::{Event, ItemSource, Record, ScopeId};
use crate::json::Json;
use crate::payload::{MASKED, Secrets, Type, is_sensitive};
use crate::step::{ErrorOutput, ErrorShape, StepSpec};

/// What is known of the types of a workflow's values.
#[derive(Clone, Debug)]
pub struct Masking {
    input: Type,
    output: Type,
    /// By the state's name.
    steps: BTreeMap<String, StepSpec>,
    /// The errors that the workflow raises itself.
    errors: ErrorShape,
    /// The keys of sensitive fields, whichever workflow of the program they belong to.
    keys: Secrets,
}

impl Masking {
    /// Of a workflow that takes and yields these; `keys` are those of the whole program.
    pub fn new(input: Type, output: Type, errors: ErrorShape, keys: Secrets) -> Self {
        Self { input, output, steps: BTreeMap::new(), errors, keys }
    }

    /// What a state calls.
    pub fn step(&mut self, state: &str, spec: StepSpec) {
        self.steps.insert(state.to_owned(), spec);
    }

    /// Adds the keys that are sensitive in a step's payloads and errors.
    pub fn add_keys(keys: &mut Secrets, spec: &StepSpec) {
        spec.params.iter().for_each(|param| keys.add_keys(&param.ty));
        keys.add_keys(&spec.output);
        keys.add_keys(&spec.error.ty);
    }

    /// Whether something may have to be masked.
    pub fn has_work(&self) -> bool {
        let types = |spec: &StepSpec| {
            spec.params.iter().any(|param| is_sensitive(&param.ty))
                || is_sensitive(&spec.output)
                || is_sensitive(&spec.error.ty)
        };
        !self.keys.is_empty()
            || is_sensitive(&self.input)
            || is_sensitive(&self.output)
            || is_sensitive(&self.errors.ty)
            || self.steps.values().any(types)
    }

    /// The sensitive values of an execution, and the keys of sensitive fields.
    pub fn secrets(&self, machine: &StateMachine, records: &[Record]) -> Secrets {
        let mut secrets = self.keys.clone();
        let mut fold = Fold::new(machine);
        for event in records.iter().flat_map(|record| &record.events) {
            self.collect(event, &fold, &mut secrets);
            fold.apply(event);
            if matches!(event, Event::ExecutionSucceeded) {
                secrets.collect(&self.output, &fold.value(ScopeId(0)));
            }
        }
        secrets
    }

    /// The sensitive values of an execution of which only input and output are known.
    pub fn secrets_of(&self, input: &Value, output: Option<&Value>, error: Option<&ErrorOutput>) -> Secrets {
        let mut secrets = self.keys.clone();
        secrets.collect(&self.input, input);
        if let Some(output) = output {
            secrets.collect(&self.output, output);
        }
        if let Some(error) = error {
            self.collect_error(error, &mut secrets);
        }
        secrets
    }

    fn collect(&self, event: &Event, fold: &Fold<'_>, secrets: &mut Secrets) {
        let step = |scope: ScopeId| fold.current(scope).and_then(|(name, _)| self.steps.get(name));
        match event {
            Event::ExecutionStarted { input, .. } => secrets.collect(&self.input, input),
            Event::TaskScheduled { scope, arguments, .. } => {
                let Some(step) = step(*scope) else { return };
                let value = fold.value(*scope);
                collect_arguments(step, arguments.as_deref().unwrap_or(&value), secrets);
            }
            Event::TaskSucceeded { scope, output } => {
                if let Some(step) = step(*scope) {
                    secrets.collect(&step.output, output);
                }
            }
            Event::TaskFailed { error, .. } | Event::ExecutionFailed { error } => self.collect_error(error, secrets),
            _ => {}
        }
    }

    /// What a declared error carries: `{"errorType": .., "errorMessage": "{\"message\": .., \"error\": ..}"}`.
    fn collect_error(&self, error: &ErrorOutput, secrets: &mut Secrets) {
        let Some(carried) = error.cause.as_deref().and_then(carried) else { return };
        let name = error.error.as_deref().unwrap_or_default();
        let shapes = self.steps.values().map(|step| &step.error).chain([&self.errors]);
        for shape in shapes.filter(|shape| shape.variants.iter().any(|variant| variant.name == name)) {
            secrets.collect(&shape.ty, &carried);
        }
    }

    /// Masks a value of the type of the execution's input, or of its output.
    pub fn mask_ends(&self, secrets: &Secrets, input: &mut Value, output: Option<&mut Value>) {
        secrets.mask_typed(&self.input, input);
        if let Some(output) = output {
            secrets.mask_typed(&self.output, output);
        }
    }

    /// The records as they may be shown.
    pub fn records(&self, machine: &StateMachine, records: Vec<Record>) -> Vec<Record> {
        let secrets = self.secrets(machine, &records);
        let mut fold = Fold::new(machine);
        let mut masked = records;
        for event in masked.iter_mut().flat_map(|record| &mut record.events) {
            let step =
                scope_of_task(event).and_then(|scope| fold.current(scope)).and_then(|(name, _)| self.steps.get(name));
            let ty = match event {
                Event::ExecutionStarted { .. } => Some(&self.input),
                Event::TaskSucceeded { .. } => step.map(|step| &step.output),
                _ => None,
            };
            mask(event, ty, &secrets);
            fold.apply(event);
        }
        masked
    }
}

fn scope_of_task(event: &Event) -> Option<ScopeId> {
    match event {
        Event::TaskSucceeded { scope, .. } => Some(*scope),
        _ => None,
    }
}

/// The value of the error's enum.
fn carried(cause: &str) -> Option<Value> {
    let cause: Value = serde_json::from_str(cause).ok()?;
    let message: Value = serde_json::from_str(cause.get("errorMessage")?.as_str()?).ok()?;
    message.get("error").cloned()
}

/// One parameter is sent as that value, several by their names; a callback's stand under `Payload`.
fn collect_arguments(step: &StepSpec, arguments: &Value, secrets: &mut Secrets) {
    for payload in [Some(arguments), arguments.get("Payload")].into_iter().flatten() {
        for param in &step.params {
            if let Some(value) = payload.get(param.name) {
                secrets.collect(&param.ty, value);
            }
        }
        if let [only] = step.params.as_slice() {
            secrets.collect(&only.ty, payload);
        }
    }
}

fn mask(event: &mut Event, ty: Option<&Type>, secrets: &Secrets) {
    match event {
        Event::ExecutionStarted { input: value, .. }
        | Event::TaskSucceeded { output: value, .. }
        | Event::JobSubmitted { output: value, .. } => masked(value, ty, secrets),
        Event::TaskScheduled { arguments: value, .. }
        | Event::ParallelStarted { arguments: value, .. }
        | Event::MapIterationStarted { input: value, .. }
        | Event::MapRunSucceeded { output: value, .. } => {
            if let Some(value) = value {
                masked(value, None, secrets);
            }
        }
        Event::MapStarted { items, .. } => items.iter_mut().for_each(|items| list(items, secrets)),
        Event::MapRunStarted { plan, .. } => {
            if let ItemSource::Items(Some(items)) = &mut plan.source {
                list(items, secrets);
            }
            if let Some(input) = plan.batch.as_mut().and_then(|batch| batch.input.as_mut()) {
                masked(input, None, secrets);
            }
        }
        Event::MapRunProgressed { results, .. } => {
            for result in results {
                masked(result, None, secrets);
            }
        }
        Event::StateExited { output, assigned, .. } => {
            if let Some(output) = output {
                masked(output, None, secrets);
            }
            for (name, value) in assigned {
                if secrets.is_key(name) {
                    *value = Json::from(Value::from(MASKED));
                } else {
                    masked(value, None, secrets);
                }
            }
        }
        Event::EvaluationFailed { error, .. }
        | Event::TaskFailed { error, .. }
        | Event::ParallelFailed { error, .. }
        | Event::MapFailed { error, .. }
        | Event::MapRunFailed { error, .. }
        | Event::ExecutionFailed { error }
        | Event::ExecutionAborted { error } => mask_error(secrets, error),
        Event::StateEntered { .. }
        | Event::TaskStarted { .. }
        | Event::TaskSubmitted { .. }
        | Event::TaskTimedOut { .. }
        | Event::RetryScheduled { .. }
        | Event::WaitStarted { .. }
        | Event::HeartbeatRecorded { .. }
        | Event::BranchSucceeded { .. }
        | Event::ParallelSucceeded { .. }
        | Event::StateAborted { .. }
        | Event::ExecutionSucceeded
        | Event::ExecutionTimedOut
        | Event::ExecutionRedriven
        | Event::TaskReissued { .. }
        | Event::StartedBy { .. }
        | Event::MapIterationSucceeded { .. }
        | Event::MapIterationFailed { .. }
        | Event::MapIterationAborted { .. }
        | Event::MapSucceeded { .. }
        | Event::DistributedMapStarted { .. }
        | Event::MapRunAborted { .. }
        | Event::MapRunWriting { .. } => {}
    }
}

/// Masks the texts of an error.
pub(crate) fn mask_error(secrets: &Secrets, error: &mut ErrorOutput) {
    for text in [&mut error.error, &mut error.cause].into_iter().flatten() {
        *text = secrets.mask_text(text).into_owned();
    }
}

fn masked(value: &mut Json, ty: Option<&Type>, secrets: &Secrets) {
    let mut plain = std::mem::take(value).into_value();
    match ty {
        Some(ty) => secrets.mask_typed(ty, &mut plain),
        None => secrets.mask(&mut plain),
    }
    *value = plain.into();
}

/// Items stay a list, or an object: whoever reads the records counts on that.
fn list(items: &mut Json, secrets: &Secrets) {
    let mut plain = std::mem::take(items).into_value();
    match &mut plain {
        Value::Array(items) => items.iter_mut().for_each(|item| secrets.mask(item)),
        value => secrets.mask(value),
    }
    *items = plain.into();
}
