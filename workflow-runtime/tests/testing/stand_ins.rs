//! Mocks, scripts, answers; and what is said where one is missing.

use workflow_runtime::prelude::*;
use workflow_runtime::testing::{Answer, Reply, Test};

use crate::flows::{Asking, Child, Counter, Counting, Each, Nap, One, Parent, WorkError, Yes, ask, beat, count, work};
use crate::{has, said};

fn name() -> String {
    "x".to_owned()
}

fn yes(by: &str) -> Yes {
    Yes { by: by.to_owned() }
}

#[test]
fn closures_see_what_the_step_is_given_and_which_attempt_it_is() {
    let test = Test::<One>::new().mock_with_context::<work>(|context, name| match context.attempt() {
        1 => Err(WorkError::Busy),
        attempt => Ok(format!("{name} {attempt} in {}", context.state())),
    });
    assert_eq!(test.run(name()).output(), "x 2 in Work");
}

#[test]
fn closures_may_wait() {
    let test = Test::<One>::new().mock_async::<work>(|name| {
        Box::pin(async move {
            tokio::time::sleep(secs(7)).await;
            Ok(name)
        })
    });
    test.run(name()).assert_elapsed(secs(7));
}

#[test]
fn a_step_that_panics_fails_like_one() {
    let run = Test::<One>::new().script::<work>([Reply::panics("boom")]).run(name());
    run.assert_error("States.TaskFailed");
    has(&run.error().to_string(), &["panicked: boom"]);
    let run = Test::<One>::new().script::<work>([Reply::service_error("Lambda.Unknown", "it is")]).run(name());
    assert_eq!((run.error().error(), run.error().cause()), ("Lambda.Unknown".to_owned(), "it is".to_owned()));
}

#[test]
fn a_script_s_replies_go_to_iterations_in_turn() {
    let replies = ["1", "2", "3"].map(|text| Reply::ok(text.to_owned()));
    let run = Test::<Each>::new().script::<work>(replies).run(vec![name(), name(), name()]);
    assert_eq!(run.output(), ["1", "2", "3"]);
}

#[test]
fn a_script_that_is_too_short_is_the_test_s_fault() {
    let test = Test::<One>::new().script::<work>([Err(WorkError::Busy)]);
    has(
        &said(|| test.run(name())),
        &["step `work` was called 2 times, and its script has 1 reply", ".mock_returns::<work>(..)"],
    );
}

#[test]
fn a_step_that_was_forgotten_is_named() {
    let test = Test::<Nap>::new().mock::<work>(Ok).only_mocks();
    has(&said(|| test.run(name())), &["step `beat` was called in state `Beat`", "add `.mock::<beat>(..)`"]);
}

#[test]
fn data_that_is_missing_is_named() {
    has(
        &said(|| Test::<Counting>::new().run(name())),
        &["step `Count` takes `Data<", "Counter>`", ".fresh_data(|| ..)", ".mock::<the_step>"],
    );
    // A mock needs none.
    assert_eq!(Test::<Counting>::new().mock_returns::<count>(3).run(name()).output(), 303);
    assert_eq!(Test::<Counting>::new().data(Counter::default()).run(name()).output(), 102);
}

#[test]
fn data_may_be_the_same_or_new_for_each_run() {
    let shared = Test::<Counting>::new().data(Counter::default());
    assert_eq!((shared.run(name()).output(), shared.run(name()).output()), (102, 304));
    let fresh = Test::<Counting>::new().fresh_data(Counter::default);
    assert_eq!((fresh.run(name()).output(), fresh.run(name()).output()), (102, 102));
}

#[test]
fn answers_come_when_they_are_due() {
    let run = Test::<Asking>::new()
        .answer_each::<ask>([
            Answer::ok(yes("ada")).after(days(2)).with_heartbeat_every(mins(59)),
            Answer::ok(yes("bob")).after(mins(5)),
        ])
        .run(name());
    run.assert_output(&"ada and bob".to_owned()).assert_elapsed(days(2) + mins(5));
    assert_eq!(run.arguments::<ask>(), ["x", "ada"]);
}

#[test]
fn without_signs_of_life_an_answer_is_too_late() {
    let run = Test::<Asking>::new().answer::<ask>(Answer::ok(yes("ada")).after(days(2))).run(name());
    run.assert_error("States.Timeout").assert_elapsed(hours(1));
}

#[test]
fn answers_may_fail_or_depend_or_not_come() {
    let run = Test::<Asking>::new().answer::<ask>(Err(WorkError::Busy)).run(name());
    run.assert_failed_with(WorkError::Busy);
    let run = Test::<Asking>::new().answer_with::<ask>(|question| Answer::ok(yes(&format!("{question}!")))).run(name());
    run.assert_output(&"x! and x!!".to_owned());
    let run = Test::<Asking>::new().answer_each::<ask>([Ok(yes("ada"))]).run(name());
    run.assert_error("States.Timeout").assert_attempts::<ask>(2);
    let run = Test::<Asking>::new().mock_returns::<ask>(yes("mock")).run(name());
    run.assert_output(&"mock and mock".to_owned());
    let run = Test::<Asking>::new().mock::<ask>(|_| Err(WorkError::Busy)).run(name());
    run.assert_failed_with(WorkError::Busy);
}

#[test]
fn nobody_can_answer_a_step_without_a_token() {
    let text = said(|| Test::<One>::new().answer::<work>(Ok(name())));
    has(&text, &["step `work` hands out no token", "`.mock::<work>(..)`"]);
}

#[test]
fn workflows_are_mocked_as_executions() {
    let run =
        Test::<Parent>::new().mock_workflow::<Child>(|named| Ok(format!("no child for {}", named.name))).run(name());
    run.assert_output(&"no child for x".to_owned()).assert_never_called::<work>();
    assert_eq!(run.executions_of::<Child>().len(), 1);
    let run = Test::<Parent>::new().mock_workflow::<Child>(|_| Err(WorkError::Busy.into())).run(name());
    // Which the child declares.
    run.assert_failed_with(WorkError::Busy);
}

#[test]
fn a_reply_may_let_the_step_run() {
    let run = Test::<Nap>::new().script::<work>([Reply::err(WorkError::Busy), Reply::runs()]).run(name());
    run.assert_output(&"x done".to_owned()).assert_attempts::<beat>(1);
}
