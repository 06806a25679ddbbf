//! A page: the records of one commit, in a frame of the log; or those of executions that run on, in sled.
//!
//! Each record carries its place among its execution's records, so that one that was carried forward and is still where it
//! was before says nothing twice.

use super::format::{Key, Reader, put_bytes, put_varint};
use crate::store::{ExecutionHead, StoreError};

/// One record in a page.
#[derive(Debug, PartialEq)]
pub(super) struct Entry<'p> {
    pub(super) number: u64,
    /// 0 for an execution's first record.
    pub(super) ordinal: u64,
    pub(super) record: &'p [u8],
    pub(super) head: Option<ExecutionHead>,
}

/// Appends an entry to a page's content.
pub(super) fn put_entry(page: &mut Vec<u8>, number: u64, ordinal: u64, record: &[u8], head: Option<&ExecutionHead>) {
    put_varint(page, number);
    put_varint(page, ordinal);
    put_bytes(page, record);
    put_bytes(page, &head.map(encode_head).unwrap_or_default());
}

/// What a head takes beside its names, at most: the number, the definition, the status, two times.
const HEAD_NUMBERS: usize = 128;

/// A head in postcard's encoding; never empty.
pub(super) fn encode_head(head: &ExecutionHead) -> Vec<u8> {
    // Into a growing vector and without maps of unknown length, the encoding cannot fail.
    let room = HEAD_NUMBERS + head.workflow.len() + head.name.len();
    postcard::to_extend(head, Vec::with_capacity(room)).unwrap_or_default()
}

/// Visits the entries of a page's content.
pub(super) fn entries<'p>(
    key: &'p [u8],
    content: &'p [u8],
    mut visit: impl FnMut(Entry<'p>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut reader = Reader::new(key, content);
    while !reader.is_empty() {
        let (number, ordinal, record) = (reader.varint()?, reader.varint()?, reader.bytes()?);
        let head = if reader.rest().first() == Some(&0) {
            reader.take(1)?;
            None
        } else {
            let head: ExecutionHead = reader.value()?;
            if head.number.0 != number {
                return Err(reader.fault("a head in it belongs to another execution"));
            }
            Some(head)
        };
        visit(Entry { number, ordinal, record, head })?;
    }
    Ok(())
}

/// The bytes of a page's key before a chunk's index.
pub(super) fn key_len() -> usize {
    Key::page(0).0.len()
}
