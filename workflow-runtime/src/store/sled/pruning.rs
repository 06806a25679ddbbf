//! Forgetting: what ended long ago goes, and of each execution a tombstone stays ([`tombstones`]) for as long as the log or a page
//! may still have its records, which must not bring it back.

use std::collections::BTreeMap;

use super::disk::{Batch, Disk};
use super::format::BUCKET;
use super::inner::Inner;
use super::{archive, tombstones, writing};
use crate::store::{ExecutionHead, ExecutionNumber, Fencing, PruneQuery, Pruned, StoreError};

/// What was looked at.
#[derive(Debug, Default)]
struct Looked {
    forgotten: Vec<u64>,
    /// Buckets with tombstones of the kind that format 2 had.
    old: Vec<u64>,
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
    if !query.dry_run {
        if !looked.forgotten.is_empty() || !looked.old.is_empty() {
            forget(inner, &looked, &mut next)?;
        }
        if looked.next.is_none() && inner.write().names_are_due() {
            inner.signals.due();
        }
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
        let (heads, has_tombstones) = heads(inner, bucket)?;
        if has_tombstones {
            looked.old.push(bucket);
        }
        for (number, head) in heads.range(at.max(bucket * BUCKET)..) {
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

/// What a bucket holds, and whether there are old tombstones in it. What is in memory counts before what is on the disk.
fn heads(inner: &Inner, bucket: u64) -> Result<(BTreeMap<u64, ExecutionHead>, bool), StoreError> {
    let archived = archive::with_tombstones(&inner.disk, bucket)?;
    let has_tombstones = archived.values().any(archive::Archived::is_tombstone);
    let archived = archived.into_iter().filter(|(_, archived)| !archived.is_tombstone());
    let mut heads: BTreeMap<_, _> = archived.map(|(number, archived)| (number, archived.head)).collect();
    let state = inner.read();
    let live = state.live.range(bucket * BUCKET..(bucket + 1).saturating_mul(BUCKET));
    heads.extend(live.map(|(number, execution)| (*number, execution.head.clone())));
    // What is on its way goes on.
    heads.retain(|number, _| !state.late.contains(number));
    Ok((heads, has_tombstones))
}

fn forget(inner: &Inner, looked: &Looked, next: &mut u64) -> Result<(), StoreError> {
    // A tombstone must not outlive the end that it stands for.
    inner.sync_what_is_read()?;
    let mut batch = Batch::default();
    for numbers in looked.forgotten.chunk_by(|left, right| left / BUCKET == right / BUCKET) {
        let Some(first) = numbers.first() else { continue };
        archive::forget(&inner.disk, &mut batch, first / BUCKET, numbers, next)?;
    }
    let mut numbers = looked.forgotten.clone();
    for bucket in &looked.old {
        numbers.append(&mut archive::remove_tombstones(&inner.disk, &mut batch, *bucket)?);
    }
    let written = {
        let state = inner.read();
        Disk::put_number(&mut batch, tombstones::HIGHEST, state.highest);
        tombstones::write(&mut batch, &state, &numbers, inner.log.active(), next)
    };
    inner.disk.apply(batch)?;
    inner.disk.sync()?;
    let mut state = inner.write();
    state.forget(&looked.forgotten);
    state.graves.add(written);
    state.has_forgotten = true;
    drop(state);
    inner.signals.due();
    Ok(())
}
