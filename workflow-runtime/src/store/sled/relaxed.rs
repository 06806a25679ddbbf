//! The thread behind [`Durability::Relaxed`](super::Durability::Relaxed): a sync within the interval after a commit.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::inner::Inner;

#[derive(Debug, Default)]
struct Signals {
    written: bool,
    closing: bool,
}

#[derive(Debug, Default)]
struct Shared {
    signals: Mutex<Signals>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Signals> {
        self.signals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Syncs what was committed; once more when it is dropped.
#[derive(Debug)]
pub(super) struct Flusher {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Flusher {
    pub(super) fn start(inner: Arc<Inner>, interval: Duration) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("workflow-flush".to_owned())
            .spawn(move || run(&of_thread, &inner, interval))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// There is something to sync.
    pub(super) fn written(&self) {
        let mut signals = self.shared.lock();
        if !signals.written {
            signals.written = true;
            self.shared.changed.notify_all();
        }
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // It does not panic; if it did, its sync failed, and the log is as a crash would leave it.
            let _ = thread.join();
        }
    }
}

fn run(shared: &Shared, inner: &Inner, interval: Duration) {
    loop {
        let mut signals = shared.lock();
        while !signals.written && !signals.closing {
            signals = shared.changed.wait(signals).unwrap_or_else(PoisonError::into_inner);
        }
        if !signals.closing {
            let wait = shared.changed.wait_timeout_while(signals, interval, |signals| !signals.closing);
            signals = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        let (written, closing) = (std::mem::take(&mut signals.written), signals.closing);
        drop(signals);
        // A failure stops the store: the next commit says so.
        if written && let Err(fault) = inner.sync_log() {
            tracing::error!(error.code = fault.code, "{fault}");
            return;
        }
        if closing {
            return;
        }
    }
}
