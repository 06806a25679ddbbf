//! How many events of an execution's history loops make.

use std::collections::BTreeMap;

use super::LowerError;
use super::codes;
use super::graph::{EdgeRef, Graph, Kind, LoopInfo, NodeId, Target};
use super::ir::Program;
use crate::cost::{EVENTS_MAX, grouped};

/// What there is to say of a program's loops.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// Loops that surely pass the limit of a Standard execution.
    pub(super) faults: Vec<LowerError>,
    /// How many rounds of the others fit into it.
    pub(super) notes: Vec<String>,
}

/// Counts what each loop's rounds make at the least.
pub(super) fn budget(program: &Program, graph: &Graph) -> Budget {
    let mut budget = Budget::default();
    // What an inner loop's rounds add to its head.
    let mut extra = vec![0_u64; graph.nodes.len()];
    for made in &graph.loops {
        let Some(head) = first_state(graph, made) else { continue };
        let Some(round) = cheapest(graph, head, Goal::Back(made.end), &extra) else { continue };
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
        extra[head.0] = extra[head.0].saturating_add(all);
    }
    budget
}

/// How often loops go back to the state that every round comes through, where literals tell.
pub(super) fn rounds(graph: &Graph, names: &[String]) -> BTreeMap<String, u64> {
    let known = graph.loops.iter().filter_map(|made| Some((first_state(graph, made)?, made.rounds?)));
    known.filter_map(|(head, rounds)| Some((names.get(head.0)?.clone(), rounds))).collect()
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

#[derive(Clone, Copy, PartialEq)]
enum Goal {
    /// The state itself, another time, by states that were made before this one.
    Back(NodeId),
    /// An end.
    End,
}

/// The fewest events on any way from a state to the goal.
fn cheapest(graph: &Graph, from: NodeId, goal: Goal, extra: &[u64]) -> Option<u64> {
    let mut known: Vec<Option<u64>> = vec![None; graph.nodes.len()];
    let mut done = vec![false; graph.nodes.len()];
    known[from.0] = Some(0);
    let mut best: Option<u64> = None;
    loop {
        let open = graph.node_ids().filter(|id| !done[id.0]);
        let Some((so_far, id)) = open.filter_map(|id| known[id.0].map(|cost| (cost, id))).min() else { return best };
        done[id.0] = true;
        let cost = so_far.saturating_add(events(graph, id, extra));
        let mut ends = matches!(graph.nodes[id.0].kind, Kind::Succeed(_) | Kind::Fail { .. });
        for edge in graph.out_edges(id) {
            match graph.edge(edge).target {
                Target::Node(next) if next == from && goal != Goal::End => best = Some(lower(best, cost)),
                // Around an outer loop.
                Target::Node(next) if matches!(goal, Goal::Back(end) if next < from || next >= end) => {}
                Target::Node(next) => known[next.0] = Some(lower(known[next.0], cost)),
                Target::End(_) => ends = true,
                Target::Open => {}
            }
        }
        if ends && goal == Goal::End {
            best = Some(lower(best, cost));
        }
    }
}

fn lower(known: Option<u64>, cost: u64) -> u64 {
    known.map_or(cost, |known| known.min(cost))
}

/// The events of a state's own: entered and exited, scheduled, started and succeeded, and those of what is in it.
fn events(graph: &Graph, id: NodeId, extra: &[u64]) -> u64 {
    let own: u64 = match &graph.nodes[id.0].kind {
        Kind::Choice(_) | Kind::Wait(_) | Kind::Pass | Kind::Succeed(_) | Kind::Raw(_) => 2,
        Kind::Fail { .. } => 1,
        Kind::Parallel(branches) => {
            let inside = branches.iter().filter_map(|branch| match graph.edge(EdgeRef::Start(*branch)).target {
                Target::Node(start) => cheapest(graph, start, Goal::End, extra),
                _ => None,
            });
            inside.fold(4, u64::saturating_add)
        }
        // It may have no items.
        Kind::Map(_) => 4,
        Kind::Task(_) => 5,
    };
    own.saturating_add(extra[id.0])
}
