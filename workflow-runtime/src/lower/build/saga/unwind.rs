//! Taking the stack down: the Choice, its undos, and where control goes on.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::Builder;
use super::{ARGUMENTS, Stack, StackId};
use crate::lower::graph::{Catch, Edge, EdgeRef, Kind, NodeId, Target};
use crate::lower::ir::{At, Attributes};
use crate::lower::term::{Element, Term, VarId};

impl Builder<'_> {
    /// Runs the undos above a mark; control goes on at the edge that is returned.
    pub(super) fn exit(&mut self, entries: Vec<EdgeRef>, mark: Term) -> EdgeRef {
        let stack = self.stack();
        let choice = self.undo_choice(stack);
        if let Kind::Choice(rules) = &mut self.graph.nodes[choice.0].kind {
            rules.push((Term::Literal(Value::Bool(true)), Edge::default()));
        }
        let exits = &mut self.sagas.stacks[stack].exits;
        exits.push(super::Exit { entries, mark });
        EdgeRef::Rule(choice, exits.len() - 1)
    }

    /// A failure that leaves the machine while the stack may hold something.
    pub(in crate::lower::build) fn leave_by_stack(&mut self) {
        let stack = self.stack();
        let mut open = std::mem::take(&mut self.open);
        self.sagas.stacks[stack].leaving.append(&mut open);
    }

    fn undo_choice(&mut self, stack: StackId) -> NodeId {
        if let Some(choice) = self.sagas.stacks[stack].choice {
            return choice;
        }
        let container = self.sagas.stacks[stack].container;
        let choice = self.graph.node(container, Kind::Choice(Vec::new()), &Attributes::NONE, At::default());
        let node = &mut self.graph.nodes[choice.0];
        (node.late, node.called) = (true, Some("Undo"));
        self.sagas.stacks[stack].choice = Some(choice);
        choice
    }

    /// Builds what takes each stack down, once all that enters it is known.
    pub(in crate::lower::build) fn close_stacks(&mut self) {
        for stack in 0..self.sagas.stacks.len() {
            let known = &self.sagas.stacks[stack];
            if !known.exits.is_empty() || !known.leaving.is_empty() {
                self.close_stack(stack);
            }
        }
    }

    fn close_stack(&mut self, stack: StackId) {
        let choice = self.undo_choice(stack);
        let exits = std::mem::take(&mut self.sagas.stacks[stack].exits);
        let leaving = std::mem::take(&mut self.sagas.stacks[stack].leaving);
        let several = exits.len() + usize::from(!leaving.is_empty()) > 1;
        let to = several.then(|| self.graph.var(None, "undoTo"));
        let undo = Term::Var(self.sagas.stacks[stack].undo);
        // What leads here may be an exit itself: `compensate()` right after a group was unwound.
        let marks: Vec<Term> = exits
            .into_iter()
            .enumerate()
            .map(|(index, exit)| {
                for entry in exit.entries {
                    self.lead(entry, choice, to.map(|to| (to, Term::Literal(Value::from(index + 1)))));
                }
                exit.mark
            })
            .collect();
        for entry in &leaving {
            self.lead(*entry, choice, None);
        }
        let Kind::Choice(onward) = std::mem::replace(&mut self.graph.nodes[choice.0].kind, Kind::Pass) else { return };
        // Exits above the ground come before the undos, those on the ground after them.
        let (mut marked, mut grounded) = (Vec::new(), Vec::new());
        for (index, (mark, (_, mut edge))) in marks.into_iter().zip(onward).enumerate() {
            let anew = edge.assigns.iter().any(|(var, _)| Some(*var) == to);
            if let Some(to) = to.filter(|_| !leaving.is_empty() && !anew) {
                edge.assigns.insert(0, (to, Term::Literal(Value::from(0))));
            }
            let asked = to.map(|to| Term::binary("=", Term::Var(to), Term::Literal(Value::from(index + 1))));
            if mark == Term::Literal(Value::from(0)) {
                grounded.push((asked, edge));
            } else {
                let down = Term::binary("<=", Term::Call("count", vec![undo.clone()]), mark);
                let rule = match asked {
                    Some(asked) => Term::binary("and", asked, down),
                    None => down,
                };
                marked.push((rule, edge));
            }
        }
        let mut rules = marked;
        rules.extend(self.undo_rules(stack, choice));
        let default = if leaving.is_empty() {
            // Some way leads on: the last of them needs no question.
            match grounded.pop() {
                Some((_, edge)) => edge,
                None => rules_end(&mut rules),
            }
        } else {
            let failed = self.last_failure();
            Edge { target: Target::Node(failed), ..Edge::default() }
        };
        rules.extend(grounded.into_iter().filter_map(|(asked, edge)| Some((asked?, edge))));
        let node = &mut self.graph.nodes[choice.0];
        (node.kind, node.next) = (Kind::Choice(rules), default);
    }

    fn lead(&mut self, entry: EdgeRef, choice: NodeId, to: Option<(VarId, Term)>) {
        let edge = self.graph.edge_mut(entry);
        edge.target = Target::Node(choice);
        edge.assigns.extend(to);
    }

    /// A rule and a Task for each undo that may be on the stack, last registered first.
    fn undo_rules(&mut self, stack: StackId, choice: NodeId) -> Vec<(Term, Edge)> {
        let Stack { container, undo, failed, .. } = self.sagas.stacks[stack];
        let top = Term::Var(undo).item(0);
        let mut rules = Vec::new();
        for kind in self.sagas.stacks[stack].kinds.clone().into_iter().rev() {
            let kind = &self.sagas.kinds[kind];
            let mut task = kind.task.clone();
            task.payload = task.payload.substitute(&BTreeMap::from([(ARGUMENTS, top.clone().field("a"))]));
            let due = Term::binary("=", top.clone().field("s"), Term::string(kind.label.clone()));
            let (label, comment, at) = (kind.label.clone(), kind.comment.clone(), kind.at);
            let task = self.graph.node(container, Kind::Task(Box::new(task)), &Attributes::NONE, at);
            let node = &mut self.graph.nodes[task.0];
            (node.late, node.comment) = (true, comment);
            let back = |assigns| Edge { target: Target::Node(choice), assigns, ..Edge::default() };
            node.next = back(vec![(undo, without_top(undo))]);
            let failures = vec![(undo, without_top(undo)), (failed, failure_noted(failed, label))];
            node.catch = vec![Catch { names: vec!["States.ALL".to_owned()], edge: back(failures) }];
            rules.push((due, Edge { target: Target::Node(task), ..Edge::default() }));
        }
        rules
    }
}

