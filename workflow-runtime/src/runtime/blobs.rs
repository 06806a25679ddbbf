//! Blobs of a runtime: who needs which, and what becomes of those that nobody does.
//!
//! A blob is needed by every execution whose records name it, finished or not, by every live execution that has put it, and by
//! every needed blob whose content names it. The collection reads all records, so that nothing is counted that a crash could
//! miscount; it removes what nothing has needed for the whole grace period.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::Runtime;
use super::core::Core;
use super::host;
use crate::blob::{BlobAccess, BlobError, BlobId, BlobStore, Blobs, ReclaimBlobs, no_store};
use crate::control::ClientError;
use crate::store::{ExecutionNumber, ListQuery, Store, StoreError};
use crate::time::Timestamp;

/// Executions that are listed at once.
const PAGE: usize = 512;
/// Begins the line that says when the last collection was.
const COLLECTED: &str = "collected";
/// No collection follows another sooner by itself.
const SHORTEST: Duration = Duration::from_mins(1);

/// The blobs that a live execution has put.
#[derive(Debug, Default)]
pub(crate) struct Pins(Mutex<BTreeSet<BlobId>>);

impl Pins {
    pub(crate) fn add(&self, id: BlobId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn has(&self, id: BlobId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&id)
    }
}

/// A runtime's store of blobs.
#[derive(Debug, Default)]
pub(crate) struct BlobsOfRuntime {
    pub(crate) store: Option<Arc<dyn BlobStore>>,
    grace: Duration,
    /// Something watches over it.
    begun: AtomicBool,
    /// One collection at a time.
    collecting: tokio::sync::Mutex<()>,
}

impl BlobsOfRuntime {
    pub(crate) fn new(store: Option<Arc<dyn BlobStore>>, grace: Duration) -> Self {
        Self { store, grace, ..Self::default() }
    }
}

/// What a collection of blobs found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlobCollection {
    /// Needed by an execution.
    pub kept: usize,
    /// Needed by nobody, for less than the grace period.
    pub waiting: usize,
    /// Removed.
    pub removed: usize,
    /// Bytes of those.
    pub bytes_removed: u64,
}

impl BlobAccess for Runtime {
    fn blobs(&self) -> Result<Blobs, BlobError> {
        let store = self.core().blobs.store.as_ref().ok_or_else(no_store)?;
        self.core().begin_collecting();
        Ok(Blobs::shared(Arc::clone(store)))
    }
}

impl Runtime {
    /// Removes blobs that no execution in the store names and no live one has put, and that were found so before, at least the
    /// grace period ago. The runtime does it by itself, once in a grace period; nothing happens to a store that does not let
    /// the runtime reclaim.
    ///
    /// # Errors
    /// `StoreFailure`, `BlobFailure`: nothing is removed that could not be told to be needless.
    pub async fn collect_blobs(&self) -> Result<BlobCollection, ClientError> {
        self.core().collect_blobs().await
    }
}

impl Core {
    /// From now on there may be something to collect: it is done once in a grace period, as long as the runtime is there.
    /// Programs without blobs never come here, and have no timer.
    pub(super) fn begin_collecting(self: &Arc<Self>) {
        let reclaims = self.blobs.store.as_ref().is_some_and(|store| store.reclaim().is_some());
        if reclaims && !self.passive && !self.blobs.begun.swap(true, Ordering::AcqRel) {
            host::spawn(now_and_then(Arc::downgrade(self), self.blobs.grace.max(SHORTEST)));
        }
    }

    pub(super) async fn collect_blobs(self: &Arc<Self>) -> Result<BlobCollection, ClientError> {
        let _alone = self.blobs.collecting.lock().await;
        let core = Arc::clone(self);
        let now = self.clock.now();
        let collected = host::spawn_blocking(move || {
            let store = core.blobs.store.as_ref().and_then(|store| store.reclaim());
            store.map_or(Ok(BlobCollection::default()), |blobs| collect(&core, blobs, now))
        });
        match collected.await {
            Ok(Ok(collection)) => Ok(collection),
            Ok(Err(Fault::Store(error))) => Err(super::answers::store_error(&error)),
            Ok(Err(Fault::Blobs(error))) => Err(ClientError::new("BlobFailure", error.to_string())),
            Ok(Err(Fault::ShutDown)) => Err(super::answers::shut_down()),
            Err(error) => Err(ClientError::new("InternalError", format!("collecting blobs: {error}"))),
        }
    }

    /// Waits for the collection that is under way, which reads the store.
    pub(super) async fn until_collected(&self) {
        drop(self.blobs.collecting.lock().await);
    }

    fn is_pinned(&self, id: BlobId) -> bool {
        self.everybody().iter().any(|live| live.pins.has(id))
    }

    /// Whether the last collection, of this process or an earlier one, is long ago.
    fn collection_is_due(&self) -> bool {
        let remembered = self.blobs.store.as_ref().and_then(|store| store.reclaim()).map(ReclaimBlobs::remembered);
        let last = remembered.and_then(|text| Remembered::parse(&text).collected);
        last.is_none_or(|last| is_past(last, self.blobs.grace, self.clock.now()))
    }
}

