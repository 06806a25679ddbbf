//! A chart as a Mermaid flowchart.

use std::fmt::Write as _;

use super::chart::{Chart, Edge, Node, NodeKind};

pub(super) fn render(chart: &Chart) -> String {
    let mut page = Page { text: "flowchart TD\n".to_owned(), next: 0, classes: Vec::new() };
    page.chart(chart, 1);
    page.styles();
    page.text
}

struct Page {
    text: String,
    /// Ids are numbers: names may hold anything.
    next: usize,
    /// Ids by class, in the order of [`CLASSES`].
    classes: Vec<(String, &'static str)>,
}

const CLASSES: &[(&str, &str)] = &[
    ("task", "fill:#e8f1fb,stroke:#2b6cb0,color:#1a202c"),
    ("choice", "fill:#fdf3d8,stroke:#b7791f,color:#1a202c"),
    ("wait", "fill:#efe9fb,stroke:#6b46c1,color:#1a202c"),
    ("pass", "fill:#f1f3f5,stroke:#718096,color:#1a202c"),
    ("succeed", "fill:#e3f6e8,stroke:#2f855a,color:#1a202c"),
    ("fail", "fill:#fde8e8,stroke:#c53030,color:#1a202c"),
    ("group", "fill:none,stroke:#718096,stroke-dasharray:4 3"),
];

impl Page {
    fn line(&mut self, depth: usize, line: &str) {
        let _ = writeln!(self.text, "{:width$}{line}", "", width = depth * 2);
    }

    fn chart(&mut self, chart: &Chart, depth: usize) {
        let first = self.next;
        self.next += chart.nodes.len();
        for (index, node) in chart.nodes.iter().enumerate() {
            self.node(node, first + index, depth);
        }
        for edge in &chart.edges {
            self.edge(edge, first, depth);
        }
    }

    fn node(&mut self, node: &Node, id: usize, depth: usize) {
        let name = escape(&node.name);
        let name = match node.detail.as_str() {
            "" => name,
            detail => format!("{name}<br/><small>{}</small>", escape(detail)),
        };
        let (shape, class) = match node.kind {
            NodeKind::Start => (format!("n{id}((\"{name}\"))"), None),
            NodeKind::End => (format!("n{id}(((\"{name}\")))"), None),
            NodeKind::Task => (format!("n{id}[\"{name}\"]"), Some("task")),
            NodeKind::Choice => (format!("n{id}{{\"{name}\"}}"), Some("choice")),
            NodeKind::Wait => (format!("n{id}([\"{name}\"])"), Some("wait")),
            NodeKind::Pass => (format!("n{id}[/\"{name}\"/]"), Some("pass")),
            NodeKind::Succeed => (format!("n{id}([\"{name}\"])"), Some("succeed")),
            NodeKind::Fail => (format!("n{id}([\"{name}\"])"), Some("fail")),
            NodeKind::Parallel | NodeKind::Map => return self.group(node, &name, id, depth),
        };
        self.classes.extend(class.map(|class| (format!("n{id}"), class)));
        self.line(depth, &shape);
    }

    fn group(&mut self, node: &Node, name: &str, id: usize, depth: usize) {
        let kind = if node.kind == NodeKind::Map { "for each" } else { "side by side" };
        self.line(depth, &format!("subgraph n{id}[\"{name} ({kind})\"]"));
        for branch in &node.inner {
            self.chart(branch, depth + 1);
        }
        self.line(depth, "end");
        self.classes.push((format!("n{id}"), "group"));
    }

    fn edge(&mut self, edge: &Edge, first: usize, depth: usize) {
        let arrow = if edge.catch { "-.->" } else { "-->" };
        let label = if edge.label.is_empty() { String::new() } else { format!("|\"{}\"|", escape(&edge.label)) };
        self.line(depth, &format!("n{} {arrow}{label} n{}", first + edge.from, first + edge.to));
    }

    fn styles(&mut self) {
        for (class, style) in CLASSES {
            let members: Vec<&str> =
                self.classes.iter().filter(|(_, of)| of == class).map(|(id, _)| id.as_str()).collect();
            if members.is_empty() {
                continue;
            }
            let members = members.join(",");
            self.line(1, &format!("classDef {class} {style}"));
            self.line(1, &format!("class {members} {class}"));
        }
    }
}

/// Mermaid's own entities: a quote would end the label, a bracket or `<` could be read as markup.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => escaped.push_str("#quot;"),
            '#' => escaped.push_str("#35;"),
            '<' => escaped.push_str("#lt;"),
            '>' => escaped.push_str("#gt;"),
            '&' => escaped.push_str("#amp;"),
            '|' => escaped.push_str("#124;"),
            '`' => escaped.push_str("#96;"),
            ';' => escaped.push_str("#59;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
