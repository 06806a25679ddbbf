//! Workflows that call workflows: what is known of the called one without its type.

use std::any::TypeId;

use crate::payload::{Payload, Type};
use crate::step::StepHandler;
use crate::workflow::{Definition, DefinitionError, Workflow};

/// How Step Functions runs a state machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WorkflowKind {
    /// Durable, for as long as a year; every transition happens once.
    #[default]
    Standard,
    /// In memory, for five minutes at most; may run more than once.
    Express,
}

impl WorkflowKind {
    /// AWS's word, as `CreateStateMachine` takes it for `type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Express => "EXPRESS",
        }
    }

    /// Whether it is [`Express`](Self::Express).
    pub const fn is_express(self) -> bool {
        matches!(self, Self::Express)
    }
}

impl std::fmt::Display for WorkflowKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A workflow that another one calls.
#[derive(Clone, Copy)]
pub struct ChildWorkflow {
    /// Its name.
    pub name: &'static str,
    /// How it runs.
    pub kind: WorkflowKind,
    /// Its type, so that it is known again.
    pub id: fn() -> TypeId,
    /// Its state machine.
    pub definition: fn() -> Result<Definition, DefinitionError>,
    /// What it is started with.
    pub input: fn() -> Type,
    /// Every step that it calls.
    pub steps: fn() -> Vec<StepHandler>,
    /// Every workflow that it calls.
    pub children: fn() -> Vec<ChildWorkflow>,
}

impl ChildWorkflow {
    /// Of this workflow.
    pub const fn of<W: Workflow>() -> Self {
        Self {
            name: W::NAME,
            kind: W::KIND,
            id: TypeId::of::<W>,
            definition: W::try_definition,
            input: <W::Input as Payload>::ty,
            steps: W::steps,
            children: W::children,
        }
    }

    /// Whether it is that very workflow.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.id)() == (other.id)()
    }

    /// Every workflow that is called from here on, directly or not, this one first; each once.
    pub fn family(self) -> Vec<Self> {
        let mut family = vec![self];
        let mut at = 0;
        while let Some(next) = family.get(at).copied() {
            at += 1;
            for child in (next.children)() {
                if !family.iter().any(|known| known.is_same(&child)) {
                    family.push(child);
                }
            }
        }
        family
    }
}

impl std::fmt::Debug for ChildWorkflow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChildWorkflow").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}
