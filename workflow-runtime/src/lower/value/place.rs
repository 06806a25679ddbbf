//! Assignments: the new value of a variable, or of one with a field changed.

use crate::lower::build::{Builder, element, unify};
use crate::lower::codes;
use crate::lower::ir::{At, BinaryOp, Change, Expr};
use crate::lower::term::{Element, Term};
use crate::lower::typed::{self, Typed};
use crate::payload::{Shape, Type};

impl Builder<'_> {
    /// `place = value`, `place += value`, `place.push(value)`
    pub(super) fn change(&mut self, place: &Expr, change: Change, value: &Expr, at: At) -> Option<Typed> {
        let value = self.part(value)?;
        let Some((index, fields)) = self.place(place) else {
            return Some(self.unexpected(at, "assigning to this"));
        };
        // What each base holds, the variable first.
        let mut bases = vec![Typed { binding: None, ..self.names[index].1.clone() }];
        let whole = change == Change::Set;
        for field in fields.iter().take(if whole { fields.len().saturating_sub(1) } else { fields.len() }) {
            let Some(base) = bases.last() else { break };
            let base = base.clone();
            bases.push(self.read(&base, field, at));
        }
        let mut new = match change {
            Change::Set => value,
            _ => match bases.pop() {
                Some(now) => self.changed(now, change, value, at),
                None => Typed::poison(),
            },
        };
        let (mut fields, mut through) = (fields, false);
        while let Some(field) = fields.pop() {
            let Some(base) = bases.pop() else { break };
            new = self.with_field(&base, &field, new, through, at);
            through = true;
        }
        self.set(index, new, at);
        Some(Typed::unit())
    }

    fn changed(&mut self, now: Typed, change: Change, value: Typed, at: At) -> Typed {
        if now.poison || value.poison {
            return Typed::poison();
        }
        match change {
            Change::Set => value,
            Change::Operate(operator) => self.arithmetic(symbol(operator), now, value, at),
            Change::Push | Change::Extend => match typed::resolve(&now.ty) {
                Type::String => Typed::new(super::concatenate(vec![now.defined(), value.defined()]), Type::String),
                Type::List(inner) if change == Change::Push => Self::pushed(now, *inner, value),
                Type::List(inner) => match typed::resolve(&value.ty) {
                    Type::List(more) => {
                        let ty = Type::List(Box::new(unify(*inner, *more)));
                        let external = now.external || value.external;
                        let term = Term::Call("append", vec![now.defined(), value.defined()]);
                        Typed { external, ..Typed::new(term, ty) }
                    }
                    other => self.no_form(at, &format!("extending a list by `{}`", typed::type_name(&other))),
                },
                other => self.no_form(at, &format!("`push` and `extend` on `{}`", typed::type_name(&other))),
            },
        }
    }

    /// `list.push(value)`
    fn pushed(now: Typed, inner: Type, value: Typed) -> Typed {
        let ty = Type::List(Box::new(unify(inner, value.ty.clone())));
        let external = now.external || value.external;
        let pushed = element(value);
        let term = match now.defined() {
            // A list that is written out gets longer.
            Term::Array(mut elements) => {
                elements.push(pushed);
                Term::Array(elements)
            }
            list => Term::Call("append", vec![list, Term::Array(vec![pushed])]),
        };
        Typed { external, ..Typed::new(term, ty) }
    }

    /// The base with one field changed; `through` where the field's value is itself that of a base with a field changed.
    fn with_field(&mut self, base: &Typed, name: &str, value: Typed, through: bool, at: At) -> Typed {
        if base.poison || value.poison {
            return Typed::poison();
        }
        if let Type::Named(named) = &base.ty
            && let Shape::Newtype(_) = (named.shape)()
        {
            return Typed { ty: base.ty.clone(), ..value };
        }
        if let (Some(parts), Ok(index)) = (typed::tuple_parts(&base.ty), name.parse::<usize>()) {
            let mut elements: Vec<Element> = Vec::new();
            for (at, ty) in parts.iter().enumerate() {
                let position = u32::try_from(at).unwrap_or(u32::MAX);
                elements.push(element(base.part(base.term.clone().item(position), ty.clone())));
            }
            if let Some(changed) = elements.get_mut(index) {
                *changed = element(value);
            }
            return Typed { external: base.external, ..Typed::new(Term::Array(elements), base.ty.clone()) };
        }
        let field = typed::struct_fields(&base.ty).into_iter().flatten().find(|known| known.ident == name);
        let Some(field) = field.filter(|field| !field.skipped) else {
            let ty = typed::type_name(&base.ty);
            return self.fault(
                codes::MAY_BE_MISSING,
                at,
                format!("`{name}` of `{ty}` is not in its JSON, so no later step would see what is assigned to it"),
            );
        };
        if base.external && !field.aliases.is_empty() {
            return self.fault(
                codes::MAY_BE_MISSING,
                at,
                format!(
                    "`{name}` may stand under its alias, beside the key that is written here: change it in a `#[step]`"
                ),
            );
        }
        if field.flatten && through {
            // The value is the whole object already, with the inner key changed.
            return Typed { ty: base.ty.clone(), flattened: base.flattened, ..value };
        }
        let mut entries = Vec::new();
        self.entry(&mut entries, &field, value, at);
        if base.flattened {
            return Typed { term: Term::merged(base.term.clone(), entries), ..base.clone() };
        }
        let term = Term::merged(base.clone().defined(), entries);
        Typed { external: base.external, ..Typed::new(term, base.ty.clone()) }
    }
}

fn symbol(operator: BinaryOp) -> &'static str {
    match operator {
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Remainder => "%",
        _ => "+",
    }
}
