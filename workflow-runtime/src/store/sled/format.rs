//! Keys and framing: how bytes lie in sled's one tree.
//!
//! | key | value |
//! |---|---|
//! | `m` + text | a value of the store itself: format version, fencing, where the log begins |
//! | `j` + page | a page: records of executions that run on (in format 1: of one commit) |
//! | `h` + bucket + sequence | heads of ended executions |
//! | `a` + bucket + sequence | their records |
//! | `n` + run + hash | a block of the name index |
//! | `t` + sequence | tombstones: numbers of forgotten executions that the log or pages may still have |
//! | `d` + hash | a definition's text |
//!
//! All but `m` and `n` are cut into chunks under a further `u32`. Each value is framed: version byte, checksum over key
//! and content, content.

use super::precheck::CURE;
use crate::store::{DefinitionHash, StoreError, StoreErrorKind};

/// The store's format; a greater one in the file is refused. In format 1 there was no log: each commit was a page. Up to format 2
/// a tombstone was a head without a name, among those of ended executions, and was never removed.
pub(super) const FORMAT: u64 = 3;

/// Version of a framed value.
const FRAME: u8 = 1;

/// Bytes before a framed value's content.
const FRAME_LEN: usize = 5;

/// Content of one chunk. sled rewrites a leaf of up to 20 values as one item, and puts an item over 128 KiB into a file of
/// its own that it never syncs: 20 chunks must stay below that.
pub(super) const CHUNK: usize = 5_800;

/// Executions of so many neighbouring numbers share archive values.
pub(super) const BUCKET: u64 = 64;

/// A key, built from the left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key(pub(super) Vec<u8>);

impl Key {
    fn new(area: u8, fields: &[u64]) -> Self {
        let mut bytes = Vec::with_capacity(1 + 8 * fields.len() + 4);
        bytes.push(area);
        for field in fields {
            bytes.extend_from_slice(&field.to_be_bytes());
        }
        Self(bytes)
    }

    pub(super) fn meta(name: &str) -> Self {
        let mut key = Self::new(b'm', &[]);
        key.0.extend_from_slice(name.as_bytes());
        key
    }

    pub(super) fn pages() -> Self {
        Self::new(b'j', &[])
    }

    pub(super) fn page(page: u64) -> Self {
        Self::new(b'j', &[page])
    }

    pub(super) fn all_heads() -> Self {
        Self::new(b'h', &[])
    }

    pub(super) fn bucket_heads(bucket: u64) -> Self {
        Self::new(b'h', &[bucket])
    }

    pub(super) fn heads(bucket: u64, sequence: u64) -> Self {
        Self::new(b'h', &[bucket, sequence])
    }

    pub(super) fn archive(bucket: u64, sequence: u64) -> Self {
        Self::new(b'a', &[bucket, sequence])
    }

    pub(super) fn run(run: u64) -> Self {
        Self::new(b'n', &[run])
    }

    pub(super) fn block(run: u64, hash: u128) -> Self {
        let mut key = Self::run(run);
        key.0.extend_from_slice(&hash.to_be_bytes());
        key
    }

    pub(super) fn all_tombstones() -> Self {
        Self::new(b't', &[])
    }

    pub(super) fn tombstones(sequence: u64) -> Self {
        Self::new(b't', &[sequence])
    }

    pub(super) fn definition(hash: DefinitionHash) -> Self {
        let mut key = Self::new(b'd', &[]);
        key.0.extend_from_slice(&hash.0);
        key
    }

    pub(super) fn chunk(&self, index: u32) -> Self {
        let mut key = self.clone();
        key.0.extend_from_slice(&index.to_be_bytes());
        key
    }
}

/// The `u64` field at this place behind the area byte, if the key is long enough.
fn field(key: &[u8], field: usize) -> Option<u64> {
    let from = 1 + field * 8;
    key.get(from..from + 8).and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes)
}

/// The same of a key that must be long enough.
pub(super) fn key_field(key: &[u8], at: usize) -> Result<u64, StoreError> {
    field(key, at).ok_or_else(|| corrupt(key, "the key is too short"))
}

/// What the key is for, in words.
fn describe(key: &[u8]) -> String {
    let field = |index| field(key, index).unwrap_or_default();
    match key.first() {
        Some(b'm') => format!("the store's own value `{}`", String::from_utf8_lossy(&key[1..])),
        Some(b'j') => format!("page {}: records of executions that may be running", field(0)),
        Some(b'h') => format!("heads of ended executions from number {} on", field(0).saturating_mul(BUCKET)),
        Some(b'a') => format!("records of ended executions from number {} on", field(0).saturating_mul(BUCKET)),
        Some(b'n') => format!("a block of the index by name, run {}", field(0)),
        Some(b't') => "numbers of forgotten executions".to_owned(),
        Some(b'd') => "the text of a definition".to_owned(),
        _ => "a key that no store writes".to_owned(),
    }
}

/// `Corrupt`, naming the key and what it holds.
pub(super) fn corrupt(key: &[u8], what: impl std::fmt::Display) -> StoreError {
    let hex = key.iter().take(60).fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    damaged(&format!(" at key {hex} ({})", describe(key)), what)
}

/// `Corrupt`: records of this execution are not where they must be.
pub(super) fn incomplete(number: u64) -> StoreError {
    damaged("", format_args!("records of execution number {number} are missing"))
}

