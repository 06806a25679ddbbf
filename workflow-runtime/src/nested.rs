//! Workflows that call workflows: what is known of the called one without its type.

use std::any::TypeId;

use crate::payload::{Payload, Type};
use crate::step::{ChildCall, ErrorShape, Param, Step, StepError, StepHandler, StepSpec};
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
    /// Whether its caller waits for its end.
    pub waits: bool,
    /// Its type, so that it is known again.
    pub id: fn() -> TypeId,
    /// Its state machine.
    pub definition: fn() -> Result<Definition, DefinitionError>,
    /// What it is started with.
    pub input: fn() -> Type,
    /// What it yields.
    pub output: fn() -> Type,
    /// How it fails, where it says so.
    pub errors: fn() -> ErrorShape,
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
            waits: true,
            id: TypeId::of::<W>,
            definition: W::try_definition,
            input: <W::Input as Payload>::ty,
            output: <W::Output as Payload>::ty,
            errors: W::errors,
            steps: W::steps,
            children: W::children,
        }
    }

    /// The same, only started.
    #[must_use]
    pub const fn spawned(self) -> Self {
        Self { waits: false, ..self }
    }

    /// The way from here by calls that are waited for to the workflow of this name, both included; `None` where there is
    /// none.
    pub fn way_to(self, name: &str) -> Option<Vec<&'static str>> {
        // Each with the place of its caller.
        let mut seen: Vec<(Self, Option<usize>)> = vec![(self, None)];
        let mut at = 0;
        while let Some((next, _)) = seen.get(at).copied() {
            if next.name == name {
                let mut way = Vec::new();
                let mut back = Some(at);
                while let Some((workflow, caller)) = back.and_then(|place| seen.get(place)) {
                    way.push(workflow.name);
                    back = *caller;
                }
                way.reverse();
                return Some(way);
            }
            for child in (next.children)().into_iter().filter(|child| child.waits) {
                if !seen.iter().any(|(known, _)| known.is_same(&child)) {
                    seen.push((child, Some(at)));
                }
            }
            at += 1;
        }
        None
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

/// What a workflow calls: a step, or another workflow.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a step",
    label = "not a `#[step]` function",
    note = "put `#[step]` on the function, and import it by name: `use steps::{Self};` brings the function and its step"
)]
pub trait Callee: 'static {
    /// How it fails.
    type Error;
    /// Everything the definition needs to know.
    fn call_spec() -> StepSpec;
    /// Its errors as data.
    fn call_error() -> ErrorShape {
        Self::call_spec().error
    }
    /// The erased call of a step.
    fn step_handler() -> Option<StepHandler>;
    /// The workflow.
    fn child() -> Option<ChildWorkflow>;
}

impl<S: Step> Callee for S {
    type Error = S::Error;

    fn call_spec() -> StepSpec {
        S::spec()
    }

    fn call_error() -> ErrorShape {
        S::Error::shape()
    }

    fn step_handler() -> Option<StepHandler> {
        Some(S::handler())
    }

    fn child() -> Option<ChildWorkflow> {
        None
    }
}

/// A workflow as a step of another one.
#[doc(hidden)]
pub fn nested_spec<W: Workflow>(ident: &'static str, error: ErrorShape) -> StepSpec {
    let program = W::program();
    let input = program.input.as_ref().map(|input| Param { name: "input", ty: (input.ty)() });
    let declares_errors = !error.variants.is_empty();
    StepSpec {
        name: W::NAME,
        ident,
        doc: program.doc,
        params: input.into_iter().collect(),
        output: W::Output::ty(),
        error,
        token: None,
        timeout_seconds: 0,
        heartbeat_seconds: None,
        retry: &[],
        resource: None,
        child: Some(ChildCall { workflow: ChildWorkflow::of::<W>(), waits: true, declares_errors }),
    }
}

/// The same workflow, only started.
pub(crate) fn spawned(spec: StepSpec) -> StepSpec {
    let child = spec.child.map(|child| ChildCall { waits: false, declares_errors: false, ..child });
    let error = crate::step::NoError::shape();
    StepSpec { output: Type::String, error, child, ..spec }
}

/// Those that are there.
#[doc(hidden)]
pub fn present<T, const N: usize>(all: [Option<T>; N]) -> Vec<T> {
    all.into_iter().flatten().collect()
}

/// A step that waits for nothing but its own answer.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be called in an Express workflow",
    label = "waits for more than an answer of its own",
    note = "a callback step, a job (`.sync`) and the end of another workflow are waited for in Standard workflows only",
    note = "leave `express` out, or start the other workflow with `spawn(..)`"
)]
pub trait RunsInExpress {}

/// For the checked copy of an Express workflow.
#[doc(hidden)]
pub fn in_express<T: RunsInExpress>() {}

/// A workflow that runs in memory: `#[workflow(express)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a Standard workflow",
    label = "only an Express workflow is run while one waits",
    note = "write `#[workflow(express)]` on it, or use `start` and `result`"
)]
pub trait ExpressWorkflow: Workflow {}
