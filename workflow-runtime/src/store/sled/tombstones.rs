//! Tombstones: the numbers of forgotten executions, as long as the log or a page may still have their records, which must not
//! bring them back. They keep neither names nor histories, and are removed once nothing is left that they stand for.

use std::collections::{BTreeMap, VecDeque};

use super::disk::{Batch, Disk};
use super::format::{Key, Reader, chunks, key_field, put_varint};
use super::numbers::{Map, Set};
use super::place::Container;
use super::state::State;
use crate::store::StoreError;

/// The greatest number that was given out when something was forgotten, among the store's own values: the log and the archive
/// do not tell it any more.
pub(super) const HIGHEST: &str = "highest";

/// Executions that were forgotten together.
#[derive(Debug)]
pub(super) struct Tombstones {
    sequence: u64,
    chunks: u32,
    /// The log has none of their records behind this segment.
    segment: u64,
    #[cfg_attr(not(test), expect(dead_code, reason = "they are looked up by number when the store is opened"))]
    numbers: Vec<u64>,
    /// Pages that have records of theirs.
    pages: Vec<u64>,
}

/// Tombstones by what they wait for.
#[derive(Debug, Default)]
pub(super) struct Graves {
    /// For the log alone, oldest first.
    in_log: VecDeque<Tombstones>,
    /// For pages too.
    in_pages: Vec<Tombstones>,
}

impl Graves {
    pub(super) fn add(&mut self, all: Vec<Tombstones>) {
        for tombstones in all {
            if tombstones.pages.is_empty() {
                self.in_log.push_back(tombstones);
            } else {
                self.in_pages.push(tombstones);
            }
        }
    }

    /// Those that nothing needs any more, where the log begins with this segment.
    pub(super) fn due(&self, oldest: u64) -> impl Iterator<Item = &Tombstones> {
        self.in_log.iter().take_while(move |tombstones| tombstones.segment < oldest)
    }

    /// The first so many are removed.
    pub(super) fn removed(&mut self, count: usize) {
        self.in_log.drain(..count);
    }

    /// These pages are removed.
    pub(super) fn pages_removed(&mut self, pages: &[u64]) {
        for tombstones in &mut self.in_pages {
            tombstones.pages.retain(|page| !pages.contains(page));
        }
        let all = std::mem::take(&mut self.in_pages);
        self.add(all);
    }

    /// How many executions have one.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.in_log.iter().chain(&self.in_pages).map(|tombstones| tombstones.numbers.len()).sum()
    }
}

impl Tombstones {
    /// Records of one of them lie here.
    pub(super) fn found_in(&mut self, containers: &[Container]) {
        for container in containers {
            if let Container::Page(page) = container
                && !self.pages.contains(page)
            {
                self.pages.push(*page);
            }
        }
    }

    /// Removes them from the disk.
    pub(super) fn remove(&self, batch: &mut Batch) {
        let key = Key::tombstones(self.sequence);
        for index in 0..self.chunks {
            batch.remove(key.chunk(index));
        }
    }
}

/// Writes tombstones of these executions, of which the log may have records up to this segment. What pages have stays longer, and
/// is kept apart.
pub(super) fn write(
    batch: &mut Batch,
    state: &State,
    numbers: &[u64],
    segment: u64,
    next: &mut u64,
) -> Vec<Tombstones> {
    let pages = pages_of(state, numbers);
    let (in_pages, in_log): (Vec<u64>, Vec<u64>) = numbers.iter().partition(|number| pages.contains_key(number));
    let mut written = Vec::new();
    for (numbers, mut pages) in [(in_log, Vec::new()), (in_pages, pages.into_values().flatten().collect())] {
        if numbers.is_empty() {
            continue;
        }
        pages.sort_unstable();
        pages.dedup();
        let mut content = Vec::new();
        put_varint(&mut content, segment);
        for number in &numbers {
            put_varint(&mut content, *number);
        }
        let sequence = *next;
        *next += 1;
        let framed = chunks(&Key::tombstones(sequence), &content);
        let count = u32::try_from(framed.len()).unwrap_or(u32::MAX);
        batch.put_chunks(framed);
        written.push(Tombstones { sequence, chunks: count, segment, numbers, pages });
    }
    written
}

/// Which pages have something of these executions.
fn pages_of(state: &State, numbers: &[u64]) -> BTreeMap<u64, Vec<u64>> {
    let wanted: Set<u64> = numbers.iter().copied().collect();
    let mut found: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    let held = state.held.iter().filter_map(|(container, held)| match container {
        Container::Page(page) => Some((*page, &held.executions)),
        Container::Segment(_) => None,
    });
    for (page, executions) in held.chain(state.dead_pages.iter().map(|dead| (dead.page, &dead.executions))) {
        for number in executions.iter().filter(|number| wanted.contains(number)) {
            found.entry(*number).or_default().push(page);
        }
    }
    found
}

/// All that there are, and where each number is among them.
pub(super) fn read(disk: &Disk) -> Result<(Vec<Tombstones>, Map<u64, usize>), StoreError> {
    let (mut all, mut places) = (Vec::new(), Map::default());
    disk.scan(&Key::all_tombstones(), Key::tombstones(0).0.len(), |key, content| {
        let sequence = key_field(key, 0)?;
        let mut reader = Reader::new(key, &content);
        let segment = reader.varint()?;
        let mut numbers = Vec::new();
        while !reader.is_empty() {
            let number = reader.varint()?;
            places.insert(number, all.len());
            numbers.push(number);
        }
        let chunks = content.len().div_ceil(super::format::CHUNK).max(1);
        let chunks = u32::try_from(chunks).unwrap_or(u32::MAX);
        all.push(Tombstones { sequence, chunks, segment, numbers, pages: Vec::new() });
        Ok(())
    })?;
    Ok((all, places))
}
