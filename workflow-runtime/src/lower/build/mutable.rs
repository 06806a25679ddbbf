//! `let mut`, assignments, and what variables hold where ways meet.
//!
//! A variable is known by the value that it holds now: assigning to it assigns nothing in the machine until ways meet or a
//! loop goes round. Terms only ever read values that stay as they are, so nothing has to be copied to be kept.

use super::{Builder, Way, unify};
use crate::lower::codes;
use crate::lower::graph::Kind;
use crate::lower::ir::{At, Attributes, BinaryOp, Declare, Expr, ExprKind, Pattern};
use crate::lower::term::Term;
use crate::lower::typed::{Binding, Hint, Typed};
use crate::payload::Type;

/// What each variable in scope holds, by its place in scope.
pub(in crate::lower) type Env = Vec<(usize, Typed)>;

/// From a value to a part of it.
#[derive(Clone, Debug)]
pub(in crate::lower) enum Inward<'e> {
    /// A field, by its Rust name or number.
    Field(String),
    /// A list's element, by its position.
    Element(&'e Expr),
}

/// The largest expression that one state assigns; a larger one is split by a Pass.
const SIZE_MAX: usize = 150;

impl Builder<'_> {
    pub(in crate::lower) fn env(&self) -> Env {
        let all = self.names.iter().enumerate();
        all.filter(|(_, (_, value))| value.binding.is_some()).map(|(at, (_, value))| (at, value.clone())).collect()
    }

    /// Variables that came into scope since stay as they are.
    pub(in crate::lower) fn set_env(&mut self, env: &Env) {
        for (index, value) in env {
            if let Some((_, known)) = self.names.get_mut(*index)
                && decl(known) == decl(value)
            {
                known.clone_from(value);
            }
        }
    }

    /// `let mut name = value`
    pub(super) fn bind_mutable(&mut self, name: &'static str, value: Typed) {
        let value = self.bind_name(name, value);
        self.bring_into_scope(name, value, false);
    }

    fn bring_into_scope(&mut self, name: &'static str, value: Typed, unset: bool) {
        self.graph.decls += 1;
        let binding = Binding { decl: self.graph.decls, container: self.container, unset };
        self.own(name, &value, binding);
        self.names.push((name, Typed { binding: Some(binding), ..value }));
    }

    /// The machine's variable that holds the value may become one with the variable's others.
    fn own(&mut self, name: &'static str, value: &Typed, binding: Binding) {
        if let Term::Var(var) = value.term {
            let var = &mut self.graph.vars[var.0];
            if var.name == Some(name) && var.decl.is_none() {
                var.decl = Some(binding.decl);
            }
        }
    }

    /// `let name;`
    pub(super) fn declare(&mut self, made: &Declare) {
        self.declare_names(&made.pattern, made.ty.map(|ty| ty()));
    }

    fn declare_names(&mut self, pattern: &Pattern, ty: Option<Type>) {
        match pattern {
            Pattern::Bind { name, .. } | Pattern::Mutable { name, .. } => {
                let value = Typed::new(Term::null(), ty.unwrap_or(Type::Json));
                self.bring_into_scope(name, value, true);
            }
            Pattern::Tuple(parts) => {
                let types = match ty {
                    Some(Type::Tuple(types)) => types,
                    _ => Vec::new(),
                };
                for (index, part) in parts.iter().enumerate() {
                    self.declare_names(part, types.get(index).cloned());
                }
            }
            Pattern::Struct { .. } | Pattern::Wildcard => {}
        }
    }

    /// The variable that an assignment names and the fields and elements behind it.
    pub(in crate::lower) fn place<'e>(&self, place: &'e Expr) -> Option<(usize, Vec<Inward<'e>>)> {
        match &place.kind {
            ExprKind::Variable(name) => {
                let index = self.names.iter().rposition(|(known, _)| known == name)?;
                Some((index, Vec::new()))
            }
            ExprKind::Field(base, field) => {
                let (index, mut fields) = self.place(base)?;
                fields.push(Inward::Field((*field).to_owned()));
                Some((index, fields))
            }
            ExprKind::TupleField(base, field) => {
                let (index, mut fields) = self.place(base)?;
                fields.push(Inward::Field(field.to_string()));
                Some((index, fields))
            }
            ExprKind::Index(base, position) => {
                let (index, mut fields) = self.place(base)?;
                fields.push(Inward::Element(position));
                Some((index, fields))
            }
            _ => None,
        }
    }

    /// Gives a variable another value.
    pub(in crate::lower) fn set(&mut self, index: usize, value: Typed, at: At) {
        let (name, old) = self.names[index].clone();
        let Some(binding) = old.binding else {
            if !old.poison {
                self.unexpected(at, &format!("assigning to `{name}`"));
            }
            return;
        };
        if binding.container != self.container {
            self.fault(
                codes::CHANGES_OUTSIDE,
                at,
                format!(
                    "`{name}` is changed in a branch but stands outside of it: let the branch end with the new value"
                ),
            );
            return;
        }
        let binding = Binding { unset: false, ..binding };
        let ty = if value.poison { old.ty } else { unify(value.ty.clone(), old.ty) };
        let value = self.hold(name, Typed { ty, ..value });
        self.own(name, &value, binding);
        self.names[index].1 = Typed { binding: Some(binding), ..value };
    }

    /// The value as the variable holds it: assigned where that costs nothing, or where it grows too large to be written out.
    fn hold(&mut self, name: &'static str, value: Typed) -> Typed {
        if value.poison || self.conditional > 0 {
            return value;
        }
        let size = self.open.iter().map(|edge| self.graph.edge(*edge).inline(&value.term).size()).max();
        if size.is_none_or(|size| size <= SIZE_MAX) {
            return self.bind_name(name, value);
        }
        let var = self.graph.var(Some(name), name);
        let held = Typed { missing: false, flattened: false, hint: Hint::None, term: Term::Var(var), ..value.clone() };
        self.cut();
        self.assign(var, &value.defined());
        held
    }

    /// What comes next is assigned by a state of its own.
    fn cut(&mut self) {
        let pass = self.graph.node(self.container, Kind::Pass, &Attributes::NONE, At::default());
        self.enter(pass);
    }

    /// What two ways that need no states of their own left in the variables: `condition ? then : what they hold now`.
    pub(in crate::lower) fn choose_env(&mut self, condition: &Typed, then: &Env) {
        for (index, then) in then {
            let Some((name, now)) = self.names.get(*index).cloned() else { continue };
            let Some(binding) = now.binding.filter(|_| decl(&now) == decl(then)) else { continue };
            if now.term == then.term && now.binding == then.binding {
                continue;
            }
            let unset = binding.unset || then.binding.is_some_and(|binding| binding.unset);
            let binding = Binding { unset, ..binding };
            let ty = unify(then.ty.clone(), now.ty.clone());
            let external = then.external || now.external;
            let poison = then.poison || now.poison || condition.poison;
            let value = if unset || poison {
                Typed { poison: poison && !unset, ..Typed::new(Term::null(), ty) }
            } else {
                let term = Term::conditional(condition.clone().defined(), then.clone().defined(), now.defined());
                let chosen = Typed { external, ..Typed::new(term, ty) };
                self.hold(name, chosen)
            };
            self.own(name, &value, binding);
            self.names[*index].1 = Typed { binding: Some(binding), ..value };
        }
    }

    /// After `left && right` or `left || right`, where `right` may have changed something.
    pub(in crate::lower) fn choose_operand(&mut self, operator: BinaryOp, left: &Typed, before: &Env) {
        if operator == BinaryOp::Or {
            self.choose_env(left, before);
        } else {
            let after = self.env();
            self.set_env(before);
            self.choose_env(left, &after);
        }
    }

    /// What the variables hold where ways meet.
    pub(super) fn meet(&mut self, ways: &mut [Way]) {
        if let [way] = ways {
            let env = way.env.clone();
            self.set_env(&env);
            return;
        }
        for index in 0..self.names.len() {
            let (name, known) = self.names[index].clone();
            let Some(binding) = known.binding else { continue };
            let held: Vec<Typed> = ways
                .iter()
                .map(|way| {
                    let found = way.env.iter().find(|(at, value)| *at == index && decl(value) == decl(&known));
                    found.map_or_else(|| known.clone(), |(_, value)| value.clone())
                })
                .collect();
            let Some(first) = held.first() else { continue };
            let mut value = Typed { binding: None, ..first.clone() };
            for other in &held {
                value.ty = unify(value.ty, other.ty.clone());
                value.external |= other.external;
                value.poison |= other.poison;
                value.missing |= other.missing;
            }
            let unset = held.iter().any(|value| value.binding.is_none_or(|binding| binding.unset));
            let same = held.iter().all(|other| other.term == first.term && other.flattened == first.flattened);
            if !unset && !same && !value.poison {
                value = self.settle_ways(name, binding, value, held, ways);
            }
            self.names[index].1 = Typed { binding: Some(Binding { unset, ..binding }), ..value };
        }
    }

    /// Ways bring different values: each assigns its own.
    fn settle_ways(
        &mut self,
        name: &'static str,
        binding: Binding,
        value: Typed,
        held: Vec<Typed>,
        ways: &mut [Way],
    ) -> Typed {
        let var = self.graph.var(Some(name), name);
        self.graph.vars[var.0].decl = Some(binding.decl);
        for (way, held) in ways.iter_mut().zip(held) {
            let open = std::mem::replace(&mut self.open, std::mem::take(&mut way.edges));
            self.assign(var, &held.defined());
            way.edges = std::mem::replace(&mut self.open, open);
        }
        let external = value.external;
        Typed { external, ..variable(var, value.ty) }
    }
}

fn decl(value: &Typed) -> Option<usize> {
    value.binding.map(|binding| binding.decl)
}

/// A value that a machine's variable holds.
pub(super) fn variable(var: crate::lower::term::VarId, ty: Type) -> Typed {
    match ty {
        Type::Failure => Typed::failure(Term::Var(var)),
        ty => Typed::new(Term::Var(var), ty),
    }
}
