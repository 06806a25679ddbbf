//! What a transition costs in the engine alone: five steps in a row, no store, no runtime. The goal is 5 µs for all that a
//! transition costs in memory; the engine's part is told against reading and writing the step's value with `serde_json`.
#![allow(missing_docs, reason = "criterion's macros")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Map, Value, json};
use workflow_runtime::asl::StateMachine;
use workflow_runtime::engine::{
    Decision, Effect, Execution, ExecutionIdentity, ExecutionStatus, Input, Machine, Record, step,
};
use workflow_runtime::time::Timestamp;

const STEPS: usize = 5;

/// Five Tasks: an argument out of the input, the result kept in a variable, a retrier, a timeout.
fn machine() -> Machine {
    let mut states = Map::new();
    for i in 0..STEPS {
        let mut task = json!({
            "Type": "Task",
            "Resource": format!("${{Step{i}FunctionArn}}"),
            "Arguments": {
                "orderId": "{% $states.context.Execution.Input.orderId %}",
                "cents": "{% $states.context.Execution.Input.totalCents %}",
            },
            "TimeoutSeconds": 60,
            "Retry": [{ "ErrorEquals": ["Unavailable"], "IntervalSeconds": 2, "MaxAttempts": 3 }],
            "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Failed" }],
        });
        if i + 1 == STEPS {
            task["End"] = json!(true);
        } else {
            task["Assign"] = json!({ format!("v{i}"): "{% $states.result %}" });
            task["Next"] = json!(format!("S{}", i + 1));
        }
        states.insert(format!("S{i}"), task);
    }
    states.insert("Failed".into(), json!({ "Type": "Fail", "Error": "Failed" }));
    let machine = json!({ "QueryLanguage": "JSONata", "StartAt": "S0", "States": states });
    let machine: StateMachine = serde_json::from_value(machine).expect("a machine");
    Machine::compile(&machine).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn order() -> Value {
    json!({ "orderId": "ORD-999", "userId": "u-17", "totalCents": 129_900, "items": [{ "sku": "A-1", "count": 2 }] })
}

fn turn(machine: &Machine, execution: &mut Execution, input: &Input) -> Decision {
    step(machine, execution, input, Timestamp::from_millis(1_767_225_600_000)).expect("a decision")
}

/// Runs an execution from its start to its end; `each` sees every decision.
fn run(machine: &Machine, input: &Arc<Value>, mut each: impl FnMut(Decision)) -> Execution {
    let mut execution = Execution::new(ExecutionIdentity::new("Five", "bench", 1));
    let mut input = Input::Start { input: Arc::clone(input), seed: 7 };
    loop {
        let decision = turn(machine, &mut execution, &input);
        let next = decision.effects.iter().find_map(|effect| match effect {
            Effect::StartTask(request) => Some((request.task, Arc::clone(&request.arguments))),
            _ => None,
        });
        each(decision);
        match next {
            Some((task, output)) => input = Input::TaskSucceeded { task, output },
            None => return execution,
        }
    }
}

fn five_steps(c: &mut Criterion) {
    let machine = machine();
    let input = Arc::new(order());
    assert_eq!(run(&machine, &input, drop).status(), Some(ExecutionStatus::Succeeded));
    let records = {
        let mut records = Vec::new();
        run(&machine, &input, |decision| {
            records.push(Record { at: Timestamp::from_millis(0), events: decision.events });
        });
        records
    };
    let encoded: Vec<Vec<u8>> = records.iter().map(Record::encode).collect();
    let mut group = c.benchmark_group("engine, a transition");
    group.throughput(Throughput::Elements(STEPS as u64));
    group.bench_function("step", |b| b.iter(|| run(&machine, black_box(&input), |d| drop(black_box(d)))));
    group.bench_function("step and encode", |b| {
        b.iter(|| {
            run(&machine, black_box(&input), |decision| {
                let record = Record { at: Timestamp::from_millis(0), events: decision.events };
                black_box(record.encode());
            })
        });
    });
    group.bench_function("decode and replay", |b| {
        b.iter(|| {
            let mut execution = Execution::new(ExecutionIdentity::new("Five", "bench", 1));
            for bytes in &encoded {
                let record = Record::decode(black_box(bytes)).expect("a record");
                for event in &record.events {
                    execution.apply(&machine, record.at, event).expect("a replay");
                }
            }
            execution
        });
    });
    group.bench_function("serde_json alone", |b| {
        b.iter_batched(
            order,
            |value| {
                for _ in 0..STEPS {
                    let text = serde_json::to_string(black_box(&value)).expect("a text");
                    black_box(serde_json::from_str::<Value>(&text).expect("a value"));
                }
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, five_steps);
criterion_main!(benches);
