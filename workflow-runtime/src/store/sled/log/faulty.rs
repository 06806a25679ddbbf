//! A disk in memory whose calls fail when they are told to, and from which power can be taken: of what was not synced, any
//! sectors may be there afterwards, and any may not.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::files::{Blocks, Files};

/// What a disk writes as a whole.
const SECTOR: usize = 512;

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::sled) enum Failure {
    /// The power is cut: this call and each one after it fails.
    Power,
    /// Half of a write is made.
    ShortWrite,
    /// There is no room: nothing of the write is made.
    Full,
    /// A sync fails; what was to be synced never comes to the disk, whatever later ones say.
    Sync,
}

/// A small generator, so that a seed repeats a run.
#[derive(Debug)]
pub(in crate::store::sled) struct Random(u64);

impl Random {
    pub(in crate::store::sled) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// From `WF_STORE_SEED`, or from what changes with every run; printed in any case.
    pub(in crate::store::sled) fn seeded() -> Self {
        let seed = std::env::var("WF_STORE_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed: u64 = seed.unwrap_or_else(|| u64::from(std::process::id()) * 2_654_435_761);
        eprintln!("WF_STORE_SEED={seed} repeats this run");
        Self::new(seed)
    }

    pub(in crate::store::sled) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}

/// Which of what was not synced is there after a power cut.
#[derive(Clone, Copy, Debug)]
pub(in crate::store::sled) enum Unsynced {
    Gone,
    Kept,
    /// Sector by sector.
    Some,
}

#[derive(Clone, Debug, Default)]
struct Content {
    now: Vec<u8>,
    synced: Vec<u8>,
    writes: Vec<(usize, Vec<u8>)>,
}

#[derive(Clone, Debug, Default)]
struct State {
    files: BTreeMap<String, Content>,
    /// Their removal may be undone by a power cut.
    removed: BTreeMap<String, Content>,
    calls: usize,
    fail: Option<(usize, Failure)>,
    off: bool,
    syncs: usize,
    full: bool,
}

/// The disk; clones are the same one.
#[derive(Clone, Debug, Default)]
pub(in crate::store::sled) struct Faulty(Arc<Mutex<State>>, Arc<Gate>);

/// Where syncs wait while it is closed.
#[derive(Debug, Default)]
struct Gate {
    closed: Mutex<bool>,
    changed: Condvar,
}

impl Gate {
    fn set(&self, closed: bool) {
        *self.closed.lock().expect("no holder panics") = closed;
        self.changed.notify_all();
    }

    fn pass(&self) {
        let closed = self.closed.lock().expect("no holder panics");
        drop(self.changed.wait_while(closed, |closed| *closed).expect("no holder panics"));
    }
}

impl Faulty {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no holder panics")
    }

    /// This failure at the call of this number, counted from now on.
    pub(in crate::store::sled) fn fail_at(&self, call: usize, failure: Failure) {
        let mut state = self.lock();
        state.fail = Some((state.calls + call, failure));
    }

    /// No file can be made or grow.
    pub(in crate::store::sled) fn fill(&self) {
        self.lock().full = true;
    }

    pub(in crate::store::sled) fn make_room(&self) {
        self.lock().full = false;
    }

    pub(in crate::store::sled) fn syncs(&self) -> usize {
        self.lock().syncs
    }

    /// The disk takes its time: syncs last until it is let go on.
    pub(in crate::store::sled) fn hold_syncs(&self, held: bool) {
        self.1.set(held);
    }

    /// Writes that are not synced.
    pub(in crate::store::sled) fn unsynced(&self) -> usize {
        self.lock().files.values().map(|content| content.writes.len()).sum()
    }

    /// Waits until there are so many.
    pub(in crate::store::sled) fn until_unsynced(&self, writes: usize) {
        let patience = Instant::now() + Duration::from_mins(1);
        while self.unsynced() < writes {
            assert!(Instant::now() < patience, "{} of {writes} were written", self.unsynced());
            std::thread::yield_now();
        }
    }

    /// What is found when the power is back.
    pub(in crate::store::sled) fn after_power_cut(&self, unsynced: Unsynced, random: &mut Random) -> Self {
        let state = self.lock();
        let mut files = BTreeMap::new();
        let mut take = |random: &mut Random, name: &String, content: &Content| {
            let found = content.found(unsynced, random);
            files.insert(name.clone(), Content { now: found.clone(), synced: found, writes: Vec::new() });
        };
        for (name, content) in &state.removed {
            if random.below(2) == 0 {
                take(random, name, content);
            }
        }
        for (name, content) in &state.files {
            take(random, name, content);
        }
        Self(Arc::new(Mutex::new(State { files, ..State::default() })), Arc::default())
    }

    /// The bytes of a file, to be damaged.
    pub(in crate::store::sled) fn change(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.lock();
        let content = state.files.get_mut(name).expect("a file of this name");
        change(&mut content.now);
        content.synced.clone_from(&content.now);
    }

