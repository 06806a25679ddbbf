//! Crashes everywhere, and what is found by them.

use workflow_runtime::prelude::*;
use workflow_runtime::testing::{Answer, Crash, Reply, Test, crash_everywhere};

use crate::flows::{Asking, Counter, Counting, Each, Nap, One, Parent, Quick, Saga, WorkError, Yes, ask, beat, work};
use crate::{has, said};

fn name() -> String {
    "x".to_owned()
}

#[test]
fn a_crash_makes_no_difference_to_what_is_repeatable() {
    let report = crash_everywhere::<Nap>(name());
    // The start, two steps, the wait.
    assert_eq!(report.commits, 4);
    assert_eq!(report.sites.len(), 2 * 4 + 1);
    let twice = report.ran_twice();
    assert_eq!(twice.iter().map(|it| &*it.step).collect::<Vec<_>>(), ["beat", "work"]);
    assert!(twice.iter().all(|it| it.idempotency_key.starts_with("test-")), "{report}");
    let lost = report.sites.iter().find(|site| site.commit == 2 && site.when == Crash::Before).expect("a site");
    assert_eq!((&*lost.what, lost.ran_twice.len()), ("Work succeeded", 1));
    let kept = report.sites.iter().find(|site| site.commit == 2 && site.when == Crash::After).expect("a site");
    assert!(kept.ran_twice.iter().all(|it| it.step != "work"), "{report}");
}

#[test]
fn maps_sagas_children_and_retries_survive() {
    crash_everywhere::<Each>(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]);
    crash_everywhere::<Parent>(name());
    Test::<Saga>::new().script::<beat>([Reply::panics("boom")]).crash_everywhere(name());
    // A script's reply belongs to its attempt, however often that runs.
    let busy = || Reply::err(WorkError::Busy);
    Test::<One>::new().script::<work>([busy(), busy(), Reply::ok(name())]).crash_everywhere(name());
}

#[test]
fn an_answer_is_not_lost() {
    let answer = Answer::ok(Yes { by: "ada".to_owned() }).after(days(1)).with_heartbeat_every(mins(30));
    let report = Test::<Asking>::new().answer::<ask>(answer).crash_everywhere(name());
    assert!(report.commits > 50, "{report}");
}

#[test]
fn a_step_that_counts_twice_is_found() {
    let text = said(|| Test::<Counting>::new().fresh_data(Counter::default).crash_everywhere(name()));
    has(
        &text,
        &[
            "`Counting`: 3 commits, killed 7 times",
            "killed before commit 2 (Count succeeded)",
            "its output is another one",
            "undisturbed: 102",
            "now:         203",
            "count in Count, test-",
        ],
    );
}

#[test]
fn only_what_is_kept_can_be_interrupted() {
    has(&said(|| crash_everywhere::<Quick>(name())), &["`Quick` is an Express workflow", "starts it again"]);
}
