//! The only clock: tokio's, which tests may stop and turn, told as time of day.

use std::time::Duration;

use tokio::time::Instant;

use crate::time::Timestamp;

/// Time of day as tokio's clock has it: what the system said when the clock was made, plus what has passed since.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
    wall_ms: i64,
}

impl Clock {
    /// Reads the time of day, once.
    pub(crate) fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
        let wall = std::time::SystemTime::now();
        let since = wall.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self { origin: Instant::now(), wall_ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX) }
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        let passed = self.origin.elapsed();
        Timestamp::from_millis(self.wall_ms.saturating_add(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)))
    }

    /// When tokio's clock will show this time; `None` where that is beyond what it can show.
    pub(crate) fn instant(&self, at: Timestamp) -> Option<Instant> {
        let ahead = at.as_millis().saturating_sub(self.wall_ms);
        self.origin.checked_add(Duration::from_millis(u64::try_from(ahead).unwrap_or(0)))
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
    }
}
