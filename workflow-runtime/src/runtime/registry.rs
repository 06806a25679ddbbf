//! What this program can run: its workflows, their steps, and definitions made ready.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use serde_json::Value;

use super::error::{NoStandIn, StartError};
use super::finish::{self, Lack, Texts};
use super::masking;
use super::seam::Seams;
use super::stand_in::Steps;
use crate::asl::resource::{self, CallKind};
use crate::asl::{Map, State, StateMachine, Task};
use crate::change::Schemas;
use crate::engine::{DataLimits, Machine};
use crate::history::Masking;
use crate::nested::{ChildWorkflow, WorkflowKind};
use crate::payload::{Secrets, Type};
use crate::step::{DataMap, StepHandler};
use crate::store::DefinitionHash;
use crate::workflow::{Definition, DefinitionError, Workflow};

/// A workflow as `register` was given it.
pub(crate) struct Registration {
    definition: Result<Definition, DefinitionError>,
    workflow: ChildWorkflow,
    /// Another workflow calls it.
    implied: bool,
}

impl Registration {
    pub(crate) fn of<W: Workflow>() -> Self {
        Self { definition: W::try_definition(), workflow: ChildWorkflow::of::<W>(), implied: false }
    }

    /// A workflow by its parts.
    #[cfg(feature = "testing")]
    pub(crate) fn of_child(workflow: ChildWorkflow) -> Self {
        Self { definition: (workflow.definition)(), workflow, implied: false }
    }

    /// These, and every workflow that they call.
    fn with_children(mut given: Vec<Self>) -> Vec<Self> {
        let callers: Vec<ChildWorkflow> = given.iter().map(|it| it.workflow).collect();
        for child in callers.into_iter().flat_map(ChildWorkflow::family) {
            if !given.iter().any(|known| known.workflow.is_same(&child)) {
                given.push(Self { definition: (child.definition)(), workflow: child, implied: true });
            }
        }
        given
    }
}

/// The workflows of this program by name.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    by_name: BTreeMap<Arc<str>, Registered>,
    workflows: Workflows,
    /// The keys of sensitive fields.
    sensitive_keys: Secrets,
    data_limits: DataLimits,
    /// Every step of the program, those that are kept for older executions first.
    all_steps: Vec<StepHandler>,
    stand_ins: Vec<StepHandler>,
    /// The definitions that new executions run on.
    current: BTreeSet<DefinitionHash>,
}

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
    pub(crate) kind: WorkflowKind,
    pub(crate) hash: DefinitionHash,
    /// As it is stored.
    stored: Arc<str>,
    pub(crate) source: Arc<StateMachine>,
    pub(crate) machine: Machine,
    /// By the state's name.
    tasks: BTreeMap<String, TaskStep>,
    /// By the state's name.
    nested: BTreeMap<String, NestedTask>,
    /// What its distributed Maps run, by the state's name.
    maps: BTreeMap<String, Arc<Program>>,
    /// What stands in the way of executions, by the state's name.
    pub(crate) lacks: BTreeMap<String, Lack>,
    /// New executions run on another definition.
    pub(crate) is_older: bool,
    /// What its Task states call and this program does not have.
    pub(crate) missing: BTreeSet<String>,
    /// Those of them that are integrations.
    pub(crate) no_stand_in: Vec<NoStandIn>,
    /// Those of them that are workflows.
    missing_workflows: BTreeSet<String>,
    /// What has to be masked of its executions; found out when it is asked for.
    pub(super) masking: OnceLock<Option<Box<Masking>>>,
}

/// The workflow that a Task state starts.
#[derive(Clone, Debug)]
pub(crate) struct NestedTask {
    pub(crate) workflow: Arc<str>,
    /// Whether the state waits for its end.
    pub(crate) waits: bool,
}

/// What Task states may call, by the names under which a `Resource` knows them.
#[derive(Clone, Copy)]
struct Callees<'a> {
    steps: &'a Steps,
    workflows: &'a Workflows,
    data_limits: DataLimits,
    /// Steps that are looked for last.
    spare: &'a [StepHandler],
    /// What the payloads were like when the definition was stored, where that is to be looked at.
    types: Option<&'a Schemas>,
}

