//! What every example has recorded goes the same way again: as it is written here, as AWS lists it, and on the command line.

mod support;

#[allow(dead_code, unreachable_pub, reason = "a program: its command line is not used here")]
#[path = "../src/bin/agent.rs"]
mod agent;
#[allow(dead_code, unreachable_pub, reason = "a program: its command line is not used here")]
#[path = "../src/bin/approval.rs"]
mod approval;
#[allow(dead_code, unreachable_pub, reason = "a program: its command line is not used here")]
#[path = "../src/bin/fanout.rs"]
mod fanout;
#[allow(dead_code, unreachable_pub, reason = "a program: its command line is not used here")]
#[path = "../src/bin/fulfilment.rs"]
mod fulfilment;
#[allow(dead_code, unreachable_pub, reason = "a program: its command line is not used here")]
#[path = "../src/bin/order.rs"]
mod order;
#[allow(dead_code, unreachable_pub, reason = "a program: its command line is not used here")]
#[path = "../src/bin/pipeline.rs"]
mod pipeline;
#[allow(dead_code, unreachable_pub, reason = "a program: its command line is not used here")]
#[path = "../src/bin/polling.rs"]
mod polling;
#[allow(dead_code, unreachable_pub, reason = "a program: its command line is not used here")]
#[path = "../src/bin/travel.rs"]
mod travel;

use std::fs;

use serde_json::{Value, json};
use support::{INPUTS, Shop, input, run_to_end};
use workflow_runtime::Workflow;
use workflow_runtime::prelude::*;
use workflow_runtime::replay::replay;
use workflow_runtime::testing::{Answer, Run, Test};

/// As `aws stepfunctions get-execution-history --reverse-order` prints it.
fn as_aws_lists_it(history: &Value) -> Value {
    let mut events = history["events"].as_array().expect("events").clone();
    for event in &mut events {
        let millis = (event["timestamp"].as_f64().expect("a number") * 1000.0).round();
        let at = Timestamp::from_millisecond(format!("{millis}").parse().expect("milliseconds")).expect("a time");
        event["timestamp"] = at.to_string().replace('Z', "+00:00").into();
        for (key, details) in event.as_object_mut().expect("an object") {
            // The functions that stand behind the substitutions.
            if key.ends_with("ScheduledEventDetails")
                && details["resource"].as_str().is_some_and(|it| it.starts_with("${"))
            {
                details["resource"] = "arn:aws:lambda:eu-west-1:123456789012:function:deployed".into();
            }
        }
    }
    events.reverse();
    json!({ "events": events })
}

#[track_caller]
fn goes_the_same_way<W: Workflow>(run: &Run<W>) {
    let recorded: Value = serde_json::from_str(&run.history_json()).expect("JSON");
    for history in [as_aws_lists_it(&recorded), recorded] {
        let replay = replay(&W::definition(), &history).expect("a history");
        assert!(replay.is_same(), "{replay}\n{}", run.trail_text());
        assert_eq!(replay.stopped_at, None, "{}", run.trail_text());
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("an input")
}

#[test]
fn orders_go_the_same_way() {
    for name in INPUTS {
        let text = fs::read_to_string(input(name)).expect("a file");
        let order: order::Order = serde_json::from_str(&text).expect("an order");
        let answer = Answer::ok(order::Approval { approved: true }).after(hours(5));
        let kit = Test::<order::OrderFlow>::new().fresh_data(|| order::Shop::open().expect("a shop"));
        goes_the_same_way(&kit.answer::<order::request_approval>(answer).run(order));
    }
}

#[test]
fn requests_for_leave_go_the_same_way() {
    let leave = |days: u32| read::<approval::Leave>(json!({ "who": "ada", "days": days }));
    let test = Test::<approval::Approval>::new();
    goes_the_same_way(&test.run(leave(2)));
    // Nobody answers, twice.
    goes_the_same_way(&test.run(leave(12)));
    let no = read::<approval::Decision>(json!({ "approved": false, "by": "bob" }));
    let late = Answer::ok(no).after(days(1));
    goes_the_same_way(&test.answer_each::<approval::ask_manager>([Answer::never(), late]).run(leave(12)));
}

#[test]
fn the_small_programs_go_the_same_way() {
    for city in ["Oslo", "Bergen"] {
        let trip = json!({ "travelers": ["ada", "bob"], "city": city });
        goes_the_same_way(&Test::<travel::Travel>::new().run(read(trip)));
    }
    let elsewhere = polling::Elsewhere::default;
    goes_the_same_way(&Test::<polling::Polling>::new().fresh_data(elsewhere).run("report-7".to_owned()));
    goes_the_same_way(&Test::<agent::Agent>::new().run("what is 6 times 7?".to_owned()));
    for event in [json!({ "type": "click", "page": "/home" }), json!({ "type": "sale", "cents": 200_000 })] {
        goes_the_same_way(&Test::<pipeline::Pipeline>::new().run(read(event)));
    }
    for item in ["desk", "unicorn"] {
        let run = Test::<fulfilment::Purchase>::new().run(read(json!({ "id": "p1", "items": ["lamp", item] })));
        goes_the_same_way(&run);
        run.executions_of::<fulfilment::Fulfil>().iter().for_each(goes_the_same_way);
        run.executions_of::<fulfilment::Survey>().iter().for_each(goes_the_same_way);
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/inputs");
    for key in ["meters.csv", "gone.csv"] {
        goes_the_same_way(&Test::<fanout::Fanout>::new().bucket("meters", folder).run(read(json!({ "key": key }))));
    }
}

#[test]
fn the_command_line_says_whether_it_does() {
    let shop = Shop::open();
    assert_eq!(run_to_end(&shop, "ORD", "ok").code, Some(0));
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("it is written");
        path.to_string_lossy().into_owned()
    };
    let recorded = shop.order(&["history", "ORD", "--json"]).stdout;
    let same = shop.order(&["replay", &file("same.json", &recorded)]);
    assert_eq!(same.code, Some(0), "{}{}", same.stdout, same.stderr);
    assert!(same.stdout.contains("`OrderFlow` goes the recorded way"), "{}", same.stdout);
    let renamed = file("renamed.json", &recorded.replace("ChargePayment", "ChargeCard"));
    let other = shop.order(&["replay", &renamed]);
    assert_eq!(other.code, Some(1), "{}", other.stderr);
    for part in
        ["recorded: entered Task state `ChargeCard`", "now:      enters Task state `ChargePayment`", "likely cause:"]
    {
        assert!(other.stdout.contains(part), "{}", other.stdout);
    }
    assert_eq!(shop.order(&["replay", &renamed, "--json"]).json()["divergence"]["state"], "ChargeCard");
    let cut = shop.order(&["replay", &file("cut.json", "[]")]);
    assert_eq!(cut.code, Some(2));
    assert!(cut.stderr.contains("it has no events [WF2230]"), "{}", cut.stderr);
}
