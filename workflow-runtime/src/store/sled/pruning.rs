//! Forgetting: what ended long ago goes, and of each execution a tombstone stays, its number. The log may still have its records,
//! which must not bring it back; and the number must not be given out again.

use std::collections::BTreeMap;

use super::disk::Batch;
use super::format::BUCKET;
use super::inner::Inner;
use super::{archive, writing};
use crate::store::{ExecutionHead, ExecutionNumber, Fencing, PruneQuery, Pruned, StoreError};

/// What was looked at.
#[derive(Debug, Default)]
struct Looked {
    forgotten: Vec<u64>,
    next: Option<u64>,
}

/// See [`Store::prune`](crate::store::Store::prune).
pub(super) fn prune(inner: &Inner, fencing: Fencing, query: &PruneQuery) -> Result<Pruned, StoreError> {
    // Nothing ends, goes on or is archived while these are held.
    let _quiet = inner.quiet();
    let mut next = inner.next_sequence();
    inner.disk.check()?;
    writing::check_owner(&inner.read(), fencing)?;
    let looked = look(inner, query)?;
    if !query.dry_run && !looked.forgotten.is_empty() {
        forget(inner, &looked.forgotten, &mut next)?;
    }
    Ok(Pruned {
        forgotten: looked.forgotten.into_iter().map(ExecutionNumber).collect(),
        next: looked.next.map(ExecutionNumber),
    })
}

/// Finds what is to go, oldest first, bucket by bucket.
fn look(inner: &Inner, query: &PruneQuery) -> Result<Looked, StoreError> {
    let mut at = query.after.map_or(0, |after| after.0.saturating_add(1));
    let (limit, mut seen, mut looked) = (query.limit.max(1), 0, Looked::default());
    while let Some(bucket) = next_bucket(inner, at)? {
        let end = (bucket + 1).saturating_mul(BUCKET);
        for (number, head) in heads(inner, bucket)?.range(at.max(bucket * BUCKET)..) {
            if seen == limit {
                return Ok(looked);
            }
            seen += 1;
            looked.next = Some(*number);
            if query.matches(head) {
                looked.forgotten.push(*number);
            }
        }
        at = end;
        // A bucket of nothing but tombstones is work too.
        seen += usize::from(seen < limit);
        looked.next = Some(end - 1);
    }
    looked.next = None;
    Ok(looked)
}

/// The first bucket from this number on that has anything in memory or in the archive.
fn next_bucket(inner: &Inner, at: u64) -> Result<Option<u64>, StoreError> {
    let archived = archive::first_bucket(&inner.disk, at / BUCKET)?;
    let live = inner.read().live.range(at..).next().map(|(number, _)| number / BUCKET);
    Ok([archived, live].into_iter().flatten().min())
}

/// What a bucket holds; what is in memory counts before what is on the disk.
fn heads(inner: &Inner, bucket: u64) -> Result<BTreeMap<u64, ExecutionHead>, StoreError> {
    let archived = archive::bucket_heads(&inner.disk, bucket)?;
    let mut heads: BTreeMap<_, _> = archived.into_iter().map(|(number, archived)| (number, archived.head)).collect();
    let state = inner.read();
    let live = state.live.range(bucket * BUCKET..(bucket + 1).saturating_mul(BUCKET));
    heads.extend(live.map(|(number, execution)| (*number, execution.head.clone())));
    Ok(heads)
}

fn forget(inner: &Inner, numbers: &[u64], next: &mut u64) -> Result<(), StoreError> {
    // A tombstone must not outlive the end that it stands for.
    inner.sync_what_is_read()?;
    let mut batch = Batch::default();
    let mut in_memory = Vec::new();
    for bucket in numbers.chunk_by(|left, right| left / BUCKET == right / BUCKET) {
        let Some(first) = bucket.first() else { continue };
        let mut counts = BTreeMap::new();
        for number in bucket {
            let count = inner.read().live.get(number).map(|execution| execution.count);
            in_memory.extend(count.map(|count| (*number, count)));
            counts.insert(*number, count);
        }
        archive::forget(&inner.disk, &mut batch, first / BUCKET, &counts, next)?;
    }
    inner.disk.apply(batch)?;
    inner.disk.sync()?;
    let mut state = inner.write();
    for (number, count) in in_memory {
        state.archived(number, count);
    }
    drop(state);
    inner.signals.due();
    Ok(())
}
