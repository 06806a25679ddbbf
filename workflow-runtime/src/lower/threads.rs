//! Ways into a Choice that are decided before they get there lead to where it would send them.
//!
//! The first round of `for i in 0..3` needs no test. By itself that saves nothing, since the Choice stays for the other ways:
//! it is done where a state less is left in the end, once its other ways are those of Choices that take it in.

use std::collections::BTreeMap;

use serde_json::Value;

use super::graph::{Edge, EdgeRef, Graph, Kind, NodeId, Target};
use super::term::{Term, VarId};

impl Graph {
    /// Makes one of Choices that follow each other, and leaves tests out that are decided.
    pub(super) fn settle_choices(&mut self) {
        let before = self.read_variables();
        // Inner loops were made after those around them.
        let choices: Vec<NodeId> = self.choices().into_iter().rev().collect();
        let mut merged = self.clone();
        merged.merge_choices();
        let mut fewest = merged.size();
        let mut best = merged;
        for choice in &choices {
            self.try_without(&[*choice], &mut best, &mut fewest);
        }
        self.try_without(&choices, &mut best, &mut fewest);
        *self = best;
        self.drop_unread(&before);
    }

    /// Threads the ways into these Choices, and keeps that if fewer states are left.
    fn try_without(&mut self, choices: &[NodeId], best: &mut Self, fewest: &mut usize) {
        let mut tried = self.clone();
        let mut changed = false;
        for choice in choices {
            changed |= tried.thread(*choice);
        }
        if !changed {
            return;
        }
        let mut merged = tried.clone();
        merged.merge_choices();
        if merged.size() < *fewest && self.loops_are_known(&merged) {
            *fewest = merged.size();
            *best = merged;
            *self = tried;
        }
    }

    /// Leads the ways into a Choice past it that are decided by what they assign; whether there was one.
    fn thread(&mut self, choice: NodeId) -> bool {
        let node = &self.nodes[choice.0];
        let Kind::Choice(rules) = &node.kind else { return false };
        if node.wanted.is_some() || node.comment.is_some() {
            return false;
        }
        let (rules, default) = (rules.clone(), node.next.clone());
        let mut changed = false;
        for way in self.reachable_edges() {
            if self.edge(way).target == Target::Node(choice)
                && way.node() != Some(choice)
                && let Some(through) = self.decided_way(way, &rules, &default)
            {
                *self.edge_mut(way) = through;
                changed = true;
            }
        }
        changed
    }

    /// The way with where the Choice would send it.
    fn decided_way(&self, way: EdgeRef, rules: &[(Term, Edge)], default: &Edge) -> Option<Edge> {
        let through = self.sent_on(self.edge(way), rules, default)?;
        let hosted = |term: &Term| match way {
            EdgeRef::Start(_) => false,
            EdgeRef::Next(node) => term.is_total() || !self.handles_evaluation(node),
            EdgeRef::Rule(..) | EdgeRef::Catch(..) => true,
        };
        let known = &self.edge(way).assigns;
        let mut added = through.assigns.iter().filter(|assigned| !known.contains(assigned));
        added.all(|(_, term)| hosted(term)).then_some(through)
    }

    /// Where a Choice sends what comes by the edge, if that is decided.
    fn sent_on(&self, edge: &Edge, rules: &[(Term, Edge)], default: &Edge) -> Option<Edge> {
        let values: BTreeMap<VarId, Term> = edge.assigns.iter().cloned().collect();
        let mut taken = default;
        for (condition, edge) in rules {
            if condition.substitute(&values).decided()? {
                taken = edge;
                break;
            }
        }
        if taken.assigns.iter().any(|(_, term)| term.reads_place()) {
            return None;
        }
        // What is made by chance is made once.
        let by_chance = |(known, value): &(VarId, Term)| {
            value.is_volatile() && taken.assigns.iter().any(|(var, term)| var == known || term.reads(*known) > 0)
        };
        (!edge.assigns.iter().any(by_chance)).then(|| self.after(&edge.assigns, &values, taken))
    }

