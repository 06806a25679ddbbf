//! Reading what executions that are not archived have: one's records on demand, and everything when the store is opened.

use std::collections::BTreeMap;

use super::archive::{self, Archived};
use super::disk::Disk;
use super::format::{BUCKET, Key, incomplete, key_field};
use super::inner::Inner;
use super::log::Fault;
use super::names;
use super::numbers::Map;
use super::options::Limits;
use super::page;
use super::place::{At, Container, Place, containers};
use super::state::{Execution, State, Unindexed, Written};
use super::tombstones::{self, Tombstones};
use crate::engine::ExecutionStatus;
use crate::store::{ExecutionHead, StoreError, StoreErrorKind};

/// The records of one execution; `None` where one of its places is gone, since the execution has moved on meanwhile.
pub(super) fn records(
    inner: &Inner,
    places: &[Place],
    number: u64,
    count: u64,
) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
    let mut found: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    for place in places {
        let (key, content) = match place.at.container() {
            Container::Page(page) => (Key::page(page), inner.disk.read(&Key::page(page))?),
            Container::Segment(segment) => (Key::page(segment), inner.log.read(place.at).map_err(unread)?),
        };
        let Some(content) = content else { return Ok(None) };
        page::entries(&key.0, &content, |entry| {
            if entry.number == number && entry.ordinal < count {
                found.insert(entry.ordinal, entry.record.to_vec());
            }
            Ok(())
        })?;
    }
    if found.len() as u64 != count {
        return Err(incomplete(number));
    }
    Ok(Some(found.into_values().collect()))
}

fn unread(fault: Fault) -> StoreError {
    match fault {
        Fault::Damage(fault) => fault,
        Fault::Io(fault) => {
            let message = format!("the commit log could not be read: {fault}; try again, and look at the system's log");
            StoreError::new(StoreErrorKind::Transient, "WF3010", message).with_source(fault)
        }
    }
}

/// An execution as pages and log tell it.
#[derive(Debug, Default)]
struct Found {
    /// With the number of its place among `places`.
    records: Vec<(u64, usize, Vec<u8>)>,
    head: Option<(u64, ExecutionHead)>,
    places: Vec<At>,
}

/// Takes what pages and then the log say, and finds what is alive.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    state: State,
    found: Map<u64, Found>,
    /// Forgotten executions, and which of the tombstones are theirs.
    forgotten: Map<u64, usize>,
    tombstones: Vec<Tombstones>,
}

