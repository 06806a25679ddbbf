//! The only clock: tokio's, which tests may stop and turn, told as time of day.
//!
//! It never goes back. Where the system's clock is set back while the runtime runs, this one goes on as if nothing had happened;
//! where it is set ahead, or the machine has slept, this one follows within [`WATCH`], so that what waits for a time of day does
//! not wait longer than that.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::core::Core;
use super::mailbox::Letter;
use crate::time::Timestamp;

/// Time of day as tokio's clock has it: what the system said at some point, plus what has passed since, plus by how much the
/// system's clock was ahead of that when it was looked at again. Clones are one clock.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    origin: Instant,
    wall_ms: i64,
    leapt_ms: Arc<AtomicI64>,
}

/// What a clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) now: Timestamp,
    /// How much of the time of day was skipped so far and did not pass.
    pub(crate) leapt_ms: i64,
}

/// What the last clock of this process that looked at the system's goes by. The others follow it, so that time does not go back
/// between them: not when the system's clock is set back, nor when a test has turned tokio's ahead.
static FIRST: Mutex<Option<(Instant, i64)>> = Mutex::new(None);

/// Tokio's clock stands still while the machine sleeps. A runtime that starts this much later than the first one's clock
/// says reads the time of day anew.
const SLEPT_MS: i64 = 60_000;

/// How often a runtime looks whether the system's clock was set ahead.
const WATCH: Duration = Duration::from_secs(30);

/// Less than this is left to the system, which lets its clock go a little quicker or slower.
const LEAP_MS: i64 = 1_000;

impl Clock {
    fn new(origin: Instant, wall_ms: i64) -> Self {
        Self { origin, wall_ms, leapt_ms: Arc::default() }
    }

    /// Reads the time of day.
    pub(crate) fn start() -> Self {
        let read = Self::new(Instant::now(), system_ms());
        #[cfg(all(test, feature = "cli"))]
        if crate::sim::current().is_some() {
            return read;
        }
        let mut first = FIRST.lock().unwrap_or_else(PoisonError::into_inner);
        let (origin, wall_ms) = *first.get_or_insert((read.origin, read.wall_ms));
        let first = Self::new(origin, wall_ms);
        if read.wall_ms.saturating_sub(first.now().as_millis()) > SLEPT_MS { read } else { first }
    }

    /// Tells this time of day now.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn at(now: Timestamp) -> Self {
        Self::new(Instant::now(), now.as_millis())
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        self.read().now
    }

    /// Now, and how it came to that.
    pub(crate) fn read(&self) -> Reading {
        let millis = |passed: Duration| i64::try_from(passed.as_millis()).unwrap_or(i64::MAX);
        let now = Instant::now();
        let passed = match now.checked_duration_since(self.origin) {
            Some(passed) => millis(passed),
            // A test's clock that stood still when the first runtime of the process looked at its own.
            None => -millis(self.origin.duration_since(now)),
        };
        let leapt_ms = self.leapt_ms.load(Ordering::Acquire);
        let now = Timestamp::from_millis(self.wall_ms.saturating_add(leapt_ms).saturating_add(passed));
        Reading { now, leapt_ms }
    }

    /// When tokio's clock will show this time; `None` where that is beyond what it can show.
    pub(crate) fn instant(&self, at: Timestamp) -> Option<Instant> {
        #[cfg(all(test, feature = "cli"))]
        let at = at.plus_millis(if crate::sim::broken::is_broken(crate::sim::broken::Broken::RingsLate) {
            120_000
        } else {
            0
        });
        let begin = self.wall_ms.saturating_add(self.leapt_ms.load(Ordering::Acquire));
        let ahead = at.as_millis().saturating_sub(begin);
        let distance = Duration::from_millis(ahead.unsigned_abs());
        if ahead >= 0 {
            self.origin.checked_add(distance)
        } else {
            Some(self.origin.checked_sub(distance).unwrap_or(self.origin))
        }
    }

    /// Leaps to this time of day, unless it is behind or only a little ahead; whether it did.
    fn follow(&self, wall_ms: i64) -> bool {
        let ahead = wall_ms.saturating_sub(self.now().as_millis());
        if ahead < LEAP_MS && !is_broken_to_go_back() {
            return false;
        }
        self.leapt_ms.fetch_add(ahead, Ordering::AcqRel);
        true
    }
}

