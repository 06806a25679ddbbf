//! Programs of unusual shape: constructs within constructs, as plain Rust, on the engine, and elsewhere.
#![allow(clippy::all, clippy::pedantic, unreachable_pub, missing_docs, reason = "workflows as people write them")]
#![allow(dead_code, unused_imports, unused_variables, unused_labels, reason = "workflows are used by their types only")]
#![allow(unused_assignments, non_snake_case, reason = "names as people choose them")]
#![allow(clippy::str_to_string, reason = "as newcomers write it")]

#[path = "../constructs/harness.rs"]
mod harness;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/twin.rs"]
mod twin;
#[path = "../constructs/world.rs"]
mod world;

mod cuts;
mod kit;
mod lists;
mod mazes;
mod names;
mod records;
mod undone;

pub(crate) use kit::plain_steps;
