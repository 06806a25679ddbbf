//! What an item costs: in an inline Map of the engine's, and in a distributed one that reads a file, runs an Express
//! execution with one step for each line, and writes a file of results.
//!
//! `cargo bench -p workflow-runtime --bench map -- [inline|thousands|million|ten-million]`. The last three print the most memory
//! that the process ever held; without a word, `inline` and `thousands` are run.
#![expect(clippy::print_stdout, reason = "a bench tells its numbers")]
#![expect(clippy::cast_precision_loss, reason = "numbers for people")]

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use workflow_runtime::asl::{self, StateMachine};
use workflow_runtime::engine::{Execution, ExecutionIdentity, ExecutionStatus, Input, Machine, step};
use workflow_runtime::lower::ir;
use workflow_runtime::payload::{Payload, Type};
use workflow_runtime::runtime::Runtime;
use workflow_runtime::step::{ErrorOutput, ErrorShape, StepContext, StepHandler, StepReply, StepSpec};
use workflow_runtime::time::Timestamp;
use workflow_runtime::{Definition, DefinitionError, Workflow};

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let wants = |name: &str| wanted.iter().any(|it| it == name);
    if wanted.is_empty() || wants("inline") {
        inline();
    }
    for (name, items) in [("thousands", 100_000), ("million", 1_000_000), ("ten-million", 10_000_000)] {
        if wants(name) || (wanted.is_empty() && name == "thousands") {
            let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("tokio starts");
            tokio.block_on(distributed(items));
        }
    }
}

/// Items of ten times the number cost ten times as much.
fn inline() {
    println!("inline Map, a Pass for each item:");
    for items in [1_000_u64, 10_000, 100_000] {
        let machine = machine(&json!({
            "M": {
                "Type": "Map", "Items": format!("{{% [1..{items}] %}}"), "End": true,
                "ItemProcessor": { "StartAt": "A", "States": { "A": { "Type": "Pass", "Output": 1, "End": true } } },
            },
        }));
        let machine = Machine::compile(&machine).expect("a machine").with_events_max(u64::MAX);
        let start = Input::Start { input: Arc::new(json!({})), seed: 1 };
        // The best of some rounds: what else runs on the machine only makes it slower.
        let round = || {
            let mut execution = Execution::new(ExecutionIdentity::new("Bench", "one", 1));
            let began = Instant::now();
            let decision = step(&machine, &mut execution, &start, Timestamp::from_millis(0)).expect("a decision");
            let nanos = began.elapsed().as_nanos() as f64 / items as f64;
            assert_eq!(execution.status(), Some(ExecutionStatus::Succeeded));
            (nanos, decision.events.len())
        };
        let rounds: Vec<(f64, usize)> = (0..7).map(|_| round()).collect();
        let (nanos, events) = rounds.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).expect("a round");
        println!("  {items:>7} items  {nanos:>6.0} ns an item  {events} events");
    }
}

fn machine(states: &Value) -> StateMachine {
    let start = states.as_object().and_then(|states| states.keys().next()).expect("a state");
    serde_json::from_value(json!({ "QueryLanguage": "JSONata", "StartAt": start, "States": states }))
        .expect("a machine")
}

async fn distributed(items: u64) {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let input = place.path().join("in/items");
    std::fs::create_dir_all(input.parent().expect("a parent")).expect("a folder");
    let mut file = BufWriter::new(std::fs::File::create(&input).expect("a file"));
    for number in 0..items {
        writeln!(file, "{{\"n\":{number}}}").expect("a line");
    }
    file.flush().expect("a file");
    let before = peak_memory();
    let runtime = start(place.path()).await;
    let began = Instant::now();
    let handle = runtime.start::<Each>("bench", Doc(json!("items"))).await.expect("it starts");
    let result = handle.result().await.expect("it succeeds");
    let seconds = began.elapsed().as_secs_f64();
    let key = result.0["ResultWriterDetails"]["Key"].as_str().expect("a key");
    let manifest = std::fs::read(place.path().join("out").join(key)).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    let written = &manifest["ResultFiles"]["SUCCEEDED"][0];
    println!(
        "distributed Map: {items} items in {seconds:.1} s, {:.0} items/s; at most {} MiB of memory ({} MiB before); {} bytes \
         of results",
        items as f64 / seconds,
        peak_memory() / 1024,
        before / 1024,
        written["Size"],
    );
    runtime.shutdown().await;
}

#[cfg(feature = "sled")]
async fn start(place: &Path) -> Runtime {
    let store = workflow_runtime::store::SledStore::open(place.join("store")).expect("sled opens");
    Runtime::builder().store(store).buckets(place).register::<Each>().start().await.expect("the runtime starts")
}

#[cfg(not(feature = "sled"))]
async fn start(place: &Path) -> Runtime {
    let store = workflow_runtime::store::MemoryStore::new();
    Runtime::builder().store(store).buckets(place).register::<Each>().start().await.expect("the runtime starts")
}

/// The most memory that this process ever held, in KiB; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Any JSON.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
struct Doc(Value);

impl Payload for Doc {
    fn ty() -> Type {
        Type::Json
    }
}

struct Each;

const ASL: &str = r#"{
    "QueryLanguage": "JSONata", "StartAt": "Each", "States": {
        "Each": {"Type": "Map", "Label": "items", "MaxConcurrency": 1000,
            "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSONL"},
                "Arguments": {"Bucket": "in", "Key": "{% $states.input %}"}},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "Double", "States": {
                    "Double": {"Type": "Task", "Resource": "${DoubleFunctionArn}", "Arguments": "{% $states.input.n %}",
                        "TimeoutSeconds": 60, "End": true}}},
            "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject",
                "WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSONL"},
                "Arguments": {"Bucket": "out", "Prefix": "results"}},
            "End": true}}
}"#;

impl Workflow for Each {
    type Input = Doc;
    type Output = Doc;
    const NAME: &'static str = "Each";
    fn program() -> &'static ir::Program {
        unreachable!("the definition is given as ASL")
    }
    fn steps() -> Vec<StepHandler> {
        vec![StepHandler { name: "Double", spec, call: double, data: Vec::new }]
    }
    fn try_definition() -> Result<Definition, DefinitionError> {
        Ok(Definition::new(Self::NAME, asl::parse(ASL).expect("the machine can be read")))
    }
}

fn spec() -> StepSpec {
    StepSpec {
        name: "Double",
        ident: "double",
        doc: "",
        params: Vec::new(),
        output: Type::Json,
        error: ErrorShape { name: "NoError", variants: Vec::new(), ty: Type::Unit },
        token: None,
        timeout_seconds: 60,
        heartbeat_seconds: None,
        retry: &[],
        resource: None,
        child: None,
    }
}

fn double(_: StepContext, payload: Arc<Value>) -> BoxFuture<'static, Result<StepReply, ErrorOutput>> {
    Box::pin(async move { Ok(StepReply::Output(json!(payload.as_u64().unwrap_or_default() * 2))) })
}
