//! Durations as people write them, `"30s"`, `"1h30m"`, in the whole seconds that Step Functions counts.

use syn::LitStr;

use crate::diag::{Diagnostic, Sink};

/// Not a whole number of seconds.
const SUB_SECOND: &str = "WF1101";
/// Zero or beyond AWS's limit.
const OUT_OF_RANGE: &str = "WF1102";
/// Not a duration.
const UNREADABLE: &str = "WF1115";
/// The most that Step Functions takes: a little over three years.
const SECONDS_MAX: u64 = 99_999_999;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    SubSecond,
    Zero,
    TooLong,
    Unreadable,
}

/// The seconds of a literal; `what` names the option in the fault.
pub(crate) fn whole_seconds(literal: &LitStr, what: &str, sink: &Sink) -> Option<u64> {
    let text = literal.value();
    let fault = match seconds(&text) {
        Ok(seconds) => return Some(seconds),
        Err(fault) => fault,
    };
    match fault {
        Fault::SubSecond => {
            Diagnostic::new(literal, SUB_SECOND, format!("{what} `{text}` is no whole number of seconds"))
                .help("write `\"1s\"` or more")
                .note("Step Functions counts whole seconds")
        }
        Fault::Zero => Diagnostic::new(literal, OUT_OF_RANGE, format!("{what} is zero")).help("write `\"1s\"` or more"),
        Fault::TooLong => {
            Diagnostic::new(literal, OUT_OF_RANGE, format!("{what} `{text}` is over {SECONDS_MAX} seconds"))
                .help("Step Functions takes a little over three years at most")
        }
        Fault::Unreadable => Diagnostic::new(literal, UNREADABLE, format!("{what} `{text}` is no duration"))
            .help("write a number and a unit, `\"30s\"`, `\"5m\"`, `\"2h\"`, `\"3d\"`, or several: `\"1h30m\"`"),
    }
    .emit(sink);
    None
}

fn seconds(text: &str) -> Result<u64, Fault> {
    let mut millis: u64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(Fault::Unreadable);
    }
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).ok_or(Fault::Unreadable)?;
        let (number, after) = rest.split_at_checked(digits).ok_or(Fault::Unreadable)?;
        let letters = after.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(letters).ok_or(Fault::Unreadable)?;
        let factor: u64 = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(Fault::Unreadable),
        };
        if number.is_empty() {
            return Err(Fault::Unreadable);
        }
        // Only too many digits fail here.
        let number: u64 = number.parse().map_err(|_| Fault::TooLong)?;
        millis = number.checked_mul(factor).and_then(|part| millis.checked_add(part)).ok_or(Fault::TooLong)?;
        rest = after.trim_start();
    }
    match millis {
        0 => Err(Fault::Zero),
        _ if !millis.is_multiple_of(1_000) => Err(Fault::SubSecond),
        _ if millis / 1_000 > SECONDS_MAX => Err(Fault::TooLong),
        _ => Ok(millis / 1_000),
    }
}

/// Seconds as people write them: `90` is `1m30s`.
pub(crate) fn written(seconds: u64) -> String {
    let mut rest = seconds;
    let mut text = String::new();
    for (unit, size) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if rest >= size {
            text.extend([(rest / size).to_string().as_str(), unit]);
            rest %= size;
        }
    }
    if text.is_empty() { String::from("0s") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_whole_seconds() {
        for (text, expected) in [
            ("30s", Ok(30)),
            ("5m", Ok(300)),
            ("2h", Ok(7_200)),
            ("3d", Ok(259_200)),
            ("1h30m", Ok(5_400)),
            ("1h 30m", Ok(5_400)),
            ("2000ms", Ok(2)),
            ("500ms", Err(Fault::SubSecond)),
            ("1s500ms", Err(Fault::SubSecond)),
            ("0s", Err(Fault::Zero)),
            ("99999999s", Ok(99_999_999)),
            ("100000000s", Err(Fault::TooLong)),
            ("99999999999999999999999s", Err(Fault::TooLong)),
            ("", Err(Fault::Unreadable)),
            ("30", Err(Fault::Unreadable)),
            ("s", Err(Fault::Unreadable)),
            ("1.5s", Err(Fault::Unreadable)),
            ("-1s", Err(Fault::Unreadable)),
            ("30 s", Err(Fault::Unreadable)),
            ("1w", Err(Fault::Unreadable)),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
        assert_eq!(written(93_784), "1d2h3m4s");
    }
}
