//! The readable trail, as a person sees it.
#![expect(clippy::needless_raw_string_hashes, reason = "snapshots are written so")]

use expect_test::{Expect, expect};

use super::*;
use crate::history::trail;

fn check(machine: &StateMachine, groups: Vec<(i64, Vec<Event>)>, now: Option<i64>, expected: &Expect) {
    let now = now.map(|now| Timestamp::from_millis(START + now));
    expected.assert_eq(&trail(machine, &records(groups), now).render());
}

const UNAVAILABLE: &str = r#"{"errorType":"OrderError.Unavailable","errorMessage":"{\"message\":\"order service is unavailable\",\"error\":\"Unavailable\"}"}"#;
const DECLINED: &str = r#"{"errorType":"CardDeclined","errorMessage":"{\"message\":\"the card ending in 4242 was declined\",\"error\":{\"Declined\":\"4242\"}}"}"#;

// ValidateOrder → Checks(CheckInventory | FraudCheck → Score) → Risky → RequestApproval → ChargePayment → ..
fn order() -> StateMachine {
    let task =
        |name: &str, next: &str| json!({ "Type": "Task", "Resource": format!("${{{name}FunctionArn}}"), "Next": next });
    let mut inventory = task("CheckInventory", "");
    inventory.as_object_mut().map(|state| (state.shift_remove("Next"), state.insert("End".to_owned(), json!(true))));
    let fraud = json!({ "FraudCheck": task("FraudCheck", "Score"), "Score": { "Type": "Pass", "End": true } });
    machine(&json!({
        "ValidateOrder": task("ValidateOrder", "Checks"),
        "Checks": {
            "Type": "Parallel",
            "Branches": [
                { "StartAt": "CheckInventory", "States": { "CheckInventory": inventory } },
                { "StartAt": "FraudCheck", "States": fraud }
            ],
            "Next": "Risky"
        },
        "Risky": { "Type": "Choice", "Choices": [{ "Condition": true, "Next": "RequestApproval" }], "Default": "ChargePayment" },
        "RequestApproval": {
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "Next": "ChargePayment"
        },
        "ChargePayment": task("ChargePayment", "CoolDown"),
        "CoolDown": { "Type": "Wait", "Seconds": 300, "Next": "Done" },
        "Done": { "Type": "Succeed" },
        "OrderFailed": { "Type": "Fail", "Error": "OrderFailed" }
    }))
}

fn validated() -> Vec<(i64, Vec<Event>)> {
    vec![
        (0, vec![started(), entered(0, 0), scheduled(0), task_started(0)]),
        (40, vec![failed(0, "OrderError.Unavailable", UNAVAILABLE), retry(0, 2040)]),
        (2041, vec![scheduled(0), task_started(0)]),
        (
            3000,
            vec![
                succeeded(0, &json!(1)),
                exited(0, Some(1)),
                entered(0, 1),
                parallel_started(0, 1),
                entered(1, 0),
                scheduled(1),
                entered(2, 0),
                scheduled(2),
            ],
        ),
    ]
}

fn checked() -> Vec<(i64, Vec<Event>)> {
    let mut all = validated();
    all.extend([
        (
            3500,
            vec![
                succeeded(2, &json!(1)),
                exited(2, Some(1)),
                entered(2, 1),
                exited(2, None),
                Event::BranchSucceeded { scope: ScopeId(2) },
            ],
        ),
        (
            4200,
            vec![
                succeeded(1, &json!(1)),
                exited(1, None),
                Event::BranchSucceeded { scope: ScopeId(1) },
                Event::ParallelSucceeded { scope: ROOT },
                exited(0, Some(2)),
                entered(0, 2),
            ],
        ),
        (
            4201,
            vec![
                exited(0, Some(3)),
                entered(0, 3),
                Event::TaskScheduled {
                    scope: ROOT,
                    arguments: None,
                    timeout_seconds: Some(259_200),
                    heartbeat_seconds: None,
                },
                task_started(0),
            ],
        ),
        (4300, vec![Event::TaskSubmitted { scope: ROOT }]),
    ]);
    all
}

