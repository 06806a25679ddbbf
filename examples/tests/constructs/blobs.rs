//! Large values: a reference travels, what is behind it only a step reads.

use serde_json::{Value, json};
use workflow_runtime::blob::{Blob, BlobError, Blobs, Bytes, MemoryBlobs, Spill};
use workflow_runtime::prelude::*;

use crate::harness::{Act, Bench, Script, err, ok};

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub(crate) struct Report {
    pub(crate) title: String,
    pub(crate) lines: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Filed {
    pub(crate) case_id: String,
    pub(crate) report: Blob<Report>,
    pub(crate) thumbs: Vec<Blob<Bytes>>,
    pub(crate) cover: Option<Blob<Bytes>>,
}

fn a_report(lines: usize) -> Report {
    Report { title: "deed".into(), lines: vec!["x".repeat(99); lines] }
}

fn thumb(number: u8) -> Bytes {
    Bytes(vec![number; 10])
}

#[step]
pub(crate) async fn file(context: StepContext, lines: usize) -> Result<Filed, BlobError> {
    let report = Blob::put(&context, &a_report(lines)).await?;
    let mut thumbs = Vec::new();
    for number in 0..3 {
        thumbs.push(Blob::put(&context, &thumb(number)).await?);
    }
    let cover = if lines > 10 { Some(Blob::put(&context, &thumb(9)).await?) } else { None };
    Ok(Filed { case_id: "C-1".into(), report, thumbs, cover })
}

#[step]
pub(crate) async fn count(context: StepContext, report: Blob<Report>) -> Result<usize, BlobError> {
    Ok(report.load(&context).await?.lines.len())
}

#[step]
pub(crate) async fn weigh(context: StepContext, thumb: Blob<Bytes>, factor: usize) -> Result<usize, BlobError> {
    Ok(thumb.load(&context).await?.0.len() * factor)
}

#[step(callback, timeout = "1d")]
pub(crate) async fn ask(token: TaskToken, context: StepContext, script: Data<Script>) -> Callback<Blob<Bytes>> {
    script.park(&context, token);
    Callback::pending()
}

/// Above a hundred bytes a blob.
#[step]
pub(crate) async fn search(context: StepContext, lines: usize) -> Result<Spill<Vec<String>, 100>, BlobError> {
    Spill::put(&context, vec!["found".into(); lines]).await
}

#[step]
pub(crate) async fn found(context: StepContext, found: Spill<Vec<String>, 100>) -> Result<usize, BlobError> {
    Ok(found.load(&context).await?.len())
}

workflow!(
    /// In structs, lists, options, branches, items, loops, and in the result.
    pub(crate) async fn wherever(lines: usize) -> Result<Filed> {
        let filed = file(lines).await?;
        let (counted, weights) =
            try_join!(count(filed.report), async { try_map(filed.thumbs, async |thumb| weigh(thumb, 2).await).await })?;
        let mut cover = filed.cover;
        for thumb in filed.thumbs {
            #[state = "WeighAgain"]
            weigh(thumb, counted).await?;
            if cover.is_none() {
                cover = Some(thumb);
            }
        }
        Ok(Filed { case_id: format!("{}-{}", filed.case_id, weights.len()), cover, ..filed })
    }
);

workflow!(
    /// Given from outside, and missing there.
    pub(crate) async fn given(report: Blob<Report>) -> Result<String> {
        match count(report).await {
            Ok(lines) => Ok(format!("{lines} lines")),
            Err(Failed(BlobError::Missing(_))) => Ok("gone".to_string()),
            Err(other) => return Err(other.into()),
        }
    }
);

workflow!(
    /// Whoever answers puts it.
    pub(crate) async fn answered(case: String) -> Result<Option<Blob<Bytes>>> {
        let blob = ask().await?;
        if case.is_empty() { Ok(None) } else { Ok(Some(blob)) }
    }
);

workflow!(
    /// Two references are one where content and place are.
    pub(crate) async fn compared(report: Blob<Report>) -> Result<bool> {
        let filed = file(3).await?;
        Ok(filed.report == report)
    }
);

workflow!(
    pub(crate) async fn spilled(lines: usize) -> Result<(usize, Spill<Vec<String>, 100>)> {
        let hits = search(lines).await?;
        let counted = found(hits).await?;
        Ok((counted, hits))
    }
);

/// The reference as JSON: the same wherever it is put.
async fn reference<T: workflow_runtime::blob::BlobContent>(content: &T) -> Value {
    let blob = Blob::put(&Blobs::new(MemoryBlobs::new()), content).await.expect("put");
    serde_json::to_value(blob).expect("JSON")
}

#[tokio::test(start_paused = true)]
async fn blobs() {
    let mut bench = Bench::default();
    let mut thumbs = Vec::new();
    for number in 0..3 {
        thumbs.push(reference(&thumb(number)).await);
    }
    for lines in [2, 4_000] {
        let cover = if lines > 10 { reference(&thumb(9)).await } else { thumbs[0].clone() };
        let report = reference(&a_report(lines)).await;
        let end = ok(json!({"caseId": "C-1-3", "report": report, "thumbs": thumbs, "cover": cover}));
        bench.run::<Wherever>(lines, &[], end, "*").await;
    }
    let unknown = json!({"blob": "ab".repeat(32), "size": 3});
    bench.run::<Given>(unknown, &[], ok("gone"), "Count Done").await;
    bench.run::<Given>(json!({"blob": "no hash", "size": 3}), &[], err("States.TaskFailed"), "Count").await;
    for (lines, same) in [(3, true), (4, false)] {
        bench.run::<Compared>(reference(&a_report(lines)).await, &[], ok(same), "File").await;
    }
    let answer = reference(&thumb(7)).await;
    bench.run::<Answered>("C-1", &[("Ask", Act::Answer(answer.clone()))], ok(answer.clone()), "*").await;
    bench.run::<Answered>("", &[("Ask", Act::Answer(answer))], ok(Value::Null), "*").await;
    let small = vec!["found"; 3];
    bench.run::<Spilled>(3, &[], ok(json!([3, {"value": small}])), "Search Found").await;
    let large: Vec<String> = vec!["found".into(); 300];
    let end = ok(json!([300, {"blob": reference(&large).await}]));
    bench.run::<Spilled>(300, &[], end, "Search Found").await;
    bench.compare();
}
