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
    let file = Arc::new(RawFile::create(&folder.path().join("log")));
    let (mut raws, mut bares, mut ours) = (Vec::new(), Vec::new(), Vec::new());
    println!("sled, {waiters} at once, commits/s:     raw log   runtime on it     on sled   ratio");
    for round in 0..ROUNDS {
        // Before and after: the machine changes by the second.
        let before = raw_log(&file, waiters, total).await;
        let sled = executions(open(&folder.path().join(round.to_string())), waiters, total).await;
        let raw = f64::midpoint(before, raw_log(&file, waiters, total).await);
        let bare = executions(Arc::new(RawStore(Arc::clone(&file))), waiters, total).await;
        println!("  round {round}                    {raw:>12.0}    {bare:>12.0} {sled:>11.0} {:>7.2}", sled / raw);
        raws.push(raw);
        bares.push(bare / raw);
        ours.push((sled, sled / raw));
    }
    let (rates, ratios): (Vec<_>, Vec<_>) = ours.into_iter().unzip();
    let sled = median(rates);
    println!(
        "  median: {sled:.0} commits/s, {:.0} five-step executions/s; raw log {:.0}/s; ratio {:.2}, without sled {:.2}",
        sled / COMMITS as f64,
        median(raws),
        median(ratios),
        median(bares)
    );
}

pub(crate) async fn latency() {
    const RUNS: usize = 200;
    let folder = folder();
    let raw = RawFile::create(&folder.path().join("log"));
    let runtime = runtime(open(&folder.path().join("db"))).await;
    let (mut syncs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let start = Instant::now();
        for _ in 0..5 {
            raw.append(&RECORD);
        }
        syncs.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        run_one(&runtime).await;
        ours.push(start.elapsed().as_secs_f64());
    }
    runtime.shutdown().await;
    let pairs = syncs.iter().zip(&ours).map(|(syncs, ours)| ours / syncs).collect();
    let (syncs, ours) = (median(syncs), median(ours));
    println!(
        "latency: five steps (six commits) p50 {:.2} ms; five appends with fdatasync {:.2} ms; ratio {:.2}, of neighbours {:.2}",
        ours * 1e3,
        syncs * 1e3,
        ours / syncs,
        median(pairs)
    );
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
