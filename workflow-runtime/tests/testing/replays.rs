//! Histories from here and from AWS, against definitions that are the same and that are not.

use serde_json::{Value, json};
use workflow_runtime::prelude::*;
use workflow_runtime::replay::{Part, Replay, replay};
use workflow_runtime::testing::{Answer, Reply, Test, try_replay};
use workflow_runtime::{Definition, Workflow, asl};

use crate::flows::{
    Asking, Beating, Each, Nap, NoSaga, One, Parent, Saga, Shaking, Waiting, WorkError, Yes, ask, beat, shake, work,
};
use crate::recordings::Recording;
use crate::{has, said};

fn definition(states: &Value, start: &str) -> Definition {
    let machine = json!({ "QueryLanguage": "JSONata", "StartAt": start, "States": states });
    Definition::new("Flow", asl::parse(&machine.to_string()).expect("a machine"))
}

fn task(rest: &Value) -> Value {
    let mut task = json!({ "Type": "Task", "Resource": "${WorkFunctionArn}", "TimeoutSeconds": 60 });
    let fields = task.as_object_mut().expect("an object");
    fields.extend(rest.as_object().expect("an object").clone());
    task
}

#[track_caller]
fn same(definition: &Definition, history: &Value) -> Replay {
    let replay = replay(definition, history).expect("a history");
    assert!(replay.is_same(), "{replay}");
    replay
}

#[track_caller]
fn differs(definition: &Definition, history: &Value, event: u64, parts: &[&str]) -> Part {
    let replay = replay(definition, history).expect("a history");
    has(&replay.to_string(), parts);
    let divergence = replay.divergence.expect("it differs");
    assert_eq!(divergence.event, event, "{divergence}");
    divergence.part
}

/// Whatever was recorded here goes the same way.
fn again<W: Workflow>(test: &Test<W>, input: W::Input) {
    let run = test.run(input);
    let history: Value = serde_json::from_str(&run.history_json()).expect("JSON");
    let replay = same(&W::definition(), &history);
    assert_eq!(replay.path.len(), run.path().len(), "{replay}");
}

#[test]
fn what_is_recorded_here_goes_the_same_way() {
    let name = || "x".to_owned();
    let busy = || Reply::err(WorkError::Busy);
    again(&Test::<Nap>::new(), name());
    again(&Test::<Nap>::new().mock_fails::<work>(WorkError::Broken(name(), 1)), name());
    again(&Test::<One>::new().script::<work>([busy(), Reply::times_out(), Reply::ok(name())]), name());
    again(&Test::<Beating>::new().script::<beat>([Reply::hangs()]), name());
    again(&Test::<Beating>::new().script::<beat>([Reply::times_out()]), name());
    again(&Test::<Shaking>::new().script::<shake>([Err(WorkError::Busy), Ok(name())]), name());
    let answer = || Answer::ok(Yes { by: "ada".to_owned() }).after(days(1)).with_heartbeat_every(mins(50));
    again(&Test::<Asking>::new().answer::<ask>(answer()), name());
    again(&Test::<Asking>::new(), name());
    again(&Test::<Saga>::new().script::<beat>([Reply::panics("boom")]), name());
    again(&Test::<Each>::new(), vec![name(), "y".to_owned()]);
    again(&Test::<Each>::new().mock_fails::<work>(WorkError::Broken(name(), 1)), vec![name(), name()]);
    again(&Test::<Parent>::new(), name());
    again(&Test::<Waiting>::new(), "2026-02-01T00:00:00Z".parse().expect("a time"));
}

fn two() -> Value {
    json!({ "A": task(&json!({ "Next": "B" })), "B": task(&json!({ "End": true })) })
}

fn recorded_two() -> Recording {
    Recording::of(&json!(1))
        .entered(0, "Task", "A", json!(1))
        .called(2, json!(1), json!(2))
        .exited(5, "Task", "A", json!(2))
        .entered(6, "Task", "B", json!(2))
        .called(7, json!(2), json!(3))
        .exited(10, "Task", "B", json!(3))
        .and(11, "ExecutionSucceeded", json!({ "output": "3" }))
}

