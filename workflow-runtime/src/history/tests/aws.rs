//! AWS's events: `id Type←previous`, and their details.

use super::*;
use crate::history::aws_events;

/// `2 TaskStateEntered←0 3 ..`
fn links(machine: &StateMachine, events: Vec<Event>) -> String {
    let mut all = vec![started()];
    all.extend(events);
    let events = aws_events(machine, &records(vec![(0, all)]));
    let line = |it: &crate::history::HistoryEvent| format!("{} {}←{}", it.id, it.kind, it.previous_event_id);
    events.iter().skip(1).map(line).collect::<Vec<_>>().join(" ")
}

fn of_type(kind: &str) -> StateMachine {
    machine(&json!({ "A": match kind {
        "Wait" => json!({ "Type": kind, "Seconds": 5, "End": true }),
        "Succeed" | "Fail" => json!({ "Type": kind }),
        _ => json!({ "Type": kind, "End": true }),
    } }))
}

fn task(resource: &str) -> StateMachine {
    let catch = json!([{ "ErrorEquals": ["States.ALL"], "Next": "B" }]);
    machine(&json!({
        "A": { "Type": "Task", "Resource": resource, "Catch": catch, "End": true },
        "B": { "Type": "Pass", "End": true }
    }))
}

fn run() -> Vec<Event> {
    vec![entered(0, 0), scheduled(0), task_started(0)]
}

#[test]
fn single_states() {
    for kind in ["Pass", "Succeed", "Wait"] {
        let mut events = vec![entered(0, 0)];
        if kind == "Wait" {
            events.push(Event::WaitStarted { scope: ROOT, until: Timestamp::from_millis(START + 5000) });
        }
        events.extend([exited(0, None), Event::ExecutionSucceeded]);
        let expected = format!("2 {kind}StateEntered←0 3 {kind}StateExited←2 4 ExecutionSucceeded←3");
        assert_eq!(links(&of_type(kind), events), expected);
    }
    let choice = machine(&json!({
        "A": { "Type": "Choice", "Choices": [{ "Condition": true, "Next": "B" }] },
        "B": { "Type": "Succeed" }
    }));
    let events = vec![entered(0, 0), exited(0, Some(1)), entered(0, 1), exited(0, None), Event::ExecutionSucceeded];
    let expected = "2 ChoiceStateEntered←0 3 ChoiceStateExited←2 4 SucceedStateEntered←3 5 SucceedStateExited←4 6 ExecutionSucceeded←5";
    assert_eq!(links(&choice, events), expected);
    let failed = vec![entered(0, 0), Event::ExecutionFailed { error: error("E", "c") }];
    assert_eq!(links(&of_type("Fail"), failed), "2 FailStateEntered←0 3 ExecutionFailed←2");
}

#[test]
fn the_three_families_of_tasks() {
    let done = || [succeeded(0, &json!(1)), exited(0, None), Event::ExecutionSucceeded];
    let family = |resource: &str| links(&task(resource), run().into_iter().chain(done()).collect());
    for (resource, name) in [
        ("${AFunctionArn}", "LambdaFunction"),
        ("${AActivityArn}", "Activity"),
        ("arn:aws:states:::lambda:invoke", "Task"),
    ] {
        let expected = format!(
            "2 TaskStateEntered←0 3 {name}Scheduled←2 4 {name}Started←3 5 {name}Succeeded←4 6 TaskStateExited←5 7 ExecutionSucceeded←6"
        );
        assert_eq!(family(resource), expected);
    }
    let mut token = run();
    token.push(Event::TaskSubmitted { scope: ROOT });
    token.push(Event::HeartbeatRecorded { scope: ROOT });
    token.extend(done());
    assert_eq!(
        links(&task("arn:aws:states:::lambda:invoke.waitForTaskToken"), token),
        "2 TaskStateEntered←0 3 TaskScheduled←2 4 TaskStarted←3 5 TaskSubmitted←4 6 TaskSucceeded←5 7 TaskStateExited←6 8 ExecutionSucceeded←7"
    );
}

