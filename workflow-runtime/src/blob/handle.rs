//! A store of blobs in the hands of a step.

use std::sync::Arc;

use super::{BlobError, BlobId, BlobReference, BlobStore, NewBlob};
use crate::step::StepSignals;

/// A store of blobs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn BlobStore>,
    /// Whose step puts.
    signals: Option<Arc<dyn StepSignals>>,
}

/// What reaches a store of blobs: a step's context, a runtime, [`Blobs`] itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not reach a store of blobs",
    label = "expected the step's `StepContext`, a `Runtime` or `Blobs`",
    note = "take `context: StepContext` as a parameter of the step and give `&context`"
)]
pub trait BlobAccess: Sync {
    /// The store.
    ///
    /// # Errors
    /// Where there is none.
    fn blobs(&self) -> Result<Blobs, BlobError>;
}

impl Blobs {
    /// This store.
    pub fn new(store: impl BlobStore) -> Self {
        Self::shared(Arc::new(store))
    }

    /// As [`new`](Self::new), for a store that others hold too.
    pub fn shared(store: Arc<dyn BlobStore>) -> Self {
        Self { store, signals: None }
    }

    /// What is put belongs to this attempt's execution.
    pub(crate) fn of_attempt(store: &Arc<dyn BlobStore>, signals: &Arc<dyn StepSignals>) -> Self {
        Self { store: Arc::clone(store), signals: Some(Arc::clone(signals)) }
    }

    pub(crate) fn into_store(self) -> Arc<dyn BlobStore> {
        self.store
    }

    pub(super) async fn put(
        &self,
        content: Vec<u8>,
        is_json: bool,
    ) -> Result<(BlobId, u64, Option<String>), BlobError> {
        let (id, size) = (BlobId::of(&content), content.len() as u64);
        let mut names = Vec::new();
        if is_json {
            BlobId::find_all(&content, |name| names.push(name));
            names.sort_unstable();
            names.dedup();
        }
        // Before it is there: a collection must not find it without its owner.
        if let Some(signals) = &self.signals {
            signals.blob_put(id);
        }
        let at = self.store.put(NewBlob { id, content, names }).await?;
        Ok((id, size, at))
    }

    pub(super) async fn get(&self, reference: &BlobReference) -> Result<Vec<u8>, BlobError> {
        let content = self.store.get(reference).await?;
        if content.len() as u64 == reference.size && BlobId::of(&content) == reference.id {
            Ok(content)
        } else {
            Err(BlobError::damaged(reference, content.len()))
        }
    }
}

impl BlobAccess for Blobs {
    fn blobs(&self) -> Result<Blobs, BlobError> {
        Ok(self.clone())
    }
}

/// What is said where a step has no store.
pub(crate) fn no_store() -> BlobError {
    BlobError::unavailable(
        "there is none; give the runtime one with `.blobs(..)`, or implement `blobs` for your own `Store`",
    )
}
