//! The least and the most of the ways through the states of one container.
//!
//! The most: strongly connected states are a loop. It is cut at the state by which it is entered; what lies between two visits
//! of that state is a round, and may hold loops of its own. The least never goes round.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::amount::{Amount, Quantity};
use super::figures::{Figures, Range};
use super::measure::{Known, Measured, measure};
use crate::asl::{State, TransitionKind};

/// The states of a machine, a branch or a processor, measured.
pub(super) struct Container<'a> {
    pub(super) states: &'a IndexMap<String, State>,
    pub(super) start: Option<usize>,
    pub(super) measured: Vec<Measured>,
    /// Where nothing fails.
    pub(super) good: Vec<Vec<usize>>,
    /// By catchers too.
    pub(super) all: Vec<Vec<usize>>,
    rounds: &'a BTreeMap<String, u64>,
}

type Set = BTreeSet<usize>;

impl<'a> Container<'a> {
    pub(super) fn new(states: &'a IndexMap<String, State>, start: &str, known: &Known<'a>) -> Self {
        let (mut good, mut all) = (Vec::new(), Vec::new());
        for state in states.values() {
            let targets = |caught: bool| {
                let transitions = state.transitions().into_iter();
                let kept = transitions.filter(|way| caught || !matches!(way.kind, TransitionKind::Catch(_)));
                let mut targets: Vec<usize> = kept.filter_map(|way| states.get_index_of(way.target)).collect();
                targets.sort_unstable();
                targets.dedup();
                targets
            };
            good.push(targets(false));
            all.push(targets(true));
        }
        let measured = states.iter().map(|(name, state)| measure(name, state, known)).collect();
        Self { states, start: states.get_index_of(start), measured, good, all, rounds: known.rounds }
    }

    pub(super) fn name(&self, state: usize) -> &'a str {
        self.states.get_index(state).map_or("", |(name, _)| name.as_str())
    }

    /// Whether an execution may end well here.
    pub(super) fn ends_well(&self, state: usize) -> bool {
        self.states.get_index(state).is_some_and(|(_, state)| state.is_terminal() && !matches!(state, State::Fail(_)))
    }

    /// Of the ways on which nothing fails and that end well; where there is none, of those that end at all.
    pub(super) fn good(&self) -> Option<Range> {
        let start = self.start?;
        let least = self.least(start, &self.good);
        let most = self.most(start, &self.good, |measured| &measured.good.most);
        let over = |ends: &dyn Fn(usize) -> bool| {
            let ends: Vec<usize> = (0..self.states.len()).filter(|state| ends(*state)).collect();
            let least = ends.iter().filter_map(|end| least.get(end)).cloned().reduce(|a, b| a.or_less(&b))?;
            let most = ends.iter().filter_map(|end| most.get(end)).cloned().reduce(|a, b| a.or_more(&b))?;
            Some(Range { least, most })
        };
        over(&|state| self.ends_well(state)).or_else(|| over(&|_| true))
    }

    /// Of all ways, wherever they end.
    pub(super) fn worst(&self) -> Figures {
        self.longest(|measured| &measured.worst)
    }

    /// As [`worst`](Self::worst), where the platform fails too.
    pub(super) fn outage(&self) -> Figures {
        self.longest(|measured| &measured.outage)
    }

    fn longest(&self, own: fn(&Measured) -> &Figures) -> Figures {
        let Some(start) = self.start else { return Figures::default() };
        let all = self.most(start, &self.all, own);
        all.into_values().reduce(|a, b| a.or_more(&b)).unwrap_or_default()
    }

    /// The least that it takes to come through each state that is reached.
    pub(super) fn least(&self, start: usize, edges: &[Vec<usize>]) -> BTreeMap<usize, Figures> {
        let own = |state: usize| &self.measured[state].good.least;
        let mut known = BTreeMap::from([(start, own(start).clone())]);
        let mut fresh = Set::from([start]);
        while let Some(state) = fresh.pop_first() {
            let Some(so_far) = known.get(&state).cloned() else { continue };
            for next in &edges[state] {
                let way = so_far.then(own(*next));
                let better = match known.get(next) {
                    None => way,
                    Some(before) => {
                        let less = before.or_less(&way);
                        if less == *before {
                            continue;
                        }
                        less
                    }
                };
                known.insert(*next, better);
                fresh.insert(*next);
            }
        }
        known
    }

    /// The most that it takes to come through each state that is reached.
    pub(super) fn most(
        &self,
        start: usize,
        edges: &[Vec<usize>],
        own: fn(&Measured) -> &Figures,
    ) -> BTreeMap<usize, Figures> {
        let every = (0..self.states.len()).collect();
        Longest { container: self, edges, own }.through(&every, start, None)
    }
}

