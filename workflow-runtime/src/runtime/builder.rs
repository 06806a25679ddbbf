//! What a runtime is made of.

use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::blobs::BlobsOfRuntime;
use super::clock::Clock;
use super::committer::Committer;
use super::core::Core;
use super::error::StartError;
use super::host;
use super::mailbox::Letter;
use super::map_run::Buckets;
use super::recover::recover;
use super::registry::{Registration, Registry};
use super::seam::Seams;
use super::{Guard, Runtime};
use crate::blob::BlobStore;
use crate::engine::DataLimits;
use crate::step::{DataMap, Step, StepHandler};
use crate::store::{Claim, Store, StoreError};
use crate::workflow::Workflow;

/// How long [`Runtime::shutdown`] waits for running steps unless told otherwise.
const DEFAULT_GRACE: Duration = Duration::from_secs(10);
/// How long a blob that nothing names is kept unless told otherwise.
const DEFAULT_BLOB_GRACE: Duration = Duration::from_hours(1);

/// Collects what a [`Runtime`] is made of. From [`Runtime::builder`].
#[must_use = "a builder does nothing until `start().await`"]
pub struct RuntimeBuilder {
    store: Option<Arc<dyn Store>>,
    data: DataMap,
    registrations: Vec<Registration>,
    stand_ins: Vec<StepHandler>,
    step_limit: Option<usize>,
    grace: Duration,
    kept: Vec<StepHandler>,
    park_unfinishable: bool,
    buckets: Buckets,
    seams: Seams,
    passive: bool,
    data_limits: DataLimits,
    blobs: Option<Arc<dyn BlobStore>>,
    blob_grace: Duration,
    retention: Option<Duration>,
}

impl std::fmt::Debug for RuntimeBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RuntimeBuilder")
            .field("store", &self.store)
            .field("data", &self.data)
            .field("workflows", &self.registrations.len())
            .finish_non_exhaustive()
    }
}

impl RuntimeBuilder {
    pub(super) fn new() -> Self {
        Self {
            store: None,
            data: DataMap::default(),
            registrations: Vec::new(),
            stand_ins: Vec::new(),
            step_limit: None,
            grace: DEFAULT_GRACE,
            kept: Vec::new(),
            park_unfinishable: false,
            buckets: Buckets::default(),
            seams: Seams::default(),
            passive: false,
            data_limits: DataLimits::default(),
            blobs: None,
            blob_grace: DEFAULT_BLOB_GRACE,
            retention: None,
        }
    }

    /// Where executions are kept; a `SledStore` in `.workflow` when not said.
    pub fn store(self, store: impl Store) -> Self {
        self.shared_store(Arc::new(store))
    }

