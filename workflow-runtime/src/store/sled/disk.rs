//! The only file that calls sled. Its panics become errors here, and its flush is made durable.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::format::{Assembler, Key, Reader, corrupt, frame, put_varint, unframe};
use super::log::Mark;
use super::precheck::{self, CURE};
use super::witness::{GENERATION, Reached, Witness};
use crate::store::{StoreError, StoreErrorKind};

/// A database and its data file.
pub(super) struct Disk {
    db: sled::Db,
    /// `flush` of sled 0.34 does not reach the platter on Linux (`sync_file_range`): this handle is synced after it.
    file: File,
    /// How many batches were applied; held while one is.
    generation: Arc<Mutex<u64>>,
    /// What was there when it was opened, and what is on the disk now.
    reached: Reached,
    witness: Arc<Mutex<Witness>>,
    /// Set by the first failed write; from then on nothing is acknowledged.
    stopped: Mutex<Option<String>>,
    /// Told of each sync.
    #[cfg(test)]
    pub(super) on_sync: Mutex<Option<Told>>,
    /// Told of each batch that is applied and not synced yet.
    #[cfg(test)]
    pub(super) on_apply: Mutex<Option<Told>>,
    /// Told of each value of several that are read, unless it is what reads.
    #[cfg(test)]
    pub(super) on_read: Mutex<Option<Told>>,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Disk").field("stopped", &self.stopped).finish_non_exhaustive()
    }
}

/// Somebody who looks on.
#[cfg(test)]
pub(super) type Told = Box<dyn FnMut() + Send>;

#[cfg(test)]
fn tell(told: &Mutex<Option<Told>>) {
    if let Some(told) = &mut *told.lock().unwrap_or_else(PoisonError::into_inner) {
        told();
    }
}

/// The same where who looks on reads, too.
#[cfg(test)]
fn tell_outermost(told: &Mutex<Option<Told>>) {
    let lock = || told.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(mut outermost) = lock().take() else { return };
    outermost();
    *lock() = Some(outermost);
}

/// The log's mark among the store's own values.
const LOG: &str = "log";

/// A key and its raw value.
pub(super) type Entry = (Vec<u8>, Vec<u8>);

/// Writes and removals that become visible together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    inner: Vec<(Key, Option<Vec<u8>>)>,
}

impl Batch {
    pub(super) fn put(&mut self, key: Key, value: Vec<u8>) {
        self.inner.push((key, Some(value)));
    }

    pub(super) fn put_chunks(&mut self, chunks: Vec<(Key, Vec<u8>)>) {
        self.inner.extend(chunks.into_iter().map(|(key, value)| (key, Some(value))));
    }

    pub(super) fn remove(&mut self, key: Key) {
        self.inner.push((key, None));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }
}

impl Disk {
    /// Opens or creates the database.
    pub(super) fn open(path: &Path, cache_capacity: u64) -> Result<Self, StoreError> {
        remove_unfinished(path).map_err(|fault| unusable(path, "tidied up", fault))?;
        let reached = precheck::check(path)?;
        let db = open_database(path, cache_capacity)?;
        let folder = |fault| unusable(path, "synced", fault);
        let file = File::open(path.join("db")).map_err(folder)?;
        // sled syncs neither its settings nor the folder's entries.
        for part in [path.join("conf"), path.to_owned()] {
            File::open(part).and_then(|part| part.sync_all()).map_err(folder)?;
        }
        let generation = generation_of(&db)?;
        precheck::check_generation(path, generation, reached)?;
        let witness = Witness::open(path, reached).map_err(|fault| unusable(path, "written to", fault))?;
        Ok(Self {
            db,
            file,
            generation: Arc::new(Mutex::new(generation.unwrap_or_default())),
            reached: reached.unwrap_or_default(),
            witness: Arc::new(Mutex::new(witness)),
            stopped: Mutex::new(None),
            #[cfg(test)]
            on_sync: Mutex::default(),
            #[cfg(test)]
            on_apply: Mutex::default(),
            #[cfg(test)]
            on_read: Mutex::default(),
        })
    }

    /// Another handle on the same database, which has not stopped.
    pub(super) fn share(&self) -> std::io::Result<Self> {
        Ok(Self {
            db: self.db.clone(),
            file: self.file.try_clone()?,
            generation: Arc::clone(&self.generation),
            reached: self.reached,
            witness: Arc::clone(&self.witness),
            stopped: Mutex::new(None),
            #[cfg(test)]
            on_sync: Mutex::default(),
            #[cfg(test)]
            on_apply: Mutex::default(),
            #[cfg(test)]
            on_read: Mutex::default(),
        })
    }

