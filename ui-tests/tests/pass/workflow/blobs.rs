// Large values: a reference travels wherever a value may, and only steps look inside.
use workflow_runtime::blob::{Blob, BlobError, Bytes, Spill};
use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Report {
    pub title: String,
    pub pages: Vec<Blob<Bytes>>,
}

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Filed {
    pub report: Blob<Report>,
    pub cover: Option<Blob<Bytes>>,
    pub notes: Spill<Vec<String>, 10_000>,
}

#[step]
pub async fn write(context: StepContext, title: String) -> Result<Filed, BlobError> {
    let page = Blob::put(&context, &Bytes(vec![1, 2, 3])).await?;
    let notes = Spill::put(&context, vec![title.clone()]).await?;
    let report = Blob::put(&context, &Report { title, pages: vec![page.clone()] }).await?;
    Ok(Filed { report, cover: Some(page), notes })
}

#[step(retry(on(BlobError::Unavailable), max_attempts = 3))]
pub async fn pages(context: StepContext, report: Blob<Report>) -> Result<Vec<Blob<Bytes>>, BlobError> {
    Ok(report.load(&context).await?.pages)
}

#[step]
pub async fn weigh(context: StepContext, page: Blob<Bytes>) -> Result<usize, BlobError> {
    Ok(page.load(&context).await?.0.len())
}

#[step]
pub async fn count(context: StepContext, notes: Spill<Vec<String>, 10_000>) -> Result<usize, BlobError> {
    Ok(notes.load(&context).await?.len())
}

#[step(callback, timeout = "1d")]
pub async fn sign(token: TaskToken, report: Blob<Report>) -> Callback<Blob<Bytes>> {
    drop((token, report));
    Callback::pending()
}

workflow!(
    pub async fn inner_flow(report: Blob<Report>) -> Result<usize> {
        let pages = pages(report).await?;
        let weights = try_map(pages, async |page| weigh(page).await).await?;
        Ok(weights.iter().sum())
    }
);

workflow!(
    pub async fn report_flow(title: String) -> Result<Filed> {
        let filed = write(title).await?;
        let (weight, notes) = try_join!(inner_flow(filed.report), count(filed.notes))?;
        let mut cover = filed.cover;
        if weight + notes > 10 {
            cover = Some(sign(filed.report).await?);
        }
        Ok(Filed { cover, ..filed })
    }
);

fn main() {
    let machine = ReportFlow::definition().to_asl_json();
    // To the machine it is a value: nothing of it knows what is behind.
    assert!(machine.contains("Resource") && !machine.contains("sha256"));
}
