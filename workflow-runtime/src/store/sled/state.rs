//! What is kept in memory: executions that run or whose end is not archived yet, and where their records lie.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::format::BUCKET;
use super::names::{self, Runs};
use super::numbers::{Map, Set};
use super::options::Limits;
use super::place::{At, Container, Place, containers, moved};
use super::tombstones::Graves;
use crate::engine::ExecutionStatus;
use crate::store::{Commit, ExecutionHead};

/// An execution of which the journal still has to know.
#[derive(Debug)]
pub(super) struct Execution {
    pub(super) head: ExecutionHead,
    /// How many records it has.
    pub(super) count: u64,
    /// Their bytes.
    pub(super) bytes: usize,
    /// The records; `None` where they are too large to keep: their places have them.
    pub(super) records: Option<Vec<Vec<u8>>>,
    /// Where its records lie, in order.
    pub(super) places: Vec<Place>,
    pub(super) hash: u128,
}

/// What is held in a segment of the log, or in a page.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// A page's chunks.
    pub(super) chunks: u32,
    /// A page's bytes.
    pub(super) bytes: usize,
    /// How many executions a page was written for.
    pub(super) members: usize,
    /// How many still need it.
    pub(super) holders: usize,
    /// Whose records it has, needed or not.
    pub(super) executions: Vec<u64>,
}

/// An archived execution whose name is not in the index yet; it holds on to its places until then, so that the name is found
/// again after a crash.
#[derive(Debug)]
pub(super) struct Unindexed {
    pub(super) hash: u128,
    pub(super) number: u64,
    pub(super) holds: Vec<Container>,
    pub(super) bytes: usize,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The owner's number; `None` before the first claim.
    pub(super) owner: Option<u64>,
    /// Executions that have ended and that the commit on its way adds to all the same.
    pub(super) late: Set<u64>,
    pub(super) highest: u64,
    pub(super) highest_archived: u64,
    pub(super) live: BTreeMap<u64, Execution>,
    /// Of live and of unindexed executions.
    pub(super) names: Map<u128, u64>,
    /// Segments and pages that somebody needs.
    pub(super) held: BTreeMap<Container, Held>,
    /// Of pages that somebody needs.
    pub(super) page_bytes: usize,
    /// Of live executions' records.
    pub(super) live_bytes: usize,
    /// Of those that are kept in memory.
    pub(super) resident_bytes: usize,
    pub(super) pending: Pending,
    pub(super) unindexed: Vec<Unindexed>,
    pub(super) unindexed_bytes: usize,
    /// Pages that nobody needs and that are still there.
    pub(super) dead_pages: Vec<DeadPage>,
    pub(super) runs: Runs,
    pub(super) dead_runs: Vec<u64>,
    pub(super) graves: Graves,
    /// Something was forgotten since the index was last looked through.
    pub(super) has_forgotten: bool,
    /// Runs to be looked at: whether anything of theirs is left.
    pub(super) suspects: Vec<u64>,
}

/// A page that nobody needs.
#[derive(Debug)]
pub(super) struct DeadPage {
    pub(super) page: u64,
    pub(super) chunks: u32,
    /// Whose records it has.
    pub(super) executions: Vec<u64>,
}

/// Executions that have ended and are not archived.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) buckets: BTreeMap<u64, BTreeSet<u64>>,
    pub(super) count: usize,
    pub(super) bytes: usize,
}

impl Pending {
    /// An execution with so many bytes has ended.
    pub(super) fn insert(&mut self, number: u64, bytes: usize) {
        if self.buckets.entry(number / BUCKET).or_default().insert(number) {
            self.count += 1;
            self.bytes += bytes;
        }
    }

    /// Whether this execution waits.
    pub(super) fn contains(&self, number: u64) -> bool {
        self.buckets.get(&(number / BUCKET)).is_some_and(|numbers| numbers.contains(&number))
    }

    /// One with so many bytes is archived, or goes on.
    fn remove(&mut self, number: u64, bytes: usize) {
        let Some(numbers) = self.buckets.get_mut(&(number / BUCKET)) else { return };
        if numbers.remove(&number) {
            self.count -= 1;
            self.bytes -= bytes;
        }
        if numbers.is_empty() {
            self.buckets.remove(&(number / BUCKET));
        }
    }
}

/// A page as it was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) page: u64,
    pub(super) chunks: u32,
    pub(super) bytes: usize,
    /// How many executions have something in it.
    pub(super) members: usize,
}

