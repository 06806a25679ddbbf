//! The small programs, run as their first lines say.

use std::process::Command;

/// What a program prints for this input, and what it says on the side.
fn run(program: &str, arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new(program)
        .arg("run")
        .args(arguments)
        .args(["--input", input, "--store"])
        .arg(folder.path().join("store"))
        .env("NO_COLOR", "1")
        .output()
        .expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[track_caller]
fn prints(program: &str, arguments: &[&str], input: &str, output: &str) -> String {
    let (code, stdout, stderr) = run(program, arguments, input);
    assert_eq!((code, stdout.as_str()), (Some(0), output), "{stderr}");
    stderr
}

#[track_caller]
fn fails(program: &str, arguments: &[&str], input: &str, error: &str) -> String {
    let (code, stdout, stderr) = run(program, arguments, input);
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(stderr.contains(error), "{stderr}");
    stderr
}

#[test]
fn approval_needs_nobody_for_a_short_leave() {
    let program = env!("CARGO_BIN_EXE_approval");
    prints(program, &[], r#"{"who": "ada", "days": 2}"#, "\"ada is away for 2 days\"");
}

#[test]
fn travel_books_everything_or_gives_it_back_in_reverse() {
    let program = env!("CARGO_BIN_EXE_travel");
    let trip = r#"{"travelers": ["ada", "bob"], "city": "Oslo"}"#;
    prints(program, &[], trip, "\"ada-Oslo and bob-Oslo, 2 rooms in Oslo, a car in Oslo\"");
    let said = fails(program, &[], &trip.replace("Oslo", "Bergen"), "BookingError.SoldOut");
    let undone: Vec<&str> = said.lines().filter(|line| line.starts_with("cancelled ")).collect();
    assert_eq!(undone, ["cancelled 2 rooms in Bergen", "cancelled bob-Bergen", "cancelled ada-Bergen"]);
}

#[test]
fn fanout_bills_every_row() {
    let program = env!("CARGO_BIN_EXE_fanout");
    prints(program, &[], r#"{"key": "meters.csv"}"#, "\"3 bills, 12400 cents\"");
    fails(program, &[], r#"{"key": "gone.csv"}"#, "States.ItemReaderFailed");
}

#[test]
fn scan_passes_references_of_what_is_too_large_to_travel() {
    let program = env!("CARGO_BIN_EXE_scan");
    prints(program, &[], r#"{"reference": "DEED-1", "pages": 600}"#, "\"DEED-1: 600 words\"");
    let long = format!(r#"{{"reference": "{}", "pages": 1}}"#, "x".repeat(41));
    let (code, _, stderr) = run(program, &[], &long);
    assert!(code == Some(2) && stderr.contains("/reference: expected at most 40 characters, found 41"), "{stderr}");
}

#[test]
fn polling_asks_until_it_is_done() {
    prints(env!("CARGO_BIN_EXE_polling"), &[], "\"report-7\"", "\"https://example.com/job-report-7\"");
}

#[test]
fn fulfilment_is_a_workflow_of_its_own() {
    let program = env!("CARGO_BIN_EXE_fulfilment");
    let basket = r#"{"id": "p1", "items": ["lamp", "desk"]}"#;
    prints(program, &["--workflow", "Purchase"], basket, "\"charged p1: packed lamp, packed desk\"");
    let said =
        fails(program, &["--workflow", "Purchase"], &basket.replace("desk", "unicorn"), "WarehouseError.Missing");
    assert!(said.contains("refunded: charged p1"), "{said}");
}

#[test]
fn pipeline_sorts_events() {
    let program = env!("CARGO_BIN_EXE_pipeline");
    prints(program, &[], r#"{"type": "click", "page": "/home"}"#, "\"5 views of /home\"");
    prints(program, &[], r#"{"type": "sale", "cents": 200000}"#, "\"200000 cents look like fraud (0.9)\"");
    prints(program, &[], r#"{"type": "heartbeat"}"#, "\"alive\"");
}

#[test]
fn agent_uses_its_tools() {
    prints(env!("CARGO_BIN_EXE_agent"), &[], "\"what is 6 times 7?\"", "\"it is 42\"");
}
