//! `let`: names for values, and which of them become variables.

use super::Builder;
use crate::lower::graph::{EdgeRef, Kind, Target};
use crate::lower::ir::{At, Attributes, Pattern};
use crate::lower::term::{Term, VarId};
use crate::lower::typed::{self, Typed};
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
        let fresh = self.is_fresh(&value.term);
        if !fresh && (value.term.is_path() || self.conditional > 0 || value.flattened) {
            return value;
        }
        let hosted =
            if fresh { self.can_host(&value.term) } else { self.open.len() == 1 && self.can_host(&value.term) };
        let once = value.term.is_volatile() && self.conditional == 0;
        if !hosted && !once {
            return value;
        }
        let mut variable = Typed { missing: false, flattened: false, ..value.clone() };
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
    // A tuple struct's field.
    if let Ok(index) = field.parse::<u32>() {
        if let Type::Named(named) = &base.ty
            && let Shape::Newtype(inner) = (named.shape)()
            && index == 0
        {
            return Some(base.part(base.term.clone(), inner));
        }
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
