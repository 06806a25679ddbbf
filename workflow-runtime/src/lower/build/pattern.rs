//! `let`: names for values, and which of them become variables.

use std::collections::BTreeMap;

use super::Builder;
use crate::lower::graph::{EdgeRef, Kind, Target};
use crate::lower::ir::{At, Attributes, Pattern};
use crate::lower::term::{Term, VarId};
use crate::lower::typed::{self, Hint, Typed};
use crate::payload::{Shape, Type};

impl Builder<'_> {
    /// Binds a pattern's names.
    pub(in crate::lower) fn bind(&mut self, pattern: &Pattern, value: Typed) {
        match pattern {
            Pattern::Wildcard => {}
            Pattern::Bind { name, .. } => {
                let bound = self.bind_name(name, value);
                self.names.push((name, bound));
            }
            Pattern::Mutable { name, .. } => self.bind_mutable(name, value),
            Pattern::Tuple(patterns) => {
                let parts = typed::tuple_parts(&value.ty).unwrap_or_default();
                for (index, pattern) in patterns.iter().enumerate() {
                    let part = match parts.get(index) {
                        Some(ty) => {
                            let index = u32::try_from(index).unwrap_or(u32::MAX);
                            value.part(value.term.clone().item(index), ty.clone())
                        }
                        None => Typed::poison(),
                    };
                    self.bind(pattern, part);
                }
            }
            Pattern::Struct { ty, fields } => {
                let base = Typed { ty: ty(), ..value };
                for (field, pattern) in *fields {
                    let part = field_of(&base, field).unwrap_or_else(Typed::poison);
                    self.bind(pattern, part);
                }
            }
        }
    }

    pub(super) fn bind_name(&mut self, name: &'static str, value: Typed) -> Typed {
        if value.poison {
            return value;
        }
        if let Term::Var(var) = value.term {
            let known = &mut self.graph.vars[var.0];
            known.name.get_or_insert(name);
            return value;
        }
        if !matches!(value.hint, Hint::None | Hint::Stage(_)) {
            return value;
        }
        if self.conditional > 0 {
            return self.bind_local(name, value);
        }
        let fresh = self.is_fresh(&value.term);
        if !fresh && (value.term.is_path() || value.flattened) {
            return value;
        }
        let hosted =
            if fresh { self.can_host(&value.term) } else { self.open.len() == 1 && self.can_host(&value.term) };
        let once = value.term.is_volatile();
        if !hosted && !once {
            return value;
        }
        let mut variable = Typed { missing: false, flattened: false, hint: Hint::None, ..value.clone() };
        let term = value.defined();
        let var = self.graph.var(Some(name), name);
        if !fresh && !once {
            self.graph.vars[var.0].inline = Some(term.clone());
        }
        self.assign(var, &term);
        variable.term = Term::Var(var);
        variable
    }

    /// Whether the term reads what the state before has just yielded.
    fn is_fresh(&self, term: &Term) -> bool {
        if term.reads_state() {
            return true;
        }
        let mut fresh = false;
        let assigned: Vec<VarId> =
            self.open.iter().flat_map(|edge| self.graph.edge(*edge).assigns.iter().map(|(var, _)| *var)).collect();
        term.each_var(&mut |var| fresh |= assigned.contains(&var));
        fresh
    }

    /// Whether the open edges can compute it: a failing Assign must not run a task again or count as its failure.
    fn can_host(&self, term: &Term) -> bool {
        self.open.iter().all(|edge| match edge {
            EdgeRef::Start(_) => false,
            EdgeRef::Catch(..) | EdgeRef::Rule(..) => true,
            EdgeRef::Next(node) => {
                !self.graph.nodes[node.0].head && (term.is_total() || !self.graph.handles_evaluation(*node))
            }
        })
    }

    /// Assigns on every open edge; on a Pass of its own where the edge cannot: the way into the machine, or a Task that
    /// would take a failing Assign for its own failure.
    pub(super) fn assign(&mut self, var: VarId, term: &Term) {
        self.make_hosts(term.is_total());
        self.settle_chance(term);
        for index in 0..self.open.len() {
            let edge = self.open[index];
            self.graph.edge_mut(edge).assigns.push((var, term.clone()));
        }
    }
}

