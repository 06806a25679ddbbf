//! Evaluates one expression on many inputs, in every way there is.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use workflow_runtime::asl::validate;
use workflow_runtime::expr::{Expression, Scope, Template};
use workflow_runtime::prelude::*;
use workflow_runtime::time;

use crate::support::oracle::{interpreted, tool};

/// Expressions over an input: each a workflow of its own and a Rust function.
macro_rules! table {
    ($suite:ident($input:ident: $ty:ty) { $($name:ident: $out:ty = $body:expr;)* } over $inputs:expr) => {
        #[test]
        fn $suite() {
            let mut sheet = $crate::harness::Sheet::default();
            let inputs: Vec<$ty> = $inputs;
            $({
                #[allow(dead_code)]
                mod $name {
                    use super::*;
                    workflow!(
                        pub(super) async fn checked($input: $ty) -> Result<$out> { Ok($body) }
                    );
                    pub(super) fn plain($input: $ty) -> $out { $body }
                }
                sheet.check::<$name::Checked, _, _>(stringify!($name), stringify!($body), &inputs, $name::plain);
            })*
            sheet.finish();
        }
    };
}
pub(crate) use table;

/// What was found in one table.
#[derive(Default)]
pub(crate) struct Sheet {
    faults: Vec<String>,
    jobs: Vec<Value>,
    expected: Vec<(String, Value)>,
    foreign: usize,
}

/// The execution's input, and nothing else.
pub(crate) struct Given(pub(crate) Value);

impl Scope for Given {
    fn variable(&self, _: &str) -> Option<&Value> {
        None
    }
    fn input(&self) -> &Value {
        &self.0
    }
    fn result(&self) -> Option<&Value> {
        None
    }
    fn error_output(&self) -> Option<&Value> {
        None
    }
    fn context(&self) -> Cow<'_, Value> {
        Cow::Owned(json!({ "Execution": { "Input": self.0, "Id": "id", "Name": "name" } }))
    }
    fn execution_input(&self) -> Option<&Value> {
        Some(&self.0)
    }
    fn now(&self) -> time::Timestamp {
        time::Timestamp::from_millis(1_767_225_600_120)
    }
    fn entropy(&self) -> u64 {
        7
    }
}

/// What an expression yields, or why it fails.
pub(crate) type Answer = std::result::Result<Value, String>;

impl Sheet {
    pub(crate) fn check<W: Workflow, I: Clone + Serialize, O: Serialize>(
        &mut self,
        name: &str,
        source: &str,
        inputs: &[I],
        plain: fn(I) -> O,
    ) {
        let definition = match W::try_definition() {
            Ok(definition) => definition,
            Err(error) => return self.faults.push(format!("{name}: {source}\n  {error}")),
        };
        let violations = validate(definition.state_machine());
        let machine: Value = serde_json::from_str(&definition.to_asl_json()).expect("JSON");
        let states = machine["States"].as_object().expect("states");
        if !violations.is_empty() || states.len() != 1 {
            return self.faults.push(format!("{name}: {source}\n  {violations:?} {machine}"));
        }
        let output = output_of(&machine).unwrap_or_default();
        for input in inputs {
            let given = serde_json::to_value(input).expect("JSON");
            // What panics in Rust must fail.
            let right = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| plain(input.clone())));
            let right: Answer = match right {
                Ok(right) => Ok(serde_json::to_value(right).expect("JSON")),
                Err(_) => Err("panics".to_owned()),
            };
            let about = format!("{name}: {source}\n  on {given}\n  {output}");
            let scope = Given(given.clone());
            for (way, answer) in [("natively", native(&output, &scope)), ("by jsonata-core", foreign(&output, &scope))]
            {
                let alike = match (&right, &answer) {
                    (Ok(right), Ok(answer)) => same(right, answer),
                    (Err(_), Err(_)) => true,
                    _ => false,
                };
                if !alike && !(way == "by jsonata-core" && differs_there(name)) {
                    self.faults.push(format!("{about}\n  {way} {answer:?}, in Rust {right:?}"));
                }
            }
            let job = json!({ "name": about, "definition": machine, "input": given, "answers": {} });
            if !differs_elsewhere(name) {
                self.jobs.push(job);
                self.expected.push((about, right.unwrap_or(Value::from("FAILS"))));
            }
        }
        self.foreign += usize::from(!is_native(&output));
        if !is_native(&output) && !may_be_foreign(name) {
            self.faults.push(format!("{name}: {source}\n  is not native: {output}"));
        }
    }

    pub(crate) fn finish(mut self) {
        if let Some(python) = tool("venv/bin/python") {
            for (theirs, (about, right)) in interpreted(&python, &self.jobs).iter().zip(&self.expected) {
                let alike = match (right.as_str(), &theirs["error"]) {
                    (Some("FAILS"), Value::String(error)) => error == "States.QueryEvaluationError",
                    _ => same(right, &theirs["output"]) && theirs["error"].is_null(),
                };
                if !alike {
                    self.faults.push(format!("{about}\n  elsewhere {theirs}, in Rust {right}"));
                }
            }
        }
        let count = self.faults.len();
        assert!(self.faults.is_empty(), "{count} faults\n\n{}", self.faults.join("\n\n"));
    }
}

