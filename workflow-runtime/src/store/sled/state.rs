//! What is kept in memory: executions that run or whose end is not archived yet, and which journal pages they need.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::format::BUCKET;
use super::names::{self, Runs};
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
    /// For pages, archive values and runs: increases for ever.
    pub(super) next_sequence: u64,
    pub(super) highest: u64,
    pub(super) highest_archived: u64,
    pub(super) live: BTreeMap<u64, Execution>,
    /// Of live and of unindexed executions.
    pub(super) names: HashMap<u128, u64>,
    pub(super) pages: BTreeMap<u64, Page>,
    /// Of pages that somebody needs.
    pub(super) journal_bytes: usize,
    /// Of live executions' records.
    pub(super) live_bytes: usize,
    /// Of those that are kept in memory.
    pub(super) resident_bytes: usize,
    /// Ended and not archived, by bucket.
    pub(super) pending: BTreeMap<u64, BTreeSet<u64>>,
    pub(super) pending_count: usize,
    pub(super) pending_bytes: usize,
    pub(super) unindexed: Vec<Unindexed>,
    pub(super) unindexed_bytes: usize,
    /// Pages that nobody needs, with their number of chunks.
    pub(super) dead_pages: Vec<(u64, u32)>,
    pub(super) runs: Runs,
    pub(super) dead_runs: Vec<u64>,
}

impl State {
    /// Takes a committed batch whose records are in this page.
    pub(super) fn absorb(&mut self, batch: Vec<Commit>, page: u64, limits: &Limits) {
        for Commit { number, record, head } in batch {
            let number = number.0;
            if self.live.contains_key(&number) {
                self.unpend(number);
            } else if let Some(head) = &head {
                let hash = names::hash(&head.workflow, &head.name);
                self.names.insert(hash, number);
                self.highest = self.highest.max(number);
                let execution = Execution {
                    head: head.clone(),
                    count: 0,
                    bytes: 0,
                    records: Some(Vec::new()),
                    pages: Vec::new(),
                    hash,
                };
                self.live.insert(number, execution);
            }
            self.push_record(number, record, head, page, limits);
        }
    }

    fn push_record(&mut self, number: u64, record: Vec<u8>, head: Option<ExecutionHead>, page: u64, limits: &Limits) {
        let Some(execution) = self.live.get_mut(&number) else { return };
        let size = record.len();
        execution.count += 1;
        execution.bytes += size;
        self.live_bytes += size;
        if let Some(head) = head {
            execution.head = head;
        }
        if let Some(records) = &mut execution.records {
            records.push(record);
            self.resident_bytes += size;
            if execution.bytes > limits.resident_each || self.resident_bytes > limits.resident_all {
                self.resident_bytes -= execution.bytes;
                execution.records = None;
            }
        }
        if execution.pages.last() != Some(&page) {
            execution.pages.push(page);
            if let Some(page) = self.pages.get_mut(&page) {
                page.holders += 1;
                page.executions.push(number);
            }
        }
        if execution.head.status != ExecutionStatus::Running {
            let bytes = execution.bytes;
            if self.pending.entry(number / BUCKET).or_default().insert(number) {
                self.pending_count += 1;
                self.pending_bytes += bytes;
            }
        }
    }

    /// Adds a page that nobody holds yet.
    pub(super) fn add_page(&mut self, page: u64, chunks: u32, bytes: usize) {
        self.journal_bytes += bytes;
        self.pages.insert(page, Page { chunks, bytes, holders: 0, executions: Vec::new() });
    }

    /// An execution that was about to be archived is not any more.
    pub(super) fn unpend(&mut self, number: u64) {
        let bucket = number / BUCKET;
        let Some(numbers) = self.pending.get_mut(&bucket) else { return };
        if numbers.remove(&number) {
            self.pending_count -= 1;
            self.pending_bytes -= self.live.get(&number).map_or(0, |execution| execution.bytes);
        }
        if numbers.is_empty() {
            self.pending.remove(&bucket);
        }
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
        self.unpend(number);
        let Some(execution) = self.live.remove(&number) else { return };
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
