//! Answers of steps that run side by side arrive in every order: whether that makes a difference.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use super::assert::{aligned, columns, ended};
use super::facts::Facts;
use super::gate::{Choice, Order};
use super::kit::Test;
use super::log::Called;
use super::run::Run;
use super::session::{Disturbance, Finished};
use crate::workflow::Workflow;

/// Lets the answers of steps that run side by side, in branches and maps, arrive in every order, and compares what the
/// workflow comes to.
///
/// What branches had done that were cut off by a sibling's failure is not compared; what it all came to is. Timers take their
/// turns by their times, not by choice.
///
/// For a workflow whose steps need [data](Test::fresh_data) or are mocked: [`Test::interleave_everywhere`].
///
/// # Panics
/// With both orders where the outcome depends on the order.
#[track_caller]
pub fn interleave_everywhere<W: Workflow>(input: W::Input) -> InterleaveReport {
    Test::<W>::new().interleave_everywhere(input)
}

/// What came of the orders.
#[derive(Clone, Debug)]
pub struct InterleaveReport {
    workflow: String,
    /// How many different orders were tried.
    pub tried: usize,
    /// Of how many.
    pub orders: Orders,
    /// What it came to, the most frequent first. One where no order makes a difference.
    pub outcomes: Vec<Outcome>,
}

/// How many orders there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orders {
    /// Counted.
    Exactly(usize),
    /// Estimated from those that were drawn.
    About(u64),
}

impl std::fmt::Display for Orders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(orders) => write!(f, "{orders}"),
            Self::About(orders) => write!(f, "about {orders}"),
        }
    }
}

/// Something that the workflow came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub end: String,
    /// The states it went through.
    pub path: Vec<String>,
    /// In how many orders.
    pub orders: usize,
    /// The first of them: the states in the order in which their answers arrived.
    pub order: Vec<String>,
}

impl InterleaveReport {
    /// Whether no order makes a difference.
    pub fn is_ok(&self) -> bool {
        self.outcomes.len() <= 1
    }

    /// # Panics
    /// Where the outcome depends on the order.
    #[track_caller]
    pub fn assert_ok(&self) -> &Self {
        assert!(self.is_ok(), "{self}");
        self
    }
}

impl std::fmt::Display for InterleaveReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "`{}`: {} of {} orders of answers tried", self.workflow, self.tried, self.orders)?;
        let [first, others @ ..] = self.outcomes.as_slice() else { return Ok(()) };
        if others.is_empty() {
            return writeln!(f, "the order makes no difference: it {}", first.end);
        }
        writeln!(f, "the outcome depends on the order in which answers arrive:")?;
        for outcome in &self.outcomes {
            writeln!(f, "\nin {} of them it {}", outcome.orders, outcome.end)?;
            writeln!(f, "  as when answers arrive in this order: {}", outcome.order.join(", "))?;
        }
        for other in others.iter().filter(|other| other.path != first.path) {
            let left: Vec<&str> = first.path.iter().map(String::as_str).collect();
            let right: Vec<&str> = other.path.iter().map(String::as_str).collect();
            let rows = aligned(&left, &right, &other.path);
            writeln!(f, "\nthe ways they go:\n{}", columns("first", "other", &rows).trim_end())?;
        }
        Ok(())
    }
}

/// Orders that were tried, and what they came to.
#[derive(Default)]
struct Tried {
    orders: BTreeSet<Vec<(usize, usize)>>,
    outcomes: Vec<Outcome>,
    /// Per drawn order how many there would be if all were like it.
    estimates: Vec<f64>,
}

impl<W: Workflow> Test<W> {
    /// Lets answers arrive in every order, see [`interleave_everywhere`]; up to the [`limit`](Self::limit), and drawn by the
    /// seed beyond it.
    ///
    /// # Panics
    /// With both orders where the outcome depends on the order.
    #[track_caller]
    pub fn interleave_everywhere(&self, input: W::Input) -> InterleaveReport {
        let report = self.interleave_report(input);
        report.assert_ok();
        report
    }

