//! Rounds, redrives, iterations, and what comes of stops and times.

use super::*;

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
