//! Pictures of times: what `jsonata-core` reads without looking twice.

use super::super::thrown::{Run, Thrown};

/// Characters that one component is padded to.
const WIDTH_MAX: usize = 100;
/// Digits of a year: the library takes the year modulo ten to this power.
const YEAR_MAX: usize = 18;
/// Bytes of a picture.
const PICTURE_MAX: usize = 4_096;

/// Refuses a picture with a component that is no letter, or that is to become very wide.
pub(in super::super) fn check(picture: &str) -> Run<()> {
    if !picture.contains('[') {
        return Ok(());
    }
    if picture.len() > PICTURE_MAX {
        return Err(Thrown::coded("D3135", format!("a date/time picture may have at most {PICTURE_MAX} bytes")));
    }
    let mut rest = picture;
    while let Some((_, after)) = rest.split_once('[') {
        if let Some(after) = after.strip_prefix('[') {
            rest = after;
            continue;
        }
        // One that is not closed, or empty, is told by whoever reads it.
        let Some((marker, after)) = after.split_once(']') else { return Ok(()) };
        component(marker)?;
        rest = after;
    }
    Ok(())
}

fn component(marker: &str) -> Run<()> {
    let mut letters = marker.chars().filter(|letter| !letter.is_whitespace());
    let letter = letters.next();
    if letter.is_some_and(|letter| !letter.is_ascii_alphabetic()) {
        return Err(Thrown::coded(
            "D3132",
            format!("Unknown component specifier [{marker}] in date/time picture string"),
        ));
    }
    let is_year = letter == Some('Y');
    let most = if is_year { YEAR_MAX } else { WIDTH_MAX };
    let (form, width) = marker.rsplit_once(',').unwrap_or((marker, ""));
    let width: String = width.split_whitespace().collect();
    let too_wide = |width: &str| !matches!(width, "" | "*") && width.parse::<usize>().is_ok_and(|width| width > most);
    let digits = form.chars().filter(|digit| digit.is_numeric() || *digit == '#').count();
    if width.split('-').any(too_wide) || is_year && digits > most {
        let what = if is_year { "the year" } else { "a component" };
        return Err(Thrown::coded(
            "D3135",
            format!("{what} of a date/time picture may have at most {most} characters, not [{marker}]"),
        ));
    }
    Ok(())
}
