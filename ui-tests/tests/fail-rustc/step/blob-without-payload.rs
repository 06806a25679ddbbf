//! Blobs of a type that has no JSON, or put where there is no store.

use workflow_runtime::blob::{Blob, BlobError, Spill};
use workflow_runtime::prelude::*;

pub struct Picture {
    pub pixels: Vec<u8>,
}

#[step]
pub async fn draw(context: StepContext) -> Result<Blob<Picture>, BlobError> {
    Blob::put(&context, &Picture { pixels: Vec::new() }).await
}

#[step]
pub async fn trim(picture: Spill<Picture>) -> bool {
    picture.is_blob()
}

#[step]
pub async fn note(text: String) -> Result<Blob<String>, BlobError> {
    Blob::put(&text, &text).await
}

fn main() {}
