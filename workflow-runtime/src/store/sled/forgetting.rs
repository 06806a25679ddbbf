//! Forgetting: what is left of forgotten executions, for how long, and what a crash at any point of it leaves.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use super::disk::{Batch, Told};
use super::format::Key;
use super::log::faulty::{Faulty, Random, Unsynced};
use super::tombstones::HIGHEST;
use super::torn::copy;
use super::{SledOptions, SledStore};
use crate::engine::ExecutionStatus;
use crate::store::conformance::{ended, first, head, next, own, records};
use crate::store::{ExecutionHead, ExecutionNumber, Fencing, ListQuery, PruneQuery, Pruned, Store};
use crate::time::Timestamp;

/// A store, its log on a disk in memory, and copies of it.
struct Folder {
    temporary: TempDir,
    log: Faulty,
}

impl Folder {
    fn new() -> Self {
        Self { temporary: tempfile::tempdir().expect("a folder"), log: Faulty::default() }
    }

    fn store(&self) -> PathBuf {
        self.temporary.path().join("store")
    }

    fn open(&self) -> SledStore {
        open(&self.store(), &self.log)
    }

    /// What a process that is killed now leaves, opened.
    fn open_copy(&self) -> SledStore {
        let copied = self.temporary.path().join("copy");
        let _ = std::fs::remove_dir_all(&copied);
        copy(&self.store(), &copied);
        open(&copied, &self.log.copy())
    }
}

fn open(path: &Path, log: &Faulty) -> SledStore {
    SledOptions::new().tiny().log_on(log).open(path).unwrap_or_else(|fault| panic!("it opens: {fault}"))
}

/// This second of the day on which everything happens.
fn at(second: u64) -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000 + 1_000 * i64::try_from(second).expect("small"))
}

fn name(number: u64) -> String {
    format!("n{number}")
}

/// Ended at its number's second.
fn done(number: u64) -> ExecutionHead {
    let mut head = ended(head(number, "Order", &name(number)), ExecutionStatus::Succeeded);
    head.stopped_at = Some(at(number));
    head
}

/// The records of one of [`end_all`].
fn whole(number: u64) -> [Vec<u8>; 3] {
    [vec![1; 300], vec![2; 300], vec![number.to_le_bytes()[0]; 100]]
}

fn end(store: &SledStore, owner: Fencing, number: u64) {
    let ([one, two, three], running) = (whole(number), head(number, "Order", &name(number)));
    store.commit(owner, vec![first(&running, &one), next(number, &two)]).expect("commit");
    store.commit(owner, vec![first(&done(number), &three)]).expect("commit");
}

/// These begin and end.
fn end_all(store: &SledStore, owner: Fencing, numbers: std::ops::Range<u64>) {
    for number in numbers {
        end(store, owner, number);
    }
}

/// Forgets everything that ended before this second, some at a time.
fn forget(store: &SledStore, owner: Fencing, second: u64, mut told: impl FnMut(&[ExecutionNumber])) {
    let mut query = PruneQuery { limit: 7, ..PruneQuery::ended_before(at(second)) };
    loop {
        let Pruned { forgotten, next } = store.prune(owner, &query).expect("prune");
        told(&forgotten);
        let Some(next) = next else { return };
        query.after = Some(next);
    }
}

fn tombstones(store: &SledStore) -> usize {
    store.inner.read().graves.count()
}

/// How many keys sled has that begin so.
fn keys(store: &SledStore, area: u8) -> usize {
    store.inner.disk.keys(&super::format::Key(vec![area])).expect("keys").len()
}

#[test]
fn tombstones_go_when_the_log_has_gone_on() {
    let folder = Folder::new();
    let store = folder.open();
    let owner = own(&store);
    end_all(&store, owner, 1..30);
    let mut count = 0;
    forget(&store, owner, 20, |forgotten| count += forgotten.len());
    assert_eq!(count, 19);
    assert!(tombstones(&store) > 0, "the log still has some of them");
    end_all(&store, owner, 30..120);
    store.inner.signals.settle();
    assert_eq!((tombstones(&store), keys(&store, b't')), (0, 0));
    drop(store);
    let store = folder.open();
    assert_eq!(store.load(ExecutionNumber(7)).expect("load"), None);
    assert_eq!(records(&store, 20), whole(20));
}

