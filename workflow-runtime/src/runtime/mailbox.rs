//! What reaches a live execution from outside, and what the outside may know of it without asking.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;

use futures_util::task::AtomicWaker;
use serde_json::Value;
use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;

use super::blobs::Pins;
use crate::control::{ClientError, ExecutionDescription};
use crate::engine::{Execution, ExecutionStatus, MapRunEnd, MapRunMark, TaskId};
use crate::step::{ErrorOutput, TaskToken};
use crate::store::{ExecutionNumber, StoreError};
use crate::time::Timestamp;

/// A live execution as everybody but its own task sees it.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) number: ExecutionNumber,
    pub(crate) workflow: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) input: Arc<Value>,
    /// Of an Express execution, which is kept nowhere else.
    pub(crate) run: Option<Arc<str>>,
    letters: Mutex<Vec<Letter>>,
    bell: AtomicWaker,
    progress: Mutex<Progress>,
    /// After each turn, for those who follow along.
    changed: Notify,
    /// When its task is gone, for those who wait for that alone: they sleep through the turns.
    ended: Notify,
    /// The blobs that its steps have put; those of a map run's children too.
    pub(crate) pins: Arc<Pins>,
    /// Ends its task at once, when the runtime goes away without a shutdown.
    pub(crate) abort: OnceLock<AbortHandle>,
}

/// What is durable.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// History events so far; 0 while the start is not durable.
    pub(crate) events: u64,
    /// Set when its task is gone.
    pub(crate) end: Option<End>,
}

/// Why nothing more will happen here.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// It has ended.
    Ended(Arc<Outcome>),
    /// The runtime was shut down or dropped; it goes on at the next start.
    ShutDown,
    /// The store failed; it goes on from what is durable at the next start.
    StoreFailed(Arc<StoreError>),
    /// It was refused before its first record was written.
    Refused(ClientError),
}

/// How an execution ended.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) status: ExecutionStatus,
    pub(crate) started_at: Timestamp,
    pub(crate) stopped_at: Timestamp,
    pub(crate) output: Option<Arc<Value>>,
    pub(crate) error: Option<ErrorOutput>,
}

impl Outcome {
    /// Of an execution that has ended.
    pub(crate) fn of(execution: &Execution) -> Self {
        let started_at = execution.started_at().unwrap_or_default();
        Self {
            status: execution.status().unwrap_or(ExecutionStatus::Failed),
            started_at,
            stopped_at: execution.stopped_at().unwrap_or(started_at),
            output: execution.output().map(crate::json::Json::share),
            error: execution.error().cloned(),
        }
    }
}

pub(crate) type Reply<T> = oneshot::Sender<Result<T, ClientError>>;

/// Something for the execution's task to do between its turns.
#[derive(Debug)]
pub(crate) enum Letter {
    Describe(Reply<Box<ExecutionDescription>>),
    Stop {
        error: ErrorOutput,
        reply: Reply<()>,
    },
    Answer {
        token: TaskToken,
        answer: Answer,
        reply: Reply<()>,
    },
    /// A running step's sign of life.
    Heartbeat(TaskId),
    /// How far a map run is.
    MapRunProgressed {
        run: TaskId,
        mark: MapRunMark,
        results: Vec<Arc<Value>>,
        /// Told once it is durable.
        reply: oneshot::Sender<()>,
    },
    /// The results of a map run are in this owner's own files, or it has written all that it will.
    MapRunWriting {
        run: TaskId,
        owner: u64,
        mark: MapRunMark,
        error: Option<ErrorOutput>,
        /// Told once it is durable.
        reply: oneshot::Sender<()>,
    },
    /// A map run has ended.
    MapRunEnded {
        run: TaskId,
        end: MapRunEnd,
    },
    /// A map run has left, since the runtime is going.
    MapRunLeft(TaskId),
    /// Whatever was started before has lasted too long.
    Overdue {
        started_before: Timestamp,
    },
    /// Some of the time of day was skipped.
    ClockLeapt,
    /// Whether this task is open.
    IsOpen {
        task: TaskId,
        reply: Reply<bool>,
    },
    /// No new attempt starts; the task leaves when none is running.
    Drain,
    /// Nothing can be made durable any more.
    StoreFailed(Arc<StoreError>),
}

