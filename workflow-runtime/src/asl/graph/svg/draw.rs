//! A picture as SVG text.

use std::fmt::Write as _;

use super::layout::{Box, Line, Picture, text_width};
use crate::asl::graph::chart::{Node, NodeKind};

const MARGIN: f64 = 20.0;
const INK: &str = "#1a202c";
const LINE: &str = "#4a5568";
const ERROR: &str = "#c53030";

pub(super) fn document(picture: &Picture<'_>, title: &str) -> String {
    let (width, height) = (picture.width + MARGIN * 2.0, picture.height + MARGIN * 2.0);
    let mut page = String::new();
    let _ = writeln!(
        page,
        r#"<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}" font-family="Helvetica, Arial, sans-serif">"#
    );
    let _ = writeln!(page, "<title>{}</title>", escape(title));
    for (id, colour) in [("arrow", LINE), ("error", ERROR)] {
        let _ = writeln!(
            page,
            r#"<marker id="{id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="{colour}"/></marker>"#
        );
    }
    let _ = writeln!(page, r##"<rect width="100%" height="100%" fill="#ffffff"/>"##);
    place(&mut page, picture, MARGIN, MARGIN);
    page.push_str("</svg>\n");
    page
}

fn place(page: &mut String, picture: &Picture<'_>, dx: f64, dy: f64) {
    let _ = writeln!(page, r#"<g transform="translate({dx:.1} {dy:.1})">"#);
    for line in &picture.lines {
        curve(page, line);
    }
    for it in &picture.boxes {
        shape(page, it);
    }
    for line in &picture.lines {
        label(page, line);
    }
    page.push_str("</g>\n");
}

fn curve(page: &mut String, line: &Line<'_>) {
    let mut path = String::new();
    for (step, (x, y)) in line.points.iter().enumerate() {
        if step == 0 {
            let _ = write!(path, "M{x:.1} {y:.1}");
            continue;
        }
        let (before_x, before_y) = line.points[step - 1];
        let middle = f64::midpoint(before_y, *y);
        let _ = write!(path, "C{before_x:.1} {middle:.1} {x:.1} {middle:.1} {x:.1} {y:.1}");
    }
    let (colour, arrow, dashes) =
        if line.edge.catch { (ERROR, "error", r#" stroke-dasharray="5 4""#) } else { (LINE, "arrow", "") };
    let _ = writeln!(
        page,
        r#"<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.3"{dashes} marker-end="url(#{arrow})"/>"#
    );
}

fn label(page: &mut String, line: &Line<'_>) {
    let Some((x, y)) = line.label else { return };
    let width = text_width(&line.edge.label, 11.0) + 6.0;
    let colour = if line.edge.catch { ERROR } else { INK };
    let _ = writeln!(
        page,
        r##"<rect x="{:.1}" y="{:.1}" width="{width:.1}" height="16" rx="3" fill="#ffffff" fill-opacity="0.92"/>"##,
        x - width / 2.0,
        y - 8.0
    );
    text(page, (x, y + 3.8), 11.0, colour, &line.edge.label);
}

fn shape(page: &mut String, it: &Box<'_>) {
    let _ = writeln!(page, "<g>{}", hint(it.node));
    let (fill, stroke) = colours(it.node.kind);
    let (x, y, width, height) = (it.x, it.y, it.width, it.height);
    let (middle_x, middle_y) = (x + width / 2.0, y + height / 2.0);
    match it.node.kind {
        NodeKind::Start | NodeKind::End => {
            let _ = writeln!(page, r#"<circle cx="{middle_x:.1}" cy="{middle_y:.1}" r="7" fill="{INK}"/>"#);
            if it.node.kind == NodeKind::End {
                let _ = writeln!(
                    page,
                    r#"<circle cx="{middle_x:.1}" cy="{middle_y:.1}" r="9" fill="none" stroke="{INK}" stroke-width="1.3"/>"#
                );
            }
        }
        NodeKind::Choice => {
            let (left, right, cut) = (x, x + width, 18.0);
            let _ = writeln!(
                page,
                r#"<polygon points="{:.1},{y:.1} {:.1},{y:.1} {right:.1},{middle_y:.1} {:.1},{:.1} {:.1},{:.1} {left:.1},{middle_y:.1}" fill="{fill}" stroke="{stroke}" stroke-width="1.4"/>"#,
                left + cut,
                right - cut,
                right - cut,
                y + height,
                left + cut,
                y + height
            );
            caption(page, it, middle_x, middle_y);
        }
        NodeKind::Parallel | NodeKind::Map => cluster(page, it, fill, stroke),
        kind => {
            let radius = if matches!(kind, NodeKind::Succeed | NodeKind::Fail | NodeKind::Wait) { 18.0 } else { 6.0 };
            let _ = writeln!(
                page,
                r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="{radius}" fill="{fill}" stroke="{stroke}" stroke-width="1.4"/>"#
            );
            caption(page, it, middle_x, middle_y);
        }
    }
    page.push_str("</g>\n");
}

fn cluster(page: &mut String, it: &Box<'_>, fill: &str, stroke: &str) {
    let (x, y, width, height) = (it.x, it.y, it.width, it.height);
    let _ = writeln!(
        page,
        r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="8" fill="{fill}" stroke="{stroke}" stroke-width="1.4" stroke-dasharray="6 4"/>"#
    );
    let kind = if it.node.kind == NodeKind::Map { "for each" } else { "side by side" };
    let name = escape(&it.node.name);
    let detail = if it.node.detail.is_empty() { kind.to_owned() } else { format!("{kind}, {}", it.node.detail) };
    let _ = writeln!(
        page,
        r##"<text x="{:.1}" y="{:.1}" font-size="13" font-weight="bold" fill="{INK}">{name}<tspan dx="8" font-size="10.5" font-weight="normal" fill="#4a5568">{}</tspan></text>"##,
        x + 12.0,
        y + 20.0,
        escape(&detail)
    );
    for (index, (inner_x, inner_y, picture)) in it.inner.iter().enumerate() {
        if index > 0 {
            let line = x + inner_x - 16.0;
            let _ = writeln!(
                page,
                r##"<path d="M{line:.1} {:.1}V{:.1}" stroke="#cbd5e0" stroke-dasharray="3 3"/>"##,
                y + 32.0,
                y + height - 10.0
            );
        }
        place(page, picture, x + inner_x, y + inner_y);
    }
}

fn caption(page: &mut String, it: &Box<'_>, x: f64, y: f64) {
    if it.node.detail.is_empty() {
        return text(page, (x, y + 4.5), 13.0, INK, &it.node.name);
    }
    text(page, (x, y - 2.5), 13.0, INK, &it.node.name);
    text(page, (x, y + 13.0), 10.5, LINE, &it.node.detail);
}

fn text(page: &mut String, (x, y): (f64, f64), size: f64, colour: &str, content: &str) {
    let _ = writeln!(
        page,
        r#"<text x="{x:.1}" y="{y:.1}" font-size="{size}" text-anchor="middle" fill="{colour}">{}</text>"#,
        escape(content)
    );
}

/// What appears under the pointer.
fn hint(node: &Node) -> String {
    match node.comment.as_str() {
        "" => String::new(),
        comment => format!("<title>{}</title>", escape(comment)),
    }
}

fn colours(kind: NodeKind) -> (&'static str, &'static str) {
    match kind {
        NodeKind::Start | NodeKind::End => (INK, INK),
        NodeKind::Task => ("#e8f1fb", "#2b6cb0"),
        NodeKind::Choice => ("#fdf3d8", "#b7791f"),
        NodeKind::Wait => ("#efe9fb", "#6b46c1"),
        NodeKind::Pass => ("#f1f3f5", "#718096"),
        NodeKind::Succeed => ("#e3f6e8", "#2f855a"),
        NodeKind::Fail => ("#fde8e8", "#c53030"),
        NodeKind::Parallel | NodeKind::Map => ("#fafbfc", "#718096"),
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
