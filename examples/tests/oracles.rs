//! Other people's tools accept the exported machines and run them alike.
//!
//! `.ci/tools` installs them at pinned versions below `.tools/`. Where one is absent its test says so and is left out; with
//! `CI=true` it fails.

mod support;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::{INPUTS, Shop, input, run_to_end, states_entered};

/// A tool, or `None` where it is left out.
fn tool(path: &str) -> Option<PathBuf> {
    let found = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../.tools").join(path);
    if found.exists() {
        return Some(found);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is missing: `.ci/tools` installs it", found.display());
    eprintln!("LEFT OUT: {} is not installed; `.ci/tools` installs it", found.display());
    None
}

/// What `CloudFormation` would do with the placeholders.
fn substituted(definition: &str) -> String {
    let mut text = String::new();
    let mut rest = definition;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').expect("a closed placeholder");
        let kind = if name.ends_with("ActivityArn") {
            "states:us-east-1:123456789012:activity"
        } else {
            "lambda:us-east-1:123456789012:function"
        };
        text = text + before + "arn:aws:" + kind + ":" + name;
        rest = after;
    }
    text + rest
}

fn exported(target: &str) -> String {
    let outcome = Shop::open().order(&["export", "--target", target]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    outcome.stdout
}

#[test]
fn asl_validator_accepts_the_exported_machines() {
    let Some(validator) = tool("node_modules/.bin/asl-validator") else { return };
    for target in ["lambda", "activity"] {
        let output =
            Command::new(&validator).args(["--json-definition", &exported(target)]).output().expect("it starts");
        assert!(
            output.status.success(),
            "{target}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn statelint_accepts_the_exported_machines() {
    let Some(statelint) = tool("venv/bin/statelint") else { return };
    for target in ["lambda", "activity"] {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), substituted(&exported(target))).expect("written");
        let output = Command::new(&statelint)
            .args(["--ignore=FLOAT", "--eval-jsonata"])
            .arg(file.path())
            .output()
            .expect("it starts");
        assert!(
            output.status.success(),
            "{target}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// The answers of the local run's steps, by state, one for each attempt.
fn answers(events: &[Value]) -> BTreeMap<String, Vec<Value>> {
    let mut state_of: BTreeMap<u64, String> = BTreeMap::new();
    let mut answers: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for event in events {
        let before = event["previousEventId"].as_u64().unwrap_or_default();
        let entered = event["stateEnteredEventDetails"]["name"].as_str().map(str::to_owned);
        let state = entered.or_else(|| state_of.get(&before).cloned()).unwrap_or_default();
        let kind = event["type"].as_str().unwrap_or_default();
        let details = event
            .as_object()
            .into_iter()
            .flatten()
            .find(|(key, _)| key.ends_with("EventDetails"))
            .map(|(_, details)| details);
        let text = |key: &str| details.and_then(|details| details[key].as_str()).unwrap_or_default();
        match kind {
            "LambdaFunctionScheduled" => {
                let arguments: Value = serde_json::from_str(text("input")).expect("JSON");
                answers.entry(state.clone()).or_default().push(json!({ "arguments": arguments }));
            }
            "TaskScheduled" => answers.entry(state.clone()).or_default().push(json!({})),
            "LambdaFunctionSucceeded" | "TaskSucceeded" => {
                let output: Value = serde_json::from_str(text("output")).expect("JSON");
                answers.get_mut(&state).and_then(|all| all.last_mut()).expect("it was scheduled")["output"] = output;
            }
            "LambdaFunctionFailed" | "TaskFailed" | "LambdaFunctionTimedOut" | "TaskTimedOut" => {
                let answer = answers.get_mut(&state).and_then(|all| all.last_mut()).expect("it was scheduled");
                answer["error"] = json!(text("error"));
                answer["cause"] = json!(text("cause"));
            }
            _ => {}
        }
        state_of.insert(event["id"].as_u64().unwrap_or_default(), state);
    }
    answers
}

fn sorted(mut states: Vec<String>) -> Vec<String> {
    states.sort_unstable();
    states
}

#[test]
fn another_interpreter_takes_the_same_path_to_the_same_end() {
    let Some(python) = tool("venv/bin/python") else { return };
    let definition: Value = serde_json::from_str(&exported("lambda")).expect("JSON");
    let top_level: Vec<String> = definition["States"].as_object().expect("states").keys().cloned().collect();
    for file in INPUTS {
        let shop = Shop::open();
        run_to_end(&shop, "ORD", file);
        let described = shop.order(&["describe", "ORD", "--json"]).json();
        let events = shop.events("ORD");
        let given: Value = serde_json::from_str(&std::fs::read_to_string(input(file)).expect("a file")).expect("JSON");
        let job = json!({ "definition": definition, "input": given, "answers": answers(&events) });

        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle.py");
        let mut child = Command::new(&python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("python");
        child.stdin.take().expect("piped").write_all(job.to_string().as_bytes()).expect("written");
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
        let theirs: Value = serde_json::from_slice(&output.stdout).expect("JSON");

        assert_eq!(theirs["output"], described["output"], "{file}: outputs");
        assert_eq!(theirs["error"], described["Error"], "{file}: errors");
        assert_eq!(theirs["cause"], described["Cause"], "{file}: causes");
        let ours = states_entered(&events);
        let their_states: Vec<String> = serde_json::from_value(theirs["states"].clone()).expect("names");
        let outer =
            |states: &[String]| states.iter().filter(|state| top_level.contains(state)).cloned().collect::<Vec<_>>();
        assert_eq!(outer(&their_states), outer(&ours), "{file}: path");
        assert_eq!(sorted(their_states), sorted(ours), "{file}: states of the branches");
    }
}
