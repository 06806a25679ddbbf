//! Records as they are stored. The bytes of a release are read forever.

use expect_test::expect;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write as _;
use workflow_runtime::ErrorOutput;
use workflow_runtime::engine::{
    Event, FileMark, ItemBatch, ItemFormat, ItemSource, MapRunMark, MapRunPlan, Parent, Record, RecordError,
    ResultPlace, ScopeId, StateIndex, TaskId, Transformation,
};
use workflow_runtime::json::Json;
use workflow_runtime::time::Timestamp;

use crate::story::{DAWN, error};

/// One event of each kind, in the order of their numbers on disk.
fn every_event() -> Vec<Event> {
    let scope = ScopeId(1);
    let json = |value: Value| Json::from(value);
    vec![
        Event::ExecutionStarted { input: json(json!({ "id": "7" })), seed: 42 },
        Event::StateEntered { scope, state: StateIndex(2) },
        Event::EvaluationFailed { scope, error: error("E", "c"), location: "Output/v".to_owned() },
        Event::TaskScheduled {
            scope,
            arguments: Some(json(json!([1]))),
            timeout_seconds: Some(60),
            heartbeat_seconds: None,
        },
        Event::TaskStarted { scope },
        Event::TaskSubmitted { scope },
        Event::TaskSucceeded { scope, output: json(json!(null)) },
        Event::TaskFailed { scope, error: ErrorOutput::default() },
        Event::TaskTimedOut { scope, heartbeat: true },
        Event::RetryScheduled { scope, retrier: 1, due: Timestamp::from_millis(DAWN) },
        Event::WaitStarted { scope, until: Timestamp::from_millis(-1) },
        Event::HeartbeatRecorded { scope },
        Event::ParallelStarted { scope, first: ScopeId(300), arguments: None },
        Event::BranchSucceeded { scope },
        Event::ParallelSucceeded { scope },
        Event::ParallelFailed { scope, error: error("E", "") },
        Event::StateAborted { scope },
        Event::StateExited {
            scope,
            output: Some(json(json!("o"))),
            assigned: vec![("v".to_owned(), json(json!(1.5)))],
            catcher: Some(0),
            next: Some(StateIndex(3)),
        },
        Event::ExecutionSucceeded,
        Event::ExecutionFailed { error: error("E", "c") },
        Event::ExecutionTimedOut,
        Event::ExecutionAborted { error: error("E", "c") },
        Event::ExecutionRedriven,
        Event::TaskReissued { scope },
        Event::StartedBy { parent: Parent { execution: "arn".to_owned(), number: 3, task: TaskId(5), waits: true } },
        Event::JobSubmitted { scope, output: json(json!({})) },
        Event::MapStarted { scope, first: ScopeId(2), items: Some(json(json!([7]))), at_once: 40 },
        Event::MapIterationStarted { scope, index: 3, input: None },
        Event::MapIterationSucceeded { scope },
        Event::MapIterationFailed { scope },
        Event::MapIterationAborted { scope },
        Event::MapSucceeded { scope },
        Event::MapFailed { scope, error: error("E", "c") },
        Event::DistributedMapStarted { scope, length: 9 },
        Event::MapRunStarted { scope, arn: "arn".to_owned(), plan: Box::new(plan()) },
        Event::MapRunProgressed { scope, mark: mark(), results: vec![json(json!(1))] },
        Event::MapRunSucceeded { scope, output: None },
        Event::MapRunFailed { scope, error: error("E", "c") },
        Event::MapRunAborted { scope },
        Event::MapRunWriting { scope, owner: 9, mark: mark(), error: Some(error("E", "c")) },
    ]
}

fn plan() -> MapRunPlan {
    MapRunPlan {
        source: ItemSource::Object {
            bucket: "b".to_owned(),
            key: "k".to_owned(),
            format: ItemFormat::Csv { delimiter: ';', headers: Some(vec!["h".to_owned()]) },
            max_items: 300,
        },
        batch: Some(ItemBatch { max_items: Some(5), max_bytes: None, input: Some(json!("i").into()) }),
        max_concurrency: 7,
        tolerated_percentage: 0.5,
        tolerated_count: 3,
        writer: Some(ResultPlace {
            export: Some(("o".to_owned(), "p".to_owned())),
            transformation: Transformation::Flatten,
            lines: true,
        }),
    }
}

