//! A crash of the machine without the machine: of what was written since the last sync, any sectors may be on the disk and any
//! may not. Everything up to the sync must be there.
//!
//! The log lies on a disk in memory that does so by itself; sled's folder is copied when it is synced, and once more at the end.

use std::path::Path;
use std::time::Duration;

use super::log::faulty::{Failure, Faulty, Random, Unsynced};
use super::{Durability, SledOptions, SledStore};
use crate::engine::ExecutionStatus;
use crate::store::conformance::{ended, first, head, next, own};
use crate::store::{Commit, ExecutionNumber, Fencing, Store, StoreErrorKind};

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

pub(super) fn copy(from: &Path, to: &Path) {
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

/// Which sled is found after the power cut.
#[derive(Clone, Copy, Debug)]
enum Found {
    /// As it was at its last sync.
    Synced,
    /// With everything that was written to it.
    Written,
}

/// Commits until the power is cut at this call of the log, and looks at what is there when it is back. `false` where the power
/// was never cut.
fn cut(call: usize, durability: Durability, random: &mut Random) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, disk) = (folder.path().join("store"), Faulty::default());
    let options = |disk: &Faulty| SledOptions::new().tiny().durability(durability).log_on(disk);
    let store = options(&disk).open(&path).expect("open");
    let owner = own(&store);
    let (from, to) = (path.clone(), folder.path().join("synced"));
    copy(&from, &to);
    let on_sync = move || {
        std::fs::remove_dir_all(&to).expect("remove");
        copy(&from, &to);
    };
    *store.inner.disk.on_sync.lock().expect("no holder panics") = Some(Box::new(on_sync));
    disk.fail_at(call, Failure::Power);
    // With a relaxed store, what the last sync took in is acknowledged.
    let (mut commits, mut acknowledged) = (0, 0);
    while commits < 60 && store.commit(owner, batch(commits)).is_ok() {
        commits += 1;
        if durability == Durability::Strict || (commits % 4 == 0 && store.inner.sync_log().is_ok()) {
            acknowledged = commits;
        }
    }
    let was_cut = commits < 60;
    drop(store);
    for (found, unsynced) in [
        (Found::Synced, [Unsynced::Gone, Unsynced::Some][random.below(2)]),
        (Found::Written, [Unsynced::Kept, Unsynced::Some, Unsynced::Gone][random.below(3)]),
    ] {
        let copied = match found {
            Found::Synced => folder.path().join("synced"),
            Found::Written => path.clone(),
        };
        let disk = disk.after_power_cut(unsynced, random);
        let context = format!("cut at call {call}, sled {found:?}, unsynced {unsynced:?}");
        let store = options(&disk).open(&copied).unwrap_or_else(|fault| panic!("{context}: {fault}"));
        let kept = verify(&store, acknowledged, commits + 1, &context);
        // And it goes on from there.
        store.commit(own(&store), batch(kept)).unwrap_or_else(|fault| panic!("{context}: {fault}"));
        assert_eq!(verify(&store, kept + 1, kept + 1, &context), kept + 1, "{context}");
    }
    was_cut
}

/// `WF_STORE_CUTS` asks for more: each opens databases.
fn cuts() -> usize {
    std::env::var("WF_STORE_CUTS").ok().and_then(|cuts| cuts.parse().ok()).unwrap_or(10)
}

/// So many cuts, somewhere between the first call and the last.
fn cut_anywhere(durability: Durability, calls: usize) {
    let mut random = Random::seeded();
    let cuts = (0..cuts()).filter(|_| cut(random.below(calls), durability, &mut random)).count();
    assert!(cuts > 0, "the power was never cut");
}

#[test]
fn no_cut_of_the_power_takes_what_was_acknowledged() {
    cut_anywhere(Durability::Strict, 200);
}

#[test]
fn a_relaxed_store_loses_the_newest_and_nothing_in_between() {
    cut_anywhere(Durability::Relaxed(Duration::from_hours(1)), 120);
}

