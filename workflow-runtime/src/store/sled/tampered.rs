//! For fuzzing: a store in whose log and whose sled somebody else has written, checksums and all, to be opened like any other.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::disk::{Batch, Disk, unusable};
use super::format::{FORMAT, Key, chunks, frame};
use super::log::files::{Blocks, Files};
use super::log::{Mark, Sizes, forged_frame, forged_header};
use super::options::{Limits, SledOptions};
use super::{Durability, SledStore, opening};
use crate::store::StoreError;

/// The store's id.
const STORE: u64 = 7;

/// Whatever is put into it lies there as if a store had written it. The log is in memory, sled in a folder.
#[doc(hidden)]
#[derive(Debug)]
pub struct Tampered {
    folder: PathBuf,
    disk: Disk,
    files: Arc<Memory>,
    /// The segment that is written to.
    segment: u64,
}

impl Tampered {
    /// In this folder.
    ///
    /// # Errors
    /// sled cannot be opened there.
    pub fn new(folder: &Path) -> Result<Self, StoreError> {
        let disk = Disk::open(folder, 16 << 20)?;
        Ok(Self { folder: folder.to_owned(), disk, files: Arc::default(), segment: 0 })
    }

    /// Forgets everything: a new store with the first segment of its log, empty.
    ///
    /// # Errors
    /// I/O.
    pub fn clear(&mut self) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        self.disk.keys(&Key(Vec::new()))?.into_iter().for_each(|key| batch.remove(key));
        Disk::put_number(&mut batch, "format", FORMAT);
        Disk::put_mark(&mut batch, Mark::new(STORE));
        self.disk.apply(batch)?;
        self.files = Arc::default();
        self.segment = 0;
        self.next_segment(None);
        Ok(())
    }

    /// The log goes on in the next segment, which begins with these bytes, or as it should.
    pub fn next_segment(&mut self, header: Option<&[u8]>) {
        self.segment += 1;
        let header = header.map_or_else(|| forged_header(STORE, self.segment, SEGMENT).to_vec(), <[u8]>::to_vec);
        self.bytes(&header);
    }

    /// Adds bytes to the segment.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let file = self.files.file(&format!("commits-{}", self.segment));
        lock(&file).extend_from_slice(bytes);
    }

    /// Adds a frame with the right checksum: a page is of kind 1, a seal of kind 2, a close of kind 3.
    pub fn frame(&mut self, kind: u32, sequence: u64, durable: u64, content: &[u8]) {
        self.bytes(&forged_frame(STORE, self.segment, [u64::from(kind), sequence, durable], content));
    }

    /// Puts a value with the right checksum into sled.
    ///
    /// # Errors
    /// I/O.
    pub fn value(&mut self, key: &[u8], content: &[u8]) -> Result<(), StoreError> {
        let key = Key(key.to_vec());
        let value = frame(&key, content);
        self.raw_value(&key.0, &value)
    }

    /// Puts these bytes under this key.
    ///
    /// # Errors
    /// I/O.
    pub fn raw_value(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.put(Key(key.to_vec()), value.to_vec());
        self.disk.apply(batch)
    }

    /// Puts a content into sled that is cut into chunks.
    ///
    /// # Errors
    /// I/O.
    pub fn chunked(&mut self, key: &[u8], content: &[u8]) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.put_chunks(chunks(&Key(key.to_vec()), content));
        self.disk.apply(batch)
    }

    /// Fills segments that are too short and opens the store, with everything that a store does, and often.
    ///
    /// # Errors
    /// What was put there is no store.
    pub fn open(&self) -> Result<SledStore, StoreError> {
        for file in lock(&self.files.0).values() {
            let mut file = lock(file);
            if file.len() < FILLED {
                file.resize(FILLED, 0);
            }
        }
        let files: Arc<dyn Files> = Arc::clone(&self.files) as _;
        let mut options = SledOptions::new();
        (options.limits, options.files) = (limits(), Some(files));
        let disk = self.disk.share().map_err(|fault| unusable(&self.folder, "opened", fault))?;
        let inner = opening::open_on(disk, &self.folder, options)?;
        SledStore::begin(&self.folder, Durability::Strict, inner, None)
    }
}

/// Bytes of a segment.
const SEGMENT: u64 = 8192;
const FILLED: usize = 8192;

fn limits() -> Limits {
    Limits {
        pending: 1,
        pending_bytes: 2000,
        unindexed: 1,
        unindexed_bytes: 3000,
        dead_pages: 1,
        resident_each: 200,
        resident_all: 4000,
        page_slack: 4000,
        carry: 500,
        segments: 3,
        most_segments: 6,
        log: Sizes { segment: SEGMENT, spare: 2 },
    }
}

type Content = Arc<Mutex<Vec<u8>>>;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Files that are nowhere.
#[derive(Debug, Default)]
struct Memory(Mutex<BTreeMap<String, Content>>);

impl Memory {
    fn file(&self, name: &str) -> Content {
        Arc::clone(lock(&self.0).entry(name.to_owned()).or_default())
    }
}

impl Files for Memory {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(lock(&self.0).keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Blocks>> {
        let found = lock(&self.0).get(name).cloned();
        found.map(|file| Box::new(File(file)) as _).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Blocks>> {
        if lock(&self.0).contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        Ok(Box::new(File(self.file(name))))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        lock(&self.0).remove(name).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

#[derive(Debug)]
struct File(Content);

fn place(at: u64, length: usize) -> io::Result<std::ops::Range<usize>> {
    let from = usize::try_from(at).map_err(|_| io::ErrorKind::InvalidInput)?;
    Ok(from..from.checked_add(length).ok_or(io::ErrorKind::InvalidInput)?)
}

impl Blocks for File {
    fn size(&self) -> io::Result<u64> {
        Ok(lock(&self.0).len() as u64)
    }

    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        let content = lock(&self.0);
        let found = content.get(place(at, bytes.len())?).ok_or(io::ErrorKind::UnexpectedEof)?;
        bytes.copy_from_slice(found);
        Ok(())
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let (mut content, place) = (lock(&self.0), place(at, bytes.len())?);
        if content.len() < place.end {
            content.resize(place.end, 0);
        }
        content[place].copy_from_slice(bytes);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}
