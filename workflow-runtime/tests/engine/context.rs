//! The context object.

use serde_json::{Value, json};

use crate::story::{Story, definition};

#[test]
fn a_pass_sees_the_execution_the_machine_and_itself() {
    let states = json!({ "A": { "Type": "Pass", "Output": "{% $states.context %}", "End": true } });
    Story::of("A", states, json!({ "id": 1 })).succeeded_with(&json!({
        "Execution": {
            "Id": "arn:aws:states:local:000000000000:execution:OrderFlow:ORD-1",
            "Input": { "id": 1 },
            "Name": "ORD-1",
            "RoleArn": "arn:aws:iam::000000000000:role/local",
            "StartTime": "2026-01-01T00:00:00Z",
            "RedriveCount": 0,
        },
        "StateMachine": { "Id": "arn:aws:states:local:000000000000:stateMachine:OrderFlow", "Name": "OrderFlow" },
        "State": { "Name": "A", "EnteredTime": "2026-01-01T00:00:00Z" },
    }));
}

#[test]
fn a_task_sees_its_retries_and_its_token_only_where_it_has_one() {
    let task = |resource: &str| {
        definition(
            "T",
            json!({
                "T": {
                    "Type": "Task", "Resource": resource, "End": true,
                    "Arguments": "{% [$states.context.State.RetryCount, $exists($states.context.Task.Token)] %}",
                    "Retry": [{ "ErrorEquals": ["States.ALL"] }],
                },
            }),
        )
    };
    for (resource, has_token) in [
        ("${FFunctionArn}", false),
        ("arn:aws:states:::lambda:invoke.waitForTaskToken", true),
        ("arn:aws:states:::ecs:runTask.sync", true),
        ("arn:aws:states:::sqs:sendMessage", false),
        ("arn:aws:states:eu-west-1:123456789012:activity:F", true),
    ] {
        let mut story = Story::of_machine(&task(resource), json!({}));
        assert_eq!(*story.request("T").arguments, json!([0, has_token]), "{resource}");
        story.fail("T", "X", "").pass(1_000);
        assert_eq!(*story.request("T").arguments, json!([1, has_token]), "{resource}");
        // A job ends by itself: nobody is handed its token but by its expressions.
        assert_eq!(story.request("T").token.is_some(), has_token && !resource.contains(".sync"));
    }
}

#[test]
fn the_input_is_read_everywhere_without_a_variable() {
    let states = json!({
        "A": { "Type": "Pass", "Output": null, "Next": "P" },
        "P": { "Type": "Parallel", "Branches": [{ "StartAt": "B", "States": {
            "B": { "Type": "Succeed", "Output": "{% $states.context.Execution.Input.id %}" },
        } }], "End": true },
    });
    Story::of("A", states, json!({ "id": "x" })).succeeded_with(&json!(["x"]));
}

#[test]
fn random_numbers_differ_between_places_and_are_the_same_after_a_replay() {
    let states = json!({
        "T": {
            "Type": "Task", "Resource": "r", "Arguments": ["{% $uuid() %}", "{% $uuid() %}", "{% $random() %}"],
            "Assign": { "later": "{% $uuid() %}" }, "Next": "S",
        },
        "S": { "Type": "Succeed", "Output": ["{% $later %}", "{% $uuid() %}"] },
    });
    let run = || {
        let mut story = Story::of("T", states.clone(), json!({}));
        let arguments = Value::clone(&story.request("T").arguments);
        story.succeed("T", json!(1));
        [arguments, Value::clone(story.execution.output().expect("an output"))]
    };
    let [arguments, output] = run();
    let mut uuids = vec![&arguments[0], &arguments[1], &output[0], &output[1]];
    uuids.sort_by_key(ToString::to_string);
    uuids.dedup();
    assert_eq!(uuids.len(), 4, "{arguments} {output}");
    assert_eq!(run(), [arguments, output]);
}

#[test]
fn the_token_of_the_last_attempt_is_known_until_the_state_is_left() {
    let token = "{% $states.context.Task.Token %}";
    let states = json!({
        "T": {
            "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Arguments": { "QueueUrl": "q", "MessageBody": token },
            "Retry": [{ "ErrorEquals": ["Busy"] }],
            "Assign": { "token": token }, "Output": [token, "{% $states.result %}"], "Next": "S",
        },
        "S": { "Type": "Succeed", "Output": "{% [$states.input, $token, $exists($states.context.Task)] %}" },
    });
    let mut story = Story::of("T", states, json!({}));
    let sent = |story: &Story| story.request("T").arguments["MessageBody"].clone();
    let first = sent(&story);
    story.fail("T", "Busy", "later").pass(1_000);
    let second = sent(&story);
    assert_ne!(first, second, "a new token for each attempt");
    story.succeed("T", json!(7)).succeeded_with(&json!([second, 7, second, false]));
}