/// How many commits there are: the same number for each execution, and within these bounds.
fn verify(store: &SledStore, least: u64, most: u64, context: &str) -> u64 {
    let records = |number| {
        let stored = store.load(ExecutionNumber(number)).unwrap_or_else(|fault| panic!("{context}: {fault}"));
        stored.map_or(0, |stored| stored.records.len() as u64)
    };
    let commits: u64 = (0..=most).map(|turn| records(turn * 20 + 1)).take_while(|records| *records > 0).sum();
    assert!(commits >= least && commits <= most, "{context}: {commits} commits, where {least} to {most} were made");
    for number in 1..=commits.div_ceil(10) * 20 {
        let begin = (number - 1) / 20 * 10;
        assert_eq!(records(number), commits.min(begin + 10) - begin, "{context}: number {number}");
    }
    commits
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

/// A store on this disk, and two executions in it.
fn with_two(folder: &Path, disk: &Faulty) -> (SledStore, Fencing) {
    let store = SledOptions::new().log_on(disk).open(folder.join("store")).expect("open");
    let owner = own(&store);
    for number in [1, 2] {
        store.commit(owner, vec![first(&head(number, "Order", &format!("n{number}")), b"0")]).expect("commit");
    }
    (store, owner)
}

/// What is there when all that was not synced is gone.
fn reopened(folder: &Path, disk: &Faulty, random: &mut Random) -> SledStore {
    let to = folder.join("reopened");
    copy(&folder.join("store"), &to);
    let disk = disk.after_power_cut(Unsynced::Gone, random);
    SledOptions::new().log_on(&disk).open(to).expect("open")
}

fn records_of(store: &SledStore, number: u64) -> Vec<Vec<u8>> {
    store.load(ExecutionNumber(number)).expect("load").expect("it is kept").records
}

/// Whoever does not wait would have done it by then.
fn let_others_run() {
    (0..10_000).for_each(|_| std::thread::yield_now());
}

#[test]
fn a_batch_is_written_while_the_one_before_is_synced_and_seen_by_nobody() {
    let (folder, disk, mut random) = (tempfile::tempdir().expect("a folder"), Faulty::default(), Random::seeded());
    let (store, owner) = with_two(folder.path(), &disk);
    disk.hold_syncs(true);
    std::thread::scope(|scope| {
        let commit = |number| {
            let store = &store;
            scope.spawn(move || store.commit(owner, vec![next(number, b"1")]).expect("commit"))
        };
        let slow = commit(1);
        disk.until_unsynced(1);
        let beside = commit(2);
        disk.until_unsynced(2);
        let seen = [records_of(&store, 1), records_of(&store, 2)];
        let are_answered = slow.is_finished() || beside.is_finished();
        disk.hold_syncs(false);
        assert_eq!(seen, [[b"0"], [b"0"]], "nobody reads what a crash may take back");
        assert!(!are_answered);
    });
    for store in [store, reopened(folder.path(), &disk, &mut random)] {
        assert_eq!(records_of(&store, 1), [b"0", b"1"]);
        assert_eq!(records_of(&store, 2), [b"0", b"1"]);
    }
}

#[test]
fn an_execution_whose_record_is_on_its_way_waits_with_the_next() {
    let (folder, disk, mut random) = (tempfile::tempdir().expect("a folder"), Faulty::default(), Random::seeded());
    let (store, owner) = with_two(folder.path(), &disk);
    disk.hold_syncs(true);
    std::thread::scope(|scope| {
        let commit = |record: &'static [u8]| {
            let store = &store;
            scope.spawn(move || store.commit(owner, vec![next(1, record)]).expect("commit"))
        };
        commit(b"1");
        disk.until_unsynced(1);
        commit(b"2");
        let_others_run();
        let unsynced = disk.unsynced();
        disk.hold_syncs(false);
        assert_eq!(unsynced, 1, "the state does not know yet which record it is");
    });
    for store in [store, reopened(folder.path(), &disk, &mut random)] {
        assert_eq!(records_of(&store, 1), [b"0", b"1", b"2"]);
    }
}

#[test]
fn no_segment_is_left_while_a_batch_in_it_is_on_its_way() {
    let (folder, disk) = (tempfile::tempdir().expect("a folder"), Faulty::default());
    let (store, owner) = with_two(folder.path(), &disk);
    let most = usize::try_from(store.inner.limits.log.segment).expect("small");
    disk.hold_syncs(true);
    std::thread::scope(|scope| {
        let commit = |number, record: Vec<u8>| {
            let store = &store;
            scope.spawn(move || store.commit(owner, vec![next(number, &record)]).expect("commit"))
        };
        commit(1, b"1".to_vec());
        disk.until_unsynced(1);
        commit(2, vec![1; most]);
        let_others_run();
        let unsynced = disk.unsynced();
        disk.hold_syncs(false);
        assert_eq!(unsynced, 1, "the segment is not sealed");
    });
    assert_eq!(store.inner.log.active(), 2);
}

