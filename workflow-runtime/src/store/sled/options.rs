//! How a sled store is opened.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::SledStore;
use super::log::Sizes;
use super::log::files::Files;
use crate::store::StoreError;

/// What a crash of the machine may lose. A crash of the process alone loses nothing that was acknowledged and written out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// A commit returns when it is on the disk.
    #[default]
    Strict,
    /// A commit returns at once and is on the disk within this time. Whatever was committed since may be lost in a crash of
    /// the machine: always the newest, never one record without those before it.
    Relaxed(Duration),
}

/// Options of a [`SledStore`].
///
/// ```no_run
/// use std::time::Duration;
/// use workflow_runtime::store::{Durability, SledOptions};
///
/// let store = SledOptions::new().durability(Durability::Relaxed(Duration::from_millis(50))).open("orders.db")?;
/// # Ok::<(), workflow_runtime::store::StoreError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct SledOptions {
    pub(super) durability: Durability,
    pub(super) limits: Limits,
    cache_capacity: Option<u64>,
    /// Where the log is, if not in the store's folder.
    pub(super) files: Option<Arc<dyn Files>>,
}

/// sled's own default of 1 GB is too much for something embedded; live executions are not read through it.
const CACHE_CAPACITY: u64 = 64 * 1024 * 1024;

impl SledOptions {
    pub(super) fn cache(&self) -> u64 {
        self.cache_capacity.unwrap_or(CACHE_CAPACITY)
    }

    /// Strict durability and a cache of 64 MiB.
    pub fn new() -> Self {
        Self::default()
    }

    /// When a commit returns.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Bytes of sled's page cache, which serves ended executions.
    pub fn cache_capacity(mut self, bytes: u64) -> Self {
        self.cache_capacity = Some(bytes);
        self
    }

    /// Opens the store in this folder, or creates it.
    ///
    /// # Errors
    /// `Busy` where another process has it, `Newer` where a newer version wrote it, `Corrupt` where it is damaged,
    /// `Permanent` where the path is no store or cannot be written.
    pub fn open(self, path: impl AsRef<Path>) -> Result<SledStore, StoreError> {
        SledStore::open_with(path.as_ref(), self)
    }
}

/// When the work beside commits is due. Small numbers make tests meet it.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// Ended executions that wait for the archive.
    pub(super) pending: usize,
    /// Their bytes.
    pub(super) pending_bytes: usize,
    /// Archived executions that wait for the name index.
    pub(super) unindexed: usize,
    /// Their bytes.
    pub(super) unindexed_bytes: usize,
    /// Pages that nobody needs and that wait for their removal.
    pub(super) dead_pages: usize,
    /// Bytes of one execution's records that are kept in memory.
    pub(super) resident_each: usize,
    /// Of all.
    pub(super) resident_all: usize,
    /// Pages in sled may be so much larger than twice what is alive.
    pub(super) page_slack: usize,
    /// Bytes that one round carries forward.
    pub(super) carry: usize,
    /// Segments of the log in use, from which on the oldest is set free, whatever is in it.
    pub(super) segments: usize,
    /// And from which on a commit waits for that.
    pub(super) most_segments: usize,
    /// And their sizes.
    pub(super) log: Sizes,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pending: 512,
            pending_bytes: 4 << 20,
            unindexed: 4096,
            unindexed_bytes: 4 << 20,
            dead_pages: 32,
            resident_each: 32 << 10,
            resident_all: 64 << 20,
            page_slack: 16 << 20,
            carry: 256 << 10,
            segments: 4,
            most_segments: 12,
            log: Sizes { segment: 4 << 20, spare: 2 },
        }
    }
}
