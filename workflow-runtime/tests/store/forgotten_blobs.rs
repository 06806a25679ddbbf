//! Blobs of what is forgotten, where the forgetting is cut off between two executions.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use workflow_runtime::blob::{Blob, BlobError, BlobStore};
use workflow_runtime::prelude::*;
use workflow_runtime::runtime::Runtime;
use workflow_runtime::store::{
    Claim, Commit, DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, ListQuery, PruneQuery, Pruned, SledStore,
    Store, StoreError, StoreErrorKind, StoredExecution,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
struct Scan {
    pages: Vec<String>,
}

#[step]
async fn scan(context: StepContext, case: String) -> Result<Blob<Scan>, BlobError> {
    Blob::put(&context, &Scan { pages: vec![case] }).await
}

workflow!(
    async fn scan_flow(case: String) -> Result<Blob<Scan>> {
        scan(case).await
    }
);

/// Forgets one execution, and is cut off.
#[derive(Debug)]
struct CutOff(SledStore);

impl Store for CutOff {
    fn blobs(&self) -> Option<Arc<dyn BlobStore>> {
        self.0.blobs()
    }

    fn claim(&self) -> Result<Claim, StoreError> {
        self.0.claim()
    }

    fn commit(&self, fencing: Fencing, batch: Vec<Commit>) -> Result<(), StoreError> {
        self.0.commit(fencing, batch)
    }

    fn find(&self, workflow: &str, name: &str) -> Result<Option<ExecutionHead>, StoreError> {
        self.0.find(workflow, name)
    }

    fn load(&self, number: ExecutionNumber) -> Result<Option<StoredExecution>, StoreError> {
        self.0.load(number)
    }

    fn list(&self, query: &ListQuery) -> Result<Vec<ExecutionHead>, StoreError> {
        self.0.list(query)
    }

    fn put_definition(&self, hash: DefinitionHash, text: &str) -> Result<(), StoreError> {
        self.0.put_definition(hash, text)
    }

    fn definition(&self, hash: DefinitionHash) -> Result<Option<String>, StoreError> {
        self.0.definition(hash)
    }

    fn prune(&self, fencing: Fencing, query: &PruneQuery) -> Result<Pruned, StoreError> {
        self.0.prune(fencing, &PruneQuery { limit: 1, ..query.clone() })?;
        Err(StoreError::new(StoreErrorKind::Permanent, "WF3007", "the process dies"))
    }
}

async fn start(store: impl Store) -> Runtime {
    let builder = Runtime::builder().store(store).register::<ScanFlow>().blob_grace(Duration::ZERO);
    builder.start().await.expect("it starts")
}

fn open(folder: &Path) -> SledStore {
    SledStore::open(folder).expect("it opens")
}

// Not on a clock that jumps whenever nothing is to be done: the store commits on threads of its own, and a step would time out meanwhile.
#[tokio::test]
async fn blobs_of_what_is_forgotten_go_however_it_was_cut_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = start(CutOff(open(folder.path()))).await;
    let mut scans = Vec::new();
    for case in ["one", "two"] {
        let execution = runtime.start::<ScanFlow>(case, case.to_owned()).await.expect("it starts");
        scans.push(execution.result().await.expect("an output"));
    }
    // They ended before now.
    tokio::time::sleep(Duration::from_millis(2)).await;
    runtime.prune(Duration::ZERO).await.expect_err("it is cut off");
    runtime.shutdown().await;
    drop(runtime);

    let runtime = start(open(folder.path())).await;
    let there = |case: &'static str| {
        let found = runtime.execution::<ScanFlow>(case);
        async move { found.await.is_ok() }
    };
    assert_eq!((there("one").await, there("two").await), (false, true));
    // What a first look finds needless, a second one removes.
    runtime.collect_blobs().await.expect("a collection");
    let found = runtime.collect_blobs().await.expect("a collection");
    assert_eq!((found.kept, found.waiting), (1, 0));
    assert!(matches!(scans[0].load(&runtime).await, Err(BlobError::Missing(_))));
    assert_eq!(scans[1].load(&runtime).await.expect("it is kept").pages, ["two"]);

    assert_eq!(runtime.prune(Duration::ZERO).await.expect("the rest"), 1);
    runtime.collect_blobs().await.expect("a collection");
    let found = runtime.collect_blobs().await.expect("a collection");
    assert_eq!((found.kept, found.waiting), (0, 0));
    runtime.shutdown().await;
}
