//! A definition's text: read, judged, drawn, compiled, and run as far as a few events lead.

use std::sync::Arc;

use serde_json::{Value, json};
use workflow_runtime::asl;
use workflow_runtime::engine::{Effect, Execution, ExecutionIdentity, Input, Machine, Record, step};
use workflow_runtime::step::ErrorOutput;
use workflow_runtime::time::Timestamp;

/// Events that a run may have here: enough for each kind of state, and quick.
const EVENTS_MAX: u64 = 200;
/// Answers that a run is given.
const ANSWERS_MAX: usize = 60;

/// A definition, and behind a NUL the execution's input.
pub fn asl(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (definition, input) = text.split_once('\0').unwrap_or((text, "{}"));
    let Ok(machine) = asl::parse(definition) else { return };
    let faults = asl::validate(&machine);
    let compiled = Machine::compile(&machine);
    if faults.iter().any(|fault| fault.severity == asl::Severity::Error) {
        return;
    }
    let pictures = [asl::to_mermaid(&machine), asl::to_dot(&machine, "fuzz"), asl::to_svg(&machine, "fuzz")];
    assert!(pictures.iter().all(|picture| !picture.is_empty()));
    let written = serde_json::to_string(&machine).expect("a machine is JSON");
    assert_eq!(asl::parse(&written).expect("what we write we read"), machine);
    if let (Ok(machine), Ok(input)) = (compiled, serde_json::from_str::<Value>(input)) {
        run(&machine.with_events_max(EVENTS_MAX), input);
    }
}

/// Answers whatever the execution asks for; every record is written and read again, and the fold is the execution.
fn run(machine: &Machine, input: Value) {
    let mut execution = Execution::new(ExecutionIdentity::new("fuzz", "run", 1));
    let mut inputs = vec![Input::Start { input: Arc::new(input), seed: 7 }];
    let mut records = Vec::new();
    for turn in 0..ANSWERS_MAX {
        let Some(input) = inputs.pop() else { break };
        let at = Timestamp::from_millis(1_767_225_600_000 + 1_000 * i64::try_from(turn).unwrap_or(0));
        let Ok(decision) = step(machine, &mut execution, &input, at) else { return };
        if !decision.events.is_empty() {
            let bytes = Record { at, events: decision.events }.encode();
            records.push(Record::decode(&bytes).expect("what we write we read"));
        }
        for effect in decision.effects {
            match effect {
                Effect::StartTask(request) if turn % 3 == 2 => inputs.push(Input::TaskFailed {
                    task: request.task,
                    error: ErrorOutput { error: Some("Some.Error".into()), cause: Some("because".into()) },
                }),
                Effect::StartTask(request) => {
                    inputs.push(Input::TaskSucceeded { task: request.task, output: Arc::new(json!({"ok": true})) });
                }
                Effect::SetTimer { timer, .. } => inputs.insert(0, Input::TimerFired { timer }),
                _ => {}
            }
        }
    }
    let identity = ExecutionIdentity::new("fuzz", "run", 1);
    let replayed = Execution::replay(identity, machine, &records).expect("what was decided can be replayed");
    assert_eq!(replayed.status(), execution.status());
    assert_eq!(replayed.event_count(), execution.event_count());
}
