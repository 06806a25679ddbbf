//! Blobs: to the machine a value like others.
#![allow(unnameable_test_items, clippy::items_after_statements)]

use expect_test::expect;
use workflow_runtime::blob::{Blob, BlobError, Bytes, Spill};
use workflow_runtime::prelude::*;

use crate::support::states;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Report {
    pub title: String,
    pub lines: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub struct Filed {
    pub case_id: String,
    pub report: Blob<Report>,
    pub thumbs: Vec<Blob<Bytes>>,
    pub cover: Option<Blob<Bytes>>,
}

#[step]
pub async fn write_report(context: StepContext, customer: String) -> Result<Blob<Report>, BlobError> {
    Blob::put(&context, &Report { title: customer, lines: Vec::new() }).await
}

#[step(retry(on(BlobError::Unavailable), max_attempts = 3))]
pub async fn print_report(context: StepContext, report: Blob<Report>) -> Result<Blob<Bytes>, BlobError> {
    Blob::put(&context, &Bytes(report.load(&context).await?.title.into_bytes())).await
}

#[step]
pub async fn file(context: StepContext, case: String) -> Result<Filed, BlobError> {
    let report = Blob::put(&context, &Report { title: case.clone(), lines: Vec::new() }).await?;
    Ok(Filed { case_id: case, report, thumbs: Vec::new(), cover: None })
}

#[step]
pub async fn send(context: StepContext, customer: String, pdf: Blob<Bytes>) -> Result<usize, BlobError> {
    Ok(customer.len() + pdf.load(&context).await?.0.len())
}

#[step]
pub async fn search(context: StepContext, words: String) -> Result<Spill<Vec<String>>, BlobError> {
    Spill::put(&context, vec![words; 3]).await
}

#[step]
pub async fn count(context: StepContext, found: Spill<Vec<String>>) -> Result<usize, BlobError> {
    Ok(found.load(&context).await?.len())
}

#[test]
fn a_reference_is_passed_on_as_it_is() {
    workflow!(
        pub async fn report_flow(customer: String) -> Result<usize> {
            let report = write_report(customer).await?;
            let pdf = print_report(report).await?;
            send(customer, pdf).await
        }
    );
    expect![[r#"
        -> WriteReport
        WriteReport: Task
          Arguments "{% $states.input %}"
          Assign {"report":"{% $states.result %}"}
          Next -> PrintReport
        PrintReport: Task
          Arguments "{% $report %}"
          Retry {"ErrorEquals":["Blob.Unavailable"],"MaxAttempts":3}
          Assign {"pdf":"{% $states.result %}"}
          Next -> Send
        Send: Task
          Arguments {"customer":"{% $states.context.Execution.Input %}","pdf":"{% $pdf %}"}
          End true
    "#]]
    .assert_eq(&states::<ReportFlow>());
}

#[test]
fn a_reference_stands_wherever_a_value_does() {
    workflow!(
        pub async fn file_flow(case: String) -> Result<Filed> {
            let filed = file(case).await?;
            let sizes = try_map(filed.thumbs, async |thumb| send(case, thumb).await).await?;
            let cover = match filed.cover {
                Some(cover) => cover,
                None => print_report(filed.report).await?,
            };
            Ok(Filed { case_id: format!("{} {}", filed.case_id, sizes.len()), cover: Some(cover), ..filed })
        }
    );
    expect![[r#"
        -> File
        File: Task
          Arguments "{% $states.input %}"
          Assign {"filed":"{% $states.result %}"}
          Next -> ForEachThumb
        ForEachThumb: Map
          Items "{% $filed.thumbs %}"
            -> Send
            Send: Task
              Arguments {"customer":"{% $states.context.Execution.Input %}","pdf":"{% $states.input %}"}
              End true
          Assign {"sizes":"{% $states.result %}"}
          Next -> PrintReport?
        PrintReport?: Choice
          Choices {"Condition":"{% $filed.cover != null %}","Assign":{"cover":"{% $filed.cover %}"},"Next":"Done"}
          Default -> PrintReport
        PrintReport: Task
          Arguments "{% $filed.report %}"
          Retry {"ErrorEquals":["Blob.Unavailable"],"MaxAttempts":3}
          Output {"caseId":"{% $filed.caseId & ' ' & $formatNumber($count($sizes), '0') %}","report":"{% $filed.report %}","thumbs":"{% $filed.thumbs %}","cover":"{% $states.result %}"}
          End true
        Done: Succeed
          Output {"caseId":"{% $filed.caseId & ' ' & $formatNumber($count($sizes), '0') %}","report":"{% $filed.report %}","thumbs":"{% $filed.thumbs %}","cover":"{% $cover %}"}
    "#]].assert_eq(&states::<FileFlow>());
}

#[test]
fn a_spill_is_passed_on_as_it_is() {
    workflow!(
        pub async fn search_flow(words: String) -> Result<usize> {
            let found = search(words).await?;
            count(found).await
        }
    );
    expect![[r#"
        -> Search
        Search: Task
          Arguments "{% $states.input %}"
          Assign {"found":"{% $states.result %}"}
          Next -> Count
        Count: Task
          Arguments "{% $found %}"
          End true
    "#]]
    .assert_eq(&states::<SearchFlow>());
}

#[test]
fn a_missing_blob_is_caught_by_name() {
    workflow!(
        pub async fn careful_flow(report: Blob<Report>) -> Result<String> {
            match print_report(report).await {
                Ok(_) => Ok("printed".to_string()),
                Err(Failed(BlobError::Missing(_))) => Ok("gone".to_string()),
                Err(other) => return Err(other.into()),
            }
        }
    );
    expect![[r#"
        -> PrintReport
        PrintReport: Task
          Arguments "{% $states.input %}"
          Retry {"ErrorEquals":["Blob.Unavailable"],"MaxAttempts":3}
          Catch {"ErrorEquals":["Blob.Missing"],"Next":"Done"}
          Output "{% 'printed' %}"
          End true
        Done: Succeed
          Output "{% 'gone' %}"
    "#]]
    .assert_eq(&states::<CarefulFlow>());
}

/// As in Rust: content and place.
#[test]
fn references_are_compared_as_a_whole() {
    workflow!(
        pub async fn same_flow(filed: Filed) -> Result<bool> {
            let report = write_report(filed.case_id).await?;
            Ok(report == filed.report)
        }
    );
    expect![[r#"
        -> WriteReport
        WriteReport: Task
          Arguments "{% $states.context.Execution.Input.caseId %}"
          Output "{% $states.result.blob = $states.context.Execution.Input.report.blob and $states.result.size = $states.context.Execution.Input.report.size and ($exists($states.result.at) ? $states.result.at : null) = ($exists($states.context.Execution.Input.report.at) ? $states.context.Execution.Input.report.at : null) %}"
          End true
    "#]].assert_eq(&states::<SameFlow>());
}