    /// Commits of the log before this one were on the disk when the store was closed last.
    pub(super) fn reached_commits(&self) -> u64 {
        self.reached.commits
    }

    /// Says, beside the log, that commits before this one are on the disk.
    pub(super) fn committed(&self, commits: u64) -> Result<(), StoreError> {
        self.check()?;
        let written = self.witness.lock().unwrap_or_else(PoisonError::into_inner).committed(commits);
        written.map_err(|fault| self.stop(&fault).with_source(fault))
    }

    /// Whether sled holds anything that this store did not write.
    pub(super) fn is_empty(&self) -> bool {
        self.db.is_empty()
    }

    /// Names of trees beyond sled's default one.
    pub(super) fn has_other_trees(&self) -> bool {
        self.db.tree_names().len() > 1
    }

    /// Refuses where an earlier write failed.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let Some(cause) = self.stopped.lock().unwrap_or_else(PoisonError::into_inner).clone() else { return Ok(()) };
        let message = format!(
            "the store has stopped after a failed write ({cause}): make room or repair the disk and open it again; what was \
             acknowledged is kept"
        );
        Err(StoreError::new(StoreErrorKind::Permanent, "WF3008", message))
    }

    /// Stops the store, and says that the fate of this batch is not known. The first cause is the one that is told.
    pub(super) fn stop(&self, cause: &(dyn std::error::Error + Send + Sync)) -> StoreError {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| cause.to_string());
        in_doubt(&cause.to_string())
    }

    /// What becomes of a batch that was on its way when the store was stopped for another reason.
    pub(super) fn overtaken(&self, fault: StoreError) -> StoreError {
        match &*self.stopped.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(cause) if fault.kind != StoreErrorKind::Ambiguous => in_doubt(cause),
            _ => StoreError { kind: StoreErrorKind::Ambiguous, ..fault },
        }
    }

    /// Applies the batch: visible and ordered, not yet durable.
    pub(super) fn apply(&self, mut batch: Batch) -> Result<(), StoreError> {
        self.check()?;
        // A later number must not be on the disk before an earlier one.
        let mut generation = self.generation.lock().unwrap_or_else(PoisonError::into_inner);
        let next = *generation + 1;
        Self::put_number(&mut batch, GENERATION, next);
        let applied = guarded(|| {
            let mut writes = sled::Batch::default();
            for (key, value) in batch.inner.drain(..) {
                match value {
                    Some(value) => writes.insert(key.0, value),
                    None => writes.remove(key.0),
                }
            }
            self.db.apply_batch(writes)
        });
        applied.map_err(|fault| self.stop(&*fault.cause()).with_source(fault.cause()))?;
        *generation = next;
        #[cfg(test)]
        tell(&self.on_apply);
        Ok(())
    }

    /// Makes everything applied so far durable.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        let generation = *self.generation.lock().unwrap_or_else(PoisonError::into_inner);
        self.flush()?;
        self.file.sync_data().map_err(|fault| self.stop(&fault).with_source(fault))?;
        let witnessed = self.witness.lock().unwrap_or_else(PoisonError::into_inner).synced(generation);
        witnessed.map_err(|fault| self.stop(&fault).with_source(fault))?;
        #[cfg(test)]
        tell(&self.on_sync);
        Ok(())
    }

    /// Hands everything to the operating system.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        self.check()?;
        guarded(|| self.db.flush()).map_err(|fault| self.stop(&*fault.cause()).with_source(fault.cause()))?;
        Ok(())
    }

    /// From where the log has to be read; `None` in a store of the time before there was one.
    pub(super) fn mark(&self) -> Result<Option<Mark>, StoreError> {
        let key = Key::meta(LOG);
        let Some(content) = self.get(&key)? else { return Ok(None) };
        let mut reader = Reader::new(&key.0, &content);
        let (store, segment) = (reader.varint()?, reader.varint()?);
        let mark = Mark { store, segment, sequence: reader.varint()?, reached: reader.varint()? };
        if mark.is_sound() { Ok(Some(mark)) } else { Err(reader.fault("no log begins there")) }
    }

    /// Writes it.
    pub(super) fn put_mark(batch: &mut Batch, mark: Mark) {
        let (key, mut content) = (Key::meta(LOG), Vec::new());
        for number in [mark.store, mark.segment, mark.sequence, mark.reached] {
            put_varint(&mut content, number);
        }
        let framed = frame(&key, &content);
        batch.put(key, framed);
    }

    /// The content of a value that is not cut into chunks.
    pub(super) fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        let value = guarded(|| self.db.get(&key.0)).map_err(|fault| fault.into_read_error(&key.0))?;
        value.map(|value| unframe(&key.0, &value).map(<[u8]>::to_vec)).transpose()
    }

    /// A number of the store itself.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, StoreError> {
        let key = Key::meta(name);
        let Some(content) = self.get(&key)? else { return Ok(None) };
        let bytes = <[u8; 8]>::try_from(content.as_slice());
        bytes.map(|bytes| Some(u64::from_le_bytes(bytes))).map_err(|_| corrupt(&key.0, "it is no number"))
    }

    /// Writes a number of the store itself.
    pub(super) fn put_number(batch: &mut Batch, name: &str, value: u64) {
        let key = Key::meta(name);
        let framed = frame(&key, &value.to_le_bytes());
        batch.put(key, framed);
    }

    /// Every content under the prefix, in the order of keys: `visit(key without the chunk's index, content)`.
    pub(super) fn scan(
        &self,
        prefix: &Key,
        key_len: usize,
        mut visit: impl FnMut(&[u8], Vec<u8>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut assembler = Assembler::new(key_len);
        let mut entries = self.db.scan_prefix(&prefix.0);
        loop {
            let entry = guarded(|| entries.next().transpose()).map_err(|fault| fault.into_read_error(&prefix.0))?;
            #[cfg(test)]
            tell_outermost(&self.on_read);
            let Some((key, value)) = entry else { return assembler.end() };
            if let Some(content) = assembler.add(&key, &value)? {
                visit(&key[..key_len], content)?;
            }
        }
    }

    /// The content under exactly this key.
    pub(super) fn read(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        let mut found = None;
        self.scan(key, key.0.len(), |_, content| {
            found = Some(content);
            Ok(())
        })?;
        Ok(found)
    }

    /// The last key at or before `at` that begins with `prefix`, and its raw value.
    pub(super) fn last_before(&self, prefix: &Key, at: &Key) -> Result<Option<Entry>, StoreError> {
        let mut range = self.db.range(prefix.0.clone()..=at.0.clone());
        let entry = guarded(|| range.next_back().transpose()).map_err(|fault| fault.into_read_error(&prefix.0))?;
        Ok(entry.map(|(key, value)| (key.to_vec(), value.to_vec())))
    }

    /// The first key at or behind `at` that begins with `prefix`.
    pub(super) fn first_from(&self, prefix: &Key, at: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        let mut range = self.db.range(at.0.clone()..);
        let entry = guarded(|| range.next().transpose()).map_err(|fault| fault.into_read_error(&prefix.0))?;
        Ok(entry.map(|(key, _)| key.to_vec()).filter(|key| key.starts_with(&prefix.0)))
    }

    /// Every key under the prefix.
    pub(super) fn keys(&self, prefix: &Key) -> Result<Vec<Key>, StoreError> {
        let (mut keys, mut entries) = (Vec::new(), self.db.scan_prefix(&prefix.0).keys());
        loop {
            let key = guarded(|| entries.next().transpose()).map_err(|fault| fault.into_read_error(&prefix.0))?;
            let Some(key) = key else { return Ok(keys) };
            keys.push(Key(key.to_vec()));
        }
    }

    /// Every key and checked content under the prefix, for values that are not cut into chunks.
    pub(super) fn scan_plain(
        &self,
        prefix: &Key,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut entries = self.db.scan_prefix(&prefix.0);
        loop {
            let entry = guarded(|| entries.next().transpose()).map_err(|fault| fault.into_read_error(&prefix.0))?;
            let Some((key, value)) = entry else { return Ok(()) };
            visit(&key, unframe(&key, &value)?)?;
        }
    }
}