    /// A Choice's way that was made of two, past the Choices that it decides.
    pub(super) fn past_decided(&self, edge: Edge) -> Edge {
        let mut edge = edge;
        let mut passed: Vec<NodeId> = Vec::new();
        while let Target::Node(id) = edge.target {
            let node = &self.nodes[id.0];
            let Kind::Choice(rules) = &node.kind else { break };
            if passed.contains(&id) || node.wanted.is_some() || node.comment.is_some() {
                break;
            }
            passed.push(id);
            match self.sent_on(&edge, rules, &node.next) {
                Some(through) => edge = through,
                None => break,
            }
        }
        edge
    }

    fn choices(&self) -> Vec<NodeId> {
        let reached = self.reachable();
        let is_choice = |id: &NodeId| reached[id.0] && matches!(self.nodes[id.0].kind, Kind::Choice(_));
        self.node_ids().filter(is_choice).collect()
    }

    /// How many states there are.
    fn size(&self) -> usize {
        self.reachable().into_iter().filter(|reached| *reached).count()
    }

    /// Whether it is as well known as before where loops are entered whose rounds are known.
    fn loops_are_known(&self, after: &Self) -> bool {
        let known = self.loops.iter().filter(|made| made.rounds.is_some() && self.entry(made).is_some());
        known.into_iter().all(|made| after.entry(made).is_some())
    }

    /// How often each variable is read.
    fn read_variables(&self) -> BTreeMap<VarId, usize> {
        let mut reads: BTreeMap<VarId, usize> = BTreeMap::new();
        super::variables::each_term(self, &mut |_, _, term| {
            term.each_var(&mut |var| *reads.entry(var).or_default() += 1);
        });
        reads
    }

    /// Leaves out what is assigned and was read before, but is not any more.
    fn drop_unread(&mut self, before: &BTreeMap<VarId, usize>) {
        let now = self.read_variables();
        let unread = |var: &VarId| before.contains_key(var) && !now.contains_key(var);
        let edges = self.reachable_edges();
        for way in &edges {
            let edge = self.edge_mut(*way);
            let assigned = edge.assigns.len();
            edge.assigns.retain(|(var, _)| !unread(var));
            if edge.assigns.is_empty()
                && assigned > 0
                && let EdgeRef::Next(node) = *way
                && matches!(self.nodes[node.0].kind, Kind::Pass)
                && self.nodes[node.0].wanted.is_none()
                && self.nodes[node.0].comment.is_none()
            {
                // It stood there to assign.
                let after = self.nodes[node.0].next.target.clone();
                for way in edges.iter().filter(|way| **way != EdgeRef::Next(node)) {
                    if self.edge(*way).target == Target::Node(node) {
                        self.edge_mut(*way).target = after.clone();
                    }
                }
            }
        }
    }
}

impl Term {
    /// A condition's value, where literals tell.
    pub(super) fn decided(&self) -> Option<bool> {
        match self {
            Self::Literal(Value::Bool(value)) => Some(*value),
            Self::Call("not", arguments) if arguments.len() == 1 => arguments.first()?.decided().map(|value| !value),
            Self::Operator("and", a, b) => {
                if a.decided()? {
                    b.decided()
                } else {
                    Some(false)
                }
            }
            Self::Operator("or", a, b) => {
                if a.decided()? {
                    Some(true)
                } else {
                    b.decided()
                }
            }
            Self::Operator(symbol, a, b) => {
                let (Self::Literal(a), Self::Literal(b)) = (&**a, &**b) else { return None };
                compared(symbol, a, b)
            }
            _ => None,
        }
    }
}

/// Integers by size, texts and truths by whether they are the same.
fn compared(symbol: &str, a: &Value, b: &Value) -> Option<bool> {
    if let (Some(a), Some(b)) = (a.as_i64(), b.as_i64()) {
        return match symbol {
            "=" => Some(a == b),
            "!=" => Some(a != b),
            "<" => Some(a < b),
            "<=" => Some(a <= b),
            ">" => Some(a > b),
            ">=" => Some(a >= b),
            _ => None,
        };
    }
    let alike = matches!((a, b), (Value::Bool(_), Value::Bool(_)) | (Value::String(_), Value::String(_)));
    match symbol {
        "=" if alike => Some(a == b),
        "!=" if alike => Some(a != b),
        _ => None,
    }
}
