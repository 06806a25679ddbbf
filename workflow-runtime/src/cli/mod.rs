//! The command line of every workflow program: [`App`].
//!
//! Only this module prints. A command speaks [`control`](crate::control)'s vocabulary to a `connection`: the runtime of this
//! process where it owns the store, or the owner's over the local socket.

mod app;
mod args;
mod check;
mod committed;
mod connection;
mod cost;
mod error;
mod export;
mod follow;
mod input;
mod inspect;
mod output;
mod repair;
mod replay;
mod run;
mod tasks;
mod upkeep;

pub use app::App;

/// JSON as it is typed behind an option: the value, or what is said of its first fault. For fuzzing.
///
/// # Errors
/// The text is no JSON.
#[doc(hidden)]
pub fn parse_json(place: &str, text: &str) -> Result<serde_json::Value, String> {
    input::parse_json(place, text).map_err(|error| error.to_string())
}