    pub(in crate::store::sled) fn bytes(&self, name: &str) -> Vec<u8> {
        self.lock().files[name].now.clone()
    }

    /// A disk with the same files.
    pub(in crate::store::sled) fn copy(&self) -> Self {
        let state = State { calls: 0, fail: None, ..self.lock().clone() };
        Self(Arc::new(Mutex::new(state)), Arc::default())
    }
}

impl Content {
    fn found(&self, unsynced: Unsynced, random: &mut Random) -> Vec<u8> {
        let mut found = match unsynced {
            Unsynced::Kept => return self.now.clone(),
            Unsynced::Gone => return self.synced.clone(),
            Unsynced::Some => self.synced.clone(),
        };
        if self.now.len() > found.len() {
            let grown = self.now.len() - found.len();
            found.resize(found.len() + random.below(grown + 1), 0);
        }
        for (at, bytes) in &self.writes {
            let mut from = *at;
            while from < at + bytes.len() {
                let to = (from / SECTOR * SECTOR + SECTOR).min(at + bytes.len());
                if random.below(2) == 0 && to <= found.len() {
                    found[from..to].copy_from_slice(&bytes[from - at..to - at]);
                }
                from = to;
            }
        }
        found
    }

    fn write(&mut self, bytes: &[u8], at: usize) {
        if self.now.len() < at + bytes.len() {
            self.now.resize(at + bytes.len(), 0);
        }
        self.now[at..at + bytes.len()].copy_from_slice(bytes);
        self.writes.push((at, bytes.to_vec()));
    }

    fn sync(&mut self) {
        for (at, bytes) in self.writes.drain(..) {
            let end = at + bytes.len();
            if self.synced.len() < end {
                self.synced.resize(end, 0);
            }
            self.synced[at..end].copy_from_slice(&bytes);
        }
    }
}

impl State {
    /// Counts a call; how it fails, if it does.
    fn call(&mut self) -> Option<Failure> {
        if self.off {
            return Some(Failure::Power);
        }
        let here = self.calls;
        self.calls += 1;
        let failure = self.fail.filter(|(call, _)| *call == here).map(|(_, failure)| failure)?;
        self.off = failure == Failure::Power;
        Some(failure)
    }
}

fn power() -> io::Error {
    io::Error::other("the power is cut")
}

impl Files for Faulty {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.lock().files.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Blocks>> {
        if !self.lock().files.contains_key(name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Box::new(OnFaulty { disk: self.clone(), name: name.to_owned() }))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Blocks>> {
        let mut state = self.lock();
        let failure = state.call();
        if failure == Some(Failure::Full) || state.full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if state.files.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if failure.is_some() {
            return Err(power());
        }
        state.removed.remove(name);
        state.files.insert(name.to_owned(), Content::default());
        drop(state);
        self.open(name)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.lock();
        if state.call().is_some() {
            return Err(power());
        }
        let content = state.files.remove(name).ok_or(io::ErrorKind::NotFound)?;
        state.removed.insert(name.to_owned(), content);
        Ok(())
    }
}

#[derive(Debug)]
struct OnFaulty {
    disk: Faulty,
    name: String,
}

impl OnFaulty {
    fn with<T>(&self, state: &mut State, then: impl FnOnce(&mut Content) -> T) -> io::Result<T> {
        let State { files, removed, .. } = state;
        files
            .get_mut(&self.name)
            .or_else(|| removed.get_mut(&self.name))
            .map(then)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Blocks for OnFaulty {
    fn size(&self) -> io::Result<u64> {
        self.with(&mut self.disk.lock(), |content| content.now.len() as u64)
    }

    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        let at = usize::try_from(at).expect("small");
        self.with(&mut self.disk.lock(), |content| {
            let there = content.now.get(at..at + bytes.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
            bytes.copy_from_slice(there);
            Ok(())
        })?
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let at = usize::try_from(at).expect("small");
        let mut state = self.disk.lock();
        let was_off = state.off;
        if state.full && self.with(&mut state, |content| content.now.len() < at + bytes.len())? {
            return Err(io::ErrorKind::StorageFull.into());
        }
        match state.call() {
            None => self.with(&mut state, |content| content.write(bytes, at)),
            Some(Failure::Full) => Err(io::ErrorKind::StorageFull.into()),
            Some(Failure::ShortWrite) => {
                self.with(&mut state, |content| content.write(&bytes[..bytes.len() / 2], at))?;
                Err(io::ErrorKind::WriteZero.into())
            }
            Some(_) => {
                // The write that the cut meets may be there in part.
                if !was_off {
                    self.with(&mut state, |content| content.write(bytes, at))?;
                }
                Err(power())
            }
        }
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.1.pass();
        let mut state = self.disk.lock();
        if let Some(failure) = state.call() {
            if failure == Failure::Sync {
                self.with(&mut state, |content| content.writes.clear())?;
            }
            return Err(if failure == Failure::Full { io::ErrorKind::StorageFull.into() } else { power() });
        }
        state.syncs += 1;
        self.with(&mut state, Content::sync)
    }
}
