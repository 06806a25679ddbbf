//! From a name to a number, for ended executions: sorted runs of hashes, merged as they become many.
//!
//! A key per name would cost more than the whole of an execution's journal. A lookup asks each run's filter and reads one
//! block of the run that has the name.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use super::disk::{Batch, Disk};
use super::format::{CHUNK, Key, Reader, frame, put_varint};
use crate::store::StoreError;

/// So many runs of a level become one of the next.
const FAN_IN: usize = 8;

/// Runs of this level stay as they are: merging them would hold a commit up for too long.
const LAST_LEVEL: u64 = 2;

/// The manifest's name among the store's own values.
const MANIFEST: &str = "names";

/// What stands for a workflow's and an execution's name: 128 bits of SHA-256, so that two names never share one by chance.
pub(super) fn hash(workflow: &str, name: &str) -> u128 {
    let mut hasher = Sha256::new();
    hasher.update((workflow.len() as u64).to_le_bytes());
    hasher.update(workflow.as_bytes());
    hasher.update(name.as_bytes());
    let mut first = [0; 16];
    first.copy_from_slice(&hasher.finalize()[..16]);
    u128::from_be_bytes(first)
}

/// Sorted `(hash, number)` blocks under one prefix.
#[derive(Debug)]
pub(super) struct Run {
    id: u64,
    level: u64,
    /// Made when first asked.
    filter: OnceLock<Filter>,
    /// An execution of it that was there when it was last looked at.
    witness: AtomicU64,
}

impl Run {
    fn new(id: u64, level: u64) -> Self {
        Self { id, level, filter: OnceLock::new(), witness: AtomicU64::new(0) }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }
}

/// The runs that count, oldest first. Replaced as a whole, so that a reader can tell that they changed under its hands.
pub(super) type Runs = Arc<Vec<Arc<Run>>>;

/// What a new run brings.
#[derive(Debug)]
pub(super) struct Indexed {
    pub(super) runs: Runs,
    /// Merged into another: to be removed once nobody looks there.
    pub(super) dead: Vec<u64>,
}

/// The runs and those that are still to be removed.
pub(super) fn open(disk: &Disk) -> Result<(Runs, Vec<u64>), StoreError> {
    let key = Key::meta(MANIFEST);
    let (mut runs, mut dead) = (Vec::new(), Vec::new());
    if let Some(content) = disk.get(&key)? {
        let mut reader = Reader::new(&key.0, &content);
        while !reader.is_empty() {
            let (id, state) = (reader.varint()?, reader.varint()?);
            match state.checked_sub(1) {
                None => dead.push(id),
                Some(level) => runs.push(Arc::new(Run::new(id, level))),
            }
        }
    }
    Ok((Arc::new(runs), dead))
}

fn put_manifest(batch: &mut Batch, runs: &[Arc<Run>], dead: &[u64]) {
    let mut content = Vec::new();
    for run in runs {
        put_varint(&mut content, run.id);
        put_varint(&mut content, run.level + 1);
    }
    for id in dead {
        put_varint(&mut content, *id);
        put_varint(&mut content, 0);
    }
    let key = Key::meta(MANIFEST);
    let framed = frame(&key, &content);
    batch.put(key, framed);
}

