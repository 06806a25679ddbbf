//! Assignments: the new value of a variable, or of one with a field changed.

use super::closure::{Argument, Closure};
use super::edit::only;
use crate::lower::build::{Builder, Inward, element, unify};
use crate::lower::codes;
use crate::lower::ir::{At, BinaryOp, Change, Expr, ExprKind};
use crate::lower::term::{Element, Term, VarId};
use crate::lower::typed::{self, Typed};
use crate::payload::{Shape, Type};

/// [`Inward`], its position evaluated.
#[expect(clippy::large_enum_variant, reason = "a place has few parts, and none lives long")]
enum Part {
    Field(String),
    /// By its position; inside, it is called by this name.
    Element(Typed, VarId),
}

impl Builder<'_> {
    /// `place = value`, `place += value`, `place.push(value)`
    pub(super) fn change(&mut self, place: &Expr, change: Change, value: &Expr, at: At) -> Option<Typed> {
        let given = self.given(value, change)?;
        let Some((index, steps)) = self.place(place) else {
            return Some(self.unexpected(at, "assigning to this"));
        };
        let mut parts = Vec::new();
        for step in steps {
            parts.push(match step {
                Inward::Field(name) => Part::Field(name),
                Inward::Element(position) => {
                    let position = self.part(position)?;
                    Part::Element(position, self.graph.var(None, "item"))
                }
            });
        }
        // What each base holds, the variable first.
        let mut bases = vec![Typed { binding: None, ..self.names[index].1.clone() }];
        let whole = change == Change::Set;
        for part in parts.iter().take(if whole { parts.len().saturating_sub(1) } else { parts.len() }) {
            let Some(base) = bases.last() else { break };
            let base = base.clone();
            bases.push(match part {
                Part::Field(name) => self.read(&base, name, at),
                Part::Element(position, item) => self.element_of(&base, position, *item, at),
            });
        }
        let mut new = match change {
            Change::Set => only(given),
            _ => match bases.pop() {
                Some(now) => self.changed(now, change, given, at)?,
                None => Typed::poison(),
            },
        };
        let mut through = false;
        while let Some(part) = parts.pop() {
            let Some(base) = bases.pop() else { break };
            new = match part {
                Part::Field(name) => self.with_field(&base, &name, new, through, at),
                Part::Element(position, item) => self.with_element(&base, &position, item, new, at),
            };
            through = true;
        }
        self.set(index, new, at);
        Some(Typed::unit())
    }

    /// What is assigned, or what the method is given.
    fn given<'e>(&mut self, value: &'e Expr, change: Change) -> Option<Vec<Argument<'e>>> {
        let values: &[Expr] = match &value.kind {
            ExprKind::Closure { parameters, body } => {
                return Some(vec![Argument::Closure(Closure { parameters, body })]);
            }
            ExprKind::Tuple(values) if change == Change::Insert => values,
            ExprKind::Unit if matches!(change, Change::Pop | Change::Become(_)) => &[],
            _ => std::slice::from_ref(value),
        };
        let mut given = Vec::new();
        for value in values {
            given.push(Argument::Value(Box::new(self.part(value)?)));
        }
        Some(given)
    }

    fn changed(&mut self, now: Typed, change: Change, given: Vec<Argument<'_>>, at: At) -> Option<Typed> {
        let poison = |argument: &Argument<'_>| matches!(argument, Argument::Value(value) if value.poison);
        if now.poison || given.iter().any(poison) {
            return Some(Typed::poison());
        }
        if let Change::Insert | Change::Remove | Change::Pop | Change::Become(_) = change {
            return self.edited(now, change, given, at);
        }
        let value = only(given);
        Some(match change {
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
            _ => value,
        })
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
            && named.inner == Some(name)
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
