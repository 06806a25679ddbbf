//! The readable trail, as a person sees it.
#![expect(clippy::needless_raw_string_hashes, reason = "snapshots are written so")]

mod again;

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
