//! Scripted steps, machines as text, stores that fail.
#![expect(unreachable_pub, reason = "shared by the modules of one test program")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;
use workflow_runtime::payload::{Payload, Type};
use workflow_runtime::runtime::{Runtime, RuntimeBuilder};
use workflow_runtime::step::{DataNeed, ErrorOutput, ErrorShape, StepContext, StepReply, StepSpec, TaskToken};
use workflow_runtime::store::{
    Claim, Commit, DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, ListQuery, MemoryStore, PruneQuery, Pruned,
    Store, StoreError, StoreErrorKind, StoredExecution,
};
use workflow_runtime::time::Timestamp;

/// Any JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Doc(pub Value);

impl Payload for Doc {
    fn ty() -> Type {
        Type::Json
    }
}

/// A small integer, so that there is something to refuse.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Small(pub u8);

impl Payload for Small {
    fn ty() -> Type {
        Type::Integer { name: "u8", min: 0, max: 255 }
    }
}

/// What a scripted step is told.
#[derive(Clone)]
pub struct Call {
    pub context: StepContext,
    pub payload: Arc<Value>,
    pub number: usize,
}

impl Call {
    pub fn token(&self) -> TaskToken {
        self.context.token().cloned().expect("a callback step has a token")
    }
}

pub type Reply = Result<StepReply, ErrorOutput>;
type Script = Arc<dyn Fn(Call) -> BoxFuture<'static, Reply> + Send + Sync>;

/// A call that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    pub state: String,
    pub attempt: u32,
    pub key: String,
    /// Virtual milliseconds since the world began.
    pub at: u128,
}

/// What steps do and what they did.
#[derive(Clone)]
pub struct World(Arc<Inside>);

struct Inside {
    scripts: Mutex<HashMap<&'static str, Script>>,
    made: Mutex<Vec<Made>>,
    tokens: Mutex<Vec<TaskToken>>,
    began: Instant,
}

impl World {
    pub fn new() -> Self {
        Self(Arc::new(Inside {
            scripts: Mutex::default(),
            made: Mutex::default(),
            tokens: Mutex::default(),
            began: Instant::now(),
        }))
    }

    /// What the step of this state does; a state without a script answers its payload.
    pub fn on<F>(&self, state: &'static str, script: impl Fn(Call) -> F + Send + Sync + 'static) -> &Self
    where
        F: Future<Output = Reply> + Send + 'static,
    {
        self.0.scripts.lock().unwrap().insert(state, Arc::new(move |call| Box::pin(script(call))));
        self
    }

    pub fn made(&self) -> Vec<Made> {
        self.0.made.lock().unwrap().clone()
    }

    /// States in the order in which their steps were called.
    pub fn states(&self) -> Vec<String> {
        self.made().into_iter().map(|made| made.state).collect()
    }

    pub fn attempts(&self) -> Vec<u32> {
        self.made().into_iter().map(|made| made.attempt).collect()
    }

    pub fn times(&self) -> Vec<u128> {
        self.made().into_iter().map(|made| made.at).collect()
    }

    /// Virtual milliseconds since the world began.
    pub fn now(&self) -> u128 {
        self.0.began.elapsed().as_millis()
    }

    pub fn tokens(&self) -> Vec<TaskToken> {
        self.0.tokens.lock().unwrap().clone()
    }
}

/// What every step of these tests is.
pub fn call(context: StepContext, payload: Arc<Value>) -> BoxFuture<'static, Reply> {
    let world = (*context.data::<World>().expect("the world is given")).clone();
    let number = {
        let mut made = world.0.made.lock().unwrap();
        let at = world.now();
        let (state, key) = (context.state().to_owned(), context.idempotency_key().to_owned());
        made.push(Made { state, attempt: context.attempt(), key, at });
        made.iter().filter(|made| made.state == context.state()).count()
    };
    world.0.tokens.lock().unwrap().extend(context.token().cloned());
    let script = world.0.scripts.lock().unwrap().get(context.state()).cloned();
    match script {
        Some(script) => script(Call { context, payload, number }),
        None => Box::pin(async move { Ok(StepReply::Output((*payload).clone())) }),
    }
}

pub fn spec(name: &'static str, output: Type) -> StepSpec {
    StepSpec {
        name,
        ident: name,
        doc: "",
        params: Vec::new(),
        output,
        error: ErrorShape { name: "NoError", variants: Vec::new(), ty: Type::Unit },
        token: None,
        timeout_seconds: 60,
        heartbeat_seconds: None,
        retry: &[],
        resource: None,
        child: None,
    }
}

pub fn needs_world() -> Vec<DataNeed> {
    vec![DataNeed { type_id: std::any::TypeId::of::<World>(), type_name: "World" }]
}

