//! What a test has been told, without types: shared by all its runs.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use super::reply::{AnswerPlan, ReplyPlan};
use crate::asl::resource;
use crate::blob::{BlobError, BlobReference, BlobStore, NewBlob};
use crate::nested::ChildWorkflow;
use crate::payload::Payload;
use crate::runtime::Reply;
use crate::step::{BoxFuture, DataMap, ErrorOutput, ErrorShape, StepContext, StepHandler, StepSpec};
use crate::time::Timestamp;
use crate::workflow::{Definition, DefinitionError, Workflow};

/// What stands in for a step or a workflow.
#[derive(Clone)]
pub(crate) enum Mock {
    /// A closure.
    Call(Arc<dyn Fn(StepContext, Arc<Value>) -> Reply + Send + Sync>),
    /// One reply for each attempt, in order.
    Script(Arc<[ReplyPlan]>),
    /// The same for each.
    Always(ReplyPlan),
}

/// What somebody with a token says.
#[derive(Clone)]
pub(crate) enum Answers {
    /// To every token.
    Always(AnswerPlan),
    /// To one token after the other.
    Each(Arc<[AnswerPlan]>),
    /// It depends on what the step was given.
    Call(Arc<dyn Fn(&Value) -> AnswerPlan + Send + Sync>),
}

/// Where a step's `Data<T>` comes from.
#[derive(Clone)]
pub(crate) enum DataSource {
    /// One value for all runs, put there by this.
    Shared(DataMap),
    /// A new one for each run.
    Fresh(Arc<dyn Fn(&mut DataMap) + Send + Sync>),
}

/// Everything that a test has been told.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) root: ChildWorkflow,
    pub(crate) name: String,
    pub(crate) seed: u64,
    pub(crate) start: Timestamp,
    /// By the step's name.
    pub(crate) mocks: HashMap<&'static str, Mock>,
    /// By the workflow's name.
    pub(crate) workflows: HashMap<&'static str, Mock>,
    /// By the step's name.
    pub(crate) answers: HashMap<&'static str, Answers>,
    pub(crate) data: Vec<DataSource>,
    /// Mocked workflows, and others that are registered.
    pub(crate) registered: Vec<ChildWorkflow>,
    pub(crate) stand_ins: Vec<StepHandler>,
    pub(crate) buckets: Vec<(String, PathBuf)>,
    pub(crate) blobs: Option<Arc<dyn BlobStore>>,
    pub(crate) only_mocks: bool,
    pub(crate) real_time: bool,
    pub(crate) payload_margin: Option<f64>,
    /// By the error's name on the wire.
    pub(crate) samples: HashMap<String, ErrorOutput>,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan").field("workflow", &self.root.name).field("seed", &self.seed).finish_non_exhaustive()
    }
}

/// 2026-01-01T00:00:00Z: when tests begin that do not say it.
const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

impl Plan {
    pub(crate) fn of<W: Workflow>() -> Self {
        Self {
            root: ChildWorkflow::of::<W>(),
            name: "test".to_owned(),
            seed: 1,
            start: START,
            mocks: HashMap::new(),
            workflows: HashMap::new(),
            answers: HashMap::new(),
            data: Vec::new(),
            registered: Vec::new(),
            stand_ins: Vec::new(),
            buckets: Vec::new(),
            blobs: None,
            only_mocks: false,
            real_time: false,
            payload_margin: None,
            samples: HashMap::new(),
        }
    }

    /// What steps take in one run.
    pub(crate) fn data(&self) -> DataMap {
        let mut all = DataMap::default();
        for source in &self.data {
            match source {
                DataSource::Shared(map) => all.extend(map),
                DataSource::Fresh(put) => put(&mut all),
            }
        }
        all
    }

    /// Every workflow of the program: the tested one first.
    pub(crate) fn family(&self) -> Vec<ChildWorkflow> {
        let mut family = vec![self.root];
        family.extend(self.registered.iter().copied().filter(|it| !it.is_same(&self.root)));
        for child in family.clone().into_iter().flat_map(ChildWorkflow::family) {
            if !family.iter().any(|known| known.is_same(&child)) {
                family.push(child);
            }
        }
        family
    }
}

/// Blobs that outlast the runs of a test: what an input or a mock names may be named by no execution for a long time.
#[derive(Debug)]
pub(crate) struct Kept(pub(crate) Arc<dyn BlobStore>);

impl BlobStore for Kept {
    fn put(&self, blob: NewBlob) -> BoxFuture<'_, Result<Option<String>, BlobError>> {
        self.0.put(blob)
    }

    fn get<'a>(&'a self, blob: &'a BlobReference) -> BoxFuture<'a, Result<Vec<u8>, BlobError>> {
        self.0.get(blob)
    }
}

/// A workflow that is one task: its mock.
pub(crate) fn mocked<W: Workflow>() -> ChildWorkflow {
    ChildWorkflow {
        definition: mocked_definition::<W>,
        steps: mocked_steps::<W>,
        children: Vec::new,
        ..ChildWorkflow::of::<W>()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one shape for all definitions")]
fn mocked_definition<W: Workflow>() -> Result<Definition, DefinitionError> {
    let state: String = W::NAME.chars().take(80).collect();
    let machine = json!({
        "Comment": "Mocked by a test.",
        "QueryLanguage": "JSONata",
        "StartAt": state,
        "States": { (&*state): { "Type": "Task", "Resource": resource::function_placeholder(W::NAME), "End": true } },
    });
    match serde_json::from_value(machine) {
        Ok(machine) => Ok(Definition::new(W::NAME, machine).with_kind(W::KIND)),
        Err(error) => unreachable!("a machine of one task: {error}"),
    }
}

fn mocked_steps<W: Workflow>() -> Vec<StepHandler> {
    vec![StepHandler {
        name: W::NAME,
        spec: mocked_spec::<W>,
        call: |_, _| Box::pin(async { Err(ErrorOutput::undeclared("a mocked workflow was run")) }),
        data: Vec::new,
    }]
}

fn mocked_spec<W: Workflow>() -> StepSpec {
    StepSpec {
        name: W::NAME,
        ident: W::NAME,
        doc: "",
        params: Vec::new(),
        output: W::Output::ty(),
        error: ErrorShape { name: "WorkflowError", variants: Vec::new(), ty: crate::payload::Type::Json },
        token: None,
        timeout_seconds: 60,
        heartbeat_seconds: None,
        retry: &[],
        resource: None,
        child: None,
    }
}
