//! The ways through a machine, one by one.

use serde::Serialize;

use super::amount::Amount;
use super::figures::Range;
use super::walk::Container;
use crate::asl::State;

/// No more are listed; the rest is counted.
const WAYS_LISTED: usize = 40;
/// No more are looked for.
const WAYS_COUNTED: usize = 10_000;

/// A way through the machine on which nothing fails; loops are gone round as often as they may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Way {
    /// Its states, each once.
    pub states: Vec<String>,
    /// Where it ends in a Fail state: the error's name, or the expression that yields it.
    pub error: Option<String>,
    /// What it takes: at the least, and with every choice inside of it and every round.
    pub figures: Range,
}

/// What a failure leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Caught {
    /// The state that fails.
    pub state: String,
    /// The errors that are caught.
    pub errors: Vec<String>,
    /// The first state of what is done then.
    pub handler: String,
    /// What the whole execution takes, if this fails.
    pub figures: Range,
}

/// All ways, and how many more there are.
pub(super) fn ways(container: &Container<'_>) -> (Vec<Way>, usize) {
    let mut search = Search { container, path: Vec::new(), found: Vec::new(), more: 0 };
    if let Some(start) = container.start {
        search.from(start);
    }
    search.found.sort_by_key(|way| (way.error.is_some(), way.figures.least.transitions.least(), way.states.len()));
    (search.found, search.more)
}

struct Search<'c, 'a> {
    container: &'c Container<'a>,
    path: Vec<usize>,
    found: Vec<Way>,
    more: usize,
}

impl Search<'_, '_> {
    fn from(&mut self, state: usize) {
        if self.path.contains(&state) || self.found.len() + self.more >= WAYS_COUNTED {
            return;
        }
        self.path.push(state);
        let here = self.container.states.get_index(state).map(|(_, state)| state);
        if here.is_some_and(State::is_terminal) {
            if self.found.len() < WAYS_LISTED {
                self.found.push(self.way(here));
            } else {
                self.more += 1;
            }
        }
        for next in &self.container.good[state] {
            self.from(*next);
        }
        self.path.pop();
    }

    fn way(&self, end: Option<&State>) -> Way {
        let error = match end {
            Some(State::Fail(fail)) => Some(fail.error.clone().unwrap_or_default()),
            _ => None,
        };
        let states = self.path.iter().map(|state| self.container.name(*state).to_owned()).collect();
        Way { states, error, figures: self.figures() }
    }

    /// Of the states of this way and of the loops that it passes, in that order only.
    fn figures(&self) -> Range {
        let Some((start, end)) = self.path.first().zip(self.path.last()) else { return Range::default() };
        // Between two states of the way only the next one is chosen, unless a state leads back.
        let edges: Vec<Vec<usize>> = (0..self.container.states.len())
            .map(|state| match self.path.iter().position(|other| *other == state) {
                Some(place) => {
                    let next = self.path.get(place + 1);
                    let leads = self.container.good[state].iter().copied();
                    leads.filter(|to| Some(to) == next || self.leads_back(*to, place)).collect()
                }
                None => self.container.good[state].clone(),
            })
            .collect();
        let least = self.container.least(*start, &edges).remove(end).unwrap_or_default();
        let most = self.container.most(*start, &edges, |measured| &measured.good.most).remove(end).unwrap_or_default();
        Range { least, most }
    }

    /// Whether one comes from there to this place of the way again, or to one before it.
    fn leads_back(&self, from: usize, place: usize) -> bool {
        let (mut seen, mut open) = (vec![from], vec![from]);
        while let Some(state) = open.pop() {
            match self.path.iter().position(|other| *other == state) {
                Some(back) if back <= place => return true,
                Some(_) => continue,
                None => {}
            }
            for next in &self.container.good[state] {
                if !seen.contains(next) {
                    seen.push(*next);
                    open.push(*next);
                }
            }
        }
        false
    }
}

/// What each catcher leads to.
pub(super) fn caught(container: &Container<'_>) -> Vec<Caught> {
    let Some(start) = container.start else { return Vec::new() };
    let least = container.least(start, &container.all);
    let most = container.most(start, &container.all, |measured| &measured.worst);
    let mut all = Vec::new();
    for (index, (name, state)) in container.states.iter().enumerate() {
        let (Some(least), Some(most)) = (least.get(&index), most.get(&index)) else { continue };
        for catcher in state.catch() {
            let Some(handler) = container.states.get_index_of(&catcher.next) else { continue };
            let fewest = container.least(handler, &container.all);
            let ends = |index: &usize| container.states.get_index(*index).is_some_and(|(_, state)| state.is_terminal());
            let fewest = fewest.into_iter().filter(|(index, _)| ends(index)).map(|(_, figures)| figures);
            let after = container.most(handler, &container.all, |measured| &measured.worst);
            let after = after.into_values().reduce(|a, b| a.or_more(&b)).unwrap_or_default();
            let figures = Range {
                least: least.then(&fewest.reduce(|a, b| a.or_less(&b)).unwrap_or_default()),
                most: most.then(&after),
            };
            let (errors, handler) = (catcher.error_equals.clone(), catcher.next.clone());
            all.push(Caught { state: name.clone(), errors, handler, figures });
        }
    }
    all
}

/// Whether the number is more than the limit; `None` where that hangs on what nobody knows.
pub(super) fn is_more(amount: &Amount, limit: u64) -> Option<bool> {
    match amount.number() {
        Some(number) => Some(number > limit),
        None if amount.least() > limit => Some(true),
        None => None,
    }
}
