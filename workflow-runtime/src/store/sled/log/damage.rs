//! What may be wrong with a log, in words.

use std::fmt::Display;

use super::open::Fault;
use crate::store::sled::precheck::CURE;
use crate::store::{StoreError, StoreErrorKind};

fn corrupt(code: &'static str, message: String) -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt, code, message)
}

/// Of a commit at the end that is not whole.
pub(super) const CUT_OFF: &str = "nobody was told of it, if a crash cut it off; damage would look the same";

/// What bears a segment's name cannot be opened.
pub(super) fn unopened(name: &str, fault: std::io::Error) -> Fault {
    if fault.kind() != std::io::ErrorKind::IsADirectory {
        return Fault::Io(fault);
    }
    Fault::Damage(corrupt("WF3026", format!("`log/{name}` is not a file, and must be one; {CURE}")))
}

/// A commit that was acknowledged is not where it must be.
pub(super) fn lost(name: &str, at: u64, what: impl Display) -> StoreError {
    corrupt("WF3020", format!("the commit log is damaged in `log/{name}` at byte {at}: {what}; {CURE}"))
}

/// A frame was read before and is not readable now.
pub(super) fn unreadable(name: &str, at: u64) -> StoreError {
    lost(name, at, "the commit that was written there cannot be read any more")
}

/// A segment that the log needs is not there; `others` are files that might have been it.
pub(super) fn missing(number: u64, others: &[String]) -> StoreError {
    let unreadable = match others {
        [] => String::new(),
        _ => format!(" (no segment can be read in {})", others.join(", ")),
    };
    let message = format!(
        "segment {number} of the commit log is missing from the folder `log`{unreadable}: commits that were acknowledged are in \
         it; {CURE}"
    );
    corrupt("WF3021", message)
}

/// The same where files of another store lie there.
pub(super) fn foreign(number: u64, others: &[String]) -> StoreError {
    let others = others.join(", ");
    corrupt(
        "WF3022",
        format!(
            "segment {number} of the commit log is missing, and {others} in the folder `log` belong to another store: folders \
             were mixed; {CURE}"
        ),
    )
}
