//! A point in time in milliseconds, told by the driver to everything that needs one.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This many milliseconds later, saturating.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// RFC 3339 in UTC with milliseconds where there are any: `2026-01-01T00:00:00.123Z`.
    pub fn to_rfc3339(self) -> String {
        jiff::Timestamp::from_millisecond(self.0).map_or_else(|_| String::from("out of range"), |at| at.to_string())
    }

    /// Parses ISO 8601 with `T` and a zone.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|at| Self(at.as_millisecond()))
    }

    /// Parses what a Wait's `Timestamp` may be: `2026-01-01T00:00:05+01:00`, with a `T` and a zone, the seconds left out if need be.
    pub fn parse_offset_date_time(text: &str) -> Option<Self> {
        let (_, time) = text.split_once(['T', 't'])?;
        let (clock, zone) = time.split_at(time.find(['Z', 'z', '+', '-'])?);
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|digit| digit.is_ascii_digit());
        let is_zone = match zone.get(1..) {
            None | Some("") => zone.eq_ignore_ascii_case("z"),
            Some(offset) => (2..=3).contains(&offset.split(':').count()) && offset.split(':').all(digits),
        };
        let seconds = clock.split(':').nth(2).unwrap_or_default();
        // A leap second is none for Java, which AWS reads it with.
        (is_zone && clock.contains(':') && !seconds.starts_with("60")).then(|| Self::parse_rfc3339(text)).flatten()
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// A length of time for people: `350 ms`, `2.5 s`, `5 min 3 s`, `2 h`, `3 d 4 h`.
pub fn span(millis: u64) -> String {
    let seconds = millis / 1000;
    let two = |large: u64, large_unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{large} {large_unit}"),
        small => format!("{large} {large_unit} {small} {small_unit}"),
    };
    match seconds {
        0 => format!("{millis} ms"),
        1..60 => match millis % 1000 / 100 {
            0 => format!("{seconds} s"),
            tenths => format!("{seconds}.{tenths} s"),
        },
        60..3600 => two(seconds / 60, "min", seconds % 60, "s"),
        3600..86_400 => two(seconds / 3600, "h", seconds / 60 % 60, "min"),
        _ => two(seconds / 86_400, "d", seconds / 3600 % 24, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, span};

    #[test]
    fn a_point_in_time_has_a_t_and_a_zone() {
        let five = Timestamp::from_millis(1_767_225_605_000);
        for text in [
            "2026-01-01T00:00:05Z",
            "2026-01-01t00:00:05z",
            "2026-01-01T09:00:05+09:00",
            "2026-01-01T00:00:05.000000001Z",
        ] {
            assert_eq!(Timestamp::parse_offset_date_time(text), Some(five), "{text}");
        }
        assert_eq!(Timestamp::parse_offset_date_time("2026-01-01T00:00Z"), Some(five.plus_millis(-5_000)));
        for text in [
            "2026-01-01 00:00:05Z",
            "2026-01-01T00:00:05",
            "2026-01-01T00:00:05+0100",
            "2026-01-01T00:00:05+01",
            "2026-01-01T00:00:05+01:00[Europe/Berlin]",
            "2026-01-01T00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T23:59:60Z",
            "2016-02-30T00:00:00Z",
            "20260101T000005Z",
            "T",
            "TZ",
            "",
        ] {
            assert_eq!(Timestamp::parse_offset_date_time(text), None, "{text}");
        }
    }

    #[test]
    fn spans_have_at_most_two_units() {
        for (millis, expected) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1 s"),
            (2_570, "2.5 s"),
            (60_000, "1 min"),
            (303_000, "5 min 3 s"),
            (7_200_000, "2 h"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(span(millis), expected);
        }
    }
}
