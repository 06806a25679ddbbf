//! Whether this program can finish an execution that an earlier one started: what the rest of its way calls, and whether that
//! is still there and still fits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;
use sha2::{Digest as _, Sha256};

use super::actor::Actor;
use super::error::{Need, Unfinishable};
use super::registry::Program;
use crate::asl::State;
use crate::change::{Schemas, misfit, read_output, step_types};
use crate::engine::{Effect, Execution, TaskId, Waiting};
use crate::nested::ChildWorkflow;
use crate::step::{ErrorOutput, StepHandler, payload_fault};
use crate::store::DefinitionHash;

/// What the store keeps of a program: its ASL and, on a line of its own, what its payloads are like. Older databases have the
/// ASL alone.
#[derive(Clone, Copy)]
pub(crate) struct Texts<'a> {
    pub(crate) asl: &'a str,
    /// [`Schemas::to_line`].
    pub(crate) types: Option<&'a str>,
}

impl<'a> Texts<'a> {
    /// Of what is stored.
    pub(crate) fn of(stored: &'a str) -> Self {
        stored
            .split_once('\n')
            .map_or(Self { asl: stored, types: None }, |(asl, types)| Self { asl, types: Some(types) })
    }

    /// To be stored.
    pub(crate) fn join(self) -> String {
        self.types.map_or_else(|| self.asl.to_owned(), |types| format!("{}\n{types}", self.asl))
    }
}

/// Under which it is stored.
pub(crate) fn hash(stored: &str) -> DefinitionHash {
    DefinitionHash(Sha256::digest(stored.as_bytes()).into())
}

/// What stands in the way of every execution that comes to a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lack {
    called: String,
    /// Absent where what is called is not there.
    fault: Option<String>,
    /// Only what it is sent does not fit: what has been sent before may.
    input_only: bool,
    remedy: String,
}

impl Lack {
    /// A step that this program does not have.
    pub(crate) fn step(called: &str, is_integration: bool) -> Self {
        let (called, remedy) = if is_integration {
            let remedy = format!(
                "write a step that stands in for it, `#[step(resource = \"{called}\")]`, and give it with `.stand_in::<..>()`"
            );
            (format!("`{called}`"), remedy)
        } else {
            let remedy = format!(
                "keep the function, and give it with `.keep_step::<..>()`; where it is only renamed, keep its name: `#[step(name = \"{called}\")]`"
            );
            (format!("step `{called}`"), remedy)
        };
        Self { called, fault: None, input_only: false, remedy }
    }

    /// A workflow that this program does not have.
    pub(crate) fn workflow(name: &str) -> Self {
        let remedy = format!(
            "keep it registered, `.register::<..>()`; where it is only renamed, keep its name: `#[workflow(name = \"{name}\")]`"
        );
        Self { called: format!("workflow `{name}`"), fault: None, input_only: false, remedy }
    }

    fn need(&self, state: &str) -> Need {
        let Self { called, fault, remedy, .. } = self.clone();
        Need { state: state.to_owned(), called, fault, remedy }
    }
}

/// Why a definition with these types cannot call the step of this program.
pub(crate) fn step_fault(types: &Schemas, step: &StepHandler, text: &str) -> Option<Lack> {
    let name = crate::asl::resource::function_key(step.name);
    let old = types.parts.steps.get(&*name)?;
    let (new, defs) = step_types(&(step.spec)());
    if let Some((fault, remedy)) = misfit((types, &old.input), (&defs, &new.input)) {
        let fault = Some(format!("it does not read what was recorded: {fault}"));
        return Some(Lack { called: format!("step `{name}`"), fault, input_only: true, remedy });
    }
    let (fault, remedy) = read_output((types, &old.output), (&defs, &new.output), text)?;
    let fault = Some(format!("the definition reads its result as it was: {fault}"));
    Some(Lack { called: format!("step `{name}`"), fault, input_only: false, remedy })
}

/// Why a definition with these types cannot start the workflow of this program.
pub(crate) fn call_fault(types: &Schemas, child: &ChildWorkflow, waits: bool, text: &str) -> Option<Lack> {
    let old = types.parts.workflows.get(child.name)?;
    let new = Schemas::of(child);
    let called = format!("workflow `{}`", child.name);
    if let Some((fault, remedy)) = misfit((types, &old.input), (&new.defs, &new.input)) {
        let fault = Some(format!("it does not take what was recorded: {fault}"));
        return Some(Lack { called, fault, input_only: true, remedy });
    }
    let (fault, remedy) = read_output((types, &old.output), (&new.defs, &new.parts.output), text).filter(|_| waits)?;
    let fault = Some(format!("the definition reads its result as it was: {fault}"));
    Some(Lack { called, fault, input_only: false, remedy })
}

/// The execution among those that cannot be finished here, where it is one.
pub(crate) fn unfinishable(program: &Program, execution: &Execution) -> Option<Unfinishable> {
    let needs = needs(program, execution);
    if needs.is_empty() {
        return None;
    }
    let identity = execution.identity();
    let standing = execution.standing(&program.machine).iter().map(ToString::to_string).collect();
    Some(Unfinishable {
        workflow: identity.workflow.to_string(),
        name: identity.execution.to_string(),
        standing,
        needs,
    })
}

