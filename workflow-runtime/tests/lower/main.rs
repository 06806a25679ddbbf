//! What constructs of the language become: each test shows the machine that a person would have written.
#![allow(missing_docs, clippy::unused_async, clippy::needless_pass_by_value, unreachable_pub)]

mod shop;
mod support;

mod calls;
mod compensate;
mod expressions;
mod failures;
mod groups;
mod refusals;
mod structure;
