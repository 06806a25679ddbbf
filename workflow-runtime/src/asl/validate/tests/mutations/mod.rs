//! Machines that are right but for one thing, made by machine: each is noticed once, with its code, at its place.

mod meaning;

use super::*;
use crate::asl::Violation;

/// A valid machine that has every type of state, and most fields.
fn sound() -> Value {
    let resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
    let message = json!({ "QueueUrl": "{% $queue %}", "MessageBody": { "t": "{% $states.context.Task.Token %}" } });
    let retry = json!([
        { "ErrorEquals": ["Busy", "States.Timeout"], "IntervalSeconds": 2, "MaxAttempts": 4, "BackoffRate": 1.5,
          "MaxDelaySeconds": 60, "JitterStrategy": "FULL", "Comment": "c" },
        { "ErrorEquals": ["States.ALL"] },
    ]);
    let catch = json!([
        { "ErrorEquals": ["Gone"], "Assign": { "why": "{% $states.errorOutput.Cause %}" }, "Next": "Lost" },
        { "ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": "Lost", "Comment": "c" },
    ]);
    let rule =
        json!({ "Condition": "{% $states.input.n > 1 %}", "Assign": { "big": true }, "Output": 1, "Next": "Each" });
    let branch = |name: &str| json!({ "StartAt": name, "States": { name: { "Type": "Pass", "End": true } } });
    let children = json!({ "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" });
    let mut child = branch("Child");
    child["ProcessorConfig"] = children;
    let bucket = json!({ "Bucket": "b", "Key": "k" });
    let reader = json!({ "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": { "InputType": "JSON", "MaxItems": 9 }, "Arguments": bucket });
    json!({
        "Comment": "c", "QueryLanguage": "JSONata", "Version": "1.0", "TimeoutSeconds": 900, "StartAt": "Begin",
        "States": {
            "Begin": { "Type": "Pass", "Comment": "c", "QueryLanguage": "JSONata", "Assign": { "queue": "q" },
                       "Output": "{% $states.input %}", "Next": "Ask" },
            "Ask": { "Type": "Task", "Resource": resource, "Arguments": message, "TimeoutSeconds": 60, "HeartbeatSeconds": 20,
                     "Credentials": { "RoleArn": "r" }, "Retry": retry, "Catch": catch, "Assign": { "n": 1 },
                     "Output": "{% $states.result %}", "Next": "Pause" },
            "Pause": { "Type": "Wait", "Seconds": 5, "Assign": { "w": 1 }, "Output": "{% $states.input %}", "Next": "Until" },
            "Until": { "Type": "Wait", "Timestamp": "2030-01-01T00:00:00Z", "Next": "Pick" },
            "Pick": { "Type": "Choice", "Choices": [rule], "Default": "Both", "Assign": { "big": false }, "Output": 2 },
            "Both": { "Type": "Parallel", "Branches": [branch("Left"), branch("Right")], "Arguments": { "a": 1 },
                      "Retry": [{ "ErrorEquals": ["States.ALL"] }], "Catch": [{ "ErrorEquals": ["E"], "Next": "Lost" }],
                      "Output": "{% $states.result %}", "Next": "Each" },
            "Each": { "Type": "Map", "Items": [1, 2], "ItemSelector": { "i": "{% $states.context.Map.Item.Index %}" },
                      "ItemProcessor": branch("Item"), "MaxConcurrency": 2, "Next": "Many" },
            "Many": { "Type": "Map", "ItemReader": reader, "ItemBatcher": { "MaxItemsPerBatch": 10, "BatchInput": { "x": 1 } },
                      "ItemProcessor": child, "Label": "Many", "ToleratedFailurePercentage": 5.5, "ToleratedFailureCount": 3,
                      "ResultWriter": { "Resource": "arn:aws:states:::s3:putObject", "Arguments": { "Bucket": "b", "Prefix": "p" },
                                        "WriterConfig": { "Transformation": "COMPACT", "OutputType": "JSON" } },
                      "Next": "Done" },
            "Lost": { "Type": "Fail", "Error": "Lost", "Cause": "{% 'it ' & $queue %}" },
            "Done": { "Type": "Succeed", "Output": "{% $states.input %}" },
        },
    })
}

/// Reads and judges, errors and warnings.
fn faults(document: &Value) -> Vec<Violation> {
    match parse(&document.to_string()) {
        Ok(machine) => validate(&machine),
        Err(faults) => faults,
    }
}

/// The place as AWS writes it: `/States/Ask/Retry[0]/MaxAttempts`.
fn written(pointer: &str) -> String {
    let mut text = String::new();
    for part in pointer.split('/').skip(1) {
        if part.chars().all(|c| c.is_ascii_digit()) {
            text = text + "[" + part + "]";
        } else {
            text = text + "/" + part;
        }
    }
    if text.is_empty() { "/".to_owned() } else { text }
}

