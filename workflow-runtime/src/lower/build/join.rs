//! Where ways meet.

use super::{Builder, Returns, Way};
use crate::lower::graph::{NodeId, Target};
use crate::lower::term::{Element, Term};
use crate::lower::typed::Typed;
use crate::payload::Type;

impl Builder<'_> {
    /// Attaches a state to where control stands; it leaves by the state's `Next`.
    pub(super) fn enter(&mut self, node: NodeId) {
        for edge in std::mem::take(&mut self.open) {
            self.graph.edge_mut(edge).target = Target::Node(node);
        }
        self.open = vec![crate::lower::graph::EdgeRef::Next(node)];
    }

    /// Ends the way on which control stands.
    pub(super) fn way(&mut self, value: Option<Typed>) -> Option<Way> {
        let edges = std::mem::take(&mut self.open);
        let env = self.env();
        value.map(|value| Way { edges, value, env, undo: self.frame.undo })
    }

    /// Goes on where ways meet; their values become one, a variable where they differ.
    pub(super) fn join(&mut self, ways: impl IntoIterator<Item = Way>) -> Option<Typed> {
        let mut ways: Vec<Way> = ways.into_iter().filter(|way| !way.edges.is_empty()).collect();
        self.meet(&mut ways);
        self.level(&mut ways);
        let undos: Vec<_> = ways.iter().map(|way| way.undo).collect();
        let first = ways.first()?;
        let same = ways.iter().all(|way| way.value.term == first.value.term);
        let unit = ways.iter().any(|way| matches!(way.value.ty, Type::Unit));
        let poison = ways.iter().any(|way| way.value.poison);
        let mut value = first.value.clone();
        for way in &ways {
            value.ty = unify(value.ty, way.value.ty.clone());
            value.external |= way.value.external;
            value.missing |= way.value.missing;
        }
        if poison || unit || same {
            self.open = ways.into_iter().flat_map(|way| way.edges).collect();
            self.frame.undo = self.merge_undos(&undos);
            return Some(if poison {
                Typed::poison()
            } else if unit && !same {
                Typed::unit()
            } else {
                value
            });
        }
        let var = self.graph.var(None, "value");
        let mut open = Vec::new();
        for way in &mut ways {
            self.open = std::mem::take(&mut way.edges);
            self.assign(var, &way.value.clone().defined());
            open.append(&mut self.open);
        }
        self.open = open;
        self.frame.undo = self.merge_undos(&undos);
        let joined = Typed::new(Term::Var(var), value.ty);
        Some(Typed { external: value.external, ..joined })
    }

    /// `return Ok(value)`, and what a body ends with.
    pub(super) fn deliver(&mut self, value: Typed) {
        match self.frame.returns {
            Returns::End => {
                let term = value.defined();
                for edge in std::mem::take(&mut self.open) {
                    self.graph.edge_mut(edge).target = Target::End(term.clone());
                }
            }
            Returns::Settled { reports } => self.end_settled("ok", value.defined(), reports),
            Returns::Group(collector) => {
                if let Some(way) = self.way(Some(value)) {
                    self.collectors[collector].push(way);
                }
            }
        }
    }
}

/// The more telling of two types of one value.
pub(in crate::lower) fn unify(a: Type, b: Type) -> Type {
    match (a, b) {
        (Type::Json, b) | (Type::Integer { name: "{integer}", .. }, b @ (Type::Integer { .. } | Type::Float)) => b,
        (Type::Option(a), Type::Option(b)) => Type::Option(Box::new(unify(*a, *b))),
        (Type::List(a), Type::List(b)) => Type::List(Box::new(unify(*a, *b))),
        (a, _) => a,
    }
}

/// An array's element.
pub(in crate::lower) fn element(value: Typed) -> Element {
    let list = value.is_list();
    let maybe = !list && crate::lower::typed::may_be_array(&value.ty);
    let term = value.defined();
    let known = matches!(term, Term::Literal(_) | Term::Object(_) | Term::Array(_));
    Element { term: if maybe && !known { Term::Maybe(Box::new(term)) } else { term }, list }
}
