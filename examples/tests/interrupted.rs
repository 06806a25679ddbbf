//! Ctrl-C and `kill`: the program leaves in good order, and `resume` finishes what it left.

mod support;

use std::process::{Child, Command};

use support::{Outcome, Shop, input};

/// Sends a signal by its name.
fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill can be started");
    assert!(sent.success(), "the process is there");
}

/// Starts an order, waits until something shows, sends the signal, and waits until the process is gone.
fn interrupt(shop: &Shop, file: &str, name: &str, until: impl Fn() -> bool) -> Outcome {
    let mut child =
        shop.command(&["run", "--name", "ORD", "--input", &input(file)]).spawn().expect("the program starts");
    while !until() {
        assert!(child.try_wait().expect("a status").is_none(), "it ended before");
        std::thread::yield_now();
    }
    // It is not waited for yet, so that its number is nobody else's, even where it has ended.
    signal(&child, name);
    child.wait_with_output().expect("it ends").into()
}

fn waits_for(shop: &Shop, kind: &str) -> bool {
    let described = shop.order(&["describe", "ORD", "--json"]);
    described.code == Some(0)
        && described.json()["waitingFor"].as_array().is_some_and(|all| all.iter().any(|it| it["kind"] == kind))
}

#[test]
fn a_wait_that_is_interrupted_goes_on() {
    let shop = Shop::open();
    let left = interrupt(&shop, "ships-late", "INT", || waits_for(&shop, "time"));
    assert_eq!(left.code, Some(130), "{}", left.stderr);
    assert!(left.stderr.contains("interrupted") && left.stderr.contains("resume"), "{}", left.stderr);
    assert!(left.stdout.is_empty(), "{}", left.stdout);
    let resumed = shop.order(&["resume"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    assert_eq!(resumed.json()["orderId"], "ORD-1006");
    each_step_ran_once(&shop);
}

#[test]
fn an_answer_to_a_program_that_was_ended_is_kept() {
    let shop = Shop::open();
    let left = interrupt(&shop, "needs-approval", "TERM", || waits_for(&shop, "answer"));
    assert_eq!(left.code, Some(130), "{}", left.stderr);
    let token = shop.order(&["describe", "ORD", "--json"]).json()["waitingFor"][0]["token"].clone();
    let token = token.as_str().expect("a token");
    let answer = ["send-task-success", "--token", token, "--output", r#"{"approved": true}"#];
    assert_eq!(shop.order(&answer).code, Some(0));
    let again = shop.order(&answer);
    assert!(again.code != Some(0) && again.stderr.contains("TaskTimedOut"), "{}", again.stderr);
    let resumed = shop.order(&["resume"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    each_step_ran_once(&shop);
}

/// Signals that come too late, one after the other, before a test gives up: the whole order takes a twentieth of a second.
const TRIES: usize = 20;

/// Steps that are running when the signal comes are let to their end, so that not one of them runs twice.
#[test]
fn no_step_is_lost_or_repeated_whenever_the_signal_comes() {
    for lines in 1..=6 {
        let was_interrupted = (0..TRIES).any(|_| interrupt_after(lines));
        assert!(was_interrupted || lines == 6, "after {lines} steps: each of {TRIES} signals came as it had ended");
    }
}

/// Whether the signal came before the end.
fn interrupt_after(lines: usize) -> bool {
    let shop = Shop::open();
    let left =
        interrupt(&shop, "ok", if lines.is_multiple_of(2) { "INT" } else { "TERM" }, || shop.book().len() >= lines);
    match left.code {
        Some(130) => {}
        // The signal came as it ended.
        Some(0) => assert!(left.stdout.contains("paymentId"), "{}", left.stdout),
        code => panic!("after {lines} steps: {code:?}\n{}", left.stderr),
    }
    assert!(shop.book().len() >= lines);
    let resumed = shop.order(&["resume"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    let described = shop.order(&["describe", "ORD", "--json"]).json();
    assert_eq!(described["status"], "SUCCEEDED");
    each_step_ran_once(&shop);
    left.code == Some(130)
}

fn each_step_ran_once(shop: &Shop) {
    let book = shop.book();
    assert!(book.len() >= 6, "{book:?}");
    for step in &book {
        assert_eq!(shop.runs_of(step), 1, "{book:?}");
    }
}
