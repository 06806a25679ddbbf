//! What the driver takes from the process around it: tasks, threads for what blocks, random numbers.
//!
//! Each function is the one line that it looks like. In this crate's own tests the simulator (`crate::sim`) stands in, so
//! that one seed decides all of it and everything runs on one thread. What happens between a runtime and its steps is not the
//! process's: whoever stands there, the simulator included, comes through [`seam`](super::seam).

use std::future::Future;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use uuid::Uuid;

/// A task.
pub(crate) fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    #[cfg(all(test, feature = "cli"))]
    if let Some(sim) = crate::sim::current() {
        return tokio::spawn(sim.task(future));
    }
    tokio::spawn(future)
}

/// A task that ends with this set.
pub(crate) fn spawn_in<T: Send + 'static>(
    set: &mut JoinSet<T>,
    future: impl Future<Output = T> + Send + 'static,
) -> AbortHandle {
    #[cfg(all(test, feature = "cli"))]
    if let Some(sim) = crate::sim::current() {
        return set.spawn(sim.task(future));
    }
    set.spawn(future)
}

/// Work that blocks.
pub(crate) fn spawn_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    #[cfg(all(test, feature = "cli"))]
    if let Some(sim) = crate::sim::current() {
        return tokio::spawn(sim.task(async move { work() }));
    }
    tokio::task::spawn_blocking(work)
}

/// Work that blocks until somebody takes what it has.
pub(crate) fn spawn_reader(work: impl FnOnce() + Send + 'static) {
    #[cfg(all(test, feature = "cli"))]
    if crate::sim::current().is_some() {
        // What is read there fits into the channel, so that nobody waits.
        std::thread::spawn(work).join().expect("a reader does not panic");
        return;
    }
    drop(tokio::task::spawn_blocking(work));
}

/// On many threads, what was spawned may run from here on; on the simulator's only one it does.
#[cfg_attr(not(all(test, feature = "cli")), expect(clippy::unused_async, reason = "only a test yields"))]
pub(crate) async fn breathe() {
    #[cfg(all(test, feature = "cli"))]
    if crate::sim::current().is_some() {
        tokio::task::yield_now().await;
    }
}

/// Keeps the thread for a while.
pub(crate) fn pause(duration: Duration) {
    #[cfg(all(test, feature = "cli"))]
    if crate::sim::current().is_some() {
        return;
    }
    std::thread::sleep(duration);
}

/// A random number.
pub(crate) fn random() -> Uuid {
    #[cfg(all(test, feature = "cli"))]
    if let Some(sim) = crate::sim::current() {
        return sim.random();
    }
    Uuid::new_v4()
}
