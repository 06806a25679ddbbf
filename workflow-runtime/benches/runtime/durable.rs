//! On sled: throughput, latency, memory, disk, recovery.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use workflow_runtime::store::{SledStore, Store};

use crate::five::Order;
use crate::rawlog::{RawFile, RawLog, RawStore};
use crate::{COMMITS, median, rate, run_one, runtime};

/// What one commit of the five-step flow writes, about.
const RECORD: [u8; 200] = [7; 200];
const ROUNDS: usize = 7;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder")
}

fn open(path: &Path) -> Arc<dyn Store> {
    Arc::new(SledStore::open(path).expect("sled opens"))
}

/// So many executions at once on this store; commits a second.
async fn executions(store: Arc<dyn Store>, waiters: usize, total: usize) -> f64 {
    let runtime = runtime(store).await;
    let shared = runtime.clone();
    let job = move |_| {
        let runtime = shared.clone();
        async move { run_one(&runtime).await }
    };
    // The first ones find cold caches on both sides.
    rate(waiters, waiters * 2, job.clone()).await;
    let commits = rate(waiters, total, job).await * COMMITS as f64;
    runtime.shutdown().await;
    commits
}

/// The same number of waiters on a raw log, each with as many appends as an execution has commits.
async fn raw_log(file: &Arc<RawFile>, waiters: usize, total: usize) -> f64 {
    let log = Arc::new(RawLog::start(Arc::clone(file)));
    let job = move |_| {
        let log = Arc::clone(&log);
        async move { log.append_each(COMMITS, &RECORD).await }
    };
    rate(waiters, waiters * 2, job.clone()).await;
    rate(waiters, total, job).await * COMMITS as f64
}

pub(crate) async fn throughput(waiters: usize) {
    let total = if waiters == 1 { 150 } else { waiters * 100 };
    let folder = folder();
    let overwritten = Arc::new(RawFile::preallocated(&folder.path().join("overwritten")));
    let mut rounds = [const { Vec::new() }; 6];
    println!(
        "sled, {waiters} at once, commits/s:  raw log  overwritten  runtime on it    on sled   ratio (overwritten)"
    );
    for round in 0..ROUNDS {
        let log = Arc::new(RawFile::growing(&folder.path().join(format!("log-{round}"))));
        // Before and after: the machine changes by the second.
        let before = (raw_log(&log, waiters, total).await, raw_log(&overwritten, waiters, total).await);
        let sled = executions(open(&folder.path().join(round.to_string())), waiters, total).await;
        let raw = f64::midpoint(before.0, raw_log(&log, waiters, total).await);
        let over = f64::midpoint(before.1, raw_log(&overwritten, waiters, total).await);
        let bare = executions(Arc::new(RawStore(log)), waiters, total).await;
        let (ratio, hard) = (sled / raw, sled / over);
        println!(
            "  round {round}                {raw:>12.0} {over:>12.0} {bare:>14.0} {sled:>10.0} {ratio:>7.2} ({hard:.2})"
        );
        for (all, one) in rounds.iter_mut().zip([raw, over, bare / raw, sled, ratio, hard]) {
            all.push(one);
        }
    }
    let [raw, over, bare, sled, ratio, hard] = rounds.map(median);
    println!(
        "  median: {sled:.0} commits/s, {:.0} five-step executions/s; raw log {raw:.0}/s, ratio {ratio:.2}, without sled \
         {bare:.2}; overwritten log {over:.0}/s, ratio {hard:.2}",
        sled / COMMITS as f64,
    );
}

pub(crate) async fn latency() {
    const RUNS: usize = 200;
    let folder = folder();
    let log = RawFile::growing(&folder.path().join("log"));
    let overwritten = RawFile::preallocated(&folder.path().join("overwritten"));
    let runtime = runtime(open(&folder.path().join("db"))).await;
    let mut rounds = [const { Vec::new() }; 5];
    for _ in 0..RUNS {
        let raw = five_appends(&log);
        let over = five_appends(&overwritten);
        let start = Instant::now();
        run_one(&runtime).await;
        let ours = start.elapsed().as_secs_f64();
        for (all, one) in rounds.iter_mut().zip([raw, over, ours, ours / raw, ours / over]) {
            all.push(one);
        }
    }
    runtime.shutdown().await;
    let [raw, over, ours, ratio, hard] = rounds.map(median);
    println!(
        "latency: five steps (six commits) p50 {:.2} ms; five appends with fdatasync {:.2} ms, ratio {:.2}, of neighbours \
         {ratio:.2}; overwriting instead {:.2} ms, ratio {:.2}, of neighbours {hard:.2}",
        ours * 1e3,
        raw * 1e3,
        ours / raw,
        over * 1e3,
        ours / over,
    );
}

fn five_appends(file: &RawFile) -> f64 {
    let start = Instant::now();
    for _ in 0..5 {
        file.append(&RECORD);
    }
    start.elapsed().as_secs_f64()
}

/// Memory and disk of 256 at once: in a process of its own, whose peak is nobody else's.
pub(crate) async fn footprint() {
    const EXECUTIONS: usize = 100_000;
    let folder = folder();
    let path = folder.path().join("db");
    let commits = executions(open(&path), 256, EXECUTIONS).await;
    let written = size_of(&path);
    // What sled has freed by now it gives back when it is opened again.
    let store = open(&path);
    tokio::time::sleep(Duration::from_secs(2)).await;
    drop(store);
    let settled = size_of(&path);
    println!(
        "footprint: {EXECUTIONS} executions, 256 at once, {commits:.0} commits/s: peak memory {} MB; disk {:.0} bytes an \
         execution at the end, {:.0} after a reopening",
        peak_memory_kb() / 1024,
        written as f64 / EXECUTIONS as f64,
        settled as f64 / EXECUTIONS as f64,
    );
}

fn peak_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

/// Bytes that a folder takes on the disk.
fn size_of(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    let one = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(data) if data.is_dir() => size_of(&entry.path()),
        Ok(data) => data.blocks() * 512,
        Err(_) => 0,
    };
    entries.flatten().map(one).sum()
}

pub(crate) async fn recovery() {
    const EXECUTIONS: usize = 100_000;
    let folder = folder();
    let path = folder.path().join("db");
    let first = runtime(open(&path)).await;
    let shared = first.clone();
    let job = move |_| {
        let runtime = shared.clone();
        async move { drop(runtime.start_unnamed::<crate::five::Nap>(Order::sample()).await.expect("it is started")) }
    };
    rate(1_024, EXECUTIONS, job).await;
    first.shutdown().await;
    drop(first);
    let start = Instant::now();
    drop(sled::open(&path).expect("sled opens"));
    let alone = start.elapsed();
    let start = Instant::now();
    let store = open(&path);
    let opened = start.elapsed();
    let second = runtime(store).await;
    let recovered = start.elapsed();
    println!(
        "recovery: {} unfinished executions run again after {recovered:.2?}, of which {opened:.2?} to open the store; sled \
         alone opens and closes in {alone:.2?}",
        second.live_executions()
    );
    second.shutdown().await;
}
