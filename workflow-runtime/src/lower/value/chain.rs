//! Methods of iterators that take a closure.

use serde_json::Value;

use super::closure::{Argument, Each, MethodCall, is_plain};
use crate::lower::build::{Builder, unify};
use crate::lower::term::Term;
use crate::lower::typed::{self, Hint, Typed};
use crate::payload::Type;

impl Builder<'_> {
    pub(super) fn chain_method(&mut self, value: &Typed, inner: &Type, call: &MethodCall<'_>) -> Option<Typed> {
        let closure = call.closure()?;
        match call.name {
            "fold" => return self.fold(value, inner, call),
            "sorted_by" | "sorted_by_key" | "max_by" | "min_by" | "max_by_key" | "min_by_key" => {
                return self.ordered(value, inner, call);
            }
            _ => {}
        }
        let keeps = matches!(call.name, "filter" | "find" | "take_while" | "skip_while" | "position");
        let each = if keeps { self.each_item(value, inner, closure)? } else { self.each(value, inner, closure)? };
        if each.result.poison {
            return Some(Typed::poison());
        }
        let made = each.result.ty.clone();
        let list = |inner: Type| Type::List(Box::new(inner));
        Some(match call.name {
            // Texts owned or borrowed, copied or not: nothing changes in JSON.
            "map" if is_as_it_is(value, &each) => value.clone(),
            "map" => part(value, &each, mapped(&each).whole(), list(made)),
            "filter" => value.part(filtered(&each).whole(), value.ty.clone()),
            "any" => Typed::new(found(&each, true), Type::Bool),
            "all" => Typed::new(found(&each, false).not(), Type::Bool),
            "find" => {
                let hits = if is_plain(inner) { filtered(&each) } else { filtered(&each).whole() };
                let term = self.some_or_null(hits.index(Term::number(0)));
                self.optional(term, inner, value, call.at)
            }
            "position" => {
                let term = self.positions(&each, true).index(Term::number(0));
                let term = self.some_or_null(term);
                self.optional(term, &Self::count_type(), value, call.at)
            }
            "filter_map" => match typed::resolve(&made) {
                Type::Option(item) => {
                    let list_of = mapped(&each).whole();
                    part(value, &each, self.items_held(list_of), list(*item))
                }
                _ => self.no_form(call.at, "`filter_map` with what is no `Option`"),
            },
            "flat_map" => return Some(self.flat_mapped(value, &each, call)),
            "take_while" | "skip_while" => {
                let end = self.first_failing(value, &each);
                let whole = value.clone().defined();
                let (var, symbol) = (self.graph.var(None, "end"), if call.name == "take_while" { "<" } else { ">=" });
                let term = self.by_position(whole, |i| Term::binary(symbol, i, Term::Var(var)));
                value.part(Term::Let(var, Box::new(end), Box::new(term)), value.ty.clone())
            }
            _ => self.no_form(call.at, &format!("`{}` with a closure", call.name)),
        })
    }

    /// The positions of which the closure is true, or false; undefined where there are none.
    fn positions(&mut self, each: &Each, wanted: bool) -> Term {
        let mut parameters = each.parameters.clone();
        let index = parameters.get(1).copied().unwrap_or_else(|| self.graph.var(None, "i"));
        if parameters.len() == 1 {
            parameters.push(index);
        }
        let test = each.result.clone().defined();
        let test = if wanted { test } else { test.not() };
        let function = Term::function(parameters, Term::When(Box::new(test), Box::new(Term::Var(index))));
        Term::call("map", [each.list.clone(), function])
    }

    fn first_failing(&mut self, value: &Typed, each: &Each) -> Term {
        let positions = self.positions(each, false);
        let count = Term::call("count", [value.clone().defined()]);
        Term::call("append", [positions, count]).index(Term::number(0))
    }

    fn flat_mapped(&mut self, value: &Typed, each: &Each, call: &MethodCall<'_>) -> Typed {
        let lists = part(value, each, mapped(each).whole(), Type::List(Box::new(each.result.ty.clone())));
        match typed::resolve(&each.result.ty) {
            Type::List(item) if each.parameters.len() == 1 => {
                // One function instead of two.
                let all = self.graph.var(None, "all");
                let more = Term::call("append", [Term::Var(all), each.result.clone().defined()]);
                let mut parameters = vec![all];
                parameters.extend(&each.parameters);
                let function = Term::function(parameters, more);
                let list = array_of(value, each);
                let term = Term::call("reduce", [list, function, Term::Array(Vec::new())]);
                part(value, each, term, Type::List(item))
            }
            ty => self.flattened(&lists, &ty, call),
        }
    }

    /// `fold(first, |all, item| ..)`
    fn fold(&mut self, value: &Typed, inner: &Type, call: &MethodCall<'_>) -> Option<Typed> {
        let [Argument::Value(first), Argument::Closure(closure)] = &call.arguments[..] else {
            return Some(self.unexpected(call.at, "this `fold`"));
        };
        let first = (**first).clone();
        let (all, item) = (self.graph.var(None, "all"), self.graph.var(None, "item"));
        let each = value.part(Term::Var(item), inner.clone());
        let mut carried = Typed::new(Term::Var(all), first.ty.clone());
        let mut result = self.apply(*closure, vec![carried.clone(), each.clone()])?;
        // A literal's type, or an empty list's, is known by what the closure makes of it.
        let ty = unify(first.ty.clone(), result.ty.clone());
        if format!("{ty:?}") != format!("{:?}", first.ty) {
            carried.ty = ty.clone();
            result = self.apply(*closure, vec![carried, each])?;
        }
        if result.poison || first.poison {
            return Some(Typed::poison());
        }
        let external = value.external || first.external;
        let function = Term::function([all, item], result.defined());
        // A literal array or object is what it is; `null` is no first value to some.
        let begin = first.defined();
        let list = value.clone().defined();
        if begin == Term::Literal(Value::Null) || matches!(typed::resolve(&ty), Type::Option(_) | Type::Json) {
            return Some(self.no_form(call.at, "`fold` that may carry `null`"));
        }
        Some(Typed { external, ..Typed::new(Term::call("reduce", [list, function, begin]), ty) })
    }
}

/// Whether each item is given as it is; a stage's element is not its item.
fn is_as_it_is(value: &Typed, each: &Each) -> bool {
    let [parameter] = each.parameters[..] else { return false };
    each.result.term == Term::Var(parameter) && !matches!(value.hint, Hint::Stage(_))
}

fn mapped(each: &Each) -> Term {
    Term::call("map", [each.list.clone(), each.function()])
}

fn filtered(each: &Each) -> Term {
    Term::call("filter", [each.list.clone(), each.function()])
}

/// `$reduce` over undefined is undefined: what is gone through must be an array.
fn array_of(value: &Typed, each: &Each) -> Term {
    let whole = value.clone().defined();
    if whole.clone().loose() == each.list { whole } else { each.list.clone() }
}

/// A list made from another: what came from outside still may lack keys.
fn part(value: &Typed, each: &Each, term: Term, ty: Type) -> Typed {
    let external = value.external || each.result.external;
    Typed { external, ..value.part(term, ty) }
}

fn found(each: &Each, wanted: bool) -> Term {
    Term::binary("in", Term::number(wanted), mapped(each))
}
