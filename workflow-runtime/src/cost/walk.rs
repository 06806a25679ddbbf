//! The least and the most of the ways through the states of one container.
//!
//! Strongly connected states are a loop. It is cut at the state by which it is entered; what lies between two visits of that
//! state is a round, and may hold loops of its own. The most goes round as often as it may, the least as often as it must.

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
        self.search(start, edges, Extreme::Least).0
    }

    /// The most that it takes to come through each state that is reached.
    pub(super) fn most(
        &self,
        start: usize,
        edges: &[Vec<usize>],
        own: fn(&Measured) -> &Figures,
    ) -> BTreeMap<usize, Figures> {
        self.search(start, edges, Extreme::Most(own)).0
    }

    /// The least that a round of each loop takes, whatever fails, by the state that every round comes through.
    pub(super) fn shortest_rounds(&self) -> BTreeMap<usize, Figures> {
        self.start.map(|start| self.search(start, &self.all, Extreme::Least).1).unwrap_or_default()
    }

    fn search(&self, start: usize, edges: &[Vec<usize>], extreme: Extreme) -> (BTreeMap<usize, Figures>, Rounds) {
        let every = (0..self.states.len()).collect();
        let mut search = Search { container: self, edges, extreme, rounds: Rounds::new() };
        let reached = search.through(&every, start, None);
        (reached.into_iter().map(|(state, reached)| (state, reached.here)).collect(), search.rounds)
    }
}

/// What a round takes, by the state at which a loop is entered.
type Rounds = BTreeMap<usize, Figures>;

/// Which of the ways is looked for.
#[derive(Clone, Copy)]
enum Extreme {
    Least,
    /// Of these figures.
    Most(fn(&Measured) -> &Figures),
}

/// What it takes to come to a state and out of it again.
#[derive(Clone)]
struct Reached {
    /// Through the state.
    here: Figures,
    /// To what follows.
    left: Figures,
    /// To what catches its failure.
    caught: Figures,
}

impl Reached {
    fn join(self, other: &Self, of: impl Fn(&Figures, &Figures) -> Figures) -> Self {
        Self {
            here: of(&self.here, &other.here),
            left: of(&self.left, &other.left),
            caught: of(&self.caught, &other.caught),
        }
    }

    fn after(&self, before: &Figures) -> Self {
        Self { here: before.then(&self.here), left: before.then(&self.left), caught: before.then(&self.caught) }
    }
}

struct Search<'c, 'a> {
    container: &'c Container<'a>,
    edges: &'c [Vec<usize>],
    extreme: Extreme,
    rounds: Rounds,
}

impl Search<'_, '_> {
    fn better(&self, one: &Figures, other: &Figures) -> Figures {
        match self.extreme {
            Extreme::Least => one.or_less(other),
            Extreme::Most(_) => one.or_more(other),
        }
    }

    fn add(&self, known: &mut BTreeMap<usize, Figures>, state: usize, figures: &Figures) {
        let better = known.get(&state).map_or_else(|| figures.clone(), |known| self.better(known, figures));
        known.insert(state, better);
    }

    /// The state by itself.
    fn own(&self, state: usize) -> Reached {
        let measured = &self.container.measured[state];
        let own = match self.extreme {
            Extreme::Least => &measured.good.least,
            Extreme::Most(own) => own(measured),
        };
        let caught = match (self.extreme, self.container.states.get_index(state)) {
            // What is in it may fail at once.
            (Extreme::Least, Some((_, State::Parallel(_) | State::Map(_)))) => Figures::own(1, 4),
            _ => own.clone(),
        };
        Reached { here: own.clone(), left: own.clone(), caught }
    }

    /// By the edge from here to there.
    fn by<'r>(&self, from: usize, reached: &'r Reached, to: usize) -> &'r Figures {
        if self.container.good[from].contains(&to) { &reached.left } else { &reached.caught }
    }

    /// From the entry, among these states, never back to `cut`.
    fn through(&mut self, among: &Set, entry: usize, cut: Option<usize>) -> BTreeMap<usize, Reached> {
        let mut before: BTreeMap<usize, Figures> = BTreeMap::from([(entry, Figures::default())]);
        let mut known = BTreeMap::new();
        for component in components(among, self.edges, cut) {
            let entries: Vec<usize> = component.iter().copied().filter(|state| before.contains_key(state)).collect();
            let mut own: BTreeMap<usize, Reached> = BTreeMap::new();
            for head in entries {
                let Some(inflow) = before.get(&head).cloned() else { continue };
                for (state, reached) in self.component(&component, head, cut) {
                    let mut reached = reached.after(&inflow);
                    if let Some(known) = own.remove(&state) {
                        reached = reached.join(&known, |one, other| self.better(one, other));
                    }
                    own.insert(state, reached);
                }
            }
            for (state, reached) in &own {
                for next in self.edges[*state].iter().filter(|next| among.contains(next) && Some(**next) != cut) {
                    if !component.contains(next) {
                        self.add(&mut before, *next, self.by(*state, reached, *next));
                    }
                }
            }
            known.extend(own);
        }
        known
    }

    /// Within one loop, or through one state.
    fn component(&mut self, component: &Set, head: usize, cut: Option<usize>) -> BTreeMap<usize, Reached> {
        let edges = self.edges;
        let back = |state: usize| Some(head) != cut && edges[state].contains(&head);
        let inside = if component.len() == 1 {
            BTreeMap::from([(head, self.own(head))])
        } else {
            self.through(component, head, Some(head))
        };
        let round = inside.iter().filter(|(state, _)| back(**state));
        let round = round.map(|(state, reached)| self.by(*state, reached, head).clone());
        let Some(round) = round.reduce(|one, other| self.better(&one, &other)) else { return inside };
        self.add_round(head, &round);
        let name = self.container.name(head);
        let known = self.container.rounds.get(name).copied();
        let tests = matches!(self.container.states.get_index(head), Some((_, State::Choice(_))));
        match (self.extreme, known) {
            // Only by the test at its head it is surely left after all of its rounds.
            (Extreme::Least, known) => {
                let all = round.times(&known.filter(|_| tests).unwrap_or_default().into());
                let left = |state: usize, left: Figures| if state == head { all.then(&left) } else { left };
                let reached = |(state, it): (usize, Reached)| (state, Reached { left: left(state, it.left), ..it });
                inside.into_iter().map(reached).collect()
            }
            (Extreme::Most(_), None) => {
                let rounds = round.times(&Amount::unknown(Quantity::Rounds, name, 1));
                inside.into_iter().map(|(state, reached)| (state, reached.after(&rounds))).collect()
            }
            (Extreme::Most(_), Some(known)) => {
                // The last round is the one that is left in the middle; only the test at its head may be reached once more.
                let (all, but_one) = (round.times(&known.into()), round.times(&known.saturating_sub(1).into()));
                let before = |state: usize| if state == head && tests { &all } else { &but_one };
                inside.into_iter().map(|(state, reached)| (state, reached.after(before(state)))).collect()
            }
        }
    }

    fn add_round(&mut self, head: usize, round: &Figures) {
        let mut rounds = std::mem::take(&mut self.rounds);
        self.add(&mut rounds, head, round);
        self.rounds = rounds;
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