/// `flow!(Name, Input => Output, "{ASL}", [Step: OutputType, ..])`
macro_rules! flow {
    ($flow:ident, $input:ty => $output:ty, $asl:expr, [$($step:ident: $ty:ty),* $(,)?]) => {
        pub(crate) struct $flow;

        impl workflow_runtime::Workflow for $flow {
            type Input = $input;
            type Output = $output;
            const NAME: &'static str = stringify!($flow);
            fn program() -> &'static workflow_runtime::lower::ir::Program {
                unreachable!("the definition is given as ASL")
            }
            fn steps() -> Vec<workflow_runtime::step::StepHandler> {
                vec![$(workflow_runtime::step::StepHandler {
                    name: stringify!($step),
                    spec: || $crate::support::spec(
                        stringify!($step),
                        <$ty as workflow_runtime::payload::Payload>::ty(),
                    ),
                    call: $crate::support::call,
                    data: $crate::support::needs_world,
                }),*]
            }
            fn try_definition() -> Result<workflow_runtime::Definition, workflow_runtime::DefinitionError> {
                let machine = workflow_runtime::asl::parse($asl).expect("the test's machine can be read");
                Ok(workflow_runtime::Definition::new(stringify!($flow), machine))
            }
        }
    };
}
pub(crate) use flow;

flow!(Line, Doc => Doc, r#"{
    "QueryLanguage": "JSONata",
    "StartAt": "A",
    "States": {
        "A": {"Type": "Task", "Resource": "${AFunctionArn}", "TimeoutSeconds": 60, "Next": "B"},
        "B": {"Type": "Task", "Resource": "${BFunctionArn}", "TimeoutSeconds": 60, "Next": "C",
              "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 2.0}]},
        "C": {"Type": "Task", "Resource": "${CFunctionArn}", "TimeoutSeconds": 60, "End": true}
    }
}"#, [A: Doc, B: Doc, C: Doc]);

flow!(Ask, Doc => Small, r#"{
    "QueryLanguage": "JSONata",
    "StartAt": "Ask",
    "States": {
        "Ask": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Arguments": {"FunctionName": "${AskFunctionArn}", "Payload": {"token": "{% $states.context.Task.Token %}"}},
                "TimeoutSeconds": 3600, "HeartbeatSeconds": 600, "End": true}
    }
}"#, [Ask: Small]);

flow!(Both, Doc => Doc, r#"{
    "QueryLanguage": "JSONata",
    "StartAt": "Both",
    "States": {
        "Both": {"Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "Left", "States": {"Left": {"Type": "Task", "Resource": "${LeftFunctionArn}", "TimeoutSeconds": 60, "End": true}}},
            {"StartAt": "Right", "States": {"Right": {"Type": "Task", "Resource": "${RightFunctionArn}", "TimeoutSeconds": 60, "End": true}}}
        ]}
    }
}"#, [Left: Doc, Right: Doc]);

flow!(Nap, Doc => Doc, r#"{
    "QueryLanguage": "JSONata",
    "StartAt": "Sleep",
    "States": {
        "Sleep": {"Type": "Wait", "Seconds": 100, "Next": "Then"},
        "Then": {"Type": "Task", "Resource": "${ThenFunctionArn}", "TimeoutSeconds": 60, "End": true}
    }
}"#, [Then: Doc]);

flow!(Ever, Doc => Doc, r#"{
    "QueryLanguage": "JSONata",
    "StartAt": "Sleep",
    "States": {
        "Sleep": {"Type": "Wait", "Seconds": 99999999, "Next": "Then"},
        "Then": {"Type": "Task", "Resource": "${ThenFunctionArn}", "TimeoutSeconds": 60, "End": true}
    }
}"#, [Then: Doc]);

flow!(Beat, Doc => Doc, r#"{
    "QueryLanguage": "JSONata",
    "StartAt": "Work",
    "States": {
        "Work": {"Type": "Task", "Resource": "${WorkFunctionArn}", "TimeoutSeconds": 60, "HeartbeatSeconds": 2, "End": true}
    }
}"#, [Work: Doc]);

flow!(Typed, Small => Small, r#"{
    "QueryLanguage": "JSONata",
    "StartAt": "Only",
    "States": {"Only": {"Type": "Task", "Resource": "${OnlyFunctionArn}", "TimeoutSeconds": 60, "End": true}}
}"#, [Only: Small]);

pub fn error(name: &str, cause: &str) -> ErrorOutput {
    ErrorOutput { error: Some(name.to_owned()), cause: Some(cause.to_owned()) }
}

