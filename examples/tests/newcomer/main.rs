//! Programs as a newcomer writes them: each runs here, as plain Rust where it can, and elsewhere.
#![allow(clippy::all, clippy::pedantic, unreachable_pub, missing_docs, reason = "workflows as people write them")]
#![allow(dead_code, unused_imports, unused_variables, reason = "workflows are used by their types only")]
#![allow(clippy::str_to_string, reason = "as newcomers write it")]

#[path = "../constructs/harness.rs"]
mod harness;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/twin.rs"]
mod twin;
#[path = "../constructs/world.rs"]
mod world;

mod billing;
mod control;
mod desk;
mod flows;
mod kit;
mod numbers;
mod others;
mod shapes;
mod shop;
mod texts;

pub(crate) use desk::plain_steps;