#[test]
fn a_number_is_not_used_again_when_nothing_else_tells_of_it() {
    let folder = Folder::new();
    let store = folder.open();
    let owner = own(&store);
    store.commit(owner, vec![first(&head(1, "Order", "stays"), &[1; 60])]).expect("commit");
    end_all(&store, owner, 2..400);
    forget(&store, owner, 400, |_| {});
    // Nothing is given out: only the log goes on.
    for _ in 0..400 {
        store.commit(owner, vec![next(1, &[2; 150])]).expect("commit");
    }
    store.inner.signals.settle();
    assert_eq!((tombstones(&store), keys(&store, b'h')), (0, 0), "nothing but the number is left");
    drop(store);
    assert_eq!(folder.open().claim().expect("claim").next_number, ExecutionNumber(400));
}

#[test]
fn a_forgotten_number_is_not_used_again_where_the_greatest_one_is_lost() {
    let folder = Folder::new();
    let store = folder.open();
    let owner = own(&store);
    end_all(&store, owner, 1..3);
    forget(&store, owner, 3, |_| {});
    store.inner.signals.settle();
    assert_eq!(tombstones(&store), 2);
    let mut lost = Batch::default();
    lost.remove(Key::meta(HIGHEST));
    store.inner.disk.apply(lost).expect("applied");
    drop(store);
    assert_eq!(folder.open().claim().expect("claim").next_number, ExecutionNumber(3));
}

#[test]
fn a_tombstone_stays_while_a_page_has_what_it_stands_for() {
    let folder = Folder::new();
    let store = folder.open();
    let owner = own(&store);
    // Two that run on are carried into a page together, and one of them ends.
    store.commit(owner, vec![first(&head(1, "Order", "stays"), &[1; 60])]).expect("commit");
    store.commit(owner, vec![first(&head(2, "Order", &name(2)), &[2; 60])]).expect("commit");
    end_all(&store, owner, 100..140);
    store.inner.signals.settle();
    assert!(keys(&store, b'j') > 0, "they were carried forward");
    store.commit(owner, vec![first(&done(2), &[3; 60])]).expect("commit");
    forget(&store, owner, 3, |_| {});
    end_all(&store, owner, 200..280);
    store.inner.signals.settle();
    assert_eq!(tombstones(&store), 1);
    let copied = folder.open_copy();
    assert!(keys(&copied, b'j') > 0 && tombstones(&copied) == 1, "{} tombstones", tombstones(&copied));
    assert_eq!(copied.load(ExecutionNumber(2)).expect("load"), None);
    assert_eq!(copied.claim().expect("claim").unfinished.len(), 1);
    drop((copied, store));
    // The other one ends, too, and the page goes.
    let store = folder.open();
    let owner = own(&store);
    let mut stays = ended(head(1, "Order", "stays"), ExecutionStatus::Succeeded);
    stays.stopped_at = Some(at(1));
    store.commit(owner, vec![first(&stays, b"end")]).expect("commit");
    end_all(&store, owner, 300..380);
    store.inner.signals.settle();
    assert_eq!((tombstones(&store), keys(&store, b't'), keys(&store, b'j')), (0, 0, 0));
}

#[test]
fn names_that_are_all_forgotten_leave_the_index() {
    let folder = Folder::new();
    let store = folder.open();
    let owner = own(&store);
    for round in 0..8_u64 {
        end_all(&store, owner, round * 60 + 1..round * 60 + 61);
        forget(&store, owner, round * 60 + 40, |_| {});
    }
    store.inner.signals.settle();
    let (runs, blocks) = (store.inner.read().runs.len(), keys(&store, b'n'));
    assert!(runs < 20 && blocks < 20, "{runs} runs, {blocks} blocks");
    forget(&store, owner, 481, |_| {});
    end_all(&store, owner, 500..502);
    store.inner.signals.settle();
    let (runs, blocks) = (store.inner.read().runs.len(), keys(&store, b'n'));
    assert!(runs < 2 && blocks < 2, "{runs} runs, {blocks} blocks are left of forgotten names");
    assert_eq!(store.find("Order", &name(30)).expect("find"), None);
    assert_eq!(store.find("Order", &name(501)).expect("find").map(|head| head.number), Some(ExecutionNumber(501)));
    drop(store);
    assert_eq!(folder.open().find("Order", &name(479)).expect("find"), None);
}

/// What the outside has been told.
#[derive(Clone, Debug, Default)]
struct Ledger {
    /// Of those from 100 on, before this one.
    ended: u64,
    forgotten: Vec<u64>,
    parked: usize,
}

/// The store as it lies there.
struct Found {
    sled: PathBuf,
    log: Faulty,
    ledger: Ledger,
}

/// Those before this one are forgotten.
const BEFORE: u64 = 130;

