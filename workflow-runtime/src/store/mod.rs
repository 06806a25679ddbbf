//! Where executions are kept: [`Store`], and the stores that come with the crate.
//!
//! A store keeps opaque records. It mints no ids, reads no clock, inspects no event. Its calls block: the runtime drives
//! commits from one thread of its own (group commit) and reads from `spawn_blocking`.
//!
//! **Invariants.** No store decodes a record; only the repair of a damaged one does, to add an end. Nothing of a store's own library shows in a public signature. Whoever wants
//! to write another store runs `store_conformance!` (feature `store-conformance`) against it.

#[cfg(any(test, feature = "store-conformance"))]
pub mod conformance;
mod error;
mod memory;
mod prune;
#[cfg(feature = "sled")]
mod sled;
#[cfg(test)]
mod tests;

pub use memory::MemoryStore;
pub use prune::{PruneQuery, Pruned};
#[cfg(feature = "sled")]
#[doc(hidden)]
pub use sled::Tampered;
#[cfg(feature = "sled")]
pub use sled::{Affected, Diagnosis, Durability, Fault, Loss, SledOptions, SledStore, diagnose, repair};

use std::sync::Arc;

use crate::blob::BlobStore;
use crate::engine::ExecutionStatus;
use crate::time::Timestamp;

/// An execution's number in its store: dense enough to be compact, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct ExecutionNumber(pub u64);

/// SHA-256 of a definition's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct DefinitionHash(pub [u8; 32]);

/// Increases with every owner; a commit under an old one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Fencing(pub u64);

/// What is known of an execution without reading its records.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ExecutionHead {
    /// Its number.
    pub number: ExecutionNumber,
    /// The state machine's name.
    pub workflow: String,
    /// Its own name, unique per workflow.
    pub name: String,
    /// The definition that it runs on.
    pub definition: DefinitionHash,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it ended.
    pub stopped_at: Option<Timestamp>,
}

/// One execution's part of a commit.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Whose.
    pub number: ExecutionNumber,
    /// The encoded record, opaque.
    pub record: Vec<u8>,
    /// Set by the first record and by each one that changes the status.
    pub head: Option<ExecutionHead>,
}

/// An execution as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredExecution {
    /// Its head as of the last record.
    pub head: ExecutionHead,
    /// All its records in order.
    pub records: Vec<Vec<u8>>,
}

/// What an owner finds.
#[derive(Debug)]
pub struct Claim {
    /// To be named by each commit.
    pub fencing: Fencing,
    /// Every execution that has not ended.
    pub unfinished: Vec<StoredExecution>,
    /// Greater than every number used so far.
    pub next_number: ExecutionNumber,
}

/// Which executions to list, newest first.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// Of this workflow.
    pub workflow: Option<String>,
    /// In this status.
    pub status: Option<ExecutionStatus>,
    /// At most so many; 0 is the default of 100.
    pub limit: usize,
    /// After this one: the last number of the page before.
    pub before: Option<ExecutionNumber>,
}

impl ListQuery {
    /// What `limit` means: 0 is the default of 100.
    pub fn page_size(&self) -> usize {
        if self.limit == 0 { 100 } else { self.limit }
    }

    /// Whether this head belongs into the answer.
    pub fn matches(&self, head: &ExecutionHead) -> bool {
        self.workflow.as_ref().is_none_or(|workflow| *workflow == head.workflow)
            && self.status.is_none_or(|status| status == head.status)
            && self.before.is_none_or(|before| head.number < before)
    }
}

