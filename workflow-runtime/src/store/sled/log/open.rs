//! Opening: which files are segments of this log, what their frames say, and where the log ends.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use super::files::{Blocks, Files};
use super::frame::{self, Home, Kind};
use super::segment::{self, HEADER, Segment};
use super::shelf::{self, Idle, Shelf};
use super::{Log, Mark, Sizes, Writer, damage};
use crate::store::StoreError;
use crate::store::sled::place::At;

/// Why a log cannot be used.
#[derive(Debug)]
pub(in crate::store::sled) enum Fault {
    /// The files could not be read or written.
    Io(io::Error),
    /// They do not hold what was acknowledged.
    Damage(StoreError),
}

impl From<io::Error> for Fault {
    fn from(fault: io::Error) -> Self {
        Self::Io(fault)
    }
}

impl From<StoreError> for Fault {
    fn from(fault: StoreError) -> Self {
        Self::Damage(fault)
    }
}

/// The files that are there, by what their first bytes say.
#[derive(Debug, Default)]
struct Found {
    segments: BTreeMap<u64, Segment>,
    /// Without a header.
    idle: Vec<Idle>,
    /// Of another store.
    foreign: Vec<String>,
}

impl Found {
    fn look(files: &dyn Files, store: u64) -> Result<Self, Fault> {
        let mut found = Self::default();
        for name in files.names()?.into_iter().filter(|name| shelf::is_ours(name)) {
            let file = files.open(&name).map_err(|fault| damage::unopened(&name, fault))?;
            match segment::header(&*file)? {
                None => found.idle.push(Idle { name, file }),
                Some(header) if header.home.store != store => found.foreign.push(name),
                Some(header) => {
                    let number = header.home.segment;
                    let segment = Segment { name, number, size: header.size, file };
                    if let Some(other) = found.segments.insert(number, segment) {
                        let what = format!("it is segment {number}, as another file is");
                        return Err(damage::lost(&other.name, 0, what).into());
                    }
                }
            }
        }
        Ok(found)
    }

    fn missing(&self, number: u64) -> StoreError {
        if !self.foreign.is_empty() {
            return damage::foreign(number, &self.foreign);
        }
        let others: Vec<String> = self.idle.iter().map(|idle| idle.name.clone()).collect();
        damage::missing(number, &others)
    }
}

/// How the frames of a segment end.
enum End {
    Sealed,
    /// With this byte; what follows is no frame of the log, or one that nobody was told of.
    Open(usize),
}

/// Takes a page: where it lies, and its content.
type Visit<'v> = dyn FnMut(At, &[u8]) -> Result<(), StoreError> + 'v;

/// Reads frames in order.
struct Scan<'v> {
    home: Home,
    /// The next page's sequence number.
    next: u64,
    visit: &'v mut Visit<'v>,
}

impl Scan<'_> {
    fn segment(&mut self, segment: &Segment, bytes: &[u8]) -> Result<End, Fault> {
        self.home.segment = segment.number;
        let mut at = usize::try_from(HEADER).unwrap_or(usize::MAX);
        while let Some(frame) = frame::read(bytes, at, self.home) {
            if frame.sequence != self.next {
                break;
            }
            match frame.kind {
                Kind::Seal => return Ok(End::Sealed),
                Kind::Close => {}
                Kind::Page => {
                    let offset = u32::try_from(at).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
                    (self.visit)(At::frame(segment.number, offset), frame.content)?;
                    self.next += 1;
                }
            }
            at += frame.length();
        }
        Ok(End::Open(at))
    }

    /// Behind the end of the log there may be frames that a crash has cut off from it, none of which says that it was reached.
    /// Gives the byte behind the last of them.
    fn check_tail(&self, segment: &Segment, bytes: &[u8], end: usize) -> Result<Option<usize>, Fault> {
        let mut last = None;
        for (at, frame) in frame::all_from(bytes, end, self.home) {
            if frame.durable >= self.next {
                let witness = match frame.kind {
                    Kind::Page => format!("commit {} behind it says so", frame.sequence),
                    Kind::Seal | Kind::Close => "the end of the log behind it says so".to_owned(),
                };
                let what = format!("commit {} was acknowledged and cannot be read: {witness}", self.next);
                return Err(damage::lost(&segment.name, end as u64, what).into());
            }
            last = Some(at + frame.length());
        }
        Ok(last)
    }
}