impl State {
    /// Takes committed records, which are in this frame.
    pub(super) fn absorb(&mut self, commits: impl Iterator<Item = Commit>, at: At, limits: &Limits) {
        let mut newcomers = Vec::new();
        for Commit { number, record, head } in commits {
            let number = number.0;
            let execution = match (self.live.entry(number), head) {
                (Entry::Occupied(known), head) => {
                    let execution = known.into_mut();
                    if execution.head.status != ExecutionStatus::Running {
                        self.pending.remove(number, execution.bytes);
                    }
                    if let Some(head) = head {
                        execution.head = head;
                    }
                    execution
                }
                (Entry::Vacant(place), Some(head)) => {
                    let hash = names::hash(&head.workflow, &head.name);
                    self.names.insert(hash, number);
                    self.highest = self.highest.max(number);
                    let (records, places) = (Some(Vec::with_capacity(8)), Vec::with_capacity(8));
                    place.insert(Execution { head, count: 0, bytes: 0, records, places, hash })
                }
                // The batch was checked: this does not happen.
                (Entry::Vacant(_), None) => continue,
            };
            let size = record.len();
            self.live_bytes += size;
            execution.count += 1;
            execution.bytes += size;
            if let Some(records) = &mut execution.records {
                records.push(record);
                self.resident_bytes += size;
                if execution.bytes > limits.resident_each || self.resident_bytes > limits.resident_all {
                    self.resident_bytes -= execution.bytes;
                    execution.records = None;
                }
            }
            if execution.add_record(at) {
                newcomers.push(number);
            }
            if execution.head.status != ExecutionStatus::Running {
                self.pending.insert(number, execution.bytes);
            }
        }
        self.hold(at.container(), newcomers);
    }

    /// These executions need it from here on.
    fn hold(&mut self, container: Container, mut executions: Vec<u64>) {
        if !executions.is_empty() {
            let held = self.held.entry(container).or_default();
            held.holders += executions.len();
            held.executions.append(&mut executions);
        }
    }

    /// Adds a page that these executions need.
    pub(super) fn add_page(&mut self, written: Written, executions: Vec<u64>) {
        let Written { page, chunks, bytes, members } = written;
        self.page_bytes += bytes;
        let held = Held { chunks, bytes, members, holders: executions.len(), executions };
        self.held.insert(Container::Page(page), held);
    }

    /// This execution, which was read on opening, needs these; a page is added before.
    pub(super) fn hold_all(&mut self, number: u64, holds: &[Container]) {
        for container in holds {
            self.hold(*container, vec![number]);
        }
    }

    /// Pages among these have something of this execution, which does not need them.
    pub(super) fn note_in_pages(&mut self, number: u64, found_in: &[Container]) {
        for container in found_in.iter().filter(|container| matches!(container, Container::Page(_))) {
            if let Some(held) = self.held.get_mut(container) {
                held.executions.push(number);
            }
        }
    }

    /// These are not needed by one execution any more.
    fn release(&mut self, holds: &[Container]) {
        for container in holds {
            let Some(held) = self.held.get_mut(container) else { continue };
            held.holders = held.holders.saturating_sub(1);
            if held.holders == 0 {
                self.retire(*container);
            }
        }
    }

    /// Nobody needs it.
    fn retire(&mut self, container: Container) {
        if let (Some(held), Container::Page(page)) = (self.held.remove(&container), container) {
            self.page_bytes -= held.bytes;
            self.dead_pages.push(DeadPage { page, chunks: held.chunks, executions: held.executions });
        }
    }

    /// Whatever nobody needs after everything was read.
    pub(super) fn retire_unneeded(&mut self) {
        let unneeded = self.held.iter().filter(|(_, held)| held.holders == 0);
        for container in unneeded.map(|(container, _)| *container).collect::<Vec<_>>() {
            self.retire(container);
        }
    }

    /// These have ended and go on: until they are [let go](Self::let_go), they are kept from the archive. One that has gone there
    /// meanwhile is read from there.
    pub(super) fn keep(&mut self, numbers: Vec<u64>) {
        let live = &self.live;
        self.late.extend(numbers.into_iter().filter(|number| live.contains_key(number)));
    }

    /// What was on its way is in the state, or will never be.
    pub(super) fn let_go(&mut self, numbers: impl Iterator<Item = u64>) {
        if !self.late.is_empty() {
            for number in numbers {
                self.late.remove(&number);
            }
        }
    }