#[test]
fn failures_retries_and_catchers() {
    let machine = task("arn:aws:states:::lambda:invoke");
    let with = |events: Vec<Event>| links(&machine, run().into_iter().chain(events).collect());
    let ends = || Event::ExecutionFailed { error: error("E", "c") };
    assert_eq!(
        with(vec![failed(0, "E", "c"), ends()]),
        "2 TaskStateEntered←0 3 TaskScheduled←2 4 TaskStarted←3 5 TaskFailed←4 6 ExecutionFailed←5"
    );
    assert_eq!(
        with(vec![failed(0, "E", "c"), caught(0, 1), entered(0, 1), exited(0, None), Event::ExecutionSucceeded]),
        "2 TaskStateEntered←0 3 TaskScheduled←2 4 TaskStarted←3 5 TaskFailed←4 6 TaskStateExited←5 7 PassStateEntered←6 8 PassStateExited←7 9 ExecutionSucceeded←8"
    );
    let again = vec![
        failed(0, "E", "c"),
        retry(0, 1000),
        scheduled(0),
        task_started(0),
        succeeded(0, &json!(1)),
        exited(0, None),
    ];
    assert_eq!(
        with(again),
        "2 TaskStateEntered←0 3 TaskScheduled←2 4 TaskStarted←3 5 TaskFailed←4 6 TaskScheduled←5 7 TaskStarted←6 8 TaskSucceeded←7 9 TaskStateExited←8"
    );
    assert_eq!(
        with(vec![Event::TaskTimedOut { scope: ROOT, heartbeat: false }, ends()]),
        "2 TaskStateEntered←0 3 TaskScheduled←2 4 TaskStarted←3 5 TaskTimedOut←4 6 ExecutionFailed←5"
    );
    let evaluation = || Event::EvaluationFailed {
        scope: ROOT,
        error: error("States.QueryEvaluationError", "c"),
        location: "Arguments".to_owned(),
    };
    assert_eq!(
        links(&machine, vec![entered(0, 0), evaluation(), retry(0, 1000), evaluation(), ends()]),
        "2 TaskStateEntered←0 3 EvaluationFailed←2 4 EvaluationFailed←3 5 ExecutionFailed←4"
    );
}

#[test]
fn ends_from_outside_link_to_nothing() {
    let machine = task("${AFunctionArn}");
    let with = |end: Event| links(&machine, run().into_iter().chain([end]).collect());
    let start = "2 TaskStateEntered←0 3 LambdaFunctionScheduled←2 4 LambdaFunctionStarted←3";
    assert_eq!(
        with(Event::ExecutionAborted { error: ErrorOutput::default() }),
        format!("{start} 5 ExecutionAborted←0")
    );
    assert_eq!(with(Event::ExecutionTimedOut), format!("{start} 5 ExecutionTimedOut←0"));
}

fn parallel(branch: &Value) -> StateMachine {
    let branch = |name: &str| json!({ "StartAt": name, "States": { name: branch.clone() } });
    let catch = json!([{ "ErrorEquals": ["States.ALL"], "Next": "C" }]);
    machine(&json!({
        "P": { "Type": "Parallel", "Branches": [branch("A"), branch("B")], "Catch": catch, "End": true },
        "C": { "Type": "Pass", "End": true }
    }))
}

#[test]
fn parallel_branches_have_chains_of_their_own() {
    let events = vec![
        entered(0, 0),
        parallel_started(0, 1),
        entered(1, 0),
        entered(2, 0),
        exited(1, None),
        Event::BranchSucceeded { scope: ScopeId(1) },
        exited(2, None),
        Event::BranchSucceeded { scope: ScopeId(2) },
        Event::ParallelSucceeded { scope: ROOT },
        exited(0, None),
        Event::ExecutionSucceeded,
    ];
    let machine = parallel(&json!({ "Type": "Pass", "End": true }));
    assert_eq!(
        links(&machine, events),
        "2 ParallelStateEntered←0 3 ParallelStateStarted←2 4 PassStateEntered←3 5 PassStateEntered←3 6 PassStateExited←4 7 PassStateExited←5 8 ParallelStateSucceeded←7 9 ParallelStateExited←7 10 ExecutionSucceeded←9"
    );
}

