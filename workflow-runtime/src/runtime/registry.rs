//! What this program can run: its workflows, their steps, and definitions made ready.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use super::error::StartError;
use crate::asl::resource::{self, CallKind};
use crate::asl::{State, StateMachine, Task};
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

/// Steps by the name under which a `Resource` knows them.
type Steps = HashMap<String, StepHandler>;

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
}

/// The step of a Task state.
#[derive(Clone, Debug)]
pub(crate) struct TaskStep {
    pub(crate) handler: StepHandler,
    pub(crate) output: Type,
    kind: CallKind,
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
    pub(crate) fn build(registrations: Vec<Registration>, data: &DataMap) -> Result<Self, StartError> {
        let mut registry = Self::default();
        let mut needs = BTreeSet::new();
        for Registration { definition, steps, input } in registrations {
            let definition = definition.map_err(StartError::Definition)?;
            let workflow: Arc<str> = definition.name().into();
            for step in &steps {
                let absent = (step.data)().into_iter().filter(|need| !data.holds(need.type_id));
                needs.extend(absent.map(|need| (step.name, need.type_name)));
            }
            let steps: Steps =
                steps.into_iter().map(|step| (resource::function_key(step.name).into_owned(), step)).collect();
            let (hash, text) = (definition.hash(), definition.compact_json());
            let program = Program::load(Arc::clone(&workflow), hash, text, definition.state_machine().clone(), &steps)?;
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
        let none = Steps::new();
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
        let (mut tasks, mut missing) = (HashMap::new(), BTreeSet::new());
        bind(&source.states, steps, &mut tasks, &mut missing);
        Ok(Self { workflow, hash, text, source, machine, tasks, missing })
    }

    /// The step behind a Task state.
    pub(crate) fn task(&self, state: &str) -> Option<&TaskStep> {
        self.tasks.get(state)
    }
}

/// Finds the step of each Task, also inside of branches.
fn bind(
    states: &IndexMap<String, State>,
    steps: &Steps,
    tasks: &mut HashMap<String, TaskStep>,
    missing: &mut BTreeSet<String>,
) {
    for (name, state) in states {
        match state {
            State::Task(task) => match task_step(task, steps) {
                Ok(step) => drop(tasks.insert(name.clone(), step)),
                Err(function) => drop(missing.insert(function)),
            },
            State::Parallel(parallel) => {
                for branch in &parallel.branches {
                    bind(&branch.states, steps, tasks, missing);
                }
            }
            State::Map(map) => bind(&map.item_processor.states, steps, tasks, missing),
            State::Choice(_) | State::Wait(_) | State::Pass(_) | State::Succeed(_) | State::Fail(_) => {}
        }
    }
}

/// The step of a Task, or what it calls that is none.
fn task_step(task: &Task, steps: &Steps) -> Result<TaskStep, String> {
    let call = resource::parse(&task.resource, task.arguments.as_ref()).ok_or_else(|| task.resource.clone())?;
    let handler = *steps.get(call.function).ok_or_else(|| call.function.to_owned())?;
    Ok(TaskStep { handler, output: (handler.spec)().output, kind: call.kind })
}
