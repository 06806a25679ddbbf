//! One line for each rule: the smallest machine that breaks it and all that is said about it.

mod maps;
mod mutations;
mod reading;
mod resources;
mod variables;

use serde_json::{Value, json};

use super::validate;
use crate::asl::{Severity, StateMachine, parse};

fn said(document: &Value) -> Vec<String> {
    let machine: StateMachine = match parse(&document.to_string()) {
        Ok(machine) => machine,
        Err(faults) => return faults.iter().map(|fault| format!("unread: {}", first_line(fault))).collect(),
    };
    validate(&machine)
        .iter()
        .map(|fault| match fault.severity {
            Severity::Error => first_line(fault),
            Severity::Warning => format!("warning: {}", first_line(fault)),
        })
        .collect()
}

fn first_line(fault: &crate::asl::Violation) -> String {
    fault.to_string().lines().next().unwrap_or_default().to_owned()
}

/// A machine of these states that starts with the first.
fn machine(states: &Value) -> Value {
    let first = states.as_object().and_then(|states| states.keys().next()).cloned().unwrap_or_default();
    json!({ "QueryLanguage": "JSONata", "StartAt": first, "States": states })
}

/// A valid state with some fields replaced; `null` takes a field away.
fn patched(mut state: Value, patch: &Value) -> Value {
    for (name, value) in patch.as_object().into_iter().flatten() {
        match value {
            Value::Null => drop(state.as_object_mut().and_then(|state| state.shift_remove(name))),
            value => state[name] = value.clone(),
        }
    }
    state
}

fn one(state: &Value) -> Value {
    machine(&json!({ "A": state }))
}

fn task(patch: &Value) -> Value {
    one(&patched(json!({ "Type": "Task", "Resource": "${AFunctionArn}", "End": true }), patch))
}

fn token(patch: &Value) -> Value {
    let arguments =
        json!({ "FunctionName": "${AFunctionArn}", "Payload": { "t": "{% $states.context.Task.Token %}" } });
    let resource = "arn:aws:states:::lambda:invoke.waitForTaskToken";
    let valid =
        json!({ "Type": "Task", "Resource": resource, "Arguments": arguments, "TimeoutSeconds": 9, "End": true });
    one(&patched(valid, patch))
}

fn pass(patch: &Value) -> Value {
    one(&patched(json!({ "Type": "Pass", "End": true }), patch))
}

fn wait(patch: &Value) -> Value {
    one(&patched(json!({ "Type": "Wait", "Seconds": 1, "End": true }), patch))
}

fn map(patch: &Value) -> Value {
    let processor = json!({ "StartAt": "I", "States": { "I": { "Type": "Pass", "End": true } } });
    one(&patched(json!({ "Type": "Map", "ItemProcessor": processor, "End": true }), patch))
}

fn processor(config: &Value) -> Value {
    let states = json!({ "I": { "Type": "Pass", "End": true } });
    map(&json!({ "ItemProcessor": { "ProcessorConfig": config, "StartAt": "I", "States": states } }))
}

fn choice(rule: &Value) -> Value {
    let rule = patched(json!({ "Condition": true, "Next": "B" }), rule);
    machine(&json!({ "A": { "Type": "Choice", "Choices": [rule], "Default": "B" }, "B": { "Type": "Succeed" } }))
}

fn retry(retriers: &Value) -> Value {
    task(&json!({ "Retry": retriers }))
}

fn root(patch: &Value) -> Value {
    patched(pass(&json!({})), patch)
}

fn output(expression: &str) -> Value {
    pass(&json!({ "Output": expression }))
}

/// A Parallel with one branch of these states, after a state that assigns `x`.
fn branch(states: &Value) -> Value {
    let first = states.as_object().and_then(|states| states.keys().next()).cloned().unwrap_or_default();
    machine(&json!({
        "A": { "Type": "Pass", "Assign": { "x": 1 }, "Next": "P" },
        "P": {
            "Type": "Parallel", "Branches": [{ "StartAt": first, "States": states }], "Assign": { "late": 1 }, "End": true
        }
    }))
}