impl Log {
    /// A new log. Whatever is in its folder is what another attempt to make one has left.
    pub(in crate::store::sled) fn create(files: Arc<dyn Files>, store: u64, sizes: Sizes) -> Result<Self, Fault> {
        for name in files.names()?.into_iter().filter(|name| shelf::is_ours(name)) {
            files.remove(&name)?;
        }
        let (segment, name) = shelf::first(&*files, store, sizes)?;
        let segment = Arc::new(segment);
        let shelf = Shelf::new(vec![(Arc::clone(&segment), 1)], Vec::new(), &[name]);
        let writer = Writer { active: segment, at: HEADER, next: 1, durable: 1, unwitnessed: false };
        Ok(Self { files, store, sizes, writer: Mutex::new(writer), failed: Mutex::default(), shelf })
    }

    /// Reads the log from this mark on: `visit(where it lies, content)` for each page in order.
    pub(in crate::store::sled) fn open(
        files: Arc<dyn Files>,
        mark: Mark,
        sizes: Sizes,
        mut visit: impl FnMut(At, &[u8]) -> Result<(), StoreError>,
    ) -> Result<Self, Fault> {
        let mut found = Found::look(&*files, mark.store)?;
        let home = Home { store: mark.store, segment: mark.segment };
        let mut scan = Scan { home, next: mark.sequence, visit: &mut visit };
        let (mut in_use, mut number) = (Vec::new(), mark.segment);
        let end = loop {
            let Some(segment) = found.segments.remove(&number) else { return Err(found.missing(number).into()) };
            let segment = Arc::new(segment);
            let (bytes, first) = (segment.read()?, scan.next);
            if (bytes.len() as u64) < segment.size {
                let what = format!("the file should have {} bytes and is cut off", segment.size);
                return Err(damage::lost(&segment.name, bytes.len() as u64, what).into());
            }
            let end = scan.segment(&segment, &bytes)?;
            in_use.push((Arc::clone(&segment), first));
            if let End::Open(end) = end {
                if frame::is_cut_off(&bytes, end, scan.next, scan.home) {
                    let name = &segment.name;
                    tracing::warn!("the last commit in `log/{name}` at byte {end} is not whole: {}", damage::CUT_OFF);
                }
                if let Some(last) = scan.check_tail(&segment, &bytes, end)? {
                    segment::clear(&*segment.file, end as u64, last as u64)?;
                }
                break end;
            }
            // What was read may not be on the disk yet, and is built upon from here on.
            segment.file.sync()?;
            number += 1;
        };
        let next = scan.next;
        let Some((active, _)) = in_use.last().cloned() else { return Err(found.missing(number).into()) };
        if next < mark.reached {
            let what = format!("it ends before commit {}, and commit {} was acknowledged", next, mark.reached - 1);
            return Err(damage::lost(&active.name, end as u64, what).into());
        }
        active.file.sync()?;
        let idle = leftovers(found, mark.store, &active, end)?;
        let names = files.names()?;
        let writer = Writer { active, at: end as u64, next, durable: next, unwitnessed: false };
        Ok(Self {
            files,
            store: mark.store,
            sizes,
            writer: Mutex::new(writer),
            failed: Mutex::default(),
            shelf: Shelf::new(in_use, idle, &names),
        })
    }
}

/// The files beside the segments in use. A later segment is one that was made ready, and no frame can be in it.
fn leftovers(found: Found, store: u64, active: &Segment, end: usize) -> Result<Vec<Idle>, Fault> {
    let mut idle = found.idle;
    for (number, segment) in found.segments {
        if number > active.number {
            if begins(&*segment.file, Home { store, segment: number })? {
                let what = format!("it does not say that it goes on, and segment {number} does");
                return Err(damage::lost(&active.name, end as u64, what).into());
            }
            // Its number may go to another file.
            segment::clear(&*segment.file, 0, HEADER)?;
            segment.file.sync()?;
        }
        let Segment { name, file, .. } = segment;
        idle.push(Idle { name, file });
    }
    Ok(idle)
}

/// Whether there is a frame at the beginning of this segment.
pub(super) fn begins(file: &dyn Blocks, home: Home) -> io::Result<bool> {
    let size = file.size()?;
    if size < HEADER + frame::HEAD as u64 {
        return Ok(false);
    }
    let mut bytes = vec![0; frame::HEAD];
    file.read_at(&mut bytes, HEADER)?;
    let Some(length) = frame::claimed_length(&bytes) else { return Ok(false) };
    if HEADER + length as u64 > size {
        return Ok(false);
    }
    bytes.resize(length, 0);
    file.read_at(&mut bytes, HEADER)?;
    Ok(frame::read(&bytes, 0, home).is_some())
}
