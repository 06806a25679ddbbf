//! JSON lines: a value a line, empty lines left out.

use std::io::BufRead;

use serde_json::Value;

use super::{Pages, Stop};

pub(super) fn read(mut from: impl BufRead, pages: &mut Pages) -> Result<(), Stop> {
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let length = from.read_until(b'\n', &mut line).map_err(|error| Some(format!("line {number}: {error}")))?;
        if length == 0 {
            break;
        }
        if line.iter().all(u8::is_ascii_whitespace) || pages.passes()? {
            continue;
        }
        let value: Value =
            serde_json::from_slice(&line).map_err(|error| Some(format!("line {number} is no JSON: {error}")))?;
        pages.push(None, value)?;
    }
    Ok(())
}