fn check(cases: &[(Value, &[&str])]) {
    for (document, expected) in cases {
        assert_eq!(said(document), *expected, "{document:#}");
    }
}

#[test]
fn valid_machines_pass() {
    check(&[
        (task(&json!({ "TimeoutSeconds": 9, "HeartbeatSeconds": "{% $states.input.h %}" })), &[]),
        (token(&json!({})), &[]),
        (task(&json!({ "Resource": "${ShipFunction.Arn}" })), &[]),
        (task(&json!({ "Resource": "arn:${AWS::Partition}:lambda:eu-west-1:1:function:f" })), &[]),
        (task(&json!({ "Credentials": { "RoleArn": "{% $states.input.role %}" } })), &[]),
        (wait(&json!({ "Seconds": null, "Timestamp": "2026-01-01T00:00:00.5+01:00" })), &[]),
        (map(&json!({ "Items": "{% $states.input.xs %}", "MaxConcurrency": 1 })), &[]),
        (processor(&json!({ "Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" })), &[]),
        (choice(&json!({ "Condition": "{% $states.input.n > 1 %}" })), &[]),
        (
            retry(
                &json!([{ "ErrorEquals": ["States.Timeout", "Mine"], "BackoffRate": 1.0, "MaxAttempts": 0 }, { "ErrorEquals": ["States.ALL"] }]),
            ),
            &[],
        ),
        (root(&json!({ "Version": "1.0", "TimeoutSeconds": 60, "Comment": "c" })), &[]),
    ]);
}

#[test]
fn machine_rules() {
    check(&[
        (
            root(&json!({ "QueryLanguage": null })),
            &["SCHEMA_VALIDATION_FAILED: Value should be one of the following: [JSONata] at /QueryLanguage"],
        ),
        (
            patched(pass(&json!({ "QueryLanguage": "JSONPath" })), &json!({ "QueryLanguage": null })),
            &["SCHEMA_VALIDATION_FAILED: Value should be one of the following: [JSONata] at /QueryLanguage"],
        ),
        (patched(pass(&json!({ "QueryLanguage": "JSONata" })), &json!({ "QueryLanguage": null })), &[]),
        (patched(pass(&json!({ "QueryLanguage": "JSONata" })), &json!({ "QueryLanguage": "JSONPath" })), &[]),
        (
            root(&json!({ "Version": "2.0" })),
            &["SCHEMA_VALIDATION_FAILED: Value should be one of the following: [1.0] at /Version"],
        ),
        (
            root(&json!({ "TimeoutSeconds": 0 })),
            &["SCHEMA_VALIDATION_FAILED: Value should be between 1 and 99999999 at /TimeoutSeconds"],
        ),
        (root(&json!({ "States": {} })), &["SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States"]),
        (root(&json!({ "StartAt": "B" })), &["MISSING_TRANSITION_TARGET: Missing 'StartAt' target: B at /StartAt"]),
        (
            pass(&json!({ "QueryLanguage": "JSONPath" })),
            &[
                "SCHEMA_VALIDATION_FAILED: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/A",
            ],
        ),
        (
            pass(&json!({ "QueryLanguage": "jsonata" })),
            &[
                "SCHEMA_VALIDATION_FAILED: Value should be one of the following: [JSONPath, JSONata] at /States/A/QueryLanguage",
            ],
        ),
    ]);
}

#[test]
fn names_are_short_and_unique_in_the_document() {
    let long = "x".repeat(81);
    let message =
        format!("INVALID_STATE_NAME: State name should have 1 to 80 characters, but has 81 at /States/{long}");
    check(&[
        (machine(&json!({ long: { "Type": "Succeed" } })), &[message.as_str()]),
        (
            machine(&json!({ "": { "Type": "Succeed" } })),
            &["INVALID_STATE_NAME: State name should have 1 to 80 characters, but has 0 at /States/"],
        ),
        (
            branch(&json!({ "A": { "Type": "Succeed" } })),
            &["DUPLICATE_STATE_NAME: Duplicate State name: A at /States/P/Branches[0]/States/A"],
        ),
    ]);
    assert_eq!(said(&machine(&json!({ "é".repeat(80): { "Type": "Succeed" } }))), [""; 0]);
}

