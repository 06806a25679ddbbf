//! Blobs of a type that has no JSON.

use workflow_runtime::blob::{Blob, BlobError};
use workflow_runtime::prelude::*;

pub struct Picture {
    pub pixels: Vec<u8>,
}

#[step]
pub async fn draw(width: u32) -> Result<Blob<Picture>, BlobError> {
    Err(BlobError::unavailable(width))
}

#[step]
pub async fn measure(picture: Blob<Picture>) -> u64 {
    picture.size()
}

fn main() {}
