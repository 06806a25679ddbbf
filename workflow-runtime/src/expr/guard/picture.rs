//! Pictures of times: what `jsonata-core` reads without looking twice.

use super::super::thrown::{Run, Thrown};

/// Characters that one component is padded to.
const WIDTH_MAX: usize = 100;
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
    if letters.next().is_some_and(|letter| !letter.is_ascii_alphabetic()) {
        return Err(Thrown::coded(
            "D3132",
            format!("Unknown component specifier [{marker}] in date/time picture string"),
        ));
    }
    let width: String = marker.rsplit_once(',').map_or("", |(_, width)| width).split_whitespace().collect();
    let too_wide =
        |width: &str| !matches!(width, "" | "*") && width.parse::<usize>().is_ok_and(|width| width > WIDTH_MAX);
    if width.split('-').any(too_wide) {
        return Err(Thrown::coded(
            "D3135",
            format!("a component of a date/time picture may have at most {WIDTH_MAX} characters, not [{marker}]"),
        ));
    }
    Ok(())
}