#[test]
fn transitions_lead_somewhere_and_everything_is_reached() {
    check(&[
        (
            pass(&json!({ "End": null, "Next": "Nope" })),
            &[
                "MISSING_TRANSITION_TARGET: Missing 'Next' target: Nope at /States/A/Next",
                "MISSING_END_STATE: Workflow has no terminal state",
            ],
        ),
        (
            choice(&json!({ "Next": "X" })),
            &["MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/A/Choices[0]/Next"],
        ),
        (
            machine(
                &json!({ "A": { "Type": "Choice", "Choices": [{ "Condition": true, "Next": "B" }], "Default": "X" }, "B": { "Type": "Succeed" } }),
            ),
            &["MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/A/Default"],
        ),
        (
            task(&json!({ "Catch": [{ "ErrorEquals": ["E"], "Next": "X" }] })),
            &["MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/A/Catch[0]/Next"],
        ),
        (
            machine(&json!({ "A": { "Type": "Pass", "End": true }, "C": { "Type": "Pass", "End": true } })),
            &["MISSING_TRANSITION_TARGET: State \"C\" is not reachable. at /States/C"],
        ),
        (
            machine(
                &json!({ "A": { "Type": "Pass", "Next": "B" }, "B": { "Type": "Pass", "Next": "A" }, "U": { "Type": "Pass", "Next": "A" } }),
            ),
            &["MISSING_END_STATE: Workflow has no terminal state"],
        ),
        (
            branch(&json!({ "B": { "Type": "Pass", "Next": "B" } })),
            &["MISSING_END_STATE: Workflow has no terminal state at /States/P/Branches[0]"],
        ),
        (
            branch(&json!({ "B": { "Type": "Pass", "Next": "P" }, "C": { "Type": "Succeed" } })),
            &["MISSING_TRANSITION_TARGET: Missing 'Next' target: P at /States/P/Branches[0]/States/B/Next"],
        ),
        (
            pass(&json!({ "End": null })),
            &["SCHEMA_VALIDATION_FAILED: Exactly one of these fields is required: [Next, End] at /States/A"],
        ),
        (
            pass(&json!({ "Next": "A" })),
            &["SCHEMA_VALIDATION_FAILED: Exactly one of these fields is required: [Next, End] at /States/A"],
        ),
        (
            pass(&json!({ "End": false })),
            &[
                "SCHEMA_VALIDATION_FAILED: Value should be one of the following: [true] at /States/A/End",
                "MISSING_END_STATE: Workflow has no terminal state",
            ],
        ),
    ]);
}

#[test]
fn task_rules() {
    check(&[
        (
            task(&json!({ "Resource": "ship" })),
            &["SCHEMA_VALIDATION_FAILED: Value is not a valid resource ARN at /States/A/Resource"],
        ),
        (
            task(&json!({ "Resource": "{% $states.input.arn %}" })),
            &["SCHEMA_VALIDATION_FAILED: Value is not a valid resource ARN at /States/A/Resource"],
        ),
        (
            task(&json!({ "Credentials": {} })),
            &["SCHEMA_VALIDATION_FAILED: The field 'RoleArn' is required but was missing at /States/A/Credentials"],
        ),
        (
            task(&json!({ "TimeoutSeconds": 0 })),
            &["SCHEMA_VALIDATION_FAILED: Value should be between 1 and 99999999 at /States/A/TimeoutSeconds"],
        ),
        (
            task(&json!({ "TimeoutSeconds": 1.5 })),
            &["SCHEMA_VALIDATION_FAILED: Expected value of type [INTEGER] at /States/A/TimeoutSeconds"],
        ),
        (
            task(&json!({ "TimeoutSeconds": "60" })),
            &["SCHEMA_VALIDATION_FAILED: Expected value of type [INTEGER] at /States/A/TimeoutSeconds"],
        ),
        (
            task(&json!({ "TimeoutSeconds": 5, "HeartbeatSeconds": 5 })),
            &[
                "SCHEMA_VALIDATION_FAILED: HeartbeatSeconds (5) should be less than TimeoutSeconds (5) at /States/A/HeartbeatSeconds",
            ],
        ),
        (
            token(&json!({ "TimeoutSeconds": null })),
            &[
                "warning: SCHEMA_VALIDATION_FAILED: Without TimeoutSeconds this task waits for its answer for up to a year at /States/A",
            ],
        ),
        (
            token(&json!({ "Arguments": { "FunctionName": "f", "Payload": {} } })),
            &[
                "warning: SCHEMA_VALIDATION_FAILED: Nothing hands out the token '$states.context.Task.Token', so nobody can answer this task at /States/A/Arguments",
            ],
        ),
        (
            token(&json!({ "Arguments": [] })),
            &["SCHEMA_VALIDATION_FAILED: Expected value of type [OBJECT] at /States/A/Arguments"],
        ),
        (
            task(&json!({ "Resource": "arn:aws:states:::lambda:invoke", "Arguments": { "Payload": 1 } })),
            &[
                "SCHEMA_VALIDATION_FAILED: Expected value of type [STRING, OBJECT, ARRAY, NULL] at /States/A/Arguments/Payload",
            ],
        ),
    ]);
}

