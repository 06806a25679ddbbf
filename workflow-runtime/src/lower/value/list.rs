//! Methods of lists and iterators, which are lists as well: those with a closure stand in `chain`.

use serde_json::Value;

use super::closure::{MethodCall, source};
use crate::lower::build::{Builder, element, unify};
use crate::lower::term::Term;
use crate::lower::typed::{self, Stage, Typed};
use crate::payload::Type;

impl Builder<'_> {
    pub(super) fn list_method(&mut self, value: &Typed, inner: &Type, call: &MethodCall<'_>) -> Option<Typed> {
        if call.closure().is_some() {
            return self.chain_method(value, inner, call);
        }
        let list = value.clone().defined();
        let argument = call.value();
        let same = |term: Term| value.part(term, value.ty.clone());
        Some(match (call.name, argument) {
            ("len" | "count", None) => Typed::new(Term::call("count", [source(value, inner)]), Self::count_type()),
            ("is_empty", None) => {
                Typed::new(Term::binary("=", Term::call("count", [source(value, inner)]), Term::number(0)), Type::Bool)
            }
            ("first", None) => self.end_of(value, inner, 0, call),
            ("last", None) => self.end_of(value, inner, -1, call),
            ("get" | "nth", Some(index)) => {
                let term = self.some_or_null(list.index(index.defined()));
                self.optional(term, inner, value, call.at)
            }
            ("contains", Some(item)) => self.contains(value, inner, item, call),
            ("sum" | "product", None) => self.total(value, inner, call),
            ("min" | "max", None) => self.extreme(value, inner, call),
            ("rev", None) => same(Term::call("reverse", [list])),
            ("enumerate", None) => self.enumerated(value, inner),
            ("zip", Some(other)) => self.zipped(value, inner, other, call),
            ("chain", Some(other)) => match typed::resolve(&other.ty) {
                Type::List(theirs) => {
                    let ty = Type::List(Box::new(unify(inner.clone(), *theirs)));
                    let external = value.external || other.external;
                    Typed { external, ..value.part(Term::call("append", [list, other.defined()]), ty) }
                }
                _ => self.no_form(call.at, "`chain` with what is no list"),
            },
            ("skip" | "take" | "step_by", Some(count)) => self.cut_list(value, list, &count, call),
            ("join" | "concat", separator) if Self::is_text(inner) => {
                let separator = separator.map_or_else(|| Term::string(""), Typed::defined);
                Typed::new(Term::call("join", [list, separator]), Type::String)
            }
            ("flatten" | "concat", None) => self.flattened(value, inner, call),
            ("collect", None) => self.collected(value, inner, call),
            ("sorted", None) => self.sorted(value, inner, call),
            _ => self.no_form(call.at, &format!("`{}::{}`", typed::type_name(&value.ty), call.name)),
        })
    }

    /// Counts never pass what an expression's memory holds.
    pub(super) fn count_type() -> Type {
        Type::Integer { name: "usize", min: 0, max: 0x7fff_ffff }
    }

    fn end_of(&mut self, value: &Typed, inner: &Type, position: i64, call: &MethodCall<'_>) -> Typed {
        let list = value.clone().defined();
        let at = |list: Term| list.index(Term::number(position));
        let term = if list.is_path() {
            let some = Term::binary(">", Term::call("count", [list.clone()]), Term::number(0));
            Term::conditional(some, at(list), Term::null())
        } else {
            self.some_or_null(at(list))
        };
        self.optional(term, inner, value, call.at)
    }

    fn contains(&mut self, value: &Typed, inner: &Type, item: Typed, call: &MethodCall<'_>) -> Typed {
        let scalar = matches!(typed::resolve(inner), Type::String | Type::Bool | Type::Integer { .. } | Type::Float);
        if scalar {
            return Typed::new(Term::binary("in", item.defined(), value.clone().defined()), Type::Bool);
        }
        // `in` finds neither arrays nor objects.
        let var = self.graph.var(None, "item");
        let each = value.part(Term::Var(var), inner.clone());
        let Some(equal) = self.equal(&each, &item, call.at) else { return Typed::poison() };
        let tests = Term::call("map", [source(value, inner), Term::function([var], equal)]);
        Typed::new(Term::binary("in", Term::number(true), tests), Type::Bool)
    }

    fn total(&mut self, value: &Typed, inner: &Type, call: &MethodCall<'_>) -> Typed {
        if typed::is_f32(inner) {
            return self.single_precision(call.at);
        }
        let list = value.clone().defined();
        match (call.name, typed::resolve(inner)) {
            ("sum", Type::Integer { .. } | Type::Float) => Typed::new(Term::call("sum", [list]), inner.clone()),
            ("product", Type::Integer { .. } | Type::Float) => {
                let (a, b) = (self.graph.var(None, "product"), self.graph.var(None, "factor"));
                let (product, factor) = (Term::Var(a), Term::Var(b));
                let product = match typed::resolve(inner) {
                    Type::Integer { name, max, .. } if max > super::operator::WIDE && name != super::LITERAL_NAME => {
                        self.exact_product(product, factor)
                    }
                    _ => Term::binary("*", product, factor),
                };
                let times = Term::function([a, b], product);
                Typed::new(Term::call("reduce", [list, times, Term::number(1)]), inner.clone())
            }
            (name, _) => self.no_form(call.at, &format!("`{name}` of `{}`", typed::type_name(inner))),
        }
    }

    fn enumerated(&mut self, value: &Typed, inner: &Type) -> Typed {
        let (item, index) = (self.graph.var(None, "item"), self.graph.var(None, "i"));
        let count = Typed::new(Term::Var(index), Self::count_type());
        let each = value.part(Term::Var(item), inner.clone());
        let pair = Term::Array(vec![element(count), element(each)]);
        let stage = Stage { list: source(value, inner), element: item, index, item: pair };
        Self::staged(value, stage, Type::Tuple(vec![Self::count_type(), inner.clone()]))
    }

    fn zipped(&mut self, value: &Typed, inner: &Type, other: Typed, call: &MethodCall<'_>) -> Typed {
        let Type::List(theirs) = typed::resolve(&other.ty) else {
            return self.no_form(call.at, "`zip` with what is no list");
        };
        let external = value.external || other.external;
        let ty = Type::List(Box::new(Type::Tuple(vec![inner.clone(), *theirs])));
        let term = Term::call("zip", [value.clone().defined(), other.defined()]);
        Typed { external, ..value.part(term, ty) }
    }

    fn cut_list(&mut self, value: &Typed, list: Term, count: &Typed, call: &MethodCall<'_>) -> Typed {
        let limit = count.clone().defined();
        let term = match call.name {
            "skip" => self.by_position(list, |i| Term::binary(">=", i, limit)),
            "take" => self.by_position(list, |i| Term::binary("<", i, limit)),
            _ => {
                let step = matches!(&limit, Term::Literal(Value::Number(number)) if number.as_i64().is_some_and(|step| step > 0));
                if !step {
                    return self.no_form(call.at, "`step_by` of what may be zero");
                }
                self.by_position(list, |i| Term::binary("=", Term::binary("%", i, limit), Term::number(0)))
            }
        };
        value.part(term, value.ty.clone())
    }

    /// A list of lists, or of `Option`s, one level less deep.
    pub(super) fn flattened(&mut self, value: &Typed, inner: &Type, call: &MethodCall<'_>) -> Typed {
        let list = value.clone().defined();
        match typed::resolve(inner) {
            Type::List(item) => {
                let (all, more) = (self.graph.var(None, "all"), self.graph.var(None, "more"));
                let append = Term::call("append", [Term::Var(all), Term::Var(more)]);
                let term = Term::call("reduce", [list, Term::function([all, more], append), Term::Array(Vec::new())]);
                value.part(term, Type::List(item))
            }
            Type::Option(item) => value.part(self.items_held(list), Type::List(item)),
            _ => self.no_form(call.at, &format!("`{}` of `{}`", call.name, typed::type_name(inner))),
        }
    }

    /// The items that are not `null`.
    pub(super) fn items_held(&mut self, list: Term) -> Term {
        let item = self.graph.var(None, "item");
        let some = Term::binary("!=", Term::Var(item), Term::null());
        Term::call("filter", [list, Term::function([item], some)]).whole()
    }

    /// `collect::<..>()`
    fn collected(&mut self, value: &Typed, inner: &Type, call: &MethodCall<'_>) -> Typed {
        let list = value.clone().defined();
        match (call.into, typed::resolve(inner)) {
            // What is written out is known better than what an empty list or a literal tells.
            (Some("Vec"), _) => Typed { ty: call.ty.clone().unwrap_or_else(|| value.ty.clone()), ..value.clone() },
            (None, _) => value.clone(),
            (Some("String"), Type::String) => Typed::new(Term::call("join", [list, Term::string("")]), Type::String),
            (Some("BTreeMap" | "HashMap"), Type::Tuple(parts)) if parts.len() == 2 && Self::is_text(&parts[0]) => {
                let ty = Type::Map(Box::new(parts[1].clone()));
                value.part(self.merged(value, inner), ty)
            }
            (Some("HashSet"), _) => value.part(Term::call("distinct", [list]), value.ty.clone()),
            (Some("BTreeSet"), Type::Integer { .. }) => {
                value.part(Term::call("sort", [Term::call("distinct", [list])]), value.ty.clone())
            }
            (Some("BTreeSet"), Type::String) => self.text_order(call.at),
            (Some(into), _) => {
                let inner = typed::type_name(inner);
                self.no_form(call.at, &format!("a `{into}` of `{inner}`"))
            }
        }
    }

    /// A list of pairs as a map: the last of equal keys stays.
    fn merged(&mut self, value: &Typed, inner: &Type) -> Term {
        let entry = |pair: Term| Term::Entry(Box::new(pair.clone().item(0)), Box::new(pair.item(1)));
        // `[]` would keep the array that is the only item as its own items.
        let list = value.clone().defined();
        let mapped = match list.clone().loose() {
            Term::Call("map", mut arguments) if list != Term::Call("map", arguments.clone()) => {
                match (arguments.pop(), arguments.pop()) {
                    (Some(Term::Function(parameters, body)), Some(from)) if matches!(*body, Term::Array(_)) => {
                        Some(Term::call("map", [from, Term::Function(parameters, Box::new(entry(*body)))]))
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        let entries = mapped.unwrap_or_else(|| {
            let pair = self.graph.var(None, "pair");
            Term::call("map", [source(value, inner), Term::function([pair], entry(Term::Var(pair)))])
        });
        Term::call("merge", [entries.whole()])
    }

    /// `items[1..3]`: as many as there are, or a failure where Rust would panic.
    pub(super) fn slice(&mut self, base: &Typed, start: Option<Typed>, end: Option<Typed>, inclusive: bool) -> Typed {
        let list = base.clone().defined();
        let ty = base.ty.clone();
        let limits = (start.map(Typed::defined), end.map(Typed::defined));
        let limits = match limits {
            (start, Some(end)) if inclusive => (start, Some(next(end))),
            other => other,
        };
        let (start, end) = limits;
        let start = start.filter(|start| *start != Term::number(0));
        if start.is_none() && end.is_none() {
            return base.clone();
        }
        let term = self.short(list, "list", |builder, list| {
            let count = Term::call("count", [list.clone()]);
            let at_most = |a: &Term, b: &Term| Term::binary("<=", a.clone(), b.clone());
            let mut fits = at_most(end.as_ref().or(start.as_ref()).unwrap_or(&Term::number(0)), &count);
            if let (Some(start), Some(end)) = (&start, &end)
                && !known_order(start, end)
            {
                fits = Term::binary("and", at_most(start, end), fits);
            }
            let items = builder.by_position(list, |i| {
                let after = start.map(|start| Term::binary(">=", i.clone(), start));
                let before = end.map(|end| Term::binary("<", i, end));
                match (after, before) {
                    (Some(after), Some(before)) => Term::binary("and", after, before),
                    (one, other) => one.or(other).unwrap_or_else(|| Term::number(true)),
                }
            });
            let error = Term::call("error", [Term::string("slice out of range")]);
            Term::conditional(fits, items, error)
        });
        base.part(term, ty)
    }
}

fn next(term: Term) -> Term {
    match &term {
        Term::Literal(Value::Number(number)) if number.as_i64().is_some() => {
            Term::number(number.as_i64().unwrap_or_default() + 1)
        }
        _ => Term::binary("+", term, Term::number(1)),
    }
}

fn known_order(start: &Term, end: &Term) -> bool {
    match (start, end) {
        (Term::Literal(start), Term::Literal(end)) => start.as_i64() <= end.as_i64(),
        _ => false,
    }
}
