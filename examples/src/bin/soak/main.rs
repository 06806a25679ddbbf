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

/// Runs mixed executions in a process that is killed every few seconds, and compares what is found with what was acknowledged.
#[derive(clap::Parser)]
struct Options {
    /// How long
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    minutes: u64,
    /// Which executions, and when the process is killed
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// The store's folder; without it one that is removed where all went well
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(clap::Subcommand)]
enum Role {
    /// The process that is killed
    #[command(hide = true)]
    Child { store: PathBuf },
}

fn main() -> ExitCode {
    let Options { minutes, seed, store, role } = clap::Parser::parse();
    if let Some(Role::Child { store }) = role {
        return child::main(store, RETENTION);
    }
    let store =
        store.unwrap_or_else(|| std::env::temp_dir().join(format!("workflow-soak-{}-{seed}", std::process::id())));
    match parent::run(&store, Duration::from_secs(minutes.saturating_mul(60)), seed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            parent::note(&format!("FAILED: {why}; the store is kept in {}", store.display()));
            ExitCode::FAILURE
        }
    }
}
