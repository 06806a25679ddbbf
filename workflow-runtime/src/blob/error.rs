//! Why a blob cannot be had.

use serde::{Deserialize, Serialize};

use crate::{Payload, StepError};

/// Why a blob cannot be had, as a step's error: a step may return it, retry on it, or carry it in an error of its own with
/// `#[from]`.
///
/// ```
/// use workflow_runtime::prelude::*;
/// use workflow_runtime::blob::{Blob, BlobError, Bytes};
///
/// #[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
/// pub enum ScanError {
///     #[error("the scan is empty")]
///     Empty,
///     #[error(transparent)]
///     Blob(#[from] BlobError),
/// }
///
/// #[step(retry(on(ScanError::Blob), max_attempts = 2))]
/// pub async fn scan(context: StepContext, file: Blob<Bytes>) -> Result<usize, ScanError> {
///     let bytes = file.load(&context).await?.0;
///     if bytes.is_empty() { Err(ScanError::Empty) } else { Ok(bytes.len()) }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, Payload, StepError)]
#[payload(crate = crate)]
#[step_error(crate = crate)]
pub enum BlobError {
    /// It is not in the store.
    #[error("{0}")]
    #[step_error(name = "Blob.Missing")]
    Missing(String),
    /// Its content is not what was put.
    #[error("{0}")]
    #[step_error(name = "Blob.Damaged")]
    Damaged(String),
    /// The store cannot be reached, read or written now; later may go well.
    #[error("{0}")]
    #[step_error(name = "Blob.Unavailable")]
    Unavailable(String),
    /// The content is no value of that type, or the value has no JSON.
    #[error("{0}")]
    #[step_error(name = "Blob.Unfit")]
    Unfit(String),
}

impl BlobError {
    /// That there is no blob of this name `place`: "in the folder orders.db/payload-blobs", "in the bucket orders".
    pub fn missing(reference: &super::BlobReference, place: impl std::fmt::Display) -> Self {
        let super::BlobReference { id, size, .. } = reference;
        Self::Missing(format!(
            "blob {id} of {size} bytes is not {place}: it was removed, nothing having named it any more, or belongs to another \
             store [WF2222]"
        ))
    }

    /// That its content is not what was put.
    pub fn damaged(reference: &super::BlobReference, found: usize) -> Self {
        let super::BlobReference { id, size, .. } = reference;
        Self::Damaged(format!(
            "blob {id} of {size} bytes is damaged: {found} bytes are there, of another hash; restore it from a copy, or run the step \
             again that put it [WF2223]"
        ))
    }

    /// That the store cannot be reached, read or written now.
    pub fn unavailable(what: impl std::fmt::Display) -> Self {
        Self::Unavailable(format!("the store of blobs cannot be used: {what} [WF2224]"))
    }
}
