//! How a runtime fails to start, and how an execution fails for whoever waits for it.

use std::sync::Arc;

use crate::control::ClientError;
use crate::engine::{ExecutionStatus, MachineError};
use crate::step::{ErrorOutput, StepError};
use crate::store::StoreError;
use crate::workflow::DefinitionError;

/// Why a runtime did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// No store was given, and the default one is not compiled in.
    #[error("no store was given: call `.store(..)`, or enable the feature `sled` for the default one [WF2101]")]
    NoStore,
    /// Two workflows of one name.
    #[error("workflow `{workflow}` is registered twice: names are unique within a program [WF2102]")]
    DuplicateWorkflow {
        /// Its name.
        workflow: String,
    },
    /// Steps take data that the program did not give.
    #[error("{} [WF2103]", missing_data(needs))]
    MissingData {
        /// Step and type, each as the source spells it.
        needs: Vec<(&'static str, &'static str)>,
    },
    /// A workflow's own definition names steps that its `steps()` lacks.
    #[error("workflow `{workflow}` calls {} that it does not bring [WF2104]", listed(steps))]
    StepsNotRegistered {
        /// Its name.
        workflow: String,
        /// Their functions.
        steps: Vec<String>,
    },
    /// A Task calls an integration that no step stands in for.
    #[error("{}", no_stand_in(workflow, task))]
    NoStandIn {
        /// The workflow's name.
        workflow: String,
        /// The state and what it calls.
        task: NoStandIn,
    },
    /// A workflow's definition starts workflows that this program does not have.
    #[error(
        "workflow `{workflow}` calls {} that this program does not have: register it with `.register::<..>()` [WF2120]",
        children_listed(children)
    )]
    WorkflowsNotRegistered {
        /// Its name.
        workflow: String,
        /// The missing ones' names.
        children: Vec<String>,
    },
    /// A workflow that is called bears the name of another one.
    #[error(
        "two workflows are called `{workflow}`, one of them by another workflow: give one of them another name, `#[workflow(name = \"..\")]` [WF2121]"
    )]
    TwoWorkflowsOfOneName {
        /// Their name.
        workflow: String,
    },
    /// There are executions that this program cannot finish.
    #[error("{}", unfinishable(executions))]
    Unfinishable {
        /// Which, and what each needs.
        executions: Vec<Unfinishable>,
    },
    /// A workflow has no definition.
    #[error(transparent)]
    Definition(DefinitionError),
    /// A definition cannot be run.
    #[error("workflow `{workflow}` cannot be run: {}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Machine {
        /// Its name.
        workflow: String,
        /// Everything at once.
        faults: Vec<MachineError>,
    },
    /// A stored definition is missing or no state machine.
    #[error("the stored definition of workflow `{workflow}` cannot be read: {reason} [WF2108]")]
    StoredDefinition {
        /// Its name.
        workflow: String,
        /// What is wrong.
        reason: String,
    },
    /// An execution's records cannot be read.
    #[error("execution `{name}` of workflow `{workflow}` cannot be recovered: {reason} [WF2109]")]
    Damaged {
        /// The workflow's name.
        workflow: String,
        /// The execution's name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The commit thread could not be started.
    #[error("the commit thread could not be started [WF2110]")]
    Thread(#[source] std::io::Error),
}

/// An execution that this program cannot finish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinishable {
    /// The workflow's name.
    pub workflow: String,
    /// The execution's name.
    pub name: String,
    /// The states that it stands at.
    pub standing: Vec<String>,
    /// What it needs to get on, in the order of the definition.
    pub needs: Vec<Need>,
}

impl Unfinishable {
    /// What it needs, in one line.
    pub fn reason(&self) -> String {
        let needs: Vec<String> = self.needs.iter().map(ToString::to_string).collect();
        needs.join("; ")
    }
}

/// Why an execution cannot get through a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The state's name.
    pub state: String,
    /// What it calls: the function of a step, a resource, or a workflow.
    pub called: String,
    /// What is wrong with it; absent where the program does not have it.
    pub fault: Option<String>,
    /// What to do.
    pub remedy: String,
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { state, called, fault, .. } = self;
        match fault {
            None => write!(f, "state `{state}` needs {called}, which this program does not have"),
            Some(fault) => write!(f, "state `{state}` calls {called}, and {fault}"),
        }
    }
}

/// A Task whose integration has no stand-in, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoStandIn {
    /// The state's name.
    pub state: String,
    /// What it calls.
    pub resource: String,
    /// Rust's names of the steps that would all do.
    pub candidates: Vec<String>,
}

fn no_stand_in(workflow: &str, task: &NoStandIn) -> String {
    let NoStandIn { state, resource, candidates } = task;
    if candidates.is_empty() {
        return format!(
            "state `{state}` of workflow `{workflow}` calls `{resource}`, which only AWS can do: write a step that stands in for \
             it here, `#[step(resource = \"{resource}\")]`, and give it with `.stand_in::<its_name>()` [WF2140]"
        );
    }
    format!(
        "state `{state}` of workflow `{workflow}` calls `{resource}`, and {} all stand in for it: call the one that is meant \
         instead of writing the state by hand [WF2141]",
        listed(candidates)
    )
}

