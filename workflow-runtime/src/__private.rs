//! What macros expand to. No promises: versions of the two crates are pinned to each other.
#![allow(missing_docs)]

pub use crate::constant::{Constant, constant};
pub use crate::language::{
    IntoText, Sorted, batched, bound, collected, dup, enumerated, handwritten, map_items, percentage, raw_state,
    retried, text, timestamp, tolerated, travelling, whole_number, written,
};
pub use crate::lower::ir;
pub use crate::nested::*;
pub use crate::payload::*;
pub use crate::probe::{Probe, Unknown, WithoutDefault, check_definition};
pub use crate::source::S3Object;
pub use crate::step::*;
pub use crate::workflow::*;
pub use workflow_macros::workflow_body;
