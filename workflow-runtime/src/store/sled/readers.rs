//! Readers beside whoever removes: what is in the middle of being read while neighbours of it are forgotten.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{SledOptions, SledStore};
use crate::engine::ExecutionStatus;
use crate::store::conformance::{ended, first, head, own};
use crate::store::{ExecutionHead, ExecutionNumber, ListQuery, PruneQuery, Store, StoreError};
use crate::time::Timestamp;

/// Forgotten are those before this one, of as many as share a value of the archive.
const BEFORE: u64 = 20;
const LAST: u64 = 40;

fn at(second: u64) -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000 + 1_000 * i64::try_from(second).expect("small"))
}

/// Long names: heads take several chunks, as many records do.
fn done(number: u64) -> ExecutionHead {
    let running = head(number, &"Order".repeat(16), &format!("{number}-{}", "n".repeat(70)));
    ExecutionHead { stopped_at: Some(at(number)), ..ended(running, ExecutionStatus::Succeeded) }
}

fn record(number: u64) -> Vec<u8> {
    vec![number.to_le_bytes()[0]; 500]
}

/// All of them in one value of the archive.
fn archived(path: &Path) -> SledStore {
    let store = SledOptions::new().tiny().open(path).expect("open");
    let owner = own(&store);
    let ends = (1..=LAST).map(|number| first(&done(number), &record(number)));
    store.commit(owner, ends.collect()).expect("commit");
    store.inner.signals.settle();
    assert!(store.inner.read().live.is_empty(), "they are in the archive");
    store
}

/// Reads, and forgets when this many values have been read; `None` where it reads fewer.
fn read_at<T>(value: usize, read: impl Fn(&SledStore) -> Result<T, StoreError>) -> Option<T> {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Arc::new(archived(folder.path()));
    let owner = own(&*store);
    let (mut seen, has_forgotten) = (0, Arc::new(AtomicBool::new(false)));
    let (beside, done) = (Arc::downgrade(&store), Arc::clone(&has_forgotten));
    let on_read = move || {
        seen += 1;
        if seen == value + 1 {
            let store = beside.upgrade().expect("it is there");
            let pruned = store.prune(owner, &PruneQuery::ended_before(at(BEFORE))).expect("prune");
            assert_eq!(pruned.forgotten.len() as u64, BEFORE - 1);
            done.store(true, Ordering::Relaxed);
        }
    };
    *store.inner.disk.on_read.lock().expect("no holder panics") = Some(Box::new(on_read));
    let found = read(&store).unwrap_or_else(|fault| panic!("at value {value}: {fault}"));
    *store.inner.disk.on_read.lock().expect("no holder panics") = None;
    has_forgotten.load(Ordering::Relaxed).then_some(found)
}

/// Whatever is read when its neighbours go.
fn read_everywhere<T>(read: impl Fn(&SledStore) -> Result<T, StoreError>, check: impl Fn(T)) {
    let met = (0..).map_while(|value| read_at(value, &read)).map(check).count();
    assert!(met > 2, "it is forgotten {met} times while something is read");
}

#[test]
fn an_execution_is_loaded_while_its_neighbours_are_forgotten() {
    read_everywhere(
        |store| store.load(ExecutionNumber(LAST)),
        |found| assert_eq!(found.expect("it is kept").records, [record(LAST)]),
    );
}

#[test]
fn an_execution_is_found_while_its_neighbours_are_forgotten() {
    let wanted = done(LAST);
    read_everywhere(
        |store| store.find(&wanted.workflow, &wanted.name),
        |found| assert_eq!(found, Some(wanted.clone())),
    );
}

#[test]
fn executions_are_listed_while_others_are_forgotten() {
    read_everywhere(
        |store| store.list(&ListQuery { limit: 100, ..ListQuery::default() }),
        |found| {
            let numbers: Vec<u64> = found.iter().map(|head| head.number.0).rev().collect();
            assert!(numbers == (1..=LAST).collect::<Vec<_>>() || numbers == (BEFORE..=LAST).collect::<Vec<_>>());
        },
    );
}

#[test]
fn one_that_is_being_forgotten_is_there_or_not() {
    read_everywhere(
        |store| store.load(ExecutionNumber(1)),
        |found| assert!(found.is_none_or(|found| found.records == [record(1)])),
    );
}