#[test]
fn histories_of_lambda_functions_replay_in_either_order() {
    let recorded = recorded_two();
    assert_eq!(same(&definition(&two(), "A"), &recorded.json()).path, ["A", "B"]);
    same(&definition(&two(), "A"), &recorded.reversed());
    same(&definition(&two(), "A"), &recorded.json()["events"]);
}

#[test]
fn a_state_that_is_renamed_is_found() {
    let renamed = json!({ "A": task(&json!({ "Next": "C" })), "C": task(&json!({ "End": true })) });
    let part = differs(
        &definition(&renamed, "A"),
        &recorded_two().json(),
        7,
        &[
            "`Flow` does not go the recorded way any more",
            "at event 7 (TaskStateEntered)",
            "recorded: entered Task state `B`",
            "now:      enters Task state `C`",
            "state `B` was removed or renamed",
        ],
    );
    assert_eq!(part, Part::Way);
}

#[test]
fn other_arguments_outputs_and_ends_are_found() {
    let states = |a: Value, b: Value| json!({ "A": task(&a), "B": task(&b) });
    let arguments = states(json!({ "Next": "B", "Arguments": { "n": "{% $states.input %}" } }), json!({ "End": true }));
    let part =
        differs(&definition(&arguments, "A"), &recorded_two().json(), 3, &["recorded: 1", "now:      {\"n\":1}"]);
    assert_eq!(part, Part::Arguments);
    let output = states(json!({ "Next": "B", "Output": "{% $states.result * 10 %}" }), json!({ "End": true }));
    let part = differs(&definition(&output, "A"), &recorded_two().json(), 6, &["recorded: 2", "now:      20"]);
    assert_eq!(part, Part::Output);
    let assigned = states(json!({ "Next": "B", "Assign": { "n": 1 } }), json!({ "End": true }));
    let part = differs(&definition(&assigned, "A"), &recorded_two().json(), 6, &["variable `n`", "set to 1"]);
    assert_eq!(part, Part::Variable("n".to_owned()));
    let longer = json!({ "A": task(&json!({ "Next": "B" })), "B": task(&json!({ "Next": "C" })), "C": { "Type": "Pass", "End": true } });
    let part = differs(
        &definition(&longer, "A"),
        &recorded_two().json(),
        12,
        &["recorded: the execution succeeded", "now:      enters Pass state `C`"],
    );
    assert_eq!(part, Part::Way);
    let shorter = json!({ "A": task(&json!({ "End": true })) });
    differs(
        &definition(&shorter, "A"),
        &recorded_two().json(),
        7,
        &["entered Task state `B`", "now:      the execution succeeds"],
    );
}

fn retried() -> Recording {
    Recording::of(&json!(1))
        .entered(0, "Task", "A", json!(1))
        .failed(2, json!(1), "Busy")
        .called(5, json!(1), json!(2))
        .exited(8, "Task", "A", json!(2))
        .and(9, "ExecutionSucceeded", json!({ "output": "2" }))
}

#[test]
fn retries_replay_and_one_that_is_gone_is_found() {
    let retry = |max: u64| {
        let retry = json!([{ "ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": max }]);
        json!({ "A": task(&json!({ "End": true, "Retry": retry })) })
    };
    same(&definition(&retry(2), "A"), &retried().json());
    let part = differs(
        &definition(&retry(0), "A"),
        &retried().json(),
        6,
        &[
            "the retries of state `A`",
            "recorded: tried again, attempt 2",
            "now:      does not try again, but the execution fails with Busy",
            "`retry(..)`",
        ],
    );
    assert_eq!(part, Part::Retry);
    let gave_up = Recording::of(&json!(1)).entered(0, "Task", "A", json!(1)).failed(2, json!(1), "Busy").and(
        5,
        "ExecutionFailed",
        json!({ "error": "Busy", "cause": "it did" }),
    );
    same(&definition(&retry(0), "A"), &gave_up.json());
    differs(&definition(&retry(1), "A"), &gave_up.json(), 6, &["recorded: the execution failed with Busy"]);
}

