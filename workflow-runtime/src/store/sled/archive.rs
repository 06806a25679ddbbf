//! Ended executions: heads and records apart, so that listing reads no records, and [`BUCKET`] neighbours in one value, so
//! that an end costs a fraction of a key. A later sequence number of a bucket says more than an earlier one.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::disk::{Batch, Disk};
use super::format::{BUCKET, Key, Reader, chunks, corrupt, key_field, put_bytes, put_varint};
use super::page::encode_head;
use crate::store::{DefinitionHash, ExecutionHead, StoreError};

/// One archive value holds about so many bytes of records.
const GROUP_BYTES: usize = 256 * 1024;

/// An ended execution, without its records.
#[derive(Clone, Debug)]
pub(super) struct Archived {
    pub(super) head: ExecutionHead,
    /// How many records it had.
    pub(super) count: u64,
    /// Under which sequence number they are.
    sequence: u64,
}

impl Archived {
    /// Wherever its records are.
    pub(super) fn new(head: ExecutionHead, count: u64) -> Self {
        Self { head, count, sequence: 0 }
    }

    /// Whether nothing but the number is left, as it was written up to format 2: no workflow's name is empty.
    pub(super) fn is_tombstone(&self) -> bool {
        // No definition has this hash.
        self.head.definition == DefinitionHash([0; 32]) && self.head.workflow.is_empty() && self.head.name.is_empty()
    }
}

/// An ended execution to be written.
#[derive(Debug)]
pub(super) struct Ended<'s> {
    pub(super) head: &'s ExecutionHead,
    pub(super) records: Cow<'s, [Vec<u8>]>,
}

