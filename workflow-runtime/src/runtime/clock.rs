//! The only clock: tokio's, which tests may stop and turn, told as time of day.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::time::Instant;

use crate::time::Timestamp;

/// Time of day as tokio's clock has it: what the system said at some point, plus what has passed since.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
    wall_ms: i64,
}

/// What the first runtime of this process read. The others go by it, so that time does not go back between them: not when
/// the system's clock is set back, nor when a test has turned tokio's ahead.
static FIRST: OnceLock<Clock> = OnceLock::new();

/// Tokio's clock stands still while the machine sleeps. A runtime that starts this much later than the first one's clock
/// says reads the time of day anew.
const SLEPT_MS: i64 = 60_000;

impl Clock {
    /// Reads the time of day.
    pub(crate) fn start() -> Self {
        #[cfg(all(test, feature = "cli"))]
        if let Some(sim) = crate::sim::current() {
            return Self { origin: Instant::now(), wall_ms: sim.wall_ms() };
        }
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
        let wall = std::time::SystemTime::now();
        let since = wall.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let read = Self { origin: Instant::now(), wall_ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX) };
        let first = *FIRST.get_or_init(|| read);
        if read.wall_ms.saturating_sub(first.now().as_millis()) > SLEPT_MS { read } else { first }
    }

    /// Tells this time of day now.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn at(now: Timestamp) -> Self {
        Self { origin: Instant::now(), wall_ms: now.as_millis() }
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        let millis = |passed: Duration| i64::try_from(passed.as_millis()).unwrap_or(i64::MAX);
        let now = Instant::now();
        let passed = match now.checked_duration_since(self.origin) {
            Some(passed) => millis(passed),
            // A test's clock that stood still when the first runtime of the process looked at its own.
            None => -millis(self.origin.duration_since(now)),
        };
        Timestamp::from_millis(self.wall_ms.saturating_add(passed))
    }

    /// When tokio's clock will show this time; `None` where that is beyond what it can show.
    pub(crate) fn instant(&self, at: Timestamp) -> Option<Instant> {
        let ahead = at.as_millis().saturating_sub(self.wall_ms);
        let distance = Duration::from_millis(ahead.unsigned_abs());
        if ahead >= 0 {
            self.origin.checked_add(distance)
        } else {
            Some(self.origin.checked_sub(distance).unwrap_or(self.origin))
        }
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
}
