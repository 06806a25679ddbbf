//! Scans a file of many pages: the pages are far past the 256 KiB that may travel, so that references to them do.
//!
//! `cargo run -q -p examples --bin scan -- run --input '{"reference": "DEED-1", "pages": 600}'`

#![allow(clippy::missing_errors_doc, clippy::missing_panics_doc, reason = "the error enums say it")]

use workflow_runtime::blob::{Blob, BlobError, Bytes};
use workflow_runtime::cli::App;
use workflow_runtime::prelude::*;

/// What to scan.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct File {
    /// What it is filed under.
    #[payload(max_len = 40)]
    pub reference: String,
    /// How many pages it has.
    pub pages: usize,
}

/// Some pages of it.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Batch {
    /// The number of the first.
    pub first: usize,
    /// A kilobyte each.
    pub pages: Vec<String>,
}

/// Feeds the scanner: a hundred pages at a time.
#[step]
pub async fn scan(context: StepContext, file: File) -> Result<Vec<Blob<Batch>>, BlobError> {
    let mut batches = Vec::new();
    for first in (0..file.pages).step_by(100) {
        let last = file.pages.min(first + 100);
        let pages = (first..last).map(|page| format!("{page:>1000}")).collect();
        batches.push(Blob::put(&context, &Batch { first, pages }).await?);
    }
    Ok(batches)
}

/// Finds the words of a batch.
#[step(retry(on(BlobError::Unavailable), max_attempts = 3))]
pub async fn recognise(context: StepContext, batch: Blob<Batch>) -> Result<Blob<Bytes>, BlobError> {
    let batch = batch.load(&context).await?;
    let words = batch.pages.iter().map(|page| page.trim()).collect::<Vec<_>>().join(" ");
    Blob::put(&context, &Bytes(words.into_bytes())).await
}

/// Binds the texts into one, and says how long it is.
#[step]
pub async fn bind(context: StepContext, reference: String, texts: Vec<Blob<Bytes>>) -> Result<String, BlobError> {
    let mut bound = Vec::new();
    for text in texts {
        bound.extend(text.load(&context).await?.0);
        bound.push(b' ');
    }
    let words = bound.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).count();
    Ok(format!("{reference}: {words} words"))
}

workflow!(
    /// Scans a file, recognises its pages batch by batch, and binds the texts.
    pub async fn scan_file(file: File) -> Result<String> {
        let batches = scan(file).await?;
        #[max_concurrency(4)]
        let texts = try_map(batches, async |batch| recognise(batch).await).await?;
        bind(file.reference, texts).await
    }
);

fn main() -> std::process::ExitCode {
    App::new().register::<ScanFile>().main()
}
