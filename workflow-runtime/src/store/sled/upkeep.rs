//! The work beside commits, on a thread of its own: ended executions to the archive, names to the index, records of those that
//! run on to pages, so that segments of the log and old pages can go.
//!
//! A round is one batch, applied to sled as a whole and synced. It becomes true in memory after that, and the log says the same
//! until segments of it are used again ([`recycle`]).

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::archive::{self, Archived, Ended};
use super::disk::{Batch, Disk};
use super::format::{BUCKET, Key, chunks, incomplete};
use super::inner::Inner;
use super::journal;
use super::names::{self, Indexed, Runs};
use super::numbers::Set;
use super::options::Limits;
use super::page::put_entry;
use super::place::Container;
use super::state::{Execution, Held, State, Written};
use crate::engine::ExecutionStatus;
use crate::store::StoreError;

/// Pages, and values with tombstones, that one round removes at most.
const REMOVALS: usize = 64;

/// Buckets that one round archives at most.
const BUCKETS: usize = 8;

/// What one round does; becomes true in memory with [`Upkeep::absorb`] once it is applied.
#[derive(Debug, Default)]
struct Upkeep {
    removed_pages: usize,
    removed_tombstones: usize,
    removed_run: bool,
    /// The last of the suspects was looked at; with the runs that are left, where it is none of them.
    looked_at: Option<(u64, Option<Runs>)>,
    /// Numbers, and how many records were archived.
    archived: Vec<(u64, u64)>,
    indexed: Option<(usize, Indexed)>,
    carried: Vec<Carried>,
}

#[derive(Debug)]
struct Carried {
    written: Written,
    from: Vec<Container>,
    executions: Vec<u64>,
}

/// Where the log stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogState {
    pub(super) active: u64,
    pub(super) oldest: u64,
    pub(super) in_use: usize,
}

impl LogState {
    /// The first segment that somebody needs.
    fn needed(self, state: &State) -> u64 {
        match state.held.keys().next() {
            Some(Container::Segment(first)) => self.active.min(*first),
            _ => self.active,
        }
    }
}

/// Whether pages hold much more than what is alive.
fn has_large_pages(state: &State, limits: &Limits) -> bool {
    state.page_bytes > 2 * state.live_bytes + limits.page_slack
}

/// Whether there is anything to do that pays.
pub(super) fn is_due(state: &State, limits: &Limits, log: LogState) -> bool {
    state.dead_pages.len() >= limits.dead_pages
        || state.pending.count > limits.pending
        || state.pending.bytes > limits.pending_bytes
        || state.unindexed.len() > limits.unindexed
        || state.unindexed_bytes > limits.unindexed_bytes
        || !state.dead_runs.is_empty()
        || !state.suspects.is_empty()
        || state.graves.due(log.oldest).next().is_some()
        || log.in_use > limits.segments
        || log.needed(state) > log.oldest
        || has_large_pages(state, limits)
}

/// Does what is due; whether that was anything.
pub(super) fn round(inner: &Inner) -> Result<bool, StoreError> {
    let mut next = inner.next_sequence();
    // Before the state is looked at: the segment that is active now cannot be set free by it.
    let log = inner.log_state();
    let mut batch = Batch::default();
    let mut planner =
        Planner { inner, log, forced: None, batch: &mut batch, next: &mut next, upkeep: Upkeep::default() };
    planner.plan()?;
    let upkeep = planner.upkeep;
    let is_something = !batch.is_empty() || upkeep.looked_at.is_some();
    if !batch.is_empty() {
        // A later record must not outlive an earlier one.
        inner.sync_what_is_read()?;
        inner.disk.apply(batch)?;
        // At once, though the log still has it: sled moves what it has and overwrites where that was, and what is moved is safe
        // from a power cut only once it is synced.
        inner.disk.sync()?;
    }
    if is_something {
        upkeep.absorb(&mut inner.write());
    }
    Ok(recycle(inner, log)? || is_something)
}

/// Sets segments free that nobody needs, once what was in them is on the disk elsewhere.
fn recycle(inner: &Inner, log: LogState) -> Result<bool, StoreError> {
    let needed = log.needed(&inner.read());
    let Some(mark) = inner.log.mark(needed) else { return Ok(false) };
    let mut batch = Batch::default();
    Disk::put_mark(&mut batch, mark);
    inner.disk.apply(batch)?;
    inner.disk.sync()?;
    inner.log.recycle(mark);
    Ok(true)
}

struct Planner<'p> {
    inner: &'p Inner,
    log: LogState,
    /// The segment that has to be set free.
    forced: Option<Container>,
    batch: &'p mut Batch,
    next: &'p mut u64,
    upkeep: Upkeep,
}

