//! A sequence of commits in which each record follows from its place, so that whoever knows how many commits were made
//! knows every record that must be there. A child process makes them and says so on its standard output.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use workflow_runtime::engine::ExecutionStatus;
use workflow_runtime::store::{
    Commit, DefinitionHash, ExecutionHead, ExecutionNumber, ListQuery, SledStore, Store, StoreErrorKind,
};
use workflow_runtime::time::Timestamp;

/// Executions at a time; in each commit, each gets a record, a fifth begin and a fifth end.
const SLOTS: u64 = 60;

/// Records of an execution.
const STEPS: u64 = 5;

/// An execution that gets a record now and then and never ends.
const PARKED: u64 = 1 << 40;

/// Tells the test program that it is the child, and in which folder.
const FOLDER: &str = "WF_STORE_CHILD";

/// Where the child takes the script up.
const FROM: &str = "WF_STORE_CHILD_FROM";

/// The record that this commit adds to this execution.
fn record(number: u64, commit: u64) -> Vec<u8> {
    let mut record = format!("{number}:{commit}:").into_bytes();
    let length = record.len() + usize::try_from((number * 7919 + commit * 104_729) % 400).expect("small");
    record.resize(length, b'.');
    record
}

fn head(number: u64, ended: bool) -> ExecutionHead {
    ExecutionHead {
        number: ExecutionNumber(number),
        workflow: "Order".to_owned(),
        name: format!("ORD-{number}"),
        definition: DefinitionHash([7; 32]),
        status: if ended { ExecutionStatus::Succeeded } else { ExecutionStatus::Running },
        started_at: Timestamp::from_millis(1_767_225_600_000),
        stopped_at: ended.then(|| Timestamp::from_millis(1_767_225_601_000)),
    }
}

/// The commits that add to this execution, the last of which may be the end of it.
fn commits_of(number: u64) -> std::ops::Range<u64> {
    let (slot, turn) = ((number - 1) % SLOTS, (number - 1) / SLOTS);
    let begin = turn * STEPS;
    begin.saturating_sub(slot % STEPS)..(begin + STEPS).saturating_sub(slot % STEPS)
}

/// The batch of this commit.
pub(crate) fn batch(commit: u64) -> Vec<Commit> {
    let mut batch = Vec::new();
    for slot in 0..SLOTS {
        let number = 1 + slot + SLOTS * ((commit + slot % STEPS) / STEPS);
        let commits = commits_of(number);
        let ended = commit + 1 == commits.end;
        let head = (commit == commits.start || ended).then(|| head(number, ended));
        batch.push(Commit { number: ExecutionNumber(number), record: record(number, commit), head });
    }
    if commit.is_multiple_of(20) {
        let head = (commit == 0).then(|| head(PARKED, false));
        batch.push(Commit { number: ExecutionNumber(PARKED), record: record(PARKED, commit), head });
    }
    batch
}

/// Looks at everything that was acknowledged before `known` and returns how many commits there are: one more may be.
pub(crate) fn verify(folder: &Path, known: u64) -> u64 {
    let store = SledStore::open(folder).expect("the store opens after the crash");
    let parked_of = |commits: u64| commits.div_ceil(20);
    // Slot 0's execution of this turn gets a record in each commit: it tells whether the unacknowledged one is there.
    let probe = 1 + SLOTS * (known / STEPS);
    let stored = store.load(ExecutionNumber(probe)).expect("load").map_or(0, |stored| stored.records.len() as u64);
    let commits = known + u64::from(stored > known % STEPS);
    let last = 1 + SLOTS + SLOTS * (commits / STEPS + 1);
    let mut running = 0;
    for number in 1..last {
        let expected = commits_of(number);
        let records: Vec<_> = (expected.start..expected.end.min(commits)).map(|at| record(number, at)).collect();
        let found = store.load(ExecutionNumber(number)).expect("load");
        if records.is_empty() {
            assert_eq!(found, None, "number {number} of {commits} commits has not begun");
            continue;
        }
        let head = head(number, commits >= expected.end);
        running += usize::from(head.status == ExecutionStatus::Running);
        let found = found.unwrap_or_else(|| panic!("number {number} of {commits} commits is lost"));
        assert!(found.records == records, "records of number {number} after {commits} commits");
        assert_eq!(found.head, head);
        if number % 17 == 0 {
            assert_eq!(store.find("Order", &head.name).expect("find"), Some(head));
        }
    }
    let parked = store.load(ExecutionNumber(PARKED)).expect("load").map_or(0, |stored| stored.records.len() as u64);
    assert_eq!(parked, parked_of(commits), "records of the parked execution after {commits} commits");
    let claim = store.claim().expect("claim");
    assert_eq!(claim.unfinished.len(), running + usize::from(commits > 0));
    let listed = store.list(&ListQuery::default()).expect("list");
    assert!(listed.is_sorted_by(|a, b| a.number > b.number), "newest first");
    commits
}