struct Longest<'c, 'a> {
    container: &'c Container<'a>,
    edges: &'c [Vec<usize>],
    own: fn(&Measured) -> &Figures,
}

impl Longest<'_, '_> {
    /// From the entry, among these states, never back to `cut`.
    fn through(&self, among: &Set, entry: usize, cut: Option<usize>) -> BTreeMap<usize, Figures> {
        let mut before: BTreeMap<usize, Figures> = BTreeMap::from([(entry, Figures::default())]);
        let mut known = BTreeMap::new();
        for component in components(among, self.edges, cut) {
            let entries: Vec<usize> = component.iter().copied().filter(|state| before.contains_key(state)).collect();
            let mut own: BTreeMap<usize, Figures> = BTreeMap::new();
            for head in entries {
                let Some(inflow) = before.get(&head).cloned() else { continue };
                for (state, figures) in self.component(&component, head, cut) {
                    let figures = inflow.then(&figures);
                    let more = own.get(&state).map_or_else(|| figures.clone(), |known| known.or_more(&figures));
                    own.insert(state, more);
                }
            }
            for (state, figures) in &own {
                for next in self.edges[*state].iter().filter(|next| among.contains(next) && Some(**next) != cut) {
                    if component.contains(next) {
                        continue;
                    }
                    let more = before.get(next).map_or_else(|| figures.clone(), |known| known.or_more(figures));
                    before.insert(*next, more);
                }
            }
            known.extend(own);
        }
        known
    }

    /// Within one loop, or through one state.
    fn component(&self, component: &Set, head: usize, cut: Option<usize>) -> BTreeMap<usize, Figures> {
        let own = (self.own)(&self.container.measured[head]);
        let back = |state: usize| Some(head) != cut && self.edges[state].contains(&head);
        if component.len() == 1 && !back(head) {
            return BTreeMap::from([(head, own.clone())]);
        }
        let inside = if component.len() == 1 {
            BTreeMap::from([(head, own.clone())])
        } else {
            self.through(component, head, Some(head))
        };
        let round = inside.iter().filter(|(state, _)| back(**state)).map(|(_, figures)| figures.clone());
        let Some(round) = round.reduce(|a, b| a.or_more(&b)) else { return inside };
        let Some(known) = self.container.rounds.get(self.container.name(head)).copied() else {
            let rounds = round.times(&Amount::unknown(Quantity::Rounds, self.container.name(head), 1));
            return inside.into_iter().map(|(state, figures)| (state, rounds.then(&figures))).collect();
        };
        // The last round is the one that is left in the middle; only the test at its head may be reached once more.
        let (all, but_one) = (round.times(&known.into()), round.times(&known.saturating_sub(1).into()));
        let tests = matches!(self.container.states.get_index(head), Some((_, State::Choice(_))));
        let before = |state: usize| if state == head && tests { &all } else { &but_one };
        inside.into_iter().map(|(state, figures)| (state, before(state).then(&figures))).collect()
    }
}

/// The strongly connected components among these states, each before those that it leads to; edges into `cut` do not count.
fn components(among: &Set, edges: &[Vec<usize>], cut: Option<usize>) -> Vec<Set> {
    let neighbours = |state: usize| -> Vec<usize> {
        edges[state].iter().copied().filter(|next| among.contains(next) && Some(*next) != cut).collect()
    };
    // Kosaraju: by the time each is left; then against the edges.
    let (mut seen, mut left) = (Set::new(), Vec::new());
    for start in among {
        let mut stack = vec![(*start, 0)];
        if !seen.insert(*start) {
            continue;
        }
        while let Some((state, place)) = stack.pop() {
            match neighbours(state).get(place) {
                Some(next) => {
                    stack.push((state, place + 1));
                    if seen.insert(*next) {
                        stack.push((*next, 0));
                    }
                }
                None => left.push(state),
            }
        }
    }
    let mut against: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for state in among {
        for next in neighbours(*state) {
            against.entry(next).or_default().push(*state);
        }
    }
    let (mut taken, mut found) = (Set::new(), Vec::new());
    for start in left.into_iter().rev() {
        if !taken.insert(start) {
            continue;
        }
        let (mut component, mut open) = (Set::from([start]), vec![start]);
        while let Some(state) = open.pop() {
            for before in against.get(&state).into_iter().flatten() {
                if taken.insert(*before) {
                    component.insert(*before);
                    open.push(*before);
                }
            }
        }
        found.push(component);
    }
    found
}
