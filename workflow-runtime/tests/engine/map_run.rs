//! Distributed Maps as the engine sees them: what is to be done, how far it is, how it ended.

use std::sync::Arc;

use expect_test::expect;
use serde_json::{Value, json};
use workflow_runtime::engine::{
    ExecutionStatus, Input, ItemFormat, ItemSource, MapItem, MapRunEnd, MapRunMark, MapRunRequest, Stale, TaskId,
    Transformation, Waiting,
};

use crate::map::lines;
use crate::story::{Story, compile, definition, error};

fn state(more: &Value) -> Value {
    let mut state = json!({
        "Type": "Map", "Next": "S",
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "Child", "States": { "Child": { "Type": "Succeed" } },
        },
    });
    state.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    state
}

fn story(more: Value, input: Value) -> Story {
    let states = json!({
        "Set": { "Type": "Pass", "Assign": { "v": "outer" }, "Next": "M" },
        "M": state(&more), "S": { "Type": "Succeed" }, "Caught": { "Type": "Succeed" },
    });
    Story::of("Set", states, input)
}

fn run(story: &Story) -> TaskId {
    *story.map_runs.keys().next().unwrap_or_else(|| panic!("no map run:\n{}", story.trail()))
}

fn request(story: &Story) -> &MapRunRequest {
    &story.map_runs[&run(story)]
}

fn end(story: &mut Story, end: MapRunEnd) {
    let run = run(story);
    story.map_runs.remove(&run);
    story.tell(&Input::MapRunEnded { run, end });
}

fn progress(story: &mut Story, children: u64, results: &[u32]) {
    let mark = MapRunMark { items: children, children, ..MapRunMark::default() };
    let results = results.iter().map(|result| Arc::new(json!(result))).collect();
    let run = run(story);
    story.tell(&Input::MapRunProgressed { run, mark, results });
}