/// How many commits there are, where it is known to lie between two numbers.
pub(crate) fn commits(folder: &Path, least: u64, most: u64) -> u64 {
    let store = SledStore::open(folder).expect("the store opens after the crash");
    let made = |commit: &u64| {
        let number = 1 + SLOTS * (commit / STEPS);
        let stored = store.load(ExecutionNumber(number)).expect("load");
        stored.is_some_and(|stored| stored.records.len() as u64 > commit % STEPS)
    };
    let commits = (0..most).take_while(made).count() as u64;
    assert!(commits >= least, "{least} commits were acknowledged and {commits} are there");
    commits
}

/// The test program itself, as a child that commits until it is killed.
pub(crate) fn spawn(folder: &Path, from: u64) -> Running {
    let child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "script::child", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(FROM, from.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn();
    Running(child.expect("start the child"))
}

/// A child that does not outlive its test.
#[derive(Debug)]
pub(crate) struct Running(Child);

impl Running {
    /// `kill -9`, and wait for the end.
    pub(crate) fn kill(&mut self) {
        self.0.kill().and_then(|()| self.0.wait()).expect("kill -9");
    }

    /// Stops it where it is, without ending it.
    pub(crate) fn freeze(&self) {
        let status = Command::new("kill").args(["-STOP", &self.0.id().to_string()]).status().expect("kill -STOP");
        assert!(status.success());
    }

    /// What it says.
    pub(crate) fn words(&mut self) -> BufReader<std::process::ChildStdout> {
        BufReader::new(self.0.stdout.take().expect("piped"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Mostly it has ended before.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Reads acknowledgements until there are so many, or until the child's end; the number of commits that are known.
pub(crate) fn acknowledged(lines: &mut impl BufRead, from: u64, enough: u64) -> u64 {
    let mut known = from;
    let mut line = String::new();
    while known < from.saturating_add(enough) {
        line.clear();
        if lines.read_line(&mut line).expect("read the child's words") == 0 {
            break;
        }
        // A line that was cut off by the kill is no acknowledgement.
        let Some(commit) = line.strip_suffix('\n').and_then(|line| line.strip_prefix("committed ")) else { continue };
        assert_eq!(commit.parse(), Ok(known), "acknowledged in order");
        known += 1;
    }
    known
}

/// Opens the store that the parent has just closed: where another test begins a process in that moment, this has the lock
/// until it becomes another program.
pub(crate) fn open_as_child(folder: &Path) -> SledStore {
    for _ in 0..1_000_000 {
        match SledStore::open(folder) {
            Err(fault) if fault.kind == StoreErrorKind::Busy => std::thread::yield_now(),
            opened => return opened.expect("open"),
        }
    }
    panic!("the store stays in use")
}

/// Not a claim of its own: the child's side of the tests beside it.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let from: u64 = std::env::var(FROM).expect("where to begin").parse().expect("a number");
    let store = open_as_child(Path::new(&folder));
    let owner = store.claim().expect("claim").fencing;
    let mut out = std::io::stdout();
    // The harness has begun a line. Where nobody reads any more, the parent has failed.
    let mut said = writeln!(out);
    for commit in from.. {
        if said.is_err() {
            return;
        }
        store.commit(owner, batch(commit)).expect("commit");
        said = writeln!(out, "committed {commit}").and_then(|()| out.flush());
    }
}

/// A small generator, so that a seed repeats a run.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// From `WF_STORE_SEED`, or from what changes with every run; printed in any case.
    pub(crate) fn seeded() -> Self {
        let given = std::env::var("WF_STORE_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| u64::from(std::process::id()) * 2_654_435_761);
        eprintln!("WF_STORE_SEED={seed} repeats this run");
        Self(seed | 1)
    }

    /// Below the bound.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}
