//! The commit log: what a commit waits for.
//!
//! Files of fixed size, the *segments*, are written with zeros before they are used and used again afterwards, so that a sync
//! has nothing of the file system's own to write. A commit is one frame ([`frame`]) behind the one before, then a sync. A full
//! segment ends with a seal, and the log goes on in the segment of the next number. Once sled has what a segment's records
//! say, durably, the segment is free ([`shelf`]).
//!
//! On opening ([`open`]), frames are read from the first segment that sled has not got ([`Mark`]) to the last; their sequence
//! numbers tell what is missing.
//!
//! **Invariants.** Only [`files`] touches the file system. One frame is written at a time. A segment has frames only if the seal
//! of the one before it is on the disk.

mod damage;
#[cfg(test)]
pub(super) mod faulty;
pub(super) mod files;
pub(super) mod frame;
mod open;
#[cfg(test)]
mod power;
pub(super) mod salvage;
mod segment;
mod shelf;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use files::Files;
use frame::{Home, Kind};
pub(super) use open::Fault;
use segment::{HEADER, Segment};
use shelf::Shelf;

use super::place::{At, Container};

/// How large and how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Bytes of a segment; one with a frame that needs more is larger.
    pub(super) segment: u64,
    /// Files kept for later use.
    pub(super) spare: usize,
}

/// Segments and their files have smaller numbers: an address has 31 bits for one, which is petabytes.
const SEGMENTS_MAX: u64 = 1 << 31;

/// Pages have smaller numbers: a million a second, for centuries.
const PAGES_MAX: u64 = 1 << 53;

/// What sled knows of the log: where it has to be read from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// The store's id, in each file of its log.
    pub(super) store: u64,
    /// The first segment that counts.
    pub(super) segment: u64,
    /// The sequence number of its first page.
    pub(super) sequence: u64,
    /// Pages before this one were written when the mark was: they must be there.
    pub(super) reached: u64,
}

impl Mark {
    /// Whether a log may have come so far: numbers begin with 1, and none is ever the greatest.
    pub(super) fn is_sound(&self) -> bool {
        let pages = [self.sequence, self.reached];
        (1..SEGMENTS_MAX).contains(&self.segment) && pages.iter().all(|number| (1..PAGES_MAX).contains(number))
    }

