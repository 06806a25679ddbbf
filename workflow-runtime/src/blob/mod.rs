//! Values too large to travel between states: [`Blob<T>`] is a *claim check*. The value lies in a [`BlobStore`]; what travels
//! is a reference of a hundred bytes.
//!
//! Read [`Blob`] first, then [`BlobStore`]. **Invariants.** A blob is named by the SHA-256 of its content and never changes. It
//! is durable before [`Blob::put`] returns, so before any transition that names it. Nothing here decides when a blob is removed:
//! the runtime's collection does, and only it.

mod error;
mod folder;
mod handle;
mod id;
pub(crate) mod layout;
mod memory;
mod spill;
mod store;
#[cfg(test)]
mod tests;

pub use error::BlobError;
pub use folder::FolderBlobs;
pub(crate) use handle::no_store;
pub use handle::{BlobAccess, Blobs};
pub use id::{BlobId, BlobIdError};
pub use memory::MemoryBlobs;
pub use spill::Spill;
pub use store::{BlobReference, BlobStore, NewBlob, ReclaimBlobs};

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::payload::{Payload, Type};

/// A value that lies in the store of blobs; what travels between states is a reference to it.
///
/// ```
/// use workflow_runtime::prelude::*;
/// use workflow_runtime::blob::{Blob, BlobError};
///
/// #[derive(Serialize, Deserialize, Payload)]
/// pub struct Catalogue { pub products: Vec<String> }
///
/// #[step]
/// pub async fn read_catalogue(context: StepContext) -> Result<Blob<Catalogue>, BlobError> {
///     let catalogue = Catalogue { products: vec!["far too many".into(); 100_000] };
///     Blob::put(&context, &catalogue).await
/// }
///
/// #[step]
/// pub async fn count_products(context: StepContext, catalogue: Blob<Catalogue>) -> Result<usize, BlobError> {
///     Ok(catalogue.load(&context).await?.products.len())
/// }
///
/// workflow!(
///     pub async fn count_flow(shop: String) -> Result<usize> {
///         let catalogue = read_catalogue().await?;
///         count_products(catalogue).await
///     }
/// );
/// ```
///
/// As JSON: `{"blob": "<64 hex digits, the SHA-256 of the content>", "size": <its bytes>}`, and `"at": "s3://bucket/key"` where the
/// store says where it put it. The content is the JSON text of a [`Payload`], or the bytes of [`Bytes`] as they are.
///
/// A workflow may pass it on wherever a value may stand; only a step can look inside. Equal contents are one blob.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
#[expect(clippy::struct_field_names, reason = "so it stands in JSON")]
pub struct Blob<T> {
    blob: BlobId,
    size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip)]
    content: PhantomData<fn() -> T>,
}

/// What a [`Blob`] may hold: every [`Payload`], as JSON text, and [`Bytes`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the content of a `Blob`",
    label = "neither a `Payload` nor `Bytes`",
    note = "add `#[derive(Serialize, Deserialize, Payload)]` to `{Self}`, or use `Blob<Bytes>` for bytes as they are"
)]
pub trait BlobContent: Sized + Send + 'static {
    /// What is stored.
    ///
    /// # Errors
    /// Where the value has no JSON.
    fn to_content(&self) -> Result<Vec<u8>, BlobError>;
    /// What was stored.
    ///
    /// # Errors
    /// Where the content is that of another type.
    fn from_content(bytes: Vec<u8>) -> Result<Self, BlobError>;
    /// Whether blobs may be named inside, which live as long as this one.
    #[doc(hidden)]
    const IS_JSON: bool;
}

impl<T: Payload> BlobContent for T {
    const IS_JSON: bool = true;

    fn to_content(&self) -> Result<Vec<u8>, BlobError> {
        serde_json::to_vec(self).map_err(|error| BlobError::Unfit(format!("the value has no JSON: {error} [WF2225]")))
    }

    fn from_content(bytes: Vec<u8>) -> Result<Self, BlobError> {
        serde_json::from_slice(&bytes).map_err(|error| {
            let place = (error.line(), error.column());
            let expected = std::any::type_name::<T>();
            BlobError::Unfit(format!(
                "the content is no `{expected}` (line {}, column {}): was it put as another type, or by another version of the \
                 program? [WF2225]",
                place.0, place.1
            ))
        })
    }
}

/// Bytes as they are: `Blob<Bytes>`, for files, images, archives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bytes(pub Vec<u8>);

impl BlobContent for Bytes {
    const IS_JSON: bool = false;

    fn to_content(&self) -> Result<Vec<u8>, BlobError> {
        Ok(self.0.clone())
    }

    fn from_content(bytes: Vec<u8>) -> Result<Self, BlobError> {
        Ok(Self(bytes))
    }
}

impl<T: BlobContent> Blob<T> {
    /// Stores a value; durable on return. `access` is a step's [`StepContext`](crate::StepContext), a
    /// [`Runtime`](crate::runtime::Runtime), or [`Blobs`].
    ///
    /// # Errors
    /// [`BlobError::Unavailable`] where the store cannot be written, [`BlobError::Unfit`] for a value without JSON.
    ///
    /// # Cancel safety
    /// When dropped, the blob may or may not have been stored; one that nothing names is removed.
    pub async fn put(access: &impl BlobAccess, value: &T) -> Result<Self, BlobError> {
        let (blob, size, at) = access.blobs()?.put(value.to_content()?, T::IS_JSON).await?;
        Ok(Self { blob, size, at, content: PhantomData })
    }

    /// Reads the value, and checks that it is what was put.
    ///
    /// # Errors
    /// [`BlobError::Missing`], [`BlobError::Damaged`], [`BlobError::Unavailable`]; [`BlobError::Unfit`] where the content is no
    /// `T`.
    pub async fn load(&self, access: &impl BlobAccess) -> Result<T, BlobError> {
        let reference = BlobReference { id: self.blob, size: self.size, at: self.at.clone() };
        T::from_content(access.blobs()?.get(&reference).await?)
    }
}

impl<T> Blob<T> {
    /// The SHA-256 of its content.
    pub fn id(&self) -> BlobId {
        self.blob
    }

    /// Bytes of its content.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Where the store put it, where it says so: `s3://bucket/key`.
    pub fn location(&self) -> Option<&str> {
        self.at.as_deref()
    }
}

impl<T> Clone for Blob<T> {
    fn clone(&self) -> Self {
        Self { blob: self.blob, size: self.size, at: self.at.clone(), content: PhantomData }
    }
}

/// Of one content, in the same place: as a workflow compares references, which are JSON there.
impl<T> PartialEq for Blob<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.blob, self.size, &self.at) == (other.blob, other.size, &other.at)
    }
}

impl<T> Eq for Blob<T> {}

impl<T> std::fmt::Debug for Blob<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blob").field("blob", &self.blob).field("size", &self.size).finish_non_exhaustive()
    }
}

impl<T: BlobContent> Payload for Blob<T> {
    fn ty() -> Type {
        wire::Blob::ty()
    }
}

/// The reference's JSON, described.
mod wire {
    use crate::Payload;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Payload)]
    #[payload(crate = crate)]
    #[expect(clippy::struct_field_names, reason = "so it stands in JSON")]
    pub(super) struct Blob {
        /// SHA-256 of the content, in 64 hex digits.
        blob: String,
        /// Bytes of the content.
        size: u64,
        /// Where the store put it: `s3://bucket/key`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<String>,
    }
}
