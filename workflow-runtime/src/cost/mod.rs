//! What an execution takes and costs, told from the state machine alone: state transitions and their price, events against
//! the 25,000 of one history, and how long it may last.
//!
//! Begin with [`Cost::of`]. Nothing is measured: an upper bound holds for every run, whatever steps answer. What hangs on
//! loops and Maps is a formula, `12 + 3 × rounds(Poll)`, until [`Assumptions`] make it a number. Pure.
//!
//! ```
//! use workflow_runtime::cost::Cost;
//! use workflow_runtime::prelude::*;
//!
//! # #[derive(Debug, thiserror::Error, Serialize, Deserialize, StepError)]
//! # pub enum CardError { #[error("declined")] Declined }
//! #[step(timeout = "10s", retry(on(CardError::Declined), interval = "2s", max_attempts = 2, backoff_rate = 2.0))]
//! pub async fn charge(cents: u32) -> Result<String, CardError> {
//!     Ok(format!("paid {cents}"))
//! }
//!
//! workflow! {
//!     pub async fn pay(cents: u32) -> Result<String> {
//!         let receipt = charge(cents).await?;
//!         Ok(receipt)
//!     }
//! }
//!
//! # fn main() -> Result<(), workflow_runtime::DefinitionError> {
//! let cost = Cost::of::<Pay>()?;
//! assert_eq!(cost.good.most.transitions.number(), Some(1));
//! assert!(cost.worst.events.at_most(100));
//! # Ok(())
//! # }
//! ```

mod amount;
mod budget;
mod express;
mod figures;
mod measure;
mod price;
#[cfg(test)]
mod tests;
mod walk;
mod ways;

use std::collections::BTreeMap;

use serde::Serialize;

pub(crate) use amount::grouped;
pub use amount::{Amount, Assumptions, Quantity, Unknown};
#[cfg(feature = "cli")]
pub(crate) use budget::lasting;
pub use budget::{Budget, Overrun};
pub use figures::{Figures, Range};
pub use price::{FREE_TRANSITIONS, Region, billed, express};
pub use ways::{Caught, Way};

use crate::asl::resource::function_key;
use crate::asl::{State, StateMachine};
use crate::nested::{ChildWorkflow, WorkflowKind};
use crate::workflow::{Definition, DefinitionError, Workflow};
use measure::{Known, Measured, Started};
use walk::Container;

/// The most events that Step Functions keeps of one Standard execution; the execution fails at the next.
pub const EVENTS_MAX: u64 = 25_000;

/// What an execution of a workflow takes.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Cost {
    /// The workflow's name.
    pub workflow: String,
    /// How it runs.
    pub kind: WorkflowKind,
    /// Where no step fails: the least and the most of all ways that end well.
    pub good: Range,
    /// At the worst: every retry of a step is needed, and the longest way is taken.
    pub worst: Figures,
    /// At the worst, while Lambda itself fails as often as AWS asks everybody to try again (`Lambda.ServiceException` and the
    /// like, whose retrier every step has).
    pub outage: Figures,
    /// The ways on which nothing fails, the shortest first.
    pub ways: Vec<Way>,
    /// How many more there are.
    pub more_ways: usize,
    /// What each caught failure leads to.
    pub caught: Vec<Caught>,
    /// What keeps it from being an Express workflow; empty for one that could be.
    pub not_express: Vec<String>,
}

impl Cost {
    /// Of a workflow, with the workflows that it starts.
    ///
    /// # Errors
    /// Those of [`Workflow::try_definition`], of any of them.
    pub fn of<W: Workflow>() -> Result<Self, DefinitionError> {
        Self::of_workflow(ChildWorkflow::of::<W>())
    }

