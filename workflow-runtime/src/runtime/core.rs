//! What all executions of a runtime share.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, watch};

use super::blobs::BlobsOfRuntime;
use super::clock::Clock;
use super::committer::Committer;
use super::error::{StartError, Unfinishable};
use super::host;
use super::mailbox::{Letter, Live};
use super::map_run::Buckets;
use super::registry::{Program, Registry};
use super::seam::Seams;
use crate::control::ClientError;
use crate::step::DataMap;
use crate::store::{DefinitionHash, ExecutionNumber, Store, StoreError};

/// How soon a read is tried again that has failed, and how late at last.
const INSIST_FIRST: Duration = Duration::from_millis(50);
const INSIST_LAST: Duration = Duration::from_secs(10);

/// What all executions of a runtime share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) clock: Clock,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) committer: Committer,
    pub(crate) registry: Registry,
    pub(crate) data: DataMap,
    pub(crate) step_limit: Option<Arc<Semaphore>>,
    pub(crate) grace: Duration,
    pub(crate) buckets: Buckets,
    pub(crate) seams: Seams,
    pub(crate) blobs: BlobsOfRuntime,
    /// No execution acts.
    pub(crate) passive: bool,
    /// Held for reading while an execution is redriven, or is told of what it was asked for; for writing while finished ones are
    /// forgotten. Nobody takes it twice.
    pub(crate) forgetting: Arc<tokio::sync::RwLock<()>>,
    /// Held while an execution is read and put among the live ones again: what was read must be all that there is of it.
    pub(super) redriving: tokio::sync::Mutex<()>,
    next_number: AtomicU64,
    programs: Mutex<Programs>,
    table: Mutex<Table>,
    emptied: Notify,
    /// Executions that this program cannot finish.
    unfinishable: Mutex<HashMap<ExecutionNumber, Arc<Unfinishable>>>,
    /// Every unfinished execution is in the table: what is not there is not running.
    recovered: watch::Sender<bool>,
}

/// Definitions made ready, by their workflow, which says where their steps are, and hash.
type Programs = HashMap<(Arc<str>, DefinitionHash), Arc<Program>>;

/// The live executions.
#[derive(Debug, Default)]
struct Table {
    by_number: HashMap<ExecutionNumber, Arc<Live>>,
    by_name: HashMap<Arc<str>, HashMap<Arc<str>, Arc<Live>>>,
    closed: bool,
}

/// Whoever has it keeps what has ended from being forgotten.
pub(crate) type Kept = Arc<tokio::sync::OwnedRwLockReadGuard<()>>;

/// What [`Core::enter`] found.
pub(crate) enum Entry {
    /// The name was free among the live ones and is taken now.
    Entered,
    /// It is alive.
    Taken(Arc<Live>),
}

impl Core {
    #[expect(clippy::too_many_arguments, reason = "the builder's parts, named there")]
    pub(crate) fn new(
        clock: Clock,
        store: Arc<dyn Store>,
        committer: Committer,
        registry: Registry,
        data: DataMap,
        step_limit: Option<usize>,
        grace: Duration,
        next_number: ExecutionNumber,
    ) -> Self {
        let programs = registry.iter().map(|(name, it)| ((Arc::clone(name), it.program.hash), Arc::clone(&it.program)));
        Self {
            programs: Mutex::new(programs.collect()),
            clock,
            store,
            committer,
            registry,
            data,
            step_limit: step_limit.map(|limit| Arc::new(Semaphore::new(limit.clamp(1, Semaphore::MAX_PERMITS)))),
            grace,
            buckets: Buckets::default(),
            seams: Seams::default(),
            blobs: BlobsOfRuntime::default(),
            passive: false,
            forgetting: Arc::default(),
            redriving: tokio::sync::Mutex::default(),
            next_number: AtomicU64::new(next_number.0),
            table: Mutex::default(),
            unfinishable: Mutex::default(),
            emptied: Notify::new(),
            recovered: watch::Sender::new(false),
        }
    }

    /// As it is, with these buckets.
    pub(crate) fn with_buckets(self, buckets: Buckets) -> Self {
        Self { buckets, ..self }
    }

    /// As it is, with what a test put there.
    pub(crate) fn with_seams(self, seams: Seams) -> Self {
        Self { seams, ..self }
    }

    /// As it is, with this store of blobs.
    pub(crate) fn with_blobs(self, blobs: BlobsOfRuntime) -> Self {
        Self { blobs, ..self }
    }

