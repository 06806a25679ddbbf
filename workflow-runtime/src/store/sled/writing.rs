//! Claiming, committing, definitions: whatever writes.

use std::collections::{HashMap, HashSet};
use std::sync::PoisonError;

use super::disk::{Batch, Disk};
use super::format::{Key, chunks};
use super::page::put_entry;
use super::state::State;
use super::{SledStore, archive, reading, upkeep};
use crate::engine::ExecutionStatus;
use crate::store::{
    Claim, Commit, DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, StoreError, StoredExecution, check_batch,
};

/// Sequence numbers of an owner begin with its fencing number, so that none is used twice even where the journal is empty.
const SEQUENCE_BITS: u32 = 40;

/// See [`Store::claim`](crate::store::Store::claim).
pub(super) fn claim(store: &SledStore) -> Result<Claim, StoreError> {
    let _committer = store.committer.lock().unwrap_or_else(PoisonError::into_inner);
    let fencing = store.disk.number("fencing")?.unwrap_or_default().saturating_add(1);
    let mut batch = Batch::default();
    Disk::put_number(&mut batch, "fencing", fencing);
    store.disk.apply(batch)?;
    store.disk.sync()?;
    let mut state = store.write();
    state.owner = Some(fencing);
    state.next_sequence = state.next_sequence.max(fencing << SEQUENCE_BITS);
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
    page: u64,
    next_sequence: u64,
    chunks: u32,
    bytes: usize,
    upkeep: upkeep::Upkeep,
}

/// See [`Store::commit`](crate::store::Store::commit).
pub(super) fn commit(store: &SledStore, fencing: Fencing, commits: Vec<Commit>) -> Result<(), StoreError> {
    let _committer = store.committer.lock().unwrap_or_else(PoisonError::into_inner);
    let mut batch = Batch::default();
    let (staged, revived) = {
        let state = store.read();
        check_owner(&state, fencing)?;
        store.disk.check()?;
        if commits.is_empty() {
            return Ok(());
        }
        let revived = revive(store, &state, &commits)?;
        check_batch(&commits, |number| Ok(state.live.contains_key(&number.0) || revived.contains_key(&number.0)))?;
        (stage(store, &state, &commits, &revived, &mut batch)?, revived)
    };
    store.disk.apply(batch)?;
    match &store.flusher {
        None => store.disk.sync()?,
        Some(flusher) => flusher.written(),
    }
    let mut state = store.write();
    state.next_sequence = staged.next_sequence;
    staged.upkeep.absorb(&mut state);
    state.add_page(staged.page, staged.chunks, staged.bytes);
    for (number, Revived { head, records }) in revived {
        let mut head = Some(head);
        let earlier =
            records.into_iter().map(|record| Commit { number: ExecutionNumber(number), record, head: head.take() });
        state.absorb(earlier.collect(), staged.page, &store.limits);
    }
    state.absorb(commits, staged.page, &store.limits);
    Ok(())
}

fn check_owner(state: &State, fencing: Fencing) -> Result<(), StoreError> {
    if state.owner == Some(fencing.0) {
        return Ok(());
    }
    Err(StoreError::lease_lost(fencing, Fencing(state.owner.unwrap_or_default())))
}

/// Reads the archived executions that this batch adds to: the only reads of a commit, and rare.
fn revive(store: &SledStore, state: &State, commits: &[Commit]) -> Result<HashMap<u64, Revived>, StoreError> {
    let mut revived = HashMap::new();
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

/// Encodes the page and whatever else is due.
fn stage(
    store: &SledStore,
    state: &State,
    commits: &[Commit],
    revived: &HashMap<u64, Revived>,
    batch: &mut Batch,
) -> Result<Staged, StoreError> {
    let mut next_sequence = state.next_sequence;
    let page = next_sequence;
    next_sequence += 1;
    let size = commits.iter().map(|commit| commit.record.len() + 16 + usize::from(commit.head.is_some()) * 100).sum();
    let mut content = Vec::with_capacity(size);
    let mut counts: HashMap<u64, u64> = HashMap::with_capacity(commits.len());
    for (number, Revived { head, records }) in revived {
        for (ordinal, record) in (0_u64..).zip(records) {
            put_entry(&mut content, *number, ordinal, record, (ordinal == 0).then_some(head));
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
    let count = u32::try_from(framed.len()).unwrap_or(u32::MAX);
    batch.put_chunks(framed);
    let busy: HashSet<u64> = counts.into_keys().collect();
    let upkeep = upkeep::plan(&store.disk, state, &store.limits, &busy, batch, &mut next_sequence)?;
    Ok(Staged { page, next_sequence, chunks: count, bytes: content.len(), upkeep })
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
