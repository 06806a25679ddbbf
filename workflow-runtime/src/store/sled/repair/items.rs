//! What lies in sled's file, found without sled: segments of 512 KiB, and in each one item behind the other, each with a
//! checksum. Behind damage, items are found again wherever they begin.

use std::collections::BTreeMap;
use std::io;

use super::bytes::Bytes;
use super::tail;
use crate::store::sled::log::files::Blocks;

/// Bytes of a segment: sled's default, which this store never changes.
pub(super) const SEGMENT: usize = 512 * 1024;

/// The same in the order of writing.
pub(super) const LENGTH: i64 = 512 * 1024;

/// Bytes before a segment's first item.
const HEADER: usize = 20;

/// An item's own head takes at most so many bytes; nothing begins nearer to a segment's end.
const MOST_HEAD: usize = 32;

/// What an item says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A page as a whole.
    Node,
    /// A change of a page.
    Link,
    /// Where trees begin.
    Meta,
    /// The page is no more.
    Free,
    /// The items up to a place count together.
    Batch,
    /// The segment ends.
    Cap,
    /// Nothing of interest.
    Other,
    /// A page in a file of its own, as no store writes.
    Aside,
}

impl Kind {
    fn of(code: u8) -> Option<Self> {
        Some(match code {
            1 | 5 => Self::Other,
            2 => Self::Cap,
            3 => Self::Batch,
            4 => Self::Free,
            6 => Self::Meta,
            8 => Self::Node,
            10 => Self::Link,
            7 | 9 | 11 => Self::Aside,
            _ => return None,
        })
    }
}

/// An item that passed its check.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) kind: Kind,
    pub(super) page: u64,
    /// Its place in the order of writing.
    pub(super) lsn: i64,
    /// Its first byte in the file.
    pub(super) at: u64,
    /// Where its content begins and ends in its segment.
    content: (usize, usize),
    /// The number of the sync that it belongs to, where it says so.
    pub(super) generation: Option<u64>,
    /// The last place of a batch.
    pub(super) until: Option<i64>,
}

/// Whether the bytes are wanted afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    Everything,
    /// A store is opened with as little memory as sled takes.
    Outline,
}

impl Item {
    /// The place in the order of writing behind it.
    pub(super) fn end(&self) -> i64 {
        self.lsn / LENGTH * LENGTH + i64::try_from(self.content.1).unwrap_or(LENGTH)
    }
}

/// A segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) lsn: i64,
    pub(super) at: u64,
    /// Up to where, its header says, everything was on the disk; `None` where the header cannot be read.
    pub(super) stable: Option<i64>,
    /// The first byte, in the file, from which on items do not follow one another; `None` for a segment that is whole.
    pub(super) broken: Option<u64>,
    /// Where items behind that belong, if they are of a later use: sled was writing over what it did not need any more.
    pub(super) reused: Option<i64>,
}

/// Everything in the file.
#[derive(Debug, Default)]
pub(super) struct Items {
    size: u64,
    /// By their first byte in the file.
    bytes: BTreeMap<u64, Vec<u8>>,
    #[expect(clippy::struct_field_names, reason = "they are what it has, beside where they lie")]
    pub(super) items: Vec<Item>,
    /// In the order of writing.
    pub(super) segments: Vec<Segment>,
}

impl Items {
    /// Reads the segments that were written, or go on, at this place in the order of writing or behind it.
    pub(super) fn read(file: &dyn Blocks, from: i64, keep: Keep) -> io::Result<Self> {
        let size = usize::try_from(file.size()?).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let mut found = Self { size: size as u64, ..Self::default() };
        for at in (0..size).step_by(SEGMENT) {
            let mut bytes = vec![0; HEADER.min(size - at)];
            file.read_at(&mut bytes, at as u64)?;
            let header = header(&bytes);
            if header.is_some_and(|(lsn, _)| lsn.saturating_add(LENGTH) <= from) {
                continue;
            }
            bytes.resize(SEGMENT.min(size - at), 0);
            file.read_at(&mut bytes, at as u64)?;
            found.segment(&bytes, at as u64, header);
            if keep == Keep::Everything {
                found.bytes.insert(at as u64, bytes);
            }
        }
        found.items.sort_by_key(|item| item.lsn);
        found.segments.sort_by_key(|segment| segment.lsn);
        Ok(found)
    }

