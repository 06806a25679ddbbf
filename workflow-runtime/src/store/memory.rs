//! A store that lasts as long as its process: tests, and runs that nobody needs to find again.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{
    Claim, Commit, DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, ListQuery, PruneQuery, Pruned, Store,
    StoreError, StoredExecution,
};
use crate::blob::{BlobStore, MemoryBlobs};
use crate::engine::ExecutionStatus;

/// Keeps executions in memory. Nothing survives the process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
    blobs: Arc<MemoryBlobs>,
}

#[derive(Debug, Default)]
struct Inner {
    fencing: u64,
    /// The greatest number so far.
    last_number: u64,
    executions: BTreeMap<ExecutionNumber, StoredExecution>,
    names: HashMap<(String, String), ExecutionNumber>,
    definitions: HashMap<DefinitionHash, String>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Each method leaves `Inner` whole at every point where it could panic, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn check_owner(&self, fencing: Fencing) -> Result<(), StoreError> {
        if fencing.0 == self.fencing { Ok(()) } else { Err(StoreError::lease_lost(fencing, Fencing(self.fencing))) }
    }

    fn forget(&mut self, number: ExecutionNumber) {
        let Some(stored) = self.executions.remove(&number) else { return };
        let name = (stored.head.workflow, stored.head.name);
        if self.names.get(&name) == Some(&number) {
            self.names.remove(&name);
        }
    }

    /// Refuses the whole batch before any of it is taken.
    fn check(&self, fencing: Fencing, batch: &[Commit]) -> Result<(), StoreError> {
        self.check_owner(fencing)?;
        super::check_batch(batch, |number| Ok(self.executions.contains_key(&number)))
    }

    fn take(&mut self, commit: Commit) {
        let Commit { number, record, head } = commit;
        if let Some(known) = self.executions.get_mut(&number) {
            known.records.push(record);
            if let Some(head) = head {
                known.head = head;
            }
        } else if let Some(head) = head {
            self.last_number = self.last_number.max(number.0);
            self.names.insert((head.workflow.clone(), head.name.clone()), number);
            self.executions.insert(number, StoredExecution { head, records: vec![record] });
        }
    }
}

impl Store for MemoryStore {
    fn is_durable(&self) -> bool {
        false
    }

    fn may_be_transient(&self) -> bool {
        false
    }

    fn blobs(&self) -> Option<Arc<dyn BlobStore>> {
        let blobs: Arc<MemoryBlobs> = Arc::clone(&self.blobs);
        Some(blobs)
    }

    fn claim(&self) -> Result<Claim, StoreError> {
        let mut inner = self.lock();
        inner.fencing += 1;
        let running = |stored: &&StoredExecution| stored.head.status == ExecutionStatus::Running;
        Ok(Claim {
            fencing: Fencing(inner.fencing),
            unfinished: inner.executions.values().filter(running).cloned().collect(),
            next_number: ExecutionNumber(inner.last_number.saturating_add(1)),
        })
    }

    fn commit(&self, fencing: Fencing, batch: Vec<Commit>) -> Result<(), StoreError> {
        let mut inner = self.lock();
        inner.check(fencing, &batch)?;
        for commit in batch {
            inner.take(commit);
        }
        Ok(())
    }

    fn find(&self, workflow: &str, name: &str) -> Result<Option<ExecutionHead>, StoreError> {
        let inner = self.lock();
        let number = inner.names.get(&(workflow.to_owned(), name.to_owned()));
        Ok(number.and_then(|number| inner.executions.get(number)).map(|stored| stored.head.clone()))
    }

    fn load(&self, number: ExecutionNumber) -> Result<Option<StoredExecution>, StoreError> {
        Ok(self.lock().executions.get(&number).cloned())
    }

    fn list(&self, query: &ListQuery) -> Result<Vec<ExecutionHead>, StoreError> {
        let inner = self.lock();
        let heads = inner.executions.values().rev().map(|stored| &stored.head);
        Ok(heads.filter(|head| query.matches(head)).take(query.page_size()).cloned().collect())
    }

    fn put_definition(&self, hash: DefinitionHash, text: &str) -> Result<(), StoreError> {
        self.lock().definitions.entry(hash).or_insert_with(|| text.to_owned());
        Ok(())
    }

    fn definition(&self, hash: DefinitionHash) -> Result<Option<String>, StoreError> {
        Ok(self.lock().definitions.get(&hash).cloned())
    }

    fn prune(&self, fencing: Fencing, query: &PruneQuery) -> Result<Pruned, StoreError> {
        let mut inner = self.lock();
        inner.check_owner(fencing)?;
        let from = query.after.map_or(0, |after| after.0.saturating_add(1));
        let mut rest = inner.executions.range(ExecutionNumber(from)..);
        let seen: Vec<_> = rest.by_ref().take(query.limit.max(1)).map(|(number, it)| (*number, &it.head)).collect();
        let next = if rest.next().is_some() { seen.last().map(|(number, _)| *number) } else { None };
        let forgotten: Vec<_> =
            seen.into_iter().filter(|(_, head)| query.matches(head)).map(|(number, _)| number).collect();
        if !query.dry_run {
            for &number in &forgotten {
                inner.forget(number);
            }
        }
        Ok(Pruned { forgotten, next })
    }
}
