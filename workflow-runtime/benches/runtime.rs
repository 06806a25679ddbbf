//! What a transition costs: in memory against tokio and serde alone, on sled against a raw log on the same disk.
//!
//! Each line is a ratio of two measurements of one run, taken in turns: the machine's own numbers vary too much to be
//! compared between runs. `cargo bench -p workflow-runtime --bench runtime [memory|sled|latency|footprint|recovery]`; `loop` runs
//! the flow in memory on one thread for a profiler.
#![expect(clippy::print_stdout, reason = "a bench tells its numbers")]
#![expect(clippy::cast_precision_loss, reason = "numbers for people")]

#[cfg(feature = "sled")]
#[path = "runtime/durable.rs"]
mod durable;
#[path = "runtime/five.rs"]
mod five;
#[cfg(feature = "sled")]
#[path = "runtime/rawlog.rs"]
mod rawlog;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use five::{Five, Nap, Order};
use workflow_runtime::runtime::Runtime;
use workflow_runtime::store::{MemoryStore, Store};

/// A five-step execution commits its start and the end of each step.
const COMMITS: usize = 6;
const ROUNDS: usize = 5;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|it| it == name);
    if wanted.iter().any(|it| it == "loop") {
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("tokio starts");
        tokio.block_on(looped());
        return;
    }
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("tokio starts");
    if wants("memory") {
        tokio.block_on(memory());
    }
    #[cfg(feature = "sled")]
    {
        if wants("sled") {
            for waiters in [1, 64, 256] {
                tokio.block_on(durable::throughput(waiters));
            }
        }
        if wants("latency") {
            tokio.block_on(durable::latency());
        }
        if wanted.iter().any(|it| it == "footprint") {
            tokio.block_on(durable::footprint());
        } else if wanted.is_empty() {
            let program = std::env::current_exe().expect("this program has a path");
            let status = std::process::Command::new(program).arg("footprint").status().expect("it runs again");
            assert!(status.success(), "the footprint could not be measured");
        }
        if wants("recovery") {
            tokio.block_on(durable::recovery());
        }
    }
}

/// For instruction counts: `valgrind --tool=callgrind`.
async fn looped() {
    let total = std::env::var("WF_BENCH_EXECUTIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let runtime = runtime(Arc::new(MemoryStore::new())).await;
    for _ in 0..total {
        run_one(&runtime).await;
    }
    println!("{total} executions, {} transitions", total * 5);
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
