//! Golden databases: of every format one is kept as it was written, and must open for ever. A copy is opened, everything in
//! it is compared with what it was, and what is unfinished is finished.
//!
//! `WF_GOLDEN=write cargo test -p workflow-runtime --lib golden::writes` writes the one of the present format. It is written once
//! for each format, when that is new, and not again. `2-forgotten` has what a store of format 2 kept of forgotten executions.

mod file;
mod flows;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use self::flows::{
    Asking, Decision, Driving, Each, Hurried, Many, Napping, Outer, Parcel, Refused, Scene, SideBySide, Straight,
};
use super::clock::Clock;
use super::seam::Seams;
use super::{Runtime, RuntimeBuilder};
use crate::control::{ExecutionDescription, WaitingFor};
use crate::engine::ExecutionStatus;
use crate::payload::Payload;
use crate::step::TaskToken;
use crate::store::{ExecutionNumber, ListQuery, PruneQuery, SledOptions, StoreErrorKind};
use crate::time::Timestamp;
use crate::workflow::Workflow;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store/golden")
}

async fn builder(folder: &Path, scene: Scene) -> RuntimeBuilder {
    let store = loop {
        // Small limits: archive, index and snapshots come after a few commits.
        match SledOptions::new().tiny().open(folder) {
            Ok(store) => break store,
            // The tasks of the runtime before are being dropped.
            Err(error) if error.kind == StoreErrorKind::Busy => tokio::task::yield_now().await,
            Err(error) => panic!("the database does not open: {error}"),
        }
    };
    Runtime::builder()
        .store(store)
        .data(scene)
        .register::<Straight>()
        .register::<Hurried>()
        .register::<Asking>()
        .register::<Refused>()
        .register::<Driving>()
        .register::<SideBySide>()
        .register::<Each>()
        .register::<Many>()
        .register::<Outer>()
}

/// Everything that a database says of its executions, by workflow and name.
async fn inventory(runtime: &Runtime) -> Vec<Value> {
    let list = runtime.list(ListQuery { limit: 1_000, ..ListQuery::default() }).await.expect("a list");
    let mut all = Vec::new();
    for summary in list {
        let target = runtime.find(Some(&summary.workflow), &summary.name).await.expect("it is there");
        let description: ExecutionDescription = *target.describe(runtime.core()).await.expect("a description");
        let history = target.history(runtime.core()).await.expect("a history");
        let mut value = serde_json::to_value(&description).expect("JSON");
        value["history"] = json!(history.iter().map(|event| event.kind.clone()).collect::<Vec<_>>());
        all.push(value);
    }
    all.sort_by_key(|it| (it["workflow"].to_string(), it["name"].to_string()));
    all
}

async fn start<W: Workflow>(runtime: &Runtime, name: &str, input: W::Input) -> super::ExecutionHandle<W>
where
    W::Input: Payload,
{
    runtime.start::<W>(name, input).await.expect("it starts")
}

/// Until it waits as it is meant to.
async fn until(runtime: &Runtime, workflow: &str, name: &str, seen: impl Fn(&[WaitingFor]) -> bool) {
    let target = runtime.find(Some(workflow), name).await.expect("it is there");
    loop {
        let description = target.describe(runtime.core()).await.expect("a description");
        if seen(&description.waiting_for) {
            return;
        }
        target.wait(runtime.core(), Some(description.events)).await.expect("it goes on");
    }
}

/// How many executions were forgotten after everything else.
const FORGOTTEN_LAST: u64 = 5;

/// Executions that have ended, and are forgotten.
async fn forget(runtime: &Runtime, names: std::ops::Range<u64>) {
    let before = newest(runtime);
    for number in names {
        let name = format!("gone-{number}");
        assert!(start::<Straight>(runtime, &name, Parcel::new(&name)).await.result().await.is_ok());
    }
    let (fencing, after) = (runtime.core().committer.fencing(), Some(before));
    let query = PruneQuery { after, ..PruneQuery::ended_before(Timestamp::from_millis(i64::MAX)) };
    let pruned = runtime.core().store.prune(fencing, &query).expect("they are forgotten");
    assert!(pruned.forgotten.len() as u64 >= FORGOTTEN_LAST, "{pruned:?}");
}

/// The greatest number that is there.
fn newest(runtime: &Runtime) -> ExecutionNumber {
    let list = runtime.core().store.list(&ListQuery { limit: 1, ..ListQuery::default() }).expect("a list");
    list.first().map_or(ExecutionNumber(0), |head| head.number)
}