    /// As [`of`](Self::of), of a workflow whose type is not at hand.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn of_workflow(workflow: ChildWorkflow) -> Result<Self, DefinitionError> {
        let definition = (workflow.definition)()?;
        let started = Family::default().children(&workflow)?;
        let known = Known { rounds: &definition.rounds, workflows: &started };
        Ok(Self::with(definition.name(), definition.kind(), definition.state_machine(), &known))
    }

    /// Of a state machine; what is not known of the workflows that it starts is not in it.
    pub fn of_definition(definition: &Definition) -> Self {
        Self::of_machine(definition.name(), definition.kind(), definition.state_machine(), &definition.rounds)
    }

    /// As [`of_definition`](Self::of_definition), of its parts.
    pub(crate) fn of_machine(
        name: &str,
        kind: WorkflowKind,
        machine: &StateMachine,
        rounds: &BTreeMap<String, u64>,
    ) -> Self {
        Self::with(name, kind, machine, &Known { rounds, workflows: &BTreeMap::new() })
    }

    fn with(name: &str, kind: WorkflowKind, machine: &StateMachine, known: &Known<'_>) -> Self {
        let container = Container::new(&machine.states, &machine.start_at, known);
        let Measured { good, worst, outage } = whole(machine, &container);
        let (ways, more_ways) = ways::ways(&container);
        let not_express = express::obstacles(machine, &worst);
        Self {
            workflow: name.to_owned(),
            kind,
            good,
            worst,
            outage,
            ways,
            more_ways,
            caught: ways::caught(&container),
            not_express,
        }
    }

    /// The loops and Maps that it hangs on.
    pub fn unknowns(&self) -> Vec<&Unknown> {
        let worst = &self.worst;
        let amounts = [
            &worst.transitions,
            &worst.events,
            &worst.seconds,
            &worst.nested_transitions,
            &worst.express_executions,
            &self.good.most.transitions,
            &self.good.most.seconds,
        ];
        let mut all: Vec<&Unknown> = amounts.into_iter().flat_map(Amount::unknowns).collect();
        all.sort();
        all.dedup_by(|a, b| (a.quantity, &a.state) == (b.quantity, &b.state));
        all
    }

    /// Whether a Standard execution may end because its history is full; `None` where that hangs on [`Unknown`]s.
    pub fn may_fill_history(&self) -> Option<bool> {
        if self.kind.is_express() { Some(false) } else { ways::is_more(&self.worst.events, EVENTS_MAX) }
    }
}

/// How many events a round of each loop makes at the least, whatever fails, by the state that every round comes through.
/// `rounds` says how often loops go back to theirs, where that is known.
pub(crate) fn shortest_rounds(machine: &StateMachine, rounds: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let known = Known { rounds, workflows: &BTreeMap::new() };
    let mut found = BTreeMap::new();
    let mut open = vec![(&machine.states, machine.start_at.as_str())];
    while let Some((states, start)) = open.pop() {
        let container = Container::new(states, start, &known);
        let shortest = container.shortest_rounds().into_iter();
        found.extend(shortest.map(|(head, round)| (container.name(head).to_owned(), round.events.least())));
        // An Express execution keeps no events.
        let inside = states.values().flat_map(State::branches).filter(|inner| !inner.is_express());
        open.extend(inside.map(|inner| (&inner.states, inner.start_at.as_str())));
    }
    found
}

/// Of an execution as a whole: it begins and ends, and lasts no longer than its timeout.
fn whole(machine: &StateMachine, container: &Container<'_>) -> Measured {
    let execution = |figures: Figures| {
        let whole = Figures::own(0, 2).then(&figures);
        let limit = machine.timeout_seconds.map(Amount::from);
        let seconds = limit.map_or_else(|| whole.seconds.clone(), |limit| capped(&whole.seconds, limit));
        whole.lasting(seconds)
    };
    let Range { least, most } = container.good().unwrap_or_default();
    Measured {
        good: Range { least: execution(least), most: execution(most) },
        worst: execution(container.worst()),
        outage: execution(container.outage()),
    }
}

/// A number that surely is no more than the limit stays.
fn capped(seconds: &Amount, limit: Amount) -> Amount {
    match (seconds.number(), limit.number()) {
        (Some(own), Some(limit)) => own.min(limit).into(),
        _ => limit,
    }
}

/// Workflows that are being looked at, outermost first.
#[derive(Default)]
struct Family {
    open: Vec<&'static str>,
}

impl Family {
    fn children(&mut self, workflow: &ChildWorkflow) -> Result<BTreeMap<String, Started>, DefinitionError> {
        let mut started = BTreeMap::new();
        self.open.push(workflow.name);
        for child in (workflow.children)() {
            let key = function_key(child.name).into_owned();
            if started.contains_key(&key) {
                continue;
            }
            let figures = if self.open.contains(&child.name) {
                let endless = Amount::unbounded(format!("{} starts itself again", child.name));
                let figures = Figures {
                    transitions: endless.clone(),
                    seconds: if child.waits { endless } else { Amount::default() },
                    ..Figures::default()
                };
                Started {
                    express: child.kind.is_express(),
                    good: Range { least: Figures::default(), most: figures.clone() },
                    worst: figures.clone(),
                    outage: figures,
                }
            } else {
                let definition = (child.definition)()?;
                let own = self.children(&child)?;
                let machine = definition.state_machine();
                let known = Known { rounds: &definition.rounds, workflows: &own };
                let container = Container::new(&machine.states, &machine.start_at, &known);
                let Measured { good, worst, outage } = whole(machine, &container);
                Started { express: child.kind.is_express(), good, worst, outage }
            };
            started.insert(key, figures);
        }
        self.open.pop();
        Ok(started)
    }
}
