//! What is kept in memory: executions that run or whose end is not archived yet, and which journal pages they need.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::format::BUCKET;
use super::names::{self, Runs};
use super::numbers::Map;
use super::options::Limits;
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
    /// The records; `None` where they are too large to keep: the pages have them.
    pub(super) records: Option<Vec<Vec<u8>>>,
    /// The pages that hold its records, ascending.
    pub(super) pages: Vec<u64>,
    pub(super) hash: u128,
}

/// A journal page in the database.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) chunks: u32,
    pub(super) bytes: usize,
    /// How many executions still need it.
    pub(super) holders: usize,
    /// Whose records it has.
    pub(super) executions: Vec<u64>,
}

/// An archived execution whose name is not in the index yet; it keeps its pages until then, so that the name is found
/// again after a crash.
#[derive(Debug)]
pub(super) struct Unindexed {
    pub(super) hash: u128,
    pub(super) number: u64,
    pub(super) pages: Vec<u64>,
    pub(super) bytes: usize,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The owner's number; `None` before the first claim.
    pub(super) owner: Option<u64>,
    /// Whose commits are written and not yet synced, by page.
    pub(super) in_flight: BTreeMap<u64, Vec<u64>>,
    pub(super) highest: u64,
    pub(super) highest_archived: u64,
    pub(super) live: BTreeMap<u64, Execution>,
    /// Of live and of unindexed executions.
    pub(super) names: Map<u128, u64>,
    pub(super) pages: BTreeMap<u64, Page>,
    /// Of pages that somebody needs.
    pub(super) journal_bytes: usize,
    /// Of live executions' records.
    pub(super) live_bytes: usize,
    /// Of those that are kept in memory.
    pub(super) resident_bytes: usize,
    pub(super) pending: Pending,
    pub(super) unindexed: Vec<Unindexed>,
    pub(super) unindexed_bytes: usize,
    /// Pages that nobody needs, with their number of chunks.
    pub(super) dead_pages: Vec<(u64, u32)>,
    pub(super) runs: Runs,
    pub(super) dead_runs: Vec<u64>,
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
}

impl State {
    /// Takes committed records, which are in this page.
    pub(super) fn absorb(&mut self, commits: impl Iterator<Item = Commit>, written: Written, limits: &Limits) {
        let mut executions = Vec::new();
        for Commit { number, record, head } in commits {
            let number = number.0;
            let execution = match (self.live.entry(number), &head) {
                (Entry::Occupied(known), _) => known.into_mut(),
                (Entry::Vacant(place), Some(head)) => {
                    let hash = names::hash(&head.workflow, &head.name);
                    self.names.insert(hash, number);
                    self.highest = self.highest.max(number);
                    let records = Some(Vec::with_capacity(8));
                    place.insert(Execution { head: head.clone(), count: 0, bytes: 0, records, pages: Vec::new(), hash })
                }
                // The batch was checked: this does not happen.
                (Entry::Vacant(_), None) => continue,
            };
            if execution.head.status != ExecutionStatus::Running && execution.count > 0 {
                self.pending.remove(number, execution.bytes);
            }
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
            if let Some(head) = head {
                execution.head = head;
            }
            if execution.pages.last() != Some(&written.page) {
                execution.pages.push(written.page);
                executions.push(number);
            }
            if execution.head.status != ExecutionStatus::Running {
                self.pending.insert(number, execution.bytes);
            }
        }
        self.add_page(written, executions);
    }

    /// Adds a page that these executions need.
    pub(super) fn add_page(&mut self, written: Written, executions: Vec<u64>) {
        let Written { page, chunks, bytes } = written;
        self.journal_bytes += bytes;
        self.pages.insert(page, Page { chunks, bytes, holders: executions.len(), executions });
    }

    /// These pages are not needed by one execution any more.
    pub(super) fn release(&mut self, pages: &[u64]) {
        for number in pages {
            let Some(page) = self.pages.get_mut(number) else { continue };
            page.holders = page.holders.saturating_sub(1);
            if page.holders == 0 {
                self.retire(*number);
            }
        }
    }

    /// Nobody needs this page.
    pub(super) fn retire(&mut self, number: u64) {
        if let Some(page) = self.pages.remove(&number) {
            self.journal_bytes -= page.bytes;
            self.dead_pages.push((number, page.chunks));
        }
    }

    /// An execution has gone to the archive.
    pub(super) fn archived(&mut self, number: u64) {
        let Some(execution) = self.live.remove(&number) else { return };
        self.pending.remove(number, execution.bytes);
        self.live_bytes -= execution.bytes;
        if execution.records.is_some() {
            self.resident_bytes -= execution.bytes;
        }
        self.highest_archived = self.highest_archived.max(number);
        self.unindexed_bytes += execution.bytes;
        let Execution { hash, pages, bytes, .. } = execution;
        self.unindexed.push(Unindexed { hash, number, pages, bytes });
    }

    /// The first so many unindexed names are in the index.
    pub(super) fn indexed(&mut self, count: usize) {
        for Unindexed { hash, number, pages, bytes } in self.unindexed.drain(..count).collect::<Vec<_>>() {
            self.unindexed_bytes -= bytes;
            if !self.live.contains_key(&number) {
                self.names.remove(&hash);
            }
            self.release(&pages);
        }
    }
}
