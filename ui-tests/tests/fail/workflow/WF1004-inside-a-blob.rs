//! A workflow passes a blob on; only a step looks inside.

#![allow(unused_imports, dead_code)]

use workflow_runtime::blob::{Blob, BlobError, Spill};
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
    pub async fn report_flow(id: String) -> Result<usize> {
        let report = read_report(id).await?;
        let whole = report.load().await?;
        Ok(whole.lines.len())
    }
);

workflow!(
    pub async fn size_flow(id: String) -> Result<u64> {
        let report = read_report(id).await?;
        Ok(report.size())
    }
);

workflow!(
    pub async fn put_flow(id: String) -> Result<()> {
        let report = Blob::put(id).await?;
        Ok(())
    }
);

fn main() {}