/// Refuses a batch with a record of an execution that is neither known nor begun earlier in it, or with a foreign head.
fn check_batch(
    batch: &[Commit],
    known: impl Fn(ExecutionNumber) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let mut begun = std::collections::HashSet::new();
    for commit in batch {
        match &commit.head {
            Some(head) if head.number != commit.number => {
                return Err(StoreError::foreign_head(commit.number, head.number));
            }
            // Nothing comes after an only one.
            Some(_) if batch.len() > 1 => drop(begun.insert(commit.number)),
            None if !begun.contains(&commit.number) && !known(commit.number)? => {
                return Err(StoreError::unknown_execution(commit.number));
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}

/// Keeps executions and definitions.
pub trait Store: Send + Sync + std::fmt::Debug + 'static {
    /// Whether a commit has something to wait for, so that it pays to share one among executions and to keep its wait off
    /// the threads of tokio. A store that lives in memory says `false`: it is called where the commit is asked for.
    fn is_durable(&self) -> bool {
        true
    }

    /// How many commits pay at once: two, where one can be written while the disk syncs the other. An execution has one commit at
    /// a time.
    fn concurrent_commits(&self) -> usize {
        1
    }

    /// Whether a commit may fail with [`StoreErrorKind::Transient`] and go well when it is tried again. Where it never does, the
    /// runtime keeps no copy of what it commits.
    fn may_be_transient(&self) -> bool {
        true
    }

    /// The store of blobs that goes with this one, unless the runtime is given another: it lasts as long, and whoever owns the
    /// one owns the other. A store that wraps another hands on that one's.
    fn blobs(&self) -> Option<Arc<dyn BlobStore>> {
        None
    }

    /// Becomes the owner of every unfinished execution. Commits of an earlier owner are refused from here on.
    ///
    /// # Errors
    /// Damaged data, I/O.
    fn claim(&self) -> Result<Claim, StoreError>;

    /// Adds records: all of them or none, durable on return. Order within the batch is kept.
    ///
    /// An execution's first record carries its head, and so does each one that changes the status: a head that is not
    /// `Running` ends the execution, a later one that is `Running` opens it again (redrive). That a name is free is
    /// the caller's to look up with [`Store::find`] before.
    ///
    /// A repeated commit after [`StoreErrorKind::Ambiguous`] is not safe: open the store again, claim and look.
    ///
    /// # Errors
    /// `LeaseLost` for an old fencing number; `Permanent` for a record of an execution that the store does not know;
    /// `Ambiguous` where a write failed, and `Permanent` for each commit after it: nothing more may be acknowledged.
    fn commit(&self, fencing: Fencing, batch: Vec<Commit>) -> Result<(), StoreError>;

    /// The head of the execution of this name.
    ///
    /// # Errors
    /// Damaged data, I/O.
    fn find(&self, workflow: &str, name: &str) -> Result<Option<ExecutionHead>, StoreError>;

    /// The execution and all its records.
    ///
    /// # Errors
    /// Damaged data, I/O.
    fn load(&self, number: ExecutionNumber) -> Result<Option<StoredExecution>, StoreError>;

    /// Heads, newest (greatest number) first.
    ///
    /// # Errors
    /// Damaged data, I/O.
    fn list(&self, query: &ListQuery) -> Result<Vec<ExecutionHead>, StoreError>;

    /// Keeps a definition's text under its hash; durable on return. Repeating it changes nothing.
    ///
    /// # Errors
    /// I/O.
    fn put_definition(&self, hash: DefinitionHash, text: &str) -> Result<(), StoreError>;

    /// The definition of this hash.
    ///
    /// # Errors
    /// Damaged data, I/O.
    fn definition(&self, hash: DefinitionHash) -> Result<Option<String>, StoreError>;

    /// Forgets executions that have ended, oldest first: their records are gone, their names are free, their numbers are not
    /// used again. What a call has forgotten stays forgotten, a crash included; one that is cut off may be repeated.
    ///
    /// # Errors
    /// `LeaseLost` for an old fencing number, damaged data, I/O. `Permanent` from a store that keeps everything, which is what
    /// one that does not implement this says.
    fn prune(&self, fencing: Fencing, query: &PruneQuery) -> Result<Pruned, StoreError> {
        let _ = (fencing, query);
        Err(StoreError::keeps_everything())
    }
}

/// What went wrong in a store, and of what kind.
#[derive(Debug, thiserror::Error)]
#[error("{message} [{code}]")]
pub struct StoreError {
    /// What the caller may do about it.
    pub kind: StoreErrorKind,
    /// `WF3xxx`.
    pub code: &'static str,
    /// What happened, to what, and what to do.
    pub message: String,
    /// What the store's library said.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What the caller may do about a [`StoreError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Another owner has claimed the executions.
    LeaseLost,
    /// The store is in use by another process.
    Busy,
    /// Nothing was written; later may go well.
    Transient,
    /// It is not known whether the batch was written.
    Ambiguous,
    /// The data is damaged.
    Corrupt,
    /// Written by a newer version of this crate.
    Newer,
    /// It will not go well: full disk, no permission.
    Permanent,
}

/// The format that is written now.
#[cfg(all(test, feature = "sled"))]
pub(crate) fn sled_format() -> u64 {
    sled::format_now()
}