#[test]
fn parallel_failures() {
    let failing = || parallel(&json!({ "Type": "Fail" }));
    let fails = |scope| vec![entered(scope, 0)];
    let parallel_failed = || Event::ParallelFailed { scope: ROOT, error: error("E", "c") };
    let ends = || Event::ExecutionFailed { error: error("E", "c") };
    let open = |first| vec![parallel_started(0, first)];
    assert_eq!(
        links(&failing(), [vec![entered(0, 0)], open(1), fails(1), vec![parallel_failed(), ends()]].concat()),
        "2 ParallelStateEntered←0 3 ParallelStateStarted←2 4 FailStateEntered←3 5 ParallelStateFailed←4 6 ExecutionFailed←5"
    );
    let again = [
        vec![entered(0, 0)],
        open(1),
        fails(1),
        vec![retry(0, 1000)],
        open(3),
        fails(3),
        vec![parallel_failed(), ends()],
    ];
    assert_eq!(
        links(&failing(), again.concat()),
        "2 ParallelStateEntered←0 3 ParallelStateStarted←2 4 FailStateEntered←3 5 ParallelStateStarted←4 6 FailStateEntered←5 7 ParallelStateFailed←6 8 ExecutionFailed←7"
    );
    let runtime = [vec![entered(0, 0)], open(1), vec![entered(1, 0), ends()]].concat();
    let passing = parallel(&json!({ "Type": "Pass", "End": true }));
    assert_eq!(
        links(&passing, runtime),
        "2 ParallelStateEntered←0 3 ParallelStateStarted←2 4 PassStateEntered←3 5 ExecutionFailed←4"
    );
    let location = "Catch[0]/Output".to_owned();
    let handler = Event::EvaluationFailed { scope: ROOT, error: error("E", "c"), location };
    assert_eq!(
        links(
            &failing(),
            [vec![entered(0, 0)], open(1), fails(1), vec![parallel_failed(), handler, parallel_failed(), ends()]]
                .concat()
        ),
        "2 ParallelStateEntered←0 3 ParallelStateStarted←2 4 FailStateEntered←3 5 ParallelStateFailed←4 6 EvaluationFailed←4 7 ParallelStateFailed←6 8 ExecutionFailed←7"
    );
}

#[test]
fn siblings_are_cut_off_by_the_failure() {
    let machine = parallel(&json!({ "Type": "Task", "Resource": "${XFunctionArn}", "End": true }));
    let open = vec![entered(0, 0), parallel_started(0, 1), entered(1, 0), scheduled(1), entered(2, 0), scheduled(2)];
    let end = vec![
        failed(1, "E", "c"),
        Event::StateAborted { scope: ScopeId(2) },
        Event::ParallelFailed { scope: ROOT, error: error("E", "c") },
        caught(0, 1),
        entered(0, 1),
    ];
    assert_eq!(
        links(&machine, [open, end].concat()),
        "2 ParallelStateEntered←0 3 ParallelStateStarted←2 4 TaskStateEntered←3 5 LambdaFunctionScheduled←4 6 TaskStateEntered←3 7 LambdaFunctionScheduled←6 8 LambdaFunctionFailed←5 9 TaskStateAborted←8 10 ParallelStateFailed←8 11 ParallelStateExited←10 12 PassStateEntered←11"
    );
}

#[test]
fn redriven_tasks_follow_the_redrive() {
    let machine = task("${AFunctionArn}");
    let end = Event::ExecutionFailed { error: error("E", "c") };
    let events = [run(), vec![failed(0, "E", "c"), end, Event::ExecutionRedriven, scheduled(0)]].concat();
    let text = links(&machine, events);
    assert!(text.ends_with("6 ExecutionFailed←5 7 ExecutionRedriven←6 8 LambdaFunctionScheduled←7"), "{text}");
}