/// Workflows by the name under which a `Resource` knows them.
type Workflows = HashMap<String, ChildWorkflow>;

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
        kept: &[StepHandler],
        data: &DataMap,
        data_limits: DataLimits,
        seams: &Seams,
    ) -> Result<Self, StartError> {
        let mut registry =
            Self { all_steps: kept.to_vec(), stand_ins: stand_ins.to_vec(), data_limits, ..Self::default() };
        let mut needs = BTreeSet::new();
        for step in kept.iter().filter(|step| !seams.replaces(step.name)) {
            needs.extend(lacking_data(step, data));
        }
        let registrations = Registration::with_children(registrations);
        for Registration { workflow, .. } in &registrations {
            registry.workflows.insert(resource::function_key(workflow.name).into_owned(), *workflow);
            registry.all_steps.extend((workflow.steps)());
        }
        registry.sensitive_keys = masking::keys(registry.workflows.values());
        for Registration { definition, workflow: registered, implied } in registrations {
            let definition = definition.map_err(StartError::Definition)?;
            let workflow: Arc<str> = definition.name().into();
            let (steps, input) = ((registered.steps)(), (registered.input)());
            for step in steps.iter().chain(stand_ins).filter(|step| !seams.replaces(step.name)) {
                needs.extend(lacking_data(step, data));
            }
            let steps = Steps::new(steps, stand_ins, &definition);
            let types = Schemas::of(&registered).to_line();
            let callees =
                Callees { steps: &steps, workflows: &registry.workflows, spare: &[], types: None, data_limits };
            let texts = Texts { asl: &definition.compact_json(), types: Some(&types) };
            let mut program = Program::load(Arc::clone(&workflow), texts, definition.machine, callees)?;
            if registered.kind.is_express() {
                program.kind = WorkflowKind::Express;
                program.machine = program.machine.express();
            }
            if let Some(missing) = program.no_stand_in.first() {
                return Err(StartError::NoStandIn { workflow: workflow.to_string(), task: missing.clone() });
            }
            if !program.missing_workflows.is_empty() {
                let children = program.missing_workflows.iter().cloned().collect();
                return Err(StartError::WorkflowsNotRegistered { workflow: workflow.to_string(), children });
            }
            if !program.missing.is_empty() {
                let steps = program.missing.iter().cloned().collect();
                return Err(StartError::StepsNotRegistered { workflow: workflow.to_string(), steps });
            }
            registry.current.extend(program.definitions().into_iter().map(|(hash, _)| hash));
            let registered = Registered { program: Arc::new(program), input, steps };
            if registry.by_name.insert(Arc::clone(&workflow), registered).is_some() {
                let workflow = workflow.to_string();
                return Err(if implied {
                    StartError::TwoWorkflowsOfOneName { workflow }
                } else {
                    StartError::DuplicateWorkflow { workflow }
                });
            }
        }
        if needs.is_empty() {
            Ok(registry)
        } else {
            Err(StartError::MissingData { needs: needs.into_iter().collect() })
        }
    }

    pub(crate) fn get(&self, workflow: &str) -> Option<&Registered> {
        self.by_name.get(workflow)
    }

    /// A workflow of this program, by its name.
    pub(super) fn workflow(&self, name: &str) -> Option<&ChildWorkflow> {
        self.workflows.get(resource::function_key(name).as_ref()).filter(|workflow| workflow.name == name)
    }

    /// The keys of sensitive fields, of all workflows.
    pub(super) fn sensitive_keys(&self) -> &Secrets {
        &self.sensitive_keys
    }

    /// Whether some workflow has sensitive fields.
    pub(super) fn has_secrets(&self) -> bool {
        !self.sensitive_keys.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Registered)> {
        self.by_name.iter()
    }

    pub(crate) fn names(&self) -> String {
        let names: Vec<_> = self.by_name.keys().map(|name| format!("`{name}`")).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }

    /// A stored definition, with the steps that this program has for that workflow.
    pub(crate) fn load(&self, workflow: &str, hash: DefinitionHash, stored: &str) -> Result<Program, StartError> {
        let unreadable = |reason: String| StartError::StoredDefinition { workflow: workflow.to_owned(), reason };
        let texts = Texts::of(stored);
        let types = texts.types.map(Schemas::parse).transpose().map_err(unreadable)?;
        let machine: StateMachine = serde_json::from_str(texts.asl).map_err(|error| unreadable(error.to_string()))?;
        let none = Steps::shared(&self.stand_ins);
        // A distributed Map's children have the steps of their parent: `PARENT/LABEL`.
        let parent = workflow.split('/').next().unwrap_or(workflow);
        let (name, steps) = match self.by_name.get_key_value(parent) {
            Some((name, registered)) if parent == workflow => (Arc::clone(name), &registered.steps),
            Some((_, registered)) => (workflow.into(), &registered.steps),
            None => (workflow.into(), &none),
        };
        let is_older = !self.current.contains(&hash);
        let compared = if is_older { types.as_ref() } else { None };
        let callees = Callees {
            steps,
            workflows: &self.workflows,
            spare: &self.all_steps,
            types: compared,
            data_limits: self.data_limits,
        };
        let program = Program::load(name, texts, Arc::new(machine), callees)?;
        Ok(Program { hash, is_older, ..program })
    }
}

