//! Expressions, written once: compiled as Rust, which says what is right, and as workflows, whose JSONata is evaluated
//! natively, by `jsonata-core` and, where it is installed, by the interpreter of another compiler.
#![allow(
    clippy::str_to_string,
    unreachable_pub,
    unused_variables,
    reason = "expressions as people write them, in workflows too"
)]
#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::unwrap_used,
    unused_parens,
    reason = "the plain half is spelled as the workflow's language spells it"
)]

#[path = "../support/mod.rs"]
mod support;

mod chains;
#[path = "../generated/choices.rs"]
mod choices;
mod drawn;
mod formats;
mod found;
mod functions;
mod harness;
mod numbers;
mod options;
mod texts;
