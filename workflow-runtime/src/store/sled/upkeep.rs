//! The work beside commits: ended executions to the archive, names to the index, pages that nobody needs out, parked
//! executions forward. It is one batch, applied while the disk syncs the commit before it, and durable with the next one:
//! there is no moment at which it is half done, and until it is durable the pages say the same.

use std::borrow::Cow;

use super::archive::{self, Ended};
use super::disk::{Batch, Disk};
use super::format::{Key, chunks};
use super::journal;
use super::names::{self, Indexed};
use super::numbers::Set;
use super::options::Limits;
use super::page::put_entry;
use super::state::{Execution, State, Written};
use crate::engine::ExecutionStatus;
use crate::store::StoreError;

/// Pages that one commit removes at most.
const REMOVALS: usize = 64;

/// Buckets that one commit archives at most.
const BUCKETS: usize = 8;

/// Old pages that one commit looks at to carry something forward.
const CANDIDATES: usize = 64;

/// What one commit does beside its records; becomes true in memory with [`Upkeep::absorb`] once it is written.
#[derive(Debug, Default)]
pub(super) struct Upkeep {
    removed_pages: usize,
    removed_run: bool,
    archived: Vec<u64>,
    indexed: Option<(usize, Indexed)>,
    carried: Option<Carried>,
}

#[derive(Debug)]
struct Carried {
    written: Written,
    executions: Vec<u64>,
}

/// Whether the journal holds much more than what is alive.
fn is_too_large(state: &State, limits: &Limits) -> bool {
    state.journal_bytes > 2 * state.live_bytes + limits.journal_slack
}

/// Whether there is anything to do that pays.
pub(super) fn is_due(state: &State, limits: &Limits) -> bool {
    state.dead_pages.len() >= limits.dead_pages
        || state.pending.count > limits.pending
        || state.pending.bytes > limits.pending_bytes
        || state.unindexed.len() > limits.unindexed
        || state.unindexed_bytes > limits.unindexed_bytes
        || !state.dead_runs.is_empty()
        || is_too_large(state, limits)
}

/// Plans what is due, and puts it into the batch. Executions of commits that are not yet synced are left alone: what was
/// planned for them would not be true any more.
pub(super) fn plan(
    disk: &Disk,
    state: &State,
    limits: &Limits,
    batch: &mut Batch,
    next: &mut u64,
) -> Result<Upkeep, StoreError> {
    let too_large = is_too_large(state, limits);
    // What has ended holds pages too: in a journal that is too large, it goes first.
    let hurry = if too_large { 8 } else { 1 };
    let busy = state.in_flight.values().flatten().copied().collect();
    let mut planner = Planner { disk, state, limits, hurry, busy, batch, next, upkeep: Upkeep::default() };
    planner.remove_pages();
    planner.archive()?;
    planner.index()?;
    if too_large {
        planner.carry()?;
    }
    Ok(planner.upkeep)
}

struct Planner<'p> {
    disk: &'p Disk,
    state: &'p State,
    limits: &'p Limits,
    /// By how much the limits are lowered.
    hurry: usize,
    busy: Set<u64>,
    batch: &'p mut Batch,
    next: &'p mut u64,
    upkeep: Upkeep,
}

