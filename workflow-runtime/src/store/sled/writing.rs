//! Claiming, committing, definitions: whatever writes.

use std::hash::BuildHasherDefault;

use super::disk::{Batch, Disk};
use super::format::{Key, chunks};
use super::inner::Inner;
use super::log::{self, Log};
use super::numbers::{Map, Set};
use super::page::put_entry;
use super::relaxed::Flusher;
use super::state::State;
use super::{archive, reading, upkeep};
use crate::engine::ExecutionStatus;
use crate::store::{
    Claim, Commit, DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, StoreError, StoreErrorKind,
    StoredExecution, check_batch,
};

/// Sequence numbers of an owner begin with its fencing number, so that none is used twice.
const SEQUENCE_BITS: u32 = 40;

/// See [`Store::claim`](crate::store::Store::claim).
pub(super) fn claim(store: &Inner) -> Result<Claim, StoreError> {
    // Nothing moves while these are held.
    let _quiet = store.quiet();
    let mut next = store.next_sequence();
    let fencing = store.disk.number("fencing")?.unwrap_or_default().saturating_add(1);
    let mut batch = Batch::default();
    Disk::put_number(&mut batch, "fencing", fencing);
    store.disk.apply(batch)?;
    store.disk.sync()?;
    store.write().owner = Some(fencing);
    *next = (*next).max(fencing << SEQUENCE_BITS);
    let state = store.read();
    let mut unfinished = Vec::new();
    for (number, execution) in &state.live {
        if execution.head.status != ExecutionStatus::Running {
            continue;
        }
        let records = reading::live_records(store, *number, execution)?;
        unfinished.push(StoredExecution { head: execution.head.clone(), records });
    }
    let next_number = ExecutionNumber(state.highest.saturating_add(1));
    Ok(Claim { fencing: Fencing(fencing), unfinished, next_number })
}

/// An archived execution that gets records again: it goes back to the log as a whole.
#[derive(Debug)]
struct Revived {
    head: ExecutionHead,
    records: Vec<Vec<u8>>,
}

/// What a frame's buffer keeps of its size for the next one, in bytes.
const KEPT: usize = 1 << 20;

/// A batch on its way.
struct Staged {
    revived: Map<u64, Revived>,
    executions: Set<u64>,
    /// Those that have ended and are not archived: they stay until the batch is in the state.
    late: Vec<u64>,
}

/// See [`Store::commit`](crate::store::Store::commit). One batch is written while the disk syncs the one before.
pub(super) fn commit(
    store: &Inner,
    flusher: Option<&Flusher>,
    fencing: Fencing,
    commits: Vec<Commit>,
) -> Result<(), StoreError> {
    let mut writing = store.writing();
    store.disk.check()?;
    // The state knows nothing yet of a batch that is being synced: an execution of it waits.
    let is_on_its_way = |commit: &Commit| writing.executions.contains(&commit.number.0);
    let mut turn = commits.iter().any(is_on_its_way).then(|| store.syncing());
    let frame = &mut writing.frame;
    let staged = stage_safely(store, fencing, &commits, frame).inspect_err(|_| {
        let numbers = commits.iter().map(|commit| commit.number.0);
        store.write().let_go(numbers);
    })?;
    let Some(Staged { revived, executions, late }) = staged else {
        return Ok(());
    };
    store.signals.make_room(&store.log, store.limits.most_segments);
    if turn.is_none() && !store.log.fits(frame.len()) {
        // A segment is left once everything in it is in the state: only then is it known who needs it.
        turn = Some(store.syncing());
    }
    let at = store.done(store.log.append(frame))?;
    frame.clear();
    frame.shrink_to(KEPT);
    writing.executions = executions;
    let turn = turn.unwrap_or_else(|| store.syncing());
    drop(writing);
    match flusher {
        // What the disk took when it was stopped meanwhile may be there after all.
        None => store.sync_log().map_err(|fault| store.disk.overtaken(fault))?,
        Some(flusher) => flusher.written(),
    }
    let revived = revived.into_iter().flat_map(|(number, Revived { head, records })| {
        let mut head = Some(head);
        records.into_iter().map(move |record| Commit { number: ExecutionNumber(number), record, head: head.take() })
    });
    let log = store.log_state();
    let mut state = store.write();
    state.absorb(revived.chain(commits), at, &store.limits);
    state.let_go(late.into_iter());
    let is_due = upkeep::is_due(&state, &store.limits, log);
    drop(state);
    drop(turn);
    if is_due || store.log.wants_segment() {
        store.signals.due();
    }
    Ok(())
}

