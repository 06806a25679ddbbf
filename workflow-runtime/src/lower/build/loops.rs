//! Loops, labelled blocks, `break`, `continue`.
//!
//! Rounds begin at a *head*: a Pass that vanishes once the graph is built, since the ways into it assign themselves. A
//! variable that the body changes is one variable of the machine there, assigned on the way in and on every way back.

use std::collections::BTreeSet;

use super::mutable::variable;
use super::{Builder, Mode, Way, unify};
use crate::lower::graph::{Edge, EdgeRef, Kind, LoopInfo, NodeId, Target};
use crate::lower::ir::{At, Attributes, Block, Expr, ExprKind};
use crate::lower::parts;
use crate::lower::term::{Term, VarId};
use crate::lower::typed::{self, Typed};
use crate::lower::value::Condition;
use crate::payload::Type;

/// How often a body is walked until the types of its variables are known.
const WALKS_MAX: usize = 4;

/// A loop or labelled block that is being walked.
#[derive(Clone)]
pub(super) struct Loop {
    label: Option<&'static str>,
    /// Where `continue` goes; a labelled block has none.
    head: Option<NodeId>,
    carried: Vec<Carried>,
    /// Counts the rounds of a `for`.
    counter: Option<VarId>,
    breaks: Vec<Way>,
    mode: Mode,
}

/// A variable that goes from round to round.
#[derive(Clone, PartialEq)]
struct Carried {
    /// Its place in scope.
    index: usize,
    var: VarId,
    known: Known,
}

/// What is known of a variable at the head.
#[derive(Clone)]
struct Known {
    ty: Type,
    external: bool,
    /// Some way back brings another value.
    changes: bool,
}

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        typed::type_name(&self.ty) == typed::type_name(&other.ty)
            && (self.external, self.changes) == (other.external, other.changes)
    }
}

/// A loop's outside.
pub(super) struct Shape<'a> {
    pub(super) label: Option<&'static str>,
    pub(super) body: &'a Block,
    /// What else may assign in a round.
    pub(super) condition: Option<&'a Expr>,
    /// The counter's variable and its first value.
    pub(super) counter: Option<(VarId, Term)>,
    pub(super) rounds: Option<u64>,
    pub(super) mode: Mode,
    pub(super) at: At,
}