impl Planner<'_> {
    fn plan(&mut self) -> Result<(), StoreError> {
        if self.log.in_use > self.inner.limits.segments && self.log.oldest < self.log.active {
            self.forced = Some(Container::Segment(self.log.oldest));
        }
        self.remove_pages();
        self.remove_tombstones();
        self.archive()?;
        self.index()?;
        if let Some(segment) = self.forced {
            self.carry(&[segment])?;
        }
        let old = self.old_pages();
        if !old.is_empty() {
            self.carry(&old)?;
        }
        Ok(())
    }

    fn remove_pages(&mut self) {
        let state = self.inner.read();
        let due = &state.dead_pages[..state.dead_pages.len().min(REMOVALS)];
        for dead in due {
            for index in 0..dead.chunks {
                self.batch.remove(Key::page(dead.page).chunk(index));
            }
        }
        self.upkeep.removed_pages = due.len();
    }

    /// Those that stand for nothing any more: the log begins behind them.
    fn remove_tombstones(&mut self) {
        let state = self.inner.read();
        for tombstones in state.graves.due(self.log.oldest).take(REMOVALS) {
            tombstones.remove(self.batch);
            self.upkeep.removed_tombstones += 1;
        }
    }

    /// What has ended: down to half of the limit, so that it is seldom due, and whatever keeps a segment that has to go.
    fn archive(&mut self) -> Result<(), StoreError> {
        let mut due: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        {
            let (state, limits) = (self.inner.read(), &self.inner.limits);
            let (mut count, mut bytes) = (state.pending.count, state.pending.bytes);
            if count > limits.pending || bytes > limits.pending_bytes {
                for (bucket, numbers) in state.pending.buckets.iter().take(BUCKETS) {
                    if count <= limits.pending / 2 && bytes <= limits.pending_bytes / 2 {
                        break;
                    }
                    count -= numbers.len();
                    let of = |number| state.live.get(number).map_or(0, |execution| execution.bytes);
                    bytes -= numbers.iter().map(of).sum::<usize>();
                    due.insert(*bucket, numbers.iter().copied().collect());
                }
            }
            let forced = self.forced.and_then(|container| state.held.get(&container));
            for number in forced.iter().flat_map(|held| &held.executions) {
                let numbers = due.entry(*number / BUCKET).or_default();
                if state.pending.contains(*number) && !numbers.contains(number) {
                    numbers.push(*number);
                }
            }
        }
        for (bucket, numbers) in due {
            let state = self.inner.read();
            let mut ended = Vec::with_capacity(numbers.len());
            for number in numbers.into_iter().filter(|number| !state.late.contains(number)) {
                let Some(execution) = state.live.get(&number) else { continue };
                // It may have been opened again since the buckets were looked at.
                if execution.head.status != ExecutionStatus::Running {
                    ended.push(Ended { head: &execution.head, records: records_of(self.inner, number, execution)? });
                    self.upkeep.archived.push((number, execution.count));
                }
            }
            archive::write(self.batch, bucket, &ended, self.next);
        }
        Ok(())
    }

    fn index(&mut self) -> Result<(), StoreError> {
        let Inner { disk, limits, .. } = self.inner;
        let (runs, dead_runs, entries) = {
            let state = self.inner.read();
            let keeps =
                |entry: &super::state::Unindexed| self.forced.is_some_and(|forced| entry.holds.contains(&forced));
            let is_due = state.unindexed.len() > limits.unindexed
                || state.unindexed_bytes > limits.unindexed_bytes
                || state.unindexed.iter().any(keeps);
            let entries =
                is_due.then(|| state.unindexed.iter().map(|entry| (entry.hash, entry.number)).collect::<Vec<_>>());
            (state.runs.clone(), state.dead_runs.clone(), entries)
        };
        if let Some(entries) = entries {
            let count = entries.len();
            let indexed = names::add(disk, self.batch, &runs, &dead_runs, entries, self.next)?;
            self.upkeep.indexed = Some((count, indexed));
        } else if let Some((run, still_dead)) = dead_runs.split_last() {
            names::remove(disk, self.batch, &runs, *run, still_dead)?;
            self.upkeep.removed_run = true;
        } else {
            self.look_at_names(&runs)?;
        }
        Ok(())
    }

    /// A run of names that are all forgotten goes.
    fn look_at_names(&mut self, runs: &Runs) -> Result<(), StoreError> {
        let Some(run) = self.inner.read().suspects.last().copied() else { return Ok(()) };
        let disk = &self.inner.disk;
        let mut bucket: Option<(u64, BTreeMap<u64, Archived>)> = None;
        let is_there = |number: u64| {
            if self.inner.read().live.contains_key(&number) {
                return Ok(true);
            }
            if bucket.as_ref().is_none_or(|(at, _)| *at != number / BUCKET) {
                bucket = Some((number / BUCKET, archive::bucket_heads(disk, number / BUCKET)?));
            }
            Ok(bucket.as_ref().is_some_and(|(_, heads)| heads.contains_key(&number)))
        };
        let left = names::without(disk, self.batch, runs, &[], run, is_there)?;
        self.upkeep.looked_at = Some((run, left));
        Ok(())
    }

    /// Pages of which at least half is not needed any more, where pages have become too large.
    fn old_pages(&self) -> Vec<Container> {
        let state = self.inner.read();
        if !has_large_pages(&state, &self.inner.limits) {
            return Vec::new();
        }
        let sparse = |held: &Held| {
            let runs = |number: &&u64| {
                state.live.get(number).is_some_and(|execution| execution.head.status == ExecutionStatus::Running)
            };
            // Those that have ended go to the archive first.
            2 * held.holders <= held.members && held.executions.iter().filter(runs).count() >= held.holders
        };
        let (mut old, mut bytes) = (Vec::new(), 0);
        for (container, held) in &state.held {
            if matches!(container, Container::Page(_)) && bytes < self.inner.limits.carry && sparse(held) {
                old.push(*container);
                bytes += held.bytes / 2;
            }
        }
        old
    }

    /// Writes what running executions have in these containers into a fresh page.
    fn carry(&mut self, from: &[Container]) -> Result<(), StoreError> {
        let gone: Set<u64> = self.upkeep.archived.iter().map(|(number, _)| *number).collect();
        let (mut content, mut executions, mut taken) = (Vec::new(), Vec::new(), Set::default());
        let state = self.inner.read();
        for number in from.iter().filter_map(|container| state.held.get(container)).flat_map(|held| &held.executions) {
            let Some(execution) = state.live.get(number) else { continue };
            if gone.contains(number) || execution.head.status != ExecutionStatus::Running {
                continue;
            }
            let runs = execution.runs_in(from);
            if runs.is_empty() || !taken.insert(*number) {
                continue;
            }
            let records = records_of(self.inner, *number, execution)?;
            for run in runs {
                for ordinal in run.clone() {
                    let record = usize::try_from(ordinal).ok().and_then(|at| records.get(at));
                    let record = record.ok_or_else(|| incomplete(*number))?;
                    // As it is now, with the last one: that of a later record, wherever that lies, counts before it.
                    let head = (ordinal + 1 == run.end).then_some(&execution.head);
                    put_entry(&mut content, *number, ordinal, record, head);
                }
            }
            executions.push(*number);
            if content.len() >= self.inner.limits.carry {
                break;
            }
        }
        drop(state);
        if executions.is_empty() {
            return Ok(());
        }
        let page = *self.next;
        *self.next += 1;
        let framed = chunks(&Key::page(page), &content);
        let count = u32::try_from(framed.len()).unwrap_or(u32::MAX);
        self.batch.put_chunks(framed);
        let written = Written { page, chunks: count, bytes: content.len(), members: executions.len() };
        self.upkeep.carried.push(Carried { written, from: from.to_vec(), executions });
        Ok(())
    }
}

