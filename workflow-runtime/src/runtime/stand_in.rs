//! Which step runs a Task here: the function that its `Resource` names, or what stands in for an integration.

use std::collections::{BTreeMap, HashMap};

use super::error::NoStandIn;
use super::registry::TaskStep;
use crate::asl::Task;
use crate::asl::resource::{self, CallKind};
use crate::step::StepHandler;
use crate::workflow::Definition;

/// The steps of a workflow, by all that a Task may know of them.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    /// By the name under which a `Resource` knows them.
    functions: HashMap<String, StepHandler>,
    /// Stand-ins by the state that was compiled from their call.
    states: BTreeMap<String, StepHandler>,
    /// Stand-ins by resource: the workflow's own.
    own: Vec<(&'static str, StepHandler)>,
    /// Those that were given to the program for everybody.
    shared: Vec<(&'static str, StepHandler)>,
}

/// A Task that nothing here runs.
pub(crate) struct Absent {
    /// The function or resource.
    pub(crate) called: String,
    pub(crate) no_stand_in: Option<NoStandIn>,
}

impl Steps {
    pub(crate) fn new(steps: Vec<StepHandler>, shared: &[StepHandler], definition: &Definition) -> Self {
        let mut this = Self::default();
        for step in steps {
            match (step.spec)().resource {
                None => drop(this.functions.insert(resource::function_key(step.name).into_owned(), step)),
                Some(called) => {
                    let states = definition.stand_ins.iter().filter(|(_, function)| **function == step.name);
                    this.states.extend(states.map(|(state, _)| (state.clone(), step)));
                    this.own.push((called, step));
                }
            }
        }
        this.shared.extend(shared.iter().filter_map(|step| Some(((step.spec)().resource?, *step))));
        this
    }

    /// Only those that were given to the program for everybody.
    pub(crate) fn shared(steps: &[StepHandler]) -> Self {
        let shared = steps.iter().filter_map(|step| Some(((step.spec)().resource?, *step))).collect();
        Self { shared, ..Self::default() }
    }

    /// Whether the state was compiled from a stand-in's call.
    pub(crate) fn stands_in(&self, state: &str) -> bool {
        self.states.contains_key(state)
    }

    /// The step of a Task; `spare` ones where the workflow has none.
    pub(crate) fn of(&self, state: &str, task: &Task, spare: &[StepHandler]) -> Result<TaskStep, Absent> {
        let whole =
            |handler: StepHandler| TaskStep { handler, output: (handler.spec)().output, kind: CallKind::Function };
        // The state of an older definition may bear the name and call something else.
        let known = self.states.get(state).filter(|step| (step.spec)().resource == Some(&*task.resource));
        if let Some(handler) = known {
            return Ok(whole(*handler));
        }
        let call = resource::parse(&task.resource, task.arguments.as_ref());
        if let Some(call) = &call
            && let Some(handler) = self.functions.get(call.function).copied()
        {
            return Ok(TaskStep { handler, output: (handler.spec)().output, kind: call.kind });
        }
        let named = |step: &&StepHandler| {
            let call = call.as_ref().filter(|_| (step.spec)().resource.is_none());
            call.is_some_and(|call| resource::function_key(step.name) == call.function)
        };
        if let (Some(call), Some(handler)) = (&call, spare.iter().find(named)) {
            return Ok(TaskStep { handler: *handler, output: (handler.spec)().output, kind: call.kind });
        }
        let mut candidates: Vec<StepHandler> = standing_in(&self.own, &task.resource);
        if candidates.is_empty() {
            candidates = standing_in(&self.shared, &task.resource);
        }
        if candidates.is_empty() {
            let kept = spare.iter().filter_map(|step| Some(((step.spec)().resource?, *step)));
            candidates = standing_in(&kept.collect::<Vec<_>>(), &task.resource);
        }
        if let [only] = candidates.as_slice() {
            return Ok(whole(*only));
        }
        let candidates: Vec<String> = candidates.iter().map(|step| (step.spec)().ident.to_owned()).collect();
        let called = call.map_or_else(|| task.resource.clone(), |call| call.function.to_owned());
        // A substitution names a function of the program's own.
        let integration = !task.resource.starts_with("${");
        let no_stand_in =
            integration.then(|| NoStandIn { state: state.to_owned(), resource: task.resource.clone(), candidates });
        Err(Absent { called, no_stand_in })
    }
}

fn standing_in(steps: &[(&'static str, StepHandler)], resource: &str) -> Vec<StepHandler> {
    let mut found: Vec<StepHandler> = Vec::new();
    for (called, step) in steps {
        if *called == resource && !found.iter().any(|known| known.name == step.name) {
            found.push(*step);
        }
    }
    found
}
