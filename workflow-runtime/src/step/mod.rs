//! Steps: the Rust functions behind Task states, what they take and how they fail.
//!
//! Read [`Step`] first; `#[step]` implements it. [`StepSpec`] is its data, [`StepHandler`] its erased call.

mod bounds;
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
#[cfg(feature = "testing")]
pub(crate) use wire::declared;
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

/// What a step takes and yields, as types: so that a test may answer in its place and rustc checks the answer.
///
/// Implemented by `#[step]` beside [`Step`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a step",
    label = "not a `#[step]` function",
    note = "a step is named like its function, without `()`: `.mock::<charge_payment>(|order| ..)`; import it by name"
)]
pub trait StepSignature: Step {
    /// The payload parameters: the only one as it is, several as a tuple, none as `()`.
    type Arguments: Send;
    /// What the function returns.
    type Reply;
    /// Reads the payload.
    ///
    /// # Errors
    /// What the step itself would say of a payload that it cannot read.
    fn arguments(payload: &serde_json::Value) -> std::result::Result<Self::Arguments, ErrorOutput>;
    /// What the reply is on the wire.
    ///
    /// # Errors
    /// The declared error that it is; a result that cannot travel.
    fn reply(reply: Self::Reply) -> std::result::Result<StepReply, ErrorOutput>;
}