impl Builder<'_> {
    /// Puts a Pass behind every open edge that cannot assign.
    pub(super) fn make_hosts(&mut self, total: bool) {
        for index in 0..self.open.len() {
            let container = match self.open[index] {
                EdgeRef::Start(container) => container,
                EdgeRef::Next(node) if !total && self.graph.handles_evaluation(node) => {
                    self.graph.nodes[node.0].container
                }
                _ => continue,
            };
            let pass = self.graph.node(container, Kind::Pass, &Attributes::NONE, At::default());
            self.graph.edge_mut(self.open[index]).target = Target::Node(pass);
            self.open[index] = EdgeRef::Next(pass);
        }
    }

    /// A Pass behind every open edge that assigns by chance what the term reads: it would be made anew where it is written out.
    fn settle_chance(&mut self, term: &Term) {
        for index in 0..self.open.len() {
            let edge = self.open[index];
            let (true, Some(node)) = (self.reads_chance(edge, term), edge.node()) else { continue };
            let container = self.graph.nodes[node.0].container;
            let pass = self.graph.node(container, Kind::Pass, &Attributes::NONE, At::default());
            self.graph.edge_mut(edge).target = Target::Node(pass);
            self.open[index] = EdgeRef::Next(pass);
        }
    }

    /// A variable for what another evaluation would make anew.
    pub(in crate::lower) fn keep(&mut self, name: Option<&'static str>, fallback: &str, term: &Term) -> Term {
        let var = self.graph.var(name, fallback);
        self.assign(var, term);
        Term::Var(var)
    }

    /// The term with variables for what another evaluation would make anew.
    pub(super) fn steady(&mut self, term: &Term) -> Term {
        if !term.is_volatile() {
            return term.clone();
        }
        let inside = term.parts().into_iter().any(|part| matches!(part, Term::Function(..)) && part.is_volatile());
        let name = match term {
            Term::Call("uuid", _) => "id",
            Term::Call("random", _) => "chance",
            Term::Call("now" | "millis", _) => "time",
            Term::Handwritten(_) => "value",
            _ if inside => "value",
            other => return other.map_parts(&mut |part| self.steady(part)),
        };
        self.keep(None, name, term)
    }

    /// Whether the term reads what this very edge assigns by chance.
    fn reads_chance(&self, edge: EdgeRef, term: &Term) -> bool {
        self.graph.edge(edge).assigns.iter().any(|(var, value)| value.is_volatile() && term.reads(*var) > 0)
    }

    /// A name inside an expression: a name of the block that is written where it is read often.
    fn bind_local(&mut self, name: &'static str, value: Typed) -> Typed {
        let (Some(locals), false) = (self.locals.last_mut(), value.term.is_path() || value.flattened) else {
            return value;
        };
        let var = self.graph.var(Some(name), name);
        let bound = Typed { missing: false, hint: Hint::None, term: Term::Var(var), ..value.clone() };
        locals.push((var, value.defined()));
        bound
    }

    /// What an expression with names of its own evaluates to: the names stand in a block around it, and around what it leaves in
    /// variables.
    pub(in crate::lower) fn with_locals(&mut self, inside: impl FnOnce(&mut Self) -> Option<Typed>) -> Option<Typed> {
        self.locals.push(Vec::new());
        let value = inside(self);
        let locals = self.locals.pop().unwrap_or_default();
        let mut value = value?;
        for (var, term) in locals.into_iter().rev() {
            let values = BTreeMap::from([(var, term.clone())]);
            value.hint = match value.hint {
                Hint::Order(pairs) => {
                    Hint::Order(pairs.iter().map(|(a, b)| (a.substitute(&values), b.substitute(&values))).collect())
                }
                _ => Hint::None,
            };
            for (_, left) in &mut self.names {
                if left.term.reads(var) > 0 {
                    left.term = Term::bound(var, term.clone(), left.term.clone());
                }
            }
            value.term = Term::bound(var, term, value.term);
        }
        Some(value)
    }
}

/// `base.field`
pub(in crate::lower) fn field_of(base: &Typed, field: &str) -> Option<Typed> {
    if base.poison {
        return Some(Typed::poison());
    }
    if matches!(base.ty, Type::Failure) {
        let key = match field {
            "error" => "Error",
            "cause" => "Cause",
            _ => return None,
        };
        let mut value = base.part(base.term.clone().field(key), Type::Option(Box::new(Type::String)));
        value.missing = true;
        return Some(value);
    }
    if let Type::Named(named) = &base.ty
        && let Shape::Newtype(inner) = (named.shape)()
    {
        return (named.inner == Some(field)).then(|| base.part(base.term.clone(), inner));
    }
    // A tuple struct's field.
    if let Ok(index) = field.parse::<u32>() {
        let ty = typed::tuple_parts(&base.ty)?.get(index as usize)?.clone();
        return Some(base.part(base.term.clone().item(index), ty));
    }
    let fields = typed::struct_fields(&base.ty)?;
    let found = fields.iter().find(|known| known.ident == field)?;
    if found.skipped {
        return None;
    }
    Some(typed::read_field(base.term.clone(), found, base.external))
}
