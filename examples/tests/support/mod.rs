//! Runs the example programs as a person would.
#![allow(dead_code, reason = "each test binary uses its part")]

pub(crate) mod batch;
pub(crate) mod oracle;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A store and a book of one's own, and the `order` program on them.
pub(crate) struct Shop {
    folder: tempfile::TempDir,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Exit status; `None` when it was killed.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Outcome {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}\n{}", self.stdout, self.stderr))
    }
}

impl Shop {
    pub(crate) fn open() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_order"));
        command.args(arguments).arg("--store").arg(self.store());
        command.env("ORDER_BOOK", self.folder.path().join("book")).env("NO_COLOR", "1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn order(&self, arguments: &[&str]) -> Outcome {
        self.command(arguments).output().expect("the program starts").into()
    }

    /// The steps that ran, in order, one line each.
    pub(crate) fn book(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("book")).unwrap_or_default();
        text.lines().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
    }

    /// How often this step ran.
    pub(crate) fn runs_of(&self, step: &str) -> usize {
        self.book().iter().filter(|run| *run == step).count()
    }

    /// AWS's events of an execution.
    pub(crate) fn events(&self, name: &str) -> Vec<Value> {
        let history = self.order(&["history", name, "--json"]);
        assert_eq!(history.code, Some(0), "{}", history.stderr);
        history.json()["events"].as_array().expect("events").clone()
    }
}

/// An input file of the examples.
pub(crate) fn input(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("inputs").join(format!("{name}.json"));
    path.to_string_lossy().into_owned()
}

/// All input files, by name.
pub(crate) const INPUTS: [&str; 7] =
    ["ok", "invalid", "flaky", "declined", "needs-approval", "ships-late", "mail-down"];

/// The names of the states that were entered, in order.
pub(crate) fn states_entered(events: &[Value]) -> Vec<String> {
    let entered =
        events.iter().filter(|event| event["type"].as_str().is_some_and(|kind| kind.ends_with("StateEntered")));
    entered.map(|event| event["stateEnteredEventDetails"]["name"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Steps whose result the store has acknowledged.
pub(crate) fn acknowledged(events: &[Value]) -> Vec<String> {
    let mut state_of = std::collections::BTreeMap::new();
    let mut done = Vec::new();
    for event in events {
        let id = event["id"].as_u64().unwrap_or_default();
        let before = event["previousEventId"].as_u64().unwrap_or_default();
        let name = event["stateEnteredEventDetails"]["name"].as_str().map(str::to_owned);
        let state = name.or_else(|| state_of.get(&before).cloned()).unwrap_or_default();
        if event["type"] == "LambdaFunctionSucceeded" {
            done.push(state.clone());
        }
        state_of.insert(id, state);
    }
    done
}

/// Runs an order to its end; one that waits for a person is approved from a second process.
pub(crate) fn run_to_end(shop: &Shop, name: &str, file: &str) -> Outcome {
    let mut child =
        shop.command(&["run", "--name", name, "--input", &input(file)]).spawn().expect("the program starts");
    if file == "needs-approval" {
        approve(shop, &mut child, name);
    }
    child.wait_with_output().expect("the program ends").into()
}

/// Waits until somebody is asked, then answers through the owner's socket.
fn approve(shop: &Shop, child: &mut std::process::Child, name: &str) {
    loop {
        assert!(child.try_wait().expect("a status").is_none(), "`run` ended before it was answered");
        let described = shop.order(&["describe", name, "--json"]);
        if described.code == Some(0)
            && let Some(token) = described.json()["waitingFor"].as_array().and_then(|all| {
                all.iter()
                    .find(|waiting| waiting["kind"] == "answer")
                    .and_then(|waiting| waiting["token"].as_str().map(str::to_owned))
            })
        {
            let answered = shop.order(&["send-task-success", "--token", &token, "--output", r#"{"approved": true}"#]);
            assert_eq!(answered.code, Some(0), "{}", answered.stderr);
            return;
        }
        std::thread::yield_now();
    }
}
