//! Virtual time, what a run tells, what assertions say.

use workflow_runtime::prelude::*;
use workflow_runtime::testing::{CallEnd, PayloadKind, Reply, Test};

use crate::flows::{
    Asking, Beating, Each, Later, Nap, One, Parent, Quick, Shaking, Waiting, WorkError, beat, shake, undo, work,
};
use crate::{has, said};

fn name() -> String {
    "x".to_owned()
}

#[test]
fn two_weeks_pass_at_once_and_exactly() {
    let run = Test::<Nap>::new().run(name());
    run.assert_output(&"x done".to_owned()).assert_elapsed(days(14)).assert_path(["Work", "Wait14Days", "Beat"]);
    assert_eq!(run.transitions(), 3);
    assert_eq!(run.event_count(), run.history().len() as u64);
}

#[tokio::test]
async fn it_runs_inside_of_tokio() {
    assert_eq!(Test::<Nap>::new().run(name()).output(), "x done");
    let run = Test::<Nap>::new().run_async(name()).await;
    run.assert_elapsed(days(14));
}

#[test]
fn timeouts_heartbeats_and_delays_are_exact() {
    let missed = Test::<Beating>::new().script::<beat>([Reply::hangs()]).run(name());
    missed.assert_output(&"missed".to_owned()).assert_elapsed(secs(10));
    let timed_out = Test::<Beating>::new().script::<beat>([Reply::times_out()]).run(name());
    timed_out.assert_output(&"timed out".to_owned()).assert_elapsed(secs(60));
    let busy = || Reply::err(WorkError::Busy);
    let run = Test::<One>::new().script::<work>([busy(), Reply::times_out(), busy()]).run(name());
    // 2 s, 30 s of timeout, 4 s.
    run.assert_error("WorkError.Busy").assert_elapsed(secs(36)).assert_attempts::<work>(3);
}

#[test]
fn chance_is_the_seed_s() {
    let elapsed = |seed| {
        let busy = || Reply::err(WorkError::Busy);
        let test = Test::<Shaking>::new().seed(seed).script::<shake>([busy(), busy(), Reply::ok(name())]);
        test.run(name()).elapsed()
    };
    assert_eq!(elapsed(1), elapsed(1));
    assert!((2..20).any(|seed| elapsed(seed) != elapsed(1)));
}

#[test]
fn it_begins_when_the_test_says() {
    let until = parse("2030-01-01T00:00:00Z");
    let run = Test::<Waiting>::new().starts_at("2029-12-31T23:00:00Z").run(until);
    run.assert_elapsed(hours(1));
    let text = said(|| Test::<Waiting>::new().starts_at("tomorrow"));
    has(&text, &["`tomorrow` is no time"]);
}

