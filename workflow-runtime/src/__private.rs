//! What macros expand to. No promises: versions of the two crates are pinned to each other.
#![allow(missing_docs)]

pub use crate::lower::ir;
pub use crate::payload::*;
pub use crate::step::*;
pub use crate::workflow::*;