    /// The same, but only tells.
    ///
    /// # Panics
    /// Where the test is at fault.
    #[track_caller]
    pub fn interleave_report(&self, input: W::Input) -> InterleaveReport {
        let input = Self::json(&input);
        let mut tried = Tried::default();
        let mut next = Some(Vec::new());
        while let Some(choices) = next.take() {
            if tried.orders.len() >= self.limit {
                next = Some(choices);
                break;
            }
            let made = self.try_order(&input, Order::Given(choices), &mut tried);
            next = after(&made);
        }
        if next.is_some() {
            tried = Tried::default();
            for draw in 0..self.limit as u64 {
                let seed = self.plan.seed.wrapping_mul(1_000_003).wrapping_add(draw);
                let made = self.try_order(&input, Order::Drawn(seed), &mut tried);
                tried.estimates.push(made.iter().map(|choice| count(choice.of)).product());
            }
        }
        let Tried { orders, mut outcomes, estimates } = tried;
        outcomes.sort_by_key(|outcome| std::cmp::Reverse(outcome.orders));
        let all = if estimates.is_empty() { Orders::Exactly(orders.len()) } else { Orders::About(mean(&estimates)) };
        InterleaveReport { workflow: W::NAME.to_owned(), tried: orders.len(), orders: all, outcomes }
    }

    #[track_caller]
    fn try_order(&self, input: &Arc<serde_json::Value>, order: Order, tried: &mut Tried) -> Vec<Choice> {
        let finished = self.run_disturbed(input, Disturbance { order, ..Disturbance::default() });
        let made = finished.choices.clone();
        let run = Run::<W>::new(Arc::new(finished));
        if !tried.orders.insert(made.iter().map(|choice| (choice.taken, choice.of)).collect()) {
            return made;
        }
        let (end, path) = outcome(&run.finished, &run.facts);
        if let Some(known) = tried.outcomes.iter_mut().find(|known| known.end == end && known.path == path) {
            known.orders += 1;
        } else {
            let order = made.iter().map(|choice| choice.label.clone()).collect();
            tried.outcomes.push(Outcome { end, path, orders: 1, order });
        }
        made
    }
}

/// The next order in a walk through all of them.
fn after(made: &[Choice]) -> Option<Vec<usize>> {
    let last = made.iter().rposition(|choice| choice.taken + 1 < choice.of)?;
    let mut next: Vec<usize> = made.iter().take(last).map(|choice| choice.taken).collect();
    next.push(made.get(last)?.taken + 1);
    Some(next)
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn count(of: usize) -> f64 {
    of as f64
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate of something positive"
)]
fn mean(estimates: &[f64]) -> u64 {
    (estimates.iter().sum::<f64>() / estimates.len() as f64).round() as u64
}

/// What it came to, without what depends on the order by nature: numbers of events.
fn outcome(finished: &Finished, facts: &Facts) -> (String, Vec<String>) {
    let error = facts.error.clone().unwrap_or_default();
    let output = facts.output.as_ref().map(|output| format!(" with {output}")).unwrap_or_default();
    let mut end = format!("{}{output}", ended(facts.status, &error));
    for child in finished.executions.iter().skip(1) {
        let facts = Facts::of(child);
        let error = facts.error.clone().unwrap_or_default();
        let output = facts.output.as_ref().map(|output| format!(" with {output}")).unwrap_or_default();
        let _ = write!(end, "; `{}` {}{output}", child.workflow, ended(facts.status, &error));
    }
    (plain(end, &finished.calls), facts.settled_path())
}

/// Names for keys and numbers of events.
fn plain(mut text: String, calls: &[Called]) -> String {
    let mut keys: Vec<(&str, &str)> = calls.iter().map(|call| (&*call.key, &*call.state)).collect();
    // A longer one may begin like a shorter one.
    keys.sort_by_key(|(key, _)| std::cmp::Reverse(key.len()));
    for (key, state) in keys {
        text = text.replace(key, &format!("(the key of {state})"));
    }
    let mut parts = text.split("event id #");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str("event id #..");
        plain.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    plain
}
