//! Blobs that a test puts before and loads after.

use workflow_runtime::blob::{Blob, BlobError, Blobs, MemoryBlobs};
use workflow_runtime::prelude::*;
use workflow_runtime::testing::Test;

#[step]
pub async fn scan(context: StepContext, name: String) -> Result<Blob<String>, BlobError> {
    Blob::put(&context, &format!("scan of {name}")).await
}

#[step]
pub async fn read(context: StepContext, page: Blob<String>) -> Result<String, BlobError> {
    page.load(&context).await
}

workflow!(
    /// Scans, and reads much later.
    pub async fn scanning(name: String) -> Result<String> {
        let page = scan(name).await?;
        sleep(days(30)).await;
        read(page).await
    }
);

workflow!(
    /// Hands a blob through.
    pub async fn handing(page: Blob<String>) -> Result<Blob<String>> {
        let text = read(page).await?;
        scan(text).await
    }
);

#[test]
fn blobs_of_a_run_are_its_own() {
    let run = Test::<Scanning>::new().run("x".to_owned());
    run.assert_output(&"scan of x".to_owned());
    Test::<Scanning>::new().crash_everywhere("x".to_owned());
}

#[tokio::test]
async fn a_mock_hands_out_a_blob_that_a_step_loads_a_month_later() {
    let blobs = Blobs::new(MemoryBlobs::new());
    let page = Blob::put(&blobs, &"by the mock".to_owned()).await.expect("it is put");
    let test = Test::<Scanning>::new().blobs(&blobs).mock_returns::<scan>(page.clone());
    test.run("x".to_owned()).assert_output(&"by the mock".to_owned());
    // Nobody has named it yet when it is asked for.
    let late = Test::<Scanning>::new().blobs(&blobs).mock_async::<scan>(move |_| {
        let page = page.clone();
        Box::pin(async move {
            tokio::time::sleep(secs(30)).await;
            Ok(page)
        })
    });
    late.run("x".to_owned()).assert_output(&"by the mock".to_owned());
}

#[tokio::test]
async fn an_input_and_an_output_are_blobs() {
    let blobs = Blobs::new(MemoryBlobs::new());
    let page = Blob::put(&blobs, &"a page".to_owned()).await.expect("it is put");
    let run = Test::<Handing>::new().blobs(&blobs).run(page.clone());
    assert_eq!(run.output().load(&blobs).await.expect("it is there"), "scan of a page");
    // Without them, the step says what is missing.
    let run = Test::<Handing>::new().run(page);
    run.assert_error("Blob.Missing");
}