#[test]
fn an_execution_that_waits_for_a_person() {
    check(
        &order(),
        checked(),
        Some(64_300),
        &expect![[r#"
        started 2026-01-01 10:00:00 UTC
        [✓] ValidateOrder       started 10:00:00  ended 10:00:03  (3 s)
              attempt 1 failed: OrderError.Unavailable: order service is unavailable; tried again after 2 s
              attempt 2 succeeded
        [✓] Checks              started 10:00:03  ended 10:00:04  (1.2 s)
          ├ [✓] CheckInventory  started 10:00:03  ended 10:00:04  (1.2 s)
          ├ [✓] FraudCheck      started 10:00:03  ended 10:00:03  (500 ms)
          │ [✓] Score           at 10:00:03
        [✓] Risky               at 10:00:04  → RequestApproval
        [~] RequestApproval     started 10:00:04  waiting for 1 min
              waits for an answer since 10:00:04; times out 2026-01-04 10:00:04, in 2 d 23 h
        RUNNING for 1 min 4 s: waits in RequestApproval
    "#]],
    );
}

#[test]
fn success_with_a_retry_branches_an_answer_and_a_wait() {
    let mut all = checked();
    all.extend([
        (7_204_300, vec![succeeded(0, &json!(true)), exited(0, Some(4)), entered(0, 4), scheduled(0)]),
        (
            7_205_000,
            vec![
                succeeded(0, &json!(1)),
                exited(0, Some(5)),
                entered(0, 5),
                Event::WaitStarted { scope: ROOT, until: Timestamp::from_millis(START + 7_505_000) },
            ],
        ),
        (7_505_000, vec![exited(0, Some(6)), entered(0, 6), exited(0, None), Event::ExecutionSucceeded]),
    ]);
    check(
        &order(),
        all,
        None,
        &expect![[r#"
        started 2026-01-01 10:00:00 UTC
        [✓] ValidateOrder       started 10:00:00  ended 10:00:03  (3 s)
              attempt 1 failed: OrderError.Unavailable: order service is unavailable; tried again after 2 s
              attempt 2 succeeded
        [✓] Checks              started 10:00:03  ended 10:00:04  (1.2 s)
          ├ [✓] CheckInventory  started 10:00:03  ended 10:00:04  (1.2 s)
          ├ [✓] FraudCheck      started 10:00:03  ended 10:00:03  (500 ms)
          │ [✓] Score           at 10:00:03
        [✓] Risky               at 10:00:04  → RequestApproval
        [✓] RequestApproval     started 10:00:04  ended 12:00:04  (2 h)
              answered after 2 h
        [✓] ChargePayment       started 12:00:04  ended 12:00:05  (700 ms)
        [✓] CoolDown            started 12:00:05  ended 12:05:05  (5 min)
        [✓] Done                at 12:05:05
        SUCCEEDED after 2 h 5 min
    "#]],
    );
}

#[test]
fn a_failure_that_is_retried_caught_and_ends_in_fail() {
    let all = vec![
        (0, vec![started(), entered(0, 4), scheduled(0), task_started(0)]),
        (30_000, vec![Event::TaskTimedOut { scope: ROOT, heartbeat: false }, retry(0, 31_000)]),
        (31_000, vec![scheduled(0)]),
        (
            31_800,
            vec![
                failed(0, "CardDeclined", DECLINED),
                caught(0, 7),
                entered(0, 7),
                Event::ExecutionFailed { error: error("OrderFailed", "payment was declined") },
            ],
        ),
    ];
    check(
        &order(),
        all,
        None,
        &expect![[r#"
        started 2026-01-01 10:00:00 UTC
        [!] ChargePayment  started 10:00:00  failed 10:00:31  (31.8 s)
              attempt 1 failed: States.Timeout: no answer for 30 s; tried again after 1 s
              attempt 2 failed: CardDeclined: the card ending in 4242 was declined
              gave up after 2 attempts; caught: goes on with OrderFailed
        [✗] OrderFailed    at 10:00:31
              OrderFailed: payment was declined
        FAILED after 31.8 s: OrderFailed: payment was declined
    "#]],
    );
}

#[test]
fn an_undo_that_fails_is_told_and_the_first_failure_stays() {
    let task = |name: &str, next: &str, caught: &str| {
        json!({
            "Type": "Task", "Resource": format!("${{{name}FunctionArn}}"), "Next": next,
            "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": caught }]
        })
    };
    let saga = machine(&json!({
        "BookRoom": task("BookRoom", "Pay", "Failed"),
        "Pay": task("Pay", "Done", "CancelRoom"),
        "CancelRoom": task("CancelRoom", "Failed", "Failed"),
        "Failed": { "Type": "Fail", "Error": "CardDeclined" },
        "Done": { "Type": "Succeed" }
    }));
    let all = vec![
        (0, vec![started(), entered(0, 0), scheduled(0)]),
        (500, vec![succeeded(0, &json!(1)), exited(0, Some(1)), entered(0, 1), scheduled(0)]),
        (900, vec![failed(0, "CardDeclined", DECLINED), caught(0, 2), entered(0, 2), scheduled(0)]),
        (
            1_700,
            vec![
                failed(0, "OrderError.Unavailable", UNAVAILABLE),
                caught(0, 3),
                entered(0, 3),
                Event::ExecutionFailed { error: error("CardDeclined", "the card ending in 4242 was declined") },
            ],
        ),
    ];
    check(
        &saga,
        all,
        None,
        &expect![[r#"
        started 2026-01-01 10:00:00 UTC
        [✓] BookRoom    started 10:00:00  ended 10:00:00  (500 ms)
        [!] Pay         started 10:00:00  failed 10:00:00  (400 ms)
              CardDeclined: the card ending in 4242 was declined
              not tried again; caught: goes on with CancelRoom
        [!] CancelRoom  started 10:00:00  failed 10:00:01  (800 ms)
              OrderError.Unavailable: order service is unavailable
              not tried again; caught: goes on with Failed
        [✗] Failed      at 10:00:01
              CardDeclined: the card ending in 4242 was declined
        FAILED after 1.7 s: CardDeclined: the card ending in 4242 was declined
    "#]],
    );
}

#[test]
fn a_branch_that_fails_cuts_its_sibling_off() {
    let mut all = validated();
    let panic = r#"{"errorType":"Panic","errorMessage":"index out of bounds"}"#;
    all.push((
        3600,
        vec![
            failed(2, "Panic", panic),
            Event::StateAborted { scope: ScopeId(1) },
            Event::ParallelFailed { scope: ROOT, error: error("Panic", panic) },
            Event::ExecutionFailed { error: error("Panic", panic) },
        ],
    ));
    check(
        &order(),
        all,
        None,
        &expect![[r#"
            started 2026-01-01 10:00:00 UTC
            [✓] ValidateOrder       started 10:00:00  ended 10:00:03  (3 s)
                  attempt 1 failed: OrderError.Unavailable: order service is unavailable; tried again after 2 s
                  attempt 2 succeeded
            [✗] Checks              started 10:00:03  failed 10:00:03  (600 ms)
                  Panic: index out of bounds
                  not caught: the execution fails
              ├ [-] CheckInventory  started 10:00:03  cut off 10:00:03  (600 ms)
              ├ [✗] FraudCheck      started 10:00:03  failed 10:00:03  (600 ms)
              │       Panic: index out of bounds
              │       not tried again; not caught here: the branch fails
            FAILED after 3.6 s: Panic: index out of bounds
        "#]],
    );
}

#[test]
fn a_retry_that_is_still_to_come() {
    let all = validated().into_iter().take(2).collect();
    check(
        &order(),
        all,
        Some(1000),
        &expect![[r#"
        started 2026-01-01 10:00:00 UTC
        [~] ValidateOrder  started 10:00:00  waiting for 1 s
              attempt 1 failed: OrderError.Unavailable: order service is unavailable; next attempt at 10:00:02, in 1 s
        RUNNING for 1 s: waits in ValidateOrder
    "#]],
    );
}

#[test]
fn rounds_of_a_parallel_and_a_redrive() {
    let end = Event::ExecutionFailed { error: error("E", "later") };
    let all = vec![
        (0, vec![started(), entered(0, 1), parallel_started(0, 1), entered(1, 0), scheduled(1)]),
        (1000, vec![failed(1, "E", "first"), retry(0, 2000)]),
        (2000, vec![parallel_started(0, 3), entered(3, 0), scheduled(3)]),
        (3000, vec![failed(3, "E", "later"), Event::ParallelFailed { scope: ROOT, error: error("E", "later") }, end]),
        (60_000, vec![Event::ExecutionRedriven, scheduled(3)]),
    ];
    check(
        &order(),
        all,
        Some(61_000),
        &expect![[r#"
            started 2026-01-01 10:00:00 UTC
            […] Checks              started 10:00:00  running for 1 min 1 s
                  round 1 failed: E: first; tried again after 1 s
                  round 2 failed: E: later
              ├ [✗] CheckInventory  started 10:00:00  failed 10:00:01  (1 s)
              │       E: first
              │       not tried again; not caught here: the branch fails
              ├ […] CheckInventory  started 10:00:02  running for 59 s
              │       attempt 1 failed: E: later
              │       attempt 2 is running
            redriven 10:01:00: it went on from where it had stopped
            RUNNING for 1 min 1 s: is in CheckInventory
        "#]],
    );
}

#[test]
fn a_redriven_wait_waits_on() {
    let until = Timestamp::from_millis(START + 300_000);
    let all = vec![
        (0, vec![started(), entered(0, 5), Event::WaitStarted { scope: ROOT, until }]),
        (1000, vec![Event::ExecutionTimedOut]),
        (2000, vec![Event::ExecutionRedriven]),
    ];
    check(
        &order(),
        all,
        Some(60_000),
        &expect![[r#"
        started 2026-01-01 10:00:00 UTC
        [~] CoolDown  started 10:00:00  waiting for 1 min
              waits until 10:05:00, in 4 min
        redriven 10:00:02: it went on from where it had stopped
        RUNNING for 1 min: waits in CoolDown
    "#]],
    );
}

#[test]
fn an_error_of_the_interpreter_and_a_stop() {
    let text = "An error occurred while executing the state 'Risky' (entered at the event id #2). Failed to transition out of the state.";
    let all =
        vec![(0, vec![started(), entered(0, 2), Event::ExecutionFailed { error: error("States.Runtime", text) }])];
    check(
        &order(),
        all,
        None,
        &expect![[r#"
            started 2026-01-01 10:00:00 UTC
            [✗] Risky  at 10:00:00
                  States.Runtime: Failed to transition out of the state.
                  not caught: the execution fails
            FAILED after 0 ms: States.Runtime: Failed to transition out of the state.
        "#]],
    );
    let stop = Event::ExecutionAborted { error: ErrorOutput { error: None, cause: Some("wrong customer".to_owned()) } };
    check(
        &order(),
        vec![(0, vec![started(), entered(0, 0), scheduled(0)]), (900, vec![stop])],
        None,
        &expect![[r#"
        started 2026-01-01 10:00:00 UTC
        [-] ValidateOrder  started 10:00:00  cut off 10:00:00  (900 ms)
        STOPPED after 900 ms by somebody's hand: wrong customer
    "#]],
    );
    let all = vec![(0, vec![started(), entered(0, 5)]), (10_000, vec![Event::ExecutionTimedOut])];
    check(
        &order(),
        all,
        None,
        &expect![[r#"
        started 2026-01-01 10:00:00 UTC
        [-] CoolDown  started 10:00:00  cut off 10:00:10  (10 s)
        TIMED OUT after 10 s: the workflow's own timeout ran out
    "#]],
    );
}

#[test]
fn times_follow_the_offset() {
    let trail = trail(&order(), &records(vec![(0, vec![started(), entered(0, 0)])]), None);
    let lines: Vec<String> = trail.lines(-5 * 3600 - 1800).into_iter().map(|line| line.text).collect();
    assert_eq!(
        lines,
        [
            "started 2026-01-01 04:30:00 -05:30",
            "[…] ValidateOrder  started 04:30:00  running",
            "RUNNING: is in ValidateOrder"
        ]
    );
}

#[test]
fn a_step_that_was_cut_off_says_when_it_ran_again() {
    let reissued = || Event::TaskReissued { scope: ROOT };
    let all = vec![
        (0, vec![started(), entered(0, 0), scheduled(0), task_started(0)]),
        (3_600_000, vec![reissued()]),
        (3_610_000, vec![reissued()]),
        (3_611_000, vec![Event::TaskSubmitted { scope: ROOT }]),
    ];
    check(
        &order(),
        all,
        Some(3_612_000),
        &expect![[r#"
        started 2026-01-01 10:00:00 UTC
        [~] ValidateOrder  started 10:00:00  waiting for 1 h
              taken over 11:00:10 by another process, which runs it from its beginning
              waits for an answer since 11:00:11; times out 11:00:40, in 28 s
        RUNNING for 1 h: waits in ValidateOrder
    "#]],
    );
}

#[test]
fn iterations_are_numbered_and_those_that_went_well_are_not_all_told() {
    let processor = json!({ "StartAt": "Charge", "States": {
        "Charge": { "Type": "Task", "Resource": "${ChargeFunctionArn}", "End": true },
    } });
    let machine = machine(&json!({
        "ForEach": { "Type": "Map", "ItemProcessor": processor, "End": true },
    }));
    let items: Value = (0..8).collect();
    let mut events = vec![
        started(),
        entered(0, 0),
        Event::MapStarted { scope: ROOT, first: ScopeId(1), items: Some(items.into()), at_once: 40 },
    ];
    for index in 0..8 {
        let scope = index + 1;
        events.push(Event::MapIterationStarted { scope: ROOT, index, input: None });
        events.extend([entered(scope, 0), scheduled(scope), task_started(scope)]);
        if index < 6 {
            events.extend([succeeded(scope, &json!(1)), exited(scope, None)]);
            events.push(Event::MapIterationSucceeded { scope: ScopeId(scope) });
        }
    }
    events.extend([
        failed(7, "Card", "declined"),
        Event::MapIterationFailed { scope: ScopeId(7) },
        Event::StateAborted { scope: ScopeId(8) },
        Event::MapIterationAborted { scope: ScopeId(8) },
        Event::MapFailed { scope: ROOT, error: error("Card", "declined") },
        Event::ExecutionFailed { error: error("Card", "declined") },
    ]);
    check(
        &machine,
        vec![(0, events)],
        None,
        &expect![[r#"
        started 2026-01-01 10:00:00 UTC
        [✗] ForEach        started 10:00:00  failed 10:00:00  (0 ms)
              Card: declined
              not caught: the execution fails
          ├ #0 [✓] Charge  started 10:00:00  ended 10:00:00  (0 ms)
          ├ #1 [✓] Charge  started 10:00:00  ended 10:00:00  (0 ms)
          ├ #2 [✓] Charge  started 10:00:00  ended 10:00:00  (0 ms)
          ├ and 3 more iterations that went well
          ├ #6 [✗] Charge  started 10:00:00  failed 10:00:00  (0 ms)
          │       Card: declined
          │       not tried again; not caught here: the iteration fails
          ├ #7 [-] Charge  started 10:00:00  cut off 10:00:00  (0 ms)
        FAILED after 0 ms: Card: declined
    "#]],
    );
}

#[test]
fn a_map_run_tells_how_many_children_have_ended() {
    use crate::engine::{ItemSource, MapRunMark, MapRunPlan};
    let config = json!({ "Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" });
    let processor = json!({ "ProcessorConfig": config, "StartAt": "I", "States": { "I": { "Type": "Succeed" } } });
    let machine = machine(&json!({ "Import": { "Type": "Map", "ItemProcessor": processor, "End": true } }));
    let plan = MapRunPlan {
        source: ItemSource::Items(None),
        batch: None,
        max_concurrency: 0,
        tolerated_percentage: 5.0,
        tolerated_count: 0,
        writer: None,
    };
    let mark = MapRunMark { items: 700, children: 700, failed_items: 2, failed_children: 2, ..MapRunMark::default() };
    let events = vec![
        started(),
        entered(0, 0),
        Event::DistributedMapStarted { scope: ROOT, length: 1000 },
        Event::MapRunStarted { scope: ROOT, arn: "arn".to_owned(), plan: Box::new(plan) },
        Event::MapRunProgressed { scope: ROOT, mark, results: Vec::new() },
    ];
    check(
        &machine,
        vec![(0, events)],
        Some(5_000),
        &expect![[r#"
        started 2026-01-01 10:00:00 UTC
        […] Import  started 10:00:00  running for 5 s
              700 executions of its own have ended, 2 of them failed
        RUNNING for 5 s: is in Import
    "#]],
    );
}
