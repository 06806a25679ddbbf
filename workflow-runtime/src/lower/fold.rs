//! Fewer states: returns fold into the state before, neighbouring Choices become one, equal ends are shared.

use super::graph::{Edge, EdgeRef, FailName, Graph, Kind, NodeId, Target};
use super::ir::{At, Attributes};
use super::term::{Term, VarId};
use super::variables::{Input, kind_terms};

impl Graph {
    /// Whether a failing evaluation on the state's success edge would run the task again or be caught as its failure.
    pub(super) fn handles_evaluation(&self, node: NodeId) -> bool {
        let matches =
            |names: &[String]| names.iter().any(|name| name == "States.ALL" || name == "States.QueryEvaluationError");
        let node = &self.nodes[node.0];
        let retried = match &node.kind {
            Kind::Task(task) => task.retry.iter().any(|retrier| matches(&retrier.error_equals)),
            Kind::Map(map) => map.retry.iter().any(|retrier| matches(&retrier.error_equals)),
            Kind::Raw(raw) => raw.retry,
            _ => node.retry.iter().any(|retrier| matches(&retrier.error_equals)),
        };
        retried || node.catch.iter().any(|catch| matches(&catch.names))
    }

    /// Rewrites every edge to what its state sees, and every end that no state can carry to a Succeed.
    pub(super) fn fold_ends(&mut self) {
        for edge in self.reachable_edges() {
            let known = self.edge(edge).clone();
            let mut seen = Edge::default();
            for (var, term) in &known.assigns {
                let term = seen.inline(term);
                seen.assigns.push((*var, term));
            }
            let copies: Vec<_> = known.copies.iter().map(|(var, term)| (*var, seen.inline(term))).collect();
            for (var, term) in copies {
                seen.set(var, term);
            }
            self.edge_mut(edge).copies.clear();
            let Target::End(value) = &known.target else {
                self.edge_mut(edge).assigns = seen.assigns;
                continue;
            };
            let folded = seen.inline(value);
            let raw = raw_value(value, &known.assigns);
            // What is made by chance must be one and the same wherever it is read.
            let often = known.assigns.iter().any(|(var, term)| term.is_volatile() && value.reads(*var) > 1);
            if often {
                let succeed = self.succeed(edge, value.clone());
                *self.edge_mut(edge) = Edge { target: Target::Node(succeed), ..seen };
            } else if let EdgeRef::Next(node) = edge
                && matches!(self.nodes[node.0].kind, Kind::Pass)
            {
                // It stood there to assign what is now the output.
                self.nodes[node.0].kind = Kind::Succeed(folded);
                self.edge_mut(edge).assigns.clear();
            } else if self.can_end(edge, &folded) {
                // Nobody reads variables after the end.
                *self.edge_mut(edge) = Edge { target: Target::End(folded), ..Edge::default() };
            } else {
                let succeed = self.succeed(edge, raw);
                *self.edge_mut(edge) = Edge { target: Target::Node(succeed), ..seen };
            }
        }
    }

