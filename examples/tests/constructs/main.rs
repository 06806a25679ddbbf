//! Every construct of the language: what it yields locally, by hand's reckoning, and under another interpreter.
//!
//! Each workflow runs on the embedded engine with scripted steps; the exported machine then runs elsewhere with the same
//! answers, to the same output, error, cause and path of states.
#![allow(
    clippy::needless_late_init,
    clippy::manual_unwrap_or_default,
    clippy::manual_unwrap_or,
    clippy::items_after_statements,
    clippy::used_underscore_binding,
    clippy::unused_async,
    clippy::nonminimal_bool,
    reason = "workflows as people write them"
)]
#![allow(dead_code, reason = "workflows are used by their types only")]

mod blobs;
mod calls;
mod choices;
mod external;
mod failures;
mod flow;
mod groups;
mod harness;
mod joins;
mod loops;
mod loops_nested;
mod maps;
mod matches;
mod nested;
mod pauses;
mod ranges;
mod sagas;
mod twin;
mod undo;
mod values;
mod world;

#[path = "../support/mod.rs"]
mod support;