fn parse(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

#[test]
fn calls_are_told_with_what_they_were_given() {
    let run = Test::<Nap>::new().script::<work>([Err(WorkError::Busy), Ok("y".to_owned())]).run(name());
    let calls = run.calls::<work>();
    assert_eq!(calls.iter().map(|call| (&*call.arguments, call.attempt)).collect::<Vec<_>>(), [("x", 1), ("x", 2)]);
    assert_eq!(calls[0].idempotency_key, calls[1].idempotency_key);
    assert_eq!((calls[0].started, calls[1].started), (secs(0), secs(2)));
    assert!(matches!(&calls[0].end, CallEnd::Failed(error) if error.error.as_deref() == Some("WorkError.Busy")));
    assert_eq!(calls[1].end, CallEnd::Output("y".into()));
    assert_eq!(run.arguments::<beat>(), ["y"]);
    // A retry is a transition.
    assert_eq!(run.transitions(), 4);
}

#[test]
fn variables_and_sizes_are_told() {
    let run = Test::<Nap>::new().mock::<work>(|_| Ok("y".repeat(500))).run(name());
    assert_eq!(run.variable_after::<String>("Work", "done"), "y".repeat(500));
    let largest = run.largest_payload().expect("there is one");
    assert!(largest.bytes == 502 && largest.state == "Work" && largest.what == PayloadKind::Result, "{largest}");
    run.assert_payloads_at_most(502);
    has(&said(|| run.assert_payloads_at_most(501)), &["larger than 501 bytes: 502 bytes, result of state `Work`"]);
    has(&said(|| run.variable_after::<String>("Work", "dun")), &["no variable `dun`", "set are `done`"]);
    has(&said(|| run.variables_after("Wrok")), &["`Nap` has no state `Wrok`; it has `Work`"]);
    let large = Test::<Nap>::new().payload_margin(0.5).mock::<work>(|_| Ok("y".repeat(200_000))).run(name());
    large.assert_error("States.DataLimitExceeded");
}

#[test]
fn a_map_s_iterations_follow_each_other() {
    let run = Test::<Each>::new().run(vec!["a".to_owned(), "b".to_owned()]);
    run.assert_path(["Work", "Work"]).assert_attempts::<work>(2);
    assert_eq!(run.visits("Work"), 2);
}

#[test]
fn executions_that_it_started_are_looked_at_too() {
    let run = Test::<Parent>::new().run(name());
    let later = run.executions_of::<Later>();
    assert_eq!(later.len(), 1);
    later[0].assert_succeeded().assert_elapsed(days(1)).assert_attempts::<undo>(1);
    run.assert_elapsed(secs(0)).assert_never_called::<undo>();
}

#[test]
fn express_workflows_are_looked_at_alike() {
    let run = Test::<Quick>::new().run(name());
    run.assert_output(&"x done".to_owned()).assert_path(["Work", "Beat"]);
}

#[test]
fn another_way_is_shown_beside_the_expected_one() {
    let run = Test::<Nap>::new().run(name());
    let text = said(|| run.assert_path(["Work", "Undo", "Beat"]));
    has(
        &text,
        &[
            "`Nap` went another way",
            "    expected    actual\n",
            "    Work        Work\n",
            "  > Undo        -\n",
            "  > -           Wait14Days\n",
            "    Beat        Beat\n",
            "[✓] Wait14Days",
        ],
    );
}

#[test]
fn other_assertions_say_what_was_expected_and_show_the_trail() {
    let run = Test::<Nap>::new().mock_fails::<work>(WorkError::Broken("it".to_owned(), 7)).run(name());
    run.assert_failed_with(WorkError::Broken("it".to_owned(), 7));
    assert_eq!(run.failure::<WorkError>(), WorkError::Broken("it".to_owned(), 7));
    has(&said(|| run.assert_failed_with(WorkError::Broken("it".to_owned(), 8))), &["expected", "since 8", "since 7"]);
    has(&said(|| run.assert_succeeded()), &["expected to succeed", "it is broken since 7", "[✗] Work"]);
    has(&said(|| run.output()), &["`Nap` failed: WorkError.Broken"]);
    has(&said(|| run.assert_error("States.Timeout")), &["expected States.Timeout", "actual   WorkError.Broken"]);
    has(&said(|| run.assert_visited("Baet")), &["has no state `Baet`; it has `Work`"]);
    has(&said(|| run.assert_visited("Beat")), &["`Nap` did not come through `Beat`", "[✗] Work"]);
    has(&said(|| run.assert_not_visited("Baet")), &["has no state `Baet`"]);
    has(&said(|| run.completed("Wrok")), &["has no state `Wrok`"]);
    has(&said(|| run.visits("Wrok")), &["has no state `Wrok`"]);
    has(&said(|| run.variables_after("Beat")), &["state `Beat` was not left", "[✗] Work"]);
    has(&said(|| run.assert_attempts::<beat>(1)), &["step `beat` was never run, and 1 attempt was expected"]);
    has(&said(|| run.assert_attempts::<work>(3)), &["step `work` was run once, and 3 attempts were expected"]);
    has(&said(|| run.assert_elapsed(days(1))), &["took 0 ms, not 1 d"]);
    run.assert_not_visited("Beat");
    let run = Test::<Asking>::new().run(name());
    let hint = "nobody answered `ask`: `.answer::<ask>(..)` says who does";
    has(&said(|| run.assert_succeeded()), &["it failed: States.Timeout", hint]);
    has(&said(|| run.output()), &["`Asking` failed: States.Timeout", hint]);
    let run = Test::<Nap>::new().run(name());
    has(&said(|| run.assert_output(&"y".to_owned())), &["expected \"y\"", "actual   \"x done\""]);
    has(&said(|| run.error()), &["expected to fail and succeeded with \"x done\""]);
    has(&said(|| run.assert_transitions_at_most(2)), &["made 3 state transitions, more than 2"]);
}
