//! Retriers and catchers: which errors they take, and when the next attempt is due.

use super::Exit;
use crate::step::ErrorOutput;

/// An error name of ASL.
pub(in crate::engine) const RUNTIME: &str = "States.Runtime";
/// An error name of ASL.
pub(in crate::engine) const TIMEOUT: &str = "States.Timeout";
/// An error name of ASL.
pub(in crate::engine) const EVALUATION: &str = "States.QueryEvaluationError";
/// An error name of ASL.
pub(in crate::engine) const DATA_LIMIT: &str = "States.DataLimitExceeded";

/// A retrier with its defaults filled in.
#[derive(Debug)]
pub(in crate::engine) struct CompiledRetrier {
    pub(in crate::engine) errors: Vec<ErrorMatcher>,
    pub(in crate::engine) interval_seconds: u64,
    pub(in crate::engine) max_attempts: u64,
    pub(in crate::engine) backoff_rate: f64,
    pub(in crate::engine) max_delay_seconds: Option<u64>,
    pub(in crate::engine) jitter: bool,
}

/// A catcher.
#[derive(Debug)]
pub(in crate::engine) struct CompiledCatcher {
    pub(in crate::engine) errors: Vec<ErrorMatcher>,
    pub(in crate::engine) exit: Exit,
}

/// One name of `ErrorEquals`.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::engine) enum ErrorMatcher {
    All,
    TaskFailed,
    HeartbeatTimeout,
    Name(Box<str>),
}

/// Where an error came from: wildcards ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Origin {
    /// A task's own failure, or an oversized result.
    Task,
    /// A task ran past its timeout.
    Timeout,
    /// A task missed its heartbeat.
    Heartbeat,
    /// A Fail state.
    Fail,
    /// An expression.
    Evaluation,
    /// The interpreter; never retried, never caught.
    Runtime,
}

/// A failure on its way out.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Failure {
    pub(in crate::engine) error: ErrorOutput,
    pub(in crate::engine) origin: Origin,
}

impl Failure {
    /// Whether nothing may handle it.
    pub(in crate::engine) fn is_terminal(&self) -> bool {
        self.origin == Origin::Runtime || self.error.error.as_deref() == Some(RUNTIME)
    }
}

impl ErrorMatcher {
    pub(super) fn new(name: &str) -> Self {
        match name {
            "States.ALL" => Self::All,
            "States.TaskFailed" => Self::TaskFailed,
            "States.HeartbeatTimeout" => Self::HeartbeatTimeout,
            name => Self::Name(name.into()),
        }
    }

    fn matches(&self, failure: &Failure) -> bool {
        let name = failure.error.error.as_deref();
        match self {
            Self::All => true,
            Self::TaskFailed => {
                name == Some("States.TaskFailed")
                    || (failure.origin == Origin::Task && !matches!(name, Some(TIMEOUT | EVALUATION)))
            }
            Self::HeartbeatTimeout => failure.origin == Origin::Heartbeat || name == Some("States.HeartbeatTimeout"),
            Self::Name(wanted) => name == Some(wanted),
        }
    }
}

/// Whether one of the names takes the failure.
pub(in crate::engine) fn any_matches(errors: &[ErrorMatcher], failure: &Failure) -> bool {
    !failure.is_terminal() && errors.iter().any(|error| error.matches(failure))
}

impl CompiledRetrier {
    /// Milliseconds before retry number `retry` (from 1): `interval * rate^(retry - 1)`, rounded to the nearest
    /// millisecond, at most the longest delay, or a whole number of milliseconds in `0..=delay` chosen by `entropy`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "saturates, far below 2^53")]
    pub(in crate::engine) fn delay_ms(&self, retry: u32, entropy: u64) -> i64 {
        let cap = (self.max_delay_seconds.unwrap_or(super::SECONDS_MAX).min(super::SECONDS_MAX) * 1000) as f64;
        let mut delay = (self.interval_seconds * 1000) as f64;
        if self.backoff_rate > 1.0 {
            // Repeated multiplication is the same on every platform; `powi` promises less.
            for _ in 1..retry {
                if delay >= cap {
                    break;
                }
                delay *= self.backoff_rate;
            }
        }
        let delay = delay.min(cap).round() as i64;
        if self.jitter { uniform(entropy, delay) } else { delay }
    }
}

#[expect(clippy::cast_sign_loss, reason = "the product's high half is at most `max`")]
fn uniform(entropy: u64, max: i64) -> i64 {
    ((u128::from(entropy) * (max as u128 + 1)) >> 64) as i64
}

