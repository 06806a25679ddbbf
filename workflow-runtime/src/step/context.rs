//! What a step may ask for beside its payload: [`Data`], [`StepContext`], [`TaskToken`].

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use crate::blob::{BlobAccess, BlobError, BlobId, BlobStore, Blobs, no_store};

/// Something of the program's that steps share: a connection pool, a client. Given to the runtime by `data(..)`.
#[derive(Debug)]
pub struct Data<T: ?Sized>(Arc<T>);

impl<T: ?Sized> Clone for Data<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Data<T> {
    /// For a unit test that calls the step's function itself.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T: ?Sized> From<Arc<T>> for Data<T> {
    fn from(value: Arc<T>) -> Self {
        Self(value)
    }
}

impl<T: ?Sized> Deref for Data<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

/// Everything given by `data(..)`, by type.
#[derive(Clone, Default)]
pub struct DataMap(Arc<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl std::fmt::Debug for DataMap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataMap").field("types", &self.0.len()).finish()
    }
}

impl DataMap {
    /// Adds or replaces the value of type `T`.
    pub fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        Arc::make_mut(&mut self.0).insert(TypeId::of::<T>(), Arc::new(value));
    }

    /// Takes over what the other one has.
    #[cfg(feature = "testing")]
    pub(crate) fn extend(&mut self, other: &Self) {
        let values = other.0.iter().map(|(id, value)| (*id, Arc::clone(value)));
        Arc::make_mut(&mut self.0).extend(values);
    }

    /// The value of type `T`.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Data<T>> {
        let value = Arc::clone(self.0.get(&TypeId::of::<T>())?);
        value.downcast::<T>().ok().map(Data)
    }

    /// Whether a value of this type was given.
    pub fn holds(&self, type_id: TypeId) -> bool {
        self.0.contains_key(&type_id)
    }
}

/// The right to answer a parked task; a new one for each attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct TaskToken(String);

impl TaskToken {
    /// From its text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for TaskToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a callback step returns: the answer, a `T`, comes from whoever holds the token.
#[derive(Clone, Copy, Debug)]
pub struct Callback<T>(PhantomData<fn() -> T>);

impl<T> Callback<T> {
    /// The token is on its way; wait for the answer.
    pub const fn pending() -> Self {
        Self(PhantomData)
    }
}

/// What a step may know of its attempt.
#[derive(Clone, Debug)]
pub struct StepContext {
    pub(crate) inner: Arc<StepContextInner>,
}

#[derive(Debug)]
pub(crate) struct StepContextInner {
    pub(crate) workflow: Arc<str>,
    pub(crate) execution: Arc<str>,
    pub(crate) state: Arc<str>,
    pub(crate) attempt: u32,
    /// The number of the visit, and what tells this execution from one of the same name in another store.
    pub(crate) visit: u64,
    pub(crate) seed: u64,
    pub(crate) idempotency_key: OnceLock<String>,
    pub(crate) token: Option<TaskToken>,
    pub(crate) data: DataMap,
    pub(crate) signals: Arc<dyn StepSignals>,
    pub(crate) blobs: Option<Arc<dyn BlobStore>>,
}

/// How a running step reaches its runtime.
pub trait StepSignals: std::fmt::Debug + Send + Sync {
    /// A sign of life.
    fn heartbeat(&self);
    /// Whether nobody waits for the result any more.
    fn is_cancelled(&self) -> bool;
    /// The step stores a blob, which its execution needs from now on.
    fn blob_put(&self, id: BlobId) {
        let _ = id;
    }
}

impl StepContext {
    /// A context without an execution: for a unit test that calls a step's function, and for a host that runs steps by itself,
    /// such as a Lambda function.
    ///
    /// ```
    /// use workflow_runtime::StepContext;
    /// use workflow_runtime::blob::{Blob, Blobs, MemoryBlobs};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), workflow_runtime::blob::BlobError> {
    /// let context = StepContext::detached("CountProducts").with_blobs(Blobs::new(MemoryBlobs::new()));
    /// let blob = Blob::put(&context, &vec![1_u64, 2, 3]).await?;
    /// assert_eq!(blob.load(&context).await?, [1, 2, 3]);
    /// # Ok(()) }
    /// ```
    pub fn detached(state: impl Into<Arc<str>>) -> Self {
        let name: Arc<str> = "detached".into();
        Self::from(StepContextInner {
            workflow: Arc::clone(&name),
            execution: name,
            state: state.into(),
            attempt: 1,
            visit: 0,
            seed: 0,
            idempotency_key: OnceLock::new(),
            token: None,
            data: DataMap::default(),
            signals: Arc::new(NoSignals),
            blobs: None,
        })
    }

    /// The same context, with this store of blobs.
    #[must_use]
    pub fn with_blobs(&self, blobs: Blobs) -> Self {
        let StepContextInner { workflow, execution, state, token, data, signals, .. } = &*self.inner;
        Self::from(StepContextInner {
            workflow: Arc::clone(workflow),
            execution: Arc::clone(execution),
            state: Arc::clone(state),
            attempt: self.inner.attempt,
            visit: self.inner.visit,
            seed: self.inner.seed,
            idempotency_key: OnceLock::new(),
            token: token.clone(),
            data: data.clone(),
            signals: Arc::clone(signals),
            blobs: Some(blobs.into_store()),
        })
    }

    /// The workflow's name.
    pub fn workflow(&self) -> &str {
        &self.inner.workflow
    }

    /// The execution's name.
    pub fn execution(&self) -> &str {
        &self.inner.execution
    }

    /// The state's name.
    pub fn state(&self) -> &str {
        &self.inner.state
    }

    /// 1 for the first attempt.
    pub fn attempt(&self) -> u32 {
        self.inner.attempt
    }

    /// The same for every attempt of this visit to the state, also after a crash; another for every other visit.
    pub fn idempotency_key(&self) -> &str {
        let StepContextInner { execution, seed, visit, .. } = &*self.inner;
        self.inner.idempotency_key.get_or_init(|| format!("{execution}-{seed:016x}-{visit}"))
    }

    /// The task token of this attempt, for callback steps.
    pub fn token(&self) -> Option<&TaskToken> {
        self.inner.token.as_ref()
    }

    /// A sign of life; restarts the heartbeat clock.
    pub fn heartbeat(&self) {
        self.inner.signals.heartbeat();
    }

    /// Whether nobody waits for the result any more (timeout, stop, a failed sibling).
    pub fn is_cancelled(&self) -> bool {
        self.inner.signals.is_cancelled()
    }

    /// The program's value of type `T`.
    #[doc(hidden)]
    pub fn data<T: Send + Sync + 'static>(&self) -> Option<Data<T>> {
        self.inner.data.get()
    }
}

impl From<StepContextInner> for StepContext {
    fn from(inner: StepContextInner) -> Self {
        Self { inner: Arc::new(inner) }
    }
}

impl BlobAccess for StepContext {
    fn blobs(&self) -> std::result::Result<Blobs, BlobError> {
        let store = self.inner.blobs.as_ref().ok_or_else(no_store)?;
        Ok(Blobs::of_attempt(store, &self.inner.signals))
    }
}

/// Nobody waits for a detached step, and nobody cancels it.
#[derive(Debug)]
struct NoSignals;

impl StepSignals for NoSignals {
    fn heartbeat(&self) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}