/// What a step takes and was not given.
fn lacking_data(step: &StepHandler, data: &DataMap) -> Vec<(&'static str, &'static str)> {
    let absent = (step.data)().into_iter().filter(|need| !data.holds(need.type_id));
    absent.map(|need| (step.name, need.type_name)).collect()
}

impl Program {
    fn load(
        workflow: Arc<str>,
        texts: Texts<'_>,
        source: Arc<StateMachine>,
        callees: Callees<'_>,
    ) -> Result<Self, StartError> {
        let machine = Machine::compile(&source)
            .map_err(|faults| StartError::Machine { workflow: workflow.to_string(), faults })?
            .with_data_limits(callees.data_limits);
        let maps = maps(&workflow, &source.states, texts.types, callees)?;
        let mut bound = Bound::default();
        bound.all(&source.states, texts.asl, callees);
        let stored: Arc<str> = texts.join().into();
        let Bound { tasks, nested, lacks, missing, no_stand_in, missing_workflows } = bound;
        Ok(Self {
            workflow,
            // What is stored is Standard.
            kind: WorkflowKind::Standard,
            hash: finish::hash(&stored),
            stored,
            source,
            machine,
            tasks,
            nested,
            maps,
            lacks,
            is_older: false,
            missing,
            no_stand_in,
            missing_workflows,
            masking: OnceLock::new(),
        })
    }

    /// The step behind a Task state.
    pub(crate) fn task(&self, state: &str) -> Option<&TaskStep> {
        self.tasks.get(state)
    }

    /// Every step, by the state that calls it.
    pub(super) fn steps(&self) -> impl Iterator<Item = (&str, &TaskStep)> {
        self.tasks.iter().map(|(state, step)| (state.as_str(), step))
    }

    /// What a distributed Map runs.
    pub(crate) fn map(&self, state: &str) -> Option<&Arc<Program>> {
        self.maps.get(state)
    }

    /// Its ASL.
    pub(crate) fn asl(&self) -> &str {
        Texts::of(&self.stored).asl
    }

    /// The texts that its executions, and those of its distributed Maps, are run on.
    pub(crate) fn definitions(&self) -> Vec<(DefinitionHash, Arc<str>)> {
        let mut all = Vec::new();
        if !self.kind.is_express() {
            all.push((self.hash, Arc::clone(&self.stored)));
        }
        all.extend(self.maps.values().flat_map(|map| map.definitions()));
        all
    }

    /// The workflow that a Task state starts.
    /// Whether its executions may start others.
    pub(crate) fn has_children(&self) -> bool {
        !self.nested.is_empty() || self.maps.values().any(|children| !children.kind.is_express())
    }

    pub(crate) fn nested(&self, state: &str) -> Option<&NestedTask> {
        self.nested.get(state)
    }
}