/// Writes executions of one bucket. Takes sequence numbers from `next`.
pub(super) fn write(batch: &mut Batch, bucket: u64, ended: &[Ended<'_>], next: &mut u64) {
    let mut left = ended;
    while !left.is_empty() {
        let (mut heads, mut bodies, mut taken) = (Vec::new(), Vec::new(), 0);
        for execution in left {
            if bodies.len() > GROUP_BYTES {
                break;
            }
            put_varint(&mut heads, execution.records.len() as u64);
            put_bytes(&mut heads, &encode_head(execution.head));
            put_records(&mut bodies, execution.head.number.0, &execution.records);
            taken += 1;
        }
        batch.put_chunks(chunks(&Key::archive(bucket, *next), &bodies));
        batch.put_chunks(chunks(&Key::heads(bucket, *next), &heads));
        *next += 1;
        left = &left[taken..];
    }
}

fn put_records(out: &mut Vec<u8>, number: u64, records: &[Vec<u8>]) {
    let mut body = Vec::with_capacity(records.iter().map(|record| record.len() + 3).sum());
    for record in records {
        put_bytes(&mut body, record);
    }
    put_varint(out, number);
    put_bytes(out, &body);
}

/// What a bucket holds, by number.
pub(super) fn bucket_heads(disk: &Disk, bucket: u64) -> Result<BTreeMap<u64, Archived>, StoreError> {
    let mut found = with_tombstones(disk, bucket)?;
    found.retain(|_, archived| !archived.is_tombstone());
    Ok(found)
}

/// What a bucket holds, and the tombstones that were put among it up to format 2.
pub(super) fn with_tombstones(disk: &Disk, bucket: u64) -> Result<BTreeMap<u64, Archived>, StoreError> {
    let mut found = BTreeMap::new();
    disk.scan(&Key::bucket_heads(bucket), Key::heads(0, 0).0.len(), |key, content| {
        let sequence = key_field(key, 1)?;
        let mut reader = Reader::new(key, &content);
        while !reader.is_empty() {
            let count = reader.varint()?;
            let head: ExecutionHead = reader.value()?;
            if head.number.0 / BUCKET != bucket {
                return Err(reader.fault("a head in it belongs elsewhere"));
            }
            found.insert(head.number.0, Archived { head, count, sequence });
        }
        Ok(())
    })?;
    Ok(found)
}

/// The archived execution of this number.
pub(super) fn find(disk: &Disk, number: u64) -> Result<Option<Archived>, StoreError> {
    Ok(bucket_heads(disk, number / BUCKET)?.remove(&number))
}

/// Its records.
pub(super) fn records(disk: &Disk, archived: &Archived) -> Result<Vec<Vec<u8>>, StoreError> {
    let number = archived.head.number.0;
    let key = Key::archive(number / BUCKET, archived.sequence);
    let missing = |what| corrupt(&key.0, format_args!("the records of execution number {number} {what}"));
    let content = disk.read(&key)?.ok_or_else(|| missing("are missing"))?;
    let mut reader = Reader::new(&key.0, &content);
    while !reader.is_empty() {
        let (found, body) = (reader.varint()?, reader.bytes()?);
        if found != number {
            continue;
        }
        let (mut reader, mut records) = (Reader::new(&key.0, body), Vec::new());
        while !reader.is_empty() {
            records.push(reader.bytes()?.to_vec());
        }
        if records.len() as u64 != archived.count {
            return Err(missing("are not as many as its head says"));
        }
        return Ok(records);
    }
    Err(missing("are not in it"))
}

/// Removes these executions: the values that have something of them are written anew without it.
pub(super) fn forget(
    disk: &Disk,
    batch: &mut Batch,
    bucket: u64,
    numbers: &[u64],
    next: &mut u64,
) -> Result<(), StoreError> {
    let current = bucket_heads(disk, bucket)?;
    let mut touched: Vec<u64> =
        numbers.iter().filter_map(|number| current.get(number)).map(|archived| archived.sequence).collect();
    touched.sort_unstable();
    touched.dedup();
    let mut kept = Vec::new();
    for archived in current.values().filter(|archived| touched.contains(&archived.sequence)) {
        if !numbers.contains(&archived.head.number.0) {
            kept.push((&archived.head, records(disk, archived)?));
        }
    }
    let kept: Vec<Ended<'_>> =
        kept.into_iter().map(|(head, records)| Ended { head, records: Cow::Owned(records) }).collect();
    for sequence in touched {
        for key in [Key::heads(bucket, sequence), Key::archive(bucket, sequence)] {
            disk.keys(&key)?.into_iter().for_each(|key| batch.remove(key));
        }
    }
    write(batch, bucket, &kept, next);
    Ok(())
}

/// Removes the values of this bucket that hold nothing but tombstones, as they were written up to format 2: whose they are.
pub(super) fn remove_tombstones(disk: &Disk, batch: &mut Batch, bucket: u64) -> Result<Vec<u64>, StoreError> {
    let all = with_tombstones(disk, bucket)?;
    let has_others: BTreeSet<u64> =
        all.values().filter(|archived| !archived.is_tombstone()).map(|archived| archived.sequence).collect();
    let mut removed = BTreeSet::new();
    let mut numbers = Vec::new();
    for (number, archived) in &all {
        if has_others.contains(&archived.sequence) {
            continue;
        }
        numbers.push(*number);
        if removed.insert(archived.sequence) {
            disk.keys(&Key::heads(bucket, archived.sequence))?.into_iter().for_each(|key| batch.remove(key));
        }
    }
    Ok(numbers)
}

/// The least bucket that holds anything, at or above this one.
pub(super) fn first_bucket(disk: &Disk, at: u64) -> Result<Option<u64>, StoreError> {
    let first = disk.first_from(&Key::all_heads(), &Key::bucket_heads(at))?;
    first.map(|key| bucket_of(&key)).transpose()
}

/// The greatest bucket that holds anything, at or below this one.
pub(super) fn last_bucket(disk: &Disk, at: u64) -> Result<Option<u64>, StoreError> {
    let end = Key::heads(at, u64::MAX).chunk(u32::MAX);
    let last = disk.last_before(&Key::all_heads(), &end)?;
    last.map(|(key, _)| bucket_of(&key)).transpose()
}

fn bucket_of(key: &[u8]) -> Result<u64, StoreError> {
    let bucket = key_field(key, 0)?;
    if bucket < u64::MAX / BUCKET { Ok(bucket) } else { Err(corrupt(key, "no execution has such a number")) }
}
