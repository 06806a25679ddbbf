//! Reading the journal: one execution's records on demand, and everything when the store is opened.

use std::collections::BTreeMap;

use super::archive::{self, Archived};
use super::disk::{Disk, Read};
use super::format::{BUCKET, Key, corrupt, key_field};
use super::names;
use super::numbers::Map;
use super::options::Limits;
use super::page;
use super::state::{Execution, State, Unindexed, Written};
use super::writing::SEQUENCE_BITS;
use crate::engine::ExecutionStatus;
use crate::store::{ExecutionHead, StoreError};

/// The records of one execution; `None` where a page is gone, since the execution has moved on meanwhile.
pub(super) fn records(disk: &Disk, pages: &[u64], number: u64, count: u64) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
    let mut found: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    for page in pages {
        let key = Key::page(*page);
        let Some(content) = disk.read(&key)? else { return Ok(None) };
        page::entries(&key.0, &content, |entry| {
            if entry.number == number && entry.ordinal < count {
                found.insert(entry.ordinal, entry.record.to_vec());
            }
            Ok(())
        })?;
    }
    if found.len() as u64 != count {
        return Err(incomplete(pages, number));
    }
    Ok(Some(found.into_values().collect()))
}

/// Not all records of an execution are where they must be.
pub(super) fn incomplete(pages: &[u64], number: u64) -> StoreError {
    let key = Key::page(pages.last().copied().unwrap_or_default());
    corrupt(&key.0, format_args!("records of execution number {number} are missing"))
}

/// An execution as the pages tell it.
#[derive(Debug, Default)]
struct Found {
    records: Vec<(u64, Vec<u8>)>,
    head: Option<(u64, ExecutionHead)>,
    pages: Vec<u64>,
}

/// Reads every page once and finds what is alive.
pub(super) fn recover(disk: &Disk, limits: &Limits) -> Result<State, StoreError> {
    let (runs, dead_runs) = names::open(disk)?;
    let mut state = State { runs, dead_runs, ..State::default() };
    if let Some(bucket) = archive::last_bucket(disk, u64::MAX)? {
        let last = archive::bucket_heads(disk, bucket)?;
        state.highest_archived = last.keys().next_back().copied().unwrap_or_default();
    }
    let mut found = scan(disk, &mut state)?;
    state.highest = found.keys().copied().max().unwrap_or_default().max(state.highest_archived);
    let mut numbers: Vec<u64> = found.keys().copied().collect();
    numbers.sort_unstable();
    let mut bucket: Option<(u64, BTreeMap<u64, Archived>)> = None;
    for number in numbers {
        let Some(execution) = found.remove(&number) else { continue };
        let mut archived = None;
        if number <= state.highest_archived {
            if bucket.as_ref().is_none_or(|(at, _)| *at != number / BUCKET) {
                bucket = Some((number / BUCKET, archive::bucket_heads(disk, number / BUCKET)?));
            }
            archived = bucket.as_ref().and_then(|(_, heads)| heads.get(&number));
        }
        place(disk, &mut state, number, execution, archived, limits)?;
    }
    let unneeded = state.pages.iter().filter(|(_, page)| page.holders == 0);
    for page in unneeded.map(|(number, _)| *number).collect::<Vec<_>>() {
        state.retire(page);
    }
    Ok(state)
}

fn scan(disk: &Disk, state: &mut State) -> Result<Map<u64, Found>, StoreError> {
    let mut found: Map<u64, Found> = Map::default();
    let mut torn: Option<u64> = None;
    disk.scan_begun(&Key::journal(), page::key_len(), |key, read| {
        let page = key_field(key, 0)?;
        // A page that a crash cut off is the last one of its owner, and nobody was told that it was written.
        if let Some(torn) = torn.filter(|torn| owner_of(*torn) == owner_of(page)) {
            return Err(corrupt(&Key::page(torn).0, "its last chunks are missing, and later pages are there"));
        }
        let content = match read {
            Read::Whole(content) => content,
            Read::Begun(chunks) => {
                torn = Some(page);
                state.dead_pages.push((page, chunks));
                return Ok(());
            }
        };
        let chunks = content.len().div_ceil(super::format::CHUNK).max(1);
        let chunks = u32::try_from(chunks).unwrap_or(u32::MAX);
        state.add_page(Written { page, chunks, bytes: content.len() }, Vec::new());
        page::entries(key, &content, |entry| {
            let execution = found.entry(entry.number).or_default();
            execution.records.push((entry.ordinal, entry.record.to_vec()));
            if let Some(head) = entry.head
                && execution.head.as_ref().is_none_or(|(ordinal, _)| *ordinal <= entry.ordinal)
            {
                execution.head = Some((entry.ordinal, head));
            }
            if execution.pages.last() != Some(&page) {
                execution.pages.push(page);
            }
            Ok(())
        })
    })?;
    Ok(found)
}

/// Which owner's number this page's sequence begins with.
fn owner_of(page: u64) -> u64 {
    page >> SEQUENCE_BITS
}

/// Decides whether the execution lives, and whose its pages are.
fn place(
    disk: &Disk,
    state: &mut State,
    number: u64,
    mut found: Found,
    archived: Option<&Archived>,
    limits: &Limits,
) -> Result<(), StoreError> {
    found.records.sort_by_key(|(ordinal, _)| *ordinal);
    found.records.dedup_by_key(|(ordinal, _)| *ordinal);
    let count = found.records.last().map_or(0, |(ordinal, _)| ordinal.saturating_add(1));
    if let Some(archived) = archived
        && archived.count >= count
    {
        let hash = names::hash(&archived.head.workflow, &archived.head.name);
        if names::lookup(disk, &state.runs, hash)? != Some(number) {
            hold(state, number, &found.pages);
            state.names.insert(hash, number);
            let bytes = found.records.iter().map(|(_, record)| record.len()).sum();
            state.unindexed_bytes += bytes;
            state.unindexed.push(Unindexed { hash, number, pages: found.pages, bytes });
        }
        return Ok(());
    }
    let Some((_, head)) = found.head else { return Err(incomplete(&found.pages, number)) };
    if found.records.len() as u64 != count {
        return Err(incomplete(&found.pages, number));
    }
    hold(state, number, &found.pages);
    let bytes = found.records.iter().map(|(_, record)| record.len()).sum();
    let hash = names::hash(&head.workflow, &head.name);
    state.names.insert(hash, number);
    state.live_bytes += bytes;
    let resident = bytes <= limits.resident_each && state.resident_bytes + bytes <= limits.resident_all;
    let records = resident.then(|| found.records.into_iter().map(|(_, record)| record).collect());
    if resident {
        state.resident_bytes += bytes;
    }
    if head.status != ExecutionStatus::Running {
        state.pending.insert(number, bytes);
    }
    state.live.insert(number, Execution { head, count, bytes, records, pages: found.pages, hash });
    Ok(())
}

fn hold(state: &mut State, number: u64, pages: &[u64]) {
    for page in pages {
        if let Some(page) = state.pages.get_mut(page) {
            page.holders += 1;
            page.executions.push(number);
        }
    }
}
