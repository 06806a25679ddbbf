//! Other people's tools accept the exported machines and run them alike.
//!
//! `.ci/tools` installs them at pinned versions below `.tools/`. Where one is absent its test says so and is left out; with
//! `CI=true` it fails.

mod support;

use std::process::Command;

use serde_json::{Value, json};
use support::oracle::{answers, interpreted, sorted, substituted, tool};
use support::{INPUTS, Shop, input, run_to_end, states_entered};

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
        let job = json!({ "name": file, "definition": definition, "input": given, "answers": answers(&events) });

        let theirs = interpreted(&python, &[job]).remove(0);

        assert_eq!(theirs["refused"], Value::Null, "{file}");
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
