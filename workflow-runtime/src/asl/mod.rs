//! The nouns of Amazon States Language: [`StateMachine`], [`State`], [`Retrier`], [`Catcher`] and what can be said of a
//! finished machine: [`validate`], exports and graphs.
//!
//! Pure: no I/O, no clock. Read [`StateMachine`] first.

mod access;
mod express;
mod graph;
mod model;
mod read;
pub mod resource;
mod target;
mod validate;
mod violation;

pub use access::*;
pub use express::{EXPRESS_SECONDS_MAX, express_obstacles};
pub use graph::{to_dot, to_mermaid, to_svg};
pub use model::*;
#[cfg(feature = "cli")]
pub(crate) use read::strict;
pub use read::{DEFINITION_BYTES_MAX, from_value, parse};
pub use target::{Target, for_target};
pub use validate::validate;
pub use violation::{Severity, Violation, ViolationCode};
