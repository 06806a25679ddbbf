//! How many events of an execution's history loops make.

use std::collections::BTreeMap;

use super::LowerError;
use super::codes;
use super::graph::{Graph, LoopInfo, NodeId, Target};
use super::ir::Program;
use crate::asl::StateMachine;
use crate::cost::{EVENTS_MAX, grouped, shortest_rounds};

/// What there is to say of a program's loops.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// Loops that surely pass the limit of a Standard execution.
    pub(super) faults: Vec<LowerError>,
    /// How many rounds of the others fit into it.
    pub(super) notes: Vec<String>,
}

/// What each loop's rounds make at the least.
pub(super) fn budget(
    program: &Program,
    graph: &Graph,
    (machine, names, rounds): (&StateMachine, &[String], &BTreeMap<String, u64>),
) -> Budget {
    let mut budget = Budget::default();
    if graph.loops.is_empty() {
        return budget;
    }
    let shortest = shortest_rounds(machine, rounds);
    // Inner ones stand before those around them.
    let heads: Vec<Option<NodeId>> = graph.loops.iter().map(|made| graph.entry(made)).collect();
    for (index, made) in graph.loops.iter().enumerate() {
        let head = heads[index].and_then(|head| names.get(head.0));
        let Some((head, round)) = head.and_then(|head| Some((head, *shortest.get(head)?))) else { continue };
        let (file, at) = (program.file, made.at);
        let around = heads[index + 1..].contains(&heads[index]);
        let known = if around { made.rounds } else { made.rounds.map(|own| rounds.get(head).copied().unwrap_or(own)) };
        let Some(rounds) = known else {
            let fit = EVENTS_MAX / round.max(1);
            budget.notes.push(format!(
                "{file}:{}:{}: this loop makes at least {round} events a round: at most {} rounds fit into the {} of one execution",
                at.line,
                at.column,
                grouped(fit),
                grouped(EVENTS_MAX),
            ));
            continue;
        };
        let all = rounds.saturating_mul(round);
        if all > EVENTS_MAX {
            let message = format!(
                "this loop makes at least {} events, {} rounds of {round}, and an execution ends at {}: go through the items with \
                 `try_map_distributed`, or call a workflow of its own for each part of them",
                grouped(all),
                grouped(rounds),
                grouped(EVENTS_MAX),
            );
            budget.faults.push(LowerError { code: codes::TOO_MANY_EVENTS, message, file, at });
        }
    }
    budget
}

/// How often loops go back to the state that they are entered by, where literals tell.
pub(super) fn rounds(graph: &Graph, names: &[String]) -> BTreeMap<String, u64> {
    let mut known: BTreeMap<usize, Option<u64>> = BTreeMap::new();
    for made in &graph.loops {
        if let Some(head) = graph.entry(made) {
            // Where a loop and the one around it begin with the same state, that is where both go back to.
            let both = |all: &mut Option<u64>| {
                *all = all.zip(made.rounds).map(|(inner, outer)| inner.saturating_mul(outer));
            };
            known.entry(head.0).and_modify(both).or_insert(made.rounds);
        }
    }
    known.into_iter().filter_map(|(head, rounds)| Some((names.get(head)?.clone(), rounds?))).collect()
}

impl Graph {
    /// The one state by which a loop is entered.
    pub(super) fn entry(&self, made: &LoopInfo) -> Option<NodeId> {
        let container = self.nodes[made.head.0].container;
        let own = |id: NodeId| made.owns(id) && self.nodes[id.0].container == container;
        let mut entry = None;
        for edge in self.reachable_edges() {
            let Target::Node(target) = self.edge(edge).target else { continue };
            if !own(target) || edge.node().is_some_and(own) {
                continue;
            }
            let first = self.after_heads(target)?;
            if entry.is_some_and(|known| known != first) {
                return None;
            }
            entry = Some(first);
        }
        entry
    }

    /// The first state that is no head.
    fn after_heads(&self, from: NodeId) -> Option<NodeId> {
        let mut at = from;
        for _ in 0..self.nodes.len() {
            if !self.nodes[at.0].head {
                return Some(at);
            }
            let Target::Node(next) = self.nodes[at.0].next.target else { return None };
            at = next;
        }
        None
    }
}