fn details(machine: &StateMachine, events: Vec<Event>) -> Vec<Value> {
    let mut all = vec![started()];
    all.extend(events);
    aws_events(machine, &records(vec![(1, all)])).into_iter().map(|event| Value::Object(event.details)).collect()
}

#[test]
fn details_are_aws_s() {
    let resource = "arn:aws:states:::lambda:invoke.waitForTaskToken";
    let assigned = vec![("x".to_owned(), json!("txt").into())];
    let output = Some(json!({ "o": 1 }).into());
    let exit = Event::StateExited { scope: ROOT, output, assigned, catcher: None, next: None };
    let arguments = Some(json!({ "Payload": 1 }).into());
    let schedule =
        Event::TaskScheduled { scope: ROOT, arguments, timeout_seconds: Some(9), heartbeat_seconds: Some(3) };
    let events =
        vec![entered(0, 0), schedule, task_started(0), succeeded(0, &json!(2)), exit, Event::ExecutionSucceeded];
    let whole = json!({ "truncated": false });
    let base = json!({ "resourceType": "lambda", "resource": "invoke.waitForTaskToken" });
    let expected = [
        json!({ "executionStartedEventDetails": { "input": "{\"n\":1}", "inputDetails": whole, "roleArn": "arn:aws:iam::000000000000:role/local" } }),
        json!({ "stateEnteredEventDetails": { "name": "A", "input": "{\"n\":1}", "inputDetails": whole } }),
        json!({ "taskScheduledEventDetails": { "resourceType": "lambda", "resource": "invoke.waitForTaskToken", "region": "local", "parameters": "{\"Payload\":1}", "timeoutInSeconds": 9, "heartbeatInSeconds": 3 } }),
        json!({ "taskStartedEventDetails": base }),
        json!({ "taskSucceededEventDetails": { "resourceType": "lambda", "resource": "invoke.waitForTaskToken", "output": "2", "outputDetails": whole } }),
        json!({ "stateExitedEventDetails": { "name": "A", "output": "{\"o\":1}", "outputDetails": whole, "assignedVariables": { "x": "\"txt\"" }, "assignedVariablesDetails": whole } }),
        json!({ "executionSucceededEventDetails": { "output": "{\"o\":1}", "outputDetails": whole } }),
    ];
    assert_eq!(details(&task(resource), events), expected);

    let function = details(&task("${AFunctionArn}"), [run(), vec![failed(0, "E", "c"), caught(0, 1)]].concat());
    assert_eq!(
        function[2],
        json!({ "lambdaFunctionScheduledEventDetails": { "resource": "${AFunctionArn}", "input": "{\"n\":1}", "inputDetails": whole, "timeoutInSeconds": 30 } })
    );
    assert_eq!(function[3], json!({}));
    assert_eq!(function[4], json!({ "lambdaFunctionFailedEventDetails": { "error": "E", "cause": "c" } }));
    assert_eq!(function[5]["stateExitedEventDetails"]["output"], r#"{"Error":"E","Cause":"c"}"#);

    let late = Event::TaskTimedOut { scope: ROOT, heartbeat: true };
    let activity = details(&task("${AActivityArn}"), [run(), vec![late, caught(0, 1)]].concat());
    assert_eq!(activity[3], json!({ "activityStartedEventDetails": {} }));
    assert_eq!(activity[4], json!({ "activityTimedOutEventDetails": { "error": "States.Timeout" } }));
    assert_eq!(activity[5]["stateExitedEventDetails"]["output"], r#"{"Error":"States.Timeout","Cause":""}"#);
}

#[test]
fn values_flow_through_branches() {
    let machine = parallel(&json!({ "Type": "Task", "Resource": "${XFunctionArn}", "End": true }));
    let branch = |scope, output: Value| {
        vec![entered(scope, 0), scheduled(scope), succeeded(scope, &output), exited(scope, None)]
    };
    let open = Event::ParallelStarted { scope: ROOT, first: ScopeId(1), arguments: Some(json!("in").into()) };
    let end = vec![Event::ParallelSucceeded { scope: ROOT }, exited(0, None), Event::ExecutionSucceeded];
    let events = [vec![entered(0, 0), open], branch(2, json!("b")), branch(1, json!("a")), end].concat();
    let details = details(&machine, events);
    assert_eq!(details[3]["stateEnteredEventDetails"]["input"], "\"in\"");
    assert_eq!(details.last().map(|it| &it["executionSucceededEventDetails"]["output"]), Some(&json!("[\"a\",\"b\"]")));
}

#[test]
fn records_of_another_machine_do_no_harm() {
    let strange = vec![entered(9, 9), scheduled(4), exited(0, Some(3)), Event::ParallelSucceeded { scope: ScopeId(8) }];
    let other = machine(&json!({ "Z": { "Type": "Succeed" } }));
    assert!(!aws_events(&other, &records(vec![(0, strange.clone())])).is_empty());
    assert!(crate::history::trail(&other, &records(vec![(0, strange)]), None).states.is_empty());
}

#[test]
fn an_event_is_json_as_aws_writes_it() {
    let events = aws_events(&of_type("Pass"), &records(vec![(500, vec![started(), entered(0, 0)])]));
    let text = serde_json::to_value(&events[1]).expect("JSON");
    let details = json!({ "name": "A", "input": "{\"n\":1}", "inputDetails": { "truncated": false } });
    assert_eq!(
        text,
        json!({ "id": 2, "previousEventId": 0, "timestamp": 1_767_261_600.5, "type": "PassStateEntered", "stateEnteredEventDetails": details })
    );
    assert_eq!(serde_json::from_value::<crate::history::HistoryEvent>(text).expect("an event"), events[1]);
}

fn map_started(items: Value) -> Event {
    Event::MapStarted { scope: ROOT, first: ScopeId(1), items: Some(items.into()), at_once: 40 }
}

fn iteration(index: u32) -> Event {
    Event::MapIterationStarted { scope: ROOT, index, input: None }
}

/// A Map of one Pass, which a Pass follows.
fn map_of_pass() -> StateMachine {
    let processor = json!({ "StartAt": "I", "States": { "I": { "Type": "Pass", "End": true } } });
    let catch = json!([{ "ErrorEquals": ["States.ALL"], "Next": "B" }]);
    machine(&json!({
        "A": { "Type": "Map", "ItemProcessor": processor, "Catch": catch, "End": true },
        "B": { "Type": "Pass", "End": true }
    }))
}

#[test]
fn iterations_of_a_map_have_chains_of_their_own() {
    let succeeded = |scope| Event::MapIterationSucceeded { scope: ScopeId(scope) };
    let done = [Event::MapSucceeded { scope: ROOT }, exited(0, None), Event::ExecutionSucceeded];
    let both = vec![
        entered(0, 0),
        map_started(json!([7, 8])),
        iteration(0),
        iteration(1),
        entered(1, 0),
        entered(2, 0),
        exited(1, None),
        succeeded(1),
        exited(2, None),
        succeeded(2),
    ];
    assert_eq!(
        links(&map_of_pass(), both.into_iter().chain(done.clone()).collect()),
        "2 MapStateEntered←0 3 MapStateStarted←2 4 MapIterationStarted←3 5 MapIterationStarted←3 6 PassStateEntered←4 \
         7 PassStateEntered←5 8 PassStateExited←6 9 MapIterationSucceeded←8 10 PassStateExited←7 11 MapIterationSucceeded←10 \
         12 MapStateSucceeded←11 13 MapStateExited←11 14 ExecutionSucceeded←13"
    );
    let one_by_one = vec![
        entered(0, 0),
        map_started(json!([7, 8])),
        iteration(0),
        entered(1, 0),
        exited(1, None),
        succeeded(1),
        iteration(1),
        entered(2, 0),
        exited(2, None),
        succeeded(2),
    ];
    assert_eq!(
        links(&map_of_pass(), one_by_one.into_iter().chain(done.clone()).collect()),
        "2 MapStateEntered←0 3 MapStateStarted←2 4 MapIterationStarted←3 5 PassStateEntered←4 6 PassStateExited←5 \
         7 MapIterationSucceeded←6 8 MapIterationStarted←6 9 PassStateEntered←8 10 PassStateExited←9 11 MapIterationSucceeded←10 \
         12 MapStateSucceeded←11 13 MapStateExited←11 14 ExecutionSucceeded←13"
    );
    let none = [entered(0, 0), map_started(json!([]))].into_iter().chain(done).collect();
    assert_eq!(
        links(&map_of_pass(), none),
        "2 MapStateEntered←0 3 MapStateStarted←2 4 MapStateSucceeded←3 5 MapStateExited←3 6 ExecutionSucceeded←5"
    );
}

#[test]
fn a_failed_iteration_cuts_off_the_others() {
    let processor =
        json!({ "StartAt": "I", "States": { "I": { "Type": "Task", "Resource": "${IFunctionArn}", "End": true } } });
    let catch = json!([{ "ErrorEquals": ["States.ALL"], "Next": "B" }]);
    let machine = machine(&json!({
        "A": { "Type": "Map", "ItemProcessor": processor, "Catch": catch, "End": true },
        "B": { "Type": "Pass", "End": true }
    }));
    let start = vec![entered(0, 0), map_started(json!([7, 8])), iteration(0), iteration(1)];
    let work = [1, 2].into_iter().flat_map(|scope| [entered(scope, 0), scheduled(scope), task_started(scope)]);
    let fails = [
        failed(1, "E", "c"),
        Event::MapIterationFailed { scope: ScopeId(1) },
        Event::StateAborted { scope: ScopeId(2) },
        Event::MapIterationAborted { scope: ScopeId(2) },
        Event::MapFailed { scope: ROOT, error: error("E", "c") },
        caught(0, 1),
    ];
    assert_eq!(
        links(&machine, start.into_iter().chain(work).chain(fails).collect()),
        "2 MapStateEntered←0 3 MapStateStarted←2 4 MapIterationStarted←3 5 MapIterationStarted←3 6 TaskStateEntered←4 \
         7 LambdaFunctionScheduled←6 8 LambdaFunctionStarted←7 9 TaskStateEntered←5 10 LambdaFunctionScheduled←9 \
         11 LambdaFunctionStarted←10 12 LambdaFunctionFailed←8 13 MapIterationFailed←12 14 TaskStateAborted←12 \
         15 MapIterationAborted←12 16 MapStateFailed←12 17 MapStateExited←16"
    );
}

#[test]
fn a_map_tells_its_items_and_its_results() {
    let events = vec![
        started(),
        entered(0, 0),
        map_started(json!([7, 8])),
        iteration(0),
        iteration(1),
        entered(1, 0),
        entered(2, 0),
        exited(2, Some(1)),
        exited(1, None),
        Event::MapIterationSucceeded { scope: ScopeId(2) },
        Event::MapIterationSucceeded { scope: ScopeId(1) },
        Event::MapSucceeded { scope: ROOT },
        exited(0, None),
    ];
    let events: Vec<_> = aws_events(&map_of_pass(), &records(vec![(0, events)]));
    let details = |at: usize| Value::Object(events[at].details.clone());
    assert_eq!(details(2), json!({ "mapStateStartedEventDetails": { "length": 2 } }));
    assert_eq!(details(4), json!({ "mapIterationStartedEventDetails": { "name": "A", "index": 1 } }));
    assert_eq!(details(6)["stateEnteredEventDetails"]["input"], json!("8"));
    assert_eq!(details(9), json!({ "mapIterationSucceededEventDetails": { "name": "A", "index": 1 } }));
    assert_eq!(details(12)["stateExitedEventDetails"]["output"], json!("[7,8]"));
}
