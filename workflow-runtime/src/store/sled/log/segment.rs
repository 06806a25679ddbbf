//! A segment: a file of fixed size, written with zeros before it is used, so that a sync finds nothing to do but the bytes.
//!
//! It begins with 64 bytes: `WFcommit`, the layout's version, a checksum, the store's id, the segment's number, its size in
//! bytes; then frames. Files are used again under the next free number.

use std::io;

use super::SEGMENTS_MAX;
use super::files::Blocks;
use super::frame::{HEAD, Home};

/// Bytes before the first frame.
pub(in crate::store::sled) const HEADER: u64 = 64;

const MAGIC: [u8; 8] = *b"WFcommit";

const VERSION: u32 = 1;

/// Room for the header and two frames without content.
const SIZE_MIN: u64 = HEADER + 2 * HEAD as u64;

/// Written with one call.
const ZEROS: usize = 1 << 20;

/// A segment in use, or one that is ready for it.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) name: String,
    pub(super) number: u64,
    pub(super) size: u64,
    pub(super) file: Box<dyn Blocks>,
}

/// What the first bytes of a file say.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    pub(super) home: Home,
    pub(super) size: u64,
}

impl Header {
    pub(super) fn encode(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.home.store.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.home.segment.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.size.to_le_bytes());
        let checksum = crc32fast::hash(&bytes);
        bytes[12..16].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// `None` for what no log wrote, or wrote half.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let header = Self { home: Home { store: number(16)?, segment: number(24)? }, size: number(32)? };
        let is_sound = header.size >= SIZE_MIN && header.home.segment < SEGMENTS_MAX;
        (is_sound && bytes.get(..64)? == header.encode()).then_some(header)
    }
}

/// The header of this file, where it has one.
pub(super) fn header(file: &dyn Blocks) -> io::Result<Option<Header>> {
    if file.size()? < HEADER {
        return Ok(None);
    }
    let mut bytes = [0; 64];
    file.read_at(&mut bytes, 0)?;
    Ok(Header::decode(&bytes))
}

/// Writes zeros from here to there.
pub(super) fn clear(file: &dyn Blocks, from: u64, to: u64) -> io::Result<()> {
    let zeros = vec![0; ZEROS.min(usize::try_from(to.saturating_sub(from)).unwrap_or(ZEROS))];
    let mut at = from;
    while at < to {
        let part = usize::try_from(to - at).unwrap_or(ZEROS).min(ZEROS);
        file.write_at(&zeros[..part], at)?;
        at += part as u64;
    }
    Ok(())
}

impl Segment {
    /// Makes a file the segment of this number and of at least this size; durable on return.
    pub(super) fn format(name: String, file: Box<dyn Blocks>, home: Home, size: u64) -> io::Result<Self> {
        let found = file.size()?;
        if found < size {
            clear(&*file, found, size)?;
            // Before the header says that it is so large.
            file.sync()?;
        }
        let size = found.max(size);
        file.write_at(&Header { home, size }.encode(), 0)?;
        file.sync()?;
        Ok(Self { name, number: home.segment, size, file })
    }

    /// Everything in it.
    pub(super) fn read(&self) -> io::Result<Vec<u8>> {
        let size = self.file.size()?.min(self.size);
        let mut bytes = vec![0; usize::try_from(size).map_err(|_| io::ErrorKind::OutOfMemory)?];
        self.file.read_at(&mut bytes, 0)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written() {
        let header = Header { home: Home { store: 0x0123_4567_89ab_cdef, segment: 42 }, size: 4 << 20 };
        let bytes = header.encode();
        assert_eq!(Header::decode(&bytes), Some(header));
        for at in 0..64 {
            let mut damaged = bytes;
            damaged[at] ^= 16;
            assert_eq!(Header::decode(&damaged), None, "byte {at}");
        }
        assert_eq!(Header::decode(&bytes[..63]), None);
    }
}
