//! A reference is no call: there is nothing to wait for.

use workflow_runtime::blob::{Blob, BlobError};
use workflow_runtime::prelude::*;

#[derive(Serialize, Deserialize, Payload)]
pub struct Report {
    pub lines: Vec<String>,
}

#[step]
pub async fn read_report(context: StepContext, id: String) -> Result<Blob<Report>, BlobError> {
    Blob::put(&context, &Report { lines: vec![id] }).await
}

workflow!(
    pub async fn awaited_flow(id: String) -> Result<Blob<Report>> {
        let report = read_report(id).await?;
        let whole = report.await?;
        Ok(whole)
    }
);

fn main() {}