#[test]
fn caught_failures_replay_and_another_handler_is_found() {
    let states = |error: &str| {
        let catch = json!([{ "ErrorEquals": [error], "Next": "Handle" }]);
        json!({ "A": task(&json!({ "End": true, "Catch": catch })), "Handle": { "Type": "Pass", "Output": 7, "End": true } })
    };
    let output = json!({ "Error": "Busy", "Cause": "it did" });
    let recorded = Recording::of(&json!(1))
        .entered(0, "Task", "A", json!(1))
        .failed(2, json!(1), "Busy")
        .exited(5, "Task", "A", output.clone())
        .entered(6, "Pass", "Handle", output)
        .exited(7, "Pass", "Handle", json!(7))
        .and(8, "ExecutionSucceeded", json!({ "output": "7" }));
    same(&definition(&states("Busy"), "A"), &recorded.json());
    differs(
        &definition(&states("Late"), "A"),
        &recorded.json(),
        6,
        &["how state `A` is left", "now:      the execution fails with Busy", "the `match` on this call's failure"],
    );
}

#[test]
fn waits_and_choices_replay_and_other_ones_are_found() {
    let states = |seconds: u64, limit: u64| {
        json!({
            "Big?": { "Type": "Choice", "Choices": [{ "Condition": format!("{{% $states.input > {limit} %}}"), "Next": "Pause" }], "Default": "Done" },
            "Pause": { "Type": "Wait", "Seconds": seconds, "Next": "Done" },
            "Done": { "Type": "Succeed" },
        })
    };
    let mut recorded = Recording::of(&json!(5))
        .entered(0, "Choice", "Big?", json!(5))
        .exited(2, "Choice", "Big?", json!(5))
        .entered(3, "Wait", "Pause", json!(5));
    // Events are a second apart.
    for _ in 0..1 {
        recorded = recorded.exited(4, "Wait", "Pause", json!(5));
    }
    let recorded = recorded.entered(5, "Succeed", "Done", json!(5)).exited(6, "Succeed", "Done", json!(5)).and(
        7,
        "ExecutionSucceeded",
        json!({ "output": "5" }),
    );
    same(&definition(&states(1, 3), "Big?"), &recorded.json());
    let part = differs(
        &definition(&states(3600, 3), "Big?"),
        &recorded.json(),
        5,
        &["recorded: waited 1 s", "now:      waits 1 h"],
    );
    assert_eq!(part, Part::Time);
    differs(
        &definition(&states(1, 9), "Big?"),
        &recorded.json(),
        4,
        &["recorded: entered Wait state `Pause`", "now:      enters Succeed state `Done`", "a condition was changed"],
    );
}

fn both() -> Value {
    let branch = |name: &str| json!({ "StartAt": name, "States": { (name): task(&json!({ "End": true })) } });
    json!({ "Both": { "Type": "Parallel", "Branches": [branch("L"), branch("R")], "End": true } })
}

#[test]
fn branches_replay_in_the_order_in_which_they_were_answered() {
    let recorded = Recording::of(&json!(1))
        .entered(0, "Parallel", "Both", json!(1))
        .and(2, "ParallelStateStarted", Value::Null)
        .entered(3, "Task", "L", json!(1))
        .entered(3, "Task", "R", json!(1))
        .and(4, "LambdaFunctionScheduled", json!({ "resource": "arn", "input": "1" })) // 6
        .and(5, "LambdaFunctionScheduled", json!({ "resource": "arn", "input": "1" })) // 7
        .and(6, "LambdaFunctionStarted", Value::Null)
        .and(7, "LambdaFunctionStarted", Value::Null)
        .and(9, "LambdaFunctionSucceeded", json!({ "output": "20" })) // R, 10
        .exited(10, "Task", "R", json!(20))
        .and(8, "LambdaFunctionSucceeded", json!({ "output": "10" })) // L, 12
        .exited(12, "Task", "L", json!(10))
        .and(13, "ParallelStateSucceeded", Value::Null)
        .exited(13, "Parallel", "Both", json!([10, 20]))
        .and(15, "ExecutionSucceeded", json!({ "output": "[10,20]" }));
    let replay = same(&definition(&both(), "Both"), &recorded.json());
    assert_eq!(replay.path, ["Both", "L", "R"]);
    let mut more = both();
    let branch = json!({ "StartAt": "M", "States": { "M": { "Type": "Pass", "End": true } } });
    more["Both"]["Branches"].as_array_mut().expect("branches").push(branch);
    differs(&definition(&more, "Both"), &recorded.json(), 15, &["recorded: nothing", "at /2"]);
}

