//! A crash of the machine without the machine: of what was written since the last sync, any blocks may be on the disk and any
//! may not, and the file may end anywhere in between. Everything up to the sync must be there, or the store must say that it
//! is damaged.

use std::path::Path;
use std::time::Duration;

use super::{Durability, SledOptions};
use crate::engine::ExecutionStatus;
use crate::store::conformance::{ended, first, head, next, own};
use crate::store::{Commit, ExecutionNumber, Store, StoreErrorKind};

const ROUNDS: u64 = 30;

/// What a disk writes as a whole.
const BLOCK: usize = 4096;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}

/// Twenty executions begin, go on and end over ten commits.
fn batch(commit: u64) -> Vec<Commit> {
    let (turn, step) = (commit / 10, commit % 10);
    let numbers = (turn * 20 + 1)..=(turn * 20 + 20);
    let record = |number: u64| vec![number.to_le_bytes()[0]; usize::try_from(commit * 13 % 700).expect("small")];
    let one = |number: u64| match step {
        0 => first(&head(number, "Order", &format!("n{number}")), &record(number)),
        9 => {
            let running = head(number, "Order", &format!("n{number}"));
            first(&ended(running, ExecutionStatus::Succeeded), &record(number))
        }
        _ => next(number, &record(number)),
    };
    numbers.map(one).collect()
}

/// A file's block, where it has one.
fn block(file: &[u8], index: usize) -> Option<&[u8]> {
    file.chunks(BLOCK).nth(index)
}

/// The file after a crash: where old and new differ, either one.
fn torn(old: &[u8], new: &[u8], random: &mut Random) -> Vec<u8> {
    let mut file = Vec::with_capacity(new.len());
    for index in 0..new.len().div_ceil(BLOCK) {
        let (before, after) = (block(old, index), block(new, index).unwrap_or_default());
        match before {
            Some(before) if before == after || random.below(2) == 0 => file.extend_from_slice(before),
            None if random.below(2) == 0 => file.extend(std::iter::repeat_n(0, after.len())),
            _ => file.extend_from_slice(after),
        }
    }
    let grown = new.len().saturating_sub(old.len());
    file.truncate(old.len().min(new.len()) + random.below(grown + 1));
    file
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("read the folder").map(|entry| entry.expect("an entry")) {
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copy");
        }
    }
}