    /// As it is, but no execution acts.
    pub(crate) fn passive(self) -> Self {
        Self { passive: true, ..self }
    }

    /// Until it is dropped, nothing is forgotten.
    pub(crate) async fn keep(&self) -> Kept {
        Arc::new(Arc::clone(&self.forgetting).read_owned().await)
    }

    /// Every unfinished execution has its task.
    pub(crate) fn set_recovered(&self) {
        self.recovered.send_replace(true);
    }

    pub(crate) fn is_recovered(&self) -> bool {
        #[cfg(all(test, feature = "cli"))]
        if crate::sim::broken::is_broken(crate::sim::broken::Broken::DoesNotWait) {
            return true;
        }
        *self.recovered.borrow()
    }

    /// Waits until every unfinished execution has its task.
    pub(crate) async fn until_recovered(&self) {
        #[cfg(all(test, feature = "cli"))]
        if crate::sim::broken::is_broken(crate::sim::broken::Broken::DoesNotWait) {
            return;
        }
        if !self.is_recovered() {
            // The sender is this core's own.
            let _ = self.recovered.subscribe().wait_for(|recovered| *recovered).await;
        }
    }

    /// Remembers what cannot be finished here.
    pub(crate) fn set_unfinishable(&self, all: HashMap<ExecutionNumber, Arc<Unfinishable>>) {
        *self.unfinishable.lock().unwrap_or_else(PoisonError::into_inner) = all;
    }

    /// Why this program cannot finish the execution, if that is so.
    pub(crate) fn unfinishable(&self, number: ExecutionNumber) -> Option<Arc<Unfinishable>> {
        self.unfinishable.lock().unwrap_or_else(PoisonError::into_inner).get(&number).cloned()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that no execution had.
    pub(crate) fn take_number(&self) -> ExecutionNumber {
        ExecutionNumber(self.next_number.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether some execution has had this number.
    pub(crate) fn knows_number(&self, number: ExecutionNumber) -> bool {
        number.0 < self.next_number.load(Ordering::Relaxed)
    }

    /// Puts an execution among the live ones.
    pub(crate) fn enter(&self, live: &Arc<Live>) -> Result<Entry, ClientError> {
        let mut table = self.table();
        // Whoever is in the table is told of a failure that comes later.
        if let Some(failure) = self.committer.failure() {
            return Err(super::answers::store_error(failure));
        }
        if table.closed {
            return Err(super::answers::shut_down());
        }
        let names = table.by_name.entry(Arc::clone(&live.workflow)).or_default();
        match names.get(&live.name) {
            // Names of Express executions are for people: the first of them is found by it.
            Some(_) if live.run.is_some() => {}
            Some(taken) => return Ok(Entry::Taken(Arc::clone(taken))),
            None => drop(names.insert(Arc::clone(&live.name), Arc::clone(live))),
        }
        table.by_number.insert(live.number, Arc::clone(live));
        Ok(Entry::Entered)
    }

    /// Takes an execution out again.
    pub(crate) fn forget(&self, live: &Arc<Live>) {
        let mut table = self.table();
        if table.by_number.remove(&live.number).is_none() {
            return;
        }
        if let Some(names) = table.by_name.get_mut(&live.workflow)
            && names.get(&live.name).is_some_and(|known| known.number == live.number)
        {
            names.remove(&live.name);
        }
        let empty = table.by_number.is_empty();
        drop(table);
        if empty {
            self.emptied.notify_waiters();
        }
    }

    pub(crate) fn live(&self, workflow: &str, name: &str) -> Option<Arc<Live>> {
        self.table().by_name.get(workflow)?.get(name).cloned()
    }

    pub(crate) fn live_by_number(&self, number: ExecutionNumber) -> Option<Arc<Live>> {
        self.table().by_number.get(&number).cloned()
    }

    /// Every live execution of this name, whatever its workflow.
    pub(crate) fn live_named(&self, name: &str) -> Vec<Arc<Live>> {
        self.table().by_name.values().filter_map(|names| names.get(name).cloned()).collect()
    }

    pub(crate) fn live_count(&self) -> usize {
        self.table().by_number.len()
    }

    /// Whether the runtime is going.
    pub(super) fn is_closed(&self) -> bool {
        self.table().closed
    }

    /// In the order of their numbers, so that runs repeat.
    pub(super) fn everybody(&self) -> Vec<Arc<Live>> {
        let mut everybody: Vec<_> = self.table().by_number.values().cloned().collect();
        everybody.sort_unstable_by_key(|live| live.number);
        everybody
    }

    /// Tells everybody; those that have left need not know.
    pub(crate) fn tell_everybody(&self, letter: impl Fn() -> Letter) {
        for live in self.everybody() {
            let _ = live.send(letter());
        }
    }

    /// Ends every execution's task at its next await.
    pub(crate) fn abort_everybody(&self) {
        self.table().closed = true;
        for live in self.everybody() {
            if let Some(abort) = live.abort.get() {
                abort.abort();
            }
        }
    }

    /// Ends well: no step starts, running ones get their grace, what is durable stays.
    pub(crate) async fn shut_down(self: &Arc<Self>) {
        self.table().closed = true;
        if let Some(limit) = &self.step_limit {
            limit.close();
        }
        self.tell_everybody(|| Letter::Drain);
        if tokio::time::timeout(self.grace, self.wait_until_empty()).await.is_err() {
            tracing::warn!(
                executions = self.live_count(),
                "steps ran past the grace period; they run again at the next start"
            );
            self.abort_everybody();
            // A step that blocks its thread cannot be ended from here.
            let _ = tokio::time::timeout(Duration::from_secs(1), self.wait_until_empty()).await;
        }
        self.until_collected().await;
        let core = Arc::clone(self);
        if host::spawn_blocking(move || core.committer.close()).await.is_err() {
            tracing::error!("the commit thread panicked");
        }
    }

    pub(crate) async fn wait_until_empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            tokio::pin!(emptied);
            emptied.as_mut().enable();
            if self.live_count() == 0 {
                return;
            }
            emptied.await;
        }
    }

    /// Reads from the store: on a thread for blocking work where the store may block.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ClientError> {
        let done = if self.store.is_durable() {
            let store = Arc::clone(&self.store);
            host::spawn_blocking(move || read(&*store))
                .await
                .map_err(|error| ClientError::new("InternalError", format!("reading the store: {error}")))?
        } else {
            read(&*self.store)
        };
        done.map_err(|error| super::answers::store_error(&error))
    }

