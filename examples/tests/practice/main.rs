//! Programs from practice: what users of the language bring along, as plain Rust, on the engine, and elsewhere.
#![allow(clippy::all, clippy::pedantic, unreachable_pub, missing_docs, reason = "workflows as people write them")]
#![allow(dead_code, unused_imports, unused_variables, unused_labels, reason = "workflows are used by their types only")]
#![allow(unused_assignments, unused_mut, reason = "as people write while they try")]
#![allow(clippy::str_to_string, reason = "as newcomers write it")]

#[path = "../constructs/harness.rs"]
mod harness;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/twin.rs"]
mod twin;
#[path = "../constructs/world.rs"]
mod world;

mod claims;
mod enums;
mod formats;
mod helpers;
mod kit;
mod loops;
mod results;
mod services;
mod shapes;
mod waiting;

pub(crate) use kit::plain_steps;
