//! The thread that does what is due beside commits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::inner::Inner;
use super::log::Log;
use super::upkeep;
use crate::store::{StoreError, StoreErrorKind};

/// What the thread is told.
#[derive(Debug, Default)]
pub(super) struct Signals {
    state: Mutex<Told>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Told {
    due: bool,
    busy: bool,
    closing: bool,
}

impl Signals {
    fn lock(&self) -> MutexGuard<'_, Told> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something is due.
    pub(super) fn due(&self) {
        let mut told = self.lock();
        if !told.due {
            told.due = true;
            self.changed.notify_all();
        }
    }

    fn is_closing(&self) -> bool {
        self.lock().closing
    }

    /// Where the log has too many segments, waits until it has fewer or nothing more can be done about it.
    pub(super) fn make_room(&self, log: &Log, most: usize) {
        if log.in_use() < most {
            return;
        }
        self.due();
        let mut told = self.lock();
        while (told.due || told.busy) && !told.closing && log.in_use() >= most {
            told = self.changed.wait(told).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until what was due is done.
    #[cfg(test)]
    pub(super) fn settle(&self) {
        let mut told = self.lock();
        while told.due || told.busy {
            told = self.changed.wait(told).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Ends its thread, after the round it is in, when it is dropped.
#[derive(Debug)]
pub(super) struct Keeper {
    inner: Arc<Inner>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    pub(super) fn start(inner: Arc<Inner>) -> std::io::Result<Self> {
        let of_thread = Arc::clone(&inner);
        let thread = thread::Builder::new().name("workflow-upkeep".to_owned()).spawn(move || run(&of_thread))?;
        Ok(Self { inner, thread: Some(thread) })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.inner.signals.lock().closing = true;
        self.inner.signals.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic in it was caught and has stopped the store.
            let _ = thread.join();
        }
    }
}

fn run(inner: &Inner) {
    let signals = &inner.signals;
    loop {
        let mut told = signals.lock();
        while !told.due && !told.closing {
            told = signals.changed.wait(told).unwrap_or_else(PoisonError::into_inner);
        }
        if told.closing {
            return;
        }
        (told.due, told.busy) = (false, true);
        drop(told);
        if let Err(fault) = keep_up(inner) {
            // The commit that made it due stands, and the next one is refused.
            inner.halt(&fault);
            tracing::error!(error.code = fault.code, "{fault}");
        }
        signals.lock().busy = false;
        signals.changed.notify_all();
    }
}

/// Rounds until nothing is due.
fn keep_up(inner: &Inner) -> Result<(), StoreError> {
    while !inner.signals.is_closing() {
        inner.disk.check()?;
        if inner.log.wants_segment()
            && let Err(fault) = inner.log.prepare()
        {
            // The commit that needs it tries again, and says so.
            tracing::warn!("no segment of the commit log could be made ahead: {fault}");
        }
        let log = inner.log_state();
        if !upkeep::is_due(&inner.read(), &inner.limits, log) {
            break;
        }
        let round = catch_unwind(AssertUnwindSafe(|| upkeep::round(inner)));
        let panicked =
            |_| StoreError::new(StoreErrorKind::Permanent, "WF3008", "the store's upkeep panicked: please report it");
        let is_something = round.map_err(panicked)??;
        // Whoever waits for room looks again.
        inner.signals.changed.notify_all();
        if !is_something {
            break;
        }
    }
    Ok(())
}
