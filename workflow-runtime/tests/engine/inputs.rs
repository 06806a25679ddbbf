//! Inputs that come late, twice or for nothing: each has an answer, none an error.

use serde_json::json;
use std::sync::Arc;
use workflow_runtime::engine::{
    EngineError, Execution, ExecutionStatus, Input, ScopeId, Stale, TaskId, TimerId, decide,
};

use crate::story::{SEED, Story, compile, definition, error, identity};

fn two_tasks() -> Story {
    let states = json!({
        "A": { "Type": "Task", "Resource": "r", "TimeoutSeconds": 10, "Next": "B" },
        "B": { "Type": "Task", "Resource": "r", "HeartbeatSeconds": 5, "End": true },
    });
    Story::of("A", states, json!({}))
}

#[test]
fn a_closed_task_takes_no_answer() {
    let mut story = two_tasks();
    let a = story.task("A");
    story.succeed("A", json!(1));
    for input in [
        Input::TaskSucceeded { task: a, output: Arc::new(json!(2)) },
        Input::TaskFailed { task: a, error: error("X", "") },
        Input::TaskSubmitted { task: a },
        Input::TaskHeartbeat { task: a },
    ] {
        story.stale(&input, Stale::TaskClosed);
    }
    story.stale(&Input::TimerFired { timer: TimerId::TaskTimeout(a) }, Stale::TimerObsolete);
}

#[test]
fn what_never_was_is_unknown() {
    let mut story = two_tasks();
    for task in [TaskId(0), TaskId(5), TaskId(u64::MAX)] {
        story.stale(&Input::TaskHeartbeat { task }, Stale::TaskUnknown);
    }
    for timer in [
        TimerId::Retry(ScopeId(0)),
        TimerId::Wait(ScopeId(9)),
        TimerId::TaskHeartbeat(TaskId(3)),
        TimerId::TaskTimeout(TaskId(99)),
    ] {
        story.stale(&Input::TimerFired { timer }, Stale::TimerObsolete);
    }
}

#[test]
fn a_timer_that_fires_too_early_is_set_again() {
    let mut story = two_tasks();
    let timer = TimerId::TaskTimeout(story.task("A"));
    let decision = story.input(&Input::TimerFired { timer });
    assert_eq!((decision.stale, decision.events.len(), decision.effects.len()), (None, 0, 1));
    assert_eq!(story.effects.last(), story.effects.get(1), "the same due time");
}

#[test]
fn signs_of_life_that_nobody_counts_are_not_stored() {
    let mut story = two_tasks();
    story.heartbeat("A");
    assert_eq!(story.records.len(), 1);
    story.succeed("A", json!(1)).heartbeat("B");
    assert_eq!(story.records.len(), 3);
    let twice = story.submit("B");
    let records = story.records.len();
    assert_eq!(story.input(&Input::TaskSubmitted { task: twice }).stale, None);
    assert_eq!(story.records.len(), records, "parked once");
}

#[test]
fn a_stop_ends_it_with_what_they_said() {
    let mut story = two_tasks();
    story.tell(&Input::Stop { error: error("Operator", "enough") });
    assert_eq!(story.status(), ExecutionStatus::Aborted);
    assert_eq!(story.execution.error(), Some(&error("Operator", "enough")));
    assert_eq!(story.execution.stopped_at(), Some(story.now));
    assert!(story.running.is_empty() && story.timers.is_empty());
    story.stale(&Input::Stop { error: error("Operator", "again") }, Stale::ExecutionClosed);
}

#[test]
fn only_a_start_comes_first_and_only_once() {
    let machine = compile(&definition("S", json!({ "S": { "Type": "Succeed" } })));
    let fresh = Execution::new(identity());
    let now = workflow_runtime::time::Timestamp::from_millis(0);
    assert_eq!(decide(&machine, &fresh, &Input::Redrive, now).err(), Some(EngineError::NotStarted));
    let mut story = two_tasks();
    let start = Input::Start { input: Arc::new(json!({})), seed: SEED };
    let refused = workflow_runtime::engine::step(&story.machine, &mut story.execution, &start, now);
    assert_eq!(refused.err(), Some(EngineError::AlreadyStarted));
    assert_eq!(fresh.status(), None);
    assert_eq!(fresh.verify_token("7-3-00000000000000000000000000000000"), None);
}
