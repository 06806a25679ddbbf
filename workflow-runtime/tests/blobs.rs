//! Blobs through workflows, and how long they live.
#![allow(clippy::unused_async, reason = "steps that only answer")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use workflow_runtime::blob::{Blob, BlobAccess, BlobError, Blobs, Bytes, FolderBlobs, MemoryBlobs, Spill};
use workflow_runtime::prelude::*;
use workflow_runtime::runtime::{Runtime, RuntimeBuilder};
use workflow_runtime::source::MapRunResult;
use workflow_runtime::store::{MemoryStore, SledStore, Store};

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub(crate) struct Scan {
    title: String,
    pages: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Filed {
    case_id: String,
    scan: Blob<Scan>,
    thumbs: Vec<Blob<Bytes>>,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub(crate) enum FileError {
    #[error("no pages")]
    Empty,
    #[error(transparent)]
    Blob(#[from] BlobError),
}

fn a_scan(pages: usize) -> Scan {
    Scan { title: "deed".into(), pages: (0..pages).map(|page| format!("{page:>1000}")).collect() }
}

#[step]
pub(crate) async fn scan_pages(context: StepContext, pages: usize) -> Result<Filed, FileError> {
    let scan = Blob::put(&context, &a_scan(pages)).await?;
    let mut thumbs = Vec::new();
    for page in 0..3 {
        thumbs.push(Blob::put(&context, &Bytes(vec![page; 10])).await?);
    }
    Ok(Filed { case_id: "C-1".into(), scan, thumbs })
}

#[step]
pub(crate) async fn count_pages(context: StepContext, scan: Blob<Scan>) -> Result<usize, FileError> {
    Ok(scan.load(&context).await?.pages.len())
}

#[step]
pub(crate) async fn weigh(context: StepContext, thumb: Blob<Bytes>, factor: usize) -> Result<usize, FileError> {
    Ok(thumb.load(&context).await?.0.len() * factor)
}

#[step(callback, timeout = "1d")]
pub(crate) async fn ask_for_scan(token: TaskToken, desk: Data<Desk>) -> Callback<Blob<Scan>> {
    desk.0.lock().unwrap().push(token);
    Callback::pending()
}

#[step]
pub(crate) async fn spill_over(context: StepContext, pages: usize) -> Result<Spill<Scan>, BlobError> {
    Spill::put(&context, a_scan(pages)).await
}

#[step]
pub(crate) async fn count_spilled(context: StepContext, scan: Spill<Scan>) -> Result<usize, BlobError> {
    Ok(scan.load(&context).await?.pages.len())
}

/// Where tokens lie.
#[derive(Debug, Default)]
pub(crate) struct Desk(Mutex<Vec<TaskToken>>);

workflow!(
    pub(crate) async fn inner_flow(scan: Blob<Scan>) -> Result<usize> {
        count_pages(scan).await
    }
);

workflow!(
    /// Everything that a value may do.
    pub(crate) async fn file_flow(pages: usize) -> Result<(usize, usize, usize, Filed)> {
        let filed = scan_pages(pages).await?;
        let (counted, again) = try_join!(count_pages(filed.scan), inner_flow(filed.scan))?;
        let weights = try_map(filed.thumbs, async |thumb| weigh(thumb, counted).await).await?;
        let mut last = Some(filed.scan);
        for thumb in filed.thumbs {
            #[state = "WeighAgain"]
            weigh(thumb, 1).await?;
        }
        if counted > 0 && last.is_some() {
            last = None;
        }
        let kept = Filed { case_id: format!("{}-kept", filed.case_id), scan: filed.scan, thumbs: filed.thumbs };
        Ok((counted, again, weights.iter().sum(), if last.is_none() { kept } else { filed }))
    }
);

workflow!(
    pub(crate) async fn ask_flow(case: String) -> Result<usize> {
        let _ = case;
        let scan = ask_for_scan().await?;
        sleep(hours(5)).await;
        count_pages(scan).await
    }
);

workflow!(
    pub(crate) async fn spill_flow(pages: usize) -> Result<usize> {
        let scan = spill_over(pages).await?;
        count_spilled(scan).await
    }
);

workflow!(
    pub(crate) async fn slow_flow(pages: usize) -> Result<usize> {
        let filed = scan_pages(pages).await?;
        sleep(days(30)).await;
        count_pages(filed.scan).await
    }
);

workflow!(
    pub(crate) async fn count_flow(scan: Blob<Scan>) -> Result<usize> {
        count_pages(scan).await
    }
);

workflow!(
    pub(crate) async fn box_flow(boxed: Blob<Vec<Blob<Bytes>>>) -> Result<Blob<Vec<Blob<Bytes>>>> {
        Ok(boxed)
    }
);

fn builder(store: impl Store) -> RuntimeBuilder {
    Runtime::builder()
        .store(store)
        .data(Desk::default())
        .register::<FileFlow>()
        .register::<AskFlow>()
        .register::<SpillFlow>()
        .register::<SlowFlow>()
        .register::<CountFlow>()
}

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test(start_paused = true)]
async fn a_blob_moves_wherever_a_value_does() {
    let runtime = builder(MemoryStore::new()).start().await.unwrap();
    // One page makes 1 kB: far past 256 KiB.
    let execution = runtime.start::<FileFlow>("one", 1_000).await.unwrap();
    let (counted, again, weights, kept) = execution.result().await.unwrap();
    assert_eq!((counted, again, weights, kept.case_id.as_str()), (1_000, 1_000, 30_000, "C-1-kept"));
    assert_eq!(kept.scan.load(&runtime).await.unwrap().pages.len(), 1_000);
    let history = serde_json::to_string(&execution.history().await.unwrap()).unwrap();
    assert!(history.len() < 100_000, "{} bytes of history", history.len());
    let text = format!("{:?}", kept.scan);
    assert!(text.starts_with("Blob { blob: ") && text.contains("size: "), "{text}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_be_a_blob_put_outside() {
    let (desk, store) = (Arc::new(Desk::default()), Arc::new(MemoryStore::new()));
    let runtime = builder(MemoryStore::new()).shared_store(store).data(desk).start().await.unwrap();
    let execution = runtime.start::<AskFlow>("one", "C-1".into()).await.unwrap();
    let token = loop {
        let description = execution.describe().await.unwrap();
        let mut tokens = description.waiting_for.iter().filter_map(|waits| match waits {
            workflow_runtime::control::WaitingFor::Answer { token, .. } => Some(token.clone()),
            _ => None,
        });
        if let Some(token) = tokens.next_back() {
            break TaskToken::new(token);
        }
        tokio::task::yield_now().await;
    };
    let blob = Blob::put(&runtime, &a_scan(7)).await.unwrap();
    runtime.send_task_success(&token, &blob).await.unwrap();
    assert_eq!(execution.result().await.unwrap(), 7, "five hours and several collections later");
}

#[tokio::test(start_paused = true)]
async fn a_spill_is_a_blob_only_above_its_size() {
    let store = Arc::new(MemoryStore::new());
    let runtime = builder(MemoryStore::new()).shared_store(store).start().await.unwrap();
    for pages in [3, 300] {
        let execution = runtime.start::<SpillFlow>(format!("p{pages}"), pages).await.unwrap();
        assert_eq!(execution.result().await.unwrap(), pages);
        let history = serde_json::to_string(&execution.history().await.unwrap()).unwrap();
        assert_eq!(history.contains("\\\"size\\\":"), pages == 300);
    }
}

/// Two quotes of JSON are part of the size.
#[step]
pub(crate) async fn write_text(context: StepContext, bytes: usize) -> Result<Spill<String, 1_000>, BlobError> {
    Spill::put(&context, "x".repeat(bytes - 2)).await
}

#[step]
pub(crate) async fn write_plainly(bytes: usize) -> String {
    "x".repeat(bytes - 2)
}

#[step]
pub(crate) async fn length(context: StepContext, text: Spill<String, 1_000>) -> Result<usize, BlobError> {
    Ok(text.load(&context).await?.len())
}

workflow!(
    pub(crate) async fn text_flow(bytes: usize) -> Result<(usize, Spill<String, 1_000>)> {
        let text = write_text(bytes).await?;
        let counted = length(text).await?;
        Ok((counted, text))
    }
);

workflow!(
    pub(crate) async fn plain_flow(bytes: usize) -> Result<String> {
        write_plainly(bytes).await
    }
);

/// What would fail at 256 KiB goes through, and up to the size that was asked for nothing is put anywhere.
#[tokio::test(start_paused = true)]
async fn a_spill_becomes_a_blob_at_the_very_byte() {
    let blobs = Arc::new(MemoryBlobs::new());
    let runtime = Runtime::builder().store(MemoryStore::new()).blobs(Shared(Arc::clone(&blobs)));
    let runtime = runtime.register::<TextFlow>().register::<PlainFlow>().start().await.unwrap();
    for (bytes, stored) in [(2, 0), (1_000, 0), (1_001, 1), (5_000_000, 2)] {
        let execution = runtime.start::<TextFlow>(format!("b{bytes}"), bytes).await.unwrap();
        let (counted, text) = execution.result().await.unwrap();
        assert_eq!((counted, text.is_blob(), blobs.len()), (bytes - 2, bytes > 1_000, stored), "{bytes} bytes");
        let history = serde_json::to_string(&execution.history().await.unwrap()).unwrap();
        assert!(history.len() < 20_000, "{} bytes of history", history.len());
        assert_eq!(text.load(&runtime).await.unwrap().len(), bytes - 2);
    }
    let plain = runtime.start::<PlainFlow>("plain", 300_000).await.unwrap();
    let error = plain.result().await.unwrap_err();
    assert!(
        error.to_string().contains("States.DataLimitExceeded") || format!("{error:?}").contains("DataLimit"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_blob_lives_as_long_as_an_execution_names_it() {
    let store = Arc::new(MemoryStore::new());
    let blobs = Arc::new(MemoryBlobs::new());
    let runtime = builder(MemoryStore::new()).shared_store(store.clone());
    let runtime = runtime.blobs(Shared(Arc::clone(&blobs))).start().await.unwrap();
    let execution = runtime.start::<SlowFlow>("slow", 2).await.unwrap();
    let orphan = Blob::put(&runtime, &Bytes(b"nobody".to_vec())).await.unwrap();
    // A month of collections.
    assert_eq!(execution.result().await.unwrap(), 2);
    assert!(matches!(orphan.load(&runtime).await, Err(BlobError::Missing(_))), "nothing named it");
    assert_eq!(blobs.len(), 4, "the archive names them");
    for _ in 0..3 {
        tokio::time::advance(HOUR).await;
        let found = runtime.collect_blobs().await.unwrap();
        assert_eq!((found.kept, found.waiting, found.removed), (4, 0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn what_nothing_names_waits_for_the_grace() {
    let runtime = builder(MemoryStore::new()).blob_grace(3 * HOUR).start().await.unwrap();
    let blob = Blob::put(&runtime, &Bytes(b"nobody".to_vec())).await.unwrap();
    let collect = || async {
        let found = runtime.collect_blobs().await.unwrap();
        (found.kept, found.waiting, found.removed, found.bytes_removed)
    };
    assert_eq!(collect().await, (0, 1, 0, 0), "it was put just now");
    tokio::time::advance(2 * HOUR).await;
    assert_eq!(collect().await, (0, 1, 0, 0));
    Blob::put(&runtime, &Bytes(b"nobody".to_vec())).await.unwrap();
    tokio::time::advance(2 * HOUR).await;
    assert_eq!(collect().await, (0, 1, 0, 0), "it was put again");
    tokio::time::advance(HOUR).await;
    let started = runtime.start::<CountFlow>("late", Blob::put(&runtime, &a_scan(1)).await.unwrap()).await.unwrap();
    assert_eq!(started.result().await.unwrap(), 1);
    tokio::time::advance(3 * HOUR).await;
    assert_eq!(collect().await, (1, 0, 1, 6));
    assert!(blob.load(&runtime).await.is_err());
}

/// A store of blobs that others hold too.
#[derive(Debug)]
struct Shared(Arc<MemoryBlobs>);

impl workflow_runtime::blob::BlobStore for Shared {
    fn put(
        &self,
        blob: workflow_runtime::blob::NewBlob,
    ) -> futures_util::future::BoxFuture<'_, Result<Option<String>, BlobError>> {
        self.0.put(blob)
    }

    fn get<'a>(
        &'a self,
        blob: &'a workflow_runtime::blob::BlobReference,
    ) -> futures_util::future::BoxFuture<'a, Result<Vec<u8>, BlobError>> {
        self.0.get(blob)
    }

    fn reclaim(&self) -> Option<&dyn workflow_runtime::blob::ReclaimBlobs> {
        Some(&*self.0)
    }
}

/// What a running step has put, and nothing names yet.
#[step(timeout = "30d")]
pub(crate) async fn put_and_wait(context: StepContext, hours: u64) -> Result<Blob<Bytes>, BlobError> {
    let blob = Blob::put(&context, &Bytes(b"mine".to_vec())).await?;
    tokio::time::sleep(Duration::from_secs(hours * 3600)).await;
    Ok(blob)
}

workflow!(
    pub(crate) async fn long_flow(hours: u64) -> Result<Blob<Bytes>> {
        put_and_wait(hours).await
    }
);

#[step(timeout = "290s")]
pub(crate) async fn put_and_rest(context: StepContext, seconds: u64) -> Result<Blob<Bytes>, BlobError> {
    let blob = Blob::put(&context, &Bytes(seconds.to_be_bytes().to_vec())).await?;
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    Ok(blob)
}

workflow!(
    /// Children in memory, whose results the parent names when it comes to it.
    pub(crate) async fn spread_flow(seconds: Vec<u64>) -> Result<Vec<Blob<Bytes>>> {
        #[express]
        try_map_distributed(seconds, async |seconds| put_and_rest(seconds).await).await
    }
);

#[tokio::test(start_paused = true)]
async fn what_a_running_step_has_put_is_never_removed() {
    let runtime = Runtime::builder().store(MemoryStore::new()).register::<LongFlow>().register::<SpreadFlow>();
    let runtime = runtime.blob_grace(Duration::from_secs(1)).start().await.unwrap();
    let execution = runtime.start::<LongFlow>("one", 48).await.unwrap();
    for _ in 0..40 {
        tokio::time::sleep(HOUR).await;
        assert_eq!(runtime.collect_blobs().await.unwrap().removed, 0);
    }
    let blob = execution.result().await.unwrap();
    assert_eq!(blob.load(&runtime).await.unwrap().0, b"mine");
}

#[tokio::test(start_paused = true)]
async fn what_children_in_memory_have_put_is_their_parents() {
    let runtime = Runtime::builder().store(MemoryStore::new()).register::<LongFlow>().register::<SpreadFlow>();
    let runtime = runtime.blob_grace(Duration::from_secs(1)).start().await.unwrap();
    let execution = runtime.start::<SpreadFlow>("one", vec![250, 1, 2]).await.unwrap();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(runtime.collect_blobs().await.unwrap().removed, 0);
    }
    for (blob, seconds) in execution.result().await.unwrap().iter().zip([250_u64, 1, 2]) {
        assert_eq!(blob.load(&runtime).await.unwrap().0, seconds.to_be_bytes());
    }
}

workflow!(
    /// Children in memory, whose results are in files alone.
    pub(crate) async fn filed_flow(seconds: Vec<u64>) -> Result<MapRunResult> {
        #[express]
        #[tolerated_failure_count(1)]
        #[result_writer(bucket = "out", prefix = "blobs")]
        try_map_distributed(seconds, async |seconds| put_and_rest(seconds).await).await
    }
);

#[tokio::test(start_paused = true)]
async fn what_only_result_files_name_is_their_executions() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::builder().store(MemoryStore::new()).register::<FiledFlow>().buckets(folder.path());
    let runtime = runtime.blob_grace(Duration::from_secs(1)).start().await.unwrap();
    let result = runtime.start::<FiledFlow>("one", vec![1, 2]).await.unwrap().result().await.unwrap();
    for _ in 0..5 {
        tokio::time::sleep(HOUR).await;
        assert_eq!(runtime.collect_blobs().await.unwrap().removed, 0);
    }
    let key = &result.result_writer_details.key;
    let text = std::fs::read_to_string(folder.path().join("out").join(key).with_file_name("SUCCEEDED_0.json")).unwrap();
    let children: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    for (child, seconds) in children.iter().zip([1_u64, 2]) {
        let blob: Blob<Bytes> = serde_json::from_str(child["Output"].as_str().unwrap()).unwrap();
        assert_eq!(blob.load(&runtime).await.unwrap().0, seconds.to_be_bytes());
    }
    assert_eq!(children.len(), 2);
}

#[tokio::test]
async fn blobs_of_a_sled_store_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("files.db");
    let open = || async { builder(SledStore::open(&path).unwrap()).blob_grace(Duration::ZERO).start().await.unwrap() };
    let runtime = open().await;
    let execution = runtime.start::<FileFlow>("one", 400).await.unwrap();
    let (_, _, _, kept) = execution.result().await.unwrap();
    let orphan = Blob::put(&runtime, &Bytes(b"nobody".to_vec())).await.unwrap();
    runtime.shutdown().await;
    drop((execution, runtime));

    let runtime = open().await;
    assert_eq!(kept.scan.load(&runtime).await.unwrap().pages.len(), 400);
    // Whatever the collection of the start has done, after a second one it is gone.
    runtime.collect_blobs().await.unwrap();
    let found = runtime.collect_blobs().await.unwrap();
    assert_eq!((found.kept, found.waiting), (4, 0));
    assert!(matches!(orphan.load(&runtime).await, Err(BlobError::Missing(_))));
    assert_eq!(kept.scan.load(&runtime).await.unwrap().pages.len(), 400);
    let folder = path.join("payload-blobs");
    assert_eq!(FolderBlobs::new(&folder).folder(), folder);
    runtime.shutdown().await;
}

#[tokio::test]
async fn a_collection_that_cannot_tell_removes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("files.db");
    let runtime = builder(SledStore::open(&path).unwrap()).register::<BoxFlow>().blob_grace(Duration::ZERO);
    let runtime = runtime.start().await.unwrap();
    let inner = Blob::put(&runtime, &Bytes(b"inner".to_vec())).await.unwrap();
    let outer = Blob::put(&runtime, &vec![inner.clone()]).await.unwrap();
    let orphan = Blob::put(&runtime, &Bytes(b"nobody".to_vec())).await.unwrap();
    runtime.start::<BoxFlow>("one", outer.clone()).await.unwrap().result().await.unwrap();
    let id = outer.id().to_string();
    let names = path.join("payload-blobs").join(&id[..2]).join(format!("{id}.names"));
    let whole = std::fs::read(&names).unwrap();
    std::fs::write(&names, "half").unwrap();
    runtime.collect_blobs().await.unwrap_err();
    let error = runtime.collect_blobs().await.unwrap_err();
    assert!(error.name == "BlobFailure" && error.message.contains("WF2223"), "{error}");
    assert!(orphan.load(&runtime).await.is_ok() && inner.load(&runtime).await.is_ok());
    std::fs::write(&names, whole).unwrap();
    runtime.collect_blobs().await.unwrap();
    runtime.collect_blobs().await.unwrap();
    assert!(orphan.load(&runtime).await.is_err());
    assert!(inner.load(&runtime).await.is_ok(), "what is kept names it");
    runtime.shutdown().await;
}

/// A step's function in a unit test, and behind a Lambda function: with a store of its own.
#[tokio::test]
async fn a_step_runs_with_any_store() {
    let context = StepContext::detached("CountPages").with_blobs(Blobs::new(MemoryBlobs::new()));
    let scan = Blob::put(&context, &a_scan(2)).await.unwrap();
    assert_eq!(count_pages(context.clone(), scan.clone()).await.unwrap(), 2);
    let bare = StepContext::detached("CountPages");
    match count_pages(bare, scan).await {
        Err(FileError::Blob(BlobError::Unavailable(text))) => assert!(text.contains(".blobs(..)"), "{text}"),
        other => panic!("{other:?}"),
    }
    assert!(context.blobs().is_ok());
}

#[test]
fn what_may_grow_is_told_with_its_place() {
    use workflow_runtime::lint::{Growth, unbounded};
    assert_eq!(unbounded::<SpillFlow>(), []);
    let found = unbounded::<FileFlow>();
    let told: Vec<_> = found.iter().map(|it| (it.place.as_str(), it.path.as_str(), it.kind)).collect();
    let scanned = "the result of step `ScanPages`";
    assert_eq!(told, [(scanned, "case_id", Growth::Text), (scanned, "thumbs", Growth::List)]);
    assert_eq!(
        found[1].to_string(),
        "the result of step `ScanPages`, field `thumbs`: a list without a bound, and 256 KiB is all that may travel; bound it with \
         `#[payload(max_len = ..)]`, or make it a `Blob` or a `Spill`"
    );
}