async fn fill(runtime: &Runtime) {
    let parcel = Parcel::new;
    forget(runtime, 0..10).await;
    let _ = start::<Napping>(runtime, "waits", parcel("P-1")).await;
    let _ = start::<Asking>(runtime, "asks", parcel("P-2")).await;
    let _ = start::<Driving>(runtime, "retries", parcel("P-3")).await;
    let _ = start::<SideBySide>(runtime, "side-by-side", parcel("P-4")).await;
    let _ = start::<Each>(runtime, "maps", vec![1, 2, 3, 4]).await;
    let _ = start::<Many>(runtime, "map-run", vec![5, 6, 7]).await;
    let _ = start::<Outer>(runtime, "has-a-child", parcel("P-5")).await;
    until(runtime, "Napping", "waits", |all| matches!(all, [WaitingFor::Time { .. }])).await;
    until(runtime, "Asking", "asks", |all| matches!(all, [WaitingFor::Answer { .. }])).await;
    until(runtime, "Driving", "retries", |all| matches!(all, [WaitingFor::Retry { .. }])).await;
    until(runtime, "SideBySide", "side-by-side", |all| all.len() == 2).await;
    until(runtime, "Each", "maps", |all| all.len() == 2).await;
    until(runtime, "Many", "map-run", |all| matches!(all, [WaitingFor::MapRun { .. }])).await;
    until(runtime, "Outer", "has-a-child", |all| matches!(all, [WaitingFor::Execution { .. }])).await;

    assert_eq!(start::<Straight>(runtime, "succeeded", parcel("P-6")).await.result().await.expect("an output"), 1_250);
    assert!(start::<Refused>(runtime, "failed", parcel("P-7")).await.result().await.is_err());
    let hurried = start::<Hurried>(runtime, "timed-out", parcel("P-8")).await;
    assert_eq!(hurried.result().await.expect_err("it times out").status(), Some(ExecutionStatus::TimedOut));
    let stopped = start::<Asking>(runtime, "stopped", parcel("P-9")).await;
    stopped.stop("golden").await.expect("it stops");
    let redriven = start::<Refused>(runtime, "redriven", parcel("P-10")).await;
    assert!(redriven.result().await.is_err());
    redriven.redrive().await.expect("a redrive");
    assert!(runtime.execution::<Refused>("redriven").await.expect("it").result().await.is_err());
    // Enough to archive, to index, and to carry what waits forward as snapshots.
    for number in 0..16 {
        let name = format!("churn-{number}");
        assert!(start::<Straight>(runtime, &name, parcel(&name)).await.result().await.is_ok());
    }
    // The log still has these, and no greater number is used.
    forget(runtime, 10..10 + FORGOTTEN_LAST).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_the_golden_database() {
    if std::env::var_os("WF_GOLDEN").is_none() {
        return;
    }
    let temporary = tempfile::tempdir().expect("a folder");
    let runtime = builder(temporary.path(), Scene::default())
        .await
        .shutdown_grace(Duration::ZERO)
        .start()
        .await
        .expect("a start");
    fill(&runtime).await;
    runtime.shutdown().await;
    drop(runtime);
    let passive = builder(temporary.path(), Scene::default()).await.passive().start().await.expect("a start");
    let expected = inventory(&passive).await;
    let at = passive.core().clock.now().as_millis();
    passive.shutdown().await;
    drop(passive);
    let format = crate::store::sled_format();
    let folder = folder().join(format.to_string());
    std::fs::create_dir_all(&folder).expect("the folder is made");
    let expected = json!({ "at": at, "forgotten": FORGOTTEN_LAST, "executions": expected });
    let text = serde_json::to_string(&expected).expect("JSON");
    std::fs::write(folder.join("expected.json"), text.replace("},{\"workflow\"", "},\n{\"workflow\"") + "\n")
        .expect("it is written");
    let packed = file::pack(temporary.path());
    assert!(packed.len() < 200_000, "{} bytes", packed.len());
    std::fs::write(folder.join("database.txt"), packed).expect("it is written");
}

/// A copy, and what it is to hold.
fn unpacked(format: &Path) -> (tempfile::TempDir, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let text = std::fs::read_to_string(format.join("database.txt")).expect("the golden database");
    file::unpack(&text, folder.path());
    let expected = std::fs::read_to_string(format.join("expected.json")).expect("what it holds");
    (folder, serde_json::from_str(&expected).expect("JSON"))
}

/// The day after it was written, in every year to come.
fn seams(expected: &Value) -> Seams {
    let at = Timestamp::from_millis(expected["at"].as_i64().expect("a time"));
    Seams { clock: Some(Clock::at(at.plus_millis(2 * 24 * 3_600_000))), ..Seams::default() }
}

async fn opens(format: &Path) {
    let (folder, expected) = unpacked(format);
    let passive = builder(folder.path(), Scene::default())
        .await
        .passive()
        .seams(seams(&expected))
        .start()
        .await
        .expect("it opens");
    let found = inventory(&passive).await;
    let wanted = expected["executions"].as_array().expect("executions").clone();
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(&wanted) {
        // What a later version says in addition is no loss.
        for (key, value) in wanted.as_object().expect("an object") {
            assert_eq!(&found[key], value, "{key} of {} {}", wanted["workflow"], wanted["name"]);
        }
    }
    let forgotten = expected["forgotten"].as_u64().unwrap_or_default();
    assert_eq!(passive.core().take_number().0, newest(&passive).0 + forgotten + 1, "numbers are not given out again");
    passive.shutdown().await;
    drop(passive);

    let scene = Scene { finishing: true, ..Scene::default() };
    let runtime = builder(folder.path(), scene).await.seams(seams(&expected)).start().await.expect("it goes on");
    let token = wanted.iter().find(|it| it["name"] == "asks").expect("asks")["waitingFor"][0]["token"].clone();
    let token = TaskToken::new(token.as_str().expect("a token"));
    runtime.send_task_success(&token, &Decision { approved: true }).await.expect("the token is good");
    finish(&runtime).await;
    if expected["forgotten"].is_u64() {
        for name in ["gone-3", "gone-12"] {
            let again = start::<Straight>(&runtime, name, Parcel::new("P-12")).await;
            assert_eq!(again.result().await.expect("an output"), 1_250);
        }
    }
    runtime.shutdown().await;
    drop(runtime);
    let again = builder(folder.path(), Scene::default())
        .await
        .passive()
        .seams(seams(&expected))
        .start()
        .await
        .expect("it opens again");
    let all = inventory(&again).await;
    assert!(all.iter().all(|it| it["status"] != "RUNNING"), "{all:#?}");
    assert!(all.len() >= wanted.len());
    again.shutdown().await;
}

async fn result<W: Workflow>(runtime: &Runtime, name: &str) -> W::Output {
    runtime.execution::<W>(name).await.expect("it is there").result().await.expect("it succeeds")
}

async fn finish(runtime: &Runtime) {
    assert_eq!(result::<Napping>(runtime, "waits").await, 1_250);
    assert!(result::<Asking>(runtime, "asks").await);
    assert_eq!(result::<Driving>(runtime, "retries").await, "drove P-3");
    assert_eq!(result::<SideBySide>(runtime, "side-by-side").await, 1_250 + 14 + 1);
    assert_eq!(result::<Each>(runtime, "maps").await, [2, 4, 6, 8]);
    assert_eq!(result::<Many>(runtime, "map-run").await, [10, 12, 14]);
    assert_eq!(result::<Outer>(runtime, "has-a-child").await, 1_250);
    // What has ended reads, and what has failed can be redriven.
    assert_eq!(result::<Straight>(runtime, "succeeded").await, 1_250);
    for name in ["failed", "redriven"] {
        let failed = runtime.execution::<Refused>(name).await.expect("it is there");
        failed.redrive().await.expect("it can be redriven");
        assert_eq!(result::<Refused>(runtime, name).await.weight_grams, 1_250);
    }
    assert_eq!(start::<Straight>(runtime, "new", Parcel::new("P-11")).await.result().await.expect("an output"), 1_250);
}

#[tokio::test(flavor = "multi_thread")]
async fn golden_databases_of_every_format_open_and_finish() {
    let mut formats = 0;
    for entry in std::fs::read_dir(folder()).expect("the golden databases") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            eprintln!("{}", path.display());
            opens(&path).await;
            formats += 1;
        }
    }
    assert!(formats > 0);
    let present = folder().join(crate::store::sled_format().to_string());
    assert!(present.is_dir(), "the present format has no golden database: write it, see above");
}
