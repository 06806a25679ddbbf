//! Finding, loading, listing. Readers run beside the committer: the state's lock is never held over a read of sled, and what
//! is in memory counts before what is on the disk, since an execution leaves memory only after its archive was written.

use std::collections::BTreeMap;

use super::format::{BUCKET, Key, corrupt, incomplete};
use super::inner::Inner;
use super::state::Execution;
use super::{archive, journal, names};
use crate::store::{
    DefinitionHash, ExecutionHead, ExecutionNumber, ListQuery, StoreError, StoreErrorKind, StoredExecution,
};

/// How often a reader looks again where an execution moved on under its hands. Each move is a commit of its own.
const LOOKS: usize = 1000;

/// Reads; where something looks damaged, once more while nothing is removed. Values of several chunks, and those that stand in
/// two places, look so to whoever reads them while they are removed or written anew.
fn steadily<T>(store: &Inner, read: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError> {
    match read() {
        Err(fault) if fault.kind == StoreErrorKind::Corrupt => {
            let _still = store.next_sequence();
            read()
        }
        done => done,
    }
}

/// The records of an execution in memory.
pub(super) fn live_records(store: &Inner, number: u64, execution: &Execution) -> Result<Vec<Vec<u8>>, StoreError> {
    match &execution.records {
        Some(records) => Ok(records.clone()),
        None => journal::records(store, &execution.places, number, execution.count)?.ok_or_else(|| incomplete(number)),
    }
}

/// See [`Store::find`](crate::store::Store::find).
pub(super) fn find(store: &Inner, workflow: &str, name: &str) -> Result<Option<ExecutionHead>, StoreError> {
    steadily(store, || find_once(store, workflow, name))
}

fn find_once(store: &Inner, workflow: &str, name: &str) -> Result<Option<ExecutionHead>, StoreError> {
    let hash = names::hash(workflow, name);
    let ours = |head: &ExecutionHead| head.workflow == workflow && head.name == name;
    for _ in 0..LOOKS {
        let (known, runs) = {
            let state = store.read();
            let known = state.names.get(&hash).copied();
            if let Some(execution) = known.and_then(|number| state.live.get(&number)) {
                return Ok(Some(execution.head.clone()).filter(ours));
            }
            (known, state.runs.clone())
        };
        let number = match known {
            Some(number) => Some(number),
            None => names::lookup(&store.disk, &runs, hash)?,
        };
        if let Some(number) = number {
            return Ok(head(store, number)?.filter(ours));
        }
        let state = store.read();
        // Unless the name went from memory to the index, or the index was rewritten, in between.
        if std::sync::Arc::ptr_eq(&state.runs, &runs) && !state.names.contains_key(&hash) {
            return Ok(None);
        }
    }
    Ok(None)
}

fn head(store: &Inner, number: u64) -> Result<Option<ExecutionHead>, StoreError> {
    if let Some(execution) = store.read().live.get(&number) {
        return Ok(Some(execution.head.clone()));
    }
    Ok(archive::find(&store.disk, number)?.map(|archived| archived.head))
}

/// See [`Store::load`](crate::store::Store::load).
pub(super) fn load(store: &Inner, number: ExecutionNumber) -> Result<Option<StoredExecution>, StoreError> {
    steadily(store, || load_once(store, number))
}

fn load_once(store: &Inner, number: ExecutionNumber) -> Result<Option<StoredExecution>, StoreError> {
    for _ in 0..LOOKS {
        let live = {
            let state = store.read();
            state.live.get(&number.0).map(|execution| {
                let place = execution.records.clone().ok_or_else(|| (execution.places.clone(), execution.count));
                (execution.head.clone(), place)
            })
        };
        match live {
            Some((head, Ok(records))) => return Ok(Some(StoredExecution { head, records })),
            Some((head, Err((places, count)))) => {
                if let Some(records) = journal::records(store, &places, number.0, count)? {
                    return Ok(Some(StoredExecution { head, records }));
                }
            }
            None => {
                let Some(archived) = archive::find(&store.disk, number.0)? else { return Ok(None) };
                let records = archive::records(&store.disk, &archived)?;
                return Ok(Some(StoredExecution { head: archived.head, records }));
            }
        }
    }
    Err(incomplete(number.0))
}

/// See [`Store::list`](crate::store::Store::list).
pub(super) fn list(store: &Inner, query: &ListQuery) -> Result<Vec<ExecutionHead>, StoreError> {
    steadily(store, || list_once(store, query))
}

fn list_once(store: &Inner, query: &ListQuery) -> Result<Vec<ExecutionHead>, StoreError> {
    let limit = query.page_size();
    let end = query.before.map_or(u64::MAX, |before| before.0);
    let mut found: BTreeMap<u64, ExecutionHead> = {
        let state = store.read();
        let heads = state.live.range(..end).rev().map(|(number, execution)| (*number, &execution.head));
        heads.filter(|(_, head)| query.matches(head)).take(limit).map(|(number, head)| (number, head.clone())).collect()
    };
    let mut next = end.checked_sub(1).map(|last| last / BUCKET);
    while let Some(at) = next {
        // Those in memory that are newer than this bucket fill the page already.
        if found.range(at.saturating_add(1).saturating_mul(BUCKET)..).count() >= limit {
            break;
        }
        let Some(bucket) = archive::last_bucket(&store.disk, at)? else { break };
        let archived = archive::bucket_heads(&store.disk, bucket)?;
        let state = store.read();
        for (number, archived) in archived {
            let current = state.live.get(&number).map_or(archived.head, |execution| execution.head.clone());
            if query.matches(&current) {
                found.insert(number, current);
            }
        }
        next = bucket.checked_sub(1);
    }
    Ok(found.into_values().rev().take(limit).collect())
}

/// See [`Store::definition`](crate::store::Store::definition).
pub(super) fn definition(store: &Inner, hash: DefinitionHash) -> Result<Option<String>, StoreError> {
    let key = Key::definition(hash);
    let content = store.disk.read(&key)?;
    content.map(|content| String::from_utf8(content).map_err(|_| corrupt(&key.0, "it is no text"))).transpose()
}
