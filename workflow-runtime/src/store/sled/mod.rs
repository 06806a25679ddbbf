//! The default durable store, on sled 0.34: one process, one folder, one tree.
//!
//! A commit is one *journal page*: the records of the whole batch under one increasing key, then sled's flush, then a sync
//! of the data file, which sled leaves out. Live executions stay in memory; nothing is read from sled while a commit of
//! theirs is made. What an ended execution leaves behind is written a second time for those who look it up, in bulk and on
//! the batches of later commits ([`upkeep`]), and the pages go. On opening, every page is read once ([`journal`]).
//!
//! **Invariants.** Only [`disk`] calls sled. Writes are serialised by `committer`; the state in memory changes only after
//! its batch was written and synced, so that a reader never sees what a crash could take back (strict durability). The wait
//! for the disk is not under that lock: the next commit is written meanwhile ([`InFlight`]).

mod archive;
mod disk;
mod format;
mod journal;
mod lock;
mod names;
mod numbers;
mod options;
mod page;
mod reading;
mod relaxed;
mod state;
mod syncing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod torn;
mod upkeep;
mod writing;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use disk::{Batch, Disk};
use lock::Lock;
use options::Limits;
pub use options::{Durability, SledOptions};
use state::State;
use syncing::{Committing, InFlight};

use super::{
    Claim, Commit, DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, ListQuery, Store, StoreError,
    StoreErrorKind, StoredExecution,
};
use crate::blob::{BlobStore, FolderBlobs};

/// Keeps executions in a folder, durably. One process owns it at a time.
///
/// ```no_run
/// use workflow_runtime::store::SledStore;
///
/// let store = SledStore::open("orders.db")?;
/// # Ok::<(), workflow_runtime::store::StoreError>(())
/// ```
pub struct SledStore {
    /// Before the rest, so that its thread has ended when the database closes.
    flusher: Option<relaxed::Flusher>,
    disk: Arc<Disk>,
    state: RwLock<State>,
    /// Held while something is written.
    committer: Mutex<Committing>,
    in_flight: InFlight,
    limits: Limits,
    path: PathBuf,
    blobs: Arc<FolderBlobs>,
    /// Last, so that the next owner finds the database closed.
    _lock: Lock,
}

impl fmt::Debug for SledStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SledStore").field("path", &self.path).finish_non_exhaustive()
    }
}

impl SledStore {
    /// Opens the store in this folder, or creates it, with strict durability.
    ///
    /// # Errors
    /// As [`SledOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        SledOptions::new().open(path)
    }

    fn open_with(path: &Path, cache: u64, durability: Durability, limits: Limits) -> Result<Self, StoreError> {
        let lock = Lock::take(path)?;
        let disk = Disk::open(path, cache)?;
        check_format(&disk, path)?;
        let state = journal::recover(&disk, &limits)?;
        let disk = Arc::new(disk);
        let threadless = |fault| disk::unusable(path, "served by a thread of its own", fault);
        let (syncer, flusher) = match durability {
            Durability::Strict => (Some(disk.syncer().map_err(threadless)?), None),
            Durability::Relaxed(interval) => {
                (None, Some(relaxed::Flusher::start(Arc::clone(&disk), interval).map_err(threadless)?))
            }
        };
        let state = RwLock::new(state);
        let committer = Mutex::new(Committing { syncer, next_sequence: 0 });
        let in_flight = InFlight::default();
        // sled has a folder `blobs` of its own.
        let blobs = Arc::new(FolderBlobs::new(path.join("payload-blobs")));
        Ok(Self { flusher, disk, state, committer, in_flight, limits, path: path.to_owned(), blobs, _lock: lock })
    }

    /// Nothing panics while it holds the state half changed, so a poisoned lock is still good.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the format's version into a new database, and refuses one that is newer or not ours.
fn check_format(disk: &Disk, path: &Path) -> Result<(), StoreError> {
    let mark = path.join(lock::MARK);
    match disk.number("format")? {
        Some(format::FORMAT) => Ok(()),
        Some(found) if found > format::FORMAT => {
            let message = format!(
                "the store in {} has format {found}, and this version knows formats up to {}: run the newer program that wrote it",
                path.display(),
                format::FORMAT
            );
            Err(StoreError::new(StoreErrorKind::Newer, "WF3003", message))
        }
        Some(_) => Err(format::corrupt(&format::Key::meta("format").0, "there never was such a format")),
        None if !disk.is_empty() || disk.has_other_trees() => {
            Err(lock::foreign(path, "holds a database that something else wrote"))
        }
        // sled takes a file that it cannot read for a new one: the mark beside it knows better.
        None if mark.exists() => {
            let message = format!(
                "the database in {} has lost everything, as if it were new: its file was overwritten or cut off; restore the \
                 last good copy of the folder (or remove the folder to begin anew)",
                path.display()
            );
            Err(StoreError::new(StoreErrorKind::Corrupt, "WF3006", message))
        }
        None => {
            let mut batch = Batch::default();
            Disk::put_number(&mut batch, "format", format::FORMAT);
            disk.apply(batch)?;
            disk.sync()
        }
    }?;
    if mark.exists() { Ok(()) } else { lock::mark(path).map_err(|fault| disk::unusable(path, "marked", fault)) }
}

impl Store for SledStore {
    /// One is written while the disk syncs the other.
    fn concurrent_commits(&self) -> usize {
        2
    }

    /// A failed write leaves a batch whose fate is not known.
    fn may_be_transient(&self) -> bool {
        false
    }

    fn blobs(&self) -> Option<Arc<dyn BlobStore>> {
        let blobs: Arc<FolderBlobs> = Arc::clone(&self.blobs);
        Some(blobs)
    }

    fn claim(&self) -> Result<Claim, StoreError> {
        writing::claim(self)
    }

    fn commit(&self, fencing: Fencing, batch: Vec<Commit>) -> Result<(), StoreError> {
        writing::commit(self, fencing, batch)
    }

    fn find(&self, workflow: &str, name: &str) -> Result<Option<ExecutionHead>, StoreError> {
        reading::find(self, workflow, name)
    }

    fn load(&self, number: ExecutionNumber) -> Result<Option<StoredExecution>, StoreError> {
        reading::load(self, number)
    }

    fn list(&self, query: &ListQuery) -> Result<Vec<ExecutionHead>, StoreError> {
        reading::list(self, query)
    }

    fn put_definition(&self, hash: DefinitionHash, text: &str) -> Result<(), StoreError> {
        writing::put_definition(self, hash, text)
    }

    fn definition(&self, hash: DefinitionHash) -> Result<Option<String>, StoreError> {
        reading::definition(self, hash)
    }
}

/// The format that is written now.
#[cfg(test)]
pub(super) fn format_now() -> u64 {
    format::FORMAT
}
