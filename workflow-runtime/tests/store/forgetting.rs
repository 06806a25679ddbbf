//! `kill -9` at any moment of a process that forgets while it commits: each execution is whole or gone, with its name, nothing that
//! runs is touched, and the next process ends what was begun.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use workflow_runtime::engine::ExecutionStatus;
use workflow_runtime::store::{
    Commit, DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, PruneQuery, SledStore, Store,
};
use workflow_runtime::time::Timestamp;

use crate::script::{Random, open_as_child};

const ROUNDS: u64 = 6;

/// Executions that begin in one commit, and end in it.
const EACH: u64 = 40;

/// Those of so many commits are kept.
const KEPT: u64 = 25;

/// Runs on, and gets a record in each commit.
const PARKED: u64 = 1;

/// Tells the test program that it is the child, and in which folder.
const FOLDER: &str = "WF_STORE_FORGETS";

/// Where the child takes it up.
const FROM: &str = "WF_STORE_FORGETS_FROM";

fn at(commit: u64) -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000 + 1_000 * i64::try_from(commit).expect("small"))
}

fn name(number: u64) -> String {
    format!("ORD-{number}")
}

fn head(number: u64, ended: Option<u64>) -> ExecutionHead {
    ExecutionHead {
        number: ExecutionNumber(number),
        workflow: "Order".to_owned(),
        name: name(number),
        definition: DefinitionHash([7; 32]),
        status: if ended.is_some() { ExecutionStatus::Succeeded } else { ExecutionStatus::Running },
        started_at: at(0),
        stopped_at: ended.map(at),
    }
}

/// Of this commit.
fn numbers(commit: u64) -> std::ops::Range<u64> {
    2 + commit * EACH..2 + (commit + 1) * EACH
}

fn record(number: u64, ordinal: u8) -> Vec<u8> {
    let mut record = format!("{number}:{ordinal}:").into_bytes();
    record.resize(200 + usize::try_from(number * 7919 % 400).expect("small"), b'.');
    record
}

fn batch(commit: u64) -> Vec<Commit> {
    let parked = (commit == 0).then(|| head(PARKED, None));
    let mut batch = vec![Commit { number: ExecutionNumber(PARKED), record: record(PARKED, 0), head: parked }];
    for number in numbers(commit) {
        let one = |ordinal, head| Commit {
            number: ExecutionNumber(number),
            record: record(number, ordinal),
            head: Some(head),
        };
        batch.extend([one(0, head(number, None)), one(1, head(number, Some(commit)))]);
    }
    batch
}

/// Forgets those of the commits before this one.
fn forget(store: &SledStore, owner: Fencing, before: u64) {
    let mut query = PruneQuery { limit: 100, ..PruneQuery::ended_before(at(before)) };
    while let Some(next) = store.prune(owner, &query).expect("prune").next {
        query.after = Some(next);
    }
}

/// Not a claim of its own: the child's side of the test below.
#[test]
fn forgetting_child() {
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
        if commit % 3 == 2 && commit > KEPT {
            forget(&store, owner, commit - KEPT);
            said = said.and_then(|()| writeln!(out, "forgotten {}", commit - KEPT)).and_then(|()| out.flush());
        }
    }
}

/// What the child said: commits before the one, and that those of commits before the other are forgotten.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    committed: u64,
    forgotten: u64,
}

impl Known {
    /// Reads on until so many commits are known, or to the end.
    fn read(&mut self, words: &mut impl BufRead, enough: u64) {
        let mut line = String::new();
        while self.committed < enough {
            line.clear();
            if words.read_line(&mut line).expect("read the child's words") == 0 {
                return;
            }
            // A line that was cut off by the kill is no acknowledgement.
            let Some((word, number)) = line.strip_suffix('\n').and_then(|line| line.split_once(' ')) else { continue };
            match (word, number.parse::<u64>()) {
                ("committed", Ok(commit)) => self.committed = commit + 1,
                ("forgotten", Ok(before)) => self.forgotten = before,
                _ => {}
            }
        }
    }
}

#[test]
fn whatever_a_kill_cuts_off_is_whole_or_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut random = Random::seeded();
    let mut known = Known::default();
    for round in 0..ROUNDS {
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "forgetting::forgetting_child", "--nocapture", "--test-threads=1"])
            .env(FOLDER, folder.path())
            .env(FROM, known.committed.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn();
        let mut child = child.expect("start the child");
        let mut words = BufReader::new(child.stdout.take().expect("piped"));
        let begin = known.committed;
        known.read(&mut words, begin + 20 + random.below(40));
        // Some way on, into a commit or into the forgetting between two.
        for _ in 0..random.below(3_000_000) {
            std::hint::spin_loop();
        }
        child.kill().and_then(|()| child.wait()).expect("kill -9");
        known.read(&mut words, u64::MAX);
        assert!(known.committed > begin, "round {round}: the child got nowhere");
        let (kept, cut_off) = verify(folder.path(), known);
        eprintln!(
            "round {round}: {known:?}, {kept} commits kept, {cut_off} forgotten of those that were being forgotten"
        );
        known.committed = kept;
    }
}

/// How many commits there are, and how many executions are gone of which the child had not said so.
fn verify(folder: &Path, known: Known) -> (u64, usize) {
    let store = SledStore::open(folder).expect("the store opens after the crash");
    let loaded = |number| store.load(ExecutionNumber(number)).expect("load");
    let named = |number| store.find("Order", &name(number)).expect("find").map(|head| head.number.0);
    let newest = numbers(known.committed).start;
    let kept = known.committed + u64::from(loaded(newest).is_some());
    // What the child may have been about when it was killed.
    let may_be_gone = kept.saturating_sub(KEPT);
    let mut cut_off = 0;
    for (commit, number) in (0..kept).flat_map(|commit| numbers(commit).map(move |number| (commit, number))) {
        // Of what is long gone, some.
        if commit < known.forgotten && number % 13 > 0 {
            continue;
        }
        let Some(stored) = loaded(number) else {
            assert!(commit < may_be_gone, "number {number} of commit {commit} is lost: {known:?}");
            assert_eq!(named(number), None, "the name of number {number} is not free");
            cut_off += usize::from(commit >= known.forgotten);
            continue;
        };
        assert!(commit >= known.forgotten, "number {number} of commit {commit} is back: {known:?}");
        assert!(stored.records == [record(number, 0), record(number, 1)], "number {number} is not whole");
        assert_eq!(stored.head, head(number, Some(commit)));
        if number % 7 == 0 {
            assert_eq!(named(number), Some(number), "the name of number {number} is lost");
        }
    }
    let claim = store.claim().expect("claim");
    assert_eq!(claim.next_number.0, numbers(kept).start, "numbers are not given out again");
    let [parked] = &claim.unfinished[..] else { panic!("{} run", claim.unfinished.len()) };
    assert_eq!((parked.head.number.0, parked.records.len() as u64), (PARKED, kept));
    // The next one ends it.
    forget(&store, claim.fencing, may_be_gone);
    let gone = (known.forgotten..may_be_gone).flat_map(numbers);
    assert!(gone.into_iter().all(|number| loaded(number).is_none()));
    (kept, cut_off)
}
