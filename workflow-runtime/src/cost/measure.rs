//! What one state takes: where nothing fails, where everything fails that may, and where the platform fails too.

use std::collections::BTreeMap;

use serde_json::Value;

use super::amount::{Amount, Quantity};
use super::figures::{Figures, Range};
use super::walk::Container;
use crate::asl::resource::{ExecutionCall, START_EXECUTION, parse, parse_execution, service_action};
use crate::asl::{Branch, Map, Parallel, Retrier, State, Task, Wait};

/// What AWS runs at once of an inline Map that says nothing.
const INLINE_CONCURRENCY: u64 = 40;

/// What is known besides the machine.
pub(super) struct Known<'a> {
    /// How often loops go back to these states.
    pub(super) rounds: &'a BTreeMap<String, u64>,
    /// What an execution of these workflows takes, by the key that stands in the machine.
    pub(super) workflows: &'a BTreeMap<String, Started>,
}

/// A workflow that may be started.
#[derive(Clone, Debug)]
pub(super) struct Started {
    pub(super) express: bool,
    pub(super) good: Range,
    pub(super) worst: Figures,
    pub(super) outage: Figures,
}

/// What a state takes.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    /// Where nothing fails.
    pub(super) good: Range,
    /// Where steps fail as often as they are tried.
    pub(super) worst: Figures,
    /// Where Lambda itself fails as well, as often as that is tried again.
    pub(super) outage: Figures,
}

impl Measured {
    fn fixed(figures: Figures) -> Self {
        let good = Range { least: figures.clone(), most: figures.clone() };
        Self { good, worst: figures.clone(), outage: figures }
    }
}

/// Which failures are counted.
#[derive(Clone, Copy, PartialEq)]
enum Failures {
    Steps,
    All,
}

pub(super) fn measure(name: &str, state: &State, known: &Known<'_>) -> Measured {
    match state {
        State::Choice(_) | State::Pass(_) | State::Succeed(_) => Measured::fixed(Figures::own(1, 2)),
        State::Fail(_) => Measured::fixed(Figures::own(1, 1)),
        State::Wait(wait) => Measured::fixed(Figures::own(1, 2).lasting(wait_seconds(name, wait))),
        State::Task(task) => measure_task(name, task, known),
        State::Parallel(parallel) => measure_parallel(parallel, known),
        State::Map(map) if map.item_processor.is_distributed() => measure_distributed(name, map, known),
        State::Map(map) => measure_inline(name, map, known),
    }
}

fn wait_seconds(name: &str, wait: &Wait) -> Amount {
    match wait.seconds.as_ref().and_then(Value::as_u64) {
        Some(seconds) => seconds.into(),
        None => Amount::unknown(Quantity::Seconds, name, 1),
    }
}

fn measure_task(name: &str, task: &Task, known: &Known<'_>) -> Measured {
    let parked = match service_action(&task.resource) {
        Some((_, action)) => action.ends_with(".waitForTaskToken") || action.contains(".sync"),
        None => false,
    };
    // Scheduled, started, its end; between them what was submitted.
    let per_attempt: u64 = if parked { 4 } else { 3 };
    let call = parse_execution(&task.resource, task.arguments.as_ref());
    let started = call.as_ref().and_then(|call| known.workflows.get(call.workflow));
    let timeout = match (&task.timeout_seconds, &call) {
        (Some(seconds), _) => {
            seconds.as_u64().map_or_else(|| Amount::unknown(Quantity::Seconds, name, 1), Amount::from)
        }
        // It only starts something.
        (None, Some(ExecutionCall { waits: false, .. })) => Amount::default(),
        (None, Some(ExecutionCall { .. })) => match started {
            Some(started) => started.worst.seconds.clone(),
            None => Amount::unbounded(format!("{name} waits for the end of another workflow")),
        },
        (None, None) if task.resource == START_EXECUTION => Amount::default(),
        (None, None) if parse(&task.resource, task.arguments.as_ref()).is_none() && !parked => Amount::default(),
        (None, None) => Amount::unbounded(format!("{name} has no timeout")),
    };
    let once = |child: Option<&Figures>| {
        let figures = Figures::own(1, 2 + per_attempt);
        let Some((started, child)) = started.zip(child) else { return figures };
        figures.then(&of_child(started.express, child))
    };
    let good = Range {
        least: once(started.map(|started| &started.good.least)),
        most: once(started.map(|started| &started.good.most)).lasting(timeout.clone()),
    };
    let failing = |failures: Failures, of: fn(&Started) -> &Figures| {
        let attempts = attempts(&task.retry, failures);
        let tries = Amount::from(attempts);
        let child = started.map(|started| of_child(started.express, of(started))).unwrap_or_default();
        let own = Figures::own(attempts, per_attempt.saturating_mul(attempts).saturating_add(2));
        let seconds = timeout.times(&tries).plus(&delays(&task.retry, failures).into());
        own.then(&child.times(&tries)).lasting(seconds)
    };
    let worst = failing(Failures::Steps, |started| &started.worst);
    let outage = failing(Failures::All, |started| &started.outage);
    Measured { good, worst, outage }
}