#[test]
fn no_batch_is_acknowledged_behind_one_that_failed() {
    let (folder, disk) = (tempfile::tempdir().expect("a folder"), Faulty::default());
    let (store, owner) = with_two(folder.path(), &disk);
    disk.hold_syncs(true);
    // Two writes, and the first of the syncs.
    disk.fail_at(2, Failure::Sync);
    let faults = std::thread::scope(|scope| {
        let commit = |number| {
            let store = &store;
            scope.spawn(move || store.commit(owner, vec![next(number, b"1")]).expect_err("the disk failed"))
        };
        let first = commit(1);
        disk.until_unsynced(1);
        let second = commit(2);
        disk.until_unsynced(2);
        disk.hold_syncs(false);
        [first, second].map(|thread| thread.join().expect("it is answered"))
    });
    for fault in faults {
        assert_eq!((fault.kind, fault.code), (StoreErrorKind::Ambiguous, "WF3007"), "{fault}");
        assert_eq!(fault.to_string().matches("the power is cut").count(), 1, "the cause is told once: {fault}");
    }
    assert_eq!(records_of(&store, 1), [b"0"]);
    assert_eq!(records_of(&store, 2), [b"0"]);
}

#[test]
fn no_segment_is_sealed_over_a_batch_that_failed() {
    let (folder, disk, mut random) = (tempfile::tempdir().expect("a folder"), Faulty::default(), Random::seeded());
    let (store, owner) = with_two(folder.path(), &disk);
    let most = usize::try_from(store.inner.limits.log.segment).expect("small");
    disk.hold_syncs(true);
    // A write, and its sync.
    disk.fail_at(1, Failure::Sync);
    let faults = std::thread::scope(|scope| {
        let commit = |number, record: Vec<u8>| {
            let store = &store;
            scope.spawn(move || store.commit(owner, vec![next(number, &record)]).expect_err("the disk failed"))
        };
        let failed = commit(1, b"1".to_vec());
        disk.until_unsynced(1);
        let next_segment = commit(2, vec![1; most]);
        let_others_run();
        disk.hold_syncs(false);
        [failed, next_segment].map(|thread| thread.join().expect("it is answered").kind)
    });
    assert_eq!(faults, [StoreErrorKind::Ambiguous, StoreErrorKind::Permanent]);
    let store = reopened(folder.path(), &disk, &mut random);
    for number in [1, 2] {
        assert_eq!(records_of(&store, number), [b"0"], "what was acknowledged is there, and opens");
    }
}

/// Threads that commit side by side until the power is cut; each knows what it was told.
fn cut_beside(call: usize, random: &mut Random) -> bool {
    const THREADS: u64 = 4;
    const COMMITS: usize = 30;
    let (folder, disk) = (tempfile::tempdir().expect("a folder"), Faulty::default());
    let path = folder.path().join("store");
    let options = |disk: &Faulty| SledOptions::new().tiny().log_on(disk);
    let store = options(&disk).open(&path).expect("open");
    let owner = own(&store);
    disk.fail_at(call, Failure::Power);
    let told: Vec<usize> = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..=THREADS)
            .map(|number| {
                let store = &store;
                scope.spawn(move || {
                    let begin = first(&head(number, "Order", &format!("n{number}")), &[0; 150]);
                    let then = (1_u8..).map(|turn| next(number, &[turn; 150]));
                    let commits = std::iter::once(begin).chain(then).take(COMMITS);
                    commits.take_while(|commit| store.commit(owner, vec![commit.clone()]).is_ok()).count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("it is told")).collect()
    });
    drop(store);
    let unsynced = [Unsynced::Gone, Unsynced::Some, Unsynced::Kept][random.below(3)];
    let context = format!("cut at call {call}, unsynced {unsynced:?}, told {told:?}");
    let disk = disk.after_power_cut(unsynced, random);
    let store = options(&disk).open(&path).unwrap_or_else(|fault| panic!("{context}: {fault}"));
    for (number, told) in (1..).zip(&told) {
        let stored = store.load(ExecutionNumber(number)).unwrap_or_else(|fault| panic!("{context}: {fault}"));
        let found = stored.map_or_else(Vec::new, |stored| stored.records);
        assert!(found.len() == *told || found.len() == told + 1, "{context}: {} of number {number}", found.len());
        for (turn, record) in (0_u8..).zip(found) {
            assert_eq!(record, [turn; 150], "{context}: number {number}");
        }
    }
    told.iter().any(|told| *told < COMMITS)
}

#[test]
fn no_cut_of_the_power_takes_what_several_threads_were_told() {
    let mut random = Random::seeded();
    let cuts = (0..cuts()).filter(|_| cut_beside(random.below(200), &mut random)).count();
    assert!(cuts > 0, "the power was never cut");
}
