//! Drawn expressions: what each yields as plain Rust, natively, by `jsonata-core`, and by the interpreter of another compiler must be the same,
//! on every drawn input; where Rust panics, all must fail.
//!
//! `WF_EXPRESSIONS=2000 cargo test -p examples --test expressions drawn -- --nocapture` says how many; `WF_EXPRESSIONS_FROM` where to begin. What
//! was found is a line of a table in `found.rs`.

mod grammar;
mod inputs;
mod lists;
mod numbers;
mod source;
mod texts;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};
use source::{Drawn, drawn, rust};

use crate::harness::{Answer, Given, foreign, is_native, native, output_of, same};
use crate::support::batch::{number, run};
use crate::support::oracle::{interpreted, tool};

/// Types, what is counted exactly, and what runs an expression.
const FRAME: &str = include_str!("batch.rs.txt");

/// Expressions in one crate.
const BATCH: usize = 200;

/// Inputs of each expression.
const INPUTS: usize = 8;

/// Codes with which a drawn expression may be refused: what it would need has no exact form.
const REFUSALS: [&str; 0] = [];

/// What became of the expressions.
#[derive(Debug, Default)]
struct Tally {
    expressions: usize,
    runs: usize,
    panics: usize,
    left_out: usize,
    /// Evaluated by `jsonata-core` alone.
    foreign: usize,
    refused: BTreeMap<String, usize>,
    /// By how long the expression is: the shortest says most.
    faults: Vec<(usize, String)>,
    /// Expressions and ways that are among the faults.
    told: BTreeSet<(String, &'static str)>,
    jobs: Vec<Value>,
    expected: Vec<(String, String, Answer)>,
}

#[test]
fn drawn_expressions_yield_the_same_everywhere() {
    let (from, count) = (number("WF_EXPRESSIONS_FROM", 1), number("WF_EXPRESSIONS", 60));
    let numbers: Vec<u64> = (from..from + count).collect();
    let mut tally = Tally::default();
    for batch in numbers.chunks(BATCH) {
        let made: BTreeMap<u64, Drawn> = batch.iter().map(|number| (*number, drawn(*number))).collect();
        let inputs = inputs::inputs(batch[0], INPUTS);
        for result in run("expressions", &source(&made, &inputs)) {
            let drawn = &made[&result["number"].as_u64().expect("a number")];
            tally.judge(drawn, &result, &inputs);
        }
        tally.ask_elsewhere();
        let Tally { expressions, runs, panics, left_out, foreign, refused, faults, .. } = &tally;
        eprintln!(
            "{expressions} expressions, {runs} runs ({panics} panic, {left_out} beyond 2^53 left out), {foreign} not native, refused {refused:?}, {} faults",
            faults.len()
        );
    }
    tally.faults.sort();
    let shown: Vec<&str> = tally.faults.iter().take(40).map(|(_, fault)| fault.as_str()).collect();
    assert!(tally.faults.is_empty(), "{} faults\n\n{}", tally.faults.len(), shown.join("\n\n"));
}

fn source(batch: &BTreeMap<u64, Drawn>, inputs: &[Value]) -> String {
    let mut text = FRAME.to_owned();
    let mut runs = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "\nconst INPUTS: &str = r####\"{}\"####;", json!(inputs));
    for (number, Drawn { kind, flow, plain, .. }) in batch {
        let ty = rust(*kind);
        let _ = write!(
            text,
            "\nmod e{number} {{\nuse super::*;\nworkflow!(\npub async fn e{number}(x: Input) -> Result<{ty}> {{ Ok({flow}) }}\n);\n\
             pub fn plain(x: Input) -> {ty} {{ {plain} }}\n}}\n"
        );
        let _ = writeln!(runs, "    check::<e{number}::E{number}, _>({number}, &inputs, e{number}::plain);");
    }
    let _ = write!(text, "\nfn main() {{\n    listen();\n    let inputs = inputs();\n{runs}}}\n");
    text
}

impl Tally {
    fn judge(&mut self, drawn: &Drawn, result: &Value, inputs: &[Value]) {
        self.expressions += 1;
        let Drawn { flow, .. } = drawn;
        if let Some(why) = result["refused"].as_str() {
            let code = why.split("WF").nth(1).map_or("none", |rest| rest.get(..4).unwrap_or(rest)).to_owned();
            if !REFUSALS.contains(&code.as_str()) {
                self.faults.push((flow.len(), format!("{} {flow}\n  {why}", result["number"])));
            }
            *self.refused.entry(code).or_default() += 1;
            return;
        }
        let machine: Value = serde_json::from_str(result["definition"].as_str().expect("text")).expect("JSON");
        let Some(output) = output_of(&machine) else {
            return self.faults.push((flow.len(), format!("{flow}\n  is more than one state: {machine}")));
        };
        self.foreign += usize::from(!is_native(&output));
        for (input, answer) in inputs.iter().zip(result["answers"].as_array().into_iter().flatten()) {
            let right: Answer = match answer["panic"].as_str() {
                // Integers are JSON's: the documentation says that they count on.
                Some(panic) if panic.contains("overflow") => {
                    self.left_out += 1;
                    continue;
                }
                Some(panic) => Err(panic.to_owned()),
                None => Ok(decoded(&answer["value"])),
            };
            self.runs += 1;
            self.panics += usize::from(right.is_err());
            let about = format!("{} {flow}\n  on {input}\n  {output}", result["number"]);
            let scope = Given(input.clone());
            for (way, answer) in [("natively", native(&output, &scope)), ("by jsonata-core", foreign(&output, &scope))]
            {
                if !alike(&right, &answer) {
                    self.fault(flow, way, format!("{about}\n  {way} {answer:?}, in Rust {right:?}"));
                }
            }
            if drawn.elsewhere {
                self.jobs.push(json!({ "name": about, "definition": machine, "input": input, "answers": {} }));
                self.expected.push((flow.clone(), about, right));
            }
        }
    }

    /// Once for each expression and way.
    fn fault(&mut self, flow: &str, way: &'static str, text: String) {
        if self.told.insert((flow.to_owned(), way)) {
            eprintln!("{text}\n");
            self.faults.push((flow.len(), text));
        }
    }

    /// Asks the other interpreter, once for all that it was left.
    fn ask_elsewhere(&mut self) {
        let (jobs, expected) = (std::mem::take(&mut self.jobs), std::mem::take(&mut self.expected));
        let Some(python) = tool("venv/bin/python") else { return };
        for (theirs, (flow, about, right)) in interpreted(&python, &jobs).iter().zip(expected) {
            let answer = match theirs["error"].as_str() {
                Some("States.QueryEvaluationError") => Err(theirs["cause"].to_string()),
                _ if theirs["error"].is_null() && theirs["refused"].is_null() => Ok(theirs["output"].clone()),
                _ => Ok(theirs.clone()),
            };
            if !alike(&right, &answer) {
                self.fault(&flow, "elsewhere", format!("{about}\n  elsewhere {theirs}, in Rust {right:?}"));
            }
        }
    }
}

fn alike(right: &Answer, answer: &Answer) -> bool {
    match (right, answer) {
        (Ok(right), Ok(answer)) => same(right, answer),
        (Err(_), Err(_)) => true,
        _ => false,
    }
}

/// Floats come as their bits.
fn decoded(value: &Value) -> Value {
    match value {
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("bits") => {
            let bits = fields["bits"].as_str().and_then(|bits| bits.parse().ok()).expect("bits");
            json!(f64::from_bits(bits))
        }
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), decoded(value))).collect(),
        Value::Array(items) => items.iter().map(decoded).collect(),
        other => other.clone(),
    }
}