#[test]
fn retry_and_catch_rules() {
    check(&[
        (
            retry(&json!([{ "ErrorEquals": [] }])),
            &["SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/A/Retry[0]/ErrorEquals"],
        ),
        (
            retry(&json!([{ "ErrorEquals": ["States.ALL", "E"] }])),
            &[
                "SCHEMA_VALIDATION_FAILED: 'States.ALL' must appear alone in 'ErrorEquals' at /States/A/Retry[0]/ErrorEquals",
            ],
        ),
        (
            retry(&json!([{ "ErrorEquals": ["States.ALL"] }, { "ErrorEquals": ["E"] }])),
            &[
                "SCHEMA_VALIDATION_FAILED: 'States.ALL' must appear in the last retrier or catcher at /States/A/Retry[0]/ErrorEquals",
            ],
        ),
        (
            task(
                &json!({ "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "A" }, { "ErrorEquals": ["E"], "Next": "A" }] }),
            ),
            &[
                "SCHEMA_VALIDATION_FAILED: 'States.ALL' must appear in the last retrier or catcher at /States/A/Catch[0]/ErrorEquals",
            ],
        ),
        (
            retry(&json!([{ "ErrorEquals": ["States.Timedout"] }])),
            &[
                "warning: SCHEMA_VALIDATION_FAILED: 'States.Timedout' is not one of the reserved error names, which start with 'States.' at /States/A/Retry[0]/ErrorEquals[0]",
            ],
        ),
        (
            retry(&json!([{ "ErrorEquals": ["States.Runtime"] }])),
            &[
                "warning: SCHEMA_VALIDATION_FAILED: 'States.Runtime' is never retried and never caught at /States/A/Retry[0]/ErrorEquals[0]",
            ],
        ),
        (
            retry(&json!([{ "ErrorEquals": ["E"], "IntervalSeconds": 0 }])),
            &["SCHEMA_VALIDATION_FAILED: Value should be between 1 and 99999999 at /States/A/Retry[0]/IntervalSeconds"],
        ),
        (
            retry(&json!([{ "ErrorEquals": ["E"], "MaxAttempts": 100_000_000 }])),
            &["SCHEMA_VALIDATION_FAILED: Value should be between 0 and 99999999 at /States/A/Retry[0]/MaxAttempts"],
        ),
        (
            retry(&json!([{ "ErrorEquals": ["E"], "BackoffRate": 0.9 }])),
            &["SCHEMA_VALIDATION_FAILED: Value should be 1.0 or more at /States/A/Retry[0]/BackoffRate"],
        ),
        (
            retry(&json!([{ "ErrorEquals": ["E"], "MaxDelaySeconds": 31_622_401 }])),
            &["SCHEMA_VALIDATION_FAILED: Value should be between 1 and 31622400 at /States/A/Retry[0]/MaxDelaySeconds"],
        ),
        (
            retry(&json!([{ "ErrorEquals": ["E"], "JitterStrategy": "SOME" }])),
            &[
                "SCHEMA_VALIDATION_FAILED: Value should be one of the following: [NONE, FULL] at /States/A/Retry[0]/JitterStrategy",
            ],
        ),
    ]);
}

#[test]
fn wait_choice_and_parallel_rules() {
    check(&[
        (
            wait(&json!({ "Seconds": null })),
            &["SCHEMA_VALIDATION_FAILED: Exactly one of these fields is required: [Seconds, Timestamp] at /States/A"],
        ),
        (
            wait(&json!({ "Timestamp": "2026-01-01T00:00:00Z" })),
            &["SCHEMA_VALIDATION_FAILED: Exactly one of these fields is required: [Seconds, Timestamp] at /States/A"],
        ),
        (
            wait(&json!({ "Seconds": -1 })),
            &["SCHEMA_VALIDATION_FAILED: Value should be between 0 and 99999999 at /States/A/Seconds"],
        ),
        (
            wait(&json!({ "Seconds": null, "Timestamp": "2026-01-01T00:00:00" })),
            &["SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/A/Timestamp"],
        ),
        (
            wait(&json!({ "Seconds": null, "Timestamp": "2026-02-30T00:00:00Z" })),
            &["SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/A/Timestamp"],
        ),
        (
            wait(&json!({ "Seconds": null, "Timestamp": "2026-01-01t00:00:00z" })),
            &["SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/A/Timestamp"],
        ),
        (
            machine(&json!({ "A": { "Type": "Choice", "Choices": [], "Default": "B" }, "B": { "Type": "Succeed" } })),
            &["SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/A/Choices"],
        ),
        (
            choice(&json!({ "Condition": "yes" })),
            &["SCHEMA_VALIDATION_FAILED: Expected value of type [BOOLEAN] at /States/A/Choices[0]/Condition"],
        ),
        (
            one(&json!({ "Type": "Parallel", "Branches": [], "End": true })),
            &["SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/A/Branches"],
        ),
    ]);
}

#[test]
fn expressions_stand_where_and_as_they_may() {
    check(&[
        (
            output("{% 1"),
            &["INVALID_JSONATA_EXPRESSION: An expression must start with '{%' and end with '%}' at /States/A/Output"],
        ),
        (
            pass(&json!({ "Output": { "v": ["x", "1 %}"] } })),
            &[
                "INVALID_JSONATA_EXPRESSION: An expression must start with '{%' and end with '%}' at /States/A/Output/v[1]",
            ],
        ),
        (
            output(" {% 1 %} "),
            &[
                "warning: SCHEMA_VALIDATION_FAILED: Blanks around '{%' and '%}' make this a plain text, not an expression at /States/A/Output",
            ],
        ),
        (
            wait(&json!({ "Seconds": "{% 1" })),
            &["INVALID_JSONATA_EXPRESSION: An expression must start with '{%' and end with '%}' at /States/A/Seconds"],
        ),
        (
            output("{% $states.result %}"),
            &["UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist. at /States/A/Output"],
        ),
        (
            output("{% $states.errorOutput %}"),
            &["UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.errorOutput' does not exist. at /States/A/Output"],
        ),
        (
            output("{% $states.inputs %}"),
            &["UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.inputs' does not exist. at /States/A/Output"],
        ),
        (
            task(&json!({ "Arguments": "{% $states.result %}" })),
            &["UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist. at /States/A/Arguments"],
        ),
        (task(&json!({ "Output": "{% $states.result %}", "Assign": { "a": "{% $states.result.a %}" } })), &[]),
        (
            task(
                &json!({ "Catch": [{ "ErrorEquals": ["E"], "Next": "A", "Output": "{% $states.errorOutput.Cause %}" }] }),
            ),
            &[],
        ),
        (
            task(
                &json!({ "Catch": [{ "ErrorEquals": ["E"], "Next": "A", "Assign": { "e": "{% $states.result %}" } }] }),
            ),
            &["UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist. at /States/A/Catch[0]/Assign/e"],
        ),
        (
            one(&json!({ "Type": "Fail", "Cause": "{% $states.result %}" })),
            &["UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist. at /States/A/Cause"],
        ),
    ]);
}