    /// Of a log that is new.
    pub(super) fn new(store: u64) -> Self {
        Self { store, segment: 1, sequence: 1, reached: 1 }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Log {
    files: Arc<dyn Files>,
    store: u64,
    sizes: Sizes,
    writer: Mutex<Writer>,
    /// Whether a sync has failed; held while there is one.
    failed: Mutex<bool>,
    shelf: Shelf,
}

/// Where the next frame goes.
#[derive(Debug)]
struct Writer {
    active: Arc<Segment>,
    /// In the active segment.
    at: u64,
    /// The next page's sequence number.
    next: u64,
    /// Pages before this one are on the disk.
    durable: u64,
    /// Whether anything was written since the last frame that witnesses it.
    unwitnessed: bool,
}

/// The first bytes of a segment that says this of itself.
pub(super) fn forged_header(store: u64, segment: u64, size: u64) -> [u8; 64] {
    segment::Header { home: Home { store, segment }, size }.encode()
}

/// A frame of this kind, sequence and witness, whatever sense they make, with the checksum that fits.
pub(super) fn forged_frame(store: u64, segment: u64, fields: [u64; 3], content: &[u8]) -> Vec<u8> {
    frame::forged(Home { store, segment }, fields, content)
}

impl Writer {
    /// Whether there is room for a frame and the seal behind it.
    fn fits(&self, bytes: usize) -> bool {
        self.at + frame_length(bytes) + frame::HEAD as u64 <= self.active.size
    }
}

fn frame_length(bytes: usize) -> u64 {
    bytes.next_multiple_of(frame::ALIGN) as u64
}

/// Makes a new frame of this buffer, for content to be put behind its head.
pub(super) fn begin_frame(bytes: &mut Vec<u8>) {
    bytes.clear();
    bytes.resize(frame::HEAD, 0);
}

impl Log {
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a commit with so many bytes of content has room in a frame.
    pub(super) fn has_room_for(content: usize) -> bool {
        u32::try_from(content).is_ok()
    }

    /// Whether a frame of these bytes goes to the active segment.
    pub(super) fn fits(&self, bytes: usize) -> bool {
        self.writer().fits(bytes)
    }

    /// Writes the content behind the frame's head as one page. It is durable after [`Log::sync`]. Where this fails, nothing more
    /// may be written.
    pub(super) fn append(&self, bytes: &mut Vec<u8>) -> io::Result<At> {
        let mut writer = self.writer();
        let length = frame_length(bytes.len());
        if !writer.fits(bytes.len()) {
            self.go_on(&mut writer, length)?;
        }
        let Writer { next, durable, .. } = *writer;
        if !frame::seal(bytes, self.home(&writer), Kind::Page, next, durable - 1) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        writer.active.file.write_at(bytes, writer.at)?;
        let offset = u32::try_from(writer.at).map_err(|_| io::ErrorKind::InvalidInput)?;
        let place = At::frame(writer.active.number, offset);
        writer.at += length;
        writer.next += 1;
        writer.unwitnessed = true;
        Ok(place)
    }

    /// Everything appended before is on the disk afterwards. Nothing is locked meanwhile.
    pub(super) fn sync(&self) -> io::Result<()> {
        let writer = self.writer();
        let (active, next) = (Arc::clone(&writer.active), writer.next);
        let is_durable = writer.durable == next;
        drop(writer);
        if is_durable {
            return Ok(());
        }
        self.sync_segment(&active)?;
        let mut writer = self.writer();
        writer.durable = writer.durable.max(next);
        Ok(())
    }

    /// A sync that goes well says nothing of what one before it was to bring to the disk and did not: after a failed one there
    /// are no more, so that no segment is sealed over a gap.
    fn sync_segment(&self, segment: &Segment) -> io::Result<()> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if *failed {
            return Err(io::Error::other("an earlier sync of the commit log failed"));
        }
        let synced = segment.file.sync();
        *failed = synced.is_err();
        synced
    }

    /// Ends the active segment, durably, and takes the next one, with room for a frame of this length.
    fn go_on(&self, writer: &mut Writer, length: u64) -> io::Result<()> {
        let room = HEADER + length + frame::HEAD as u64;
        let next = self.shelf.take(self, room.max(self.sizes.segment))?;
        let seal = self.marker(writer, Kind::Seal);
        writer.active.file.write_at(&seal, writer.at)?;
        self.sync_segment(&writer.active)?;
        writer.durable = writer.next;
        let next = Arc::new(next);
        self.shelf.use_segment(Arc::clone(&next), writer.next);
        writer.active = next;
        writer.at = HEADER;
        Ok(())
    }

    fn home(&self, writer: &Writer) -> Home {
        Home { store: self.store, segment: writer.active.number }
    }

    /// A frame without content.
    fn marker(&self, writer: &Writer, kind: Kind) -> Vec<u8> {
        let mut bytes = vec![0; frame::HEAD];
        // Without content it is not too long.
        let _ = frame::seal(&mut bytes, self.home(writer), kind, writer.next, writer.durable - 1);
        bytes
    }

    /// Says, in the log itself, that everything in it is on the disk: whatever is missing later is damage.
    pub(super) fn close(&self) -> io::Result<()> {
        self.sync()?;
        let mut writer = self.writer();
        let room = 2 * frame::HEAD as u64;
        if !writer.unwitnessed || writer.at + room > writer.active.size {
            return Ok(());
        }
        let bytes = self.marker(&writer, Kind::Close);
        writer.active.file.write_at(&bytes, writer.at)?;
        writer.at += frame::HEAD as u64;
        writer.unwitnessed = false;
        self.sync_segment(&writer.active)
    }

    /// The content of this page; `None` where its segment is free meanwhile.
    pub(super) fn read(&self, at: At) -> Result<Option<Vec<u8>>, Fault> {
        let Container::Segment(number) = at.container() else { return Ok(None) };
        let Some(segment) = self.shelf.segment(number) else { return Ok(None) };
        let (from, mut bytes) = (at.offset(), vec![0; frame::HEAD]);
        segment.file.read_at(&mut bytes, from)?;
        let length = frame::claimed_length(&bytes).filter(|length| from + *length as u64 <= segment.size);
        if let Some(length) = length {
            bytes.resize(length, 0);
            segment.file.read_at(&mut bytes, from)?;
            if let Some(frame) = frame::read(&bytes, 0, Home { store: self.store, segment: number }) {
                return Ok(Some(frame.content.to_vec()));
            }
        }
        if self.shelf.segment(number).is_none() {
            return Ok(None);
        }
        Err(Fault::Damage(damage::unreadable(&segment.name, from)))
    }

    /// Commits before this one are on the disk.
    pub(super) fn durable(&self) -> u64 {
        self.writer().durable
    }

    /// The segment that is written to.
    pub(super) fn active(&self) -> u64 {
        self.writer().active.number
    }

    /// How many segments are in use, the active one included.
    pub(super) fn in_use(&self) -> usize {
        self.shelf.in_use()
    }

    /// The oldest segment in use.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.shelf.oldest()
    }

    /// The mark that sets every segment before this one free, where there is one to free.
    pub(super) fn mark(&self, needed: u64) -> Option<Mark> {
        let reached = self.writer().durable;
        let sequence = self.shelf.first_of(needed)?;
        Some(Mark { store: self.store, segment: needed, sequence, reached })
    }

    /// sled has this mark, durably: the segments before it may be used again.
    pub(super) fn recycle(&self, mark: Mark) {
        self.shelf.recycle(&*self.files, mark.segment, self.sizes);
    }

    /// Whether the active segment will soon be full, and no other one is ready.
    pub(super) fn wants_segment(&self) -> bool {
        let writer = self.writer();
        writer.at > writer.active.size / 2 && !self.shelf.is_ready()
    }

    /// Makes the next segment ready, so that no commit has to.
    pub(super) fn prepare(&self) -> io::Result<()> {
        self.shelf.prepare(self, self.sizes.segment)
    }
}