/// Whether exactly this is said, and once.
fn expect_one(what: &str, document: &Value, code: &str, place: &str) {
    let said: Vec<String> = faults(document)
        .iter()
        .map(|it| format!("{} {}", it.code.as_str(), it.location.as_deref().unwrap_or("-")))
        .collect();
    assert_eq!(said, [format!("{code} {place}")], "{what}: {:#?}", faults(document));
}

fn set(pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let mut document = sound();
    let at = document.pointer_mut(parent).unwrap_or_else(|| panic!("{parent} is there"));
    match at {
        Value::Array(items) => items[name.parse::<usize>().expect("an index")] = value,
        at => at[name] = value,
    }
    document
}

fn without(pointer: &str) -> Value {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let mut document = sound();
    let at = document.pointer_mut(parent).and_then(Value::as_object_mut).unwrap_or_else(|| panic!("{parent} is there"));
    assert!(at.shift_remove(name).is_some(), "{pointer}");
    document
}

/// Every field of every object that is no payload, as a JSON pointer, with its value.
fn fields(value: &Value, at: &str, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields_of) => {
            for (name, field) in fields_of {
                let at = format!("{at}/{name}");
                let is_map_of_states = at.rsplit('/').nth(1) == Some("States");
                if !is_map_of_states {
                    found.push((at.clone(), field.clone()));
                }
                if !["Arguments", "Assign", "Output", "ItemSelector", "BatchInput", "Items"].contains(&name.as_str()) {
                    fields(field, &at, found);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                fields(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

const SCHEMA: &str = "SCHEMA_VALIDATION_FAILED";

#[test]
fn the_sound_machine_is_sound() {
    assert_eq!(faults(&sound()), []);
    let machine = parse(&sound().to_string()).expect("it is read");
    assert_eq!(serde_json::to_value(&machine).expect("JSON"), sound(), "nothing is lost");
}

#[test]
fn a_field_of_another_type_is_told_once_at_the_field() {
    let mut all = Vec::new();
    fields(&sound(), "", &mut all);
    assert!(all.len() > 110, "{}", all.len());
    for (pointer, value) in all {
        let name = pointer.rsplit('/').next().unwrap_or_default();
        let in_payload = ["Output", "Arguments", "ItemSelector", "BatchInput"].contains(&name);
        for other in [json!(-7.25), json!({ "odd": 1 }), json!("\u{1}"), json!([[]]), json!(null), json!(true)] {
            // Payloads may be anything; these may be an object or `true`.
            let is_right = std::mem::discriminant(&other) == std::mem::discriminant(&value)
                || in_payload
                || (name == "Condition" && other.is_boolean());
            // A role may be anything that an expression yields.
            if is_right || name == "RoleArn" {
                continue;
            }
            let said = faults(&set(&pointer, other.clone()));
            let place = written(&pointer);
            let at_field =
                said.iter().filter(|it| it.location.as_deref().is_some_and(|at| at.starts_with(&place))).count();
            let state = place.rsplit_once('/').map_or("", |(state, _)| state);
            let elsewhere =
                said.iter().any(|it| it.location.as_deref() != Some(state) && it.severity == Severity::Error)
                    && at_field == 0;
            assert!(!said.is_empty(), "{pointer} = {other}");
            assert!(!elsewhere, "{pointer} = {other}: {said:#?}");
            assert!(said.iter().all(|it| it.code.as_str() == SCHEMA), "{pointer} = {other}: {said:#?}");
            assert_eq!(said.len(), 1, "{pointer} = {other}: {said:#?}");
        }
    }
}

#[test]
fn a_field_that_is_needed_is_missed() {
    for (pointer, field) in [
        ("", "StartAt"),
        ("", "States"),
        ("/States/Begin", "Type"),
        ("/States/Ask", "Resource"),
        ("/States/Ask/Credentials", "RoleArn"),
        ("/States/Ask/Retry/0", "ErrorEquals"),
        ("/States/Ask/Catch/0", "ErrorEquals"),
        ("/States/Ask/Catch/0", "Next"),
        ("/States/Pause", "Seconds"),
        ("/States/Until", "Timestamp"),
        ("/States/Pick", "Choices"),
        ("/States/Pick/Choices/0", "Condition"),
        ("/States/Pick/Choices/0", "Next"),
        ("/States/Both", "Branches"),
        ("/States/Both/Branches/1", "StartAt"),
        ("/States/Both/Branches/1", "States"),
        ("/States/Each", "ItemProcessor"),
        ("/States/Each/ItemProcessor", "StartAt"),
        ("/States/Many/ItemProcessor/ProcessorConfig", "ExecutionType"),
        ("/States/Many/ItemReader", "Resource"),
        ("/States/Many/ItemReader", "Arguments"),
        ("/States/Many/ItemReader/ReaderConfig", "InputType"),
        ("/States/Many/ItemBatcher", "MaxItemsPerBatch"),
        ("/States/Many/ResultWriter", "Resource"),
        ("/States/Many/ResultWriter", "Arguments"),
        ("/States/Begin", "Next"),
        ("/States/Ask", "Next"),
        ("/States/Pause", "Next"),
        ("/States/Both", "Next"),
        ("/States/Each", "Next"),
        ("/States/Both/Branches/0/States/Left", "End"),
    ] {
        expect_one(
            &format!("{pointer} without {field}"),
            &without(&format!("{pointer}/{field}")),
            SCHEMA,
            &written(pointer),
        );
    }
}

/// Fields that some state has, in one of the languages, and some that none has.
const FIELDS: &[&str] = &[
    "InputPath",
    "OutputPath",
    "Parameters",
    "ResultSelector",
    "ResultPath",
    "Result",
    "ItemsPath",
    "SecondsPath",
    "TimestampPath",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "MaxConcurrencyPath",
    "ErrorPath",
    "CausePath",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
    "Iterator",
    "Made",
    "Choice",
    "Variable",
    "Resource",
    "Arguments",
    "Output",
    "Items",
    "Assign",
    "Retry",
    "Catch",
    "TimeoutSeconds",
    "HeartbeatSeconds",
    "Credentials",
    "Choices",
    "Default",
    "Branches",
    "ItemProcessor",
    "Seconds",
    "Timestamp",
    "Error",
    "Cause",
    "Next",
    "End",
    "ItemSelector",
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "MaxConcurrency",
    "Label",
    "ToleratedFailureCount",
];

fn is_legal(kind: &str, field: &str) -> bool {
    let common = ["Type", "Comment", "QueryLanguage"].contains(&field);
    let goes_on = ["Next", "End"].contains(&field);
    let handles = ["Retry", "Catch"].contains(&field);
    common
        || match kind {
            "Task" => {
                goes_on
                    || handles
                    || ["Assign", "Output"].contains(&field)
                    || ["Resource", "Arguments", "TimeoutSeconds", "HeartbeatSeconds", "Credentials"].contains(&field)
            }
            "Parallel" => goes_on || handles || ["Assign", "Output", "Arguments", "Branches"].contains(&field),
            "Pass" => goes_on || ["Assign", "Output"].contains(&field),
            "Wait" => goes_on || ["Assign", "Output", "Seconds", "Timestamp"].contains(&field),
            "Choice" => ["Assign", "Output", "Choices", "Default"].contains(&field),
            "Succeed" => field == "Output",
            "Fail" => ["Error", "Cause"].contains(&field),
            _ => true,
        }
}

#[test]
fn a_field_that_a_state_does_not_have_is_refused() {
    let mut tried = 0;
    for (state, kind) in [
        ("Begin", "Pass"),
        ("Ask", "Task"),
        ("Pause", "Wait"),
        ("Pick", "Choice"),
        ("Both", "Parallel"),
        ("Lost", "Fail"),
        ("Done", "Succeed"),
    ] {
        for field in FIELDS.iter().filter(|field| !is_legal(kind, field)) {
            tried += 1;
            let document = set(&format!("/States/{state}/{field}"), json!("$.x"));
            expect_one(&format!("{field} in a {kind}"), &document, SCHEMA, &format!("/States/{state}"));
        }
    }
    for field in FIELDS.iter().take(20).filter(|field| **field != "Iterator") {
        tried += 1;
        expect_one(field, &set(&format!("/States/Each/{field}"), json!("$.x")), SCHEMA, "/States/Each");
    }
    for field in
        ["ItemReader", "ItemBatcher", "ResultWriter", "Label", "ToleratedFailureCount", "ToleratedFailurePercentage"]
    {
        tried += 1;
        let value = if field == "Label" { json!("l") } else { json!({}) };
        expect_one(&format!("{field} inline"), &set(&format!("/States/Each/{field}"), value), SCHEMA, "/States/Each");
    }
    for (at, field) in [
        ("", "Input"),
        ("/States/Pick/Choices/0", "Variable"),
        ("/States/Pick/Choices/0", "StringEquals"),
        ("/States/Ask/Retry/0", "Next"),
        ("/States/Ask/Catch/0", "ResultPath"),
        ("/States/Both/Branches/0", "QueryLanguage"),
        ("/States/Both/Branches/0", "ProcessorConfig"),
        ("/States/Each/ItemProcessor", "QueryLanguage"),
        ("/States/Many/ItemReader", "Parameters"),
        ("/States/Many/ItemReader/ReaderConfig", "MaxItemsPath"),
        ("/States/Many/ItemBatcher", "MaxItemsPerBatchPath"),
        ("/States/Many/ResultWriter/WriterConfig", "Format"),
        ("/States/Many/ItemProcessor/ProcessorConfig", "Type"),
    ] {
        tried += 1;
        expect_one(&format!("{at}/{field}"), &set(&format!("{at}/{field}"), json!("x")), SCHEMA, &written(at));
    }
    assert!(tried > 230, "{tried}");
}
