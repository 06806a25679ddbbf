//! Times: `$toMillis` of ISO 8601, `$fromMillis` with the pictures that lowering writes.

use jiff::Timestamp;

use super::super::thrown::{Run, Thrown};
use super::super::value::{Num, Val};
use super::extra::millis_text;
use crate::time;

/// `$toMillis(text)`
pub(super) fn to_millis<'a>(text: &Val<'a>) -> Run<Val<'a>> {
    let Val::Text(text) = text else { return Ok(Val::Undefined) };
    match millis(text) {
        Some(millis) => Ok(Val::Num(Num::Int(millis))),
        None => Err(Thrown::coded(
            "D3110",
            format!(
                "The argument of the toMillis function must be an ISO 8601 formatted timestamp. Given \"{}\"",
                &**text
            ),
        )),
    }
}

/// The form that JavaScript reads: a date, or a date and a time of which the seconds are told, with or without a zone.
fn millis(text: &str) -> Option<i64> {
    let shaped = text.len() >= 4 && text.is_ascii() && !text.contains([' ', 't', 'z', '[', 'W']);
    if !shaped {
        return None;
    }
    let full = match text.len() {
        4 => format!("{text}-01-01T00:00:00Z"),
        7 => format!("{text}-01T00:00:00Z"),
        10 => format!("{text}T00:00:00Z"),
        _ => {
            let (_, clock) = text.split_once('T')?;
            let zoned = clock.contains(['Z', '+', '-']);
            if zoned { text.to_owned() } else { format!("{text}Z") }
        }
    };
    full.parse::<Timestamp>()
        .ok()
        .map(|at| at.as_nanosecond().div_euclid(1_000_000))
        .and_then(|at| i64::try_from(at).ok())
}

/// `$fromMillis(millis)`, `$fromMillis(millis, picture)`
pub(super) fn from_millis<'a>(millis: &Val<'a>, picture: &Val<'a>) -> Run<Val<'a>> {
    let Val::Num(millis) = millis else { return Ok(Val::Undefined) };
    let millis = millis.truncated();
    let Ok(at) = Timestamp::from_millisecond(millis) else {
        return Err(Thrown::plain(format!("The time {millis} of the fromMillis function has no year of four digits")));
    };
    Ok(match picture {
        Val::Text(picture) => {
            Val::text(format_of(picture).map_or_else(String::new, |format| at.strftime(&format).to_string()))
        }
        _ => Val::text(millis_text(time::Timestamp::from_millis(millis))),
    })
}

/// The components that are written natively, and their pictures in `strftime`.
const COMPONENTS: [(&str, &str); 7] =
    [("Y0001", "%Y"), ("M01", "%m"), ("D01", "%d"), ("H01", "%H"), ("m01", "%M"), ("s01", "%S"), ("d001", "%j")];

/// The parts of a picture in `strftime`'s notation; `None` where another component stands in it.
fn format_of(picture: &str) -> Option<String> {
    let mut format = String::new();
    let mut rest = picture;
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        match letter {
            '[' if rest.starts_with('[') => {
                format.push('[');
                rest = &rest[1..];
            }
            ']' if rest.starts_with(']') => {
                format.push(']');
                rest = &rest[1..];
            }
            '[' => {
                let (component, after) = rest.split_once(']')?;
                let (_, known) = COMPONENTS.iter().find(|(known, _)| *known == component)?;
                format.push_str(known);
                rest = after;
            }
            '%' => format.push_str("%%"),
            other => format.push(other),
        }
    }
    Some(format)
}

/// Whether a picture is written natively.
pub(in super::super) fn is_plain_time(picture: &str) -> bool {
    format_of(picture).is_some()
}
