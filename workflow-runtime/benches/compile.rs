//! How long `cargo check` takes for a workflow of 10 and of 100 steps, against the same functions as plain `async fn`.
//!
//! `cargo bench -p workflow-runtime --bench compile`. A crate is generated beside this workspace's other test output, with a
//! target folder of its own whose dependencies are checked once before; each measurement checks that one crate anew,
//! without incremental compilation. A workflow must stay below twice the time of the plain functions and 1.5 s. Both kinds have the same types with the same derives. Nothing is downloaded.
#![expect(clippy::print_stdout, reason = "a bench tells its numbers")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{fs, io};

const ROUNDS: usize = 5;

const TYPES: &str = "\
use workflow_runtime::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Order { pub id: String, pub total: u64, pub lines: Vec<String> }

#[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
pub enum Fault {
    #[error(\"rejected: {0}\")]
    Rejected(String),
}
";

fn main() -> io::Result<()> {
    // Run by `cargo test --benches`, it only has to work.
    let quick = !std::env::args().any(|argument| argument == "--bench");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compile-time");
    generate(&folder)?;
    check(&folder, TYPES)?;
    println!("cargo check, seconds      plain   workflow   ratio   a step");
    for steps in if quick { vec![10] } else { vec![10, 100] } {
        let (plain, workflow) = (source(steps, false), source(steps, true));
        let (mut plains, mut workflows) = (Vec::new(), Vec::new());
        for _ in 0..if quick { 1 } else { ROUNDS } {
            plains.push(check(&folder, &plain)?);
            workflows.push(check(&folder, &workflow)?);
        }
        let (plain, workflow) = (median(plains), median(workflows));
        let each = (workflow - plain) / f64::from(steps) * 1e3;
        println!(
            "{steps:>4} steps           {plain:>10.2} {workflow:>10.2} {:>7.2}   {each:.1} ms more",
            workflow / plain
        );
        let bound = 2.0 * plain + 1.5;
        if workflow > bound {
            return Err(io::Error::other(format!(
                "{workflow:.2} s is more than twice {plain:.2} s and 1.5 s more: {bound:.2} s"
            )));
        }
    }
    Ok(())
}

/// A package beside the workspace that has its lock file, so that nothing has to be resolved.
fn generate(folder: &Path) -> io::Result<()> {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(folder.join("src"))?;
    fs::copy(runtime.join("../Cargo.lock"), folder.join("Cargo.lock"))?;
    let path = runtime.display();
    let manifest = format!(
        "[package]\nname = \"compile-time\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n\
         [dependencies]\nserde = {{ version = \"1\", features = [\"derive\"] }}\nthiserror = \"2\"\n\
         workflow-runtime = {{ path = \"{path}\" }}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest)
}

fn source(steps: u32, is_workflow: bool) -> String {
    let mut text = TYPES.to_owned();
    let mut body = String::new();
    for number in 1..=steps {
        let attribute = if is_workflow { "#[step]\n" } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n{attribute}pub async fn step_{number}(order: Order) -> std::result::Result<Order, Fault> {{\n    \
             if order.total == {number} {{ return Err(Fault::Rejected(order.id)); }}\n    \
             Ok(Order {{ total: order.total + {number}, ..order }})\n}}\n"
        );
        let _ = writeln!(body, "    let order = step_{number}(order).await?;");
    }
    let flow = if is_workflow {
        format!("\nworkflow!(\npub async fn flow(order: Order) -> Result<Order> {{\n{body}    Ok(order)\n}}\n);\n")
    } else {
        format!("\npub async fn flow(order: Order) -> std::result::Result<Order, Fault> {{\n{body}    Ok(order)\n}}\n")
    };
    text + &flow
}

/// Seconds that a check of this source takes.
fn check(folder: &Path, source: &str) -> io::Result<f64> {
    fs::write(folder.join("src/lib.rs"), source)?;
    let begin = Instant::now();
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet", "--target-dir", "target"])
        .current_dir(folder)
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("CARGO_TARGET_DIR")
        .stdin(Stdio::null())
        .output()?;
    let seconds = begin.elapsed().as_secs_f64();
    if output.status.success() {
        return Ok(seconds);
    }
    Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
