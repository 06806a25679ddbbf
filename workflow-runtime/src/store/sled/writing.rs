//! Claiming, committing, definitions: whatever writes.

use std::hash::BuildHasherDefault;
use std::sync::{MutexGuard, PoisonError};

use super::disk::{Batch, Disk};
use super::format::{Key, chunks};
use super::numbers::Map;
use super::page::put_entry;
use super::state::{State, Written};
use super::syncing::Committing;
use super::{SledStore, archive, reading, upkeep};
use crate::engine::ExecutionStatus;
use crate::store::{
    Claim, Commit, DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, StoreError, StoredExecution, check_batch,
};

/// Sequence numbers of an owner begin with its fencing number, so that none is used twice even where the journal is empty.
pub(super) const SEQUENCE_BITS: u32 = 40;

/// See [`Store::claim`](crate::store::Store::claim).
pub(super) fn claim(store: &SledStore) -> Result<Claim, StoreError> {
    let mut committer = store.committer.lock().unwrap_or_else(PoisonError::into_inner);
    store.in_flight.settle();
    let fencing = store.disk.number("fencing")?.unwrap_or_default().saturating_add(1);
    let mut batch = Batch::default();
    Disk::put_number(&mut batch, "fencing", fencing);
    store.disk.apply(batch)?;
    store.disk.sync()?;
    let mut state = store.write();
    state.owner = Some(fencing);
    committer.next_sequence = committer.next_sequence.max(fencing << SEQUENCE_BITS);
    drop(state);
    // The committer is still held: nothing moves between these reads.
    let state = store.read();
    let mut unfinished = Vec::new();
    for (number, execution) in &state.live {
        if execution.head.status != ExecutionStatus::Running {
            continue;
        }
        let records = reading::live_records(&store.disk, *number, execution)?;
        unfinished.push(StoredExecution { head: execution.head.clone(), records });
    }
    let next_number = ExecutionNumber(state.highest.saturating_add(1));
    Ok(Claim { fencing: Fencing(fencing), unfinished, next_number })
}

/// An archived execution that gets records again: it goes back to the journal as a whole.
#[derive(Debug)]
struct Revived {
    head: ExecutionHead,
    records: Vec<Vec<u8>>,
}

/// A batch on its way: what will be true in memory once it is written.
struct Staged {
    written: Written,
    /// The executions that it adds to.
    busy: Vec<u64>,
    revived: Map<u64, Revived>,
}

/// See [`Store::commit`](crate::store::Store::commit).
pub(super) fn commit(store: &SledStore, fencing: Fencing, commits: Vec<Commit>) -> Result<(), StoreError> {
    let mut committer = store.committer.lock().unwrap_or_else(PoisonError::into_inner);
    let (staged, chunks) = {
        let state = store.read();
        check_owner(&state, fencing)?;
        store.disk.check()?;
        if commits.is_empty() {
            return Ok(());
        }
        let revived = revive(store, &state, &commits)?;
        check_batch(&commits, |number| Ok(state.live.contains_key(&number.0) || revived.contains_key(&number.0)))?;
        stage(&state, committer.next_sequence, &commits, revived)
    };
    committer.next_sequence += 1;
    let page = staged.written.page;
    store.disk.append(chunks)?;
    store.write().in_flight.insert(page, staged.busy);
    let done = make_durable(store, committer);
    let mut state = store.write();
    state.in_flight.remove(&page);
    done?;
    let revived = staged.revived.into_iter().flat_map(|(number, Revived { head, records })| {
        let mut head = Some(head);
        records.into_iter().map(move |record| Commit { number: ExecutionNumber(number), record, head: head.take() })
    });
    state.absorb(revived.chain(commits), staged.written, &store.limits);
    Ok(())
}