/// What the rest of its way needs and this program lacks; nothing where it can go on.
pub(crate) fn needs(program: &Program, execution: &Execution) -> Vec<Need> {
    let standing = execution.standing(&program.machine);
    let mut found: BTreeMap<String, Need> = BTreeMap::new();
    // What is in flight has been recorded: that very value has to fit.
    let mut sent = BTreeSet::new();
    for effect in execution.pending_effects(&program.machine) {
        let Effect::StartTask(request) = effect else { continue };
        let Some(task) = program.task(&request.state) else { continue };
        sent.insert(request.state.to_string());
        if let Err(fault) = payload_fault(&(task.handler.spec)(), &task.payload(&request.arguments)) {
            let need = Need {
                state: request.state.to_string(),
                called: format!("step `{}`", task.handler.name),
                fault: Some(format!("it does not read what was recorded: {fault}")),
                remedy: "let it read the old form too: `#[serde(default)]` for a field that is missing, `#[serde(alias = \"..\")]` for one that \
                         was renamed"
                    .to_owned(),
            };
            found.insert(request.state.to_string(), need);
        }
    }
    let answered: BTreeSet<String> = execution
        .waiting(&program.machine)
        .into_iter()
        .filter_map(|waiting| match waiting {
            Waiting::Answer { state, .. } | Waiting::Job { state, .. } => Some(state.to_string()),
            _ => None,
        })
        .collect();
    let mut way = Way::of(&program.source.states);
    way.walk(&standing);
    for (state, lack) in &program.lacks {
        let comes = way.reached.contains(state);
        let stands = standing.iter().any(|standing| **standing == **state);
        let in_flight = sent.contains(state) && lack.input_only;
        let called_already =
            answered.contains(state) && !way.is_called_again(state) && (lack.fault.is_none() || lack.input_only);
        if comes || (stands && !in_flight && !called_already) {
            found.entry(state.clone()).or_insert_with(|| lack.need(state));
        }
    }
    let order = way.all;
    order.keys().filter_map(|state| found.remove(*state)).collect()
}

/// The states that an execution may still come to.
struct Way<'a> {
    all: IndexMap<&'a str, &'a State>,
    reached: BTreeSet<String>,
}

impl<'a> Way<'a> {
    fn of(states: &'a IndexMap<String, State>) -> Self {
        let mut way = Self { all: IndexMap::new(), reached: BTreeSet::new() };
        way.add(states);
        way
    }

    fn add(&mut self, states: &'a IndexMap<String, State>) {
        for (name, state) in states {
            self.all.insert(name, state);
            for branch in state.branches() {
                self.add(&branch.states);
            }
        }
    }

    fn walk(&mut self, standing: &[Arc<str>]) {
        let mut open: Vec<&'a str> = Vec::new();
        for name in standing {
            let Some(state) = self.all.get(&**name).copied() else { continue };
            open.extend(state.transitions().iter().map(|way| way.target));
            // More of its items may begin, or all of it again.
            if matches!(state, State::Map(_)) || !state.retry().is_empty() {
                open.extend(state.branches().iter().map(|branch| branch.start_at.as_str()));
            }
        }
        while let Some(name) = open.pop() {
            let Some(state) = self.all.get(name).copied() else { continue };
            if self.reached.insert(name.to_owned()) {
                open.extend(state.transitions().iter().map(|way| way.target));
                open.extend(state.branches().iter().map(|branch| branch.start_at.as_str()));
            }
        }
    }

    /// Whether a Task whose function has returned may call it again: by a retry of what an answer or a clock may bring.
    fn is_called_again(&self, state: &str) -> bool {
        let retriers = self.all.get(state).map(|state| state.retry()).unwrap_or_default();
        retriers.iter().flat_map(|retrier| &retrier.error_equals).any(|name| !name.starts_with("Lambda."))
    }
}

impl Actor {
    /// A step of an older definition that could not read what that one sends: why, and what to do.
    pub(super) fn explained(&self, task: TaskId, error: ErrorOutput) -> ErrorOutput {
        let message = error.message();
        let Some(message) = message.filter(|text| self.program.is_older && text.contains("[WF4001]")) else {
            return error;
        };
        let waiting = self.execution.waiting(&self.program.machine).into_iter();
        let mut states = waiting.filter_map(|waiting| match waiting {
            Waiting::Step { state, task: open, .. } if open == task => Some(state),
            _ => None,
        });
        let state = states.next().map_or_else(String::new, |state| format!(" at state `{state}`"));
        let message = message.replace(" [WF4001]", "");
        ErrorOutput::undeclared(format!(
            "{message}; execution `{}`{state} runs on a definition from before the step was changed, and sends what was recorded then. Let \
             the step read the old form too (`#[serde(default)]` for a field that is missing, `#[serde(alias = \"..\")]` for one that was \
             renamed), then redrive the execution [WF2210]",
            self.live.name
        ))
    }
}
