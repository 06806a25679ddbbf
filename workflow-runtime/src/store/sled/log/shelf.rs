//! The segments: those in use, the one that is ready to be the next, and files to be used again.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::files::{Blocks, Files};
use super::frame::Home;
use super::segment::Segment;
use super::{Log, SEGMENTS_MAX, Sizes};

/// See the module. What is made is made under a lock of its own, so that readers do not wait for the disk.
#[derive(Debug)]
pub(super) struct Shelf {
    state: Mutex<State>,
    maker: Mutex<Maker>,
}

#[derive(Debug)]
struct State {
    /// By number; with the sequence number of the first page.
    in_use: BTreeMap<u64, (Arc<Segment>, u64)>,
    ready: Option<Segment>,
    idle: Vec<Idle>,
}

/// A file that means nothing any more.
#[derive(Debug)]
pub(super) struct Idle {
    pub(super) name: String,
    pub(super) file: Box<dyn Blocks>,
}

#[derive(Debug)]
struct Maker {
    /// Of the next segment that is made.
    number: u64,
    /// Of the next file.
    file: u64,
}

/// How the files of a log are called.
const PREFIX: &str = "commits-";

/// Bytes of the first segment: many stores stay small.
const FIRST: u64 = 512 << 10;

/// Whether a log has made this file: others in its folder are left alone.
pub(super) fn is_ours(name: &str) -> bool {
    file_number(name).is_some()
}

fn file_number(name: &str) -> Option<u64> {
    name.strip_prefix(PREFIX)?.parse().ok().filter(|number| *number < SEGMENTS_MAX)
}

impl Shelf {
    /// With segments in use (and the sequence number of the first page of each), the one that is ready, and files to use. `names`
    /// are all that are taken.
    pub(super) fn new(in_use: Vec<(Arc<Segment>, u64)>, idle: Vec<Idle>, names: &[String]) -> Self {
        let in_use: BTreeMap<_, _> = in_use.into_iter().map(|segment| (segment.0.number, segment)).collect();
        let number = in_use.keys().next_back().map_or(1, |last| last + 1);
        let file = names.iter().filter_map(|name| file_number(name)).max().map_or(1, |last| last + 1);
        Self { state: Mutex::new(State { in_use, ready: None, idle }), maker: Mutex::new(Maker { number, file }) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn in_use(&self) -> usize {
        self.lock().in_use.len()
    }

    pub(super) fn is_ready(&self) -> bool {
        self.lock().ready.is_some()
    }

    pub(super) fn oldest(&self) -> Option<u64> {
        self.lock().in_use.keys().next().copied()
    }

    pub(super) fn segment(&self, number: u64) -> Option<Arc<Segment>> {
        self.lock().in_use.get(&number).map(|(segment, _)| Arc::clone(segment))
    }

    /// The first sequence number of this segment, where there are segments before it.
    pub(super) fn first_of(&self, number: u64) -> Option<u64> {
        let state = self.lock();
        if *state.in_use.keys().next()? >= number {
            return None;
        }
        state.in_use.get(&number).map(|(_, first)| *first)
    }

    pub(super) fn use_segment(&self, segment: Arc<Segment>, first: u64) {
        self.lock().in_use.insert(segment.number, (segment, first));
    }

    /// Segments before this number are free.
    pub(super) fn recycle(&self, files: &dyn Files, needed: u64, sizes: Sizes) {
        let mut state = self.lock();
        let still = state.in_use.split_off(&needed);
        let free = std::mem::replace(&mut state.in_use, still);
        for (segment, _) in free.into_values() {
            let is_large = segment.size > sizes.segment;
            if is_large || state.idle.len() >= sizes.spare {
                // What cannot be removed is found and used when the store is opened again.
                let _ = files.remove(&segment.name);
            } else if let Ok(file) = files.open(&segment.name) {
                state.idle.push(Idle { name: segment.name.clone(), file });
            }
        }
    }

    /// Sees to it that a segment is ready.
    pub(super) fn prepare(&self, log: &Log, size: u64) -> io::Result<()> {
        let mut maker = self.maker.lock().unwrap_or_else(PoisonError::into_inner);
        self.make(&mut maker, &*log.files, log.store, size)
    }

    fn make(&self, maker: &mut Maker, files: &dyn Files, store: u64, size: u64) -> io::Result<()> {
        let mut state = self.lock();
        if state.ready.is_some() {
            return Ok(());
        }
        let idle = state.idle.pop();
        drop(state);
        let Idle { name, file } = if let Some(idle) = idle {
            idle
        } else {
            let name = format!("{PREFIX}{:04}", maker.file);
            let file = files.create(&name)?;
            maker.file += 1;
            Idle { name, file }
        };
        let made = Segment::format(name.clone(), file, Home { store, segment: maker.number }, size);
        let made = made.inspect_err(|_| {
            // Half a file is of no use; where it stays, it is used again by whoever opens the store.
            let _ = files.remove(&name);
        })?;
        maker.number += 1;
        self.lock().ready = Some(made);
        Ok(())
    }

    /// The next segment, with at least this size. It is not in use yet.
    pub(super) fn take(&self, log: &Log, size: u64) -> io::Result<Segment> {
        let mut maker = self.maker.lock().unwrap_or_else(PoisonError::into_inner);
        self.make(&mut maker, &*log.files, log.store, size)?;
        let ready = self.lock().ready.take().ok_or(io::ErrorKind::NotFound)?;
        if ready.size >= size {
            return Ok(ready);
        }
        let home = Home { store: log.store, segment: ready.number };
        Segment::format(ready.name, ready.file, home, size)
    }
}

/// The first segment of a log.
pub(super) fn first(files: &dyn Files, store: u64, sizes: Sizes) -> io::Result<(Segment, String)> {
    let name = format!("{PREFIX}{:04}", 1);
    let file = files.create(&name)?;
    let size = sizes.segment.min(FIRST);
    Ok((Segment::format(name.clone(), file, Home { store, segment: 1 }, size)?, name))
}
