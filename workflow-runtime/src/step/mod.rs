//! Steps: the Rust functions behind Task states, what they take and how they fail.
//!
//! Read [`Step`] first; `#[step]` implements it. [`StepSpec`] is its data, [`StepHandler`] its erased call.

mod context;
mod failure;
mod spec;
mod support;
#[cfg(test)]
mod tests;
mod wire;

pub use context::*;
pub use failure::*;
pub use spec::*;
#[doc(hidden)]
pub use support::*;
pub use wire::panic_text;
pub(crate) use wire::{CAUSE_MAX, undeclared_cause};

use crate::payload::Payload;

/// A function that a Task state runs. Implemented by `#[step]` on the type of the function's name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a step",
    label = "not a `#[step]` function",
    note = "put `#[step]` on the function, and import it by name: `use steps::{Self};` brings the function and its step"
)]
pub trait Step: 'static {
    /// Names the function behind the step (Lambda, activity): `ValidateOrder`.
    const NAME: &'static str;
    /// What a call yields: `T` of `Result<T, E>` or of `Result<Callback<T>, E>`.
    type Output: Payload;
    /// How it fails; [`NoError`] for a step that returns a plain value.
    type Error: StepError;
    /// Everything the definition needs to know.
    fn spec() -> StepSpec;
    /// The erased call.
    fn handler() -> StepHandler;
}
