//! Group commit: what waits goes to the store in one batch, from as many threads as the store has use for.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::task::{Poll, Waker};
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::task::AtomicWaker;

use super::host;
use crate::store::{Commit, Fencing, Store, StoreError, StoreErrorKind};

/// How often a commit is tried again that the store says did not happen and may go well later.
const TRANSIENT_RETRIES: u32 = 5;

/// Commits records; the first failure is the last commit.
#[derive(Debug)]
pub(crate) struct Committer {
    shared: Arc<Shared>,
    /// Without a flush to share there is nothing to wait for: commits happen where they are asked for.
    inline: bool,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

type Listener = Box<dyn Fn(&Arc<StoreError>) + Send + Sync>;

struct Shared {
    store: Arc<dyn Store>,
    fencing: Fencing,
    /// Where those who wait run.
    tokio: Option<tokio::runtime::Handle>,
    queue: Mutex<Queue>,
    bell: Condvar,
    /// Rings for the simulator's committers, which are tasks.
    #[cfg(all(test, feature = "cli"))]
    task_bell: tokio::sync::Notify,
    failure: OnceLock<Arc<StoreError>>,
    on_failure: OnceLock<Listener>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("store", &self.store).field("failure", &self.failure).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Queue {
    commits: Vec<Commit>,
    waiters: Vec<Arc<Slot>>,
    closed: bool,
}

/// Where one execution waits for its commit. It has one commit at a time, so that the slot is used again and again.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    state: AtomicU8,
    waker: AtomicWaker,
}

const WAITING: u8 = 0;
const DURABLE: u8 = 1;
const REFUSED: u8 = 2;

/// From so many on, those who wait are woken by a task of their own.
const MANY: usize = 16;

impl Committer {
    /// Starts the threads, where they are needed.
    pub(crate) fn start(store: Arc<dyn Store>, fencing: Fencing) -> std::io::Result<Self> {
        let inline = !store.is_durable();
        let shared = Arc::new(Shared {
            store,
            fencing,
            tokio: tokio::runtime::Handle::try_current().ok(),
            queue: Mutex::default(),
            bell: Condvar::new(),
            #[cfg(all(test, feature = "cli"))]
            task_bell: tokio::sync::Notify::new(),
            failure: OnceLock::new(),
            on_failure: OnceLock::new(),
        });
        #[cfg(all(test, feature = "cli"))]
        if let Some(sim) = crate::sim::current()
            && !inline
        {
            for _ in 0..shared.store.concurrent_commits().max(1) {
                drop(host::spawn(Arc::clone(&shared).run_as_task(Arc::clone(&sim))));
            }
            return Ok(Self { shared, inline, threads: Mutex::default() });
        }
        let threads = if inline { 0 } else { shared.store.concurrent_commits().max(1) };
        let start = |_| {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new().name("workflow-commit".to_owned()).spawn(move || shared.run())
        };
        let threads = (0..threads).map(start).collect::<std::io::Result<_>>()?;
        Ok(Self { shared, inline, threads: Mutex::new(threads) })
    }

    /// Is called once when the store fails. Only the first listener is kept.
    pub(crate) fn on_failure(&self, listener: impl Fn(&Arc<StoreError>) + Send + Sync + 'static) {
        // A second one would be a bug of ours without harm.
        let _ = self.shared.on_failure.set(Box::new(listener));
    }

    /// What every commit names.
    pub(crate) fn fencing(&self) -> Fencing {
        self.shared.fencing
    }

    /// Why nothing is committed any more.
    pub(crate) fn failure(&self) -> Option<&Arc<StoreError>> {
        self.shared.failure.get()
    }

    /// Returns once the record is durable.
    ///
    /// # Cancel safety
    /// A dropped call may or may not have committed.
    pub(crate) async fn commit(&self, slot: &Arc<Slot>, commit: Commit) -> Result<(), Arc<StoreError>> {
        if let Some(failure) = self.shared.stopped_by() {
            return Err(Arc::clone(failure));
        }
        if self.inline {
            return self.shared.commit_caught(vec![commit]).map_err(|error| self.shared.fail(error));
        }
        slot.state.store(WAITING, Ordering::Relaxed);
        self.shared.submit(commit, slot);
        poll_fn(|cx| slot.poll(cx.waker())).await.map_err(|()| self.shared.refusal())
    }

