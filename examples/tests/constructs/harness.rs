//! Runs workflows with scripted steps, and their exported machines elsewhere.

use std::io::Write;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use workflow_runtime::asl::validate;
use workflow_runtime::control::{ExecutionRef, Request, Response};
use workflow_runtime::prelude::*;
use workflow_runtime::runtime::Runtime;
use workflow_runtime::store::MemoryStore;

use crate::support::oracle::{answers, interpreted, same, sorted, substituted, tool};
use crate::support::states_entered;
use crate::world::{Adjacent, Fault, Tagged, queue};

/// What a step does instead of its work.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Raises an error of this enum.
    Fault(Fault),
    /// Raises an internally tagged error.
    Tagged(Tagged),
    /// Raises an adjacently tagged error.
    Adjacent(Adjacent),
    /// Never answers.
    Hang,
    /// Panics.
    Panic,
    /// Works as usual.
    Work,
    /// What somebody answers to a callback step.
    Answer(Value),
    /// A callback step is failed from outside without name or cause.
    Refuse,
}

/// Acts by state, and the tokens that were handed out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script(Arc<Mutex<Inside>>);

#[derive(Debug, Default)]
struct Inside {
    acts: Vec<(&'static str, Act)>,
    tokens: Vec<(String, TaskToken)>,
    /// What fails in a saga: see [`Script::saga`].
    failing: Vec<i64>,
    log: Vec<i64>,
}

impl Script {
    pub(crate) fn new(acts: &[(&'static str, Act)]) -> Self {
        Self(Arc::new(Mutex::new(Inside { acts: acts.to_vec(), ..Inside::default() })))
    }

    /// Of a saga: steps fail by their positive number, undos by the negative one.
    pub(crate) fn saga(failing: &[i64]) -> Self {
        Self(Arc::new(Mutex::new(Inside { failing: failing.to_vec(), ..Inside::default() })))
    }

    /// Whether the step or undo of this number is to fail; it is noted if not.
    pub(crate) fn done(&self, number: i64) -> bool {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fails = inside.failing.contains(&number);
        if !fails {
            inside.log.push(number);
        }
        !fails
    }

    /// What was done, in order.
    pub(crate) fn log(&self) -> Vec<i64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).log.clone()
    }

    fn take(&self, state: &str) -> Option<Act> {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = inside.acts.iter().position(|(name, _)| *name == state)?;
        Some(inside.acts.remove(index).1)
    }

    /// What the step is to do; hanging and panicking are done here.
    pub(crate) async fn next(&self, context: &StepContext) -> Act {
        match self.take(context.state()) {
            Some(Act::Hang) => std::future::pending().await,
            Some(Act::Panic) => panic!("{} was told to panic", context.state()),
            Some(act) => act,
            None => Act::Work,
        }
    }

    /// The same for a step whose errors are [`Fault`]s.
    pub(crate) async fn fault(&self, context: &StepContext) -> Result<(), Fault> {
        match self.next(context).await {
            Act::Fault(fault) => Err(fault),
            _ => Ok(()),
        }
    }

    /// Keeps the token for whoever answers.
    pub(crate) fn park(&self, context: &StepContext, token: TaskToken) {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inside.tokens.push((context.state().to_owned(), token));
    }

    async fn answer(&self, runtime: &Runtime) {
        let tokens = std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).tokens);
        for (state, token) in tokens {
            let token = token.as_str().to_owned();
            let response = match self.take(&state) {
                Some(Act::Answer(output)) => runtime.handle(Request::SendTaskSuccess { token, output }).await,
                Some(Act::Refuse) => {
                    let error = workflow_runtime::ErrorOutput { error: None, cause: None };
                    runtime.handle(Request::SendTaskFailure { token, error }).await
                }
                Some(Act::Fault(fault)) => {
                    let error = WorkflowError::from(fault).output().clone();
                    runtime.handle(Request::SendTaskFailure { token, error }).await
                }
                other => panic!("{state} waits for an answer, not for {other:?}"),
            };
            assert!(matches!(response, Response::Done), "{response:?}");
        }
    }
}

/// How an execution is to end.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// With this output.
    Output(Value),
    /// With an error of this name.
    Error(&'static str),
}

pub(crate) fn ok(output: impl serde::Serialize) -> End {
    End::Output(serde_json::to_value(output).expect("JSON"))
}

pub(crate) fn err(name: &'static str) -> End {
    End::Error(name)
}

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The execution, as it is described.
    pub(crate) described: Value,
    /// The states that were entered.
    pub(crate) entered: Vec<String>,
    /// The machine.
    pub(crate) exported: String,
}

