//! A frame: what one write adds to a segment.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `WFcm` |
//! | 4 | checksum over the store's id, the segment's number and everything that follows |
//! | 4 | length of the content |
//! | 4 | kind |
//! | 8 | sequence number: a page's own, or the next page's |
//! | 8 | the greatest sequence number that was on the disk when this was written |
//! | | content, and zeros up to a multiple of 8 |
//!
//! The checksum makes what an earlier use of the file, or another store, has left invalid. The last field is a *witness*: a
//! gap in front of a frame is damage where the frame says that the gap was on the disk, and a write that a crash cut off
//! where it does not.

/// Bytes before the content.
pub(in crate::store::sled) const HEAD: usize = 32;

/// Frames begin at multiples of it.
pub(super) const ALIGN: usize = 8;

const MAGIC: [u8; 4] = *b"WFcm";

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The records of one commit.
    Page,
    /// The log goes on in the next segment.
    Seal,
    /// The store was closed: only a witness.
    Close,
}

impl Kind {
    fn code(self) -> u32 {
        match self {
            Self::Page => 1,
            Self::Seal => 2,
            Self::Close => 3,
        }
    }

    fn of(code: u32) -> Option<Self> {
        [Self::Page, Self::Seal, Self::Close].into_iter().find(|kind| kind.code() == code)
    }
}

/// Where a frame is at home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Home {
    /// The store's id.
    pub(super) store: u64,
    /// The segment's number.
    pub(super) segment: u64,
}

impl Home {
    fn checksum(self, rest: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.store.to_le_bytes());
        hasher.update(&self.segment.to_le_bytes());
        hasher.update(rest);
        hasher.finalize()
    }
}

/// A frame that was read.
#[derive(Debug, PartialEq)]
pub(super) struct Frame<'b> {
    pub(super) kind: Kind,
    pub(super) sequence: u64,
    /// See the module.
    pub(super) durable: u64,
    pub(super) content: &'b [u8],
}

impl Frame<'_> {
    /// Bytes from its beginning to the next one's.
    pub(super) fn length(&self) -> usize {
        whole(self.content.len())
    }
}

/// Bytes of a frame with so much content.
pub(super) fn whole(content: usize) -> usize {
    (HEAD + content).next_multiple_of(ALIGN)
}

/// Fills in the first [`HEAD`] bytes, behind which the content is already; `false` where the content is too long for a frame.
pub(super) fn seal(bytes: &mut Vec<u8>, home: Home, kind: Kind, sequence: u64, durable: u64) -> bool {
    seal_as(bytes, home, kind.code(), sequence, durable)
}

/// The same with any code.
fn seal_as(bytes: &mut Vec<u8>, home: Home, kind: u32, sequence: u64, durable: u64) -> bool {
    let Some(Ok(length)) = bytes.len().checked_sub(HEAD).map(u32::try_from) else { return false };
    bytes.resize(bytes.len().next_multiple_of(ALIGN), 0);
    bytes[..4].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&length.to_le_bytes());
    bytes[12..16].copy_from_slice(&kind.to_le_bytes());
    bytes[16..24].copy_from_slice(&sequence.to_le_bytes());
    bytes[24..32].copy_from_slice(&durable.to_le_bytes());
    let checksum = home.checksum(&bytes[8..]);
    bytes[4..8].copy_from_slice(&checksum.to_le_bytes());
    true
}

/// A frame whose kind's code, sequence and witness may be anything, with the right checksum.
pub(super) fn forged(home: Home, [kind, sequence, durable]: [u64; 3], content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; HEAD];
    bytes.extend_from_slice(content);
    seal_as(&mut bytes, home, u32::try_from(kind).unwrap_or(u32::MAX), sequence, durable);
    bytes
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// How long the frame whose first bytes these are claims to be; not checked by anything.
pub(super) fn claimed_length(head: &[u8]) -> Option<usize> {
    if head.get(..4)? != MAGIC {
        return None;
    }
    Some(whole(usize::try_from(u32_at(head, 8)?).ok()?))
}

/// The frame that begins here, if one does.
pub(super) fn read(bytes: &[u8], at: usize, home: Home) -> Option<Frame<'_>> {
    let bytes = bytes.get(at..)?;
    let bytes = bytes.get(..claimed_length(bytes)?)?;
    if u32_at(bytes, 4)? != home.checksum(&bytes[8..]) {
        return None;
    }
    let length = usize::try_from(u32_at(bytes, 8)?).ok()?;
    let content = bytes.get(HEAD..HEAD + length)?;
    Some(Frame {
        kind: Kind::of(u32_at(bytes, 12)?)?,
        sequence: u64_at(bytes, 16)?,
        durable: u64_at(bytes, 24)?,
        content,
    })
}

/// Whether a page of this sequence number begins here and is not whole: written half, or damaged since.
pub(super) fn is_cut_off(bytes: &[u8], at: usize, sequence: u64, home: Home) -> bool {
    let Some(begun) = bytes.get(at..) else { return false };
    let says = (claimed_length(begun).is_some(), u32_at(begun, 12), u64_at(begun, 16));
    says == (true, Some(Kind::Page.code()), Some(sequence)) && read(bytes, at, home).is_none()
}

/// Every frame at this place or behind it, wherever it begins, with its place.
pub(super) fn all_from(bytes: &[u8], from: usize, home: Home) -> impl Iterator<Item = (usize, Frame<'_>)> {
    let mut at = from.next_multiple_of(ALIGN);
    std::iter::from_fn(move || {
        while at + HEAD <= bytes.len() {
            let here = at;
            if let Some(frame) = read(bytes, here, home) {
                at += frame.length();
                return Some((here, frame));
            }
            at += ALIGN;
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: Home = Home { store: 7, segment: 3 };

    fn frame(content: &[u8], sequence: u64) -> Vec<u8> {
        let mut bytes = vec![0; HEAD];
        bytes.extend_from_slice(content);
        assert!(seal(&mut bytes, HOME, Kind::Page, sequence, sequence - 1));
        bytes
    }

    #[test]
    fn what_is_written_is_read() {
        for content in [&b""[..], b"1", b"12345678", &[9; 1000]] {
            let bytes = frame(content, 5);
            let read = read(&bytes, 0, HOME).expect("a frame");
            assert_eq!((read.kind, read.sequence, read.durable, read.content), (Kind::Page, 5, 4, content));
            assert_eq!(read.length(), bytes.len());
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let bytes = frame(b"some records", 5);
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(read(&damaged, 0, HOME), None, "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length], 0, HOME), None, "{length} bytes");
        }
    }

    #[test]
    fn a_frame_of_another_store_or_an_earlier_use_is_none() {
        let bytes = frame(b"some records", 5);
        assert_eq!(read(&bytes, 0, Home { store: 8, ..HOME }), None);
        assert_eq!(read(&bytes, 0, Home { segment: 2, ..HOME }), None);
    }

    #[test]
    fn frames_are_found_behind_damage() {
        let mut bytes = frame(b"one", 1);
        let second = bytes.len();
        bytes.extend(frame(b"two", 2));
        let third = bytes.len();
        bytes.extend(frame(b"three", 3));
        bytes[second + 5] ^= 1;
        let found: Vec<_> = all_from(&bytes, 0, HOME).map(|(at, frame)| (at, frame.sequence)).collect();
        assert_eq!(found, [(0, 1), (third, 3)]);
    }
}