#[test]
fn a_torn_tail_takes_nothing_that_was_synced() {
    let seed = std::env::var("WF_STORE_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| u64::from(std::process::id()) * 2_654_435_761);
    eprintln!("WF_STORE_SEED={seed} repeats this run");
    let mut random = Random(seed | 1);
    let folder = tempfile::tempdir().expect("a folder");
    let options = || SledOptions::new().tiny().durability(Durability::Relaxed(Duration::from_hours(1)));
    let store = options().open(folder.path().join("store")).expect("open");
    let owner = own(&store);
    let (mut commit, mut damaged) = (0, 0);
    for round in 0..ROUNDS {
        for _ in 0..=random.below(12) {
            store.commit(owner, batch(commit)).expect("commit");
            store.disk.sync().expect("sync");
            commit += 1;
        }
        let synced = std::fs::read(folder.path().join("store/db")).expect("read");
        store.commit(owner, batch(commit)).expect("commit");
        store.disk.flush().expect("flush, and no sync");
        let crashed = folder.path().join(format!("crashed {round}"));
        copy(&folder.path().join("store"), &crashed);
        let written = std::fs::read(crashed.join("db")).expect("read");
        std::fs::write(crashed.join("db"), torn(&synced, &written, &mut random)).expect("write");
        match options().open(&crashed) {
            Ok(store) => verify(&store, commit, round),
            Err(fault) => {
                assert_eq!(fault.kind, StoreErrorKind::Corrupt, "round {round}: {fault}");
                damaged += 1;
            }
        }
        std::fs::remove_dir_all(crashed).expect("remove");
        commit += 1;
    }
    eprintln!("{damaged} of {ROUNDS} crashes were reported as damage, the others lost nothing");
    assert!(damaged * 2 < ROUNDS, "the store mostly survives");
}

/// The first so many commits must be there; the next one may be.
fn verify(store: &super::SledStore, commits: u64, round: u64) {
    for number in 1..=commits.div_ceil(10) * 20 {
        let (begin, end) = ((number - 1) / 20 * 10, (number - 1) / 20 * 10 + 10);
        let least = usize::try_from(commits.min(end) - begin).expect("small");
        let stored = store.load(ExecutionNumber(number)).expect("load");
        let stored = stored.unwrap_or_else(|| panic!("round {round}: number {number} is lost"));
        assert!(
            stored.records.len() == least || (end > commits && stored.records.len() == least + 1),
            "round {round}: number {number} has {} records, {least} were synced",
            stored.records.len()
        );
    }
}

/// Begins a page as a commit of this store would, and does not end it.
fn begin_page(store: &super::SledStore) {
    let sequence = store.committer.lock().expect("no holder panicked").next_sequence;
    let mut chunks = super::format::chunks(&super::format::Key::page(sequence), &vec![7; 20_000]);
    chunks.pop();
    store.disk.append(chunks).expect("append");
    store.disk.sync().expect("sync");
}

#[test]
fn a_page_that_a_crash_cut_off_is_as_if_it_had_not_begun() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = || SledOptions::new().tiny();
    for round in 0..3 {
        let store = options().open(folder.path()).expect("open");
        let owner = own(&store);
        for commit in round * 10..round * 10 + 7 {
            store.commit(owner, batch(commit)).expect("commit");
        }
        begin_page(&store);
        drop(store);
        let store = options().open(folder.path()).expect("a crash in a commit is no damage");
        verify(&store, round * 10 + 7, round);
        let owner = own(&store);
        for commit in round * 10 + 7..round * 10 + 10 {
            store.commit(owner, batch(commit)).expect("commit");
        }
        verify(&store, round * 10 + 10, round);
    }
    let store = options().open(folder.path()).expect("open");
    let torn = store.read().dead_pages.len();
    assert!(torn <= 1, "pages that were cut off are removed with the others");
}

#[test]
fn a_page_that_lost_its_end_before_others_were_written_is_damage() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SledOptions::new().open(folder.path()).expect("open");
    let owner = own(&store);
    store.commit(owner, batch(0)).expect("commit");
    begin_page(&store);
    store.committer.lock().expect("no holder panicked").next_sequence += 1;
    store.commit(owner, batch(1)).expect("commit");
    drop(store);
    let fault = SledOptions::new().open(folder.path()).expect_err("a page is incomplete");
    assert_eq!((fault.kind, fault.code), (StoreErrorKind::Corrupt, "WF3005"), "{fault}");
}

#[test]
fn commits_of_several_threads_are_all_kept() {
    const THREADS: u64 = 4;
    let folder = tempfile::tempdir().expect("a folder");
    let store = SledOptions::new().tiny().open(folder.path()).expect("open");
    let owner = own(&store);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let store = &store;
            scope.spawn(move || {
                for turn in 0..10 {
                    let number = turn * THREADS + thread + 1;
                    let running = head(number, "Order", &format!("n{number}"));
                    store.commit(owner, vec![first(&running, &[1; 300])]).expect("commit");
                    store.commit(owner, vec![next(number, &[2; 300])]).expect("commit");
                    let done = ended(running, ExecutionStatus::Succeeded);
                    store.commit(owner, vec![first(&done, &[3; 300])]).expect("commit");
                }
            });
        }
    });
    drop(store);
    let store = SledOptions::new().tiny().open(folder.path()).expect("open");
    for number in 1..=THREADS * 10 {
        let stored = store.load(ExecutionNumber(number)).expect("load").expect("it is kept");
        assert_eq!(stored.records, [vec![1; 300], vec![2; 300], vec![3; 300]], "number {number}");
        assert_eq!(stored.head.status, ExecutionStatus::Succeeded);
    }
    assert!(own(&store).0 > owner.0);
}
