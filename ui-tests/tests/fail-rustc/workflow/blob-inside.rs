//! A workflow reads fields of what a blob stands for, opens it, and gives it to a step that takes something else.

use workflow_runtime::blob::{Blob, BlobError, Bytes};
use workflow_runtime::prelude::*;

#[derive(Serialize, Deserialize, Payload)]
pub struct Report {
    pub lines: Vec<String>,
}

#[step]
pub async fn read_report(context: StepContext, id: String) -> Result<Blob<Report>, BlobError> {
    Blob::put(&context, &Report { lines: vec![id] }).await
}

#[step]
pub async fn print(context: StepContext, pdf: Blob<Bytes>) -> Result<usize, BlobError> {
    Ok(pdf.load(&context).await?.0.len())
}

#[step]
pub async fn summarize(report: Report) -> usize {
    report.lines.len()
}

workflow!(
    pub async fn field_flow(id: String) -> Result<usize> {
        let report = read_report(id).await?;
        Ok(report.lines.len())
    }
);

workflow!(
    pub async fn other_flow(id: String) -> Result<usize> {
        let report = read_report(id).await?;
        print(report).await
    }
);

workflow!(
    pub async fn value_flow(id: String) -> Result<usize> {
        let report = read_report(id).await?;
        summarize(report).await
    }
);

workflow!(
    pub async fn opened_flow(id: String) -> Result<Report> {
        let report = read_report(id).await?;
        Ok(*report)
    }
);

fn main() {}
