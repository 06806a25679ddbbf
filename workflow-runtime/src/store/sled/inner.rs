//! What the store's threads share: the log, sled, and what is in memory.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::disk::Disk;
use super::keeper::Signals;
use super::log::Log;
use super::numbers::Set;
use super::options::Limits;
use super::state::State;
use super::upkeep::LogState;
use crate::store::StoreError;

/// See the module.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) disk: Disk,
    pub(super) log: Log,
    pub(super) state: RwLock<State>,
    /// Held by whoever writes to the log.
    pub(super) writing: Mutex<Written>,
    /// Held by whoever syncs the log and then changes the state: taken before `writing` is let go, so that it goes round in
    /// the order of what was written.
    pub(super) syncing: Mutex<()>,
    /// For the next page, archive value or run; held by whoever writes to sled what bears one.
    pub(super) next: Mutex<u64>,
    pub(super) limits: Limits,
    /// Whether commits wait for the disk.
    pub(super) is_strict: bool,
    pub(super) signals: Signals,
    pub(super) path: PathBuf,
}

/// What the last batch that was written belongs to. It may not be durable yet.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) executions: Set<u64>,
    /// For the next one's frame.
    pub(super) frame: Vec<u8>,
}

/// While it is held, no batch is on its way: whatever is in the log is in the state.
#[derive(Debug)]
pub(super) struct Quiet<'i> {
    _syncing: MutexGuard<'i, ()>,
    _writing: MutexGuard<'i, Written>,
}

impl Inner {
    /// Nothing panics while it holds the state half changed, so a poisoned lock is still good.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn writing(&self) -> MutexGuard<'_, Written> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn syncing(&self) -> MutexGuard<'_, ()> {
        self.syncing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the batches on their way, and lets none begin.
    pub(super) fn quiet(&self) -> Quiet<'_> {
        let writing = self.writing();
        Quiet { _syncing: self.syncing(), _writing: writing }
    }

    pub(super) fn next_sequence(&self) -> MutexGuard<'_, u64> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn log_state(&self) -> LogState {
        let active = self.log.active();
        LogState { active, oldest: self.log.oldest().unwrap_or(active), in_use: self.log.in_use() }
    }

    /// Makes everything in the log durable.
    pub(super) fn sync_log(&self) -> Result<(), StoreError> {
        self.done(self.log.sync())?;
        self.disk.check()
    }

    /// Makes durable in the log what the state has: where commits wait for the disk, it is.
    pub(super) fn sync_what_is_read(&self) -> Result<(), StoreError> {
        if self.is_strict { Ok(()) } else { self.sync_log() }
    }

    /// A failed write to the log stops the store.
    pub(super) fn done<T>(&self, result: io::Result<T>) -> Result<T, StoreError> {
        result.or_else(|fault| {
            self.disk.check()?;
            Err(self.disk.stop(&fault).with_source(fault))
        })
    }

    /// Lets nothing more be acknowledged, for a reason beyond a commit's own.
    pub(super) fn halt(&self, cause: &StoreError) {
        let _ = self.disk.stop(cause);
    }
}
