//! The nouns of Amazon States Language: [`StateMachine`], [`State`], [`Retrier`], [`Catcher`] and what can be said of a
//! finished machine: `validate`, exports and graphs.
//!
//! Pure: no I/O, no clock. Read [`StateMachine`] first.

mod model;
pub mod resource;

pub use model::*;