/// What starting an execution adds to its parent's bill.
fn of_child(express: bool, child: &Figures) -> Figures {
    let mut figures = Figures {
        nested_transitions: child.nested_transitions.clone(),
        express_executions: child.express_executions.clone(),
        ..Figures::default()
    };
    if express {
        figures.express_executions = figures.express_executions.plus(&1.into());
    } else {
        figures.nested_transitions = figures.nested_transitions.plus(&child.transitions).plus(&1.into());
    }
    figures
}

fn measure_parallel(parallel: &Parallel, known: &Known<'_>) -> Measured {
    let branches: Vec<Measured> = parallel.branches.iter().map(|branch| container(branch, known)).collect();
    let all =
        |of: fn(&Measured) -> &Figures| branches.iter().fold(Figures::default(), |sum, branch| sum.beside(of(branch)));
    let inside = Measured {
        good: Range { least: all(|branch| &branch.good.least), most: all(|branch| &branch.good.most) },
        worst: all(|branch| &branch.worst),
        outage: all(|branch| &branch.outage),
    };
    again(&parallel.retry, &inside)
}

/// A state around others: entered and exited once, its inside begun and ended at each attempt.
fn again(retry: &[Retrier], inside: &Measured) -> Measured {
    let good = |inside: &Figures| Figures::own(1, 4).then(inside);
    let failing = |failures: Failures, inside: &Figures| {
        let tries = attempts(retry, failures);
        let own = Figures::own(tries, tries.saturating_mul(2).saturating_add(2));
        let all = own.then(&inside.times(&tries.into()));
        let seconds = all.seconds.plus(&delays(retry, failures).into());
        all.lasting(seconds)
    };
    Measured {
        good: Range { least: good(&inside.good.least), most: good(&inside.good.most) },
        worst: failing(Failures::Steps, &inside.worst),
        outage: failing(Failures::All, &inside.outage),
    }
}

fn container(branch: &Branch, known: &Known<'_>) -> Measured {
    let walked = Container::new(&branch.states, &branch.start_at, known);
    Measured { good: walked.good().unwrap_or_default(), worst: walked.worst(), outage: walked.outage() }
}

fn items(name: &str, map: &Map, per: u64) -> Amount {
    match &map.items {
        Some(Value::Array(items)) => (items.len() as u64).div_ceil(per.max(1)).into(),
        _ => Amount::unknown(Quantity::Items, name, per),
    }
}

fn measure_inline(name: &str, map: &Map, known: &Known<'_>) -> Measured {
    let iteration = container(&map.item_processor, known);
    let at_once = match &map.max_concurrency {
        None => INLINE_CONCURRENCY,
        Some(limit) => match limit.as_u64() {
            Some(0) => INLINE_CONCURRENCY,
            Some(limit) => limit.min(INLINE_CONCURRENCY),
            // An expression may say one.
            None => 1,
        },
    };
    let (count, waves) = (items(name, map, 1), items(name, map, at_once));
    // Each iteration is begun and ended.
    let all = |inside: &Figures| {
        let seconds = inside.seconds.times(&waves);
        Figures::own(0, 2).then(inside).times(&count).lasting(seconds)
    };
    let least = if count.number().is_some() { all(&iteration.good.least) } else { Figures::default() };
    let good = Range { least, most: all(&iteration.good.most) };
    again(&map.retry, &Measured { good, worst: all(&iteration.worst), outage: all(&iteration.outage) })
}

