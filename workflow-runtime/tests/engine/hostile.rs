//! Definitions and payloads that would hang or fill the host: each ends with an error that says why.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use workflow_runtime::asl;
use workflow_runtime::engine::{ExecutionStatus, PAYLOAD_DEPTH_MAX};

use crate::story::{Story, compile, definition};

fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |value, _| json!([value]))
}

#[test]
fn payload_that_grows_without_end_is_cut_off() {
    let states = json!({
        "Grow": { "Type": "Pass", "Output": "{% $pad('x', 200000) & $string($states.input) %}", "Next": "Shrink" },
        "Shrink": { "Type": "Pass", "Output": 1, "Next": "Grow" },
    });
    Story::of("Grow", states, json!(0)).failed_with(
        "States.Runtime",
        "The execution made more than 64 MiB of payload without waiting for a task, a timer or an answer [WF2251].",
    );
}

#[test]
fn payload_that_gets_deeper_without_end_is_cut_off() {
    let states = json!({ "Wrap": { "Type": "Pass", "Output": ["{% $states.input %}"], "Next": "Wrap" } });
    Story::of("Wrap", states, json!(0)).failed_with(
        "States.DataLimitExceeded",
        "The state/task 'Wrap' returned a result with more than 100 levels of arrays and objects: make it flatter, or pass it on \
         as a text [WF2250]",
    );
    let states = json!({ "Keep": { "Type": "Pass", "Assign": { "v": ["{% $states.input %}"] }, "End": true } });
    Story::of("Keep", states, nested(PAYLOAD_DEPTH_MAX)).failed_with(
        "States.Runtime",
        "An error occurred while executing the state 'Keep' (entered at the event id #2). The value of variable 'v' has \
         more than 100 levels of arrays and objects: make it flatter, or pass it on as a text [WF2250]",
    );
}

#[test]
fn a_deep_result_is_the_tasks_failure() {
    let states = json!({
        "T": { "Type": "Task", "Resource": "r", "End": true,
               "Catch": [{ "ErrorEquals": ["States.DataLimitExceeded"], "Next": "S" }] },
        "S": { "Type": "Succeed", "Output": "caught" },
    });
    let mut story = Story::of("T", states, json!({}));
    story.succeed("T", nested(PAYLOAD_DEPTH_MAX + 1)).succeeded_with(&json!("caught"));
}

#[test]
fn an_expression_without_end_fails_its_state() {
    for expression in [
        "($f := function($n) { $f($n + 1) }; $f(0))",
        "$reduce([1..60], function($a, $i) { $a & $a }, 'ab')",
        "$reduce([1..60], function($a, $i) { [$a, $a] }, 1)",
        "$contains($reduce([1..60], function($a, $i) { $a & $a }, 'ab'), /x/)",
    ] {
        let states = json!({
            "T": { "Type": "Task", "Resource": "r", "Arguments": format!("{{% {expression} %}}"), "End": true,
                   "Catch": [{ "ErrorEquals": ["States.QueryEvaluationError"], "Next": "S" }] },
            "S": { "Type": "Succeed", "Output": "caught" },
        });
        Story::of("T", states, json!({})).succeeded_with(&json!("caught"));
    }
}

#[test]
fn loops_and_fans_end_at_the_limit_of_events() {
    let forever = json!({ "A": { "Type": "Pass", "Next": "B" }, "B": { "Type": "Choice", "Default": "A",
        "Choices": [{ "Condition": "{% false %}", "Next": "A" }] } });
    let processor = |states: Value| json!({ "StartAt": "A", "States": states });
    let inner = json!({ "A": { "Type": "Map", "Items": "{% [1..1000] %}", "End": true,
        "ItemProcessor": processor(json!({ "A": { "Type": "Pass", "End": true } })) } });
    let maps =
        json!({ "A": { "Type": "Map", "Items": "{% [1..1000] %}", "End": true, "ItemProcessor": processor(inner) } });
    let branch = processor(json!({ "A": { "Type": "Pass", "End": true } }));
    let wide = json!({ "A": { "Type": "Parallel", "Branches": vec![branch; 13_000], "End": true } });
    for states in [forever, maps, wide] {
        let story = Story::of("A", states, json!({}));
        assert_eq!(story.status(), ExecutionStatus::Failed);
        story.failed_with("States.Runtime", "The execution reached the maximum number of history events (25000).");
    }
}

#[test]
fn ten_thousand_states_are_read_judged_and_run() {
    let mut states = Map::new();
    for number in 0..10_000 {
        let next = if number == 9_999 {
            json!({ "Type": "Succeed" })
        } else {
            json!({ "Type": "Pass", "Assign": { "n": number }, "Next": format!("S{}", number + 1) })
        };
        states.insert(format!("S{number}"), next);
    }
    let text = serde_json::to_string(&definition("S0", Value::Object(states))).expect("JSON");
    let machine = asl::parse(&text).expect("it reads");
    assert!(asl::validate(&machine).is_empty());
    compile(&machine);
    assert!(asl::to_mermaid(&machine).len() > 10_000);
    Story::of_machine(&machine, json!({})).succeeded_with(&json!({}));
}

#[test]
fn definitions_that_are_none_say_so() {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
    let mut branches = String::from(r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}"#);
    for _ in 0..40 {
        branches =
            format!(r#"{{"StartAt":"A","States":{{"A":{{"Type":"Parallel","End":true,"Branches":[{branches}]}}}}}}"#);
    }
    let mut wide = String::from(r#"{"StartAt":"A","States":{"#);
    for number in 0..20_000 {
        let _ = write!(wide, r#""S{number}":{{"Type":"Pass","Next":"Nowhere{number}"}},"#);
    }
    wide.push_str(r#""A":{"Type":"Pass","End":true}}}"#);
    for text in [
        deep("[", "]"),
        deep("{\"a\":", "}"),
        branches,
        "\u{0}".repeat(10),
        "\"".repeat(100_001),
        format!("{{\"Comment\": \"{}\"}}", "x".repeat(2_000_000)),
        "1e999999".to_owned(),
    ] {
        assert!(asl::parse(&text).is_err(), "{}", &text[..text.len().min(60)]);
    }
    let machine = asl::parse(&wide.replacen('{', r#"{"QueryLanguage":"JSONata","#, 1)).expect("it reads");
    assert!(asl::validate(&machine).len() >= 20_000, "each transition to nowhere is told");
}
