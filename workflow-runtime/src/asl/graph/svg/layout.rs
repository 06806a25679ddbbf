//! From layers to places: widths and heights, then centres.

use super::order::{Cell, Layers, layers};
use crate::asl::graph::chart::{Chart, Edge, Node, NodeKind};

const NODE_HEIGHT: f64 = 40.0;
const DETAIL_HEIGHT: f64 = 14.0;
const MIN_WIDTH: f64 = 110.0;
const GAP_X: f64 = 26.0;
/// The height of a rank between nodes, where labels stand.
const LABEL_HEIGHT: f64 = 34.0;
const GAP_Y: f64 = 6.0;
const PADDING: f64 = 16.0;
const TITLE: f64 = 26.0;
const MARK: f64 = 18.0;
/// How often centres are pulled towards their neighbours.
const PULLS: usize = 24;

/// A chart with places; (0, 0) is its upper left corner.
#[derive(Debug)]
pub(super) struct Picture<'a> {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) boxes: Vec<Box<'a>>,
    pub(super) lines: Vec<Line<'a>>,
}

/// A node with its place.
#[derive(Debug)]
pub(super) struct Box<'a> {
    pub(super) node: &'a Node,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    /// A Parallel's branches with their places inside the box.
    pub(super) inner: Vec<(f64, f64, Picture<'a>)>,
}

/// An edge with its way, in the direction of its arrow.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) edge: &'a Edge,
    pub(super) points: Vec<(f64, f64)>,
    /// The centre of the label.
    pub(super) label: Option<(f64, f64)>,
}

/// About how wide a text is in pixels at this size; other scripts are taken as square.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| if u32::from(c) < 0x2E80 { size * 0.56 } else { size }).sum()
}

pub(super) fn layout(chart: &Chart) -> Picture<'_> {
    let layers = layers(chart);
    let mut boxes: Vec<Box<'_>> = chart.nodes.iter().map(size).collect();
    let sizes: Vec<(f64, f64)> = layers.cells.iter().map(|cell| cell_size(*cell, &boxes, chart)).collect();
    let tops = tops(&layers, &sizes);
    let centres = centres(&layers, &sizes);
    let mut spots = vec![Spot::default(); layers.cells.len()];
    for (rank, (cells, (top, height))) in layers.ranks.iter().zip(&tops).enumerate() {
        for cell in cells {
            spots[*cell] = Spot { x: centres[*cell], top: *top, bottom: top + height, between: rank % 2 == 1 };
            if let Cell::Node(node) = layers.cells[*cell] {
                boxes[node].x = centres[*cell] - boxes[node].width / 2.0;
                boxes[node].y = top + (height - boxes[node].height) / 2.0;
            }
        }
    }
    let lines: Vec<Line<'_>> =
        chart.edges.iter().enumerate().map(|(index, edge)| line(edge, index, &layers, &spots, &boxes)).collect();
    finish(boxes, lines, &tops)
}

/// Moves everything so that it starts at 0 and tells the extent.
fn finish<'a>(mut boxes: Vec<Box<'a>>, mut lines: Vec<Line<'a>>, tops: &[(f64, f64)]) -> Picture<'a> {
    let half = |line: &Line<'_>| text_width(&line.edge.label, 11.0) / 2.0;
    let points = || lines.iter().flat_map(|line| line.points.iter().map(|(x, _)| (*x, *x)));
    let labels = || lines.iter().filter_map(|line| line.label.map(|(x, _)| (x - half(line), x + half(line))));
    let extents = || boxes.iter().map(|it| (it.x, it.x + it.width)).chain(points()).chain(labels());
    let left = extents().map(|(left, _)| left).fold(f64::INFINITY, f64::min);
    let right = extents().map(|(_, right)| right).fold(f64::NEG_INFINITY, f64::max);
    let (left, right) = if left.is_finite() { (left, right) } else { (0.0, 0.0) };
    for it in &mut boxes {
        it.x -= left;
    }
    for line in &mut lines {
        line.points.iter_mut().chain(&mut line.label).for_each(|point| point.0 -= left);
    }
    let height = tops.last().map_or(0.0, |(top, height)| top + height);
    Picture { width: right - left, height, boxes, lines }
}

fn size(node: &Node) -> Box<'_> {
    let mut it = Box { node, x: 0.0, y: 0.0, width: MARK, height: MARK, inner: Vec::new() };
    match node.kind {
        NodeKind::Start | NodeKind::End => {}
        NodeKind::Parallel | NodeKind::Map => enclose(node, &mut it),
        kind => {
            let slack = if kind == NodeKind::Choice { 56.0 } else { 28.0 };
            let text = text_width(&node.name, 13.0).max(text_width(&node.detail, 10.5));
            it.width = (text + slack).max(MIN_WIDTH);
            it.height = NODE_HEIGHT + if node.detail.is_empty() { 0.0 } else { DETAIL_HEIGHT };
        }
    }
    it
}

/// A box around the branches, which stand side by side under its title.
fn enclose<'a>(node: &'a Node, it: &mut Box<'a>) {
    let mut x = PADDING;
    let mut tallest: f64 = 0.0;
    for branch in &node.inner {
        let picture = layout(branch);
        let (width, height) = (picture.width, picture.height);
        it.inner.push((x, TITLE + PADDING, picture));
        x += width + PADDING * 2.0;
        tallest = tallest.max(height);
    }
    let title = text_width(&node.name, 13.0) + text_width(&node.detail, 10.5) + PADDING * 3.0;
    let inner = (x - PADDING).max(MIN_WIDTH);
    if title > inner {
        let shift = (title - inner) / 2.0;
        it.inner.iter_mut().for_each(|(x, _, _)| *x += shift);
    }
    it.width = inner.max(title);
    it.height = TITLE + tallest + PADDING * 2.0;
}