/// Encodes the batch; `None` where there is nothing in it. Where it adds to an execution that has ended and may go to the
/// archive at any moment, that one is kept from it first.
fn stage_safely(
    store: &Inner,
    fencing: Fencing,
    commits: &[Commit],
    frame: &mut Vec<u8>,
) -> Result<Option<Staged>, StoreError> {
    loop {
        let state = store.read();
        check_owner(&state, fencing)?;
        if commits.is_empty() {
            return Ok(None);
        }
        let revived = revive(store, &state, commits)?;
        check_batch(commits, |number| Ok(state.live.contains_key(&number.0) || revived.contains_key(&number.0)))?;
        let staged = stage(&state, commits, revived, frame);
        if !Log::has_room_for(frame.len()) {
            let message = "the records committed at once take more than 4 GiB; commit fewer at a time".to_owned();
            return Err(StoreError::new(StoreErrorKind::Permanent, "WF3023", message));
        }
        if staged.late.iter().all(|number| state.late.contains(number)) {
            return Ok(Some(staged));
        }
        drop(state);
        store.write().keep(staged.late);
    }
}

pub(super) fn check_owner(state: &State, fencing: Fencing) -> Result<(), StoreError> {
    if state.owner == Some(fencing.0) {
        return Ok(());
    }
    Err(StoreError::lease_lost(fencing, Fencing(state.owner.unwrap_or_default())))
}

/// Reads the archived executions that this batch adds to: the only reads of a commit, and rare.
fn revive(store: &Inner, state: &State, commits: &[Commit]) -> Result<Map<u64, Revived>, StoreError> {
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

/// Encodes the frame.
fn stage(state: &State, commits: &[Commit], revived: Map<u64, Revived>, frame: &mut Vec<u8>) -> Staged {
    log::begin_frame(frame);
    let mut late = Vec::new();
    let mut counts: Map<u64, u64> = Map::with_capacity_and_hasher(commits.len(), BuildHasherDefault::default());
    for (number, Revived { head, records }) in &revived {
        for (ordinal, record) in (0_u64..).zip(records) {
            // The head goes with the last record: an older page may hold an older head of any before it.
            let last = ordinal + 1 == records.len() as u64;
            put_entry(frame, *number, ordinal, record, last.then_some(head));
        }
        counts.insert(*number, records.len() as u64);
    }
    for Commit { number: ExecutionNumber(number), record, head } in commits {
        let known = || {
            state.live.get(number).map_or(0, |execution| {
                if execution.head.status != ExecutionStatus::Running {
                    late.push(*number);
                }
                execution.count
            })
        };
        let count = counts.entry(*number).or_insert_with(known);
        put_entry(frame, *number, *count, record, head.as_ref());
        *count += 1;
    }
    Staged { revived, executions: counts.into_keys().collect(), late }
}

/// See [`Store::put_definition`](crate::store::Store::put_definition).
pub(super) fn put_definition(store: &Inner, hash: DefinitionHash, text: &str) -> Result<(), StoreError> {
    // Who finds the text written by another finds it synced.
    let _writing = store.next_sequence();
    let key = Key::definition(hash);
    if store.disk.read(&key)?.is_some() {
        return store.disk.check();
    }
    let mut batch = Batch::default();
    batch.put_chunks(chunks(&key, text.as_bytes()));
    store.disk.apply(batch)?;
    store.disk.sync()
}