    /// Commits what is queued, then ends the threads. Blocks.
    pub(crate) fn close(&self) {
        self.shared.close();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A panicked thread has marked its failure already.
            let _ = thread.join();
        }
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl Slot {
    fn poll(&self, waker: &Waker) -> Poll<Result<(), ()>> {
        if self.state.load(Ordering::Acquire) == WAITING {
            self.waker.register(waker);
        }
        match self.state.load(Ordering::Acquire) {
            WAITING => Poll::Pending,
            DURABLE => Poll::Ready(Ok(())),
            _ => Poll::Ready(Err(())),
        }
    }

    fn answer(&self, state: u8) -> Option<Waker> {
        self.state.store(state, Ordering::Release);
        self.waker.take()
    }
}

/// Wakes them when it is dropped: also where a tokio that shuts down never runs the task that holds it.
struct Wakers(Vec<Waker>);

impl Drop for Wakers {
    fn drop(&mut self) {
        self.0.drain(..).for_each(Waker::wake);
    }
}

impl Shared {
    fn submit(&self, commit: Commit, slot: &Arc<Slot>) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.closed {
            drop(queue);
            let _ = slot.answer(REFUSED);
            return;
        }
        queue.commits.push(commit);
        queue.waiters.push(Arc::clone(slot));
        let first = queue.commits.len() == 1;
        drop(queue);
        if first {
            self.bell.notify_one();
            #[cfg(all(test, feature = "cli"))]
            self.task_bell.notify_one();
        }
    }

    fn close(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.bell.notify_all();
        #[cfg(all(test, feature = "cli"))]
        self.task_bell.notify_waiters();
    }

    /// A thread.
    fn run(&self) {
        let mut waiters = Vec::new();
        let mut wakers = Vec::new();
        while let Some(commits) = self.take(&mut waiters) {
            let state = self.make_durable(commits);
            self.answer(state, &mut waiters, &mut wakers);
        }
    }

    /// What becomes of those who wait for them.
    fn make_durable(&self, commits: Vec<Commit>) -> u8 {
        if self.stopped_by().is_some() {
            return REFUSED;
        }
        match self.commit_caught(commits) {
            Ok(()) => DURABLE,
            Err(error) => {
                self.fail(error);
                REFUSED
            }
        }
    }

    fn answer(&self, state: u8, waiters: &mut Vec<Arc<Slot>>, wakers: &mut Vec<Waker>) {
        wakers.extend(waiters.drain(..).filter_map(|slot| slot.answer(state)));
        self.wake(wakers);
    }

    /// Many are woken where they run: one spawn is quicker than a queue's lock and a look at its sleepers for each.
    fn wake(&self, wakers: &mut Vec<Waker>) {
        match &self.tokio {
            Some(tokio) if wakers.len() >= MANY => {
                let wakers = Wakers(std::mem::take(wakers));
                drop(tokio.spawn(async move { drop(wakers) }));
            }
            _ => wakers.drain(..).for_each(Waker::wake),
        }
    }

    /// Waits for work; `None` once closed and drained.
    fn take(&self, waiters: &mut Vec<Arc<Slot>>) -> Option<Vec<Commit>> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        while queue.commits.is_empty() {
            if queue.closed {
                return None;
            }
            queue = self.bell.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::swap(&mut queue.waiters, waiters);
        let room = queue.commits.len();
        Some(std::mem::replace(&mut queue.commits, Vec::with_capacity(room)))
    }

