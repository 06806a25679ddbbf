//! What this program can run: its workflows, their steps, and definitions made ready.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use super::error::{NoStandIn, StartError};
use super::stand_in::Steps;
use crate::asl::resource::CallKind;
use crate::asl::{State, StateMachine};
use crate::engine::Machine;
use crate::payload::{Payload, Type};
use crate::step::{DataMap, StepHandler};
use crate::store::DefinitionHash;
use crate::workflow::{Definition, DefinitionError, Workflow};

/// A workflow as `register` was given it.
pub(crate) struct Registration {
    pub(crate) definition: Result<Definition, DefinitionError>,
    pub(crate) steps: Vec<StepHandler>,
    pub(crate) input: Type,
}

impl Registration {
    pub(crate) fn of<W: Workflow>() -> Self {
        Self { definition: W::try_definition(), steps: W::steps(), input: W::Input::ty() }
    }
}

/// The workflows of this program by name.
#[derive(Debug, Default)]
pub(crate) struct Registry(BTreeMap<Arc<str>, Registered>);

/// A workflow that new executions may be started of.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) program: Arc<Program>,
    pub(crate) input: Type,
    steps: Steps,
}

/// A definition made ready to run in this program.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) workflow: Arc<str>,
    pub(crate) hash: DefinitionHash,
    pub(crate) text: String,
    pub(crate) source: StateMachine,
    pub(crate) machine: Machine,
    /// By the state's name.
    tasks: HashMap<String, TaskStep>,
    /// What its Task states call and this program does not have.
    pub(crate) missing: BTreeSet<String>,
    /// Those of them that are integrations.
    pub(crate) no_stand_in: Vec<NoStandIn>,
}

/// The step of a Task state.
#[derive(Clone, Debug)]
pub(crate) struct TaskStep {
    pub(crate) handler: StepHandler,
    pub(crate) output: Type,
    pub(super) kind: CallKind,
}

impl TaskStep {
    /// What the step is given, out of the evaluated `Arguments`.
    pub(crate) fn payload(&self, arguments: &Arc<Value>) -> Arc<Value> {
        if self.kind != CallKind::Callback {
            return Arc::clone(arguments);
        }
        Arc::new(arguments.get("Payload").cloned().unwrap_or(Value::Null))
    }
}

impl Registry {
    /// Checks everything that can be checked before a store is opened.
    pub(crate) fn build(
        registrations: Vec<Registration>,
        stand_ins: &[StepHandler],
        data: &DataMap,
    ) -> Result<Self, StartError> {
        let mut registry = Self::default();
        let mut needs = BTreeSet::new();
        for Registration { definition, steps, input } in registrations {
            let definition = definition.map_err(StartError::Definition)?;
            let workflow: Arc<str> = definition.name().into();
            for step in steps.iter().chain(stand_ins) {
                let absent = (step.data)().into_iter().filter(|need| !data.holds(need.type_id));
                needs.extend(absent.map(|need| (step.name, need.type_name)));
            }
            let steps = Steps::new(steps, stand_ins, &definition);
            let (hash, text) = (definition.hash(), definition.compact_json());
            let program = Program::load(Arc::clone(&workflow), hash, text, definition.state_machine().clone(), &steps)?;
            if let Some(missing) = program.no_stand_in.first() {
                return Err(StartError::NoStandIn { workflow: workflow.to_string(), task: missing.clone() });
            }
            if !program.missing.is_empty() {
                let steps = program.missing.iter().cloned().collect();
                return Err(StartError::StepsNotRegistered { workflow: workflow.to_string(), steps });
            }
            let registered = Registered { program: Arc::new(program), input, steps };
            if registry.0.insert(Arc::clone(&workflow), registered).is_some() {
                return Err(StartError::DuplicateWorkflow { workflow: workflow.to_string() });
            }
        }
        if needs.is_empty() {
            Ok(registry)
        } else {
            Err(StartError::MissingData { needs: needs.into_iter().collect() })
        }
    }

    pub(crate) fn get(&self, workflow: &str) -> Option<&Registered> {
        self.0.get(workflow)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Registered)> {
        self.0.iter()
    }

    pub(crate) fn names(&self) -> String {
        let names: Vec<_> = self.0.keys().map(|name| format!("`{name}`")).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }

    /// A stored definition, with the steps that this program has for that workflow.
    pub(crate) fn load(&self, workflow: &str, hash: DefinitionHash, text: String) -> Result<Program, StartError> {
        let machine: StateMachine = serde_json::from_str(&text).map_err(|error| StartError::StoredDefinition {
            workflow: workflow.to_owned(),
            reason: error.to_string(),
        })?;
        let none = Steps::default();
        let (name, steps) = match self.0.get_key_value(workflow) {
            Some((name, registered)) => (Arc::clone(name), &registered.steps),
            None => (workflow.into(), &none),
        };
        Program::load(name, hash, text, machine, steps)
    }
}

impl Program {
    fn load(
        workflow: Arc<str>,
        hash: DefinitionHash,
        text: String,
        source: StateMachine,
        steps: &Steps,
    ) -> Result<Self, StartError> {
        let machine = Machine::compile(&source)
            .map_err(|faults| StartError::Machine { workflow: workflow.to_string(), faults })?;
        let mut bound = Bound::default();
        bound.all(&source.states, steps);
        let Bound { tasks, missing, no_stand_in } = bound;
        Ok(Self { workflow, hash, text, source, machine, tasks, missing, no_stand_in })
    }

    /// The step behind a Task state.
    pub(crate) fn task(&self, state: &str) -> Option<&TaskStep> {
        self.tasks.get(state)
    }
}

/// The step of each Task, also inside of branches.
#[derive(Default)]
struct Bound {
    tasks: HashMap<String, TaskStep>,
    missing: BTreeSet<String>,
    no_stand_in: Vec<NoStandIn>,
}

impl Bound {
    fn all(&mut self, states: &IndexMap<String, State>, steps: &Steps) {
        for (name, state) in states {
            match state {
                State::Task(task) => match steps.of(name, task) {
                    Ok(step) => drop(self.tasks.insert(name.clone(), step)),
                    Err(lack) => {
                        self.missing.insert(lack.called);
                        self.no_stand_in.extend(lack.no_stand_in);
                    }
                },
                State::Parallel(parallel) => {
                    for branch in &parallel.branches {
                        self.all(&branch.states, steps);
                    }
                }
                State::Map(map) => self.all(&map.item_processor.states, steps),
                State::Choice(_) | State::Wait(_) | State::Pass(_) | State::Succeed(_) | State::Fail(_) => {}
            }
        }
    }
}