/// How many batches this database has seen; `None` in one of the time before they were counted.
fn generation_of(db: &sled::Db) -> Result<Option<u64>, StoreError> {
    let key = Key::meta(GENERATION);
    let value = guarded(|| db.get(&key.0)).map_err(|fault| fault.into_read_error(&key.0))?;
    let Some(value) = value else { return Ok(None) };
    let bytes = <[u8; 8]>::try_from(unframe(&key.0, &value)?);
    bytes.map(|bytes| Some(u64::from_le_bytes(bytes))).map_err(|_| corrupt(&key.0, "it is no number"))
}

fn in_doubt(cause: &str) -> StoreError {
    let message = format!(
        "a write failed ({cause}): whether this batch was kept is not known, what was acknowledged before is; make room or \
         repair the disk and open the store again"
    );
    StoreError::new(StoreErrorKind::Ambiguous, "WF3007", message)
}

/// What sled said, or what it panicked with.
enum Fault {
    Error(sled::Error),
    Panic(String),
}

impl Fault {
    fn cause(&self) -> Box<dyn std::error::Error + Send + Sync> {
        match self {
            Self::Error(sled::Error::Io(fault)) => Box::new(std::io::Error::new(fault.kind(), fault.to_string())),
            Self::Error(fault) => Box::new(fault.clone()),
            Self::Panic(text) => format!("sled panicked: {text}").into(),
        }
    }