    /// Asks again and again while the store cannot be read: an execution that waits for another one has nobody to tell.
    /// A store that failed is an answer only where the runtime is going.
    pub(crate) async fn insist<T, F: Future<Output = Result<T, ClientError>>>(
        &self,
        ask: impl Fn() -> F,
    ) -> Result<T, ClientError> {
        let mut pause = INSIST_FIRST;
        loop {
            match ask().await {
                Err(error) if super::answers::is_store_error(&error) && !self.is_leaving() => {
                    tracing::warn!(%error, "the store cannot be read; trying again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(INSIST_LAST);
                }
                answer => return answer,
            }
        }
    }

    /// Why no execution comes any further here, if that is so: one that is not alive may wait all the same.
    pub(super) fn leaving(&self) -> Option<ClientError> {
        let failed = self.committer.failure().map(|failure| super::answers::store_error(failure));
        failed.or_else(|| self.is_closed().then(super::answers::shut_down))
    }

    /// Whether no execution comes any further here.
    fn is_leaving(&self) -> bool {
        self.committer.failure().is_some() || self.is_closed()
    }

    /// Whether an execution that is alive may be waiting for another one.
    pub(super) fn has_parents(&self) -> bool {
        let programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        let parents: HashSet<Arc<str>> =
            programs.values().filter(|it| it.has_children()).map(|it| Arc::clone(&it.workflow)).collect();
        drop(programs);
        !parents.is_empty() && self.table().by_number.values().any(|live| parents.contains(&live.workflow))
    }

    /// The program of a stored definition.
    pub(crate) fn program(&self, workflow: &str, hash: DefinitionHash) -> Result<Arc<Program>, StartError> {
        let key = (Arc::<str>::from(workflow), hash);
        let programs = || self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(program) = programs().get(&key) {
            return Ok(Arc::clone(program));
        }
        let text = self.store.definition(hash)?.ok_or_else(|| StartError::StoredDefinition {
            workflow: workflow.to_owned(),
            reason: "the store does not have it".to_owned(),
        })?;
        let program = Arc::new(self.registry.load(workflow, hash, &text)?);
        programs().insert(key, Arc::clone(&program));
        Ok(program)
    }
}
