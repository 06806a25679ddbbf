//! Records committed per second by the sled store, against the limit: a raw log that appends the same bytes and syncs them.
//!
//! `cargo bench -p workflow-runtime --bench store` prints, for each size of a commit, the log's rate, the store's, and their
//! ratio; rounds are interleaved, since a shared disk changes by the minute, and the middle round counts. *running* adds to
//! executions that never end; *ending* starts and ends executions of five records, archive and index included.
//! `WF_BENCH_SECONDS` is the time of one measurement (0.5), `WF_BENCH_FOLDER` where the files are put (a folder on tmpfs shows
//! what the processor alone does), `WF_BENCH_SIZE` measures one size of a commit only.
#![expect(clippy::print_stdout, reason = "a bench prints what it found")]

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use workflow_runtime::engine::ExecutionStatus;
use workflow_runtime::store::{
    Commit, DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, SledStore, Store, StoreError,
};
use workflow_runtime::time::Timestamp;

const RECORD: usize = 150;
const RECORDS_OF_AN_EXECUTION: u64 = 5;
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Run by `cargo test --benches`, it only has to work.
    let quick = !std::env::args().any(|argument| argument == "--bench");
    let seconds = std::env::var("WF_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(0.5);
    let time = Duration::from_secs_f64(if quick { 0.01 } else { seconds });
    println!("records/s of {RECORD} bytes     raw log      running   ratio       ending   ratio   disk an execution");
    let only = std::env::var("WF_BENCH_SIZE").ok().and_then(|text| text.parse::<u64>().ok());
    for size in [1, 64, 256, 1024].into_iter().filter(|size| only.is_none_or(|only| only == *size)) {
        let mut rounds = Vec::new();
        for _ in 0..if quick { 1 } else { ROUNDS } {
            let folder = folder()?;
            let raw = raw_log(&folder.path().join("log"), size, time)?;
            let running = store(&folder.path().join("running"), size, time, running)?.0;
            let (ending, disk) = store(&folder.path().join("ending"), size, time, ending)?;
            rounds.push((raw, running, ending, disk));
        }
        let middle = |rate: fn(&(f64, f64, f64, f64)) -> f64| {
            let mut rates: Vec<f64> = rounds.iter().map(rate).collect();
            rates.sort_by(f64::total_cmp);
            rates[rates.len() / 2]
        };
        println!(
            "{size:>5} a commit        {:>12.0} {:>12.0} {:>7.2} {:>12.0} {:>7.2}   {:>8.0} bytes",
            middle(|round| round.0),
            middle(|round| round.1),
            middle(|round| round.1 / round.0),
            middle(|round| round.2),
            middle(|round| round.2 / round.0),
            middle(|round| round.3),
        );
    }
    recovery(if quick { 1_000 } else { 100_000 })
}

fn folder() -> io::Result<tempfile::TempDir> {
    let parent = std::env::var_os("WF_BENCH_FOLDER").unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into());
    tempfile::tempdir_in(parent)
}

/// Appends and syncs until the time is over.
fn raw_log(path: &Path, size: u64, time: Duration) -> io::Result<f64> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let commit: Vec<u8> = (0..size).flat_map(|_| [7; RECORD]).collect();
    let (begin, mut records) = (Instant::now(), 0);
    while begin.elapsed() < time {
        file.write_all(&commit)?;
        file.sync_data()?;
        records += size;
    }
    Ok(rate(records, begin))
}

fn rate(records: u64, begin: Instant) -> f64 {
    f64::from(u32::try_from(records).unwrap_or(u32::MAX)) / begin.elapsed().as_secs_f64()
}

/// Commits batches until the time is over; the rate, and the bytes on disk per execution.
fn store(
    path: &Path,
    size: u64,
    time: Duration,
    batch: fn(u64, u64) -> Vec<Commit>,
) -> Result<(f64, f64), Box<dyn std::error::Error>> {
    let store = SledStore::open(path)?;
    let owner = store.claim()?.fencing;
    let mut numbers = 0..;
    // What an execution's start needs comes before the clock starts.
    store.commit(owner, (0..size).map(|slot| record(1 + slot, true, None)).collect())?;
    let (begin, mut records) = (Instant::now(), 0);
    while begin.elapsed() < time {
        store.commit(owner, batch(numbers.next().unwrap_or_default(), size))?;
        records += size;
    }
    let rate = rate(records, begin);
    let executions = f64::from(u32::try_from(records / RECORDS_OF_AN_EXECUTION + 1)?);
    let disk = f64::from(u32::try_from(File::open(path.join("db"))?.metadata()?.len())?);
    Ok((rate, disk / executions))
}

/// One more record for each of `size` executions.
fn running(_: u64, size: u64) -> Vec<Commit> {
    (0..size).map(|slot| record(1 + slot, false, None)).collect()
}

/// One more record for each of `size` executions, a fifth of which end and a fifth of which begin.
fn ending(commit: u64, size: u64) -> Vec<Commit> {
    let one = |slot: u64| {
        let at = commit + slot % RECORDS_OF_AN_EXECUTION;
        let number = 1 + slot + size * (1 + at / RECORDS_OF_AN_EXECUTION);
        match at % RECORDS_OF_AN_EXECUTION {
            0 => record(number, true, None),
            4 => record(number, commit < 4, Some(ExecutionStatus::Succeeded)),
            _ => record(number, commit < 4, None),
        }
    };
    (0..size).map(one).collect()
}

fn record(number: u64, begins: bool, ends: Option<ExecutionStatus>) -> Commit {
    let head = (begins || ends.is_some()).then(|| ExecutionHead {
        number: ExecutionNumber(number),
        workflow: "Order".to_owned(),
        name: format!("ORD-{number:08}"),
        definition: DefinitionHash([7; 32]),
        status: ends.unwrap_or(ExecutionStatus::Running),
        started_at: Timestamp::from_millis(1_767_225_600_000),
        stopped_at: ends.map(|_| Timestamp::from_millis(1_767_225_601_000)),
    });
    Commit { number: ExecutionNumber(number), record: vec![7; RECORD], head }
}

/// How long a store with so many unfinished executions takes to open, beside sled's own part.
fn recovery(executions: u64) -> Result<(), Box<dyn std::error::Error>> {
    let folder = folder()?;
    fill(folder.path(), executions)?;
    let begin = Instant::now();
    drop(sled::open(folder.path())?);
    let sled_alone = begin.elapsed();
    let begin = Instant::now();
    let store = SledStore::open(folder.path())?;
    let opened = begin.elapsed();
    let claim = store.claim()?;
    println!(
        "{} unfinished executions: opened in {opened:.2?} (sled alone, with closing, {sled_alone:.2?}), claimed in {:.2?}",
        claim.unfinished.len(),
        begin.elapsed().saturating_sub(opened)
    );
    Ok(())
}

fn fill(path: &Path, executions: u64) -> Result<(), StoreError> {
    let store = SledStore::open(path)?;
    let owner: Fencing = store.claim()?.fencing;
    let numbers: Vec<u64> = (1..=executions).collect();
    for part in numbers.chunks(1000) {
        for step in 0..3 {
            store.commit(owner, part.iter().map(|number| record(*number, step == 0, None)).collect())?;
        }
    }
    Ok(())
}
