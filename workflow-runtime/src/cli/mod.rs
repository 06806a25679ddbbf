//! The command line of every workflow program: [`App`].
//!
//! Only this module prints. A command speaks [`control`](crate::control)'s vocabulary to a `connection`: the runtime of this
//! process where it owns the store, or the owner's over the local socket.

mod app;
mod args;
mod check;
mod committed;
mod connection;
mod error;
mod export;
mod follow;
mod input;
mod inspect;
mod output;
mod replay;
mod run;
mod tasks;

pub use app::App;