async fn now_and_then(core: Weak<Core>, pause: Duration) {
    while let Some(alive) = core.upgrade() {
        if alive.collection_is_due() {
            match alive.collect_blobs().await {
                Ok(done) => tracing::debug!(?done, "collected blobs"),
                Err(error) => tracing::warn!(%error, "blobs that nothing names were not removed"),
            }
        }
        drop(alive);
        tokio::time::sleep(pause).await;
    }
}

/// Whether this long has passed since then.
fn is_past(since: Timestamp, pause: Duration, now: Timestamp) -> bool {
    let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
    now.as_millis().saturating_sub(since.as_millis()) >= pause
}

/// What one collection tells the next.
#[derive(Debug, Default, PartialEq)]
struct Remembered {
    collected: Option<Timestamp>,
    /// Since when nothing names it.
    suspects: BTreeMap<BlobId, Timestamp>,
}

impl Remembered {
    fn parse(text: &str) -> Self {
        let mut remembered = Self::default();
        for (name, time) in text.lines().filter_map(|line| line.split_once(' ')) {
            let Ok(time) = time.parse().map(Timestamp::from_millis) else { continue };
            if name == COLLECTED {
                remembered.collected = Some(time);
            } else if let Ok(id) = name.parse() {
                remembered.suspects.insert(id, time);
            }
        }
        remembered
    }
}

impl std::fmt::Display for Remembered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(collected) = self.collected {
            writeln!(f, "{COLLECTED} {}", collected.as_millis())?;
        }
        self.suspects.iter().try_for_each(|(id, since)| writeln!(f, "{id} {}", since.as_millis()))
    }
}

fn collect(core: &Core, blobs: &dyn ReclaimBlobs, now: Timestamp) -> Result<BlobCollection, Fault> {
    let fresh: BTreeSet<BlobId> = blobs.begin().into_iter().collect();
    let known: BTreeSet<BlobId> = blobs.list()?.into_iter().collect();
    let mut done = BlobCollection::default();
    if known.is_empty() {
        return Ok(done);
    }
    let needed = needed(core, blobs, &known)?;
    let Remembered { mut suspects, .. } = Remembered::parse(&blobs.remembered());
    suspects.retain(|id, _| known.contains(id) && !needed.contains(id) && !fresh.contains(id));
    for &id in known.difference(&needed) {
        let since = *suspects.entry(id).or_insert(now);
        let removed = if is_past(since, core.blobs.grace, now) && !fresh.contains(&id) {
            blobs.remove(id, &|| core.is_pinned(id))?
        } else {
            None
        };
        match removed {
            Some(bytes) => {
                suspects.remove(&id);
                done.removed += 1;
                done.bytes_removed += bytes;
            }
            None => done.waiting += 1,
        }
    }
    done.kept = known.intersection(&needed).count();
    blobs.remember(&Remembered { collected: Some(now), suspects }.to_string());
    Ok(done)
}

/// The blobs that somebody needs.
fn needed(core: &Core, blobs: &dyn ReclaimBlobs, known: &BTreeSet<BlobId>) -> Result<BTreeSet<BlobId>, Fault> {
    let mut needed: BTreeSet<BlobId> = known.iter().copied().filter(|id| core.is_pinned(*id)).collect();
    let newest = scan(core, known, None, &mut needed)?;
    // What was started meanwhile; what was put for it is pinned or fresh.
    scan(core, known, Some(newest), &mut needed)?;
    let mut open: Vec<BlobId> = needed.iter().copied().collect();
    while let Some(id) = open.pop() {
        for name in blobs.names(id)? {
            if known.contains(&name) && needed.insert(name) {
                open.push(name);
            }
        }
    }
    Ok(needed)
}

/// Finds what executions with a greater number than `after` name. Answers the greatest number.
fn scan(
    core: &Core,
    known: &BTreeSet<BlobId>,
    after: Option<ExecutionNumber>,
    needed: &mut BTreeSet<BlobId>,
) -> Result<ExecutionNumber, Fault> {
    let store: &dyn Store = &*core.store;
    let (mut newest, mut before) = (after.unwrap_or(ExecutionNumber(0)), None);
    loop {
        let heads = store.list(&ListQuery { limit: PAGE, before, ..ListQuery::default() })?;
        let Some(last) = heads.last().map(|head| head.number) else { return Ok(newest) };
        for head in heads {
            if after.is_some_and(|after| head.number <= after) {
                return Ok(newest);
            }
            if core.is_closed() {
                return Err(Fault::ShutDown);
            }
            newest = newest.max(head.number);
            // One that has aged out meanwhile names nothing.
            let records = store.load(head.number)?.map(|stored| stored.records).unwrap_or_default();
            for record in records {
                BlobId::find_all(&record, |id| {
                    if known.contains(&id) {
                        needed.insert(id);
                    }
                });
            }
        }
        before = Some(last);
    }
}

/// Why a collection removes nothing more.
enum Fault {
    ShutDown,
    Store(StoreError),
    Blobs(BlobError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<BlobError> for Fault {
    fn from(error: BlobError) -> Self {
        Self::Blobs(error)
    }
}
