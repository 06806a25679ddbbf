//! Distributed maps from Rust to their results: items from lists and files, batches, tolerated failures, results in files;
//! and the same machines under another interpreter, which is handed the items that the files hold.
#![allow(clippy::unused_async, clippy::format_collect, reason = "steps as people write them")]

mod support;

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use support::oracle::{interpreted, tool};
use workflow_runtime::asl::validate;
use workflow_runtime::control::{ExecutionRef, Request, Response};
use workflow_runtime::prelude::*;
use workflow_runtime::runtime::Runtime;
use workflow_runtime::source::{self, MapRunResult};
use workflow_runtime::store::MemoryStore;
use workflow_runtime::{ErrorOutput, Workflow};

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
struct Row {
    sku: String,
    amount: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
struct Job {
    region: String,
    numbers: Vec<i64>,
    limit: u32,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
enum BookError {
    #[error("`{0}` is no amount")]
    NoAmount(String),
}

#[step]
async fn book(row: Row, region: String) -> Result<i64, BookError> {
    let amount: i64 = row.amount.parse().map_err(|_| BookError::NoAmount(row.amount.clone()))?;
    Ok(amount + i64::try_from(region.len()).unwrap_or_default())
}

#[step]
async fn double(n: i64) -> i64 {
    n * 2
}

#[step]
async fn total(rows: Vec<Row>, region: String) -> String {
    let skus: Vec<String> = rows.into_iter().map(|row| row.sku).collect();
    format!("{region}: {}", skus.join(" "))
}

workflow!(
    /// Captures what stands outside, holds a map of its own.
    async fn in_memory(job: Job) -> Result<Vec<i64>> {
        let most = job.numbers.len();
        #[max_concurrency(2)]
        try_map_distributed(job.numbers.iter().enumerate(), async |(index, n)| {
            let doubled = double(n).await?;
            #[state = "Inner"]
            let inner = try_map(vec![doubled, n], async |m| {
                if index + 1 == most {
                    return Ok(m);
                }
                #[state = "DoubleAgain"]
                double(m).await
            })
            .await?;
            Ok(inner.iter().sum::<i64>() + doubled)
        })
        .await
    }
);

workflow!(
    async fn from_csv(job: Job) -> Result<Vec<Result<i64, ErrorOutput>>> {
        #[tolerated_failure_count(job.limit)]
        let booked = try_map_distributed(source::csv::<Row>("orders", "in/rows.csv"), async |row| {
            let cents = book(row, job.region).await?;
            Ok(cents)
        })
        .await?;
        Ok(booked)
    }
);

workflow!(
    async fn in_batches(job: Job) -> Result<Vec<String>> {
        #[batch(max_items = 2)]
        #[max_items(3)]
        #[express]
        try_map_distributed(source::json_lines::<Row>("orders", "in/rows.jsonl"), async |rows| {
            total(rows, job.region).await
        })
        .await
    }
);

workflow!(
    async fn handled(job: Job) -> Result<String> {
        match try_map_distributed(source::json::<Row>("orders", "in/rows.json"), async |row| {
            book(row, job.region).await
        })
        .await
        {
            Ok(booked) => Ok(format!("{} booked", booked.len())),
            Err(failure) => Ok(failure.error()),
        }
    }
);

#[step]
async fn hold(n: i64) -> Result<i64, BookError> {
    if n == 3 { Err(BookError::NoAmount(n.to_string())) } else { Ok(n * 10) }
}

/// What was let go, in order.
static LET_GO: Mutex<Vec<i64>> = Mutex::new(Vec::new());

#[step]
async fn let_go(held: i64) {
    LET_GO.lock().unwrap_or_else(PoisonError::into_inner).push(held);
}

workflow!(
    /// Where one cannot be held, the others are let go.
    async fn held_together(job: Job) -> Result<Vec<i64>> {
        #[max_concurrency(1)]
        let all = try_map_distributed(job.numbers, async |n| {
            #[compensate(let_go(held))]
            let held = hold(n).await?;
            Ok(held)
        })
        .await?;
        Ok(all)
    }
);

workflow!(
    async fn to_files(job: Job) -> Result<MapRunResult> {
        #[result_writer(bucket = "results", prefix = format!("{}/sizes", job.region))]
        try_map_distributed(source::objects("orders", "in/"), async |object| Ok(object.size)).await
    }
);

workflow!(
    async fn counted_out(job: Job) -> Result<Vec<i64>> {
        try_map_distributed(0..job.limit, async |n| double(i64::from(n)).await).await
    }
);

fn job() -> Job {
    Job { region: "eu".to_owned(), numbers: vec![1, 2, 3], limit: 1 }
}

fn rows() -> Value {
    json!([{"sku": "a", "amount": "10"}, {"sku": "b", "amount": "x"}, {"sku": "c", "amount": "30"}, {"sku": "d", "amount": "40"}])
}

fn fill(bucket: &Path) {
    fs::create_dir_all(bucket.join("in")).expect("a folder");
    fs::write(bucket.join("in/rows.csv"), "sku,amount\na,10\nb,x\nc,30\n").expect("written");
    let rows = rows();
    let lines: String = rows.as_array().into_iter().flatten().map(|row| format!("{row}\n")).collect();
    fs::write(bucket.join("in/rows.jsonl"), lines).expect("written");
    fs::write(bucket.join("in/rows.json"), rows.to_string()).expect("written");
}

async fn run<W: Workflow>(folder: &Path, input: &Job) -> Value {
    let definition = W::try_definition().unwrap_or_else(|error| panic!("{error}"));
    let violations = validate(definition.state_machine());
    assert!(violations.is_empty(), "{violations:#?}");
    let builder = Runtime::builder().store(MemoryStore::new()).bucket("orders", folder.join("orders"));
    let runtime = builder.bucket("results", folder.join("results")).register::<W>().start().await.expect("it starts");
    let execution = ExecutionRef { workflow: Some(W::NAME.to_owned()), name: "one".to_owned() };
    let input = serde_json::to_value(input).expect("JSON");
    let started =
        runtime.handle(Request::Start { workflow: W::NAME.to_owned(), name: Some("one".to_owned()), input }).await;
    assert!(matches!(started, Response::Started { .. }), "{started:?}");
    let ended = runtime.handle(Request::Wait { execution, events_seen: None }).await;
    let Response::Execution(described) = ended else { panic!("{}: {ended:?}", W::NAME) };
    runtime.shutdown().await;
    serde_json::to_value(&described).expect("JSON")
}

/// What the steps answer, by what they are asked.
fn answered(pairs: &[(Value, Value)]) -> Value {
    pairs.iter().map(|(arguments, output)| json!({ "arguments": arguments, "output": output })).collect()
}

/// The end under another interpreter, which is told what files hold and steps answer.
fn elsewhere<W: Workflow>(input: &Job, answers: &Value) -> Option<Value> {
    let python = tool("venv/bin/python")?;
    let definition: Value = serde_json::from_str(&W::definition().to_asl_json()).expect("JSON");
    let job = json!({ "name": W::NAME, "definition": definition, "input": input, "answers": answers });
    interpreted(&python, &[job]).into_iter().next()
}

fn alike(ours: &Value, theirs: Option<Value>) {
    let Some(theirs) = theirs else { return };
    assert_eq!(theirs["refused"], Value::Null, "{theirs}");
    assert_eq!(theirs["output"], ours["output"], "{theirs}");
    assert_eq!(theirs["error"], ours["Error"], "{theirs}");
}

#[tokio::test]
async fn children_are_given_what_their_body_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let ours = run::<InMemory>(folder.path(), &job()).await;
    // n: 2n doubled; then twice (2n + n), of the last one itself; and 2n.
    assert_eq!(ours["output"], json!([8, 16, 15]), "{ours}");
    let doubles: Vec<(Value, Value)> = [1, 2, 3].iter().map(|n| (json!(n), json!(n * 2))).collect();
    let again: Vec<(Value, Value)> = [2, 1, 4, 2].iter().map(|n| (json!(n), json!(n * 2))).collect();
    let answers = json!({ "Double": answered(&doubles), "DoubleAgain": answered(&again) });
    alike(&ours, elsewhere::<InMemory>(&job(), &answers));
}

#[tokio::test]
async fn rows_of_a_file_may_fail_as_far_as_is_tolerated() {
    let folder = tempfile::tempdir().expect("a folder");
    fill(&folder.path().join("orders"));
    let ours = run::<FromCsv>(folder.path(), &job()).await;
    assert_eq!(ours["status"], "SUCCEEDED", "{ours}");
    let booked: Vec<Result<i64, ErrorOutput>> = serde_json::from_value(ours["output"].clone()).expect("a list");
    assert_eq!((&booked[0], &booked[2]), (&Ok(12), &Ok(32)));
    let failure = booked[1].clone().expect_err("no amount");
    assert_eq!(failure.error.as_deref(), Some("BookError.NoAmount"));
    let three = Job { limit: 0, ..job() };
    let refused = run::<FromCsv>(folder.path(), &three).await;
    assert_eq!(refused["Error"], "States.ExceedToleratedFailureThreshold", "{refused}");

    let asked = |row: &Value| json!({ "row": row, "region": "eu" });
    let file = json!([{"sku": "a", "amount": "10"}, {"sku": "b", "amount": "x"}, {"sku": "c", "amount": "30"}]);
    let mut booked = answered(&[(asked(&file[0]), json!(12)), (asked(&file[2]), json!(32))]);
    let failed = json!({ "arguments": asked(&file[1]), "error": failure.error, "cause": failure.cause });
    booked.as_array_mut().expect("a list").push(failed);
    let answers = json!({ "ForEachRow": [{ "output": file }], "Book": booked });
    alike(&ours, elsewhere::<FromCsv>(&job(), &answers));
}

#[tokio::test]
async fn batches_are_lists_of_items() {
    let folder = tempfile::tempdir().expect("a folder");
    fill(&folder.path().join("orders"));
    let ours = run::<InBatches>(folder.path(), &job()).await;
    assert_eq!(ours["output"], json!(["eu: a b", "eu: c"]), "{ours}");
    let rows = rows();
    let asked = |rows: Value| json!({ "rows": rows, "region": "eu" });
    let totals =
        answered(&[(asked(json!([rows[0], rows[1]])), json!("eu: a b")), (asked(json!([rows[2]])), json!("eu: c"))]);
    let answers = json!({ "ForEachRows": [{ "output": [rows[0], rows[1], rows[2]] }], "Total": totals });
    alike(&ours, elsewhere::<InBatches>(&job(), &answers));
}

#[tokio::test]
async fn a_run_that_fails_is_handled_like_a_group() {
    let folder = tempfile::tempdir().expect("a folder");
    fill(&folder.path().join("orders"));
    let ours = run::<Handled>(folder.path(), &job()).await;
    assert_eq!(ours["output"], "States.ExceedToleratedFailureThreshold", "{ours}");
    let rows = rows();
    let asked = |row: &Value| json!({ "row": row, "region": "eu" });
    let booked = [(&rows[0], json!(12)), (&rows[2], json!(32)), (&rows[3], json!(42))];
    let mut booked = answered(&booked.map(|(row, amount)| (asked(row), amount)));
    let failed = json!({ "arguments": asked(&rows[1]), "error": "BookError.NoAmount", "cause": "no amount" });
    booked.as_array_mut().expect("a list").push(failed);
    let answers = json!({ "ForEachRow": [{ "output": rows }], "Book": booked });
    alike(&ours, elsewhere::<Handled>(&job(), &answers));
    let missing = tempfile::tempdir().expect("a folder");
    let ours = run::<Handled>(missing.path(), &job()).await;
    assert_eq!(ours["output"], "States.ItemReaderFailed", "{ours}");
}

#[tokio::test]
async fn results_go_to_files() {
    let folder = tempfile::tempdir().expect("a folder");
    fill(&folder.path().join("orders"));
    let ours = run::<ToFiles>(folder.path(), &job()).await;
    let result: MapRunResult =
        serde_json::from_value(ours["output"].clone()).unwrap_or_else(|why| panic!("{why}: {ours}"));
    let details = result.result_writer_details;
    assert_eq!(details.bucket, "results");
    assert!(details.key.starts_with("eu/sizes/") && details.key.ends_with("/manifest.json"), "{}", details.key);
    let manifest = fs::read_to_string(folder.path().join("results").join(&details.key)).expect("a manifest");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    let file = manifest["ResultFiles"]["SUCCEEDED"][0]["Key"].as_str().expect("a file");
    let results: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("results").join(file)).expect("results"))
            .expect("JSON");
    assert_eq!(results.as_array().map(Vec::len), Some(3), "{results}");
}