fn missing_data(needs: &[(&str, &str)]) -> String {
    let lines: Vec<_> = needs.iter().map(|(step, ty)| format!("step `{step}` takes `Data<{ty}>`")).collect();
    format!("{}: give each with `.data(..)` before the start", lines.join(", "))
}

/// Executions that need the same are told together.
fn unfinishable(executions: &[Unfinishable]) -> String {
    const GROUPS: usize = 8;
    const NAMES: usize = 4;
    let mut groups: Vec<(&Unfinishable, Vec<String>)> = Vec::new();
    for it in executions {
        let standing: Vec<_> = it.standing.iter().map(|state| format!("`{state}`")).collect();
        let this = format!("`{}` (at {})", it.name, standing.join(", "));
        match groups.iter_mut().find(|(known, _)| known.workflow == it.workflow && known.needs == it.needs) {
            Some((_, names)) => names.push(this),
            None => groups.push((it, vec![this])),
        }
    }
    let missing = executions.iter().all(|it| it.needs.iter().all(|need| need.fault.is_none()));
    let code = if missing { "WF2105" } else { "WF2211" };
    let count = match executions.len() {
        1 => "an execution is running that this program cannot finish".to_owned(),
        more => format!("{more} executions are running that this program cannot finish"),
    };
    let mut text = format!("{count} [{code}]");
    for (it, names) in groups.iter().take(GROUPS) {
        let more = names.len().saturating_sub(NAMES);
        let mut shown = names.iter().take(NAMES).cloned().collect::<Vec<_>>().join(", ");
        if more > 0 {
            shown = format!("{shown} and {more} more");
        }
        text = format!("{text}\n  {shown} of workflow `{}`:", it.workflow);
        for need in &it.needs {
            text = format!("{text}\n    {need}\n      → {}", need.remedy);
        }
    }
    if groups.len() > GROUPS {
        text = format!("{text}\n  and {} more", groups.len() - GROUPS);
    }
    format!(
        "{text}\nhelp: or go on without them: `.park_unfinishable()`, on the command line `--park-unfinishable`; they stay parked, \
         `list` shows them, and a program that can finish them goes on with them"
    )
}

fn children_listed(children: &[String]) -> String {
    let word = if children.len() == 1 { "workflow" } else { "workflows" };
    format!("{word} {}", listed(children))
}

fn listed(steps: &[String]) -> String {
    let steps: Vec<_> = steps.iter().map(|step| format!("`{step}`")).collect();
    steps.join(", ")
}

/// Why an execution has no output.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutionError {
    /// It ended, but not well.
    #[error("execution `{name}` {}", ended(*status, output))]
    Ended {
        /// The execution's name.
        name: String,
        /// `Failed`, `TimedOut` or `Aborted`.
        status: ExecutionStatus,
        /// Error and cause.
        output: ErrorOutput,
    },
    /// Its output does not read as the workflow's `Output`: it ran on an older definition.
    #[error("the output of execution `{name}` does not read as the workflow's output type: {reason} [WF2111]")]
    Output {
        /// The execution's name.
        name: String,
        /// What serde said.
        reason: String,
    },
    /// The runtime was shut down or dropped; the execution goes on at its next start.
    #[error("the runtime was shut down while execution `{name}` was running; it goes on at the next start [WF2106]")]
    ShutDown {
        /// The execution's name.
        name: String,
    },
    /// The store failed; the execution goes on from what is durable at the next start.
    #[error("execution `{name}` stopped: the store failed; it goes on from what is durable at the next start [WF2107]")]
    Store {
        /// The execution's name.
        name: String,
        /// How.
        #[source]
        source: Arc<StoreError>,
    },
    /// The question could not be answered.
    #[error(transparent)]
    Client(#[from] ClientError),
}

fn ended(status: ExecutionStatus, output: &ErrorOutput) -> String {
    let verb = match status {
        ExecutionStatus::TimedOut => "timed out",
        ExecutionStatus::Aborted => "was stopped",
        _ => "failed",
    };
    match (&output.error, &output.cause) {
        (None, None) => verb.to_owned(),
        (Some(error), None) => format!("{verb}: {error}"),
        (error, Some(cause)) => format!(
            "{verb}: {}: {}",
            error.as_deref().unwrap_or("no error name"),
            output.message().as_deref().unwrap_or(cause)
        ),
    }
}

impl ExecutionError {
    /// How it ended, where it has ended.
    pub fn status(&self) -> Option<ExecutionStatus> {
        match self {
            Self::Ended { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The error's name, as a Catcher would see it.
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Ended { output, .. } => output.error.as_deref(),
            _ => None,
        }
    }

    /// The cause.
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Ended { output, .. } => output.cause.as_deref(),
            _ => None,
        }
    }

    /// The very value that the step returned, if it is one of `E`.
    pub fn downcast<E: StepError>(&self) -> Option<E> {
        match self {
            Self::Ended { output, .. } => output.decode::<E>(),
            _ => None,
        }
    }
}
