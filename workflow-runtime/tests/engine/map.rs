//! Inline Maps: items, inputs, turns, results.

use expect_test::expect;
use serde_json::{Value, json};
use workflow_runtime::engine::{Event, ExecutionStatus, ScopeId};

use crate::story::Story;

pub(crate) fn processor(name: &str, state: Value) -> Value {
    json!({ "StartAt": name, "States": { name: state } })
}

pub(crate) fn task() -> Value {
    json!({ "Type": "Task", "Resource": "r", "End": true })
}

/// A Map of this processor over the input, which Succeed `S` or `Caught` follows.
pub(crate) fn map(processor: Value, more: Value, input: Value) -> Story {
    let mut state = json!({ "Type": "Map", "ItemProcessor": processor, "Next": "S" });
    state.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let states = json!({ "M": state, "S": { "Type": "Succeed" }, "Caught": { "Type": "Succeed" } });
    Story::of("M", states, input)
}

fn states_running(story: &Story) -> Vec<Value> {
    story.running.values().map(|request| Value::clone(&request.arguments)).collect()
}

/// Ends the attempt that was given this.
pub(crate) fn succeed(story: &mut Story, arguments: &Value, output: Value) {
    let task = *story.running.iter().find(|(_, request)| *request.arguments == *arguments).expect("it runs").0;
    story.running.remove(&task);
    story.tell(&workflow_runtime::engine::Input::TaskSucceeded { task, output: output.into() });
}

