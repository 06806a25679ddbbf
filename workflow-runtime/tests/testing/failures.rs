//! Failures everywhere, and what is found by them.

use workflow_runtime::testing::{FailMode, Test, fail_everywhere};

use crate::flows::{Asking, Beating, NoSaga, One, Parent, Saga, SagaParent, WorkError, Yes, ask};
use crate::{has, said};

fn name() -> String {
    "x".to_owned()
}

fn kinds<W: workflow_runtime::Workflow>(report: &workflow_runtime::testing::FailReport<W>, state: &str) -> Vec<String> {
    let once = report.of_state(state).filter(|case| case.mode == FailMode::Once);
    once.map(|case| case.failure.clone()).collect()
}

#[test]
fn every_error_that_is_declared_is_tried_and_every_way_to_hang() {
    let report = fail_everywhere::<Saga>(name());
    assert_eq!(kinds(&report, "Work"), ["WorkError.Busy", "WorkError.Broken", "timeout", "panic"]);
    assert_eq!(kinds(&report, "Beat"), ["timeout", "missed heartbeat", "panic"]);
    assert_eq!((report.calls, report.cases.len()), (2, 14));
    let ends: Vec<String> = report.of_state("Work").map(|case| format!("{} {}", case.mode, case.end())).collect();
    assert_eq!(
        ends,
        [
            "once succeeded",
            "for good failed WorkError.Busy",
            "once failed WorkError.Broken",
            "for good failed WorkError.Broken",
            "once succeeded",
            "for good failed States.Timeout",
            "once failed States.TaskFailed",
            "for good failed States.TaskFailed",
        ]
    );
}

#[test]
fn who_forgets_to_undo_is_found() {
    let undone = |run: &workflow_runtime::testing::Run<Saga>| !run.completed("Work") || run.completed("Undo");
    fail_everywhere::<Saga>(name()).assert_all_end(|case| case.run.result().is_ok() || undone(&case.run));
    let report = fail_everywhere::<NoSaga>(name());
    let text = said(|| report.assert_all_end(|case| case.run.result().is_ok() || !case.run.completed("Work")));
    has(
        &text,
        &[
            "6 of 14 failures did not end as they are to",
            "Beat missed heartbeat once: failed States.Timeout",
            "the first of them:",
            "[✗] Beat",
        ],
    );
}

#[test]
fn what_an_error_carries_is_made_up_or_given() {
    let broken = |report: &workflow_runtime::testing::FailReport<One>| {
        let case = report.of_state("Work").find(|case| case.failure == "WorkError.Broken").expect("a case");
        (case.made_up, case.run.failure::<WorkError>(), case.run.error().to_string())
    };
    let made_up = broken(&fail_everywhere::<One>(name()));
    assert!(made_up.0);
    assert_eq!(made_up.1, WorkError::Broken("text".to_owned(), 1));
    has(&made_up.2, &["text is broken since 1"]);
    let given = WorkError::Broken("it".to_owned(), 7);
    let report = Test::<One>::new().sample(given).fail_everywhere(name());
    assert_eq!(
        broken(&report),
        (false, WorkError::Broken("it".to_owned(), 7), "WorkError.Broken: it is broken since 7".to_owned())
    );
}

#[test]
fn those_who_are_asked_fail_too() {
    let test = Test::<Asking>::new().answer::<ask>(Ok(Yes { by: "ada".to_owned() }));
    let report = test.fail_everywhere(name());
    assert_eq!(
        kinds(&report, "Ask"),
        [
            "answer WorkError.Busy",
            "WorkError.Busy",
            "answer WorkError.Broken",
            "WorkError.Broken",
            "no answer",
            "panic",
        ]
    );
    let unanswered = report.of_state("Ask").find(|case| case.failure == "no answer").expect("a case");
    unanswered.run.assert_error("States.Timeout");
}

#[test]
fn children_fail_as_well() {
    let report = fail_everywhere::<Parent>(name());
    let of_child = report.cases.iter().filter(|case| case.workflow == "Child");
    assert!(of_child.clone().count() > 0, "{report}");
    has(&report.to_string(), &["Child.Work", "Later.Undo", "* its data was made up"]);
}

#[test]
fn what_comes_after_a_childs_failure_is_its_parents() {
    let report = fail_everywhere::<SagaParent>(name());
    let (of_child, own): (Vec<_>, Vec<_>) = report.cases.iter().partition(|case| case.workflow == "Child");
    let undone = of_child.iter().filter(|case| case.run.result().is_err());
    assert!(undone.clone().count() > 4, "{report}");
    assert!(undone.clone().all(|case| case.run.completed("Undo") && case.afterwards() == ["Undo"]), "{report}");
    assert!(own.iter().all(|case| !case.run.completed("Undo")), "{report}");
    has(&report.to_string(), &["failed WorkError.Busy, after Undo"]);
}

#[test]
fn handled_failures_end_well() {
    let report = fail_everywhere::<Beating>(name());
    let text = report.to_string();
    has(&text, &["state  failure           how often  how it ended", "Beat   timeout           once       succeeded"]);
}
