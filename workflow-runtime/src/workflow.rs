//! [`Workflow`]: the Rust item that compiles to a state machine, and its [`Definition`].

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use sha2::{Digest as _, Sha256};

use crate::asl::{self, StateMachine, Target};
use crate::lower::{self, LowerError, ir};
use crate::nested::{ChildWorkflow, WorkflowKind};
use crate::payload::Payload;
use crate::step::{ErrorShape, StepHandler};
use crate::store::DefinitionHash;

/// A workflow. Implemented by `workflow!` and `#[workflow]` on the type of the function's name in UpperCamelCase.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a workflow",
    label = "not a workflow",
    note = "a step is called: `{Self}(..).await?`; only a workflow can be started with `spawn(..)` or given to a runtime"
)]
pub trait Workflow: Send + Sync + 'static {
    /// What an execution is started with.
    type Input: Payload;
    /// What it yields.
    type Output: Payload;
    /// The state machine's name.
    const NAME: &'static str;
    /// How it runs: Standard unless `#[workflow(express)]` says otherwise.
    const KIND: WorkflowKind = WorkflowKind::Standard;
    /// The program as the macro emitted it.
    #[doc(hidden)]
    fn program() -> &'static ir::Program;
    /// Every step that it calls.
    #[doc(hidden)]
    fn steps() -> Vec<StepHandler>;
    /// Every workflow that it calls.
    #[doc(hidden)]
    fn children() -> Vec<ChildWorkflow> {
        Vec::new()
    }

    /// How it fails: what `#[workflow(error = ..)]` names.
    #[doc(hidden)]
    fn errors() -> ErrorShape {
        crate::step::WorkflowError::shape()
    }

    /// The state machine.
    ///
    /// # Panics
    /// Where [`try_definition`](Self::try_definition) fails. The test that the macro generates finds it.
    fn definition() -> Definition {
        match Self::try_definition() {
            Ok(definition) => definition,
            Err(error) => panic!("{error}"),
        }
    }

    /// The state machine. It is made once, and then kept as long as the program runs.
    ///
    /// # Errors
    /// What only the types' descriptors could tell: see `docs/errors/WF13xx.md`.
    fn try_definition() -> Result<Definition, DefinitionError> {
        let make = || Definition::of(Self::program(), (Self::NAME, Self::KIND));
        Self::kept().map_or_else(make, |kept| kept.0.get_or_init(make).clone())
    }

    /// Where it is kept.
    #[doc(hidden)]
    fn kept() -> Option<&'static Kept> {
        None
    }
}

/// What a workflow's definition is, once it has been asked for.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Kept(OnceLock<Result<Definition, DefinitionError>>);

impl Kept {
    /// Not known yet.
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }
}

/// A named state machine, the program that is run and exported.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    pub(crate) name: String,
    pub(crate) kind: WorkflowKind,
    pub(crate) machine: Arc<StateMachine>,
    /// The functions that stand in for integrations here, by state.
    pub(crate) stand_ins: BTreeMap<String, &'static str>,
    /// How often loops go back to these states, where the program's literals tell.
    pub(crate) rounds: BTreeMap<String, u64>,
    /// Promises of `#[workflow(..)]` that the machine does not keep.
    pub(crate) overruns: Vec<LowerError>,
    pub(crate) notes: Vec<String>,
}

impl Definition {
    /// Of a program, lowered.
    fn of(program: &ir::Program, (name, kind): (&'static str, WorkflowKind)) -> Result<Self, DefinitionError> {
        let lowered = lower::lower_whole(program).map_err(|faults| DefinitionError { workflow: name, faults })?;
        let lower::Lowered { machine, stand_ins, rounds, overruns, notes } = lowered;
        Ok(Self { name: name.to_owned(), kind, machine: Arc::new(machine), stand_ins, rounds, overruns, notes })
    }

    /// A Standard machine that was written or imported as ASL, under a name.
    pub fn new(name: impl Into<String>, machine: StateMachine) -> Self {
        Self {
            name: name.into(),
            kind: WorkflowKind::Standard,
            machine: Arc::new(machine),
            stand_ins: BTreeMap::new(),
            rounds: BTreeMap::new(),
            overruns: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The same machine, of this kind.
    #[must_use]
    pub fn with_kind(self, kind: WorkflowKind) -> Self {
        Self { kind, ..self }
    }

    /// How it runs. ASL does not say it: a deployment passes it to `CreateStateMachine` as `type`.
    pub fn kind(&self) -> WorkflowKind {
        self.kind
    }

    /// The state machine's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is worth knowing of the machine although nothing is wrong: how many rounds of a loop fit into the events that
    /// one execution may make.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What `#[workflow(timeout = "..", max_transitions = n)]` promises and the machine does not keep; `check` fails on it.
    pub fn overruns(&self) -> &[LowerError] {
        &self.overruns
    }

    /// The machine itself.
    pub fn state_machine(&self) -> &StateMachine {
        &self.machine
    }

    /// ASL as text, two blanks a level, for AWS Lambda functions.
    pub fn to_asl_json(&self) -> String {
        self.to_asl_json_for(Target::Lambda)
    }

    /// ASL as text for whatever runs the steps.
    pub fn to_asl_json_for(&self, target: Target) -> String {
        // A machine has only string keys and finite numbers, so it always has JSON.
        serde_json::to_string_pretty(&asl::for_target(&self.machine, target)).unwrap_or_default()
    }

    /// The state machine as a Mermaid flowchart.
    pub fn to_mermaid(&self) -> String {
        asl::to_mermaid(&self.machine)
    }

    /// The state machine as a Graphviz digraph.
    pub fn to_dot(&self) -> String {
        asl::to_dot(&self.machine, &self.name)
    }

    /// The state machine as an SVG document.
    pub fn to_svg(&self) -> String {
        asl::to_svg(&self.machine, &self.name)
    }

    /// The text that executions are run on: ASL without blanks. A store keeps it with a description of the payloads.
    pub fn compact_json(&self) -> String {
        serde_json::to_string(&self.machine).unwrap_or_default()
    }

    /// SHA-256 of [`compact_json`](Self::compact_json).
    pub fn hash(&self) -> DefinitionHash {
        DefinitionHash(Sha256::digest(self.compact_json().as_bytes()).into())
    }
}

/// Why a workflow has no definition; every fault at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionError {
    /// The workflow's name.
    pub workflow: &'static str,
    /// In source order.
    pub faults: Vec<LowerError>,
}

impl std::error::Error for DefinitionError {}

impl std::fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "workflow `{}` has no exact state machine", self.workflow)?;
        for fault in &self.faults {
            write!(f, "\n{fault}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_has_texts_pictures_and_a_hash_of_what_is_run() {
        let text = r#"{"QueryLanguage":"JSONata","StartAt":"Ship","States":{"Ship":{"Type":"Task","Resource":"${ShipFunctionArn}","End":true}}}"#;
        let machine = asl::parse(text).expect("a machine");
        let definition = Definition::new("Flow", machine);
        assert_eq!(definition.compact_json(), text);
        assert_eq!(definition.hash().0, <[u8; 32]>::from(Sha256::digest(text)));
        assert!(definition.to_asl_json().contains("${ShipFunctionArn}"));
        assert!(definition.to_asl_json_for(Target::Activity).contains("${ShipActivityArn}"));
        assert!(definition.to_mermaid().contains("Ship"));
        assert!(definition.to_dot().starts_with("digraph \"Flow\""));
        assert!(definition.to_svg().contains("<title>Flow</title>"));
    }
}