fn cell_size(cell: Cell, boxes: &[Box<'_>], chart: &Chart) -> (f64, f64) {
    match cell {
        Cell::Node(node) => (boxes[node].width, boxes[node].height),
        Cell::Bend(_) => (4.0, 0.0),
        Cell::Label(edge) => (text_width(&chart.edges[edge].label, 11.0) + 8.0, LABEL_HEIGHT),
    }
}

/// The top and height of each rank.
fn tops(layers: &Layers, sizes: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut top = 0.0;
    let mut tops = Vec::with_capacity(layers.ranks.len());
    for cells in &layers.ranks {
        let tallest = cells.iter().map(|cell| sizes[*cell].1).fold(0.0, f64::max);
        let height = if tops.len() % 2 == 1 { tallest.max(LABEL_HEIGHT - GAP_Y) } else { tallest };
        tops.push((top, height));
        top += height + GAP_Y;
    }
    tops
}

/// Centres that keep the order and the gaps and are near to their neighbours' centres.
fn centres(layers: &Layers, sizes: &[(f64, f64)]) -> Vec<f64> {
    let mut centres = vec![0.0; layers.cells.len()];
    for cells in &layers.ranks {
        let mut x = 0.0;
        for cell in cells {
            centres[*cell] = x + sizes[*cell].0 / 2.0;
            x += sizes[*cell].0 + GAP_X;
        }
        for cell in cells {
            centres[*cell] -= x / 2.0;
        }
    }
    let count = layers.ranks.len();
    for pull in 0..PULLS {
        for step in 0..count {
            let (rank, ties) = if pull % 2 == 0 { (step, &layers.above) } else { (count - 1 - step, &layers.below) };
            let cells = &layers.ranks[rank];
            let wish = |cell: usize, centres: &[f64]| {
                let ties = &ties[cell];
                if ties.is_empty() {
                    return centres[cell];
                }
                let sum: f64 = ties.iter().map(|tie| centres[*tie]).sum();
                sum / f64::from(u32::try_from(ties.len()).unwrap_or(u32::MAX))
            };
            let wishes: Vec<f64> = cells.iter().map(|cell| wish(*cell, &centres)).collect();
            for (cell, x) in cells.iter().zip(settle(cells, &wishes, sizes)) {
                centres[*cell] = x;
            }
        }
    }
    centres
}

/// The middle of the placement from the left and of that from the right, both of which keep the gaps.
fn settle(cells: &[usize], wishes: &[f64], sizes: &[(f64, f64)]) -> Vec<f64> {
    let gap = |left: usize, right: usize| f64::midpoint(sizes[left].0, sizes[right].0) + GAP_X;
    let mut from_left = wishes.to_vec();
    for at in 1..cells.len() {
        from_left[at] = from_left[at].max(from_left[at - 1] + gap(cells[at - 1], cells[at]));
    }
    let mut from_right = wishes.to_vec();
    for at in (1..cells.len()).rev() {
        from_right[at - 1] = from_right[at - 1].min(from_right[at] - gap(cells[at - 1], cells[at]));
    }
    from_left.iter().zip(&from_right).map(|(left, right)| f64::midpoint(*left, *right)).collect()
}

/// A cell's centre line and its rank's extent.
#[derive(Clone, Copy, Default)]
struct Spot {
    x: f64,
    top: f64,
    bottom: f64,
    /// A rank that holds no nodes, where lines run freely.
    between: bool,
}

fn line<'a>(edge: &'a Edge, index: usize, layers: &Layers, spots: &[Spot], boxes: &[Box<'_>]) -> Line<'a> {
    let route = &layers.routes[index];
    if route.is_empty() {
        let it = &boxes[edge.from];
        let (right, middle) = (it.x + it.width, it.y + it.height / 2.0);
        let points = vec![
            (right, middle - 8.0),
            (right + 24.0, middle - 8.0),
            (right + 24.0, middle + 8.0),
            (right, middle + 8.0),
        ];
        let label = (!edge.label.is_empty()).then(|| (right + 28.0 + text_width(&edge.label, 11.0) / 2.0, middle));
        return Line { edge, points, label };
    }
    let mut label = None;
    let last = route.len() - 1;
    let mut points: Vec<(f64, f64)> = Vec::with_capacity(route.len());
    // A line that runs upwards leaves and arrives beside those that run downwards.
    let aside = |node: &Box<'_>| if layers.backward[index] { (node.width / 4.0).min(24.0) } else { 0.0 };
    for (step, cell) in route.iter().enumerate() {
        let Spot { x, top, bottom, between } = spots[*cell];
        match layers.cells[*cell] {
            Cell::Node(node) if step == 0 => points.push((x + aside(&boxes[node]), boxes[node].y + boxes[node].height)),
            Cell::Node(node) if step == last => points.push((x + aside(&boxes[node]), boxes[node].y)),
            // Straight through the rank, so that no box beside it is touched.
            Cell::Bend(_) if between => {}
            Cell::Node(_) | Cell::Bend(_) => points.extend([(x, top), (x, bottom)]),
            Cell::Label(_) => {
                let middle = f64::midpoint(top, bottom);
                label = Some((x, middle));
                points.push((x, middle));
            }
        }
    }
    if layers.backward[index] {
        points.reverse();
    }
    Line { edge, points, label }
}
