//! Mixed executions in a process that is killed with `kill -9` every few seconds, for as long as you like; the parent keeps its
//! own ledger of what was acknowledged and compares.
//!
//! `cargo run --release -q -p examples --bin soak -- --minutes 60 --seed 1`. Exit code 0: nothing was lost, nothing ended wrong,
//! memory and disk stayed bounded.

#![allow(clippy::unused_async, reason = "what waits in earnest is left out")]
#![allow(clippy::missing_errors_doc, clippy::missing_panics_doc, reason = "the error enums say it")]
#![allow(unreachable_pub, reason = "modules of one program")]

mod child;
mod flows;
mod ledger;
mod parent;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How long what has ended is kept: short, so that it ages out while one looks.
const RETENTION: Duration = Duration::from_mins(1);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, store] = &arguments[..]
        && word == "child"
    {
        return child::main(PathBuf::from(store), RETENTION);
    }
    let option = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let number = |name: &str, default: u64| option(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (minutes, seed) = (number("--minutes", 60), number("--seed", 1));
    let store = option("--store").map_or_else(
        || std::env::temp_dir().join(format!("workflow-soak-{}-{seed}", std::process::id())),
        PathBuf::from,
    );
    match parent::run(&store, Duration::from_secs(minutes * 60), seed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            parent::note(&format!("FAILED: {why}; the store is kept in {}", store.display()));
            ExitCode::FAILURE
        }
    }
}
