//! `if` and `match` whose ways make states: a Choice, its rules in the order of the arms, the last one its Default.

use super::{Builder, Mode, Way};
use crate::lower::graph::{Edge, EdgeRef, Kind};
use crate::lower::ir::{At, Attributes, Block, Expr, ValueArm};
use crate::lower::term::Term;
use crate::lower::typed::Typed;
use crate::lower::value::Name;

/// A way that a value takes: when, and which names it sees.
struct Taking<'a> {
    test: Option<Term>,
    names: Vec<Name>,
    body: &'a Expr,
}

impl Builder<'_> {
    pub(super) fn if_states(
        &mut self,
        condition: &Expr,
        then: &Block,
        otherwise: Option<&Expr>,
        attributes: &Attributes,
        mode: Mode,
        at: At,
    ) -> Option<Typed> {
        let condition = self.condition(condition)?;
        let Some(test) = condition.test else {
            return self.with_names(condition.names, |builder| builder.block(then, mode));
        };
        let choice = self.graph.node(self.container, Kind::Choice(vec![(test, Edge::default())]), attributes, at);
        self.enter(choice);
        let (undo, env) = (self.frame.undo, self.env());

        self.open = vec![EdgeRef::Rule(choice, 0)];
        let value = self.with_names(condition.names, |builder| builder.block(then, mode));
        let first = self.way(value);

        self.frame.undo = undo;
        self.set_env(&env);
        self.open = vec![EdgeRef::Next(choice)];
        let value = match otherwise {
            Some(otherwise) => self.eval(otherwise, mode),
            None => Some(Typed::unit()),
        };
        let second = self.way(value);
        self.join(first.into_iter().chain(second))
    }

    /// Evaluates with a pattern's names in scope.
    pub(in crate::lower) fn with_names<T>(&mut self, names: Vec<Name>, evaluate: impl FnOnce(&mut Self) -> T) -> T {
        let scope = self.names.len();
        for (name, value) in names {
            // What may not be evaluated is not computed ahead.
            let ahead = self.conditional == 0 || matches!(value.term, Term::Var(_));
            let bound = if ahead { self.bind_name(name, value) } else { value };
            self.names.push((name, bound));
        }
        let value = evaluate(self);
        self.names.truncate(scope);
        value
    }

    /// A value that is taken apart: a variable where it is no path and the state before can assign it.
    pub(in crate::lower) fn subject(&mut self, value: Typed) -> Typed {
        let parts = matches!(value.term, Term::Array(_) | Term::Object(_));
        if parts || value.poison || value.term.is_path() { value } else { self.bind_name("subject", value) }
    }

    pub(super) fn match_states(
        &mut self,
        scrutinee: &Expr,
        arms: &[ValueArm],
        let_else: bool,
        attributes: &Attributes,
        mode: Mode,
        at: At,
    ) -> Option<Typed> {
        let value = self.eval(scrutinee, Mode::Value)?;
        let value = self.subject(value);
        let mut taken: Vec<Taking<'_>> = Vec::new();
        for arm in arms {
            let condition = self.guarded(&arm.pattern, arm.guard.as_ref(), &value)?;
            let always = condition.test.is_none();
            taken.push(Taking { test: condition.test, names: condition.names, body: &arm.body });
            if always {
                break;
            }
        }
        // The program is exhaustive.
        let Some(mut last) = taken.pop() else {
            self.open.clear();
            return None;
        };
        if let_else
            && let [first] = taken.as_mut_slice()
            && let Some(test) = first.test.take()
        {
            // Whoever leaves is the rule: what goes on may then be another Choice's rule.
            std::mem::swap(first, &mut last);
            first.test = Some(test.negated());
        }
        if taken.is_empty() {
            return self.with_names(last.names, |builder| builder.eval(last.body, mode));
        }
        let rules = taken.iter().map(|arm| (arm.test.clone().unwrap_or_else(Term::null), Edge::default())).collect();
        let choice = self.graph.node(self.container, Kind::Choice(rules), attributes, at);
        self.enter(choice);
        let (undo, env) = (self.frame.undo, self.env());
        let mut ways: Vec<Way> = Vec::new();
        for (index, arm) in taken.into_iter().enumerate() {
            self.open = vec![EdgeRef::Rule(choice, index)];
            self.frame.undo = undo;
            self.set_env(&env);
            let value = self.with_names(arm.names, |builder| builder.eval(arm.body, mode));
            ways.extend(self.way(value));
        }
        self.open = vec![EdgeRef::Next(choice)];
        self.frame.undo = undo;
        self.set_env(&env);
        let value = self.with_names(last.names, |builder| builder.eval(last.body, mode));
        ways.extend(self.way(value));
        self.join(ways)
    }
}
