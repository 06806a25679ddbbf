//! Waiting for the disk on another thread, so that upkeep is done meanwhile.

use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// What the committer's lock guards.
#[derive(Debug)]
pub(super) struct Committing {
    /// Where durability is strict.
    pub(super) syncer: Option<Syncer>,
    /// For the next page, archive value or run.
    pub(super) next_sequence: u64,
}

/// Commits that are written and wait for the disk while others are being written.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    count: Mutex<usize>,
    none: Condvar,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct Flight<'f>(&'f InFlight);

impl InFlight {
    fn lock(&self) -> MutexGuard<'_, usize> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self) -> Flight<'_> {
        *self.lock() += 1;
        Flight(self)
    }

    /// Waits until there is none; new ones are kept away by the committer's lock.
    pub(super) fn settle(&self) {
        let mut count = self.lock();
        while *count > 0 {
            count = self.none.wait(count).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut count = self.0.lock();
        *count -= 1;
        if *count == 0 {
            self.0.none.notify_all();
        }
    }
}

/// One sync at a time, begun and ended by the committer.
#[derive(Debug)]
pub(super) struct Syncer {
    /// `None` once it closes.
    requests: Option<Sender<()>>,
    results: Receiver<io::Result<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Syncer {
    pub(super) fn start(file: Arc<File>) -> io::Result<Self> {
        let (requests, asked) = channel();
        let (answers, results) = channel();
        let thread = thread::Builder::new().name("workflow-sync".to_owned()).spawn(move || {
            while asked.recv().is_ok() {
                if answers.send(file.sync_data()).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { requests: Some(requests), results, thread: Some(thread) })
    }

    /// Syncs while `meanwhile` runs, and gives both results.
    pub(super) fn sync_while<T>(&mut self, meanwhile: impl FnOnce() -> T) -> (T, io::Result<()>) {
        let gone = || io::Error::other("the thread that syncs has ended");
        let asked = self.requests.as_ref().ok_or_else(gone).and_then(|requests| requests.send(()).map_err(|_| gone()));
        let done = meanwhile();
        (done, asked.and_then(|()| self.results.recv().map_err(|_| gone())?))
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(thread) = self.thread.take() {
            // It does not panic, and nothing waits for its last answer.
            let _ = thread.join();
        }
    }
}