    fn can_end(&self, edge: EdgeRef, value: &Term) -> bool {
        let EdgeRef::Next(node) = edge else { return false };
        match self.nodes[node.0].kind {
            Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_) | Kind::Raw(_) => {
                value.is_total() || !self.handles_evaluation(node)
            }
            Kind::Wait(_) | Kind::Pass => true,
            _ => false,
        }
    }

    fn succeed(&mut self, edge: EdgeRef, value: Term) -> NodeId {
        let container = match edge {
            EdgeRef::Start(container) => container,
            EdgeRef::Next(node) | EdgeRef::Rule(node, _) | EdgeRef::Catch(node, _) => self.nodes[node.0].container,
        };
        let known = self.node_ids().find(|id| {
            let node = &self.nodes[id.0];
            node.container == container && matches!(&node.kind, Kind::Succeed(output) if *output == value)
        });
        known.unwrap_or_else(|| self.node(container, Kind::Succeed(value), &Attributes::NONE, At::default()))
    }

    /// The same error raised in two places is one state, and so is the same end.
    pub(super) fn merge_ends(&mut self, inputs: &[Input]) {
        let reached = self.reachable();
        for id in self.node_ids().filter(|id| reached[id.0]) {
            let Some(first) = self.node_ids().take(id.0).find(|first| {
                let alike = || !self.reads_input(*first, inputs) && !self.reads_input(id, inputs);
                reached[first.0] && self.same_end(*first, id) && (inputs.get(first.0) == inputs.get(id.0) || alike())
            }) else {
                continue;
            };
            for edge in self.reachable_edges() {
                if self.edge(edge).target == Target::Node(id) {
                    self.edge_mut(edge).target = Target::Node(first);
                }
            }
        }
    }

    /// Whether something may be read as the state's input, which two states might read differently.
    fn reads_input(&self, id: NodeId, inputs: &[Input]) -> bool {
        // A Succeed was made after all others, where inputs are not known.
        let Some(input) = inputs.get(id.0) else { return true };
        let terms = kind_terms(&self.nodes[id.0].kind);
        let mut reads = match input {
            Input::Execution => terms.iter().any(|term| **term == Term::Input),
            Input::Iteration(_) => true,
            Input::Value(_) | Input::Unknown => false,
        };
        for term in terms {
            term.each_var(&mut |var| reads |= *input == Input::Value(var));
        }
        reads
    }

    fn same_end(&self, first: NodeId, second: NodeId) -> bool {
        let (first, second) = (&self.nodes[first.0], &self.nodes[second.0]);
        let same = match (&first.kind, &second.kind) {
            (Kind::Fail { error: e1, cause: c1, names: n1 }, Kind::Fail { error: e2, cause: c2, names: n2 }) => {
                (e1, c1, n1) == (e2, c2, n2)
            }
            (Kind::Succeed(one), Kind::Succeed(other)) => one == other,
            _ => false,
        };
        same && first.container == second.container && first.wanted == second.wanted && first.comment == second.comment
    }

    /// Catchers that only hand the failure on, and those whose errors a later catcher sends the same way, are left out.
    pub(super) fn drop_catchers(&mut self) {
        let reached = self.reachable();
        for id in self.node_ids().filter(|id| reached[id.0]) {
            while let Some(last) = self.nodes[id.0].catch.len().checked_sub(1)
                && self.hands_on(EdgeRef::Catch(id, last))
            {
                self.nodes[id.0].catch.pop();
            }
        }
    }

    /// Whether the edge leads to a Fail that repeats the very failure which took it.
    fn hands_on(&self, edge: EdgeRef) -> bool {
        let edge = self.edge(edge);
        let Target::Node(target) = edge.target else { return false };
        let target = &self.nodes[target.0];
        let Kind::Fail { names: FailName::HandsOn(failure), .. } = target.kind else { return false };
        target.wanted.is_none() && edge.assigns.contains(&(failure, Term::ErrorOutput))
    }

    /// After unused assignments are gone: a catcher before `States.ALL` that does the same says nothing.
    pub(super) fn merge_catchers(&mut self) {
        for node in &mut self.nodes {
            let Some(all) = node.catch.pop_if(|catch| catch.is_all()) else { continue };
            let is = |names: &[String], wanted: &str| names.iter().any(|name| name == wanted);
            let mut index = node.catch.len();
            while index > 0 {
                index -= 1;
                let catch = &node.catch[index];
                let same = catch.edge.target == all.edge.target && catch.edge.assigns == all.edge.assigns;
                // A missed heartbeat is a timeout too, which a later catcher would take.
                let shadowed = is(&catch.names, "States.HeartbeatTimeout")
                    && node.catch[index + 1..].iter().any(|later| is(&later.names, "States.Timeout"));
                if same && !shadowed {
                    node.catch.remove(index);
                }
            }
            node.catch.push(all);
        }
    }
}

/// What a value is on this very way, as a later state reads it: a variable of several ways is what this way gave it.
fn raw_value(value: &Term, assigns: &[(VarId, Term)]) -> Term {
    let mut value = value;
    while let Term::Var(var) = value {
        match assigns.iter().find(|(known, _)| known == var) {
            Some((_, term)) if !term.reads_state() => value = term,
            _ => break,
        }
    }
    value.clone()
}
