//! `compensate()` and its report.

use serde::{Deserialize, Serialize};

use crate::Payload;

/// Runs the undos of `#[compensate(..)]` that a failure would run at this place, last registered first, and goes on:
/// `compensate().await`, or `let report = compensate().await;`.
///
/// In the handler of a group, or anywhere in a workflow's body.
#[expect(non_camel_case_types, reason = "it is called like a function")]
#[derive(Debug)]
pub struct compensate {}

impl compensate {
    #[doc(hidden)]
    pub fn __compensate() -> CompensationReport {
        crate::step::never_run()
    }
}

/// What came of the undos: the value of [`compensate()`](compensate).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Payload)]
pub struct CompensationReport {
    /// The undos of this execution that failed so far, their retries used up; in the order in which they failed.
    pub failed: Vec<UndoFailure>,
}

/// An undo that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Payload)]
pub struct UndoFailure {
    /// The undo's step: `refund`.
    pub step: String,
    /// The error's name; empty where there was none.
    pub error: String,
    /// The cause as it is on the wire; empty where there was none.
    pub cause: String,
}