    /// An execution with so many records has gone to the archive. Where it has more by now, or will have, it stays.
    pub(super) fn archived(&mut self, number: u64, count: u64) {
        if self.late.contains(&number) || self.live.get(&number).is_none_or(|execution| execution.count != count) {
            return;
        }
        let Some(execution) = self.live.remove(&number) else { return };
        self.pending.remove(number, execution.bytes);
        self.live_bytes -= execution.bytes;
        if execution.records.is_some() {
            self.resident_bytes -= execution.bytes;
        }
        self.highest_archived = self.highest_archived.max(number);
        self.unindexed_bytes += execution.bytes;
        let Execution { hash, places, bytes, .. } = execution;
        self.unindexed.push(Unindexed { hash, number, holds: containers(&places), bytes });
    }

    /// These executions have ended and are forgotten, durably.
    pub(super) fn forget(&mut self, numbers: &[u64]) {
        for number in numbers {
            let Some(execution) = self.live.remove(number) else { continue };
            self.pending.remove(*number, execution.bytes);
            self.live_bytes -= execution.bytes;
            if execution.records.is_some() {
                self.resident_bytes -= execution.bytes;
            }
            self.free_name(execution.hash, *number);
            self.release(&containers(&execution.places));
        }
        let gone: Set<u64> = numbers.iter().copied().collect();
        let unindexed = std::mem::take(&mut self.unindexed);
        let (forgotten, kept) = unindexed.into_iter().partition(|entry| gone.contains(&entry.number));
        self.unindexed = kept;
        for Unindexed { hash, number, holds, bytes } in forgotten {
            self.unindexed_bytes -= bytes;
            self.free_name(hash, number);
            self.release(&holds);
        }
    }

    /// Everything old has been looked at: the index is next, where something was forgotten.
    pub(super) fn names_are_due(&mut self) -> bool {
        if std::mem::take(&mut self.has_forgotten) {
            self.suspects = self.runs.iter().map(|run| run.id()).collect();
        }
        !self.suspects.is_empty()
    }

    /// The name may be another execution's by now.
    fn free_name(&mut self, hash: u128, number: u64) {
        if self.names.get(&hash) == Some(&number) {
            self.names.remove(&hash);
        }
    }

    /// The first so many unindexed names are in the index.
    pub(super) fn indexed(&mut self, count: usize) {
        for Unindexed { hash, number, holds, bytes } in self.unindexed.drain(..count).collect::<Vec<_>>() {
            self.unindexed_bytes -= bytes;
            if !self.live.contains_key(&number) {
                self.free_name(hash, number);
            }
            self.release(&holds);
        }
    }

    /// What these executions had in these containers is in this page.
    pub(super) fn carried(&mut self, written: Written, from: &[Container], executions: Vec<u64>) {
        let mut now_here = Vec::with_capacity(executions.len());
        for number in executions {
            // An execution that was archived meanwhile has let go by itself.
            let Some(execution) = self.live.get_mut(&number) else { continue };
            let before = containers(&execution.places);
            execution.places = moved(&execution.places, from, written.page);
            let free: Vec<_> = before.into_iter().filter(|container| from.contains(container)).collect();
            now_here.push(number);
            self.release(&free);
        }
        let is_needed = !now_here.is_empty();
        self.add_page(written, now_here);
        if !is_needed {
            self.retire(Container::Page(written.page));
        }
    }
}

impl Execution {
    /// Its newest record is in this frame; whether that is the first one in its container.
    fn add_record(&mut self, at: At) -> bool {
        if let Some(last) = self.places.last_mut() {
            if last.at == at {
                last.records += 1;
                return false;
            }
            let is_new = last.at.container() != at.container();
            self.places.push(Place { at, records: 1 });
            return is_new;
        }
        self.places.push(Place { at, records: 1 });
        true
    }

    /// Which of its records lie in these containers: first ones and ends of runs.
    pub(super) fn runs_in(&self, from: &[Container]) -> Vec<std::ops::Range<u64>> {
        let (mut runs, mut ordinal): (Vec<std::ops::Range<u64>>, u64) = (Vec::new(), 0);
        for place in &self.places {
            let end = ordinal + u64::from(place.records);
            if from.contains(&place.at.container()) {
                match runs.last_mut() {
                    Some(run) if run.end == ordinal => run.end = end,
                    _ => runs.push(ordinal..end),
                }
            }
            ordinal = end;
        }
        runs
    }
}
