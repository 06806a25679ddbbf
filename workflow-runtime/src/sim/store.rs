//! A store that fails as the plan says.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Sim;
use super::plan::{ForgetFault, StoreFault};
use crate::store::{
    Claim, Commit, DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, ListQuery, PruneQuery, Pruned, Store,
    StoreError, StoreErrorKind, StoredExecution,
};

/// What survives a process, and what goes wrong with it.
#[derive(Debug)]
pub(super) struct SimStore {
    pub(super) sim: Arc<Sim>,
    pub(super) inner: Arc<dyn Store>,
    pub(super) durable: bool,
    pub(super) committers: usize,
    /// The latest fencing number.
    pub(super) claims: AtomicU64,
}

fn error(kind: StoreErrorKind, message: &str) -> StoreError {
    StoreError::new(kind, "WF3007", message)
}

impl SimStore {
    fn apply(&self, fencing: Fencing, batch: Vec<Commit>) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        if self.sim.loses(&batch) {
            self.sim.changed.notify_one();
            return Ok(());
        }
        let taken = batch.clone();
        let fencing = if self.sim.ignores_fencing() { self.latest() } else { fencing };
        self.inner.commit(fencing, batch)?;
        self.sim.took(&taken);
        Ok(())
    }

    fn faulty(&self, fault: StoreFault, fencing: Fencing, mut batch: Vec<Commit>) -> Result<(), StoreError> {
        match fault {
            StoreFault::Transient(_) => Err(error(StoreErrorKind::Transient, "not now")),
            StoreFault::Permanent => Err(error(StoreErrorKind::Permanent, "it will not go well")),
            StoreFault::AmbiguousDone => {
                self.apply(fencing, batch)?;
                Err(error(StoreErrorKind::Ambiguous, "it happened, and who knows"))
            }
            StoreFault::AmbiguousNotDone => Err(error(StoreErrorKind::Ambiguous, "it did not happen, and who knows")),
            StoreFault::Torn(records) => {
                batch.truncate(usize::try_from(records).unwrap_or(usize::MAX));
                self.apply(fencing, batch)?;
                self.sim.die("the commit is torn");
                Err(error(StoreErrorKind::Ambiguous, "the process dies"))
            }
            StoreFault::Full(_) => Err(error(StoreErrorKind::Permanent, "the disk is full")),
            StoreFault::Panic => {
                self.sim.changed.notify_one();
                std::panic::resume_unwind(Box::new("the store panics"))
            }
            StoreFault::Usurped => {
                let usurper = self.inner.claim()?;
                self.claims.fetch_max(usurper.fencing.0, Ordering::SeqCst);
                self.apply(fencing, batch)
            }
            StoreFault::Slow(..) => self.apply(fencing, batch),
        }
    }

    fn read<T>(&self, what: &str, read: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        if self.sim.read_fails(what) {
            return Err(error(StoreErrorKind::Transient, "it cannot be read now"));
        }
        read()
    }

    fn latest(&self) -> Fencing {
        Fencing(self.claims.load(Ordering::SeqCst))
    }

    fn not_full(&self) -> Result<(), StoreError> {
        if self.sim.is_full() { Err(error(StoreErrorKind::Permanent, "the disk is full")) } else { Ok(()) }
    }
}

impl Store for SimStore {
    fn is_durable(&self) -> bool {
        self.durable
    }

    fn concurrent_commits(&self) -> usize {
        self.committers
    }

    fn blobs(&self) -> Option<Arc<dyn crate::blob::BlobStore>> {
        self.inner.blobs()
    }

    fn claim(&self) -> Result<Claim, StoreError> {
        self.not_full()?;
        let mut claim = self.inner.claim()?;
        self.claims.fetch_max(claim.fencing.0, Ordering::SeqCst);
        self.sim.owned();
        if self.sim.loses_the_last() {
            for stored in claim.unfinished.iter_mut().filter(|stored| stored.records.len() > 1) {
                stored.records.pop();
            }
            return Ok(claim);
        }
        self.sim.claimed(&claim);
        Ok(claim)
    }

    fn commit(&self, fencing: Fencing, batch: Vec<Commit>) -> Result<(), StoreError> {
        let fault = self.sim.commit_begins(fencing, &batch);
        if self.sim.is_dead() {
            return Err(error(StoreErrorKind::Permanent, "the process is dead"));
        }
        let done = match fault {
            Some(fault) => self.faulty(fault, fencing, batch),
            None => self.not_full().and_then(|()| self.apply(fencing, batch)),
        };
        self.sim.commit_ends(fencing, &done);
        if self.sim.is_dead() {
            // Whoever waits for it in this very task goes no further either.
            return Err(error(StoreErrorKind::Ambiguous, "the process is dead"));
        }
        done
    }

    fn find(&self, workflow: &str, name: &str) -> Result<Option<ExecutionHead>, StoreError> {
        self.read("find", || self.inner.find(workflow, name))
    }

    fn load(&self, number: ExecutionNumber) -> Result<Option<StoredExecution>, StoreError> {
        self.read("load", || self.inner.load(number))
    }

    fn list(&self, query: &ListQuery) -> Result<Vec<ExecutionHead>, StoreError> {
        self.read("list", || self.inner.list(query))
    }

    fn put_definition(&self, hash: DefinitionHash, text: &str) -> Result<(), StoreError> {
        self.not_full()?;
        self.inner.put_definition(hash, text)?;
        self.sim.defined(hash, text);
        Ok(())
    }

    fn definition(&self, hash: DefinitionHash) -> Result<Option<String>, StoreError> {
        self.inner.definition(hash)
    }

    fn prune(&self, fencing: Fencing, query: &PruneQuery) -> Result<Pruned, StoreError> {
        let fault = self.sim.forget_begins(query);
        if self.sim.is_dead() {
            return Err(error(StoreErrorKind::Permanent, "the process is dead"));
        }
        self.not_full()?;
        if fault == Some(ForgetFault::Transient) {
            return Err(error(StoreErrorKind::Transient, "nothing is forgotten now"));
        }
        let mut query = query.clone();
        if fault == Some(ForgetFault::Half) {
            query.limit = 1;
        }
        let pruned = self.inner.prune(fencing, &query)?;
        self.sim.forgot(&query, &pruned);
        match fault {
            Some(ForgetFault::Half | ForgetFault::DiesAfter) => {
                self.sim.die("something was forgotten");
                Err(error(StoreErrorKind::Permanent, "the process is dead"))
            }
            Some(ForgetFault::Lost) => Err(error(StoreErrorKind::Transient, "who knows what was forgotten")),
            _ => Ok(pruned),
        }
    }
}
