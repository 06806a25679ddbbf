//! The default durable store: one process, one folder, a commit log and beside it sled 0.34, one tree.
//!
//! A commit is one frame of the log ([`log`]): the records of the whole batch, then a sync. Live executions stay in memory;
//! nothing is read while a commit of theirs is made. sled is what the log is checkpointed to: a thread of its own
//! ([`upkeep`]) puts there, in bulk, what ended executions leave behind for those who look it up, and the records of those
//! that run on where a segment of the log has to go. On opening, sled's pages and then the log are read once ([`journal`]).
//!
//! **Invariants.** Only [`disk`] calls sled, only [`log::files`] touches the log's files. Batches are written, synced and
//! absorbed in one order (`writing`, then `syncing`); one may be written while the one before is synced, both in the active
//! segment. The state in memory changes only after its batch was written and synced, so that a reader never sees what a
//! crash could take back (strict durability). A segment of the log is used again only after sled was synced with all that
//! was in it.

mod archive;
mod disk;
#[cfg(test)]
mod forgetting;
mod format;
mod inner;
mod journal;
mod keeper;
mod lock;
mod log;
mod names;
mod numbers;
mod opening;
mod options;
mod page;
mod place;
mod precheck;
mod pruning;
#[cfg(test)]
mod readers;
mod reading;
mod relaxed;
mod repair;
mod state;
mod tampered;
#[cfg(test)]
mod tests;
mod tombstones;
#[cfg(test)]
mod torn;
mod upkeep;
mod witness;
mod writing;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use inner::Inner;
use keeper::Keeper;
use lock::Lock;
pub use options::{Durability, SledOptions};
use relaxed::Flusher;
pub use repair::{Affected, Diagnosis, Fault, Loss, diagnose, repair};
#[doc(hidden)]
pub use tampered::Tampered;

use super::{
    Claim, Commit, DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, ListQuery, PruneQuery, Pruned, Store,
    StoreError, StoreErrorKind, StoredExecution,
};
use crate::blob::{BlobStore, FolderBlobs};

/// The folder of the contents of `Blob`s: sled has a folder `blobs` of its own.
const BLOBS: &str = "payload-blobs";

/// Keeps executions in a folder, durably. One process owns it at a time.
///
/// ```no_run
/// use workflow_runtime::store::SledStore;
///
/// let store = SledStore::open("orders.db")?;
/// # Ok::<(), workflow_runtime::store::StoreError>(())
/// ```
pub struct SledStore {
    /// These two before the rest, so that their threads have ended when the database closes.
    flusher: Option<Flusher>,
    keeper: Option<Keeper>,
    inner: Arc<Inner>,
    blobs: Arc<FolderBlobs>,
    /// Last, so that the next owner finds the database closed.
    _lock: Option<Lock>,
}

impl fmt::Debug for SledStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SledStore").field("path", &self.inner.path).finish_non_exhaustive()
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

    fn open_with(path: &Path, options: SledOptions) -> Result<Self, StoreError> {
        let lock = Lock::take(path)?;
        let durability = options.durability;
        Self::begin(path, durability, opening::open(path, options)?, Some(lock))
    }

    /// Starts the threads that serve an open store.
    fn begin(path: &Path, durability: Durability, inner: Inner, lock: Option<Lock>) -> Result<Self, StoreError> {
        let inner = Arc::new(inner);
        let threadless = |fault| disk::unusable(path, "served by a thread of its own", fault);
        let flusher = match durability {
            Durability::Strict => None,
            Durability::Relaxed(interval) => Some(Flusher::start(Arc::clone(&inner), interval).map_err(threadless)?),
        };
        let keeper = Some(Keeper::start(Arc::clone(&inner)).map_err(threadless)?);
        let blobs = Arc::new(FolderBlobs::new(path.join(BLOBS)));
        Ok(Self { flusher, keeper, inner, blobs, _lock: lock })
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        drop(self.flusher.take());
        drop(self.keeper.take());
        // Whatever cannot be said now is found out when the store is opened again.
        if self.inner.disk.check().is_ok() {
            let _ = self.inner.log.close().is_ok_and(|()| self.inner.disk.committed(self.inner.log.durable()).is_ok());
        }
    }
}

impl Store for SledStore {
    /// A failed write leaves a batch whose fate is not known.
    fn may_be_transient(&self) -> bool {
        false
    }

    fn concurrent_commits(&self) -> usize {
        2
    }

    fn blobs(&self) -> Option<Arc<dyn BlobStore>> {
        let blobs: Arc<FolderBlobs> = Arc::clone(&self.blobs);
        Some(blobs)
    }

    fn claim(&self) -> Result<Claim, StoreError> {
        writing::claim(&self.inner)
    }

    fn commit(&self, fencing: Fencing, batch: Vec<Commit>) -> Result<(), StoreError> {
        writing::commit(&self.inner, self.flusher.as_ref(), fencing, batch)
    }

    fn find(&self, workflow: &str, name: &str) -> Result<Option<ExecutionHead>, StoreError> {
        reading::find(&self.inner, workflow, name)
    }

    fn load(&self, number: ExecutionNumber) -> Result<Option<StoredExecution>, StoreError> {
        reading::load(&self.inner, number)
    }

    fn list(&self, query: &ListQuery) -> Result<Vec<ExecutionHead>, StoreError> {
        reading::list(&self.inner, query)
    }

    fn put_definition(&self, hash: DefinitionHash, text: &str) -> Result<(), StoreError> {
        writing::put_definition(&self.inner, hash, text)
    }

    fn definition(&self, hash: DefinitionHash) -> Result<Option<String>, StoreError> {
        reading::definition(&self.inner, hash)
    }

    fn prune(&self, fencing: Fencing, query: &PruneQuery) -> Result<Pruned, StoreError> {
        pruning::prune(&self.inner, fencing, query)
    }
}

/// The format that is written now.
#[cfg(test)]
pub(super) fn format_now() -> u64 {
    format::FORMAT
}
