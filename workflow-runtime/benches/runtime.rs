//! What a transition costs: in memory against tokio and serde alone, on sled against a raw log on the same disk.
//!
//! Each line is a ratio of two measurements of one run, taken in turns: the machine's own numbers vary too much to be
//! compared between runs. `cargo bench -p workflow-runtime --bench runtime [memory|sled|latency|recovery]`
#![expect(clippy::print_stdout, reason = "a bench tells its numbers")]
#![expect(clippy::cast_precision_loss, reason = "numbers for people")]

#[path = "runtime/five.rs"]
mod five;
#[path = "runtime/rawlog.rs"]
mod rawlog;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use five::{Five, Nap, Order};
use rawlog::RawLog;
use workflow_runtime::runtime::Runtime;
use workflow_runtime::store::{MemoryStore, Store};

/// A five-step execution commits its start and the end of each step.
const COMMITS: usize = 6;
const ROUNDS: usize = 5;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|it| it == name);
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("tokio starts");
    if wants("memory") {
        tokio.block_on(memory());
    }
    #[cfg(feature = "sled")]
    {
        if wants("sled") {
            for waiters in [1, 64, 256] {
                tokio.block_on(sled(waiters));
            }
        }
        if wants("latency") {
            tokio.block_on(latency());
        }
        if wants("recovery") {
            tokio.block_on(recovery());
        }
    }
}

/// Runs `total` jobs, `concurrent` at a time, and says how many a second.
async fn rate<F>(concurrent: usize, total: usize, job: impl Fn(usize) -> F + Clone + Send + 'static) -> f64
where
    F: Future<Output = ()> + Send,
{
    let next = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let tasks: Vec<_> = (0..concurrent)
        .map(|_| {
            let (next, job) = (Arc::clone(&next), job.clone());
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= total {
                        break;
                    }
                    job(number).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a job does not panic");
    }
    total as f64 / start.elapsed().as_secs_f64()
}

async fn runtime(store: Arc<dyn Store>) -> Runtime {
    Runtime::builder().shared_store(store).register::<Five>().register::<Nap>().start().await.expect("it starts")
}

async fn run_one(runtime: &Runtime) {
    let execution = runtime.start_unnamed::<Five>(Order::sample()).await.expect("it is started");
    execution.result().await.expect("it succeeds");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn memory() {
    const TOTAL: usize = 20_000;
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(rate(64, TOTAL, |_| async { five::bare().await }).await * 5.0);
        let runtime = runtime(Arc::new(MemoryStore::new())).await;
        let job = move |_| {
            let runtime = runtime.clone();
            async move { run_one(&runtime).await }
        };
        ours.push(rate(64, TOTAL, job).await * 5.0);
    }
    let (bare, ours) = (median(bare), median(ours));
    println!(
        "memory: {ours:.0} transitions/s, {:.2} us each on all cores; tokio and serde alone {bare:.0}/s; ratio {:.2}",
        1e6 / ours,
        ours / bare
    );
}

#[cfg(feature = "sled")]
async fn sled(waiters: usize) {
    let total = if waiters == 1 { 150 } else { waiters * 60 };
    let (mut raw, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir_in(".").expect("a folder");
        let log = Arc::new(RawLog::open(&folder.path().join("log")));
        let job = move |_| {
            let log = Arc::clone(&log);
            async move {
                for _ in 0..COMMITS {
                    log.append(vec![7; 200]).await;
                }
            }
        };
        raw.push(rate(waiters, total, job).await * COMMITS as f64);
        let store = workflow_runtime::store::SledStore::open(folder.path().join("db")).expect("sled opens");
        let runtime = runtime(Arc::new(store)).await;
        let shared = runtime.clone();
        let job = move |_| {
            let runtime = shared.clone();
            async move { run_one(&runtime).await }
        };
        ours.push(rate(waiters, total, job).await * COMMITS as f64);
        runtime.shutdown().await;
    }
    let (raw, ours) = (median(raw), median(ours));
    println!(
        "sled, {waiters} at once: {ours:.0} commits/s ({:.0} five-step executions/s); raw log {raw:.0}/s; ratio {:.2}",
        ours / COMMITS as f64,
        ours / raw
    );
}

#[cfg(feature = "sled")]
async fn latency() {
    const RUNS: usize = 100;
    let folder = tempfile::tempdir_in(".").expect("a folder");
    let raw = RawLog::open(&folder.path().join("log"));
    let store = workflow_runtime::store::SledStore::open(folder.path().join("db")).expect("sled opens");
    let runtime = runtime(Arc::new(store)).await;
    let (mut flushes, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let start = Instant::now();
        for _ in 0..5 {
            raw.append_here(&[7; 200]);
        }
        flushes.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        run_one(&runtime).await;
        ours.push(start.elapsed().as_secs_f64());
    }
    runtime.shutdown().await;
    let (flushes, ours) = (median(flushes), median(ours));
    println!(
        "latency: five steps p50 {:.2} ms; five times append and fdatasync {:.2} ms; ratio {:.2}",
        ours * 1e3,
        flushes * 1e3,
        ours / flushes
    );
}

#[cfg(feature = "sled")]
async fn recovery() {
    const EXECUTIONS: usize = 100_000;
    let folder = tempfile::tempdir_in(".").expect("a folder");
    let open = || Arc::new(workflow_runtime::store::SledStore::open(folder.path().join("db")).expect("sled opens"));
    let first = runtime(open()).await;
    let shared = first.clone();
    let job = move |_| {
        let runtime = shared.clone();
        async move { drop(runtime.start_unnamed::<Nap>(Order::sample()).await.expect("it is started")) }
    };
    rate(1_024, EXECUTIONS, job).await;
    first.shutdown().await;
    drop(first);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let start = Instant::now();
    let store = open();
    let opened = start.elapsed();
    let start = Instant::now();
    let second = runtime(store).await;
    let recovered = start.elapsed();
    println!(
        "recovery: {} unfinished executions in {recovered:.2?}, beside {opened:.2?} to open the store",
        second.live_executions()
    );
    second.shutdown().await;
}
