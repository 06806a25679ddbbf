//! An exported machine has no more states than another compiler makes of the same workflow.
//!
//! `peer.py` and `examples.py` are the same workflows as people write them for it. `cargo test -p examples --test states -- --nocapture` prints the
//! table.
#![allow(unreachable_pub, reason = "workflows as people write them")]

#[path = "../support/mod.rs"]
mod support;
mod workflows;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::oracle::tool;
use workflow_runtime::Workflow;
use workflows::{
    Asked, Branches, Caught, Children, Choice, ChosenValue, Each, Fails, Flagged, Grid, Group, Kinds, Loops, Maps,
    Nested, Options, Ranges, Saga, Skips, SortedOut, Staged, Stepless, Straight, Sums, Waits, Whiles,
};

/// States, those inside of branches and maps included.
fn states(machine: &Value) -> usize {
    let inside = |state: &Value| -> usize {
        let branches = state["Branches"].as_array().into_iter().flatten();
        branches.chain(state.get("ItemProcessor")).map(states).sum()
    };
    machine["States"].as_object().into_iter().flatten().map(|(_, state)| 1 + inside(state)).sum()
}

/// What the other compiler makes of a file: a machine for each function.
fn compiled(compiler: &Path, file: &str) -> BTreeMap<String, usize> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/states").join(file);
    let output =
        Command::new(compiler).arg("compile").arg(source).arg("-o").arg(folder.path()).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let machines = std::fs::read_dir(folder.path()).expect("a folder").map(|entry| {
        let path = entry.expect("a file").path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let machine: Value =
            serde_json::from_str(&std::fs::read_to_string(path).expect("text")).expect("the machine is JSON");
        (name.trim_end_matches(".asl.json").to_owned(), states(&machine))
    });
    machines.collect()
}

/// Ours and theirs, by the workflow's name; none may be larger.
#[expect(clippy::print_stdout, reason = "the table is for people")]
fn compare(ours: &[(&str, Value)], file: &str) {
    let Some(compiler) = tool("venv/bin/sfnx") else { return };
    let theirs = compiled(&compiler, file);
    let mut larger = Vec::new();
    println!("{:<16} ours theirs", "workflow");
    for (name, machine) in ours {
        let (ours, theirs) = (states(machine), theirs[*name]);
        println!("{name:<16} {ours:>4} {theirs:>6}");
        if ours > theirs {
            larger.push(format!("{name}: {ours} states, theirs has {theirs}: {machine:#}"));
        }
    }
    assert!(larger.is_empty(), "{}", larger.join("\n"));
}

fn exported<W: Workflow>() -> Value {
    serde_json::from_str(&W::definition().to_asl_json()).expect("the machine is JSON")
}

#[test]
fn no_construct_makes_more_states() {
    let ours = [
        ("straight", exported::<Straight>()),
        ("choice", exported::<Choice>()),
        ("chosen_value", exported::<ChosenValue>()),
        ("kinds", exported::<Kinds>()),
        ("caught", exported::<Caught>()),
        ("fails", exported::<Fails>()),
        ("whiles", exported::<Whiles>()),
        ("loops", exported::<Loops>()),
        ("each", exported::<Each>()),
        ("sums", exported::<Sums>()),
        ("ranges", exported::<Ranges>()),
        ("branches", exported::<Branches>()),
        ("maps", exported::<Maps>()),
        ("children", exported::<Children>()),
        ("group", exported::<Group>()),
        ("saga", exported::<Saga>()),
        ("nested", exported::<Nested>()),
        ("waits", exported::<Waits>()),
        ("asked", exported::<Asked>()),
        ("options", exported::<Options>()),
        ("stepless", exported::<Stepless>()),
        ("sorted_out", exported::<SortedOut>()),
        ("flagged", exported::<Flagged>()),
        ("skips", exported::<Skips>()),
        ("grid", exported::<Grid>()),
        ("staged", exported::<Staged>()),
    ];
    compare(&ours, "peer.py");
}

#[test]
fn no_example_makes_more_states() {
    let export = |program: &str, workflow: &str| -> Value {
        let output =
            Command::new(program).args(["export", "--workflow", workflow]).output().expect("the program starts");
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("the machine is JSON")
    };
    let ours = [
        ("approval", export(env!("CARGO_BIN_EXE_approval"), "Approval")),
        ("polling", export(env!("CARGO_BIN_EXE_polling"), "Polling")),
        ("agent", export(env!("CARGO_BIN_EXE_agent"), "Agent")),
        ("pipeline", export(env!("CARGO_BIN_EXE_pipeline"), "Pipeline")),
        ("fanout", export(env!("CARGO_BIN_EXE_fanout"), "Fanout")),
        ("fulfil", export(env!("CARGO_BIN_EXE_fulfilment"), "Fulfil")),
        ("survey", export(env!("CARGO_BIN_EXE_fulfilment"), "Survey")),
        ("purchase", export(env!("CARGO_BIN_EXE_fulfilment"), "Purchase")),
        ("order_flow", export(env!("CARGO_BIN_EXE_order"), "OrderFlow")),
    ];
    compare(&ours, "examples.py");
}
