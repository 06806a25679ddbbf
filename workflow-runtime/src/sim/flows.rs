//! What is run: the examples' workflows.

use serde_json::{Value, json};

use super::dice::Dice;
use super::plan::Start;
use crate::runtime::RuntimeBuilder;

/// A workflow, and what it may be started with.
struct Flow {
    name: &'static str,
    /// It, and what its steps take.
    register: fn(RuntimeBuilder) -> RuntimeBuilder,
    inputs: fn(&mut Dice) -> Value,
}

#[cfg(feature = "cli")]
fn flows() -> Vec<Flow> {
    use super::examples::order;
    vec![Flow {
        name: "OrderFlow",
        register: |builder| builder.data(order::Shop::open().expect("no book is kept")).register::<order::OrderFlow>(),
        inputs: |dice| {
            let texts = [
                include_str!("../../../examples/inputs/ok.json"),
                include_str!("../../../examples/inputs/flaky.json"),
                include_str!("../../../examples/inputs/declined.json"),
                include_str!("../../../examples/inputs/invalid.json"),
                include_str!("../../../examples/inputs/mail-down.json"),
                include_str!("../../../examples/inputs/needs-approval.json"),
                include_str!("../../../examples/inputs/needs-approval.json"),
                include_str!("../../../examples/inputs/ships-late.json"),
            ];
            serde_json::from_str(dice.one_of::<&str>(&texts)).expect("an order")
        },
    }]
}

#[cfg(not(feature = "cli"))]
fn flows() -> Vec<Flow> {
    Vec::new()
}

/// The executions of a seed.
pub(super) fn starts(dice: &mut Dice) -> Vec<Start> {
    let flows = flows();
    (0..1 + dice.roll(4))
        .map(|number| {
            let flow = dice.one_of(&flows);
            let input = (flow.inputs)(dice);
            let at_ms = if dice.once_in(2) { 0 } else { dice.roll(2_000) };
            Start { at_ms, workflow: flow.name, name: format!("e{number}"), input }
        })
        .collect()
}

/// The workflows that are started.
pub(super) fn register(mut builder: RuntimeBuilder, starts: &[Start]) -> RuntimeBuilder {
    for flow in flows() {
        if starts.iter().any(|start| start.workflow == flow.name) {
            builder = (flow.register)(builder);
        }
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
    let flows = flows();
    let flow = flows.iter().find(|flow| flow.name == workflow)?;
    (0..8).map(|seed| (flow.inputs)(&mut Dice::new(seed))).find(|other| other != input)
}

/// One order.
#[cfg(feature = "cli")]
pub(super) fn order(file: &str) -> Start {
    let text = match file {
        "ok" => include_str!("../../../examples/inputs/ok.json"),
        other => unreachable!("{other}"),
    };
    let input = serde_json::from_str(text).expect("an order");
    Start { at_ms: 0, workflow: "OrderFlow", name: "order".to_owned(), input }
}