pub async fn secs(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// Lets every task run until it waits.
pub async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

pub fn builder(world: &World, store: Arc<dyn Store>) -> RuntimeBuilder {
    Runtime::builder()
        .shared_store(store)
        .data(world.clone())
        .register::<Line>()
        .register::<Ask>()
        .register::<Both>()
        .register::<Nap>()
        .register::<Beat>()
        .register::<Ever>()
        .register::<Typed>()
}

pub async fn runtime(world: &World) -> Runtime {
    runtime_on(world, Arc::new(MemoryStore::new())).await
}

pub async fn runtime_on(world: &World, store: Arc<dyn Store>) -> Runtime {
    builder(world, store).start().await.expect("the runtime starts")
}

/// A memory store whose commits fail after so many, or which says that it is durable.
#[derive(Debug)]
pub struct TestStore {
    inner: MemoryStore,
    durable: bool,
    left: AtomicI64,
    pub commits: AtomicUsize,
    pub records: AtomicUsize,
    held: Mutex<bool>,
    released: Condvar,
    /// Set while whatever has ended is forgotten right before it is loaded.
    forgets: Mutex<Option<Fencing>>,
    /// A read is to keep what it has found for itself; it does.
    late: Mutex<(bool, bool)>,
    told: Condvar,
}

impl TestStore {
    pub fn new(durable: bool) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStore::new(),
            durable,
            left: AtomicI64::new(i64::MAX),
            commits: AtomicUsize::new(0),
            records: AtomicUsize::new(0),
            held: Mutex::new(false),
            released: Condvar::new(),
            forgets: Mutex::new(None),
            late: Mutex::default(),
            told: Condvar::new(),
        })
    }

    /// From now on, commits wait..
    pub fn hold(&self) {
        *self.held.lock().unwrap() = true;
    }

    /// .. until now.
    pub fn release(&self) {
        *self.held.lock().unwrap() = false;
        self.released.notify_all();
    }

    /// Whatever has ended is forgotten between a look for it and the next load, by its owner, who is the first one.
    pub fn forget_once(&self) {
        *self.forgets.lock().unwrap() = Some(Fencing(1));
    }

    /// The next load tells what it has found late..
    pub fn read_late(&self) {
        *self.late.lock().unwrap() = (true, false);
    }

    /// .. and has found it ..
    pub fn has_read(&self) -> bool {
        self.late.lock().unwrap().1
    }

    /// .. and tells it now.
    pub fn tell(&self) {
        *self.late.lock().unwrap() = (false, false);
        self.told.notify_all();
    }

    pub fn fail_after(&self, commits: i64) {
        self.left.store(commits, Ordering::SeqCst);
    }
}

impl Store for TestStore {
    fn is_durable(&self) -> bool {
        self.durable
    }
    fn claim(&self) -> Result<Claim, StoreError> {
        self.inner.claim()
    }
    fn commit(&self, fencing: Fencing, batch: Vec<Commit>) -> Result<(), StoreError> {
        drop(self.released.wait_while(self.held.lock().unwrap(), |held| *held).unwrap());
        if self.left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            return Err(StoreError {
                kind: StoreErrorKind::Permanent,
                code: "WF3999",
                message: "the disk is full".to_owned(),
                source: None,
            });
        }
        self.commits.fetch_add(1, Ordering::SeqCst);
        self.records.fetch_add(batch.len(), Ordering::SeqCst);
        self.inner.commit(fencing, batch)
    }
    fn find(&self, workflow: &str, name: &str) -> Result<Option<ExecutionHead>, StoreError> {
        self.inner.find(workflow, name)
    }
    fn load(&self, number: ExecutionNumber) -> Result<Option<StoredExecution>, StoreError> {
        if let Some(owner) = self.forgets.lock().unwrap().take() {
            self.inner.prune(owner, &PruneQuery::ended_before(Timestamp::from_millis(i64::MAX)))?;
        }
        let found = self.inner.load(number);
        let mut late = self.late.lock().unwrap();
        if late.0 && !late.1 {
            late.1 = true;
            drop(self.told.wait_while(late, |late| late.0).unwrap());
        }
        found
    }
    fn list(&self, query: &ListQuery) -> Result<Vec<ExecutionHead>, StoreError> {
        self.inner.list(query)
    }
    fn put_definition(&self, hash: DefinitionHash, text: &str) -> Result<(), StoreError> {
        self.inner.put_definition(hash, text)
    }
    fn definition(&self, hash: DefinitionHash) -> Result<Option<String>, StoreError> {
        self.inner.definition(hash)
    }
    fn prune(&self, fencing: Fencing, query: &PruneQuery) -> Result<Pruned, StoreError> {
        self.inner.prune(fencing, query)
    }
}

/// Says when it is dropped.
pub struct Dropped(pub Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
