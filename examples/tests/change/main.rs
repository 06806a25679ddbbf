//! Programs that are changed while their executions are running.
//!
//! `UPDATE_EXPECT=1` blesses what the command line says; `BIN check --update --against examples/asl/BIN` what is committed.

mod check;
mod committed;
mod upgrade;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a program printed and how it ended.
#[derive(Debug)]
struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// A program on a store.
fn command(program: &str, arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end.
fn ran(program: &str, arguments: &[&str], folder: &Path) -> Outcome {
    let output = command(program, arguments, folder).output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Outcome { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

/// As a terminal would show it.
fn shown(outcome: &Outcome) -> String {
    let mut text = outcome.stdout.clone();
    if !outcome.stderr.is_empty() {
        text = format!("{text}--- stderr\n{}", outcome.stderr);
    }
    format!("{text}--- exit {}\n", outcome.code.unwrap_or(-1))
}

/// Where the committed machines of a program are, seen from the folder of the examples.
fn asl(program: &str) -> String {
    format!("asl/{program}")
}

fn examples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
