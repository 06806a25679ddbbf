//! Generated programs: the same body as a plain function, as a workflow on the embedded engine, and as the exported machine
//! under another interpreter must end alike, with the same steps.
//!
//! `WF_PROGRAMS=1000 cargo test -p examples --test generated -- --nocapture` says how many; `WF_PROGRAMS_FROM` where to begin. What was found once
//! is in `KEPT` and always runs.

mod choices;
mod expressions;
mod print;
mod program;
mod types;

#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use program::{Features, Program, program};
use serde_json::{Value, json};
use support::batch::{number, run};
use support::oracle::{answers, interpreted, same, sorted, tool};
use support::states_entered;

/// Programs that once ended otherwise than they should.
const KEPT: [u64; 0] = [];

/// Programs in one crate.
const BATCH: usize = 50;

#[test]
fn generated_programs_end_alike_everywhere() {
    let (from, count) = (number("WF_PROGRAMS_FROM", 1), number("WF_PROGRAMS", 50));
    let numbers: Vec<u64> = KEPT.into_iter().chain(from..from + count).collect();
    let (mut runs, mut programs, mut faults) = (0, 0, Vec::new());
    for batch in numbers.chunks(BATCH) {
        let made: Vec<Program> = batch.iter().map(|number| program(*number, Features::ALL)).collect();
        let results = run("generated", &print::source(&made));
        programs += made.len();
        runs += results.len();
        faults.extend(compare(&results));
        eprintln!("{programs} programs, {runs} runs, {} faults", faults.len());
    }
    assert!(faults.is_empty(), "{} faults\n\n{}", faults.len(), faults.join("\n\n"));
}

fn compare(results: &[Value]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut jobs = Vec::new();
    for run in results {
        let about = format!("{} on {}", run["program"], run["input"]);
        if !run["refused"].is_null() {
            faults.push(format!("{}: {}", run["program"], run["refused"].as_str().unwrap_or_default()));
            continue;
        }
        let end = outcome(&run["end"]);
        if !same(&end, &run["expected"]) {
            faults.push(format!("{about}\n  as a function {}\n  as a workflow {end}", run["expected"]));
        } else if let Some((expected, done)) = steps_differ(run) {
            faults.push(format!("{about}\n  steps of the function {expected}\n  steps of the workflow {done}"));
        }
        let events = run["events"].as_array().expect("events");
        let definition: Value = serde_json::from_str(run["definition"].as_str().expect("text")).expect("JSON");
        if run["elsewhere"] == false {
            continue;
        }
        jobs.push(
            json!({ "name": about, "definition": definition, "input": run["input"], "answers": answers(events) }),
        );
    }
    let Some(python) = tool("venv/bin/python") else { return faults };
    let ran = results.iter().filter(|run| run["refused"].is_null() && run["elsewhere"] == true);
    for ((theirs, ours), job) in interpreted(&python, &jobs).iter().zip(ran).zip(&jobs) {
        let about = job["name"].as_str().unwrap_or_default();
        let states = sorted(states_entered(ours["events"].as_array().expect("events")));
        let end = outcome(&ours["end"]);
        // A branch that failed cancelled its siblings: how far they had come is a matter of time, here and there.
        let raced = happened(ours, "ParallelStateFailed");
        if !theirs["refused"].is_null() {
            if raced {
                continue;
            }
            faults.push(format!("{about}\n  elsewhere: {}", theirs["refused"]));
        } else if !same(&outcome_of(theirs), &end) {
            faults.push(format!("{about}\n  here {end}\n  elsewhere {theirs}"));
        } else if !raced && states != sorted(serde_json::from_value(theirs["states"].clone()).expect("names")) {
            faults.push(format!("{about}\n  states here {states:?}\n  elsewhere {}", theirs["states"]));
        }
    }
    faults
}

fn outcome(end: &Value) -> Value {
    if end["status"] == "SUCCEEDED" {
        json!({ "output": end["output"] })
    } else {
        json!({ "error": end["Error"], "cause": end["Cause"].as_str().unwrap_or_default() })
    }
}

fn outcome_of(theirs: &Value) -> Value {
    if theirs["error"].is_null() {
        json!({ "output": theirs["output"] })
    } else {
        json!({ "error": theirs["error"], "cause": theirs["cause"].as_str().unwrap_or_default() })
    }
}

fn happened(run: &Value, kind: &str) -> bool {
    run["events"].as_array().into_iter().flatten().any(|event| event["type"] == kind)
}

/// Where branches run at once, the steps are compared as a set, and only where nothing failed.
fn steps_differ(run: &Value) -> Option<(Value, Value)> {
    let (expected, done) = (&run["expectedSteps"], &run["steps"]);
    if run["order"] == "exact" {
        return (expected != done).then(|| (expected.clone(), done.clone()));
    }
    if happened(run, "ParallelStateFailed") {
        return None;
    }
    let counted = |steps: &Value| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for step in steps.as_array().into_iter().flatten() {
            *counts.entry(step.to_string()).or_default() += 1;
        }
        counts
    };
    (counted(expected) != counted(done)).then(|| (expected.clone(), done.clone()))
}
