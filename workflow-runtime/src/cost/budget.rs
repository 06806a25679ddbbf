//! Bounds that a workflow promises to keep: `#[workflow(timeout = "..", max_transitions = n)]`.

use super::amount::{Amount, Assumptions, Unknown, grouped};
use super::{Cost, Figures};

/// What `#[workflow(..)]` says of an execution's bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// `max_transitions = n`: the most state transitions of one execution, retries and handlers counted.
    pub max_transitions: Option<u64>,
    /// `timeout = ".."`: every retry and wait must fit into it.
    pub timeout_seconds: Option<u64>,
    /// `assume(State = n)`: no more rounds of a loop, items of a Map or seconds of a wait.
    pub assume: &'static [(&'static str, u64)],
}

/// A bound that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overrun {
    /// More transitions than `max_transitions`.
    Transitions(String),
    /// Longer than `timeout`.
    Seconds(String),
    /// Nothing tells how often something happens.
    Unknown(String),
    /// `assume` names no state that anything hangs on.
    Assumption(String),
}

impl Budget {
    /// Whether there is anything to check.
    pub fn is_empty(&self) -> bool {
        self.max_transitions.is_none() && self.timeout_seconds.is_none() && self.assume.is_empty()
    }

    fn assumptions(&self) -> Assumptions {
        self.assume.iter().fold(Assumptions::new(), |all, (state, number)| all.with(*state, *number))
    }

    /// What does not hold of a workflow without its `TimeoutSeconds`.
    pub fn overruns(&self, cost: &Cost) -> Vec<Overrun> {
        let mut found = Vec::new();
        let assumptions = self.assumptions();
        for state in assumptions.states() {
            if !cost.unknowns().iter().any(|unknown| unknown.state == state) {
                found.push(Overrun::Assumption(unused(state, cost)));
            }
        }
        if let Some(most) = self.max_transitions {
            found.extend(transitions(most, &cost.worst, &assumptions));
        }
        if let Some(timeout) = self.timeout_seconds {
            found.extend(seconds(timeout, &cost.worst.seconds, &assumptions));
        }
        found
    }
}

fn unused(state: &str, cost: &Cost) -> String {
    let known: Vec<String> = cost.unknowns().into_iter().map(|unknown| format!("`{}`", unknown.state)).collect();
    if known.is_empty() {
        return format!(
            "`assume({state} = ..)`: nothing in this workflow hangs on a number of rounds or items: leave it out"
        );
    }
    format!("`assume({state} = ..)`: no loop, Map or wait is called `{state}`; there are {}", known.join(", "))
}

fn transitions(most: u64, worst: &Figures, assumptions: &Assumptions) -> Option<Overrun> {
    let (least, limit) = (worst.transitions.least(), grouped(most));
    match worst.transitions.at(assumptions) {
        Some(number) if number <= most => None,
        Some(number) => Some(Overrun::Transitions(format!(
            "an execution may take {} state transitions, and `max_transitions` is {limit}: raise it, or lower `max_attempts` of \
             retries{}",
            grouped(number),
            formula(&worst.transitions)
        ))),
        None if least > most => Some(Overrun::Transitions(format!(
            "an execution may take {} state transitions and more, and `max_transitions` is {limit}: raise it, or lower \
             `max_attempts` of retries{}",
            grouped(least),
            formula(&worst.transitions)
        ))),
        None => Some(Overrun::Unknown(format!(
            "nothing tells whether an execution keeps to `max_transitions = {most}`{}: {}",
            formula(&worst.transitions),
            say(&worst.transitions, assumptions)
        ))),
    }
}

/// The formula, where it is one.
fn formula(amount: &Amount) -> String {
    if amount.number().is_some() { String::new() } else { format!(" (it is {amount})") }
}

fn say(amount: &Amount, assumptions: &Assumptions) -> String {
    if let Some(reason) = amount.reasons().next() {
        return format!("{reason}, so that there is no bound");
    }
    let named: Vec<&str> = assumptions.states().collect();
    let open = amount.unknowns().into_iter().filter(|unknown| !named.contains(&unknown.state.as_str()));
    let mut said: Vec<String> = open.map(|Unknown { state, .. }| format!("{state} = n")).collect();
    said.dedup();
    format!("say the most with `#[workflow(assume({}))]`", said.join(", "))
}

fn seconds(timeout: u64, worst: &Amount, assumptions: &Assumptions) -> Option<Overrun> {
    let number = worst.at(assumptions).unwrap_or_else(|| worst.least());
    (number > timeout).then(|| {
        Overrun::Seconds(format!(
            "timeouts, waits and retries of the longest way sum up to {}, and the workflow's timeout is {}: it would end in the \
             middle of them; raise it, or shorten what is in it",
            lasting(number),
            lasting(timeout)
        ))
    })
}

/// `2 h 5 min`
pub(crate) fn lasting(seconds: u64) -> String {
    let mut parts = Vec::new();
    let mut left = seconds;
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)] {
        let number = left / length;
        left %= length;
        if number > 0 {
            parts.push(format!("{} {unit}", grouped(number)));
        }
    }
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_for_people() {
        assert_eq!(lasting(0), "0 s");
        assert_eq!(lasting(7_505), "2 h 5 min 5 s");
        assert_eq!(lasting(14 * 86_400), "14 d");
    }
}