    /// The file's bytes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn content(&self, item: &Item) -> Bytes<'_> {
        let base = item.at / SEGMENT as u64 * SEGMENT as u64;
        let content = self.bytes.get(&base).and_then(|bytes| bytes.get(item.content.0..item.content.1));
        Bytes(content.unwrap_or_default())
    }

    fn segment(&mut self, bytes: &[u8], base: u64, header: Option<(i64, i64)>) {
        if let Some((lsn, stable)) = header {
            self.items_of(bytes, base, lsn, Some(stable));
            return;
        }
        // Its items know what it was.
        let candidates = std::iter::successors(Some(HEADER), |at| Some(next_candidate(bytes, *at)));
        let any = candidates.take_while(|at| *at < bytes.len()).find_map(|at| item(bytes, at));
        let lsn = any.and_then(|any| i64::try_from(any.segment).ok()?.checked_mul(LENGTH));
        if let Some(lsn) = lsn {
            self.items_of(bytes, base, lsn, None);
        }
    }

    fn items_of(&mut self, bytes: &[u8], base: u64, lsn: i64, stable: Option<i64>) {
        let number = u64::try_from(lsn / LENGTH).unwrap_or_default();
        let mut found = Segment { lsn, at: base, stable, broken: None, reused: None };
        let mut at = HEADER;
        while at + MOST_HEAD <= SEGMENT && at < bytes.len() {
            let read = item(bytes, at);
            let Some(Read { kind, page, from, to, .. }) = read.filter(|read| read.segment == number) else {
                if let Some(later) = read.filter(|read| read.segment > number) {
                    found.reused = i64::try_from(later.segment).ok().map(|number| number.saturating_mul(LENGTH));
                }
                found.broken.get_or_insert(base + at as u64);
                at = read.map_or_else(|| next_candidate(bytes, at), |read| read.to);
                continue;
            };
            let offset = i64::try_from(at).unwrap_or_default();
            let content = Bytes(bytes.get(from..to).unwrap_or_default());
            self.items.push(Item {
                kind,
                page,
                lsn: lsn + offset,
                at: base + at as u64,
                content: (from, to),
                generation: tail::generation(kind, content),
                until: (kind == Kind::Batch).then(|| Bytes(content.0).fixed()).flatten(),
            });
            if kind == Kind::Cap && found.broken.is_none() {
                break;
            }
            at = to;
        }
        self.segments.push(found);
    }
}

/// The place in the order of writing at which this segment begins, and up to where everything was on the disk then.
fn header(bytes: &[u8]) -> Option<(i64, i64)> {
    const MASK: i64 = i64::MAX;
    let mut bytes = Bytes(bytes.get(..HEADER)?);
    let checksum = bytes.checksum()? ^ u32::MAX;
    if crc32fast::hash(bytes.0) != checksum {
        return None;
    }
    let (lsn, stable) = (bytes.fixed()? ^ MASK, bytes.fixed()? ^ MASK);
    (lsn >= 0 && lsn % LENGTH == 0).then_some((lsn, stable))
}

/// Where an item may begin behind this place: an item's kind, behind its checksum, is never 0.
fn next_candidate(bytes: &[u8], at: usize) -> usize {
    const KIND: usize = 4;
    let behind = bytes.get(at + 1 + KIND..).unwrap_or_default();
    behind.iter().position(|byte| *byte != 0).map_or(bytes.len(), |zeros| at + 1 + zeros)
}

/// An item as it lies in its segment.
#[derive(Clone, Copy, Debug)]
struct Read {
    kind: Kind,
    segment: u64,
    page: u64,
    from: usize,
    to: usize,
}

/// The item that begins here.
fn item(bytes: &[u8], at: usize) -> Option<Read> {
    let whole = bytes.get(at..)?;
    let mut left = Bytes(whole);
    let checksum = left.checksum()?;
    let kind = Kind::of(left.byte()?)?;
    let length = usize::try_from(left.number()?).ok()?;
    let (segment, page) = (left.number()?, left.number()?);
    let head = whole.len() - left.0.len();
    let content = left.take(length)?;
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(content);
    hasher.update(&whole[4..head]);
    let (from, to) = (at + head, at + head + length);
    (hasher.finalize() ^ u32::MAX == checksum).then_some(Read { kind, segment, page, from, to })
}
