//! A chart in Graphviz' language.

use std::fmt::Write as _;

use super::chart::{Chart, Edge, Node, NodeKind};

pub(super) fn render(chart: &Chart, name: &str) -> String {
    let mut page = Page { text: String::new(), next: 0 };
    page.line(0, &format!("digraph {} {{", quote(name)));
    page.line(1, "compound=true; rankdir=TB; fontname=\"Helvetica\";");
    page.line(1, "node [fontname=\"Helvetica\", fontsize=12, shape=box, style=\"rounded,filled\"];");
    page.line(1, "edge [fontname=\"Helvetica\", fontsize=10];");
    page.chart(chart, 1);
    page.line(0, "}");
    page.text
}

struct Page {
    text: String,
    next: usize,
}

impl Page {
    fn line(&mut self, depth: usize, line: &str) {
        let _ = writeln!(self.text, "{:width$}{line}", "", width = depth * 2);
    }

    fn chart(&mut self, chart: &Chart, depth: usize) {
        let first = self.next;
        self.next += chart.nodes.len();
        // An edge to a cluster ends at a node inside it and is cut at the border.
        let anchors: Vec<String> =
            chart.nodes.iter().enumerate().map(|(index, node)| self.node(node, first + index, depth)).collect();
        for edge in &chart.edges {
            self.edge(edge, chart, first, &anchors, depth);
        }
    }

    /// Writes the node; yields the id that edges are tied to.
    fn node(&mut self, node: &Node, id: usize, depth: usize) -> String {
        let label = match node.detail.as_str() {
            "" => quote(&node.name),
            detail => quote(&format!("{}\n{detail}", node.name)),
        };
        let look = match node.kind {
            NodeKind::Start => "shape=circle, fillcolor=\"#1a202c\", width=0.25, label=\"\"",
            NodeKind::End => "shape=doublecircle, fillcolor=\"#1a202c\", width=0.2, label=\"\"",
            NodeKind::Task => "fillcolor=\"#e8f1fb\", color=\"#2b6cb0\"",
            NodeKind::Choice => "shape=diamond, style=filled, fillcolor=\"#fdf3d8\", color=\"#b7791f\"",
            NodeKind::Wait => "fillcolor=\"#efe9fb\", color=\"#6b46c1\"",
            NodeKind::Pass => "fillcolor=\"#f1f3f5\", color=\"#718096\"",
            NodeKind::Succeed => "fillcolor=\"#e3f6e8\", color=\"#2f855a\"",
            NodeKind::Fail => "fillcolor=\"#fde8e8\", color=\"#c53030\"",
            NodeKind::Parallel | NodeKind::Map => return self.cluster(node, &label, id, depth),
        };
        let label = match node.kind {
            NodeKind::Start | NodeKind::End => String::new(),
            _ => format!("label={label}, "),
        };
        self.line(depth, &format!("n{id} [{label}{look}];"));
        format!("n{id}")
    }

    fn cluster(&mut self, node: &Node, label: &str, id: usize, depth: usize) -> String {
        self.line(depth, &format!("subgraph cluster_n{id} {{"));
        self.line(depth + 1, &format!("label={label}; style=\"rounded,dashed\"; color=\"#718096\";"));
        self.line(depth + 1, &format!("n{id} [shape=point, style=invis, label=\"\"];"));
        for branch in &node.inner {
            self.chart(branch, depth + 1);
        }
        self.line(depth, "}");
        format!("n{id}")
    }

    fn edge(&mut self, edge: &Edge, chart: &Chart, first: usize, anchors: &[String], depth: usize) {
        let is_cluster = |node: usize| matches!(chart.nodes[node].kind, NodeKind::Parallel | NodeKind::Map);
        let mut look = Vec::new();
        if !edge.label.is_empty() {
            look.push(format!("label={}", quote(&edge.label)));
        }
        if edge.catch {
            look.push("style=dashed, color=\"#c53030\", fontcolor=\"#c53030\"".to_owned());
        }
        if is_cluster(edge.from) {
            look.push(format!("ltail=cluster_n{}", first + edge.from));
        }
        if is_cluster(edge.to) {
            look.push(format!("lhead=cluster_n{}", first + edge.to));
        }
        let look = if look.is_empty() { String::new() } else { format!(" [{}]", look.join(", ")) };
        self.line(depth, &format!("{} -> {}{look};", anchors[edge.from], anchors[edge.to]));
    }
}

fn quote(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}