#[test]
fn whatever_a_crash_cuts_off_is_whole_or_gone() {
    let (folder, mut random) = (Folder::new(), Random::seeded());
    let store = folder.open();
    let owner = own(&store);
    let ledger = Arc::new(Mutex::new(Ledger { ended: 140, parked: 1, ..Ledger::default() }));
    store.commit(owner, vec![first(&head(1, "Order", "parked"), &[9; 60])]).expect("commit");
    end_all(&store, owner, 100..140);
    let found = look_on(&store, &folder, &ledger);
    forget(&store, owner, BEFORE, |forgotten| {
        let mut ledger = ledger.lock().expect("no holder panics");
        ledger.forgotten.extend(forgotten.iter().map(|number| number.0));
    });
    // And until their tombstones are gone.
    for number in 140..190 {
        end(&store, owner, number);
        ledger.lock().expect("no holder panics").ended = number + 1;
        store.commit(owner, vec![next(1, &[8; 60])]).expect("commit");
        ledger.lock().expect("no holder panics").parked += 1;
    }
    store.inner.signals.settle();
    assert_eq!(tombstones(&store), 0);
    drop(store);
    let found = std::mem::take(&mut *found.lock().expect("no holder panics"));
    assert!(found.len() > 20, "only {} crashes", found.len());
    let begun = found.iter().filter(|found| found.ledger.forgotten.len() < 30).count();
    assert!(begun > 8, "only {begun} crashes while they were being forgotten");
    for (at, found) in found.iter().enumerate() {
        let unsynced = [Unsynced::Gone, Unsynced::Kept, Unsynced::Some][at % 3];
        check(found, &found.log.after_power_cut(unsynced, &mut random), &format!("crash {at}, unsynced {unsynced:?}"));
    }
}

/// Copies the store at each batch that goes to sled, and at each sync.
fn look_on(store: &SledStore, folder: &Folder, ledger: &Arc<Mutex<Ledger>>) -> Arc<Mutex<Vec<Found>>> {
    let found: Arc<Mutex<Vec<Found>>> = Arc::default();
    let look = || -> Told {
        let (found, ledger, from, log) = (Arc::clone(&found), Arc::clone(ledger), folder.store(), folder.log.clone());
        let to = folder.temporary.path().to_owned();
        Box::new(move || {
            let ledger = ledger.lock().expect("no holder panics").clone();
            let mut found = found.lock().expect("no holder panics");
            let sled = to.join(format!("found-{}", found.len()));
            copy(&from, &sled);
            found.push(Found { sled, log: log.copy(), ledger });
        })
    };
    *store.inner.disk.on_apply.lock().expect("no holder panics") = Some(look());
    *store.inner.disk.on_sync.lock().expect("no holder panics") = Some(look());
    found
}

fn check(found: &Found, log: &Faulty, context: &str) {
    let Found { sled, ledger, .. } = found;
    let store = open(sled, log);
    let loaded = |number| store.load(ExecutionNumber(number)).unwrap_or_else(|fault| panic!("{context}: {fault}"));
    let named = |number| store.find("Order", &name(number)).expect("find").map(|head| head.number.0);
    for number in 100..ledger.ended {
        match loaded(number) {
            None => {
                assert!(number < BEFORE, "{context}: {number} is lost");
                assert_eq!(named(number), None, "{context}: the name of {number} is not free");
            }
            Some(stored) => {
                assert!(!ledger.forgotten.contains(&number), "{context}: {number} is back");
                assert_eq!(stored.records, whole(number), "{context}: {number} is not whole");
                assert_eq!(stored.head, done(number), "{context}");
                assert_eq!(named(number), Some(number), "{context}: the name of {number} is lost");
            }
        }
    }
    let claim = store.claim().expect("claim");
    assert!(claim.next_number.0 >= ledger.ended, "{context}: {:?} is given out again", claim.next_number);
    let parked = claim.unfinished.iter().find(|stored| stored.head.number.0 == 1).map(|stored| stored.records.len());
    assert!(parked >= Some(ledger.parked), "{context}: what runs has {parked:?} records of {}", ledger.parked);
    assert!(claim.unfinished.len() <= 2, "{context}: {:?}", claim.unfinished);
    // A second time ends the work, and the names are free.
    forget(&store, claim.fencing, BEFORE, |_| {});
    let heads = store.list(&ListQuery { limit: 1_000, ..ListQuery::default() }).expect("list");
    assert!(heads.iter().all(|head| head.number.0 >= BEFORE || head.number.0 == 1), "{context}: {heads:?}");
    let again = head(claim.next_number.0, "Order", &name(110));
    store.commit(claim.fencing, vec![first(&again, b"again")]).expect("commit");
    assert_eq!(named(110), Some(claim.next_number.0), "{context}");
}