#[test]
fn items_are_the_input_and_results_stand_in_their_order() {
    let pass = json!({ "Type": "Pass", "Output": "{% $states.input * 10 %}", "End": true });
    let story = map(processor("A", pass), json!({}), json!([1, 2]));
    story.succeeded_with(&json!([10, 20]));
    expect![[r#"
        1 ExecutionStarted
        2 StateEntered M
        3 MapStarted M
        4 MapIterationStarted M #0
        5 MapIterationStarted M #1
        6 StateEntered A
        7 StateEntered A
        8 StateExited A = 10
        9 MapIterationSucceeded
        10 StateExited A = 20
        11 MapIterationSucceeded
        12 MapSucceeded M
        13 StateExited M
        14 StateEntered S
        15 StateExited S
        16 ExecutionSucceeded
    "#]]
    .assert_eq(&story.trail());
}

#[test]
fn results_stand_in_the_items_order_whoever_ends_first() {
    let mut story = map(processor("A", task()), json!({}), json!(["a", "b", "c"]));
    for item in ["c", "a", "b"] {
        succeed(&mut story, &json!(item), json!(item.to_uppercase()));
    }
    story.succeeded_with(&json!(["A", "B", "C"]));
}

#[test]
fn no_items_are_no_iterations() {
    let story = map(processor("A", task()), json!({}), json!([]));
    story.succeeded_with(&json!([]));
    expect![[r#"
        2 StateEntered M
        3 MapStarted M
        4 MapSucceeded M
        5 StateExited M
    "#]]
    .assert_eq(&lines(&story, 1, 4));
}

pub(crate) fn lines(story: &Story, from: usize, count: usize) -> String {
    story.trail().lines().skip(from).take(count).fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn one_at_a_time_is_strictly_in_order() {
    let mut story = map(processor("A", task()), json!({ "MaxConcurrency": 1 }), json!([1, 2]));
    assert_eq!(states_running(&story), [json!(1)]);
    succeed(&mut story, &json!(1), json!("x"));
    assert_eq!(states_running(&story), [json!(2)]);
    succeed(&mut story, &json!(2), json!("y"));
    story.succeeded_with(&json!(["x", "y"]));
    expect![[r#"
        8 TaskSucceeded A
        9 StateExited A
        10 MapIterationSucceeded
        11 MapIterationStarted M #1
        12 StateEntered A
    "#]]
    .assert_eq(&lines(&story, 7, 5));
}

#[test]
fn at_most_forty_run_at_once_whatever_is_asked_for() {
    for (asked, expected) in [(json!(0), 40), (json!(7), 7), (json!(1_000), 40), (json!("{% 2 + 1 %}"), 3)] {
        let items: Vec<u32> = (0..100).collect();
        let mut story = map(processor("A", task()), json!({ "MaxConcurrency": asked }), json!(items));
        assert_eq!(story.running.len(), expected);
        succeed(&mut story, &json!(0), json!(0));
        assert_eq!(story.running.len(), expected, "the next one begins");
        for item in 1..100 {
            succeed(&mut story, &json!(item), json!(item));
        }
        story.succeeded_with(&json!(items));
    }
}

#[test]
fn the_selector_sees_the_item_the_input_and_the_context() {
    let more = json!({
        "Items": "{% $states.input.of %}",
        "ItemSelector": {
            "i": "{% $states.context.Map.Item.Index %}",
            "name": "{% $states.context.Map.Item.Value.name %}",
            "all": "{% $count($states.input.of) %}",
            "state": "{% $states.context.State.Name %}",
            "whole": "{% $states.context.Map %}",
        },
    });
    let pass = json!({ "Type": "Pass", "End": true });
    let story = map(processor("A", pass), more, json!({ "of": [{ "name": "x" }, { "name": "y" }] }));
    let expected = |i: u32, name: &str| json!({ "i": i, "name": name, "all": 2, "state": "M", "whole": { "Item": { "Index": i, "Value": { "name": name } } } });
    story.succeeded_with(&json!([expected(0, "x"), expected(1, "y")]));
}

#[test]
fn a_selector_that_hands_something_on_records_it_once() {
    let pass = || processor("A", json!({ "Type": "Pass", "End": true }));
    let recorded = |story: &Story| -> Vec<bool> {
        let inputs = story.events().filter_map(|event| match event {
            Event::MapIterationStarted { input, .. } => Some(input.is_some()),
            _ => None,
        });
        inputs.collect()
    };
    let story = map(pass(), json!({ "ItemSelector": "{% $states.context.Map.Item.Value %}" }), json!([1, 2]));
    story.succeeded_with(&json!([1, 2]));
    assert_eq!(recorded(&story), [false, false], "the item is known");
    let story = map(pass(), json!({ "ItemSelector": "{% $states.input %}" }), json!([1, 2]));
    story.succeeded_with(&json!([[1, 2], [1, 2]]));
    assert_eq!(recorded(&story), [true, true]);
}

#[test]
fn the_item_is_known_in_the_selector_only() {
    let probe = json!({ "Type": "Pass", "Output": "{% $exists($states.context.Map) %}", "End": true });
    map(processor("A", probe), json!({ "Output": "{% [$states.result, $exists($states.context.Map)] %}" }), json!([1]))
        .succeeded_with(&json!([false, false]));
}

#[test]
fn iterations_read_outer_variables_and_their_own_vanish() {
    let states = json!({
        "Set": { "Type": "Pass", "Assign": { "outer": 5 }, "Next": "M" },
        "M": {
            "Type": "Map",
            "Items": [1, 2],
            "ItemProcessor": { "StartAt": "A", "States": {
                "A": { "Type": "Pass", "Assign": { "inner": "{% $states.input + $outer %}" }, "Next": "B" },
                "B": { "Type": "Succeed", "Output": "{% $inner %}" },
            } },
            "Assign": { "sums": "{% $states.result %}" },
            "Output": "{% $sum($states.result) %}",
            "Next": "S",
        },
        "S": { "Type": "Succeed", "Output": "{% { 'in': $states.input, 'sums': $sums, 'gone': $exists($inner) } %}" },
    });
    Story::of("Set", states, json!({})).succeeded_with(&json!({ "in": 13, "sums": [6, 7], "gone": false }));
}

#[test]
fn maps_within_maps_and_parallels() {
    let inner = json!({
        "Type": "Map",
        "ItemProcessor": processor("I", json!({ "Type": "Pass", "Output": "{% $states.input + 1 %}", "End": true })),
        "End": true,
    });
    map(processor("M2", inner.clone()), json!({}), json!([[1, 2], [], [3]])).succeeded_with(&json!([[2, 3], [], [4]]));
    let parallel = json!({
        "Type": "Parallel",
        "Branches": [processor("M2", inner), processor("X", json!({ "Type": "Pass", "Output": "x", "End": true }))],
        "End": true,
    });
    let mut story = map(processor("P", parallel), json!({ "MaxConcurrency": 1 }), json!([[1], [2]]));
    story.pass(0).succeeded_with(&json!([[[2], "x"], [[3], "x"]]));
}

#[test]
fn iterations_are_numbered_and_gone_once_they_ended() {
    let mut story = map(processor("A", task()), json!({}), json!(["a", "b", "c"]));
    assert_eq!(story.execution.iteration_of(ScopeId(2)), Some(1));
    assert_eq!(story.execution.iteration_of(ScopeId(0)), None);
    succeed(&mut story, &json!("b"), json!(1));
    assert_eq!(story.execution.scope_value(ScopeId(2)), None);
    assert_eq!(story.execution.scope_value(ScopeId(3)).map(|value| Value::clone(value)), Some(json!("c")));
}

#[test]
fn waits_and_retries_within_iterations_are_their_own() {
    let states = json!({ "StartAt": "W", "States": {
        "W": { "Type": "Wait", "Seconds": "{% $states.input %}", "Next": "T" },
        "T": { "Type": "Task", "Resource": "r", "Retry": [{ "ErrorEquals": ["X"], "MaxAttempts": 1 }], "End": true },
    } });
    let mut story = map(states, json!({}), json!([5, 1]));
    story.pass(1_000);
    assert_eq!(states_running(&story), [json!(1)]);
    story.fail("T", "X", "").pass(1_000).succeed("T", json!("second")).pass(3_000).succeed("T", json!("first"));
    story.succeeded_with(&json!(["first", "second"]));
}

#[test]
fn a_hundred_thousand_items_need_another_limit_and_no_more_time_for_each() {
    use std::sync::Arc;
    use workflow_runtime::engine::{Execution, Input, step};
    let states = json!({
        "M": {
            "Type": "Map", "Items": "{% [1..100000] %}",
            "ItemProcessor": processor("A", json!({ "Type": "Pass", "Output": 1, "End": true })), "End": true,
        },
    });
    let run = |limit: Option<u64>| {
        let mut machine = crate::story::compile(&crate::story::definition("M", states.clone()));
        if let Some(limit) = limit {
            machine = machine.with_events_max(limit);
        }
        let mut execution = Execution::new(crate::story::identity());
        let start = Input::Start { input: Arc::new(json!({})), seed: 1 };
        let now = workflow_runtime::time::Timestamp::from_millis(0);
        let decision = step(&machine, &mut execution, &start, now).expect("a decision");
        (execution, decision.events.len())
    };
    let (execution, events) = run(None);
    assert_eq!((execution.status(), events), (Some(ExecutionStatus::Failed), 25_000), "as on AWS");
    let (execution, events) = run(Some(1_000_000));
    assert_eq!(execution.status(), Some(ExecutionStatus::Succeeded));
    assert_eq!(execution.output().and_then(|output| output.as_array()).map(Vec::len), Some(100_000));
    assert_eq!(events, 400_006);
}
