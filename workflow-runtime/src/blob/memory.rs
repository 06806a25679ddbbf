//! A store of blobs that lasts as long as its process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, ready};

use super::{BlobError, BlobId, BlobReference, BlobStore, NewBlob, ReclaimBlobs};

/// Keeps blobs in memory: what a `MemoryStore` brings along.
#[derive(Debug, Default)]
pub struct MemoryBlobs {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    blobs: BTreeMap<BlobId, (Vec<u8>, Vec<BlobId>)>,
    fresh: BTreeSet<BlobId>,
    remembered: String,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.blobs.keys()).finish()
    }
}

impl MemoryBlobs {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing panics while it is held half changed, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.lock().blobs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl BlobStore for MemoryBlobs {
    fn put(&self, blob: NewBlob) -> BoxFuture<'_, Result<Option<String>, BlobError>> {
        let mut inner = self.lock();
        inner.fresh.insert(blob.id);
        inner.blobs.insert(blob.id, (blob.content, blob.names));
        Box::pin(ready(Ok(None)))
    }

    fn get<'a>(&'a self, blob: &'a BlobReference) -> BoxFuture<'a, Result<Vec<u8>, BlobError>> {
        let found = self.lock().blobs.get(&blob.id).map(|(content, _)| content.clone());
        Box::pin(ready(found.ok_or_else(|| BlobError::missing(blob, "in memory"))))
    }

    fn reclaim(&self) -> Option<&dyn ReclaimBlobs> {
        Some(self)
    }
}

impl ReclaimBlobs for MemoryBlobs {
    fn list(&self) -> Result<Vec<BlobId>, BlobError> {
        Ok(self.lock().blobs.keys().copied().collect())
    }

    fn names(&self, id: BlobId) -> Result<Vec<BlobId>, BlobError> {
        Ok(self.lock().blobs.get(&id).map(|(_, names)| names.clone()).unwrap_or_default())
    }

    fn remove(&self, id: BlobId, is_needed: &dyn Fn() -> bool) -> Result<Option<u64>, BlobError> {
        let mut inner = self.lock();
        if inner.fresh.contains(&id) || is_needed() {
            return Ok(None);
        }
        Ok(inner.blobs.remove(&id).map(|(content, _)| content.len() as u64))
    }

    fn begin(&self) -> Vec<BlobId> {
        std::mem::take(&mut self.lock().fresh).into_iter().collect()
    }

    fn remembered(&self) -> String {
        self.lock().remembered.clone()
    }

    fn remember(&self, text: &str) {
        text.clone_into(&mut self.lock().remembered);
    }
}
