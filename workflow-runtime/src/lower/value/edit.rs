//! Lists and maps changed in place: an element assigned, `insert`, `remove`, `pop`, `sort` and their like.

use super::closure::{Argument, MethodCall};
use crate::lower::build::{Builder, element, unify};
use crate::lower::ir::{At, Change};
use crate::lower::term::{Term, VarId};
use crate::lower::typed::{self, Typed};
use crate::payload::Type;

/// The only value that was given.
pub(super) fn only(given: Vec<Argument<'_>>) -> Typed {
    match given.into_iter().next() {
        Some(Argument::Value(value)) => *value,
        _ => Typed::unit(),
    }
}

impl Builder<'_> {
    /// `list[position]` where it is changed: an item that is gone through.
    pub(super) fn element_of(&mut self, base: &Typed, position: &Typed, item: VarId, at: At) -> Typed {
        if base.poison || position.poison {
            return Typed::poison();
        }
        match typed::resolve(&base.ty) {
            Type::List(inner) => base.part(Term::Var(item), *inner),
            other => self.no_form(at, &format!("assigning to an element of `{}`", typed::type_name(&other))),
        }
    }

    /// The list with one element changed; an error where Rust would panic.
    pub(super) fn with_element(&mut self, base: &Typed, position: &Typed, item: VarId, value: Typed, at: At) -> Typed {
        if base.poison || position.poison || value.poison {
            return Typed::poison();
        }
        let Type::List(inner) = typed::resolve(&base.ty) else {
            let ty = typed::type_name(&base.ty);
            return self.no_form(at, &format!("assigning to an element of `{ty}`"));
        };
        let ty = Type::List(Box::new(unify(*inner, value.ty.clone())));
        let external = base.external || value.external;
        let (position, new) = (position.clone().defined(), value.defined());
        let term = self.short(base.clone().defined(), "list", |builder, list| {
            let index = builder.graph.var(None, "i");
            let here = Term::binary("=", Term::Var(index), position.clone());
            let body = Term::conditional(here, new, Term::Var(item));
            let changed = Term::call("map", [list.clone(), Term::function([item, index], body)]).whole();
            within(Term::binary("<", position, Term::call("count", [list])), changed)
        });
        Typed { external, ..Typed::new(term, ty) }
    }

    /// `insert`, `remove`, `pop`, `sort`, ..
    #[expect(clippy::needless_pass_by_value, reason = "it is replaced by what is returned")]
    pub(super) fn edited(&mut self, now: Typed, change: Change, given: Vec<Argument<'_>>, at: At) -> Option<Typed> {
        let ty = typed::resolve(&now.ty);
        Some(match (change, &ty) {
            (Change::Insert, Type::List(inner)) => self.inserted(&now, inner, given),
            (Change::Insert, Type::Map(inner)) => Self::entered(&now, inner, given),
            (Change::Remove, Type::List(_)) => self.without(&now, only(given)),
            (Change::Remove, Type::Map(_)) => self.without_key(&now, only(given)),
            (Change::Pop, Type::List(_)) => {
                let list = now.clone().defined();
                let term = self.short(list, "list", |builder, list| {
                    let end = Term::binary("-", Term::call("count", [list.clone()]), Term::number(1));
                    builder.by_position(list, |i| Term::binary("<", i, end))
                });
                now.part(term, now.ty.clone())
            }
            (Change::Become("clear"), Type::List(_)) => now.part(Term::Array(Vec::new()), now.ty.clone()),
            (Change::Become("clear"), Type::Map(_)) => now.part(Term::Object(Vec::new()), now.ty.clone()),
            (Change::Become("clear"), Type::String) => Typed::new(Term::string(""), Type::String),
            (Change::Become(name), Type::List(inner)) => {
                let call = MethodCall { name, into: None, ty: None, arguments: given, at };
                let changed = self.list_method(&now, inner, &call)?;
                Typed { ty: now.ty.clone(), ..changed }
            }
            _ => self.no_form(at, &format!("changing a `{}` in this way", typed::type_name(&ty))),
        })
    }

    /// `list.insert(position, value)`
    fn inserted(&mut self, now: &Typed, inner: &Type, given: Vec<Argument<'_>>) -> Typed {
        let Some((position, value)) = two(given) else { return Typed::poison() };
        let ty = Type::List(Box::new(unify(inner.clone(), value.ty.clone())));
        let external = now.external || value.external;
        let new = Term::Array(vec![element(value)]);
        let position = position.defined();
        let append = |a: Term, b: Term| Term::Call("append", vec![a, b]);
        if position == Term::number(0) {
            return Typed { external, ..Typed::new(append(new, now.clone().defined()), ty) };
        }
        let term = self.short(now.clone().defined(), "list", |builder, list| {
            let count = Term::call("count", [list.clone()]);
            let before = builder.by_position(list.clone(), |i| Term::binary("<", i, position.clone()));
            let after = builder.by_position(list, |i| Term::binary(">=", i, position.clone()));
            within(Term::binary("<=", position, count), append(append(before, new), after))
        });
        Typed { external, ..Typed::new(term, ty) }
    }

    /// `map.insert(key, value)`
    fn entered(now: &Typed, inner: &Type, given: Vec<Argument<'_>>) -> Typed {
        let Some((key, value)) = two(given) else { return Typed::poison() };
        let ty = Type::Map(Box::new(unify(inner.clone(), value.ty.clone())));
        let external = now.external || value.external;
        let entry = Term::Entry(Box::new(key.defined()), Box::new(value.defined()));
        let both = [now.clone().defined(), entry].map(|term| crate::lower::term::Element { term, list: false });
        Typed { external, ..Typed::new(Term::call("merge", [Term::Array(both.to_vec())]), ty) }
    }

    /// `list.remove(position)`
    fn without(&mut self, now: &Typed, position: Typed) -> Typed {
        let position = position.defined();
        let term = self.short(now.clone().defined(), "list", |builder, list| {
            let count = Term::call("count", [list.clone()]);
            let others = builder.by_position(list, |i| Term::binary("!=", i, position.clone()));
            within(Term::binary("<", position, count), others)
        });
        now.part(term, now.ty.clone())
    }

    /// `map.remove(&key)`
    fn without_key(&mut self, now: &Typed, key: Typed) -> Typed {
        let (value, name) = (self.graph.var(None, "value"), self.graph.var(None, "key"));
        let others = Term::function([value, name], Term::binary("!=", Term::Var(name), key.defined()));
        let left = Term::call("sift", [now.clone().defined(), others]);
        // Nothing left is undefined, which a list of objects leaves out.
        let both = [Term::Object(Vec::new()), left].map(|term| crate::lower::term::Element { term, list: false });
        now.part(Term::call("merge", [Term::Array(both.to_vec())]), now.ty.clone())
    }
}

fn two(given: Vec<Argument<'_>>) -> Option<(Typed, Typed)> {
    let mut given = given.into_iter();
    match (given.next(), given.next()) {
        (Some(Argument::Value(first)), Some(Argument::Value(second))) => Some((*first, *second)),
        _ => None,
    }
}

/// An error where Rust panics.
fn within(condition: Term, value: Term) -> Term {
    Term::conditional(condition, value, Term::call("error", [Term::string("index out of range")]))
}
