//! Where blobs lie: a trait that users implement for theirs.

use futures_util::future::BoxFuture;

use super::{BlobError, BlobId};

/// Keeps blobs. Those that come with the crate are [`FolderBlobs`](super::FolderBlobs), which a `SledStore` brings along, and
/// [`MemoryBlobs`](super::MemoryBlobs). Behind Lambda functions an implementation puts objects into a bucket: the guide on large
/// payloads shows one.
///
/// Whoever calls has hashed the content, and checks what comes back: a store need do neither.
pub trait BlobStore: Send + Sync + std::fmt::Debug + 'static {
    /// Stores the content under its id, durable on return. Repeating it changes nothing. Answers where it lies, for readers
    /// that do not know this store (`s3://bucket/key`): the reference carries it.
    ///
    /// # Errors
    /// [`BlobError::unavailable`].
    fn put(&self, blob: NewBlob) -> BoxFuture<'_, Result<Option<String>, BlobError>>;

    /// The content.
    ///
    /// # Errors
    /// [`BlobError::missing`], [`BlobError::unavailable`].
    fn get<'a>(&'a self, blob: &'a BlobReference) -> BoxFuture<'a, Result<Vec<u8>, BlobError>>;

    /// For stores whose blobs the runtime removes when nothing names them any more. A bucket has its lifecycle rules.
    fn reclaim(&self) -> Option<&dyn ReclaimBlobs> {
        None
    }
}

/// A blob to store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewBlob {
    /// SHA-256 of the content: its name.
    pub id: BlobId,
    /// What is to be stored.
    pub content: Vec<u8>,
    /// Blobs that the content names: they live as long as this one.
    pub names: Vec<BlobId>,
}

/// What travels of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlobReference {
    /// Its name.
    pub id: BlobId,
    /// Bytes of its content.
    pub size: u64,
    /// What [`BlobStore::put`] answered.
    pub at: Option<String>,
}

/// The part of a store that the runtime's collection uses. Its calls block.
pub trait ReclaimBlobs: Send + Sync {
    /// Every blob.
    ///
    /// # Errors
    /// I/O. Nothing is removed then.
    fn list(&self) -> Result<Vec<BlobId>, BlobError>;

    /// What this blob's content names. Nothing for one that is gone.
    ///
    /// # Errors
    /// I/O, damage. Nothing is removed then.
    fn names(&self, id: BlobId) -> Result<Vec<BlobId>, BlobError>;

    /// Removes it, unless it was put since [`begin`](Self::begin) or `is_needed` says so, asked while no put of it can come in
    /// between. Answers its bytes
    /// where it was removed.
    ///
    /// # Errors
    /// I/O.
    fn remove(&self, id: BlobId, is_needed: &dyn Fn() -> bool) -> Result<Option<u64>, BlobError>;

    /// A collection begins. Answers what was put since the last one began.
    fn begin(&self) -> Vec<BlobId>;

    /// What [`remember`](Self::remember) was told last, if that is known.
    fn remembered(&self) -> String {
        String::new()
    }

    /// Keeps a text of the collection's for the next process. May be lost: blobs then live longer.
    fn remember(&self, text: &str) {
        let _ = text;
    }
}