fn damaged(place: &str, what: impl std::fmt::Display) -> StoreError {
    let message = format!("stored data is damaged{place}: {what}; {CURE}");
    StoreError::new(StoreErrorKind::Corrupt, "WF3005", message)
}

fn checksum(key: &[u8], content: &[u8]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(content);
    hasher.finalize().to_le_bytes()
}

/// Frames the content for this key.
pub(super) fn frame(key: &Key, content: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(FRAME_LEN + content.len());
    value.push(FRAME);
    value.extend_from_slice(&checksum(&key.0, content));
    value.extend_from_slice(content);
    value
}

/// Checks the frame and gives the content.
pub(super) fn unframe<'v>(key: &[u8], value: &'v [u8]) -> Result<&'v [u8], StoreError> {
    let Some((head, content)) = value.split_at_checked(FRAME_LEN) else {
        return Err(corrupt(key, format_args!("{} bytes are too few", value.len())));
    };
    if head[0] != FRAME {
        return Err(corrupt(key, format_args!("its layout {} is unknown", head[0])));
    }
    if head[1..] != checksum(key, content) {
        return Err(corrupt(key, "the checksum differs"));
    }
    Ok(content)
}

/// Cuts the content into framed chunks; the first begins with their count.
pub(super) fn chunks(key: &Key, content: &[u8]) -> Vec<(Key, Vec<u8>)> {
    let parts: Vec<&[u8]> = if content.is_empty() { vec![content] } else { content.chunks(CHUNK).collect() };
    let mut framed = Vec::with_capacity(parts.len());
    for (index, part) in (0_u32..).zip(&parts) {
        let key = key.chunk(index);
        let value = if index == 0 {
            let mut first = Vec::with_capacity(part.len() + 5);
            put_varint(&mut first, parts.len() as u64);
            first.extend_from_slice(part);
            frame(&key, &first)
        } else {
            frame(&key, part)
        };
        framed.push((key, value));
    }
    framed
}

/// Puts chunks of one content after another together again.
#[derive(Debug)]
pub(super) struct Assembler {
    /// Bytes of the key before the chunk's index.
    prefix: usize,
    key: Vec<u8>,
    missing: u64,
    next: u32,
    content: Vec<u8>,
}

impl Assembler {
    pub(super) fn new(prefix: usize) -> Self {
        Self { prefix, key: Vec::new(), missing: 0, next: 0, content: Vec::new() }
    }

    /// Takes a chunk; gives the content when it is whole.
    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let content = unframe(key, value)?;
        let index = key.get(self.prefix..).and_then(|index| <[u8; 4]>::try_from(index).ok()).map(u32::from_be_bytes);
        let Some(index) = index else { return Err(corrupt(key, "the key has an odd length")) };
        let begins = self.missing == 0;
        if begins != (index == 0) || (!begins && (key[..self.prefix] != self.key || index != self.next)) {
            return Err(corrupt(key, "a chunk before it is missing"));
        }
        if begins {
            let mut reader = Reader::new(key, content);
            self.missing = reader.varint()?;
            if self.missing == 0 {
                return Err(corrupt(key, "it claims to have no chunks"));
            }
            self.key = key[..self.prefix].to_vec();
            self.content = reader.rest().to_vec();
        } else {
            self.content.extend_from_slice(content);
        }
        self.missing -= 1;
        self.next = index.wrapping_add(1);
        Ok((self.missing == 0).then(|| std::mem::take(&mut self.content)))
    }

    /// Nothing follows: what has begun must be whole.
    pub(super) fn end(&self) -> Result<(), StoreError> {
        if self.missing == 0 { Ok(()) } else { Err(corrupt(&self.key, "its last chunks are missing")) }
    }
}

/// LEB128.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Length and bytes.
pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Reads content from the left; every step is checked.
#[derive(Debug)]
pub(super) struct Reader<'c> {
    key: &'c [u8],
    left: &'c [u8],
}

impl<'c> Reader<'c> {
    pub(super) fn new(key: &'c [u8], content: &'c [u8]) -> Self {
        Self { key, left: content }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    pub(super) fn rest(&self) -> &'c [u8] {
        self.left
    }

    pub(super) fn fault(&self, what: &str) -> StoreError {
        corrupt(self.key, what)
    }

    pub(super) fn varint(&mut self) -> Result<u64, StoreError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let Some((byte, left)) = self.left.split_first() else { break };
            self.left = left;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.fault("a number in it is cut off"))
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'c [u8], StoreError> {
        let Some((taken, left)) = self.left.split_at_checked(length) else {
            return Err(self.fault("a length in it points past its end"));
        };
        self.left = left;
        Ok(taken)
    }

    pub(super) fn bytes(&mut self) -> Result<&'c [u8], StoreError> {
        let length = self.varint()?;
        let length = usize::try_from(length).map_err(|_| self.fault("a length in it is absurd"))?;
        self.take(length)
    }

    /// A value in postcard's encoding, with its length before it.
    pub(super) fn value<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, StoreError> {
        let bytes = self.bytes()?;
        postcard::from_bytes(bytes).map_err(|fault| corrupt(self.key, "a head in it cannot be read").with_source(fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_key_is_it_is_described() {
        for key in [&b""[..], b"j", b"h\0\0", b"x123456789", Key::heads(1, 2).0.as_slice()] {
            assert_eq!(corrupt(key, "odd").code, "WF3005");
        }
        assert!(key_field(b"j\0", 0).is_err());
    }
}
