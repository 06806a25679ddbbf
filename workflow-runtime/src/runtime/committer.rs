//! Group commit: what waits goes to the store in one batch, from one thread.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::task::{Poll, Waker};
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::task::AtomicWaker;

use crate::store::{Commit, Fencing, Store, StoreError, StoreErrorKind};

/// How often a commit is tried again that the store says did not happen and may go well later.
const TRANSIENT_RETRIES: u32 = 5;

/// Commits records; the first failure is the last commit.
#[derive(Debug)]
pub(crate) struct Committer {
    shared: Arc<Shared>,
    /// Without a flush to share there is nothing to wait for: commits happen where they are asked for.
    inline: bool,
    thread: Mutex<Option<JoinHandle<()>>>,
}

type Listener = Box<dyn Fn(&Arc<StoreError>) + Send + Sync>;

struct Shared {
    store: Arc<dyn Store>,
    fencing: Fencing,
    queue: Mutex<Queue>,
    bell: Condvar,
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
    /// At how many the thread wants to be woken.
    wanted: usize,
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

/// How long a commit waits for those whose last one has just ended.
const LINGER: Duration = Duration::from_micros(300);
/// From so many on, waiting for company can pay.
const COMPANY: usize = 16;

/// Whether it pays to wait before a commit.
///
/// Executions whose steps are short come back while the next commit is under way, so that they part into two halves that
/// wait for each other's flush. Where they are seen to come back at once, one flush for all of them is quicker. Where they
/// are not, the thread leaves off waiting, for longer each time.
#[derive(Debug, Default)]
struct Company {
    last: usize,
    pause: u32,
    failures: u32,
}

impl Company {
    /// How many to wait for, where so many are there.
    fn wanted(&mut self, there: usize) -> Option<usize> {
        if self.pause > 0 {
            self.pause -= 1;
            return None;
        }
        let wanted = (self.last + there) / 8 * 7;
        (self.last >= COMPANY && wanted > there).then_some(wanted)
    }

    fn came(&mut self, all: bool) {
        if all {
            self.failures = 0;
        } else {
            self.failures = (self.failures + 1).min(10);
            self.pause = 1 << self.failures;
        }
    }
}

impl Committer {
    /// Starts the thread, where one is needed.
    pub(crate) fn start(store: Arc<dyn Store>, fencing: Fencing) -> std::io::Result<Self> {
        let inline = !store.is_durable();
        let shared = Arc::new(Shared {
            store,
            fencing,
            queue: Mutex::default(),
            bell: Condvar::new(),
            failure: OnceLock::new(),
            on_failure: OnceLock::new(),
        });
        let thread = if inline {
            None
        } else {
            let shared = Arc::clone(&shared);
            Some(std::thread::Builder::new().name("workflow-commit".to_owned()).spawn(move || shared.run())?)
        };
        Ok(Self { shared, inline, thread: Mutex::new(thread) })
    }

    /// Is called once when the store fails. Only the first listener is kept.
    pub(crate) fn on_failure(&self, listener: impl Fn(&Arc<StoreError>) + Send + Sync + 'static) {
        // A second one would be a bug of ours without harm.
        let _ = self.shared.on_failure.set(Box::new(listener));
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
        if let Some(failure) = self.failure() {
            return Err(Arc::clone(failure));
        }
        if self.inline {
            let done = self.shared.store.commit(self.shared.fencing, vec![commit]);
            return done.map_err(|error| self.shared.fail(error));
        }
        slot.state.store(WAITING, Ordering::Relaxed);
        self.shared.submit(commit, slot);
        poll_fn(|cx| slot.poll(cx.waker())).await.map_err(|()| self.shared.refusal())
    }

    /// Commits what is queued, then ends the thread. Blocks.
    pub(crate) fn close(&self) {
        self.shared.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
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
        let enough = queue.commits.len() == queue.wanted.max(1);
        drop(queue);
        if enough {
            self.bell.notify_one();
        }
    }

    fn close(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.bell.notify_one();
    }

    /// The thread.
    fn run(&self) {
        let mut waiters = Vec::new();
        let mut wakers = Vec::new();
        let mut company = Company::default();
        while let Some(commits) = self.take(&mut waiters, &mut company) {
            let state = if self.failure.get().is_some() {
                REFUSED
            } else {
                match self.commit_caught(&commits) {
                    Ok(()) => DURABLE,
                    Err(error) => {
                        self.fail(error);
                        REFUSED
                    }
                }
            };
            wakers.extend(waiters.drain(..).filter_map(|slot: Arc<Slot>| slot.answer(state)));
            wakers.drain(..).for_each(Waker::wake);
        }
    }

    /// Waits for work; `None` once closed and drained.
    fn take(&self, waiters: &mut Vec<Arc<Slot>>, company: &mut Company) -> Option<Vec<Commit>> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.wanted = 1;
        while queue.commits.is_empty() {
            if queue.closed {
                return None;
            }
            queue = self.bell.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(wanted) = company.wanted(queue.commits.len()) {
            queue.wanted = wanted;
            let short = |queue: &mut Queue| queue.commits.len() < wanted && !queue.closed;
            let waited = self.bell.wait_timeout_while(queue, LINGER, short).unwrap_or_else(PoisonError::into_inner);
            queue = waited.0;
            company.came(!waited.1.timed_out());
        }
        std::mem::swap(&mut queue.waiters, waiters);
        let room = queue.commits.len();
        company.last = room;
        Some(std::mem::replace(&mut queue.commits, Vec::with_capacity(room)))
    }

    fn commit_caught(&self, commits: &[Commit]) -> Result<(), StoreError> {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.commit(commits))).unwrap_or_else(|panic| {
            Err(StoreError {
                kind: StoreErrorKind::Ambiguous,
                code: "WF2107",
                message: format!("the store panicked in a commit: {}", super::attempt::panic_text(&*panic)),
                source: None,
            })
        })
    }

    fn commit(&self, commits: &[Commit]) -> Result<(), StoreError> {
        let mut attempt = 0;
        loop {
            match self.store.commit(self.fencing, commits.to_vec()) {
                Err(error) if error.kind == StoreErrorKind::Transient && attempt < TRANSIENT_RETRIES => {
                    tracing::warn!(%error, attempt, "the store could not commit; trying again");
                    std::thread::sleep(Duration::from_millis(10 << attempt));
                    attempt += 1;
                }
                done => return done,
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_for_company_stops_where_none_comes() {
        let mut company = Company { last: 32, ..Company::default() };
        assert_eq!(company.wanted(32), Some(56));
        company.came(true);
        assert_eq!(company.wanted(224), None, "enough are there");
        company.came(false);
        let pauses = (0..10).take_while(|_| company.wanted(32).is_none()).count();
        assert_eq!(pauses, 2);
        company.came(false);
        let pauses = (0..10).take_while(|_| company.wanted(32).is_none()).count();
        assert_eq!(pauses, 4, "longer each time");
        let mut alone = Company { last: 1, ..Company::default() };
        assert_eq!(alone.wanted(1), None, "a lone execution never waits");
    }
}
