//! The test kit: workflows in unit tests, on the production executor with virtual time. Feature `testing`.
//!
//! Read [`Test`] first, then [`Run`]. What is particular to this crate are its explorations: [`crash_everywhere`] kills the
//! process before and after each commit, [`fail_everywhere`] lets each step fail with each of its errors,
//! [`interleave_everywhere`] lets the answers of concurrent steps arrive in every order.

#![expect(clippy::needless_pass_by_value, reason = "inputs and values are given as a program gives them")]

mod assert;
mod crash;
mod director;
mod facts;
mod fail;
mod gate;
mod inbox;
mod interleave;
mod kit;
mod log;
mod plan;
mod replay;
mod reply;
mod run;
mod session;
mod store;

pub use crate::replay::{Divergence, Part, Replay};
pub use crash::{CrashReport, CrashSite, crash_everywhere};
pub use facts::{PayloadKind, PayloadSize};
pub use fail::{FailCase, FailMode, FailReport, fail_everywhere};
pub use interleave::{InterleaveReport, Orders, Outcome, interleave_everywhere};
pub use kit::Test;
pub use log::CallEnd;
pub use replay::{replay, replay_aws, try_replay};
pub use reply::{Answer, Reply};
pub use run::{Call, Run};
pub use store::Crash;