impl Found {
    /// Whatever has records of it.
    fn found_in(&self) -> Vec<Container> {
        let mut found: Vec<_> = self.places.iter().map(|at| at.container()).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Recovery {
    /// Begins with what is in sled.
    pub(super) fn of_pages(disk: &Disk) -> Result<Self, StoreError> {
        let (runs, dead_runs) = names::open(disk)?;
        let (tombstones, forgotten) = tombstones::read(disk)?;
        let highest = disk.number(tombstones::HIGHEST)?.unwrap_or_default();
        let state = State { highest, runs, dead_runs, ..State::default() };
        let mut recovery = Self { state, found: Map::default(), forgotten, tombstones };
        if let Some(bucket) = archive::last_bucket(disk, u64::MAX)? {
            let last = archive::with_tombstones(disk, bucket)?;
            recovery.state.highest_archived = last.keys().next_back().copied().unwrap_or_default();
        }
        disk.scan(&Key::pages(), page::key_len(), |key, content| {
            let page = key_field(key, 0)?;
            let members = recovery.add(At::page(page), key, &content)?;
            let chunks = content.len().div_ceil(super::format::CHUNK).max(1);
            let chunks = u32::try_from(chunks).unwrap_or(u32::MAX);
            recovery.state.add_page(Written { page, chunks, bytes: content.len(), members }, Vec::new());
            Ok(())
        })?;
        Ok(recovery)
    }

    /// A frame of the log.
    pub(super) fn frame(&mut self, at: At, content: &[u8]) -> Result<(), StoreError> {
        let Container::Segment(segment) = at.container() else { return Ok(()) };
        self.add(at, &Key::page(segment).0, content).map(drop)
    }

    /// Takes its entries; how many executions have any.
    fn add(&mut self, at: At, key: &[u8], content: &[u8]) -> Result<usize, StoreError> {
        let mut members = 0;
        page::entries(key, content, |entry| {
            let execution = self.found.entry(entry.number).or_default();
            if execution.places.last() != Some(&at) {
                execution.places.push(at);
                members += 1;
            }
            execution.records.push((entry.ordinal, execution.places.len() - 1, entry.record.to_vec()));
            if let Some(head) = entry.head
                && execution.head.as_ref().is_none_or(|(ordinal, _)| *ordinal <= entry.ordinal)
            {
                execution.head = Some((entry.ordinal, head));
            }
            Ok(())
        })?;
        Ok(members)
    }

    /// What is in memory from here on.
    pub(super) fn finish(mut self, disk: &Disk, limits: &Limits) -> Result<State, StoreError> {
        let state = &mut self.state;
        let mut numbers: Vec<u64> = self.found.keys().copied().collect();
        numbers.sort_unstable();
        let newest = numbers.last().copied().unwrap_or_default();
        // Where a damaged store has lost the greatest number, what was forgotten still tells that it was given out.
        let forgotten = self.forgotten.keys().copied().max().unwrap_or_default();
        state.highest = state.highest.max(newest).max(state.highest_archived).max(forgotten);
        if state.highest == u64::MAX {
            return Err(incomplete(state.highest));
        }
        let mut bucket: Option<(u64, BTreeMap<u64, Archived>)> = None;
        for number in numbers {
            let Some(execution) = self.found.remove(&number) else { continue };
            if let Some(tombstones) = self.forgotten.get(&number).and_then(|at| self.tombstones.get_mut(*at)) {
                tombstones.found_in(&execution.found_in());
                state.note_in_pages(number, &execution.found_in());
                continue;
            }
            let mut archived = None;
            if number <= state.highest_archived {
                if bucket.as_ref().is_none_or(|(at, _)| *at != number / BUCKET) {
                    bucket = Some((number / BUCKET, archive::with_tombstones(disk, number / BUCKET)?));
                }
                archived = bucket.as_ref().and_then(|(_, heads)| heads.get(&number));
            }
            place(disk, state, number, execution, archived, limits)?;
        }
        state.retire_unneeded();
        state.graves.add(self.tombstones);
        Ok(self.state)
    }
}

/// Decides whether the execution lives, and what it holds.
fn place(
    disk: &Disk,
    state: &mut State,
    number: u64,
    mut found: Found,
    archived: Option<&Archived>,
    limits: &Limits,
) -> Result<(), StoreError> {
    found.records.sort_by_key(|(ordinal, ..)| *ordinal);
    found.records.dedup_by_key(|(ordinal, ..)| *ordinal);
    let count = found.records.last().map_or(0, |(ordinal, ..)| ordinal.saturating_add(1));
    let bytes = found.records.iter().map(|(_, _, record)| record.len()).sum();
    let places = places(&found);
    let holds = containers(&places);
    // Carried forward from there, say.
    let only_found_in: Vec<_> = found.found_in().into_iter().filter(|container| !holds.contains(container)).collect();
    state.note_in_pages(number, &only_found_in);
    if let Some(archived) = archived
        && archived.count >= count
    {
        if archived.is_tombstone() {
            state.note_in_pages(number, &holds);
            return Ok(());
        }
        let hash = names::hash(&archived.head.workflow, &archived.head.name);
        if names::lookup(disk, &state.runs, hash)? == Some(number) {
            state.note_in_pages(number, &holds);
        } else {
            state.hold_all(number, &holds);
            state.names.insert(hash, number);
            state.unindexed_bytes += bytes;
            state.unindexed.push(Unindexed { hash, number, holds, bytes });
        }
        return Ok(());
    }
    let Some((_, head)) = found.head else { return Err(incomplete(number)) };
    if found.records.len() as u64 != count {
        return Err(incomplete(number));
    }
    state.hold_all(number, &holds);
    let hash = names::hash(&head.workflow, &head.name);
    state.names.insert(hash, number);
    state.live_bytes += bytes;
    let resident = bytes <= limits.resident_each && state.resident_bytes + bytes <= limits.resident_all;
    let records = resident.then(|| found.records.into_iter().map(|(_, _, record)| record).collect());
    if resident {
        state.resident_bytes += bytes;
    }
    if head.status != ExecutionStatus::Running {
        state.pending.insert(number, bytes);
    }
    state.live.insert(number, Execution { head, count, bytes, records, places, hash });
    Ok(())
}

/// Where its records lie, each once.
fn places(found: &Found) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for (_, place, _) in &found.records {
        let at = found.places[*place];
        match places.last_mut() {
            Some(last) if last.at == at => last.records += 1,
            _ => places.push(Place { at, records: 1 }),
        }
    }
    places
}
