//! What a change of a workflow means: for executions that are running, for what has been recorded, for whoever calls it.
//!
//! Two versions are two pairs of state machine and [`Schemas`]. They are compared by meaning: the order of keys and the texts for
//! people are no change. Pure.

mod atom;
mod bounds;
mod machine;
mod parameters;
mod payloads;
pub mod schema;
mod schemas;
mod states;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub(crate) use payloads::{misfit, read_output};
pub(crate) use schemas::step_types;
pub use schemas::{CallTypes, Parts, Schemas, StepTypes};

use crate::asl::StateMachine;

/// A version of a workflow.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    /// What is run.
    pub machine: &'a StateMachine,
    /// What travels.
    pub schemas: &'a Schemas,
    /// What else the program has: steps that are kept for older executions, and its other workflows.
    pub kept: Option<&'a Schemas>,
}

/// A change, and for whom it is safe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is about: "state `Ship`", "step `Charge`", "input".
    pub at: String,
    /// What became of it.
    pub what: String,
    /// For executions that are running.
    pub running: Verdict,
    /// For payloads that have been recorded.
    pub recorded: Verdict,
    /// For whoever starts the workflow, waits for its result or answers its tasks.
    pub callers: Verdict,
}

/// Whether a change is safe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether it is.
    pub safe: bool,
    /// Why, or why not.
    pub reason: String,
    /// What to do; nothing where it is safe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Verdict {
    fn safe(reason: impl Into<String>) -> Self {
        Self { safe: true, reason: reason.into(), remedy: None }
    }

    fn not(reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { safe: false, reason: reason.into(), remedy: Some(remedy.into()) }
    }
}

/// Why a machine's change is safe for what is running.
const OWN_DEFINITION: &str = "an execution finishes on the definition that it started with";
/// Why a change is safe for what was recorded.
const NOT_READ: &str = "nothing recorded is read otherwise";
/// Why a change is safe for callers.
const SAME_FACE: &str = "what the workflow takes, yields and fails with is the same";

impl Change {
    /// A change that only a new execution meets.
    fn new(at: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            what: what.into(),
            running: Verdict::safe(OWN_DEFINITION),
            recorded: Verdict::safe(NOT_READ),
            callers: Verdict::safe(SAME_FACE),
        }
    }

    fn running(self, running: Verdict) -> Self {
        Self { running, ..self }
    }

    fn recorded(self, recorded: Verdict) -> Self {
        Self { recorded, ..self }
    }

    fn callers(self, callers: Verdict) -> Self {
        Self { callers, ..self }
    }

    /// Whether it is safe for everybody.
    pub fn is_safe(&self) -> bool {
        self.verdicts().iter().all(|(_, verdict)| verdict.safe)
    }

    /// Each with the word for whom it is meant.
    pub fn verdicts(&self) -> [(&'static str, &Verdict); 3] {
        [("running executions", &self.running), ("recorded payloads", &self.recorded), ("callers", &self.callers)]
    }
}

/// Every change from the old version to the new one, those that are not safe first.
pub fn compare(old: Version<'_>, new: Version<'_>) -> Vec<Change> {
    let mut changes = machine::changes(old, new);
    changes.extend(payloads::changes(old, new));
    // The sort is stable: within each part the order of the definition stays.
    changes.sort_by_key(Change::is_safe);
    changes
}

/// A committed workflow that the program does not have any more, beside what the program can still call.
pub fn removed(old: Version<'_>, program: &Schemas) -> Change {
    let name = &old.schemas.workflow;
    let renamed = format!("if it has another name now, keep the old one: `#[workflow(name = \"{name}\")]`");
    let calls = payloads::calls(old, Version { machine: old.machine, schemas: program, kept: None });
    let lost: Vec<String> = calls
        .iter()
        .filter(|change| !change.running.safe)
        .map(|change| format!("{}: {}", change.at, change.what))
        .collect();
    let running = if lost.is_empty() {
        Verdict::safe("the program has all that they call, and they finish on the definition that they started with")
    } else {
        let reason = format!("this program cannot finish them ({})", lost.join("; "));
        Verdict::not(reason, format!("keep it registered until its executions have ended; {renamed}"))
    };
    Change::new(format!("workflow `{name}`"), "removed")
        .running(running)
        .recorded(Verdict::safe("what has ended can be looked at by whoever knows the workflow"))
        .callers(Verdict::not(
            "nobody can start it any more",
            format!("keep it registered while it is called; {renamed}"),
        ))
}
