//! A chart as SVG: sizes first, then ranks, order and places, then the drawing.

mod draw;
mod layout;
mod order;

use super::chart::Chart;

pub(super) fn render(chart: &Chart, title: &str) -> String {
    draw::document(&layout::layout(chart), title)
}