/// What the other interpreter calls every execution.
const NAME: &str = "execution";

/// The runs of one test.
#[derive(Debug, Default)]
pub(crate) struct Bench {
    jobs: Vec<Value>,
    ours: Vec<Value>,
    definitions: Vec<(&'static str, String)>,
    faults: Vec<String>,
}

impl Bench {
    /// Runs a workflow: the end and the states passed must be those that are expected.
    pub(crate) async fn run<W: Workflow>(
        &mut self,
        input: impl serde::Serialize,
        acts: &[(&'static str, Act)],
        end: End,
        states: &str,
    ) {
        let input = serde_json::to_value(input).expect("JSON");
        let about = format!("{} on {input} with {acts:?}", W::NAME);
        let Some(Ran { described, entered, exported }) = self.execute::<W>(&input, &Script::new(acts), &about).await
        else {
            return;
        };
        let as_expected = match &end {
            End::Output(output) => same(&described["output"], output) && described["status"] == "SUCCEEDED",
            // `*`: whatever it is called.
            End::Error("*") => described["status"] == "FAILED",
            End::Error(name) => described["Error"] == *name,
        };
        // What a Succeed state is called when there are several says nothing.
        let plain = |state: &str| {
            state
                .strip_prefix("Done")
                .map_or(state, |rest| if rest.chars().all(|c| c.is_ascii_digit()) { "Done" } else { state })
                .to_owned()
        };
        let passed = sorted(entered.iter().map(String::as_str).map(plain).collect());
        // `*`: whatever the way is, it is the same elsewhere.
        let by_the_way = states == "*" || passed == sorted(states.split_whitespace().map(plain).collect());
        if !as_expected || !by_the_way {
            let (output, error, cause) = (&described["output"], &described["Error"], &described["Cause"]);
            self.fault(format!(
                "{about}\n  expected {end:?} by {states}\n  ended in {output} {error} {cause} by {}\n{exported}",
                entered.join(" ")
            ));
        }
    }

    pub(crate) fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    /// Runs a workflow here, and keeps it for the comparison.
    pub(crate) async fn execute<W: Workflow>(&mut self, input: &Value, script: &Script, about: &str) -> Option<Ran> {
        let definition = match W::try_definition() {
            Ok(definition) => definition,
            Err(error) => {
                self.faults.push(error.to_string());
                return None;
            }
        };
        let exported = definition.to_asl_json();
        if !self.definitions.iter().any(|(name, _)| *name == W::NAME) {
            for violation in validate(definition.state_machine()) {
                self.faults.push(format!("{}: {violation:?}", W::NAME));
            }
            self.definitions.push((W::NAME, exported.clone()));
        }
        let runtime = Runtime::builder()
            .store(MemoryStore::new())
            .data(script.clone())
            .register::<W>()
            .stand_in::<queue>()
            .start()
            .await
            .expect("it starts");
        let execution = ExecutionRef { workflow: Some(W::NAME.to_owned()), name: NAME.to_owned() };
        let start = Request::Start { workflow: W::NAME.to_owned(), name: Some(NAME.to_owned()), input: input.clone() };
        let started = runtime.handle(start).await;
        assert!(matches!(started, Response::Started { .. }), "{}: {started:?}", W::NAME);
        let ended = {
            let wait = runtime.handle(Request::Wait { execution: execution.clone(), events_seen: None });
            tokio::pin!(wait);
            loop {
                tokio::select! {
                    ended = &mut wait => break ended,
                    () = tokio::time::sleep(Duration::from_millis(500)) => script.answer(&runtime).await,
                }
            }
        };
        let Response::Execution(described) = ended else { panic!("{}: {ended:?}", W::NAME) };
        let Response::History(events) = runtime.handle(Request::History { execution }).await else {
            panic!("no history")
        };
        let events: Vec<Value> = events.iter().map(|event| serde_json::to_value(event).expect("JSON")).collect();
        let entered = states_entered(&events);
        // What was recorded goes the same way again, unless it was left to chance.
        let by_chance = ["$uuid()", "$random("].iter().any(|it| exported.contains(it));
        match workflow_runtime::replay::replay(&definition, &Value::from(events.clone())) {
            Ok(replay) if replay.is_same() || by_chance => {}
            Ok(replay) => self.faults.push(format!("{about}\n  replayed: {replay}")),
            Err(error) => self.faults.push(format!("{about}\n  replayed: {error}")),
        }
        let described = serde_json::to_value(&described).expect("JSON");
        let definition: Value = serde_json::from_str(&exported).expect("JSON");
        let top: Vec<String> = definition["States"].as_object().expect("states").keys().cloned().collect();
        self.ours.push(json!({ "about": about, "end": described, "states": entered, "top": top }));
        self.jobs.push(json!({ "name": about, "definition": definition, "input": input, "answers": answers(&events) }));
        runtime.shutdown().await;
        Some(Ran { described, entered, exported })
    }

    /// Asks the other tools, then tells everything that was wrong.
    pub(crate) fn compare(mut self) {
        self.interpret();
        self.validate();
        let faults = self.faults;
        assert!(faults.is_empty(), "{} faults\n\n{}", faults.len(), faults.join("\n\n"));
    }

    fn interpret(&mut self) {
        let Some(python) = tool("venv/bin/python") else { return };
        for (theirs, ours) in interpreted(&python, &self.jobs).iter().zip(&self.ours) {
            let about = ours["about"].as_str().unwrap_or_default();
            if theirs["refused"] != Value::Null {
                self.faults.push(format!("{about}\n  elsewhere: {}", theirs["refused"]));
                continue;
            }
            let outer = |states: &Value| -> Vec<String> {
                let all: Vec<String> = serde_json::from_value(states.clone()).expect("names");
                let top = ours["top"].as_array().expect("names");
                all.into_iter().filter(|state| top.contains(&json!(state))).collect()
            };
            let all = |states: &Value| sorted(serde_json::from_value(states.clone()).expect("names"));
            let alike = same(&theirs["output"], &ours["end"]["output"])
                && theirs["error"] == ours["end"]["Error"]
                // Each tells in words of its own what failed in an expression.
                && (theirs["error"] == "States.QueryEvaluationError"
                    || theirs["cause"].as_str().unwrap_or_default() == ours["end"]["Cause"].as_str().unwrap_or_default())
                && outer(&theirs["states"]) == outer(&ours["states"])
                && all(&theirs["states"]) == all(&ours["states"]);
            if !alike {
                self.faults.push(format!("{about}\n  here {}\n  elsewhere {theirs}", ours["end"]));
            }
        }
    }

    fn validate(&mut self) {
        let files: Vec<(bool, tempfile::NamedTempFile)> = self
            .definitions
            .iter()
            .map(|(_, definition)| {
                let mut file = tempfile::NamedTempFile::new().expect("a file");
                file.write_all(substituted(definition).as_bytes()).expect("written");
                let machine: Value = serde_json::from_str(definition).expect("JSON");
                let lists = has_list_output(&machine);
                (lists, file)
            })
            .collect();
        if let Some(statelint) = tool("venv/bin/statelint") {
            // Without `--eval-jsonata`: it evaluates without data, and takes a text or `true` for no expression. With or
            // without, it knows no expressions in a Wait or for a Map's concurrency.
            let mut command = Command::new(statelint);
            command.arg("--ignore=FLOAT").args(files.iter().map(|(_, file)| file.path()));
            self.ask(&mut command, |line| {
                line.contains(" State Machine.")
                    && !line.ends_with("%}\" but should be an Integer")
                    && !line.ends_with("%}\" but should be an RFC3339 timestamp")
                    && !(line.contains(".MaxConcurrency is") && line.ends_with("%}\" but should be numeric"))
            });
        }
        if let Some(validator) = tool("node_modules/.bin/asl-validator") {
            let mut command = Command::new(validator);
            // It takes no JSON array for an `Output`, which Step Functions does.
            for (_, file) in files.iter().filter(|(lists, _)| !lists) {
                command.arg("--json-path").arg(file.path());
            }
            self.ask(&mut command, |line| line.contains("FAILED") || line.contains("Error"));
        }
    }

    fn ask(&mut self, command: &mut Command, is_complaint: impl Fn(&str) -> bool) {
        let output = command.output().expect("it starts");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if !output.status.success() && (out.is_empty() || out.lines().chain(err.lines()).any(is_complaint)) {
            let names: Vec<&str> = self.definitions.iter().map(|(name, _)| *name).collect();
            self.faults.push(format!("{command:?} (of {}): {out}{err}", names.join(", ")));
        }
    }
}

fn has_list_output(value: &Value) -> bool {
    match value {
        Value::Object(fields) => {
            fields.get("Output").is_some_and(Value::is_array) || fields.values().any(has_list_output)
        }
        Value::Array(values) => values.iter().any(has_list_output),
        _ => false,
    }
}