/// A Choice has a default.
fn rules_end(rules: &mut Vec<(Term, Edge)>) -> Edge {
    // With exits above the ground only, the last undo's rule is asked last; nothing comes after it.
    rules.pop().map(|(_, edge)| edge).unwrap_or_default()
}

/// `$append([], $undo[[1..$count($undo) - 1]])`
fn without_top(undo: VarId) -> Term {
    let number = |number: u64| Term::Literal(Value::from(number));
    let last = Term::binary("-", Term::Call("count", vec![Term::Var(undo)]), number(1));
    let rest = Term::Array(vec![Element { term: Term::binary("..", number(1), last), list: false }]);
    let rest = Term::Index(Box::new(Term::Var(undo)), Box::new(rest));
    Term::Call("append", vec![Term::Array(Vec::new()), rest])
}

/// The undos that failed, and this one.
fn failure_noted(failed: VarId, step: String) -> Term {
    let part = |key: &str| {
        let part = Term::ErrorOutput.field(key);
        Term::conditional(part.clone(), part, Term::string(""))
    };
    let noted = Term::Object(vec![
        ("step".to_owned(), Term::string(step)),
        ("error".to_owned(), part("Error")),
        ("cause".to_owned(), part("Cause")),
    ]);
    let noted = Term::Array(vec![Element { term: noted, list: false }]);
    Term::Call("append", vec![super::report::noted(failed), noted])
}
