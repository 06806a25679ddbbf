//! Other people's tools: where they are, and what they are given.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// A tool, or `None` where it is left out.
pub(crate) fn tool(path: &str) -> Option<PathBuf> {
    let found = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../.tools").join(path);
    if found.exists() {
        return Some(found);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is missing: `.ci/tools` installs it", found.display());
    eprintln!("LEFT OUT: {} is not installed; `.ci/tools` installs it", found.display());
    None
}

/// What `CloudFormation` would do with the placeholders.
pub(crate) fn substituted(definition: &str) -> String {
    let mut text = String::new();
    let mut rest = definition;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').expect("a closed placeholder");
        let kind = if name.ends_with("ActivityArn") {
            "states:us-east-1:123456789012:activity"
        } else if name.ends_with("StateMachineArn") {
            "states:us-east-1:123456789012:stateMachine"
        } else {
            "lambda:us-east-1:123456789012:function"
        };
        text = text + before + "arn:aws:" + kind + ":" + name;
        rest = after;
    }
    text + rest
}

/// The answers of the local run's steps, by state, one for each attempt.
pub(crate) fn answers(events: &[Value]) -> BTreeMap<String, Vec<Value>> {
    let mut state_of: BTreeMap<u64, String> = BTreeMap::new();
    // Iterations of a map schedule one state side by side: an event belongs to the attempt that it follows.
    let mut attempt_of: BTreeMap<u64, usize> = BTreeMap::new();
    let mut answers: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for event in events {
        let before = event["previousEventId"].as_u64().unwrap_or_default();
        let entered = event["stateEnteredEventDetails"]["name"].as_str().map(str::to_owned);
        let state = entered.or_else(|| state_of.get(&before).cloned()).unwrap_or_default();
        let kind = event["type"].as_str().unwrap_or_default();
        let mut attempt = attempt_of.get(&before).copied();
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
                let all = answers.entry(state.clone()).or_default();
                attempt = Some(all.len());
                all.push(json!({ "arguments": arguments }));
            }
            "TaskScheduled" => {
                let all = answers.entry(state.clone()).or_default();
                attempt = Some(all.len());
                // What a service is given both must agree on; a token differs, and is left out of the comparison.
                let arguments = serde_json::from_str::<Value>(text("parameters")).ok();
                all.push(arguments.map_or_else(|| json!({}), |arguments| json!({ "arguments": arguments })));
            }
            "LambdaFunctionSucceeded" | "TaskSucceeded" => {
                let output: Value = serde_json::from_str(text("output")).expect("JSON");
                answer_of(&mut answers, &state, attempt)["output"] = output;
            }
            "LambdaFunctionFailed" | "TaskFailed" | "LambdaFunctionTimedOut" | "TaskTimedOut" => {
                let answer = answer_of(&mut answers, &state, attempt);
                answer["error"] = json!(text("error"));
                answer["cause"] = json!(text("cause"));
            }
            _ => {}
        }
        let id = event["id"].as_u64().unwrap_or_default();
        state_of.insert(id, state);
        attempt_of.extend(attempt.map(|attempt| (id, attempt)));
    }
    answers
}

fn answer_of<'a>(answers: &'a mut BTreeMap<String, Vec<Value>>, state: &str, attempt: Option<usize>) -> &'a mut Value {
    answers.get_mut(state).and_then(|all| all.get_mut(attempt?)).expect("it was scheduled")
}

pub(crate) fn sorted(mut states: Vec<String>) -> Vec<String> {
    states.sort_unstable();
    states
}

/// The other interpreter's end and path for each job: a definition, an input and the steps' answers.
pub(crate) fn interpreted(python: &Path, jobs: &[Value]) -> Vec<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python");
    child.stdin.take().expect("piped").write_all(json!(jobs).to_string().as_bytes()).expect("written");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Python's numbers know the difference of 2 and 2.0, JSON's do not.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        (a, b) => a == b,
    }
}