#[test]
fn a_branch_that_fails_cuts_off_the_other_one() {
    let recorded = Recording::of(&json!(1))
        .entered(0, "Parallel", "Both", json!(1))
        .and(2, "ParallelStateStarted", Value::Null)
        .entered(3, "Task", "L", json!(1))
        .entered(3, "Task", "R", json!(1))
        .and(4, "LambdaFunctionScheduled", json!({ "resource": "arn", "input": "1" }))
        .and(5, "LambdaFunctionScheduled", json!({ "resource": "arn", "input": "1" }))
        .and(6, "LambdaFunctionStarted", Value::Null)
        .and(7, "LambdaFunctionStarted", Value::Null)
        .and(8, "LambdaFunctionFailed", json!({ "error": "Busy", "cause": "" }))
        .and(10, "TaskStateAborted", Value::Null)
        .and(10, "ParallelStateFailed", Value::Null)
        .and(12, "ExecutionFailed", json!({ "error": "Busy", "cause": "" }));
    same(&definition(&both(), "Both"), &recorded.json());
    let mut caught = both();
    caught["Both"]["Catch"] = json!([{ "ErrorEquals": ["States.ALL"], "Next": "H" }]);
    caught["H"] = json!({ "Type": "Pass", "End": true });
    differs(
        &definition(&caught, "Both"),
        &recorded.json(),
        13,
        &["the execution failed with Busy", "leaves state `Both` and enters `H`"],
    );
}

#[test]
fn iterations_replay_each_in_its_own_order() {
    let states = |max: u64| {
        let processor = json!({ "ProcessorConfig": { "Mode": "INLINE" }, "StartAt": "W", "States": { "W": task(&json!({ "End": true })) } });
        json!({ "Each": { "Type": "Map", "Items": "{% $states.input %}", "MaxConcurrency": max, "ItemProcessor": processor, "End": true } })
    };
    let recorded = Recording::of(&json!([1, 2]))
        .entered(0, "Map", "Each", json!([1, 2]))
        .and(2, "MapStateStarted", json!({ "length": 2 }))
        .and(3, "MapIterationStarted", json!({ "name": "Each", "index": 0 }))
        .entered(4, "Task", "W", json!(1))
        .called(5, json!(1), json!(10)) // 6, 7, 8
        .exited(8, "Task", "W", json!(10)) // 9
        .and(9, "MapIterationSucceeded", json!({ "name": "Each", "index": 0 })) // 10
        .and(9, "MapIterationStarted", json!({ "name": "Each", "index": 1 })) // 11
        .entered(11, "Task", "W", json!(2)) // 12
        .called(12, json!(2), json!(20)) // 13, 14, 15
        .exited(15, "Task", "W", json!(20)) // 16
        .and(16, "MapIterationSucceeded", json!({ "name": "Each", "index": 1 })) // 17
        .and(17, "MapStateSucceeded", Value::Null)
        .exited(17, "Map", "Each", json!([10, 20]))
        .and(19, "ExecutionSucceeded", json!({ "output": "[10,20]" }));
    same(&definition(&states(1), "Each"), &recorded.json());
    let mut other = states(1);
    other["Each"]["ItemSelector"] = json!({ "n": "{% $states.context.Map.Item.Value %}" });
    differs(
        &definition(&other, "Each"),
        &recorded.json(),
        5,
        &["the input of state `W`", "recorded: 1", "now:      {\"n\":1}"],
    );
}

