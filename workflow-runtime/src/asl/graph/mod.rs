//! Pictures of a machine: Mermaid for pages that render it, DOT for Graphviz, SVG that needs nothing.

mod chart;
mod dot;
mod mermaid;
mod svg;
#[cfg(test)]
mod tests;

use super::StateMachine;
use chart::Chart;

/// A Mermaid flowchart.
pub fn to_mermaid(machine: &StateMachine) -> String {
    mermaid::render(&Chart::of(machine))
}

/// A Graphviz digraph of this name.
pub fn to_dot(machine: &StateMachine, name: &str) -> String {
    dot::render(&Chart::of(machine), name)
}

/// An SVG document with this title, laid out here.
pub fn to_svg(machine: &StateMachine, title: &str) -> String {
    svg::render(&Chart::of(machine), title)
}