impl Planner<'_> {
    fn remove_pages(&mut self) {
        let due = &self.state.dead_pages[..self.state.dead_pages.len().min(REMOVALS)];
        for (page, chunks) in due {
            for index in 0..*chunks {
                self.batch.remove(Key::page(*page).chunk(index));
            }
        }
        self.upkeep.removed_pages = due.len();
    }

    fn archive(&mut self) -> Result<(), StoreError> {
        let (mut count, mut bytes) = (self.state.pending.count, self.state.pending.bytes);
        for (bucket, numbers) in self.state.pending.buckets.iter().take(BUCKETS) {
            // Down to half, so that it is seldom due.
            let (enough, enough_bytes) = (self.limits.pending / 2, self.limits.pending_bytes / 2);
            if count <= enough / self.hurry && bytes <= enough_bytes / self.hurry {
                break;
            }
            let mut ended = Vec::new();
            for number in numbers.iter().filter(|number| !self.busy.contains(number)) {
                let Some(execution) = self.state.live.get(number) else { continue };
                ended.push(Ended { head: &execution.head, records: records_of(self.disk, *number, execution)? });
                self.upkeep.archived.push(*number);
                count -= 1;
                bytes -= execution.bytes;
            }
            archive::write(self.batch, *bucket, &ended, self.next);
        }
        Ok(())
    }

    fn index(&mut self) -> Result<(), StoreError> {
        let Self { disk, state, limits, hurry, .. } = *self;
        if state.unindexed.len() > limits.unindexed / hurry || state.unindexed_bytes > limits.unindexed_bytes / hurry {
            let entries: Vec<_> = state.unindexed.iter().map(|entry| (entry.hash, entry.number)).collect();
            let count = entries.len();
            let indexed = names::add(disk, self.batch, &state.runs, &state.dead_runs, entries, self.next)?;
            self.upkeep.indexed = Some((count, indexed));
        } else if let Some((run, still_dead)) = state.dead_runs.split_last() {
            names::remove(disk, self.batch, &state.runs, *run, still_dead)?;
            self.upkeep.removed_run = true;
        }
        Ok(())
    }

    /// Writes the running executions of old pages into a fresh one, where that sets the old ones free.
    fn carry(&mut self) -> Result<(), StoreError> {
        let Self { disk, state, limits, .. } = *self;
        let gone: Set<u64> = self.upkeep.archived.iter().chain(&self.busy).copied().collect();
        let parked = |number: &u64| {
            let execution = state.live.get(number)?;
            (execution.head.status == ExecutionStatus::Running && !gone.contains(number)).then_some(execution)
        };
        let (mut content, mut executions, mut taken) = (Vec::new(), Vec::new(), Set::default());
        for page in state.pages.values().take(CANDIDATES.min(state.pages.len() / 2)) {
            let here: Vec<_> = page.executions.iter().filter_map(|number| Some((*number, parked(number)?))).collect();
            // Those that have ended and hold the page as well go to the archive first.
            if here.len() < page.holders {
                continue;
            }
            for (number, execution) in here {
                if taken.insert(number) {
                    put_execution(&mut content, number, execution, &records_of(disk, number, execution)?);
                    executions.push(number);
                }
            }
            if content.len() >= limits.carry {
                break;
            }
        }
        if executions.is_empty() {
            return Ok(());
        }
        let page = *self.next;
        *self.next += 1;
        let framed = chunks(&Key::page(page), &content);
        let count = u32::try_from(framed.len()).unwrap_or(u32::MAX);
        self.batch.put_chunks(framed);
        self.upkeep.carried =
            Some(Carried { written: Written { page, chunks: count, bytes: content.len() }, executions });
        Ok(())
    }
}

/// The records of a live execution, from memory or from its pages.
fn records_of<'s>(disk: &Disk, number: u64, execution: &'s Execution) -> Result<Cow<'s, [Vec<u8>]>, StoreError> {
    match &execution.records {
        Some(records) => Ok(Cow::Borrowed(records)),
        None => journal::records(disk, &execution.pages, number, execution.count)?
            .map(Cow::Owned)
            .ok_or_else(|| journal::incomplete(&execution.pages, number)),
    }
}

/// A whole execution as entries of a page; the head goes with the last.
fn put_execution(content: &mut Vec<u8>, number: u64, execution: &Execution, records: &[Vec<u8>]) {
    for (ordinal, record) in (0_u64..).zip(records) {
        let last = ordinal + 1 == execution.count;
        put_entry(content, number, ordinal, record, last.then_some(&execution.head));
    }
}

impl Upkeep {
    /// It is written: now it is so.
    pub(super) fn absorb(self, state: &mut State) {
        state.dead_pages.drain(..self.removed_pages);
        if self.removed_run {
            state.dead_runs.pop();
        }
        if let Some((count, Indexed { runs, dead })) = self.indexed {
            state.runs = runs;
            state.dead_runs.extend(dead);
            state.indexed(count);
        }
        for number in self.archived {
            state.archived(number);
        }
        if let Some(carried) = self.carried {
            carried.absorb(state);
        }
    }
}

impl Carried {
    fn absorb(self, state: &mut State) {
        let mut before = Vec::new();
        for number in &self.executions {
            if let Some(execution) = state.live.get_mut(number) {
                before.extend(std::mem::replace(&mut execution.pages, vec![self.written.page]));
            }
        }
        state.add_page(self.written, self.executions);
        state.release(&before);
    }
}