/// Waits for the disk, where durability is strict. What is due beside the commit is done meanwhile; where nothing is, the
/// next commit may be written meanwhile.
fn make_durable(store: &SledStore, mut committer: MutexGuard<'_, Committing>) -> Result<(), StoreError> {
    let Committing { syncer, next_sequence } = &mut *committer;
    if let Some(flusher) = &store.flusher {
        flusher.written();
        keep_up(store, next_sequence);
        return Ok(());
    }
    let is_due = upkeep::is_due(&store.read(), &store.limits);
    if let (true, Some(syncer)) = (is_due, syncer) {
        return store.disk.sync_while(syncer, || keep_up(store, next_sequence));
    }
    store.disk.flush()?;
    let _flight = store.in_flight.begin();
    drop(committer);
    store.disk.sync_file()
}

/// Does what is due beside the commit. Where it fails, the commit stands and the next one is refused.
fn keep_up(store: &SledStore, next_sequence: &mut u64) {
    let state = store.read();
    if !upkeep::is_due(&state, &store.limits) {
        return;
    }
    let mut batch = Batch::default();
    let planned = upkeep::plan(&store.disk, &state, &store.limits, &mut batch, next_sequence);
    drop(state);
    match planned.and_then(|upkeep| store.disk.apply(batch).map(|()| upkeep)) {
        Ok(upkeep) => upkeep.absorb(&mut store.write()),
        Err(fault) => {
            store.disk.halt(&fault);
            tracing::error!(error.code = fault.code, "{fault}");
        }
    }
}

fn check_owner(state: &State, fencing: Fencing) -> Result<(), StoreError> {
    if state.owner == Some(fencing.0) {
        return Ok(());
    }
    Err(StoreError::lease_lost(fencing, Fencing(state.owner.unwrap_or_default())))
}

/// Reads the archived executions that this batch adds to: the only reads of a commit, and rare.
fn revive(store: &SledStore, state: &State, commits: &[Commit]) -> Result<Map<u64, Revived>, StoreError> {
    let mut revived = Map::default();
    for Commit { number: ExecutionNumber(number), .. } in commits {
        if *number > state.highest_archived || state.live.contains_key(number) || revived.contains_key(number) {
            continue;
        }
        if let Some(archived) = archive::find(&store.disk, *number)? {
            let records = archive::records(&store.disk, &archived)?;
            revived.insert(*number, Revived { head: archived.head, records });
        }
    }
    Ok(revived)
}

/// Encodes the page. Its chunks are written in order: a crash may leave the first few, which nobody was told of.
fn stage(state: &State, page: u64, commits: &[Commit], revived: Map<u64, Revived>) -> (Staged, Vec<(Key, Vec<u8>)>) {
    let size = commits.iter().map(|commit| commit.record.len() + 16 + usize::from(commit.head.is_some()) * 100).sum();
    let mut content = Vec::with_capacity(size);
    let mut counts: Map<u64, u64> = Map::with_capacity_and_hasher(commits.len(), BuildHasherDefault::default());
    for (number, Revived { head, records }) in &revived {
        for (ordinal, record) in (0_u64..).zip(records) {
            // The head goes with the last record: an older page may hold an older head of any before it.
            let last = ordinal + 1 == records.len() as u64;
            put_entry(&mut content, *number, ordinal, record, last.then_some(head));
        }
        counts.insert(*number, records.len() as u64);
    }
    for Commit { number: ExecutionNumber(number), record, head } in commits {
        let known = || state.live.get(number).map_or(0, |execution| execution.count);
        let count = counts.entry(*number).or_insert_with(known);
        put_entry(&mut content, *number, *count, record, head.as_ref());
        *count += 1;
    }
    let framed = chunks(&Key::page(page), &content);
    let chunks = u32::try_from(framed.len()).unwrap_or(u32::MAX);
    let written = Written { page, chunks, bytes: content.len() };
    (Staged { written, busy: counts.into_keys().collect(), revived }, framed)
}

/// See [`Store::put_definition`](crate::store::Store::put_definition).
pub(super) fn put_definition(store: &SledStore, hash: DefinitionHash, text: &str) -> Result<(), StoreError> {
    let _committer = store.committer.lock().unwrap_or_else(PoisonError::into_inner);
    let key = Key::definition(hash);
    if store.disk.read(&key)?.is_some() {
        return Ok(());
    }
    let mut batch = Batch::default();
    batch.put_chunks(chunks(&key, text.as_bytes()));
    store.disk.apply(batch)?;
    store.disk.sync()
}
