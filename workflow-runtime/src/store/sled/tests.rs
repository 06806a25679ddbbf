//! What the conformance cases cannot see: what lies in the folder, and what happens when it is damaged.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::log::Sizes;
use super::log::faulty::{Failure, Faulty};
use super::options::Limits;
use super::{Durability, SledOptions, SledStore};
use crate::engine::ExecutionStatus;
use crate::store::conformance::{ended, first, head, next, own, records};
use crate::store::{ExecutionNumber, ListQuery, Store, StoreError, StoreErrorKind};

impl Limits {
    /// So small that every kind of upkeep happens within a few commits.
    pub(crate) fn tiny() -> Self {
        Self {
            pending: 3,
            pending_bytes: 2000,
            unindexed: 5,
            unindexed_bytes: 3000,
            dead_pages: 1,
            resident_each: 200,
            resident_all: 4000,
            page_slack: 4000,
            carry: 500,
            segments: 3,
            most_segments: 6,
            log: Sizes { segment: 8000, spare: 2 },
        }
    }
}

impl SledOptions {
    pub(crate) fn tiny(mut self) -> Self {
        self.limits = Limits::tiny();
        self
    }

    /// With its log on this disk.
    pub(super) fn log_on(mut self, disk: &Faulty) -> Self {
        self.files = Some(Arc::new(disk.clone()));
        self
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn open(path: &Path) -> SledStore {
    SledStore::open(path).expect("open")
}

fn error(path: &Path) -> StoreError {
    SledStore::open(path).expect_err("must not open")
}

/// So many executions of five records, 50 at a time.
fn churn(store: &SledStore, from: u64, count: u64) {
    let owner = own(store);
    for start in (from..from + count).step_by(50) {
        let heads: Vec<_> = (start..start + 50).map(|number| head(number, "Churn", &format!("c{number}"))).collect();
        store.commit(owner, heads.iter().map(|head| first(head, &[1; 150])).collect()).expect("commit");
        for _ in 0..3 {
            store.commit(owner, heads.iter().map(|head| next(head.number.0, &[2; 150])).collect()).expect("commit");
        }
        let done = heads.into_iter().map(|head| ended(head, ExecutionStatus::Succeeded));
        store.commit(owner, done.map(|head| first(&head, b"end")).collect()).expect("commit");
    }
}

#[test]
fn a_commit_is_synced_before_it_returns() {
    let (folder, disk) = (folder(), Faulty::default());
    let store = SledOptions::new().log_on(&disk).open(folder.path()).expect("open");
    let owner = own(&store);
    for number in 1..=5 {
        let syncs = disk.syncs();
        store.commit(owner, vec![first(&head(number, "Order", &number.to_string()), b"0")]).expect("commit");
        assert_eq!(disk.syncs(), syncs + 1, "one sync a commit");
    }
}

#[test]
fn a_relaxed_commit_is_synced_later_and_at_the_end() {
    let (folder, disk) = (folder(), Faulty::default());
    let options = || SledOptions::new().log_on(&disk).durability(Durability::Relaxed(Duration::from_hours(1)));
    let store = options().open(folder.path()).expect("open");
    let owner = own(&store);
    let before = disk.syncs();
    store.commit(owner, vec![first(&head(1, "Order", "A"), b"0")]).expect("commit");
    assert_eq!(records(&store, 1), [b"0"]);
    assert_eq!(disk.syncs(), before, "nothing waits for the disk");
    drop(store);
    assert!(disk.syncs() > before, "closing syncs");
    assert_eq!(records(&options().open(folder.path()).expect("open"), 1), [b"0"]);
}

#[test]
fn a_failed_call_stops_the_store_until_it_is_opened_again() {
    for (failure, call) in [(Failure::Sync, 1), (Failure::ShortWrite, 0), (Failure::Full, 0)] {
        let (folder, disk) = (folder(), Faulty::default());
        let open = || SledOptions::new().log_on(&disk).open(folder.path()).expect("open");
        let store = open();
        let owner = own(&store);
        store.commit(owner, vec![first(&head(1, "Order", "A"), b"0")]).expect("commit");
        disk.fail_at(call, failure);
        let failed = store.commit(owner, vec![next(1, b"1")]).expect_err("the disk is broken");
        assert_eq!((failed.kind, failed.code), (StoreErrorKind::Ambiguous, "WF3007"), "{failure:?}");
        let stopped = store.commit(owner, vec![next(1, b"2")]).expect_err("stopped");
        assert_eq!((stopped.kind, stopped.code), (StoreErrorKind::Permanent, "WF3008"));
        assert_eq!(store.claim().expect_err("stopped").code, "WF3008");
        assert_eq!(records(&store, 1), [b"0"], "what was not acknowledged does not show");
        drop(store);
        let kept = records(&open(), 1);
        assert!(kept == [b"0"] || kept == [b"0", b"1"], "{failure:?}: {kept:?}");
    }
}

#[test]
fn a_full_disk_stops_nothing_before_a_new_segment_is_needed() {
    let (folder, disk) = (folder(), Faulty::default());
    let options = || SledOptions::new().tiny().log_on(&disk);
    let store = options().open(folder.path()).expect("open");
    let owner = own(&store);
    disk.fill();
    let order = head(1, "Order", "A");
    let mut kept = 0;
    let failed = (0..).find_map(|commit: u64| {
        let record = if commit == 0 { first(&order, &[1; 200]) } else { next(1, &[1; 200]) };
        let done = store.commit(owner, vec![record]);
        kept += usize::from(done.is_ok());
        done.err()
    });
    let failed = failed.expect("a segment is full at last");
    assert!(failed.to_string().contains("no storage space"), "{failed}");
    assert!(kept > 20, "{kept} commits had room in the first segment");
    drop(store);
    disk.make_room();
    let store = options().open(folder.path()).expect("open");
    assert!(records(&store, 1).len() >= kept);
    let owner = own(&store);
    store.commit(owner, (0..100).map(|_| next(1, &[2; 200])).collect()).expect("there is room again");
}

#[test]
fn whoever_dies_while_opening_leaves_a_store_that_opens() {
    let folder = folder();
    let store = open(folder.path());
    let owner = own(&store);
    store.commit(owner, vec![first(&head(1, "Order", "A"), b"0")]).expect("commit");
    drop(store);
    for half in [&b""[..], b"half of a snapshot, and no sum at its end"] {
        std::fs::write(folder.path().join("snap.00000000FFFFFFFF.generating"), half).expect("a file");
        assert_eq!(records(&open(folder.path()), 1), [b"0"]);
    }
    let snapshots = std::fs::read_dir(folder.path()).expect("the folder").map(|entry| entry.expect("an entry"));
    assert!(snapshots.into_iter().all(|entry| !entry.file_name().to_string_lossy().contains("generating")));

    let fresh = folder.path().join("fresh");
    std::fs::create_dir(&fresh).expect("a folder");
    std::fs::write(fresh.join("conf"), "segment_size: 524288\nuse_compression: fal").expect("a file");
    own(&open(&fresh));
}

#[test]
fn a_commit_before_a_claim_is_refused() {
    let folder = folder();
    let fencing = own(&open(folder.path()));
    let store = open(folder.path());
    let refused = store.commit(fencing, vec![first(&head(1, "Order", "A"), b"0")]).expect_err("not claimed");
    assert_eq!(refused.kind, StoreErrorKind::LeaseLost);
}

#[test]
fn a_second_opener_hears_who_holds_the_store() {
    let folder = folder();
    let store = open(folder.path());
    let busy = error(folder.path());
    assert_eq!((busy.kind, busy.code), (StoreErrorKind::Busy, "WF3002"));
    assert!(busy.message.contains("this process itself"), "{}", busy.message);
    std::fs::write(folder.path().join("lock"), "4711\n").expect("another holder's id");
    assert!(error(folder.path()).message.contains("process 4711"));
    drop(store);
    open(folder.path());
}

#[test]
fn a_newer_format_is_refused() {
    let folder = folder();
    let store = open(folder.path());
    let mut batch = super::disk::Batch::default();
    super::disk::Disk::put_number(&mut batch, "format", super::format::FORMAT + 1);
    store.inner.disk.apply(batch).expect("apply");
    drop(store);
    let newer = error(folder.path());
    assert_eq!((newer.kind, newer.code), (StoreErrorKind::Newer, "WF3003"));
}

#[test]
fn what_is_no_store_is_refused() {
    let folder = folder();
    let file = folder.path().join("file");
    std::fs::write(&file, "text").expect("write");
    assert_eq!(error(&file).code, "WF3004");
    assert_eq!(error(folder.path()).code, "WF3004", "a folder with a file in it");
    assert!(!folder.path().join("db").exists(), "and nothing was put there");
    let foreign = folder.path().join("sled");
    let db = sled::open(&foreign).expect("sled");
    db.insert(b"k", b"v").expect("insert");
    drop(db);
    assert_eq!(error(&foreign).code, "WF3004");
}

#[test]
fn garbage_in_place_of_the_database_is_reported() {
    let folder = folder();
    drop(open(folder.path()));
    let garbage: Vec<u8> = (0..1_000_000_u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    std::fs::write(folder.path().join("db"), garbage).expect("write");
    let corrupt = error(folder.path());
    assert!(matches!(corrupt.code, "WF3005" | "WF3006" | "WF3024"), "{corrupt}");
    assert_eq!(corrupt.kind, StoreErrorKind::Corrupt);
}

/// A store of the format in which each commit was a page in sled.
fn old_format(path: &Path, pages: &[&[u8]]) {
    drop(open(path));
    let store = open(path);
    let mut batch = super::disk::Batch::default();
    super::disk::Disk::put_number(&mut batch, "format", 1);
    batch.remove(super::format::Key::meta("log"));
    for (page, content) in (1 << 40_u64..).zip(pages) {
        batch.put_chunks(super::format::chunks(&super::format::Key::page(page), content));
    }
    store.inner.disk.apply(batch).expect("apply");
    drop(store);
    std::fs::remove_dir_all(path.join("log")).expect("there was none");
}

#[test]
fn a_store_without_a_log_gets_one() {
    let folder = folder();
    let (mut one, mut two) = (Vec::new(), Vec::new());
    super::page::put_entry(&mut one, 1, 0, b"0", Some(&head(1, "Order", "A")));
    super::page::put_entry(&mut one, 2, 0, &vec![3; 20_000], Some(&head(2, "Order", "B")));
    super::page::put_entry(&mut two, 1, 1, b"1", None);
    old_format(folder.path(), &[&one, &two]);
    for round in 0..3_u64 {
        let store = open(folder.path());
        assert_eq!(records(&store, 1).len() as u64, 2 + round);
        assert_eq!(records(&store, 2), [vec![3; 20_000]]);
        store.commit(own(&store), vec![next(1, b"2")]).expect("commit");
    }
    assert_eq!(open(folder.path()).inner.disk.number("format").expect("read"), Some(super::format::FORMAT));
}

#[test]
fn a_damaged_value_is_named() {
    let folder = folder();
    let mut page = Vec::new();
    super::page::put_entry(&mut page, 1, 0, b"0", Some(&head(1, "Order", "A")));
    old_format(folder.path(), &[&page]);
    let store = open(folder.path());
    let key = super::format::Key::page(1 << 40).chunk(0);
    for damage in [&b""[..], b"\x01\0\0\0\0\0", b"\x02\0\0\0\0\x01\x01"] {
        let mut batch = super::disk::Batch::default();
        batch.put(key.clone(), damage.to_vec());
        store.inner.disk.apply(batch).expect("apply");
        let corrupt = super::journal::Recovery::of_pages(&store.inner.disk).expect_err("damaged");
        assert_eq!((corrupt.kind, corrupt.code), (StoreErrorKind::Corrupt, "WF3005"));
        assert!(corrupt.message.contains(&format!("page {}", 1_u64 << 40)), "{}", corrupt.message);
    }
}

#[test]
fn a_missing_page_is_noticed() {
    let folder = folder();
    let (mut one, mut two) = (Vec::new(), Vec::new());
    super::page::put_entry(&mut one, 1, 0, b"0", Some(&head(1, "Order", "A")));
    super::page::put_entry(&mut two, 1, 1, b"1", None);
    old_format(folder.path(), &[&one, &two]);
    let store = open(folder.path());
    let mut batch = super::disk::Batch::default();
    batch.remove(super::format::Key::page(1 << 40).chunk(0));
    store.inner.disk.apply(batch).expect("apply");
    drop(store);
    assert_eq!(error(folder.path()).code, "WF3005");
}

#[test]
fn a_log_that_is_gone_is_noticed() {
    let folder = folder();
    let store = open(folder.path());
    store.commit(own(&store), vec![first(&head(1, "Order", "A"), b"0")]).expect("commit");
    drop(store);
    std::fs::remove_dir_all(folder.path().join("log")).expect("remove");
    let fault = error(folder.path());
    assert_eq!((fault.kind, fault.code), (StoreErrorKind::Corrupt, "WF3021"));
    assert_eq!(error(folder.path()).code, "WF3021", "and is not made anew");
}

#[test]
fn a_log_of_another_store_is_noticed() {
    let (folder, other) = (folder(), folder());
    for path in [folder.path(), other.path()] {
        let store = open(path);
        store.commit(own(&store), vec![first(&head(1, "Order", "A"), b"0")]).expect("commit");
    }
    std::fs::remove_dir_all(folder.path().join("log")).expect("remove");
    std::fs::rename(other.path().join("log"), folder.path().join("log")).expect("move");
    assert_eq!(error(folder.path()).code, "WF3022");
}

#[test]
fn nothing_goes_to_files_that_are_never_synced() {
    let folder = folder();
    let store = open(folder.path());
    let owner = own(&store);
    for number in 1..=40 {
        let order = head(number, "Order", &number.to_string());
        store.commit(owner, vec![first(&order, &[7; 300_000])]).expect("commit");
        let done = ended(order, ExecutionStatus::Succeeded);
        store.commit(owner, vec![first(&done, &[8; 50_000])]).expect("commit");
    }
    churn(&store, 1001, 3000);
    let blobs = std::fs::read_dir(folder.path().join("blobs")).expect("the folder").count();
    assert_eq!(blobs, 0, "sled put values aside: they are too large");
}

#[test]
fn the_journal_follows_what_is_alive() {
    let folder = folder();
    let store = SledOptions::new().tiny().open(folder.path()).expect("open");
    let owner = own(&store);
    let parked: Vec<_> = (1..=9).map(|number| head(number, "Order", &number.to_string())).collect();
    store.commit(owner, parked.iter().map(|head| first(head, &[3; 40])).collect()).expect("commit");
    churn(&store, 1001, 2000);
    store.inner.signals.settle();
    {
        let state = store.inner.read();
        assert!(store.inner.log.in_use() < 6, "{} segments", store.inner.log.in_use());
        assert!(state.held.len() < 60, "{} segments and pages", state.held.len());
        assert!(state.live.len() < 9 + 400, "{} executions in memory", state.live.len());
        assert!(state.names.len() < 9 + 800, "{} names in memory", state.names.len());
    }
    let heads = store.list(&ListQuery { limit: 3000, ..ListQuery::default() }).expect("list");
    assert_eq!(heads.len(), 2009);
    assert_eq!(records(&store, 5), [[3; 40]]);
    drop(store);
    let store = SledOptions::new().tiny().open(folder.path()).expect("open");
    assert_eq!(store.claim().expect("claim").unfinished.len(), 9);
    assert_eq!(store.load(ExecutionNumber(1500)).expect("load").expect("stored").records.len(), 5);
}

#[test]
fn an_execution_that_is_archived_before_it_could_be_kept_goes_there_again() {
    let folder = folder();
    let store = SledOptions::new().tiny().open(folder.path()).expect("open");
    let owner = own(&store);
    let end = |number: u64| {
        let done = ended(head(number, "Order", &number.to_string()), ExecutionStatus::Succeeded);
        store.commit(owner, vec![first(&done, &[1; 100])]).expect("commit");
    };
    (1..=8).for_each(end);
    store.inner.signals.settle();
    assert!(!store.inner.read().live.contains_key(&1));
    // A commit saw it before it went.
    store.inner.write().keep(vec![1]);
    store.commit(owner, vec![next(1, b"late")]).expect("commit");
    (9..=16).for_each(end);
    store.inner.signals.settle();
    assert!(!store.inner.read().live.contains_key(&1), "nothing holds on to it");
    assert_eq!(records(&store, 1), [vec![1; 100], b"late".to_vec()]);
}

#[test]
fn the_names_of_the_archive_are_found_in_merged_runs() {
    let folder = folder();
    let store = SledOptions::new().tiny().open(folder.path()).expect("open");
    churn(&store, 1, 9000);
    store.inner.signals.settle();
    let levels = store.inner.read().runs.len();
    assert!(levels < 40, "{levels} runs");
    drop(store);
    let store = SledOptions::new().tiny().open(folder.path()).expect("open");
    for number in (1..=9000).step_by(11) {
        let found = store.find("Churn", &format!("c{number}")).expect("find").expect("named");
        assert_eq!(found.number, ExecutionNumber(number));
    }
    assert_eq!(store.find("Churn", "c9001").expect("find"), None);
}