/// One round, from the head; the way on which the loop ends by itself.
pub(super) type Round<'a> = &'a dyn Fn(&mut Builder<'_>) -> Option<Way>;

impl Builder<'_> {
    pub(super) fn repeat(&mut self, expr: &Expr, mode: Mode) -> Option<Typed> {
        let at = expr.at;
        match &expr.kind {
            ExprKind::Loop { label, body } => {
                let shape = Shape { label: *label, body, condition: None, counter: None, rounds: None, mode, at };
                self.looped(&shape, &|builder| {
                    let done = builder.block(body, Mode::Value);
                    builder.next_round(done.is_some());
                    None
                })
            }
            ExprKind::While { label, condition, body, attributes } => {
                let shape = Shape {
                    label: *label,
                    body,
                    condition: Some(condition),
                    counter: None,
                    rounds: None,
                    mode: Mode::Value,
                    at,
                };
                self.looped(&shape, &|builder| {
                    let condition = builder.condition(condition)?;
                    builder.round_if(condition, None, attributes, at, &|builder| builder.block(body, Mode::Value))
                })
            }
            ExprKind::For(each) => self.for_loop(each, at),
            ExprKind::Labelled { label, body } => self.labelled(*label, body, mode),
            ExprKind::Break { label, value } => self.break_out(*label, *value, at),
            ExprKind::Continue { label } => {
                match self.target_of(*label) {
                    Some(target) => self.go_round(target),
                    None => {
                        self.unexpected(at, "`continue` outside of a loop");
                    }
                }
                self.open.clear();
                None
            }
            _ => Some(self.unexpected(at, "this loop")),
        }
    }

    /// The head's Choice: a round where the condition holds, else the end.
    pub(super) fn round_if(
        &mut self,
        condition: Condition,
        hint: Option<String>,
        attributes: &Attributes,
        at: At,
        body: &dyn Fn(&mut Self) -> Option<Typed>,
    ) -> Option<Way> {
        let Condition { test, names } = condition;
        let Some(test) = test else {
            // It always holds.
            let done = self.with_names(names, |builder| body(builder));
            self.next_round(done.is_some());
            return None;
        };
        let rules = vec![(test, Edge::default())];
        let choice = self.graph.node(self.container, Kind::Choice(rules), attributes, at);
        self.graph.nodes[choice.0].hint = hint;
        self.enter(choice);
        let (env, undo) = (self.env(), self.frame.undo);
        self.open = vec![EdgeRef::Rule(choice, 0)];
        let done = self.with_names(names, |builder| body(builder));
        self.next_round(done.is_some());
        self.set_env(&env);
        self.frame.undo = undo;
        self.open = vec![EdgeRef::Next(choice)];
        self.way(Some(Typed::unit()))
    }

    /// Walks the loop, again where its rounds tell more of a variable's type than its first value did.
    pub(super) fn looped(&mut self, shape: &Shape<'_>, round: Round<'_>) -> Option<Typed> {
        let changed = self.changed_in(shape);
        let mut known: Vec<Option<Known>> = changed
            .iter()
            .map(|index| {
                let value = &self.names[*index].1;
                Some(Known { ty: value.ty.clone(), external: value.external, changes: true })
            })
            .collect();
        for walk in 1.. {
            let mut attempt = self.clone();
            let (value, learned) = attempt.walk(shape, &changed, &known, round);
            if learned == known || walk == WALKS_MAX {
                *self = attempt;
                return value;
            }
            known = learned;
        }
        None
    }

    fn walk(
        &mut self,
        shape: &Shape<'_>,
        changed: &[usize],
        known: &[Option<Known>],
        round: Round<'_>,
    ) -> (Option<Typed>, Vec<Option<Known>>) {
        let scope = self.names.len();
        let head = self.graph.node(self.container, Kind::Pass, &Attributes::NONE, shape.at);
        self.graph.nodes[head.0].head = true;
        let mut carried = Vec::new();
        let mut copies = Vec::new();
        for (index, known) in changed.iter().zip(known) {
            let Some(known) = known else { continue };
            let (name, value) = self.names[*index].clone();
            let var = self.graph.var(Some(name), name);
            self.graph.vars[var.0].decl = value.binding.map(|binding| binding.decl);
            carried.push(Carried { index: *index, var, known: Known { changes: false, ..known.clone() } });
            copies.push((var, value.defined()));
        }
        copies.extend(shape.counter.clone());
        self.enter_undos(shape.body);
        self.enter_round(copies, head);
        // What was made to assign on the way in is not the loop's own.
        let first = NodeId(self.graph.nodes.len());
        self.open = vec![EdgeRef::Next(head)];
        for (carried, known) in carried.iter().zip(known.iter().flatten()) {
            let external = known.external;
            let value = Typed { external, ..variable(carried.var, known.ty.clone()) };
            let slot = &mut self.names[carried.index].1;
            *slot = Typed { binding: slot.binding, poison: slot.poison, ..value };
        }
        let counter = shape.counter.as_ref().map(|(var, _)| *var);
        self.loops.push(Loop {
            label: shape.label,
            head: Some(head),
            carried,
            counter,
            breaks: Vec::new(),
            mode: shape.mode,
        });
        let end = round(self);
        self.names.truncate(scope);
        let Some(left) = self.loops.pop() else { return (None, Vec::new()) };
        let after = NodeId(self.graph.nodes.len());
        self.graph.loops.push(LoopInfo { head, first, end: after, rounds: shape.rounds, at: shape.at });
        let value = self.join(end.into_iter().chain(left.breaks));
        let mut learned = left.carried.into_iter();
        // One that no round changes is not carried at all.
        let learned = known.iter().map(|known| known.as_ref().and_then(|_| learned.next()));
        let learned = learned.map(|carried| carried.map(|it| it.known).filter(|known| known.changes)).collect();
        (value, learned)
    }

    /// The variables in scope that a round may change.
    fn changed_in(&self, shape: &Shape<'_>) -> Vec<usize> {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        let mut tell = |expr: &Expr| {
            if let ExprKind::Assign { place, .. } = &expr.kind {
                names.extend(root(place));
            }
        };
        parts::each_in(shape.body, &mut tell);
        if let Some(condition) = shape.condition {
            parts::each(condition, &mut tell);
        }
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut changed = Vec::new();
        for (index, (name, value)) in self.names.iter().enumerate().rev() {
            let variable = value.binding.is_some_and(|binding| !binding.unset);
            // An outer variable of that name is hidden.
            if seen.insert(name) && variable && names.contains(name) {
                changed.push(index);
            }
        }
        changed.reverse();
        changed
    }

    /// From where control stands to a loop's head, all assignments at once.
    fn enter_round(&mut self, copies: Vec<(VarId, Term)>, head: NodeId) {
        let copies: Vec<(VarId, Term)> = copies.into_iter().filter(|(var, term)| *term != Term::Var(*var)).collect();
        if !copies.is_empty() {
            self.make_hosts(copies.iter().all(|(_, term)| term.is_total()));
        }
        for edge in std::mem::take(&mut self.open) {
            let edge = self.graph.edge_mut(edge);
            edge.copies.clone_from(&copies);
            edge.target = Target::Node(head);
        }
    }

    /// Ends a round of the innermost loop.
    pub(super) fn next_round(&mut self, reached: bool) {
        let Some(innermost) = self.loops.len().checked_sub(1) else { return };
        if reached {
            self.go_round(innermost);
        }
        self.open.clear();
    }

    fn go_round(&mut self, target: usize) {
        let Some(head) = self.loops[target].head else { return };
        let mut carried = std::mem::take(&mut self.loops[target].carried);
        let mut copies = Vec::new();
        if !self.open.is_empty() {
            for carried in &mut carried {
                let value = &self.names[carried.index].1;
                let known = &mut carried.known;
                known.changes |= value.term != Term::Var(carried.var);
                known.external |= value.external;
                known.ty = unify(known.ty.clone(), value.ty.clone());
                copies.push((carried.var, value.clone().defined()));
            }
        }
        self.loops[target].carried = carried;
        if let Some(counter) = self.loops[target].counter {
            let one = Term::Literal(serde_json::Value::from(1));
            copies.push((counter, Term::binary("+", Term::Var(counter), one)));
        }
        self.enter_round(copies, head);
    }

    /// The loop or block that a `break` or `continue` means.
    fn target_of(&self, label: Option<&str>) -> Option<usize> {
        self.loops.iter().rposition(|known| match label {
            Some(label) => known.label == Some(label),
            None => known.head.is_some(),
        })
    }

    fn break_out(&mut self, label: Option<&'static str>, value: Option<&Expr>, at: At) -> Option<Typed> {
        let Some(target) = self.target_of(label) else {
            self.open.clear();
            return Some(self.unexpected(at, "`break` outside of a loop"));
        };
        let value = match value {
            Some(value) => self.eval(value, self.loops[target].mode)?,
            None => Typed::unit(),
        };
        let way = self.way(Some(value));
        self.loops[target].breaks.extend(way);
        None
    }

    fn labelled(&mut self, label: Option<&'static str>, body: &Block, mode: Mode) -> Option<Typed> {
        self.loops.push(Loop { label, head: None, carried: Vec::new(), counter: None, breaks: Vec::new(), mode });
        let value = self.block(body, mode);
        let last = self.way(value);
        let left = self.loops.pop()?;
        self.join(left.breaks.into_iter().chain(last))
    }
}

/// The name of the variable that an assignment changes.
pub(super) fn root(place: &Expr) -> Option<&'static str> {
    match &place.kind {
        ExprKind::Variable(name) => Some(name),
        ExprKind::Field(base, _) | ExprKind::TupleField(base, _) | ExprKind::Index(base, _) => root(base),
        _ => None,
    }
}