/// The system's time of day.
fn system_ms() -> i64 {
    #[cfg(all(test, feature = "cli"))]
    if let Some(sim) = crate::sim::current() {
        return sim.wall_ms();
    }
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    let wall = std::time::SystemTime::now();
    let since = wall.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn pause() -> Duration {
    #[cfg(all(test, feature = "cli"))]
    if let Some(sim) = crate::sim::current() {
        return sim.watch();
    }
    WATCH
}

fn is_broken_to_go_back() -> bool {
    #[cfg(all(test, feature = "cli"))]
    if let Some(sim) = crate::sim::current() {
        return sim.goes_back();
    }
    false
}

/// Whether tokio's clock is a test's, which has nothing to do with the system's.
fn is_virtual() -> bool {
    #[cfg(all(test, feature = "cli"))]
    if crate::sim::current().is_some() {
        return false;
    }
    let (tokio, system) = (Instant::now().into_std(), std::time::Instant::now());
    let apart = tokio.saturating_duration_since(system).max(system.saturating_duration_since(tokio));
    apart > Duration::from_secs(1)
}

/// Follows the system's clock where that is set ahead, as long as the runtime is there.
pub(super) async fn watch(core: Weak<Core>) {
    loop {
        tokio::time::sleep(pause()).await;
        let Some(core) = core.upgrade() else { return };
        if is_virtual() {
            return;
        }
        let Reading { now, leapt_ms } = core.clock.read();
        if !core.clock.follow(system_ms()) {
            continue;
        }
        let now_ms = core.clock.now().as_millis();
        tracing::warn!(
            milliseconds = core.clock.read().leapt_ms - leapt_ms,
            "the system's clock was set ahead, or the machine has slept: following it"
        );
        debug_assert!(now_ms >= now.as_millis() || is_broken_to_go_back());
        let mut first = FIRST.lock().unwrap_or_else(PoisonError::into_inner);
        *first = Some((Instant::now(), now_ms));
        drop(first);
        core.tell_everybody(|| Letter::ClockLeapt);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn virtual_time_moves_the_time_of_day() {
        let clock = Clock::start();
        let before = clock.now();
        tokio::time::sleep_until(clock.instant(before.plus_millis(3_000)).unwrap()).await;
        assert_eq!(clock.now(), before.plus_millis(3_000));
        assert!(Clock::start().now() >= clock.now(), "another clock does not go back");
    }

    #[tokio::test(start_paused = true)]
    async fn it_follows_a_clock_that_is_set_ahead_and_none_that_is_set_back() {
        let clock = Clock::at(Timestamp::from_millis(1_000_000));
        assert!(!clock.follow(0), "back");
        assert!(!clock.follow(1_000_999), "hardly ahead");
        assert_eq!(clock.read(), Reading { now: Timestamp::from_millis(1_000_000), leapt_ms: 0 });
        let alarm = clock.instant(Timestamp::from_millis(1_060_000)).unwrap();
        assert!(clock.follow(1_050_000));
        assert_eq!(clock.read(), Reading { now: Timestamp::from_millis(1_050_000), leapt_ms: 50_000 });
        let sooner = clock.instant(Timestamp::from_millis(1_060_000)).unwrap();
        assert_eq!(alarm - sooner, Duration::from_secs(50));
        assert!(!clock.follow(1_000_000), "back to where it was: time goes on");
        assert_eq!(clock.now(), Timestamp::from_millis(1_050_000));
    }
}
