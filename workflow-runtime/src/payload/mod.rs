//! What travels between states: [`Payload`] and its run-time type descriptors.
//!
//! Descriptors follow serde's attributes, so that a Rust field is found under its JSON name; they also give the
//! payload's JSON Schema and check an execution's input.

mod bounds;
mod check;
mod default;
mod describe;
mod example;
mod mask;
mod reach;
mod schema;
mod std_types;
#[cfg(test)]
mod tests;
mod types;

pub use check::{Mismatch, check, inexact_integer};
pub use default::{default_by, default_json};
pub use describe::{describe, found};
pub use example::example;
#[cfg(feature = "testing")]
pub(crate) use example::example_of_variant;
pub use mask::{MASKED, Secrets};
pub(crate) use reach::{is_bounded, is_sensitive, reason};
pub(crate) use schema::SchemaSet;
pub use schema::json_schema;
pub use types::*;

use serde::{Serialize, de::DeserializeOwned};

/// A value that may travel between states. Implemented by `#[derive(Payload)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot travel between states: it is no `Payload`",
    label = "needs `#[derive(Payload)]`",
    note = "add `#[derive(Clone, Serialize, Deserialize, Payload)]` to `{Self}`; a parameter that is no payload is `Data<T>`, `StepContext` or `TaskToken`, spelled with that very name"
)]
pub trait Payload: Serialize + DeserializeOwned + Send + 'static {
    /// The descriptor of this type.
    fn ty() -> Type;
}