/// The processors of distributed Maps as machines of their own, wherever they stand.
fn maps(
    workflow: &Arc<str>,
    states: &IndexMap<String, State>,
    types: Option<&str>,
    callees: Callees<'_>,
) -> Result<BTreeMap<String, Arc<Program>>, StartError> {
    let mut found = BTreeMap::new();
    for (name, state) in states {
        if let State::Map(map) = state
            && map.item_processor.is_distributed()
        {
            found.insert(name.clone(), Arc::new(Program::of_map((workflow, name), map, types, callees)?));
            continue;
        }
        for branch in state.branches() {
            found.extend(maps(workflow, &branch.states, types, callees)?);
        }
    }
    Ok(found)
}

impl Program {
    /// What a distributed Map runs for each item: `WORKFLOW/LABEL`.
    fn of_map(
        (workflow, state): (&Arc<str>, &str),
        map: &Map,
        types: Option<&str>,
        callees: Callees<'_>,
    ) -> Result<Self, StartError> {
        let processor = &map.item_processor;
        let source = StateMachine {
            comment: processor.comment.clone(),
            query_language: Some("JSONata".to_owned()),
            version: None,
            start_at: processor.start_at.clone(),
            timeout_seconds: None,
            states: processor.states.clone(),
        };
        let definition = Definition::new("", source);
        // A distributed Map within one belongs to the same machine.
        let machine = workflow.split('/').next().unwrap_or(workflow);
        let name: Arc<str> = format!("{machine}/{}", map.run_label(state)).into();
        let texts = Texts { asl: &definition.compact_json(), types };
        let program = Self::load(name, texts, definition.machine, callees)?;
        if !processor.is_express() {
            return Ok(program);
        }
        Ok(Self { kind: WorkflowKind::Express, machine: program.machine.express(), ..program })
    }
}

/// What each Task calls, found or missing.
#[derive(Default)]
struct Bound {
    tasks: BTreeMap<String, TaskStep>,
    nested: BTreeMap<String, NestedTask>,
    lacks: BTreeMap<String, Lack>,
    missing: BTreeSet<String>,
    no_stand_in: Vec<NoStandIn>,
    missing_workflows: BTreeSet<String>,
}

impl Bound {
    /// Finds what each Task calls, also inside of branches. `text` is the whole definition.
    fn all(&mut self, states: &IndexMap<String, State>, text: &str, callees: Callees<'_>) {
        for (name, state) in states {
            if let State::Task(task) = state {
                self.task(name, task, text, callees);
            }
            for branch in state.branches() {
                self.all(&branch.states, text, callees);
            }
        }
    }

    fn task(&mut self, name: &str, task: &Task, text: &str, callees: Callees<'_>) {
        let execution = resource::parse_execution(&task.resource, task.arguments.as_ref());
        if let Some(call) = &execution
            && let Some(workflow) = callees.workflows.get(call.workflow)
            && !callees.steps.stands_in(name)
        {
            if let Some(fault) = callees.types.and_then(|types| finish::call_fault(types, workflow, call.waits, text)) {
                self.lacks.insert(name.to_owned(), fault);
            }
            let nested = NestedTask { workflow: workflow.name.into(), waits: call.waits };
            self.nested.insert(name.to_owned(), nested);
            return;
        }
        match (callees.steps.of(name, task, callees.spare), execution) {
            (Ok(step), _) => {
                if let Some(fault) = callees.types.and_then(|types| finish::step_fault(types, &step.handler, text)) {
                    self.lacks.insert(name.to_owned(), fault);
                }
                self.tasks.insert(name.to_owned(), step);
            }
            (Err(_), Some(call)) => {
                self.lacks.insert(name.to_owned(), Lack::workflow(call.workflow));
                self.missing.insert(format!("workflow {}", call.workflow));
                self.missing_workflows.insert(call.workflow.to_owned());
            }
            (Err(absent), None) => {
                self.lacks.insert(name.to_owned(), Lack::step(&absent.called, absent.no_stand_in.is_some()));
                self.missing.insert(absent.called);
                self.no_stand_in.extend(absent.no_stand_in);
            }
        }
    }
}