#[tokio::test]
async fn undos_of_children_run_in_the_parent() {
    let folder = tempfile::tempdir().expect("a folder");
    let ours = run::<HeldTogether>(folder.path(), &job()).await;
    assert_eq!(ours["Error"], "BookError.NoAmount", "{ours}");
    assert_eq!(*LET_GO.lock().unwrap_or_else(PoisonError::into_inner), [20, 10], "the last one first");
    let mut held = answered(&[(json!(1), json!(10)), (json!(2), json!(20))]);
    let failed = json!({ "arguments": 3, "error": ours["Error"], "cause": ours["Cause"] });
    held.as_array_mut().expect("a list").push(failed);
    let let_go = answered(&[(json!(20), Value::Null), (json!(10), Value::Null)]);
    alike(&ours, elsewhere::<HeldTogether>(&job(), &json!({ "Hold": held, "LetGo": let_go })));
}

#[tokio::test]
async fn a_range_is_counted_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let three = Job { limit: 3, ..job() };
    let ours = run::<CountedOut>(folder.path(), &three).await;
    assert_eq!(ours["output"], json!([0, 2, 4]), "{ours}");
    let doubled = answered(&[(json!(0), json!(0)), (json!(1), json!(2)), (json!(2), json!(4))]);
    alike(&ours, elsewhere::<CountedOut>(&three, &json!({ "Double": doubled })));
    let none = Job { limit: 0, ..job() };
    let ours = run::<CountedOut>(folder.path(), &none).await;
    assert_eq!(ours["output"], json!([]), "{ours}");
    alike(&ours, elsewhere::<CountedOut>(&none, &json!({})));
}
