//! Durations as attributes write them: `"30s"`, `"5m"`, `"1h30m"`, `"3d"`; whole seconds, at least one.

use syn::LitStr;

use crate::diag::{Diagnostic, Sink};

/// The units that may stand in a duration, and their seconds.
const UNITS: [(&str, u64); 4] = [("s", 1), ("m", 60), ("h", 60 * 60), ("d", 24 * 60 * 60)];

/// The greatest `TimeoutSeconds` and `Seconds` of ASL.
const SECONDS_MAX: u64 = 99_999_999;

/// Seconds of a duration; a fault with this `code` otherwise.
pub(crate) fn seconds(text: &LitStr, code: &'static str, sink: &Sink) -> Option<u64> {
    const HELP: &str = "write a number with `s`, `m`, `h` or `d`: `30s`, `5m`, `1h30m`, `3d`";
    let value = text.value();
    match parse(&value) {
        Ok(seconds) if (1..=SECONDS_MAX).contains(&seconds) => return Some(seconds),
        Ok(0) => Diagnostic::new(text, code, format!("`{value}` is no time at all")).help("write `1s` or more"),
        Ok(_) => Diagnostic::new(text, code, format!("`{value}` is longer than {SECONDS_MAX} seconds"))
            .help("write a shorter one: Step Functions takes no more"),
        Err(Wrong::BelowSecond) => Diagnostic::new(text, code, format!("`{value}` is not in whole seconds"))
            .help("write `1s` or more: Step Functions counts whole seconds"),
        Err(Wrong::Form) => Diagnostic::new(text, code, format!("`{value}` is not a duration")).help(HELP),
    }
    .emit(sink);
    None
}

#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    BelowSecond,
    Form,
}

fn parse(text: &str) -> Result<u64, Wrong> {
    let mut rest = text.trim();
    let mut total: u64 = 0;
    if rest.is_empty() {
        return Err(Wrong::Form);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let end = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, next) = tail.split_at(end);
        if ["ms", "us", "ns"].contains(&unit) || (number.contains('.') && unit == "s") {
            return Err(Wrong::BelowSecond);
        }
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(Wrong::Form)?;
        let number: u64 = number.parse().map_err(|_| Wrong::Form)?;
        total = number.checked_mul(*factor).and_then(|part| total.checked_add(part)).ok_or(Wrong::Form)?;
        rest = next.trim_start();
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_whole_seconds() {
        for (text, expected) in [
            ("30s", Ok(30)),
            ("5m", Ok(300)),
            ("1h30m", Ok(5400)),
            ("3d", Ok(259_200)),
            ("1h 5s", Ok(3605)),
            ("500ms", Err(Wrong::BelowSecond)),
            ("0.5s", Err(Wrong::BelowSecond)),
            ("30", Err(Wrong::Form)),
            ("", Err(Wrong::Form)),
            ("5 minutes", Err(Wrong::Form)),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
