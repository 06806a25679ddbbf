//! Drawn programs, compiled many at a time.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A number that an environment variable may give.
pub(crate) fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{variable}={text}")))
}

/// Compiles the source of a program of this name and runs it: a line of JSON for each that it prints.
pub(crate) fn run(name: &str, source: &str) -> Vec<Value> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(folder.join("src")).expect("a folder");
    std::fs::copy(here.join("../Cargo.lock"), folder.join("Cargo.lock")).expect("a lock file");
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n[dependencies]\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\nthiserror = \"2\"\ntokio = {{ version = \"1\", \
         features = [\"rt\", \"macros\", \"time\", \"test-util\"] }}\nworkflow-runtime = {{ path = \"{}\" }}\n\n[profile.dev]\ndebug = \
         false\nincremental = false\n",
        here.join("../workflow-runtime").display()
    );
    std::fs::write(folder.join("Cargo.toml"), manifest).expect("written");
    std::fs::write(folder.join("src/main.rs"), source).expect("written");
    let output = Command::new(env!("CARGO"))
        // What they depend on is compiled once for all.
        .args(["run", "--offline", "--quiet", "--target-dir", "../drawn-target"])
        .current_dir(&folder)
        .env_remove("CARGO_TARGET_DIR")
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .output()
        .expect("cargo starts");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}/src/main.rs: {complaint}", folder.display());
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}