/// The records of a live execution, from memory or from their places.
fn records_of<'s>(inner: &Inner, number: u64, execution: &'s Execution) -> Result<Cow<'s, [Vec<u8>]>, StoreError> {
    match &execution.records {
        Some(records) => Ok(Cow::Borrowed(records)),
        None => journal::records(inner, &execution.places, number, execution.count)?
            .map(Cow::Owned)
            .ok_or_else(|| incomplete(number)),
    }
}

impl Upkeep {
    /// It is applied: now it is so.
    fn absorb(self, state: &mut State) {
        let pages: Vec<u64> = state.dead_pages.drain(..self.removed_pages).map(|dead| dead.page).collect();
        state.graves.removed(self.removed_tombstones);
        if !pages.is_empty() {
            state.graves.pages_removed(&pages);
        }
        if let Some((run, left)) = self.looked_at {
            state.suspects.retain(|suspect| *suspect != run);
            if let Some(runs) = left {
                state.runs = runs;
                state.dead_runs.push(run);
            }
        }
        if self.removed_run {
            state.dead_runs.pop();
        }
        if let Some((count, Indexed { runs, dead })) = self.indexed {
            state.runs = runs;
            state.dead_runs.extend(dead);
            state.indexed(count);
        }
        for (number, count) in self.archived {
            state.archived(number, count);
        }
        for Carried { written, from, executions } in self.carried {
            state.carried(written, &from, executions);
        }
    }
}
