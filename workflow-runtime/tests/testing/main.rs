//! The test kit, as a user's tests would use it; and what it says of tests and workflows that are wrong.
#![expect(unreachable_pub, reason = "a test's own workflows")]

mod blobs;
mod crashes;
mod failures;
mod flows;
mod orders;
mod recordings;
mod replays;
mod runs;
mod stand_ins;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What it says when it panics.
#[track_caller]
fn said<T>(run: impl FnOnce() -> T) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(run()))) else { panic!("it was expected to panic") };
    workflow_runtime::step::panic_text(&*panic).to_owned()
}

/// Fails unless the text has all of these.
#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
}
