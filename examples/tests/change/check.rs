//! What `check` says, word for word.

use std::path::Path;

use expect_test::expect;
use serde_json::Value;

use crate::{asl, examples, ran, shown};

const ORDER: &str = env!("CARGO_BIN_EXE_order");
const V1: &str = env!("CARGO_BIN_EXE_parcel_v1");
const V2: &str = env!("CARGO_BIN_EXE_parcel_v2");
const V3: &str = env!("CARGO_BIN_EXE_parcel_v3");

/// The committed files of a program in a folder of one's own.
fn copied(program: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("asl")).expect("a folder");
    for entry in std::fs::read_dir(examples().join(asl(program))).expect("what is committed") {
        let path = entry.expect("an entry").path();
        std::fs::copy(&path, folder.path().join("asl").join(path.file_name().expect("a name"))).expect("a copy");
    }
    folder
}

fn edit(folder: &Path, file: &str, change: impl Fn(&mut Value)) {
    let path = folder.join("asl").join(file);
    let mut value: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("the file")).expect("JSON");
    change(&mut value);
    std::fs::write(&path, serde_json::to_string(&value).expect("JSON")).expect("it is written");
}

#[test]
fn the_order_is_what_is_committed() {
    expect![[r#"
        [✓] OrderFlow
            the same as `asl/order/OrderFlow.asl.json`
        --- exit 0
    "#]]
    .assert_eq(&shown(&ran(ORDER, &["check", "--against", "asl/order"], &examples())));
}

#[test]
fn the_order_before_it_was_changed() {
    let folder = copied("order");
    let folder = folder.path();
    edit(folder, "OrderFlow.asl.json", |machine| {
        let states = machine["States"].as_object_mut().expect("states");
        states["ChargePayment"]["TimeoutSeconds"] = 5.into();
        states["ValidateOrder"]["Comment"] = "other words".into();
    });
    edit(folder, "OrderFlow.schema.json", |schema| {
        let order = &mut schema["$defs"]["Order"];
        order["properties"].as_object_mut().expect("fields").remove("card");
        order["required"].as_array_mut().expect("fields").retain(|it| it != "card");
        schema["$defs"]["Receipt"]["properties"]["couponCode"] = serde_json::json!({"type": "string"});
    });
    expect![[r#"
        [✗] OrderFlow
            12 changes, 8 of them not safe, since `asl/OrderFlow.asl.json`

            NOT SAFE  input: field `card` added, required
              ✓ running executions  an execution finishes on the definition that it started with
              ✓ recorded payloads   an input is read by the definition that it was given to; what steps take is listed by itself
              ✗ callers             callers that are not changed with it are refused (`InvalidExecutionInput`): field `card` is required and not in what was written before
              → give it a default: `#[serde(default)]` on the field `card`

            NOT SAFE  step `ChargePayment`: takes: field `card` added, required
            NOT SAFE  step `CheckInventory`: takes: field `card` added, required
            NOT SAFE  step `FraudCheck`: takes: field `card` added, required
            NOT SAFE  step `RequestApproval`: takes: field `card` of `/order` added, required
            NOT SAFE  step `SendConfirmation`: takes: field `card` of `/order` added, required
            NOT SAFE  step `UpdateInventory`: takes: field `card` of `/order` added, required
            NOT SAFE  step `ValidateOrder`: takes: field `card` added, required
              ✗ running executions  executions that started before send what they know: field `card` is required and not in what was written before
              ✗ recorded payloads   it is called with what was recorded before: field `card` is required and not in what was written before
              ✓ callers             what the workflow takes, yields and fails with is the same
              → give it a default: `#[serde(default)]` on the field `card`

            safe      state `ChargePayment`: its timeout is 30 s (was 5 s)
              ✓ running executions  an execution finishes on the definition that it started with
              ✓ recorded payloads   nothing recorded is read otherwise
              ✓ callers             what the workflow takes, yields and fails with is the same

            safe      output: field `couponCode` removed
              ✓ running executions  an execution finishes on the definition that it started with
              ✓ recorded payloads   results of executions that have ended still read
              ✓ callers             what callers read is still there

            safe      step `SendConfirmation`: yields: field `couponCode` removed
            safe      step `ValidateOrder`: yields: field `card` added, required
              ✓ running executions  running executions still find what they read
              ✓ recorded payloads   nothing recorded is read otherwise
              ✓ callers             what the workflow takes, yields and fails with is the same
        --- stderr
        error: 8 changes are not safe [WF5012]
        help: each says what to do; one that is meant (nothing is running that it breaks, and callers know) is accepted by committing what `check --update` writes
        --- exit 1
    "#]]
    .assert_eq(&shown(&ran(ORDER, &["check"], folder)));
}

#[test]
fn layout_and_the_order_of_keys_are_no_change_unless_asked_for() {
    let folder = copied("order");
    let folder = folder.path();
    edit(folder, "OrderFlow.asl.json", |machine| {
        let states = machine["States"].as_object_mut().expect("states");
        let mut all: Vec<_> = std::mem::take(states).into_iter().collect();
        all.reverse();
        states.extend(all);
    });
    let outcome = ran(ORDER, &["check"], folder);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome.stdout.contains("the same, but for layout and texts, as `asl/OrderFlow.asl.json`"),
        "{}",
        outcome.stdout
    );
    let exact = ran(ORDER, &["check", "--exact"], folder);
    assert_eq!(exact.code, Some(1), "{exact:?}");
    assert!(exact.stderr.contains("[WF5014]"), "{}", exact.stderr);
    assert_eq!(ran(ORDER, &["check", "--update"], folder).code, Some(0));
    assert_eq!(ran(ORDER, &["check", "--exact"], folder).code, Some(0));
}

#[test]
fn a_safe_next_version() {
    expect![[r#"
        [✓] ParcelFlow
            14 changes, all safe, since `asl/parcel_v1/ParcelFlow.asl.json`

            safe      state `Weigh`: has the name `Measure` now
            safe      state `ParcelErrorNotCleared?`: leads otherwise to `PrintLabel` (led to `Insure`)
            safe      state `Insure`: removed: it calls step `Insure`
            safe      state `PrintLabel`: what it sends changed (`Arguments`)
            safe      state `PrintLabel`: is tried again 3 times after 300 s, ×2, on States.Timeout, Sandbox.Timedout (was never)
            safe      state `PrintLabel`: its timeout is 60 s (was 20 s)
              ✓ running executions  an execution finishes on the definition that it started with
              ✓ recorded payloads   nothing recorded is read otherwise
              ✓ callers             what the workflow takes, yields and fails with is the same

            safe      input: field `fragile` added, optional
              ✓ running executions  an execution finishes on the definition that it started with
              ✓ recorded payloads   an input is read by the definition that it was given to; what steps take is listed by itself
              ✓ callers             what callers send is still accepted

            safe      step `AskCustoms`: takes: field `fragile` of `/parcel` added, optional
            safe      step `Insure`: takes: field `fragile` added, optional
            safe      step `PrintLabel`: takes: `/insurance` may be null now
            safe      step `PrintLabel`: takes: field `insurance` became optional
            safe      step `PrintLabel`: takes: field `fragile` of `/parcel` added, optional
            safe      step `Weigh`: takes: field `fragile` added, optional
              ✓ running executions  it still reads what running executions send
              ✓ recorded payloads   it still reads what was recorded
              ✓ callers             what the workflow takes, yields and fails with is the same

            safe      step `Insure`: not called any more
              ✓ running executions  the program keeps it for executions that started before
              ✓ recorded payloads   nothing recorded is read otherwise
              ✓ callers             what the workflow takes, yields and fails with is the same
        --- exit 0
    "#]]
    .assert_eq(&shown(&ran(V2, &["check", "--against", "asl/parcel_v1"], &examples())));
}

#[test]
fn a_next_version_that_is_not_safe() {
    expect![[r#"
        [✗] ParcelFlow
            9 changes, 5 of them not safe, since `asl/parcel_v1/ParcelFlow.asl.json`

            NOT SAFE  input: field `country` added, required
              ✓ running executions  an execution finishes on the definition that it started with
              ✓ recorded payloads   an input is read by the definition that it was given to; what steps take is listed by itself
              ✗ callers             callers that are not changed with it are refused (`InvalidExecutionInput`): field `country` is required and not in what was written before
              → give it a default: `#[serde(default)]` on the field `country`

            NOT SAFE  step `AskCustoms`: takes: field `country` of `/parcel` added, required
            NOT SAFE  step `PrintLabel`: takes: field `country` of `/parcel` added, required
            NOT SAFE  step `Weigh`: takes: field `country` added, required
              ✗ running executions  executions that started before send what they know: field `country` is required and not in what was written before
              ✗ recorded payloads   it is called with what was recorded before: field `country` is required and not in what was written before
              ✓ callers             what the workflow takes, yields and fails with is the same
              → give it a default: `#[serde(default)]` on the field `country`

            NOT SAFE  step `Insure`: removed
              ✗ running executions  executions that have not passed it yet call it at `Insure`
              ✓ recorded payloads   nothing recorded is read otherwise
              ✓ callers             what the workflow takes, yields and fails with is the same
              → keep the function, give it to the program with `.keep_step::<..>()` until those executions have ended; if it is only renamed, keep its name: `#[step(name = "Insure")]`

            safe      state `ParcelErrorNotCleared?`: leads otherwise to `PrintLabel` (led to `Insure`)
            safe      state `Insure`: removed: it calls step `Insure`
            safe      state `PrintLabel`: what it sends changed (`Arguments`)
              ✓ running executions  an execution finishes on the definition that it started with
              ✓ recorded payloads   nothing recorded is read otherwise
              ✓ callers             what the workflow takes, yields and fails with is the same

            safe      step `PrintLabel`: takes: field `insurance` removed
              ✓ running executions  it still reads what running executions send
              ✓ recorded payloads   it still reads what was recorded
              ✓ callers             what the workflow takes, yields and fails with is the same
        --- stderr
        error: 5 changes are not safe [WF5012]
        help: each says what to do; one that is meant (nothing is running that it breaks, and callers know) is accepted by committing what `check --update --against asl/parcel_v1` writes
        --- exit 1
    "#]]
    .assert_eq(&shown(&ran(V3, &["check", "--against", "asl/parcel_v1"], &examples())));
}

#[test]
fn machines_read_the_same_as_json() {
    let outcome = ran(V3, &["check", "--json", "--against", "asl/parcel_v1"], &examples());
    assert_eq!(outcome.code, Some(1));
    let report: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!((&report[0]["workflow"], &report[0]["valid"]), (&"ParcelFlow".into(), &true.into()));
    assert_eq!((&report[0]["committed"], &report[0]["safe"]), (&true.into(), &false.into()));
    let changes = report[0]["changes"].as_array().expect("changes");
    let insure = changes.iter().find(|it| it["at"] == "step `Insure`").expect("it is told");
    assert_eq!((&insure["running"]["safe"], &insure["recorded"]["safe"]), (&false.into(), &true.into()));
    assert!(insure["running"]["remedy"].as_str().expect("a remedy").contains(".keep_step::<..>()"));
    assert!(insure["callers"].get("remedy").is_none());
}

#[test]
fn what_is_not_committed_is_written_on_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    expect![[r#"
        [✓] ParcelFlow
        --- stderr
        nothing to compare with: `check --update` writes `asl/`, and a later `check` says what a change breaks
        --- exit 0
    "#]]
    .assert_eq(&shown(&ran(V1, &["check"], folder)));
    let missing = ran(V1, &["check", "--against", "machines"], folder);
    assert_eq!((missing.code, missing.stderr.contains("[WF5010]")), (Some(2), true), "{missing:?}");
    std::fs::create_dir(folder.join("asl")).expect("a folder");
    let not_committed = ran(V1, &["check"], folder);
    assert_eq!((not_committed.code, not_committed.stderr.contains("[WF5013]")), (Some(1), true), "{not_committed:?}");
    let first = ran(V1, &["check", "--update"], folder);
    assert_eq!(
        (first.code, first.stdout.as_str()),
        (Some(0), "[✓] ParcelFlow\n    new: it was not committed before\n")
    );
    assert_eq!(ran(V1, &["check", "--exact"], folder).code, Some(0));
    assert_eq!(ran(V1, &["export", "--all", "-o", "other"], folder).code, Some(0));
    for file in ["ParcelFlow.asl.json", "ParcelFlow.schema.json"] {
        let read = |part: &str| std::fs::read_to_string(folder.join(part).join(file)).expect("the file");
        assert_eq!(read("asl"), read("other"));
    }
    for wrong in [&["export", "--all"][..], &["export", "--all", "--format", "dot", "-o", "x"]] {
        let outcome = ran(V1, wrong, folder);
        assert_eq!((outcome.code, outcome.stderr.contains("[WF5016]")), (Some(2), true), "{outcome:?}");
    }
    let unwritable = ran(V1, &["check", "--update", "--against", "asl/ParcelFlow.asl.json/x"], folder);
    assert_eq!((unwritable.code, unwritable.stderr.contains("[WF5015]")), (Some(1), true), "{unwritable:?}");
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = copied("parcel_v1");
    let folder = folder.path();
    let schema = folder.join("asl/ParcelFlow.schema.json");
    std::fs::write(&schema, "<<<<<<< HEAD\n").expect("it is written");
    let outcome = ran(V1, &["check"], folder);
    assert_eq!(outcome.code, Some(2));
    assert!(
        outcome.stderr.contains("`asl/ParcelFlow.schema.json`") && outcome.stderr.contains("[WF5011]"),
        "{}",
        outcome.stderr
    );
    std::fs::remove_file(&schema).expect("it goes");
    assert_eq!(ran(V1, &["check"], folder).code, Some(1));
}

#[test]
fn a_workflow_that_is_gone_is_told_and_its_files_go_on_request() {
    let folder = copied("order");
    let folder = folder.path();
    let outcome = ran(V1, &["check", "--against", "asl"], folder);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stdout.contains("NOT SAFE  workflow `OrderFlow`: removed"), "{}", outcome.stdout);
    assert_eq!(ran(V1, &["check", "--update"], folder).code, Some(0));
    assert!(!folder.join("asl/OrderFlow.asl.json").exists() && folder.join("asl/ParcelFlow.asl.json").exists());
}