    fn commit_caught(&self, commits: Vec<Commit>) -> Result<(), StoreError> {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.commit(commits))).unwrap_or_else(|panic| {
            Err(StoreError {
                kind: StoreErrorKind::Ambiguous,
                code: "WF2107",
                message: format!("the store panicked in a commit: {}", super::attempt::panic_text(&*panic)),
                source: None,
            })
        })
    }

    fn commit(&self, commits: Vec<Commit>) -> Result<(), StoreError> {
        if !self.store.may_be_transient() {
            return self.store.commit(self.fencing, commits);
        }
        let mut attempt = 0;
        loop {
            match self.store.commit(self.fencing, commits.clone()) {
                Err(error) if error.kind == StoreErrorKind::Transient && attempt < TRANSIENT_RETRIES => {
                    tracing::warn!(%error, attempt, "the store could not commit; trying again");
                    host::pause(Duration::from_millis(10 << attempt));
                    attempt += 1;
                }
                done => return done,
            }
        }
    }

    /// The first failure, behind which nothing is committed.
    fn stopped_by(&self) -> Option<&Arc<StoreError>> {
        #[cfg(all(test, feature = "cli"))]
        if crate::sim::broken::is_broken(crate::sim::broken::Broken::GoesOn) {
            return None;
        }
        self.failure.get()
    }

    fn fail(&self, error: StoreError) -> Arc<StoreError> {
        let error = Arc::new(error);
        if self.failure.set(Arc::clone(&error)).is_ok()
            && let Some(listener) = self.on_failure.get()
        {
            listener(&error);
        }
        self.failure.get().map_or(error, Arc::clone)
    }

    fn refusal(&self) -> Arc<StoreError> {
        self.failure.get().map_or_else(
            || {
                Arc::new(StoreError {
                    kind: StoreErrorKind::Permanent,
                    code: "WF2106",
                    message: "the runtime was shut down; nothing is committed any more".to_owned(),
                    source: None,
                })
            },
            Arc::clone,
        )
    }
}

/// The same as a task of the simulator's, which says how long it takes.
#[cfg(all(test, feature = "cli"))]
impl Shared {
    async fn run_as_task(self: Arc<Self>, sim: Arc<crate::sim::Sim>) {
        let (mut waiters, mut wakers) = (Vec::new(), Vec::new());
        loop {
            let bell = self.task_bell.notified();
            tokio::pin!(bell);
            bell.as_mut().enable();
            let (commits, closed) = {
                let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
                waiters.append(&mut queue.waiters);
                (std::mem::take(&mut queue.commits), queue.closed)
            };
            if commits.is_empty() {
                if closed {
                    return;
                }
                bell.await;
                continue;
            }
            if sim.answers_early() {
                self.answer(DURABLE, &mut waiters, &mut wakers);
            }
            sim.before_commit().await;
            let mut state = self.make_durable(commits);
            sim.after_commit().await;
            if sim.ignores_errors() {
                state = DURABLE;
            }
            if sim.forgets_to_wake() {
                waiters.clear();
            }
            self.answer(state, &mut waiters, &mut wakers);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::task::{ArcWake, waker};
    use std::sync::atomic::AtomicUsize;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl ArcWake for Count {
        fn wake_by_ref(this: &Arc<Self>) {
            this.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn shared(tokio: Option<tokio::runtime::Handle>) -> Shared {
        Shared {
            store: Arc::new(crate::store::MemoryStore::new()),
            fencing: Fencing(1),
            tokio,
            queue: Mutex::default(),
            bell: Condvar::new(),
            #[cfg(feature = "cli")]
            task_bell: tokio::sync::Notify::new(),
            failure: OnceLock::new(),
            on_failure: OnceLock::new(),
        }
    }

    #[test]
    fn everybody_is_woken_however_many_and_even_where_tokio_is_gone() {
        let tokio = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let handle = tokio.handle().clone();
        let count = Arc::new(Count::default());
        let shared = shared(Some(handle));
        let wakers = |number| (0..number).map(|_| waker(Arc::clone(&count))).collect::<Vec<_>>();
        shared.wake(&mut wakers(MANY - 1));
        assert_eq!(count.0.load(Ordering::SeqCst), MANY - 1, "few are woken here");
        shared.wake(&mut wakers(MANY));
        tokio.block_on(tokio::task::yield_now());
        assert_eq!(count.0.load(Ordering::SeqCst), 2 * MANY - 1, "many by a task");
        drop(tokio);
        shared.wake(&mut wakers(MANY));
        assert_eq!(count.0.load(Ordering::SeqCst), 3 * MANY - 1, "a tokio that is gone keeps nobody asleep");
    }
}