    fn into_read_error(self, key: &[u8]) -> StoreError {
        if let Self::Error(sled::Error::Io(fault)) = self {
            let message =
                format!("the database file could not be read: {fault}; try again, and look at the system's log");
            return StoreError::new(StoreErrorKind::Transient, "WF3010", message).with_source(fault);
        }
        let cause = self.cause();
        corrupt(key, format_args!("sled could not read it ({cause})")).with_source(cause)
    }
}

/// Runs a call of sled; a panic of it is an error like others.
fn guarded<T>(call: impl FnOnce() -> sled::Result<T>) -> Result<T, Fault> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(Fault::Error),
        Err(payload) => {
            let text = payload.downcast_ref::<String>().cloned();
            let text = text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(Fault::Panic(text.unwrap_or_else(|| "without a message".to_owned())))
        }
    }
}

/// Removes what sled was writing when its process died. sled itself takes such a file for the newest one, and a damaged
/// one. Each time it is opened it writes a snapshot beside the log under another name and renames it, so that what bears
/// the other name is worth nothing; its settings come before the log, so that without a log they are.
fn remove_unfinished(path: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            std::fs::remove_file(entry.path())?;
        }
    }
    let settings = path.join("conf");
    if settings.exists() && !path.join("db").exists() && !path.join(super::lock::MARK).exists() {
        std::fs::remove_file(settings)?;
    }
    Ok(())
}

/// sled's own threads may hold the file's lock for a moment after a database was dropped in this process.
const LOCK_ATTEMPTS: u32 = 200;

fn open_database(path: &Path, cache_capacity: u64) -> Result<sled::Db, StoreError> {
    let config = sled::Config::new().path(path).cache_capacity(cache_capacity);
    for attempt in 1.. {
        let fault = match guarded(|| config.open()) {
            Ok(db) => return Ok(db),
            Err(fault) => fault,
        };
        let text = fault.cause().to_string();
        if text.contains("could not acquire lock") {
            if attempt < LOCK_ATTEMPTS {
                std::thread::sleep(Duration::from_millis(10));
                continue;
            }
            let message =
                format!("the database in {} is in use by a process that is not a workflow program", path.display());
            return Err(StoreError::new(StoreErrorKind::Busy, "WF3002", message).with_source(fault.cause()));
        }
        if let Fault::Error(sled::Error::Io(fault)) = &fault
            && matches!(
                fault.kind(),
                std::io::ErrorKind::PermissionDenied
                    | std::io::ErrorKind::StorageFull
                    | std::io::ErrorKind::ReadOnlyFilesystem
            )
        {
            return Err(unusable(path, "opened", std::io::Error::new(fault.kind(), fault.to_string())));
        }
        let message = format!(
            "the database in {} cannot be opened: sled cannot read `db` or what belongs to it ({text}); {CURE}",
            path.display()
        );
        return Err(StoreError::new(StoreErrorKind::Corrupt, "WF3006", message).with_source(fault.cause()));
    }
    unreachable!("the loop returns")
}

/// The folder cannot be worked with.
pub(super) fn unusable(path: &Path, done: &str, fault: std::io::Error) -> StoreError {
    let cure = match fault.kind() {
        std::io::ErrorKind::StorageFull => "make room on its disk and start again: what was acknowledged is kept",
        _ => "give the program a folder it may write to",
    };
    let message = format!("the store's folder {} cannot be {done}: {fault}; {cure}", path.display());
    StoreError::new(StoreErrorKind::Permanent, "WF3009", message).with_source(fault)
}