/// What somebody says of a parked task.
#[derive(Debug)]
pub(crate) enum Answer {
    Success(Arc<Value>),
    Failure(ErrorOutput),
    Heartbeat,
}

impl Live {
    pub(crate) fn new(number: ExecutionNumber, workflow: Arc<str>, name: Arc<str>, input: Arc<Value>) -> Arc<Self> {
        Self::of_run(number, workflow, name, input, None)
    }

    /// A child of a map run in memory: what its steps put is needed as long as the parent's record may still name it.
    pub(crate) fn child(
        number: ExecutionNumber,
        workflow: Arc<str>,
        name: Arc<str>,
        input: Arc<Value>,
        pins: Arc<Pins>,
    ) -> Arc<Self> {
        Self::made(number, workflow, name, input, None, pins)
    }

    pub(crate) fn of_run(
        number: ExecutionNumber,
        workflow: Arc<str>,
        name: Arc<str>,
        input: Arc<Value>,
        run: Option<Arc<str>>,
    ) -> Arc<Self> {
        Self::made(number, workflow, name, input, run, Arc::default())
    }

    fn made(
        number: ExecutionNumber,
        workflow: Arc<str>,
        name: Arc<str>,
        input: Arc<Value>,
        run: Option<Arc<str>>,
        pins: Arc<Pins>,
    ) -> Arc<Self> {
        Arc::new(Self {
            number,
            workflow,
            name,
            input,
            run,
            letters: Mutex::default(),
            bell: AtomicWaker::new(),
            progress: Mutex::default(),
            changed: Notify::new(),
            ended: Notify::new(),
            pins,
            abort: OnceLock::new(),
        })
    }

    /// Puts a letter in the box, unless nobody will open it any more.
    pub(crate) fn send(&self, letter: Letter) -> Result<(), End> {
        // Both locks in this order: who leaves sets the end and then empties the box for the last time.
        let progress = lock(&self.progress);
        if let Some(end) = &progress.end {
            return Err(end.clone());
        }
        lock(&self.letters).push(letter);
        drop(progress);
        self.bell.wake();
        Ok(())
    }

    /// Sends what has a reply, and waits for that.
    pub(crate) async fn ask<T>(&self, letter: impl FnOnce(Reply<T>) -> Letter) -> Result<Result<T, ClientError>, End> {
        let (reply, answer) = oneshot::channel();
        self.send(letter(reply))?;
        match answer.await {
            Ok(answer) => Ok(answer),
            // Its task left while the letter was in the box.
            Err(_) => Err(self.progress().end.unwrap_or(End::ShutDown)),
        }
    }

    /// For the execution's own task: the letters that have come.
    pub(crate) fn take_letters(&self, waker: &Waker) -> Vec<Letter> {
        self.bell.register(waker);
        std::mem::take(&mut *lock(&self.letters))
    }

    /// What is durable now.
    pub(crate) fn progress(&self) -> Progress {
        lock(&self.progress).clone()
    }

    /// For the execution's own task: more is durable.
    pub(crate) fn advance(&self, events: u64) {
        lock(&self.progress).events = events;
        self.changed.notify_waiters();
    }

    /// For the execution's own task: the last thing it says. Letters still in the box are dropped with their replies.
    pub(crate) fn leave(&self, end: End) {
        let letters = {
            let mut progress = lock(&self.progress);
            if progress.end.is_some() {
                return;
            }
            progress.end = Some(end);
            std::mem::take(&mut *lock(&self.letters))
        };
        drop(letters);
        self.changed.notify_waiters();
        self.ended.notify_waiters();
    }

    /// Waits until `ready` finds something.
    pub(crate) async fn wait_for<T>(&self, ready: impl FnMut(&Progress) -> Option<T>) -> T {
        self.wait(&self.changed, ready).await
    }

    /// Waits until its task is gone.
    pub(crate) async fn wait_for_end(&self) -> End {
        self.wait(&self.ended, |progress| progress.end.clone()).await
    }

    async fn wait<T>(&self, bell: &Notify, mut ready: impl FnMut(&Progress) -> Option<T>) -> T {
        loop {
            let rung = bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            if let Some(found) = ready(&lock(&self.progress)) {
                return found;
            }
            rung.await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