#[test]
fn callbacks_jobs_and_activities_replay() {
    let callback = json!({ "Ask": {
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 600,
        "Arguments": { "QueueUrl": "u", "MessageBody": { "token": "{% $states.context.Task.Token %}", "n": "{% $states.input %}" } },
        "End": true,
    } });
    let service = json!({ "resourceType": "sqs", "resource": "sendMessage.waitForTaskToken" });
    let with = |rest: Value| {
        let mut all = service.clone();
        all.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
        all
    };
    let parameters = json!({ "QueueUrl": "u", "MessageBody": { "token": "AQCEAAAAKgAAAAMAAAAA", "n": 1 } }).to_string();
    let recorded = Recording::of(&json!(1))
        .entered(0, "Task", "Ask", json!(1))
        .and(2, "TaskScheduled", with(json!({ "region": "eu-west-1", "parameters": parameters })))
        .and(3, "TaskStarted", service.clone())
        .and(4, "TaskSubmitted", with(json!({ "output": "{\"MessageId\":\"1\"}" })))
        .and(5, "TaskSucceeded", with(json!({ "output": "{\"yes\":true}" })))
        .exited(6, "Task", "Ask", json!({ "yes": true }))
        .and(7, "ExecutionSucceeded", json!({ "output": "{\"yes\":true}" }));
    same(&definition(&callback, "Ask"), &recorded.json());
    let activity = json!({ "A": { "Type": "Task", "Resource": "${AActivityArn}", "TimeoutSeconds": 5, "End": true } });
    let recorded = Recording::of(&json!(1))
        .entered(0, "Task", "A", json!(1))
        .and(2, "ActivityScheduled", json!({ "resource": "arn:aws:states:eu-west-1:1:activity:A", "input": "1" }))
        .and(3, "ActivityStarted", json!({ "workerName": "w" }))
        .and(4, "ActivityTimedOut", json!({ "error": "States.Timeout" }))
        .and(5, "ExecutionFailed", json!({ "error": "States.Timeout" }));
    same(&definition(&activity, "A"), &recorded.json());
}

#[test]
fn an_execution_that_is_running_or_was_stopped_replays_so_far() {
    let running = Recording::of(&json!(1)).entered(0, "Task", "A", json!(1)).called(2, json!(1), json!(2));
    same(&definition(&two(), "A"), &running.json());
    let stopped = running.and(0, "ExecutionAborted", json!({ "error": "Enough", "cause": "" }));
    same(&definition(&two(), "A"), &stopped.json());
}

#[test]
fn what_is_no_whole_history_is_refused() {
    let refused = |history: &Value| replay(&definition(&two(), "A"), history).expect_err("no history").to_string();
    has(&refused(&json!(7)), &["neither an array of events nor an object", "WF2230"]);
    has(&refused(&json!({ "events": [] })), &["it has no events"]);
    let mut events = recorded_two().json()["events"].as_array().expect("events").clone();
    events.remove(3);
    has(&refused(&json!(events)), &["event 3 is followed by event 5", "get all pages"]);
    events.remove(0);
    has(&refused(&json!(events)), &["it begins with event 2 (TaskStateEntered)"]);
    let text = try_replay::<One>("{").expect_err("no JSON").to_string();
    has(&text, &["it is no JSON"]);
    // What `--max-items` leaves, and what the API answers with.
    for token in ["NextToken", "nextToken"] {
        let mut page = recorded_two().json();
        page["events"].as_array_mut().expect("events").truncate(7);
        page[token] = json!(null);
        same(&definition(&two(), "A"), &page);
        page[token] = json!("AAAA");
        has(&refused(&page), &["there is more of it", "get all pages"]);
    }
}

#[test]
fn a_history_without_its_data_is_refused() {
    let refused = |history: &Value| replay(&definition(&two(), "A"), history).expect_err("no history").to_string();
    let without = |details: Value| {
        let mut history = recorded_two().json();
        history["events"][0]["executionStartedEventDetails"] = details;
        history
    };
    let hint = "`--include-execution-data`";
    has(&refused(&without(json!({ "roleArn": "arn:aws:iam::123456789012:role/r" }))), &["lacks the input", hint]);
    has(
        &refused(&without(json!({ "input": "[1,", "inputDetails": { "truncated": true } }))),
        &["only a part of it", hint],
    );
}

#[test]
fn a_changed_workflow_fails_the_test_that_replays() {
    let saga = Test::<Saga>::new().script::<beat>([Reply::panics("boom")]).run("x".to_owned());
    let text = said(|| workflow_runtime::testing::replay::<NoSaga>(&saga.history_json()));
    has(&text, &["`NoSaga` does not go the recorded way any more", "recorded:", "now:", "likely cause:"]);
    let text = said(|| workflow_runtime::testing::replay_aws::<NoSaga>(&saga.history_json()));
    has(&text, &["`NoSaga` does not go the recorded way any more"]);
}
