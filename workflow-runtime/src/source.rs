//! Where `try_map_distributed` reads its items: [`csv`], [`json`], [`json_lines`], [`objects`].
//!
//! ```
//! use workflow_runtime::prelude::*;
//! use workflow_runtime::source;
//!
//! #[derive(Clone, Serialize, Deserialize, Payload)]
//! pub struct Row { pub sku: String, pub amount: String }
//!
//! #[step]
//! pub async fn book(row: Row) -> u64 { row.amount.parse().unwrap_or(0) }
//!
//! workflow!(
//!     pub async fn book_all(key: String) -> Result<Vec<u64>> {
//!         #[max_concurrency(100)]
//!         try_map_distributed(source::csv::<Row>("orders", key), async |row| book(row).await).await
//!     }
//! );
//! ```
//!
//! On AWS they are objects in S3; the local runtime reads the same bucket and key from a directory. They only mean something
//! inside `workflow!`, which reads them and never runs them.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::Payload;

/// Items of type `T` that are read where they are.
#[derive(Debug)]
pub struct Source<T>(PhantomData<fn() -> T>);

impl<T> Source<T> {
    const NEW: Self = Self(PhantomData);
}

/// The rows of a CSV file, whose first row names the columns. Every field of `T` is text.
pub fn csv<T: Payload>(_bucket: impl Into<String>, _key: impl Into<String>) -> Source<T> {
    Source::NEW
}

/// The elements of a file that holds one JSON array.
pub fn json<T: Payload>(_bucket: impl Into<String>, _key: impl Into<String>) -> Source<T> {
    Source::NEW
}

/// The lines of a file, each a JSON value.
pub fn json_lines<T: Payload>(_bucket: impl Into<String>, _key: impl Into<String>) -> Source<T> {
    Source::NEW
}

/// The objects of a bucket whose keys begin with a prefix: what is known of them, not what is in them.
pub fn objects(_bucket: impl Into<String>, _prefix: impl Into<String>) -> Source<S3Object> {
    Source::NEW
}

/// What a listing tells of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "PascalCase")]
#[payload(crate = crate)]
pub struct S3Object {
    /// Changes with the content.
    pub etag: String,
    /// Its name in the bucket.
    pub key: String,
    /// Seconds since 1970.
    pub last_modified: f64,
    /// In bytes.
    pub size: u64,
    /// `STANDARD` and the like.
    pub storage_class: String,
}

/// What a map run yields whose results go to a [`result_writer`](crate::workflow!).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "PascalCase")]
#[payload(crate = crate)]
pub struct MapRunResult {
    /// The map run.
    pub map_run_arn: String,
    /// Where its results are.
    pub result_writer_details: ResultWriterDetails,
}

/// Where the results of a map run are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Payload)]
#[serde(rename_all = "PascalCase")]
#[payload(crate = crate)]
pub struct ResultWriterDetails {
    /// The bucket.
    pub bucket: String,
    /// The manifest that lists the files with the results.
    pub key: String,
}
