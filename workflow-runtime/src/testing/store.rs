//! A store whose process dies around one of its commits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::store::{
    Claim, Commit, DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, ListQuery, MemoryStore, Store, StoreError,
    StoreErrorKind, StoredExecution,
};

/// When the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Crash {
    /// The commit is lost.
    Before,
    /// The commit is durable, and nobody has been told.
    After,
}

impl std::fmt::Display for Crash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::After => "after",
        })
    }
}

/// Where the process dies, counted in commits of this life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CrashPoint {
    pub(crate) commit: usize,
    pub(crate) when: Crash,
}

/// A commit that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Noted {
    pub(crate) number: ExecutionNumber,
    pub(crate) record: Vec<u8>,
}

/// Keeps executions in memory, over all lives of the process.
#[derive(Debug, Default)]
pub(crate) struct CrashStore {
    inner: MemoryStore,
    state: Mutex<State>,
    pub(crate) crashed: Notify,
}

#[derive(Debug, Default)]
struct State {
    dies: Option<CrashPoint>,
    dead: bool,
    /// Of this life.
    commits: Vec<Noted>,
}

impl CrashStore {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new process begins, and dies there.
    pub(crate) fn begin_life(&self, dies: Option<CrashPoint>) {
        *self.state() = State { dies, dead: false, commits: Vec::new() };
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// What this life has committed, the one included at which it died.
    pub(crate) fn commits(&self) -> Vec<Noted> {
        self.state().commits.clone()
    }

    /// Everything that is stored.
    pub(crate) fn all(&self) -> Vec<StoredExecution> {
        let heads = self.inner.list(&ListQuery { limit: usize::MAX, ..ListQuery::default() }).unwrap_or_default();
        heads.iter().rev().filter_map(|head| self.inner.load(head.number).ok().flatten()).collect()
    }

    fn die(&self) -> StoreError {
        self.state().dead = true;
        self.crashed.notify_waiters();
        gone()
    }
}

fn gone() -> StoreError {
    StoreError {
        kind: StoreErrorKind::Permanent,
        code: "WF2106",
        message: "the process has died, as the test wanted it; nothing is committed any more".to_owned(),
        source: None,
    }
}

impl Store for CrashStore {
    /// Commits happen where they are asked for, so that every run of a test is the same.
    fn is_durable(&self) -> bool {
        false
    }

    fn may_be_transient(&self) -> bool {
        false
    }

    fn blobs(&self) -> Option<Arc<dyn crate::blob::BlobStore>> {
        self.inner.blobs()
    }

    fn claim(&self) -> Result<Claim, StoreError> {
        self.inner.claim()
    }

    fn commit(&self, fencing: Fencing, batch: Vec<Commit>) -> Result<(), StoreError> {
        let dies = {
            let mut state = self.state();
            if state.dead {
                return Err(gone());
            }
            let commit = state.commits.len();
            state.commits.extend(batch.iter().map(|it| Noted { number: it.number, record: it.record.clone() }));
            state.dies.filter(|dies| dies.commit == commit)
        };
        match dies {
            None => self.inner.commit(fencing, batch),
            Some(CrashPoint { when: Crash::Before, .. }) => Err(self.die()),
            Some(CrashPoint { when: Crash::After, .. }) => {
                self.inner.commit(fencing, batch)?;
                Err(self.die())
            }
        }
    }

    fn find(&self, workflow: &str, name: &str) -> Result<Option<ExecutionHead>, StoreError> {
        self.inner.find(workflow, name)
    }

    fn load(&self, number: ExecutionNumber) -> Result<Option<StoredExecution>, StoreError> {
        self.inner.load(number)
    }

    fn list(&self, query: &ListQuery) -> Result<Vec<ExecutionHead>, StoreError> {
        self.inner.list(query)
    }

    fn put_definition(&self, hash: DefinitionHash, text: &str) -> Result<(), StoreError> {
        self.inner.put_definition(hash, text)
    }

    fn definition(&self, hash: DefinitionHash) -> Result<Option<String>, StoreError> {
        self.inner.definition(hash)
    }
}