/// `SplitMix64` (Steele, Lea, Flood 2014), pinned here since recorded executions depend on it.
pub(in crate::engine) const fn mix(seed: u64, position: u64) -> u64 {
    let mut z = seed.wrapping_add(position.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retrier(interval: u64, rate: f64, max_delay: Option<u64>, jitter: bool) -> CompiledRetrier {
        CompiledRetrier {
            errors: Vec::new(),
            interval_seconds: interval,
            max_attempts: 3,
            backoff_rate: rate,
            max_delay_seconds: max_delay,
            jitter,
        }
    }

    #[test]
    fn delays_grow_by_the_rate_and_stop_at_the_longest() {
        for (interval, rate, max_delay, retry, expected) in [
            (1, 2.0, None, 1, 1_000),
            (1, 2.0, None, 5, 16_000),
            (2, 2.0, None, 2, 4_000),
            (3, 1.0, None, 1_000_000, 3_000),
            (1, 1.5, None, 3, 2_250),
            (1, 1.1, None, 3, 1_210),
            (2, 2.0, Some(5), 2, 4_000),
            (2, 2.0, Some(5), 3, 5_000),
            (10, 2.0, Some(5), 1, 5_000),
            (99_999_999, 1_000.0, None, 4_000_000_000, 99_999_999_000),
        ] {
            let delay = retrier(interval, rate, max_delay, false).delay_ms(retry, 0);
            assert_eq!(delay, expected, "interval {interval}, rate {rate}, longest {max_delay:?}, retry {retry}");
        }
    }

    #[test]
    fn jitter_covers_the_whole_delay_and_nothing_beyond() {
        let retrier = retrier(1, 2.0, None, true);
        assert_eq!(retrier.delay_ms(1, 0), 0);
        assert_eq!(retrier.delay_ms(1, u64::MAX), 1_000);
        let mean: i64 = (0..1_000).map(|i| retrier.delay_ms(1, mix(7, i))).sum::<i64>() / 1_000;
        assert!((450..=550).contains(&mean), "{mean}");
    }

    #[test]
    fn the_generator_is_pinned() {
        // The published sequence of SplitMix64 from seed 1234567.
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        for (position, number) in expected.into_iter().enumerate() {
            assert_eq!(mix(1_234_567, position as u64), number);
        }
    }

    #[test]
    fn wildcards_ask_where_an_error_came_from() {
        let failure = |name: Option<&str>, origin| Failure {
            error: ErrorOutput { error: name.map(str::to_owned), cause: None },
            origin,
        };
        for (matcher, name, origin, expected) in [
            ("States.ALL", Some("X"), Origin::Task, true),
            ("States.ALL", None, Origin::Task, true),
            ("States.ALL", Some(RUNTIME), Origin::Runtime, false),
            (RUNTIME, Some(RUNTIME), Origin::Runtime, false),
            ("States.ALL", Some(DATA_LIMIT), Origin::Task, true),
            ("States.ALL", Some(DATA_LIMIT), Origin::Runtime, false),
            ("States.TaskFailed", Some("X"), Origin::Task, true),
            ("States.TaskFailed", Some("X"), Origin::Fail, false),
            ("States.TaskFailed", Some(TIMEOUT), Origin::Timeout, false),
            ("States.TaskFailed", Some(TIMEOUT), Origin::Heartbeat, false),
            ("States.TaskFailed", Some(EVALUATION), Origin::Evaluation, false),
            ("States.TaskFailed", Some("States.TaskFailed"), Origin::Fail, true),
            (TIMEOUT, Some(TIMEOUT), Origin::Timeout, true),
            (TIMEOUT, Some(TIMEOUT), Origin::Heartbeat, true),
            ("States.HeartbeatTimeout", Some(TIMEOUT), Origin::Heartbeat, true),
            ("States.HeartbeatTimeout", Some(TIMEOUT), Origin::Timeout, false),
            (EVALUATION, Some(EVALUATION), Origin::Evaluation, true),
            ("Card", Some("Card"), Origin::Task, true),
            ("Card", Some("CardDeclined"), Origin::Task, false),
            ("Card", Some("card"), Origin::Task, false),
            ("Card", None, Origin::Task, false),
        ] {
            let matched = any_matches(&[ErrorMatcher::new(matcher)], &failure(name, origin));
            assert_eq!(matched, expected, "{matcher} on {name:?} from {origin:?}");
        }
    }
}
