//! A value that becomes a blob once it is large.

use serde::{Deserialize, Serialize};

use super::{Blob, BlobAccess, BlobContent, BlobError};
use crate::Payload;

/// A value that travels as it is while its JSON text has at most `ABOVE` bytes (64 KiB unless said otherwise), and as a [`Blob`]
/// above.
///
/// ```
/// use workflow_runtime::prelude::*;
/// use workflow_runtime::blob::{BlobError, Spill};
///
/// #[step]
/// pub async fn search(context: StepContext, words: String) -> Result<Spill<Vec<String>>, BlobError> {
///     let found = vec![words; 3]; // three today, a million tomorrow
///     Spill::put(&context, found).await
/// }
///
/// #[step]
/// pub async fn count(context: StepContext, found: Spill<Vec<String>>) -> Result<usize, BlobError> {
///     Ok(found.load(&context).await?.len())
/// }
/// ```
///
/// As JSON: `{"value": ..}` or `{"blob": {"blob": .., "size": ..}}`, on AWS and here. The type says in the signature that a step may
/// get either, and `load` reads both, so that no step depends on which it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(bound = "")]
pub struct Spill<T: Payload, const ABOVE: u64 = 65_536> {
    /// The value, where it is small.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<T>,
    /// The reference, where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blob: Option<Blob<T>>,
}

impl<T: Payload + Sync, const ABOVE: u64> Spill<T, ABOVE> {
    /// Takes the value along, or stores it where it is large.
    ///
    /// # Errors
    /// As [`Blob::put`].
    pub async fn put(access: &impl BlobAccess, value: T) -> Result<Self, BlobError> {
        if value.to_content()?.len() as u64 <= ABOVE {
            return Ok(Self { value: Some(value), blob: None });
        }
        Ok(Self { value: None, blob: Some(Blob::put(access, &value).await?) })
    }

    /// The value, from wherever it is.
    ///
    /// # Errors
    /// As [`Blob::load`].
    pub async fn load(self, access: &impl BlobAccess) -> Result<T, BlobError> {
        match (self.value, self.blob) {
            (Some(value), _) => Ok(value),
            (None, Some(blob)) => blob.load(access).await,
            // `Some(())` and `Some(None)` are written as null, and read as nothing.
            (None, None) => T::from_content(b"null".to_vec()),
        }
    }

    /// Whether it lies in the store of blobs.
    pub fn is_blob(&self) -> bool {
        self.blob.is_some()
    }
}
