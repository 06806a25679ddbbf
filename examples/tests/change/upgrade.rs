//! A binary is replaced by the next version while an execution waits: real processes, killed as a deployment kills them.

use std::path::Path;
use std::time::{Duration, Instant};

use expect_test::expect;
use serde_json::Value;

use crate::{command, ran, shown};

const V1: &str = env!("CARGO_BIN_EXE_parcel_v1");
const V2: &str = env!("CARGO_BIN_EXE_parcel_v2");
const V3: &str = env!("CARGO_BIN_EXE_parcel_v3");

/// Runs the first version until somebody is asked, then `kill -9`; the token.
fn started_and_killed(folder: &Path, name: &str) -> String {
    let input = format!(r#"{{"id": "{name}", "grams": 900}}"#);
    let mut child = command(V1, &["run", "--name", name, "--input", &input], folder).spawn().expect("it starts");
    let deadline = Instant::now() + Duration::from_mins(1);
    let token = loop {
        assert!(Instant::now() < deadline && child.try_wait().expect("a status").is_none(), "it never asked");
        let described = ran(V1, &["describe", name, "--json"], folder);
        if let Some(token) = token_in(&described.stdout) {
            break token;
        }
    };
    child.kill().expect("kill -9");
    child.wait().expect("it is gone");
    token
}

fn token_in(described: &str) -> Option<String> {
    let described: Value = serde_json::from_str(described).ok()?;
    described["waitingFor"].as_array()?.iter().find_map(|it| it["token"].as_str().map(str::to_owned))
}

fn states(program: &str, name: &str, folder: &Path) -> Vec<String> {
    let history = ran(program, &["history", name, "--json"], folder);
    let history: Value = serde_json::from_str(&history.stdout).expect("JSON");
    let entered = history["events"].as_array().expect("events").iter();
    entered.filter_map(|event| event["stateEnteredEventDetails"]["name"].as_str().map(str::to_owned)).collect()
}

#[test]
fn an_execution_finishes_on_the_definition_that_it_started_with() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let token = started_and_killed(folder, "P-1");
    let answered = ran(V2, &["send-task-success", "--token", &token, "--output", r#"{"granted": true}"#], folder);
    assert_eq!(answered.code, Some(0), "{}", answered.stderr);
    let resumed = ran(V2, &["resume"], folder);
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    // The states of the first version, `Insure` among them, and the code of the second.
    assert_eq!(states(V2, "P-1", folder), ["Weigh", "AskCustoms", "ParcelErrorNotCleared?", "Insure", "PrintLabel"]);
    let described = ran(V2, &["describe", "P-1", "--json"], folder);
    let described: Value = serde_json::from_str(&described.stdout).expect("JSON");
    assert_eq!(described["output"], "P-1 900 g, INS-P-1 (v2)");
    let timeout = |events: &Value| {
        let scheduled = events["events"].as_array().expect("events").iter();
        let mut all = scheduled
            .filter(|event| event["type"] == "LambdaFunctionScheduled")
            .map(|event| event["lambdaFunctionScheduledEventDetails"]["timeoutInSeconds"].as_u64());
        all.next_back().flatten()
    };
    let history: Value = serde_json::from_str(&ran(V2, &["history", "P-1", "--json"], folder).stdout).expect("JSON");
    assert_eq!(timeout(&history), Some(20), "the timeout of the first version");

    // What starts now runs on the new definition.
    let token = {
        let started =
            ran(V2, &["start", "--name", "P-2", "--input", r#"{"id": "P-2", "grams": 5, "fragile": true}"#], folder);
        assert_eq!(started.code, Some(0), "{}", started.stderr);
        let mut child = command(V2, &["resume"], folder).spawn().expect("it starts");
        let deadline = Instant::now() + Duration::from_mins(1);
        let token = loop {
            assert!(Instant::now() < deadline, "it never asked");
            if let Some(token) = token_in(&ran(V2, &["describe", "P-2", "--json"], folder).stdout) {
                break token;
            }
        };
        child.kill().expect("kill -9");
        child.wait().expect("it is gone");
        token
    };
    let answered = ran(V2, &["send-task-success", "--token", &token, "--output", r#"{"granted": true}"#], folder);
    assert_eq!(answered.code, Some(0), "{}", answered.stderr);
    assert_eq!(ran(V2, &["resume"], folder).code, Some(0));
    assert_eq!(states(V2, "P-2", folder), ["Measure", "AskCustoms", "ParcelErrorNotCleared?", "PrintLabel"]);
}

#[test]
fn a_version_that_cannot_finish_what_is_running_does_not_start_unless_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let token = started_and_killed(folder, "P-1");
    expect![[r#"
        --- stderr
        error: an execution is running that this program cannot finish [WF2211]
          `P-1` (at `AskCustoms`) of workflow `ParcelFlow`:
            state `Insure` needs step `Insure`, which this program does not have
              → keep the function, and give it with `.keep_step::<..>()`; where it is only renamed, keep its name: `#[step(name = "Insure")]`
            state `PrintLabel` calls step `PrintLabel`, and it does not read what was recorded: field `country` is required and not in what was written before
              → give it a default: `#[serde(default)]` on the field `country`
        help: or go on without them: `.park_unfinishable()`, on the command line `--park-unfinishable`; they stay parked, `list` shows them, and a program that can finish them goes on with them
        --- exit 1
    "#]]
    .assert_eq(&shown(&ran(V3, &["resume"], folder)));
    // Told to, it leaves the execution as it is, and runs others.
    expect![[r#"
        --- stderr
        ParcelFlow P-1
        parked: state `Insure` needs step `Insure`, which this program does not have; state `PrintLabel` calls step `PrintLabel`, and it does not read what was recorded: field `country` is required and not in what was written before
        --- exit 1
    "#]]
    .assert_eq(&shown(&ran(V3, &["resume", "--park-unfinishable"], folder)));
    let listed = ran(V3, &["list"], folder);
    assert!(listed.stdout.contains("parked"), "{}", listed.stdout);
    assert!(listed.stderr.contains("P-1 is parked: state `Insure` needs step `Insure`"), "{}", listed.stderr);
    let described = ran(V3, &["describe", "P-1"], folder);
    assert!(described.stdout.contains("status      running\nparked      state `Insure`"), "{}", described.stdout);
    let answered = ran(V3, &["send-task-success", "--token", &token, "--output", r#"{"granted": true}"#], folder);
    assert_eq!(answered.code, Some(1), "{answered:?}");
    assert!(answered.stderr.contains("[ExecutionParked]"), "{}", answered.stderr);
    // Nothing was lost: the version that can finish it does.
    let answered = ran(V2, &["send-task-success", "--token", &token, "--output", r#"{"granted": true}"#], folder);
    assert_eq!(answered.code, Some(0), "{}", answered.stderr);
    assert_eq!(ran(V2, &["resume"], folder).code, Some(0));
}
