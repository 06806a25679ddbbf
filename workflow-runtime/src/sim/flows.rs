//! What is run: the examples' workflows, and machines that the seed makes.

use serde_json::{Value, json};

use super::dice::Dice;
use super::examples::{agent, approval, fanout, fulfilment, order, pipeline, polling, travel};
use super::machines::{Made, NAMES};
use super::plan::Start;
use crate::runtime::RuntimeBuilder;

/// A workflow, and what it may be started with.
struct Flow {
    name: &'static str,
    /// It, and what its steps take.
    register: fn(RuntimeBuilder) -> RuntimeBuilder,
    inputs: &'static [&'static str],
}

const FLOWS: &[Flow] = &[
    Flow {
        name: "OrderFlow",
        register: |builder| builder.data(order::Shop::open().expect("no book is kept")).register::<order::OrderFlow>(),
        inputs: &[
            include_str!("../../../examples/inputs/ok.json"),
            include_str!("../../../examples/inputs/flaky.json"),
            include_str!("../../../examples/inputs/declined.json"),
            include_str!("../../../examples/inputs/invalid.json"),
            include_str!("../../../examples/inputs/mail-down.json"),
            include_str!("../../../examples/inputs/needs-approval.json"),
            include_str!("../../../examples/inputs/ships-late.json"),
        ],
    },
    Flow {
        name: "Travel",
        register: |builder| builder.register::<travel::Travel>(),
        inputs: &[
            r#"{"travelers": ["ada", "bob"], "city": "Oslo"}"#,
            r#"{"travelers": ["ada", "bob", "cy"], "city": "Bergen"}"#,
        ],
    },
    Flow {
        name: "Approval",
        register: |builder| builder.register::<approval::Approval>(),
        inputs: &[r#"{"who": "ada", "days": 2}"#, r#"{"who": "bob", "days": 12}"#, r#"{"who": "cy", "days": 3}"#],
    },
    Flow {
        name: "Fanout",
        register: |builder| {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/inputs");
            builder.register::<fanout::Fanout>().bucket("meters", folder)
        },
        inputs: &[r#"{"key": "meters.csv"}"#, r#"{"key": "gone.csv"}"#],
    },
    Flow {
        name: "Purchase",
        register: |builder| builder.register::<fulfilment::Purchase>(),
        inputs: &[r#"{"id": "p1", "items": ["lamp", "desk"]}"#, r#"{"id": "p2", "items": ["unicorn"]}"#],
    },
    Flow {
        name: "Polling",
        register: |builder| builder.data(polling::Elsewhere::default()).register::<polling::Polling>(),
        inputs: &[r#""report-7""#, r#""report-8""#],
    },
    Flow {
        name: "Agent",
        register: |builder| builder.register::<agent::Agent>(),
        inputs: &[r#""what is 6 times 7?""#, r#""and 7 times 6?""#],
    },
    Flow {
        name: "Pipeline",
        register: |builder| builder.register::<pipeline::Pipeline>(),
        inputs: &[r#"{"type": "click", "page": "/"}"#, r#"{"type": "sale", "cents": 200000}"#],
    },
    made(0),
    made(1),
    made(2),
];

const fn made(number: usize) -> Flow {
    Flow {
        name: NAMES[number],
        // All of them together, below.
        register: |builder| builder,
        inputs: &[r#"{"in": 1, "list": [[1], "b"]}"#, r#"{"in": 2, "list": []}"#],
    }
}

impl Flow {
    fn input(&self, dice: &mut Dice) -> Value {
        serde_json::from_str(dice.one_of::<&str>(self.inputs)).expect("JSON")
    }
}

fn is_made(workflow: &str) -> bool {
    NAMES.contains(&workflow)
}

/// The executions of a seed.
pub(super) fn starts(dice: &mut Dice) -> Vec<Start> {
    // A crowd shares its commits.
    let count = if dice.once_in(8) { 12 } else { 1 + dice.roll(4) };
    (0..count)
        .map(|number| {
            let flow = match dice.roll(8) {
                0 => &FLOWS[0],
                1..=3 => dice.one_of(&FLOWS[..FLOWS.len() - NAMES.len()]),
                _ => dice.one_of(&FLOWS[FLOWS.len() - NAMES.len()..]),
            };
            let input = flow.input(dice);
            let at_ms = if dice.once_in(2) { 0 } else { dice.roll(2_000) };
            Start { at_ms, workflow: flow.name, name: format!("e{number}"), input }
        })
        .collect()
}

/// One execution of an example.
pub(super) fn start(workflow: &str, input: usize) -> Start {
    let flow = FLOWS.iter().find(|flow| flow.name == workflow).expect("a workflow");
    let input = serde_json::from_str(flow.inputs[input]).expect("JSON");
    Start { at_ms: 0, workflow: flow.name, name: "e0".to_owned(), input }
}

/// The workflows that are started.
pub(super) fn register(mut builder: RuntimeBuilder, starts: &[Start]) -> RuntimeBuilder {
    for flow in FLOWS {
        if starts.iter().any(|start| start.workflow == flow.name) {
            builder = (flow.register)(builder);
        }
    }
    if starts.iter().any(|start| is_made(start.workflow)) {
        builder = builder.register::<Made<0>>().register::<Made<1>>().register::<Made<2>>();
    }
    builder
}

/// What somebody answers who is asked in this state.
pub(super) fn answer(state: &str) -> Value {
    match state {
        "RequestApproval" => json!({ "approved": true }),
        "AskManager" => json!({ "approved": true, "by": "bo" }),
        _ => json!({ "x": 1 }),
    }
}

/// Whether nothing of it is durable.
pub(super) fn is_express(workflow: &str) -> bool {
    workflow == "Pipeline"
}

/// Something else that this workflow takes.
pub(super) fn other_input(workflow: &str, input: &Value) -> Option<Value> {
    let flow = FLOWS.iter().find(|flow| flow.name == workflow)?;
    let inputs = flow.inputs.iter().map(|text| serde_json::from_str::<Value>(text).expect("JSON"));
    inputs.into_iter().find(|other| other != input)
}
