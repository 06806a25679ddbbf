//! `Option`: `null`, a missing key, or a value.

use super::closure::{Argument, Closure, MethodCall};
use crate::lower::build::{Builder, element, unify};
use crate::lower::term::Term;
use crate::lower::typed::{self, Typed};
use crate::payload::Type;

impl Builder<'_> {
    pub(super) fn option_method(&mut self, value: &Typed, inner: &Type, call: &MethodCall<'_>) -> Option<Typed> {
        // A missing key is asked for by `!= null` itself.
        let term = if value.flattened { value.clone().defined() } else { value.term.clone() };
        let mut outcome = None;
        let term = self.short(term, "option", |builder, term| {
            // False for null and for a missing key alike.
            let some = Term::binary("!=", term.clone(), Term::null());
            let part = value.part(term, inner.clone());
            outcome = builder.option_form(value, &part, &some, call);
            outcome.as_ref().map_or_else(Term::null, |made| made.term.clone())
        });
        outcome.map(|made| Typed { term, ..made })
    }

    /// By the value as it is if there is one.
    fn option_form(&mut self, whole: &Typed, part: &Typed, some: &Term, call: &MethodCall<'_>) -> Option<Typed> {
        let choose = |then: Term, otherwise: Term| Term::conditional(some.clone(), then, otherwise);
        let bool = |term: Term| Typed::new(term, Type::Bool);
        Some(match (call.name, call.closure()) {
            ("is_some", None) => bool(some.clone()),
            ("is_none", None) => bool(some.clone().not()),
            ("is_some_and", Some(test)) => {
                let test = self.apply(test, vec![part.clone()])?;
                bool(choose(test.defined(), Term::number(false)))
            }
            ("is_none_or", Some(test)) => {
                let test = self.apply(test, vec![part.clone()])?;
                bool(choose(test.defined(), Term::number(true)))
            }
            ("map", Some(made)) => {
                let made = self.apply(made, vec![part.clone()])?;
                if made.poison {
                    return Some(made);
                }
                let ty = made.ty.clone();
                if made.term == part.term {
                    return Some(Typed { term: part.term.clone(), ..whole.clone() });
                }
                self.optional(choose(made.defined(), Term::null()), &ty, part, call.at)
            }
            ("and_then", Some(made)) => {
                let made = self.apply(made, vec![part.clone()])?;
                let ty = made.ty.clone();
                Typed { poison: made.poison, ..part.part(choose(made.defined(), Term::null()), ty) }
            }
            ("filter", Some(test)) => {
                let test = self.apply(test, vec![part.clone()])?;
                let kept = Term::conditional(test.defined(), part.term.clone(), Term::null());
                part.part(choose(kept, Term::null()), whole.ty.clone())
            }
            ("map_or" | "map_or_else", _) => return self.map_or(part, some, call),
            ("unwrap_or" | "or" | "unwrap_or_else" | "or_else", _) => {
                let otherwise = match call.arguments.first() {
                    Some(Argument::Closure(closure)) => self.apply(*closure, Vec::new())?,
                    Some(Argument::Value(value)) => (**value).clone(),
                    None => return Some(self.unexpected(call.at, "this call")),
                };
                let poison = otherwise.poison;
                let stays = matches!(call.name, "or" | "or_else");
                let ty = if stays {
                    unify(whole.ty.clone(), otherwise.ty.clone())
                } else {
                    unify(part.ty.clone(), otherwise.ty.clone())
                };
                Typed { poison, ..part.part(choose(part.term.clone(), otherwise.defined()), ty) }
            }
            ("unwrap_or_default", None) => match typed::default_of(&part.ty) {
                Some(default) => part.part(choose(part.term.clone(), Term::Literal(default)), part.ty.clone()),
                None => self.no_form(call.at, &format!("the default of `{}`", typed::type_name(&part.ty))),
            },
            ("xor" | "zip", None) => self.both(whole, part, some, call),
            _ => self.no_form(call.at, &format!("`Option::{}`", call.name)),
        })
    }

    /// `a.xor(b)`, `a.zip(b)`
    fn both(&mut self, whole: &Typed, part: &Typed, some: &Term, call: &MethodCall<'_>) -> Typed {
        let Some(other) = call.value() else { return self.unexpected(call.at, "this call") };
        let choose = |then: Term, otherwise: Term| Term::conditional(some.clone(), then, otherwise);
        let Type::Option(theirs) = typed::resolve(&other.ty) else {
            return self.no_form(call.at, "this with what is no `Option`");
        };
        let other = other.part(other.clone().defined(), *theirs);
        let theirs = Term::binary("!=", other.term.clone(), Term::null());
        if call.name == "xor" {
            let ours_alone = Term::conditional(theirs, Term::null(), part.term.clone());
            return part.part(choose(ours_alone, other.term), whole.ty.clone());
        }
        let ty = Type::Tuple(vec![part.ty.clone(), other.ty.clone()]);
        let pair = Term::Array(vec![element(part.clone()), element(other)]);
        let pair = Term::conditional(theirs, pair, Term::null());
        self.optional(choose(pair, Term::null()), &ty, part, call.at)
    }

    /// `map_or(otherwise, |x| ..)`, `map_or_else(|| otherwise, |x| ..)`
    fn map_or(&mut self, part: &Typed, some: &Term, call: &MethodCall<'_>) -> Option<Typed> {
        let [otherwise, Argument::Closure(then)] = &call.arguments[..] else {
            return Some(self.unexpected(call.at, "this call"));
        };
        let otherwise = match otherwise {
            Argument::Value(value) => (**value).clone(),
            Argument::Closure(closure) => self.apply(*closure, Vec::new())?,
        };
        let then: Closure<'_> = *then;
        let then = self.apply(then, vec![part.clone()])?;
        let poison = then.poison || otherwise.poison;
        let ty = unify(then.ty.clone(), otherwise.ty.clone());
        let term = Term::conditional(some.clone(), then.defined(), otherwise.defined());
        Some(Typed { poison, ..part.part(term, ty) })
    }
}