#[test]
fn results_that_were_told_are_the_list() {
    let mut story = story(json!({}), json!([5, 6, 7]));
    assert_eq!(*request(&story).items, json!([5, 6, 7]));
    progress(&mut story, 1, &[50]);
    story.crash();
    assert_eq!(request(&story).mark.children, 1, "whoever takes over goes on from there");
    let waiting = story.execution.waiting(&story.machine);
    assert!(
        matches!(&waiting[..], [Waiting::MapRun { state, mark }] if &**state == "M" && mark.items == 1),
        "{waiting:?}"
    );
    progress(&mut story, 3, &[60, 70]);
    end(&mut story, MapRunEnd::Succeeded(None));
    story.succeeded_with(&json!([50, 60, 70]));
    expect![[r#"
        4 StateEntered M
        5 DistributedMapStarted M
        6 MapRunStarted M
        - MapRunProgressed M
        - MapRunProgressed M
        7 MapRunSucceeded M
        8 MapSucceeded M
        9 StateExited M
    "#]]
    .assert_eq(&lines(&story, 3, 8));
}

#[test]
fn whose_files_results_are_in_outlives_a_crash() {
    let mut story = story(json!({}), json!([1, 2]));
    assert_eq!((request(&story).owner, request(&story).failing.clone()), (0, None));
    story.crash();
    let mark = MapRunMark { items: 1, children: 1, ..MapRunMark::default() };
    story.tell(&Input::MapRunWriting { run: run(&story), owner: 7, mark, error: None });
    story.crash();
    assert_eq!((request(&story).owner, request(&story).mark), (7, mark));
    let why = error("X", "too many");
    story.tell(&Input::MapRunWriting { run: run(&story), owner: 7, mark, error: Some(why.clone()) });
    story.crash();
    assert_eq!(request(&story).failing, Some(why.clone()));
    end(&mut story, MapRunEnd::Failed(why));
    assert_eq!(story.execution.error().and_then(|e| e.error.as_deref()), Some("X"));
}

#[test]
fn a_writers_result_is_what_it_says() {
    let mut story = story(json!({ "Output": "{% $states.result.Key %}" }), json!([]));
    end(&mut story, MapRunEnd::Succeeded(Some(Arc::new(json!({ "Key": "k" })))));
    story.succeeded_with(&json!("k"));
}

#[test]
fn a_failed_run_is_retried_as_another_one_and_then_caught() {
    let more = json!({
        "Retry": [{ "ErrorEquals": ["States.ItemReaderFailed"], "MaxAttempts": 1 }],
        "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }],
    });
    let mut story = story(more, json!([1]));
    let first = request(&story).arn.clone();
    end(&mut story, MapRunEnd::Failed(error("States.ItemReaderFailed", "gone")));
    story.pass(1_000);
    assert_ne!(request(&story).arn, first);
    end(&mut story, MapRunEnd::Failed(error("States.ItemReaderFailed", "gone")));
    story.succeeded_with(&json!({ "Error": "States.ItemReaderFailed", "Cause": "gone" }));
    expect![[r#"
        7 MapRunFailed M States.ItemReaderFailed
        - RetryScheduled M by 0 in 1000 ms
        8 DistributedMapStarted M
        9 MapRunStarted M
        10 MapRunFailed M States.ItemReaderFailed
        11 MapFailed M States.ItemReaderFailed
        12 StateExited M by catcher 0
    "#]]
    .assert_eq(&lines(&story, 6, 7));
}

#[test]
fn results_that_are_too_large_are_caught_by_nobody() {
    let more = json!({ "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }] });
    let mut story = story(more, json!([1]));
    end(&mut story, MapRunEnd::TooLarge);
    assert_eq!(story.status(), ExecutionStatus::Failed);
    assert_eq!(story.execution.error().and_then(|e| e.error.as_deref()), Some("States.DataLimitExceeded"));
}

#[test]
fn a_sibling_that_fails_cuts_a_map_run_off() {
    let mut inner = state(&json!({}));
    inner["Items"] = json!([1]);
    inner.as_object_mut().expect("an object").remove("Next");
    inner["End"] = json!(true);
    let states = json!({
        "P": { "Type": "Parallel", "Branches": [
            { "StartAt": "M", "States": { "M": inner } },
            { "StartAt": "T", "States": { "T": { "Type": "Task", "Resource": "r", "End": true } } },
        ], "Catch": [{ "ErrorEquals": ["X"], "Next": "S" }], "Next": "S" },
        "S": { "Type": "Succeed" },
    });
    let mut story = Story::of("P", states, json!({}));
    let run = run(&story);
    story.fail("T", "X", "c");
    assert!(story.map_runs.is_empty());
    assert!(story.trail().contains("MapRunAborted M\n12 StateAborted M\n"), "{}", story.trail());
    story.stale(&Input::MapRunEnded { run, end: MapRunEnd::TooLarge }, Stale::ExecutionClosed);
}

#[test]
fn fields_are_evaluated_once_when_the_map_is_entered() {
    let more = json!({
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": { "InputType": "CSV", "CSVDelimiter": "PIPE", "CSVHeaderLocation": "GIVEN",
                "CSVHeaders": ["a", "b"], "MaxItems": "{% $states.input.most %}" },
            "Arguments": { "Bucket": "in", "Key": "{% $states.input.key %}" },
        },
        "ItemBatcher": { "MaxItemsPerBatch": 5, "BatchInput": { "v": "{% $v %}" } },
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject", "Arguments": { "Bucket": "out", "Prefix": "p" },
            "WriterConfig": { "Transformation": "COMPACT", "OutputType": "JSONL" },
        },
        "MaxConcurrency": 9, "ToleratedFailurePercentage": 12.5, "ToleratedFailureCount": "{% 2 %}", "Label": "rows",
    });
    let story = story(more, json!({ "key": "k", "most": 30 }));
    let MapRunRequest { plan, arn, .. } = request(&story);
    let ItemSource::Object { bucket, key, format, max_items } = &plan.source else { panic!("{plan:?}") };
    assert_eq!((&**bucket, &**key, *max_items), ("in", "k", 30));
    let headers = Some(vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(*format, ItemFormat::Csv { delimiter: '|', headers });
    let batch = plan.batch.as_ref().expect("a batch");
    assert_eq!((batch.max_items, batch.input.as_deref()), (Some(5), Some(&json!({ "v": "outer" }))));
    let writer = plan.writer.as_ref().expect("a writer");
    assert_eq!((writer.transformation, writer.lines), (Transformation::Compact, true));
    assert_eq!(writer.export, Some(("out".to_owned(), "p".to_owned())));
    assert_eq!((plan.max_concurrency, plan.tolerated_count), (9, 2));
    assert!((plan.tolerated_percentage - 12.5).abs() < 1e-9);
    assert!(arn.starts_with("arn:aws:states:local:000000000000:mapRun:OrderFlow/rows:"), "{arn}");
}

#[test]
fn what_a_field_comes_to_must_be_what_it_is_for() {
    let reader = |arguments: Value| {
        json!({ "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": { "InputType": "JSON" }, "Arguments": arguments,
        } })
    };
    for more in [
        json!({ "Items": "{% 7 %}" }),
        json!({ "Items": [], "ToleratedFailureCount": "{% -1 %}" }),
        json!({ "Items": [], "ItemBatcher": { "MaxItemsPerBatch": "{% 'x' %}" } }),
        reader(json!({ "Bucket": "{% 7 %}", "Key": "k" })),
        reader(json!({ "Bucket": "b" })),
    ] {
        let story = story(more.clone(), json!({}));
        let name = story.execution.error().and_then(|error| error.error.clone());
        assert_eq!(name.as_deref(), Some("States.QueryEvaluationError"), "{more}");
    }
    let story = story(json!({ "Items": [], "ToleratedFailurePercentage": "{% 101 %}" }), json!({}));
    let failed = story.execution.error().expect("it failed");
    assert_eq!(failed.error.as_deref(), Some("States.Runtime"));
    assert!(failed.cause.as_deref().is_some_and(|cause| cause.ends_with("must be between 0 and 100.")));
}

#[test]
fn a_selector_is_a_snapshot_that_gives_the_same_for_the_same_item() {
    let more = json!({ "ItemSelector": {
        "i": "{% $states.context.Map.Item.Index %}", "k": "{% $states.context.Map.Item.Key %}",
        "v": "{% $states.context.Map.Item.Value %}", "s": "{% $states.context.Map.Item.Source %}",
        "outer": "{% $v %}", "of": "{% $states.input.a %}", "id": "{% $uuid() %}",
    } });
    let story = story(more, json!({ "a": 1 }));
    let selector = request(&story).selector.clone().expect("a selector");
    let value = json!("x");
    let item = |index| MapItem { index, key: Some("a"), value: &value, source: "STATE_DATA" };
    let select = |index| selector.select(&story.machine, item(index)).expect("a value");
    let mut first = Value::clone(&select(3));
    assert_eq!(first, Value::clone(&select(3)));
    assert_ne!(first["id"], select(4)["id"]);
    first["id"].take();
    assert_eq!(first, json!({ "i": 3, "k": "a", "v": "x", "s": "STATE_DATA", "outer": "outer", "of": 1, "id": null }));
}

#[test]
fn what_is_not_run_here_is_refused_by_name() {
    let faults = |reader: Value| {
        let machine =
            definition("M", json!({ "M": state(&json!({ "ItemReader": reader })), "S": { "Type": "Succeed" } }));
        let faults = workflow_runtime::engine::Machine::compile(&machine).expect_err("it is refused");
        faults.iter().map(|fault| format!("{} {}: {}", fault.code, fault.location, fault.message)).collect::<Vec<_>>()
    };
    let arguments = json!({ "Bucket": "b", "Key": "k" });
    let get = "arn:aws:states:::s3:getObject";
    assert_eq!(
        faults(json!({ "Resource": get, "ReaderConfig": { "InputType": "PARQUET" }, "Arguments": arguments })),
        ["WF2200 /States/M/ItemReader/ReaderConfig/InputType: `PARQUET` is not run here"]
    );
    assert_eq!(
        faults(json!({ "Resource": "arn:aws:states:::athena:x", "Arguments": arguments })),
        ["WF2200 /States/M/ItemReader/Resource: `arn:aws:states:::athena:x` is not run here"]
    );
    let flatten = json!({ "Transformation": "LOAD_AND_FLATTEN" });
    assert_eq!(
        faults(
            json!({ "Resource": "arn:aws:states:::s3:listObjectsV2", "ReaderConfig": flatten, "Arguments": arguments })
        ),
        ["WF2200 /States/M/ItemReader/ReaderConfig/Transformation: `LOAD_AND_FLATTEN` is not run here"]
    );
    compile(&definition("M", json!({ "M": state(&json!({})), "S": { "Type": "Succeed" } })));
}