/// What the one state of a machine yields.
pub(crate) fn output_of(machine: &Value) -> Option<Value> {
    let states = machine["States"].as_object().filter(|states| states.len() == 1)?;
    // Without an output the input goes through.
    let through = json!("{% $states.context.Execution.Input %}");
    states.values().next().map(|state| state.get("Output").cloned().unwrap_or(through))
}

pub(crate) fn native(output: &Value, scope: &Given) -> Answer {
    let template = Template::compile(output, "Output").map_err(|error| format!("{error:?}"))?;
    template.evaluate(scope, "Output").map_err(|error| error.cause)
}

/// The template with every expression in it evaluated by `jsonata-core`.
pub(crate) fn foreign(output: &Value, scope: &Given) -> Answer {
    Ok(match output {
        Value::String(text) => match expression(text) {
            Some(source) => Expression::compile_foreign(source)
                .map_err(|error| error.message)?
                .evaluate(scope, "Output")
                .map_err(|error| error.cause)?
                .map(Cow::into_owned)
                .ok_or_else(|| "undefined".to_owned())?,
            None => output.clone(),
        },
        Value::Array(items) => items.iter().map(|item| foreign(item, scope)).collect::<std::result::Result<_, _>>()?,
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| foreign(value, scope).map(|value| (key.clone(), value)))
            .collect::<std::result::Result<_, _>>()?,
        other => other.clone(),
    })
}

fn expression(text: &str) -> Option<&str> {
    text.strip_prefix("{%")?.strip_suffix("%}")
}

pub(crate) fn is_native(output: &Value) -> bool {
    match output {
        Value::String(text) => {
            expression(text).is_none_or(|source| Expression::compile(source).is_ok_and(|compiled| compiled.is_native()))
        }
        Value::Array(items) => items.iter().all(is_native),
        Value::Object(fields) => fields.values().all(is_native),
        _ => true,
    }
}

/// 2 is 2.0; a float's last digit counts.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            let sorted = |map: &serde_json::Map<String, Value>| -> BTreeMap<String, Value> {
                map.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
            };
            let (a, b) = (sorted(a), sorted(b));
            a.len() == b.len() && a.iter().zip(&b).all(|((k, a), (l, b))| k == l && same(a, b))
        }
        // A moment, however it is written.
        (Value::String(a), Value::String(b)) if a != b => match (a.parse::<Timestamp>(), b.parse::<Timestamp>()) {
            (Ok(a), Ok(b)) => a == b,
            _ => false,
        },
        (a, b) => a == b,
    }
}

/// Where `jsonata-core` is known to be wrong.
fn differs_there(name: &str) -> bool {
    name.ends_with("_not_core") || name.ends_with("_alone")
}

/// Where the other interpreter is known to be wrong.
fn differs_elsewhere(name: &str) -> bool {
    name.ends_with("_not_elsewhere") || name.ends_with("_alone")
}

/// What only `jsonata-core` evaluates.
fn may_be_foreign(name: &str) -> bool {
    name.ends_with("_foreign")
}