fn measure_distributed(name: &str, map: &Map, known: &Known<'_>) -> Measured {
    let child = container(&map.item_processor, known);
    let batch = map.item_batcher.as_ref().and_then(|batcher| batcher.get("MaxItemsPerBatch")).and_then(Value::as_u64);
    let children = items(name, map, batch.unwrap_or(1));
    let at_once = map.max_concurrency.as_ref().and_then(Value::as_u64).filter(|limit| *limit > 0);
    let express = map.item_processor.is_express();
    let all = |inside: &Figures| {
        let seconds = match at_once {
            Some(limit) => inside.seconds.times(&items(name, map, limit.saturating_mul(batch.unwrap_or(1)))),
            None if inside.seconds == Amount::default() => Amount::default(),
            None => inside.seconds.times(&items(name, map, batch.unwrap_or(1))),
        };
        of_child(express, inside).times(&children).lasting(seconds)
    };
    let least = if children.number().is_some() { all(&child.good.least) } else { Figures::default() };
    // The map run is begun and ended as well.
    let run = Figures::own(0, 2);
    let good = Range { least: run.then(&least), most: run.then(&all(&child.good.most)) };
    let (worst, outage) = (run.then(&all(&child.worst)), run.then(&all(&child.outage)));
    again(&map.retry, &Measured { good, worst, outage })
}

/// Those that count. Lambda's own errors have retriers of their own, which every Task gets.
fn counted(retry: &[Retrier], failures: Failures) -> impl Iterator<Item = &Retrier> {
    let platform = |retrier: &Retrier| retrier.error_equals.iter().all(|error| error.starts_with("Lambda."));
    retry.iter().filter(move |retrier| failures == Failures::All || !platform(retrier))
}

/// The first attempt, and every retrier's retries: each counts for itself.
fn attempts(retry: &[Retrier], failures: Failures) -> u64 {
    counted(retry, failures).fold(1, |sum: u64, retrier| sum.saturating_add(retrier.max_attempts.unwrap_or(3)))
}

/// The longest that all retries together wait, in whole seconds.
fn delays(retry: &[Retrier], failures: Failures) -> u64 {
    let mut sum = 0_u64;
    for retrier in counted(retry, failures) {
        let most = retrier.max_delay_seconds.unwrap_or(u64::MAX);
        let rate = retrier.backoff_rate();
        let mut delay = retrier.interval_seconds.unwrap_or(1);
        let mut left = retrier.max_attempts.unwrap_or(3);
        while left > 0 {
            let whole = delay.min(most);
            sum = sum.saturating_add(whole);
            left -= 1;
            let next = scaled(delay, rate);
            // All that follow are the same.
            if whole == most || next == delay {
                sum = sum.saturating_add(next.min(most).saturating_mul(left));
                break;
            }
            delay = next;
        }
    }
    sum
}

/// Rounded up; what is beyond every delay of Step Functions stays there.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "bounded")]
fn scaled(delay: u64, rate: f64) -> u64 {
    const MOST: f64 = 1e15;
    let next = (delay as f64 * rate).ceil();
    if next.is_finite() && next < MOST { (next.max(0.0)) as u64 } else { MOST as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_up_to_the_longest() {
        let delays_of = |retry: &[Retrier]| delays(retry, Failures::All);
        let attempts_of = |retry: &[Retrier]| attempts(retry, Failures::All);
        let retrier = |interval, attempts, rate, most| Retrier {
            error_equals: vec!["Lambda.ServiceException".to_owned()],
            interval_seconds: Some(interval),
            max_attempts: Some(attempts),
            backoff_rate: serde_json::Number::from_f64(rate),
            max_delay_seconds: most,
            ..Retrier::default()
        };
        assert_eq!(delays_of(&[retrier(2, 3, 2.0, None)]), 2 + 4 + 8);
        assert_eq!(delays_of(&[retrier(2, 4, 2.0, Some(5))]), 2 + 4 + 5 + 5);
        assert_eq!(delays_of(&[retrier(3, 99_999_999, 1.0, None)]), 3 * 99_999_999);
        assert_eq!(delays_of(&[retrier(1, 0, 2.0, None), Retrier::default()]), 1 + 2 + 4);
        assert_eq!(attempts_of(&[retrier(1, 2, 1.0, None), Retrier::default()]), 6);
        assert_eq!(attempts(&[retrier(1, 2, 1.0, None)], Failures::Steps), 1);
        assert!(delays_of(&[retrier(1, 99_999_999, 10.0, None)]) > 1_000_000_000);
    }
}
