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
    for made in &graph.loops {
        let head = first_state(graph, made).and_then(|head| names.get(head.0));
        let Some(round) = head.and_then(|head| shortest.get(head)).copied() else { continue };
        let (file, at) = (program.file, made.at);
        let Some(rounds) = made.rounds else {
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

/// How often loops go back to the state that every round comes through, where literals tell.
pub(super) fn rounds(graph: &Graph, names: &[String]) -> BTreeMap<String, u64> {
    let mut known: BTreeMap<usize, Option<u64>> = BTreeMap::new();
    for made in &graph.loops {
        if let Some(head) = first_state(graph, made) {
            // Where the rounds of a loop begin with another loop, nothing tells whose round it is.
            known.entry(head.0).and_modify(|rounds| *rounds = None).or_insert(made.rounds);
        }
    }
    known.into_iter().filter_map(|(head, rounds)| Some((names.get(head)?.clone(), rounds?))).collect()
}

/// The state that every round comes through.
fn first_state(graph: &Graph, made: &LoopInfo) -> Option<NodeId> {
    let reached = graph.reachable();
    let mut at = made.head;
    for _ in 0..graph.nodes.len() {
        match graph.nodes[at.0].next.target {
            Target::Node(next) if graph.nodes[next.0].head => at = next,
            Target::Node(next) => return Some(next).filter(|next| reached[next.0]),
            Target::Open | Target::End(_) => return None,
        }
    }
    None
}