/// The number that this hash stands for, newest run first.
pub(super) fn lookup(disk: &Disk, runs: &Runs, hash: u128) -> Result<Option<u64>, StoreError> {
    for run in runs.iter().rev() {
        let filter = if let Some(filter) = run.filter.get() {
            filter
        } else {
            let filter = Filter::of(&read(disk, run.id)?);
            run.filter.get_or_init(|| filter)
        };
        if !filter.may_have(hash) {
            continue;
        }
        let Some((key, value)) = disk.last_before(&Key::run(run.id), &Key::block(run.id, hash))? else { continue };
        let content = super::format::unframe(&key, &value)?;
        let mut found = None;
        each(&key, content, |candidate, number| {
            if candidate == hash {
                found = Some(number);
            }
        })?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn each(key: &[u8], content: &[u8], mut visit: impl FnMut(u128, u64)) -> Result<(), StoreError> {
    let mut reader = Reader::new(key, content);
    while !reader.is_empty() {
        let mut hash = [0; 16];
        hash.copy_from_slice(reader.take(16)?);
        visit(u128::from_be_bytes(hash), reader.varint()?);
    }
    Ok(())
}

fn read(disk: &Disk, run: u64) -> Result<Vec<(u128, u64)>, StoreError> {
    let mut entries = Vec::new();
    disk.scan_plain(&Key::run(run), |key, content| each(key, content, |hash, number| entries.push((hash, number))))?;
    Ok(entries)
}

/// Writes a run of these entries, merging older ones into it where they have become many.
pub(super) fn add(
    disk: &Disk,
    batch: &mut Batch,
    runs: &Runs,
    still_dead: &[u64],
    mut entries: Vec<(u128, u64)>,
    next: &mut u64,
) -> Result<Indexed, StoreError> {
    let (mut kept, mut dead, mut level) = (runs.as_ref().clone(), Vec::new(), 0);
    while level < LAST_LEVEL {
        let same: Vec<Arc<Run>> = kept.iter().filter(|run| run.level == level).cloned().collect();
        if same.len() + 1 < FAN_IN {
            break;
        }
        let mut older = Vec::new();
        for run in &same {
            older.extend(read(disk, run.id)?);
            dead.push(run.id);
        }
        older.append(&mut entries);
        entries = older;
        kept.retain(|run| run.level != level);
        level += 1;
    }
    // Of the same hash the last, which is the newest, counts.
    entries.sort_by_key(|(hash, _)| *hash);
    entries.reverse();
    entries.dedup_by_key(|(hash, _)| *hash);
    entries.reverse();
    let run = Run { filter: OnceLock::from(Filter::of(&entries)), ..Run::new(*next, level) };
    *next += 1;
    put_blocks(batch, run.id, &entries);
    kept.push(Arc::new(run));
    let all_dead: Vec<u64> = still_dead.iter().chain(&dead).copied().collect();
    put_manifest(batch, &kept, &all_dead);
    Ok(Indexed { runs: Arc::new(kept), dead })
}

fn put_blocks(batch: &mut Batch, run: u64, entries: &[(u128, u64)]) {
    let mut block: Option<(Key, Vec<u8>)> = None;
    for (hash, number) in entries {
        let (_, content) = block.get_or_insert_with(|| (Key::block(run, *hash), Vec::with_capacity(CHUNK + 32)));
        content.extend_from_slice(&hash.to_be_bytes());
        put_varint(content, *number);
        if content.len() >= CHUNK - 26
            && let Some((key, content)) = block.take()
        {
            let framed = frame(&key, &content);
            batch.put(key, framed);
        }
    }
    if let Some((key, content)) = block {
        let framed = frame(&key, &content);
        batch.put(key, framed);
    }
}

/// The runs without this one, where none of its executions is there any more; `None` where one is.
pub(super) fn without(
    disk: &Disk,
    batch: &mut Batch,
    runs: &Runs,
    still_dead: &[u64],
    run: u64,
    mut is_there: impl FnMut(u64) -> Result<bool, StoreError>,
) -> Result<Option<Runs>, StoreError> {
    let Some(looked_at) = runs.iter().find(|known| known.id == run) else { return Ok(None) };
    let witness = looked_at.witness.load(Ordering::Relaxed);
    if witness != 0 && is_there(witness)? {
        return Ok(None);
    }
    let mut numbers: Vec<u64> = read(disk, run)?.into_iter().map(|(_, number)| number).collect();
    // The newest one is forgotten last.
    numbers.sort_unstable();
    for number in numbers.into_iter().rev() {
        if is_there(number)? {
            looked_at.witness.store(number, Ordering::Relaxed);
            return Ok(None);
        }
    }
    let kept: Vec<_> = runs.iter().filter(|known| known.id != run).cloned().collect();
    let all_dead: Vec<u64> = still_dead.iter().copied().chain([run]).collect();
    put_manifest(batch, &kept, &all_dead);
    Ok(Some(Arc::new(kept)))
}

/// Removes a dead run's blocks; `dead` are those that stay to be removed after it.
pub(super) fn remove(disk: &Disk, batch: &mut Batch, runs: &Runs, run: u64, dead: &[u64]) -> Result<(), StoreError> {
    let mut keys = Vec::new();
    disk.scan_plain(&Key::run(run), |key, _| {
        keys.push(Key(key.to_vec()));
        Ok(())
    })?;
    for key in keys {
        batch.remove(key);
    }
    put_manifest(batch, runs, dead);
    Ok(())
}

/// Says surely where a hash is not: 12 bits an entry and 4 probes leave 1 in 250 unsure.
#[derive(Debug)]
struct Filter {
    bits: Vec<u64>,
}

impl Filter {
    fn of(entries: &[(u128, u64)]) -> Self {
        let mut filter = Self { bits: vec![0; (entries.len() * 12).div_ceil(64) + 1] };
        for (hash, _) in entries {
            for (word, bit) in filter.probes(*hash) {
                filter.bits[word] |= bit;
            }
        }
        filter
    }

    /// The hash is uniform: its four parts are four probes.
    fn probes(&self, hash: u128) -> [(usize, u64); 4] {
        let size = self.bits.len() as u64 * 64;
        [0, 32, 64, 96].map(|shift| {
            let part = (hash >> shift) & u128::from(u32::MAX);
            // Scales 32 bits to the filter's size; both factors are small enough for the product.
            let at = u64::try_from((part * u128::from(size)) >> 32).unwrap_or_default();
            (usize::try_from(at / 64).unwrap_or_default(), 1 << (at % 64))
        })
    }

    fn may_have(&self, hash: u128) -> bool {
        self.probes(hash).into_iter().all(|(word, bit)| self.bits[word] & bit != 0)
    }
}