    /// As [`store`](Self::store), for a store that others hold too.
    pub fn shared_store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// Something that steps take as [`Data<T>`](crate::step::Data).
    pub fn data<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.data.insert(value);
        self
    }

    /// Everything that steps take, collected elsewhere; replaces what was given before.
    pub fn data_map(mut self, data: DataMap) -> Self {
        self.data = data;
        self
    }

    /// A workflow that this program runs.
    pub fn register<W: Workflow>(mut self) -> Self {
        self.registrations.push(Registration::of::<W>());
        self
    }

    /// A step with a `resource` that runs here in the place of that resource, wherever a workflow's own steps do not: for
    /// states written by hand and machines that were imported.
    pub fn stand_in<S: Step>(mut self) -> Self {
        self.stand_ins.push(S::handler());
        self
    }

    /// Where [`Blob`](crate::blob::Blob)s lie; what the store brings along when not said: a folder in the `SledStore`'s, memory with
    /// a `MemoryStore`.
    pub fn blobs(mut self, blobs: impl BlobStore) -> Self {
        self.blobs = Some(Arc::new(blobs));
        self
    }

    /// How long a blob is kept that no execution in the store names and no live one has put; one hour when not said. It must be
    /// longer than it takes from putting a blob outside of steps to the start, or the answer, that names it.
    pub fn blob_grace(mut self, grace: Duration) -> Self {
        self.blob_grace = grace;
        self
    }

    /// A folder that stands for this S3 bucket: where distributed maps read items and write results.
    pub fn bucket(mut self, bucket: impl Into<String>, folder: impl Into<PathBuf>) -> Self {
        self.buckets.add(bucket.into(), folder.into());
        self
    }

    /// A folder in which every S3 bucket is a folder of its name, unless [`bucket`](Self::bucket) names another.
    pub fn buckets(mut self, folder: impl Into<PathBuf>) -> Self {
        self.buckets.set_root(folder.into());
        self
    }

    /// At most so many steps at once, over all executions; no limit when not said. A step that waits for its turn has
    /// its clocks running.
    pub fn max_concurrent_steps(mut self, limit: usize) -> Self {
        self.step_limit = Some(limit);
        self
    }

    /// How long [`Runtime::shutdown`] waits for running steps; 10 seconds when not said.
    pub fn shutdown_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// A step that no workflow of this program calls any more, for executions that started when one did: they finish on the
    /// definition that they started with, and that names the step.
    pub fn keep_step<S: Step>(self) -> Self {
        self.keep_steps(&[S::handler()])
    }

    /// As [`keep_step`](Self::keep_step), for several.
    pub(crate) fn keep_steps(mut self, steps: &[StepHandler]) -> Self {
        self.kept.extend_from_slice(steps);
        self
    }

    /// Starts although there are executions that this program cannot finish. They stay parked: nothing of them runs, no timer
    /// fires, and nothing of them is lost; [`Runtime::list`] says why, and they can be described and stopped. A program that can
    /// finish them goes on with them.
    pub fn park_unfinishable(mut self) -> Self {
        self.park_unfinishable = true;
        self
    }

    /// Takes only this share of AWS's quotas of data: 0.8 fails a test with `States.DataLimitExceeded` at 80 % of 256 KiB,
    /// before production does at 100 %. The cause names the state, the field and its size. Between 0 and 1; anything else is 1.
    pub fn payload_margin(mut self, share: f64) -> Self {
        self.data_limits = DataLimits::share(share);
        self
    }

    /// Forgets executions once they have ended longer ago than this: their histories go, their names are free again, the disk is
    /// given back. When not said, everything is kept for ever: data is never deleted by default. AWS keeps 90 days; an
    /// execution can be redriven for 14.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use workflow_runtime::runtime::Runtime;
    /// let builder = Runtime::builder().retention(Duration::from_secs(90 * 24 * 60 * 60));
    /// ```
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = Some(retention);
        self
    }

    /// Runs nothing: no step starts, no timer fires. Executions can be looked at, and what is asked of them (a start, a stop,
    /// an answer) is recorded; the next owner acts on it.
    pub fn passive(mut self) -> Self {
        self.passive = true;
        self
    }

    /// What a test puts between the runtime and the world.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn seams(mut self, seams: Seams) -> Self {
        self.seams = seams;
        self
    }

    /// Where blobs lie, with somebody else.
    #[cfg(feature = "testing")]
    pub(crate) fn shared_blobs(mut self, blobs: Arc<dyn BlobStore>) -> Self {
        self.blobs = Some(blobs);
        self
    }

    /// A stand-in, known by its parts.
    #[cfg(feature = "testing")]
    pub(crate) fn stand_in_handler(mut self, handler: StepHandler) -> Self {
        self.stand_ins.push(handler);
        self
    }

    /// A workflow, known by its parts.
    #[cfg(feature = "testing")]
    pub(crate) fn register_child(mut self, workflow: crate::nested::ChildWorkflow) -> Self {
        self.registrations.push(Registration::of_child(workflow));
        self
    }

    /// Takes the store over and goes on with every unfinished execution.
    ///
    /// # Errors
    /// See [`StartError`]; nothing runs then.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time enabled.
    pub async fn start(self) -> Result<Runtime, StartError> {
        let (limits, seams) = (self.data_limits, &self.seams);
        let registry = Registry::build(self.registrations, &self.stand_ins, &self.kept, &self.data, limits, seams)?;
        let clock = self.seams.clock.clone().unwrap_or_else(Clock::start);
        let given = self.store;
        let definitions: Vec<_> = registry.iter().flat_map(|(_, it)| it.program.definitions()).collect();
        let blobs = self.blobs;
        let open = move || -> Result<Opened, StartError> {
            let store = match given {
                Some(store) => store,
                None => default_store()?,
            };
            let claim = store.claim()?;
            for (hash, text) in definitions {
                store.put_definition(hash, &text)?;
            }
            let blobs = blobs.or_else(|| store.blobs());
            let reclaim = blobs.as_ref().and_then(|blobs| blobs.reclaim());
            // One that cannot be listed is told of when it is used.
            let has_blobs = reclaim.is_some_and(|blobs| blobs.list().is_ok_and(|found| !found.is_empty()));
            Ok(Opened { store, claim, blobs, has_blobs })
        };
        let Opened { store, claim, blobs, has_blobs } = match host::spawn_blocking(open).await {
            Ok(opened) => opened?,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        };
        let Claim { fencing, unfinished, next_number } = claim;
        let committer = Committer::start(Arc::clone(&store), fencing).map_err(StartError::Thread)?;
        let core = Core::new(clock, store, committer, registry, self.data, self.step_limit, self.grace, next_number);
        let blobs = BlobsOfRuntime::new(blobs, self.blob_grace);
        let core = core.with_buckets(self.buckets).with_seams(self.seams).with_blobs(blobs);
        let core = if self.passive { core.passive() } else { core };
        let core = Arc::new(core);
        let listener = Arc::downgrade(&core);
        core.committer.on_failure(move |error| tell(&listener, error));
        let runtime = Runtime { guard: Arc::new(Guard { core: Arc::clone(&core) }) };
        let recovered = recover(&core, unfinished, self.park_unfinishable).await?;
        core.set_recovered();
        if has_blobs {
            core.begin_collecting();
        }
        if let (Some(retention), false) = (self.retention, core.passive) {
            super::retention::keep(&core, retention);
        }
        if core.seams.clock.is_none() && !core.passive {
            drop(super::host::spawn(super::clock::watch(Arc::downgrade(&core))));
        }
        tracing::info!(recovered, "the runtime has started");
        Ok(runtime)
    }
}

/// What is opened off the threads of tokio.
struct Opened {
    store: Arc<dyn Store>,
    claim: Claim,
    blobs: Option<Arc<dyn BlobStore>>,
    has_blobs: bool,
}

fn tell(core: &Weak<Core>, error: &Arc<StoreError>) {
    tracing::error!(code = error.code, %error, "the store failed: no execution makes progress any more");
    if let Some(core) = core.upgrade() {
        core.tell_everybody(|| Letter::StoreFailed(Arc::clone(error)));
    }
}

#[cfg(feature = "sled")]
fn default_store() -> Result<Arc<dyn Store>, StartError> {
    Ok(Arc::new(crate::store::SledStore::open(".workflow")?))
}

#[cfg(not(feature = "sled"))]
fn default_store() -> Result<Arc<dyn Store>, StartError> {
    Err(StartError::NoStore)
}
