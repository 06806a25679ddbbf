//! The layered graph: ranks by longest path, order within a rank by barycenter.
//!
//! Each edge is cut into pieces of one rank by bends. Nodes stand in even ranks, labels in odd ones, so that no label lies
//! on a node.

use crate::asl::graph::chart::{Chart, NodeKind};

/// How often the order is swept, down and up.
const SWEEPS: usize = 12;

/// A place in the layered graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// A node of the chart.
    Node(usize),
    /// A bend of an edge.
    Bend(usize),
    /// The place of an edge's label, a bend as well.
    Label(usize),
}

/// Cells in ranks, tied to cells of the next rank.
#[derive(Debug, Default)]
pub(super) struct Layers {
    pub(super) cells: Vec<Cell>,
    pub(super) ranks: Vec<Vec<usize>>,
    /// Ties of each cell with the rank above and with the rank below.
    pub(super) above: Vec<Vec<usize>>,
    pub(super) below: Vec<Vec<usize>>,
    /// For each edge of the chart its cells from top to bottom; empty for a loop on one node.
    pub(super) routes: Vec<Vec<usize>>,
    /// Whether the edge runs against the ranks.
    pub(super) backward: Vec<bool>,
}

pub(super) fn layers(chart: &Chart) -> Layers {
    let backward = backward_edges(chart);
    let rank = ranks(chart, &backward);
    let mut layers = Layers { backward, ..Layers::default() };
    layers.ranks = vec![Vec::new(); rank.iter().max().map_or(0, |deepest| deepest * 2 + 1)];
    for (node, rank) in rank.iter().enumerate() {
        layers.add(Cell::Node(node), rank * 2);
    }
    for (index, edge) in chart.edges.iter().enumerate() {
        let route = if edge.from == edge.to {
            Vec::new()
        } else {
            let (top, bottom) = if layers.backward[index] { (edge.to, edge.from) } else { (edge.from, edge.to) };
            layers.route(index, top, bottom, rank[top] * 2, rank[bottom] * 2, !edge.label.is_empty())
        };
        layers.routes.push(route);
    }
    layers.sort();
    layers
}

impl Layers {
    fn add(&mut self, cell: Cell, rank: usize) -> usize {
        let id = self.cells.len();
        self.cells.push(cell);
        self.above.push(Vec::new());
        self.below.push(Vec::new());
        self.ranks[rank].push(id);
        id
    }

    fn route(&mut self, edge: usize, top: usize, bottom: usize, from: usize, to: usize, labelled: bool) -> Vec<usize> {
        let mut route = vec![top];
        for rank in from + 1..to {
            let cell = if labelled && rank == from + 1 { Cell::Label(edge) } else { Cell::Bend(edge) };
            route.push(self.add(cell, rank));
        }
        route.push(bottom);
        for pair in route.windows(2) {
            self.below[pair[0]].push(pair[1]);
            self.above[pair[1]].push(pair[0]);
        }
        route
    }

    /// Orders each rank by the mean place of its neighbours; keeps the best order seen.
    fn sort(&mut self) {
        let mut best = (self.crossings(), self.ranks.clone());
        for sweep in 0..SWEEPS {
            let down = sweep % 2 == 0;
            let count = self.ranks.len();
            for step in 1..count {
                let (rank, fixed) = if down { (step, step - 1) } else { (count - 1 - step, count - step) };
                let place = self.places(fixed);
                let ties = if down { &self.above } else { &self.below };
                let mean = |cell: usize, own: usize| {
                    let ties = &ties[cell];
                    let sum: usize = ties.iter().map(|tie| place[*tie]).sum();
                    // Scaled, so that the order is by whole numbers and the same everywhere.
                    if ties.is_empty() { own * 1000 } else { sum * 1000 / ties.len() }
                };
                let mut keyed: Vec<(usize, usize)> =
                    self.ranks[rank].iter().enumerate().map(|(own, cell)| (mean(*cell, own), *cell)).collect();
                keyed.sort_by_key(|(mean, _)| *mean);
                self.ranks[rank] = keyed.into_iter().map(|(_, cell)| cell).collect();
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.ranks.clone());
            }
        }
        self.ranks = best.1;
    }

    fn places(&self, rank: usize) -> Vec<usize> {
        let mut places = vec![0; self.cells.len()];
        for (place, cell) in self.ranks[rank].iter().enumerate() {
            places[*cell] = place;
        }
        places
    }

    fn crossings(&self) -> usize {
        let mut count = 0;
        for rank in 1..self.ranks.len() {
            let place = self.places(rank);
            let ends: Vec<usize> = self.ranks[rank - 1]
                .iter()
                .flat_map(|cell| {
                    let mut ends: Vec<usize> = self.below[*cell].iter().map(|to| place[*to]).collect();
                    ends.sort_unstable();
                    ends
                })
                .collect();
            for (at, end) in ends.iter().enumerate() {
                count += ends[at + 1..].iter().filter(|later| *later < end).count();
            }
        }
        count
    }
}

/// Edges that close a cycle, seen from the start: drawn upwards.
fn backward_edges(chart: &Chart) -> Vec<bool> {
    let mut backward = vec![false; chart.edges.len()];
    // 0 unseen, 1 on the way, 2 done
    let mut seen = vec![0_u8; chart.nodes.len()];
    for root in std::iter::once(chart.start).chain(0..chart.nodes.len()) {
        if root >= chart.nodes.len() || seen[root] != 0 {
            continue;
        }
        let mut stack = vec![(root, 0)];
        seen[root] = 1;
        while let Some((node, next)) = stack.pop() {
            let Some((index, edge)) = chart.edges.iter().enumerate().skip(next).find(|(_, edge)| edge.from == node)
            else {
                seen[node] = 2;
                continue;
            };
            stack.push((node, index + 1));
            match seen[edge.to] {
                0 => {
                    seen[edge.to] = 1;
                    stack.push((edge.to, 0));
                }
                1 => backward[index] = true,
                _ => {}
            }
        }
    }
    backward
}

/// The longest way from a node without predecessors; the end is always the deepest.
fn ranks(chart: &Chart, backward: &[bool]) -> Vec<usize> {
    let mut rank = vec![0_usize; chart.nodes.len()];
    // Without the backward edges the graph has no cycle, so this settles within as many rounds as there are nodes.
    for _ in 0..chart.nodes.len() {
        let mut settled = true;
        for (edge, backward) in chart.edges.iter().zip(backward) {
            let (from, to) = if *backward { (edge.to, edge.from) } else { (edge.from, edge.to) };
            if from != to && rank[to] <= rank[from] {
                rank[to] = rank[from] + 1;
                settled = false;
            }
        }
        if settled {
            break;
        }
    }
    if let Some(end) = chart.nodes.iter().position(|node| node.kind == NodeKind::End) {
        rank[end] = rank.iter().copied().max().unwrap_or(0).max(rank[end]);
        let deepest =
            chart.nodes.iter().zip(&rank).filter(|(node, _)| node.kind != NodeKind::End).map(|(_, r)| *r).max();
        rank[end] = deepest.map_or(rank[end], |deepest| deepest + 1);
    }
    rank
}