fn mark() -> MapRunMark {
    let file = FileMark { file: 1, bytes: 2, entries: 3 };
    MapRunMark {
        items: 4,
        children: 5,
        failed_items: 6,
        failed_children: 7,
        bytes: 8,
        overflow: true,
        succeeded_file: file,
        failed_file: file,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[test]
fn the_bytes_of_format_1_stay_what_they_are() {
    let mut golden = String::new();
    for event in every_event() {
        let name = event.name();
        let record = Record { at: Timestamp::from_millis(DAWN), events: vec![event] };
        let _ = writeln!(golden, "{name} {}", hex(&record.encode()));
        assert_eq!(Record::decode(&record.encode()), Ok(record));
    }
    expect![[r#"
        ExecutionStarted 0180a0d5edee6601000a7b226964223a2237227d2a
        StateEntered 0180a0d5edee6601010102
        EvaluationFailed 0180a0d5edee66010201010145010163084f75747075742f76
        TaskScheduled 0180a0d5edee6601030101035b315d013c00
        TaskStarted 0180a0d5edee66010401
        TaskSubmitted 0180a0d5edee66010501
        TaskSucceeded 0180a0d5edee66010601046e756c6c
        TaskFailed 0180a0d5edee660107010000
        TaskTimedOut 0180a0d5edee6601080101
        RetryScheduled 0180a0d5edee660109010180a0d5edee66
        WaitStarted 0180a0d5edee66010a0101
        HeartbeatRecorded 0180a0d5edee66010b01
        ParallelStarted 0180a0d5edee66010c01ac0200
        BranchSucceeded 0180a0d5edee66010d01
        ParallelSucceeded 0180a0d5edee66010e01
        ParallelFailed 0180a0d5edee66010f010101450100
        StateAborted 0180a0d5edee66011001
        StateExited 0180a0d5edee660111010103226f2201017603312e3501000103
        ExecutionSucceeded 0180a0d5edee660112
        ExecutionFailed 0180a0d5edee660113010145010163
        ExecutionTimedOut 0180a0d5edee660114
        ExecutionAborted 0180a0d5edee660115010145010163
        ExecutionRedriven 0180a0d5edee660116
        TaskReissued 0180a0d5edee66011701
        StartedBy 0180a0d5edee6601180361726e030501
        JobSubmitted 0180a0d5edee66011901027b7d
        MapStarted 0180a0d5edee66011a010201035b375d28
        MapIterationStarted 0180a0d5edee66011b010300
        MapIterationSucceeded 0180a0d5edee66011c01
        MapIterationFailed 0180a0d5edee66011d01
        MapIterationAborted 0180a0d5edee66011e01
        MapSucceeded 0180a0d5edee66011f01
        MapFailed 0180a0d5edee66012001010145010163
        DistributedMapStarted 0180a0d5edee6601210109
        MapRunStarted 0180a0d5edee660122010361726e010162016b02013b01010168ac0201010500010322692207000000000000e03f030101016f01700201
        MapRunProgressed 0180a0d5edee66012301040506070801010203010203010131
        MapRunSucceeded 0180a0d5edee6601240100
        MapRunFailed 0180a0d5edee66012501010145010163
        MapRunAborted 0180a0d5edee66012601
        MapRunWriting 0180a0d5edee660127010904050607080101020301020301010145010163
    "#]]
    .assert_eq(&golden);
}

#[test]
fn a_newer_format_is_refused_by_name() {
    let mut bytes = Record { at: Timestamp::from_millis(0), events: every_event() }.encode();
    bytes[0] = 9;
    let refused = Record::decode(&bytes).expect_err("it is newer");
    assert_eq!(refused, RecordError::Newer { found: 9, supported: 1 });
    assert!(refused.to_string().contains("WF2004"));
    bytes[0] = 0;
    assert!(matches!(Record::decode(&bytes), Err(RecordError::Damaged { .. })));
    assert!(matches!(Record::decode(&[]), Err(RecordError::Damaged { .. })));
}

#[test]
fn a_cut_or_lengthened_record_is_damaged() {
    let bytes = Record { at: Timestamp::from_millis(DAWN), events: every_event() }.encode();
    for length in 0..bytes.len() {
        assert!(Record::decode(&bytes[..length]).is_err(), "cut to {length}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(matches!(Record::decode(&longer), Err(RecordError::Damaged { .. })));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        (-1.0e9..1.0e9_f64).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn any_event() -> impl Strategy<Value = Event> {
    let kinds = every_event().len();
    (0..kinds, any::<u32>(), any::<Option<u64>>(), any_value(), any::<(Option<String>, Option<String>)>()).prop_map(
        |(kind, number, seconds, value, (name, cause))| {
            let scope = ScopeId(number);
            let error = ErrorOutput { error: name, cause };
            match every_event().swap_remove(kind) {
                Event::ExecutionStarted { .. } => {
                    Event::ExecutionStarted { input: value.into(), seed: seconds.unwrap_or_default() }
                }
                Event::TaskScheduled { .. } => Event::TaskScheduled {
                    scope,
                    arguments: Some(value.into()),
                    timeout_seconds: seconds,
                    heartbeat_seconds: seconds,
                },
                Event::TaskSucceeded { .. } => Event::TaskSucceeded { scope, output: value.into() },
                Event::TaskFailed { .. } => Event::TaskFailed { scope, error },
                Event::ExecutionFailed { .. } => Event::ExecutionFailed { error },
                Event::StateExited { .. } => Event::StateExited {
                    scope,
                    output: Some(value.clone().into()),
                    assigned: vec![("x".to_owned(), value.into())],
                    catcher: seconds.map(|_| number),
                    next: None,
                },
                other => other,
            }
        },
    )
}

proptest! {
    #[test]
    fn what_was_written_is_read(at in any::<i64>(), events in prop::collection::vec(any_event(), 0..6)) {
        let record = Record { at: Timestamp::from_millis(at), events };
        prop_assert_eq!(Record::decode(&record.encode()), Ok(record));
    }

    #[test]
    fn garbage_is_an_error_and_never_a_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200), versioned: bool) {
        if versioned {
            bytes.insert(0, 1);
        }
        let _ = Record::decode(&bytes);
    }

    #[test]
    fn a_flipped_byte_is_an_error_or_another_record(place in any::<prop::sample::Index>(), by in 1..=255_u8) {
        let record = Record { at: Timestamp::from_millis(DAWN), events: every_event() };
        let mut bytes = record.encode();
        let place = place.index(bytes.len());
        bytes[place] ^= by;
        if let Ok(read) = Record::decode(&bytes) {
            prop_assert_ne!(read, record);
        }
    }
}
