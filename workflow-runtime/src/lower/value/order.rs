//! What is equal, what comes first, and sorting.

use super::closure::MethodCall;
use crate::lower::build::Builder;
use crate::lower::codes;
use crate::lower::ir::At;
use crate::lower::term::{Term, VarId};
use crate::lower::typed::{self, Hint, Typed};
use crate::payload::{Content, Representation, Shape, Type};

/// Levels of types inside each other that are compared part by part.
const DEPTH_MAX: usize = 4;

/// `$toMillis(time)`, and of what was just made from milliseconds those.
pub(super) fn millis_of(time: Term) -> Term {
    match time {
        Term::Call("fromMillis", mut arguments) if arguments.len() == 1 => arguments.pop().unwrap_or_else(Term::null),
        Term::Call("now", _) => Term::call("millis", []),
        time => Term::call("toMillis", [time]),
    }
}

impl Builder<'_> {
    /// `left = right` as Rust's derived `PartialEq` has it: times by the moment, `None` like a missing key.
    pub(super) fn equal(&mut self, left: &Typed, right: &Typed, at: At) -> Option<Term> {
        self.equal_within(left, right, at, 0)
    }

    pub(super) fn equal_within(&mut self, left: &Typed, right: &Typed, at: At, depth: usize) -> Option<Term> {
        let ty = crate::lower::build::unify(left.ty.clone(), right.ty.clone());
        let external = left.external || right.external;
        let (a, b) = (left.clone().defined(), right.clone().defined());
        for (constant, other) in [(&a, right), (&b, left)] {
            if let Some(test) = super::enumerated::is_unit_variant(&ty, constant, other) {
                return Some(test);
            }
        }
        if Self::is_stable(&ty, external, &[]) {
            return Some(Term::binary("=", a, b));
        }
        if depth > DEPTH_MAX {
            return self.not_comparable(&ty, at);
        }
        // What is asked for part by part is computed once.
        let is_computed = |side: &Typed| {
            !side.term.is_path() && !matches!(side.term, Term::Literal(_) | Term::Object(_) | Term::Array(_))
        };
        for (first, side, other) in [(true, left, right), (false, right, left)] {
            if depth == 0 && is_computed(side) && !side.flattened {
                let var = self.graph.var(None, "other");
                let bound = Typed { term: Term::Var(var), missing: false, ..side.clone() };
                let sides = if first { [&bound, other] } else { [other, &bound] };
                let equal = self.equal_within(sides[0], sides[1], at, depth)?;
                return Some(Term::bound(var, side.clone().defined(), equal));
            }
        }
        let part =
            |side: &Typed, term: Term, ty: &Type| Typed { external: side.external, ..Typed::new(term, ty.clone()) };
        match typed::resolve(&ty) {
            Type::Timestamp => Some(Term::binary("=", millis_of(a), millis_of(b))),
            Type::Option(inner) => {
                let null = |term: &Term| Term::binary("=", term.clone(), Term::null());
                // `None` written out has no parts.
                if let Some(other) = [(&a, &b), (&b, &a)].iter().find(|(none, _)| **none == Term::null()) {
                    return Some(null(other.1));
                }
                let both =
                    self.equal_within(&part(left, a.clone(), &inner), &part(right, b.clone(), &inner), at, depth + 1)?;
                let with_left = Term::conditional(null(&b), Term::number(false), both);
                Some(Term::conditional(null(&a), null(&b), with_left))
            }
            Type::List(inner) => {
                let pair = self.graph.var(None, "pair");
                let side = |side: &Typed, index| part(side, Term::Var(pair).item(index), &inner);
                let equal = self.equal_within(&side(left, 0), &side(right, 1), at, depth + 1)?;
                let count = |list: &Term| Term::call("count", [list.clone()]);
                let as_long = Term::binary("=", count(&a), count(&b));
                let tests = Term::call("map", [Term::call("zip", [a, b]), Term::function([pair], equal)]);
                let differs = Term::binary("in", Term::number(false), tests);
                Some(Term::binary("and", as_long, differs.not()))
            }
            Type::Map(inner) => self.equal_maps([&part(left, a, &ty), &part(right, b, &ty)], &inner, at, depth),
            Type::Named(named) => match (named.shape)() {
                Shape::Struct(fields) => {
                    let fields: Vec<_> = fields.into_iter().filter(|field| !field.skipped).collect();
                    self.all_equal(fields.len(), at, depth, |at| {
                        let read = |side: &Typed| typed::read_field(side.term.clone(), &fields[at], external);
                        (read(left), read(right))
                    })
                }
                Shape::Tuple(parts) => self.equal_parts(left, right, &parts, at, depth),
                Shape::Enum { representation, variants } => {
                    let sides = [part(left, a, &ty), part(right, b, &ty)];
                    self.equal_variants([&sides[0], &sides[1]], representation, &variants, at, depth)
                }
                _ => self.not_comparable(&ty, at),
            },
            Type::Tuple(parts) => self.equal_parts(left, right, &parts, at, depth),
            _ => self.not_comparable(&ty, at),
        }
    }

    pub(super) fn equal_parts(
        &mut self,
        left: &Typed,
        right: &Typed,
        parts: &[Type],
        at: At,
        depth: usize,
    ) -> Option<Term> {
        self.all_equal(parts.len(), at, depth, |index| {
            let position = u32::try_from(index).unwrap_or(u32::MAX);
            let read = |side: &Typed| side.part(side.term.clone().item(position), parts[index].clone());
            (read(left), read(right))
        })
    }

    /// Part by part.
    pub(super) fn all_equal(
        &mut self,
        count: usize,
        at: At,
        depth: usize,
        read: impl Fn(usize) -> (Typed, Typed),
    ) -> Option<Term> {
        let mut whole: Option<Term> = None;
        for index in 0..count {
            let (left, right) = read(index);
            let equal = self.equal_within(&left, &right, at, depth + 1)?;
            whole = Some(match whole {
                Some(before) => Term::binary("and", before, equal),
                None => equal,
            });
        }
        Some(whole.unwrap_or_else(|| Term::number(true)))
    }

    pub(super) fn not_comparable(&mut self, ty: &Type, at: At) -> Option<Term> {
        let ty = typed::type_name(ty);
        self.fault(
            codes::COMPARISON,
            at,
            format!(
                "values of `{ty}` cannot be compared by their JSON: a key inside may be missing where Rust has a value, or a time be \
                 written in two ways; compare the fields that matter, or in a `#[step]`"
            ),
        );
        None
    }

    /// Whether equal values have equal JSON, and others other.
    fn is_stable(ty: &Type, external: bool, within: &[fn() -> Shape]) -> bool {
        match typed::resolve(ty) {
            Type::Timestamp => false,
            Type::Option(inner) | Type::List(inner) | Type::Map(inner) => Self::is_stable(&inner, external, within),
            Type::Tuple(parts) => parts.iter().all(|part| Self::is_stable(part, external, within)),
            // What stands inside of itself is as stable as the rest of it.
            Type::Named(named) if within.iter().any(|known| std::ptr::fn_addr_eq(*known, named.shape)) => true,
            Type::Named(_) if within.len() > DEPTH_MAX => !external,
            Type::Named(named) => {
                let within: Vec<_> = within.iter().copied().chain([named.shape]).collect();
                let stable = |ty: &Type| Self::is_stable(ty, external, &within);
                match (named.shape)() {
                    // From outside an object may have keys that Rust does not know.
                    Shape::Struct(fields) => {
                        !external
                            && fields.iter().all(|field| {
                                // Written by serde, a key is missing for `None` alone: there in both or in neither.
                                field.aliases.is_empty() && !field.flatten && !field.skipped && stable(&field.ty)
                            })
                    }
                    Shape::Tuple(parts) => parts.iter().all(stable),
                    Shape::Enum { representation, variants } => {
                        let has_object = |content: &Content| matches!(content, Content::Struct(_));
                        let is_object = !matches!(representation, Representation::External);
                        let open = external && (is_object || variants.iter().any(|it| has_object(&it.content)));
                        !open
                            && variants.iter().all(|variant| match &variant.content {
                                Content::Unit => true,
                                Content::Newtype(inner) => stable(inner),
                                Content::Tuple(parts) => parts.iter().all(stable),
                                Content::Struct(fields) => fields.iter().all(|it| !it.flatten && stable(&it.ty)),
                            })
                    }
                    Shape::Newtype(_) | Shape::Unit => true,
                }
            }
            _ => true,
        }
    }

    /// `a.cmp(&b)`, `a.total_cmp(&b)`, `a.partial_cmp(&b)`
    pub(super) fn compared(&mut self, left: &Typed, right: &Typed, at: At) -> Typed {
        match self.order_pairs(left, right, at) {
            Some(pairs) => Typed { hint: Hint::Order(pairs), ..Typed::new(Term::null(), Type::Json) },
            None => Typed::poison(),
        }
    }

    /// Methods of an `Ordering`.
    pub(super) fn order_method(&mut self, pairs: Vec<(Term, Term)>, call: &MethodCall<'_>) -> Option<Typed> {
        let pairs = match (call.name, call.arguments.first()) {
            ("unwrap", None) => pairs,
            ("reverse", None) => pairs.into_iter().map(|(a, b)| (b, a)).collect(),
            ("then" | "then_with", Some(next)) => {
                let next = match next {
                    super::closure::Argument::Value(value) => (**value).clone(),
                    super::closure::Argument::Closure(closure) => self.apply(*closure, Vec::new())?,
                };
                match next.hint {
                    Hint::Order(more) => pairs.into_iter().chain(more).collect(),
                    _ if next.poison => return Some(next),
                    _ => return Some(self.unexpected(call.at, "this `Ordering`")),
                }
            }
            _ => return Some(self.no_form(call.at, &format!("`Ordering::{}`", call.name))),
        };
        Some(Typed { hint: Hint::Order(pairs), ..Typed::new(Term::null(), Type::Json) })
    }

    /// What `<` compares, the first that differs decides.
    fn order_pairs(&mut self, left: &Typed, right: &Typed, at: At) -> Option<Vec<(Term, Term)>> {
        let ty = crate::lower::build::unify(left.ty.clone(), right.ty.clone());
        let (a, b) = (left.clone().defined(), right.clone().defined());
        match typed::resolve(&ty) {
            Type::Integer { .. } | Type::Float => Some(vec![(a, b)]),
            Type::Bool => Some(vec![(Term::call("number", [a]), Term::call("number", [b]))]),
            Type::Timestamp => Some(vec![(millis_of(a), millis_of(b))]),
            Type::Tuple(parts) => {
                let mut pairs = Vec::new();
                for (index, part) in parts.iter().enumerate() {
                    let index = u32::try_from(index).unwrap_or(u32::MAX);
                    let read = |side: &Typed| side.part(side.term.clone().item(index), part.clone());
                    pairs.extend(self.order_pairs(&read(left), &read(right), at)?);
                }
                Some(pairs)
            }
            Type::String => {
                self.text_order(at);
                None
            }
            other => {
                let ty = typed::type_name(&other);
                self.fault(
                    codes::ORDER,
                    at,
                    format!("JSONata has no order for `{ty}`: order by a number in it, or in a `#[step]`"),
                );
                None
            }
        }
    }

    /// `min()`, `max()`
    pub(super) fn extreme(&mut self, value: &Typed, inner: &Type, call: &MethodCall<'_>) -> Typed {
        let list = value.clone().defined();
        let term = if matches!(typed::resolve(inner), Type::Integer { .. }) {
            Term::call(if call.name == "max" { "max" } else { "min" }, [list])
        } else {
            match self.in_order(value, inner, call.at) {
                Some(sorted) => end(sorted, call.name),
                None => return Typed::poison(),
            }
        };
        let term = self.some_or_null(term);
        self.optional(term, inner, value, call.at)
    }

    /// `sorted()`
    pub(super) fn sorted(&mut self, value: &Typed, inner: &Type, call: &MethodCall<'_>) -> Typed {
        let number = matches!(typed::resolve(inner), Type::Integer { .. } | Type::Float);
        let sorted = if number {
            Some(Term::call("sort", [value.clone().defined()]))
        } else {
            self.in_order(value, inner, call.at)
        };
        sorted.map_or_else(Typed::poison, |sorted| value.part(sorted, value.ty.clone()))
    }

    /// The list sorted by its items' own order.
    fn in_order(&mut self, value: &Typed, inner: &Type, at: At) -> Option<Term> {
        let (a, b) = (self.graph.var(None, "a"), self.graph.var(None, "b"));
        let item = |var: VarId| value.part(Term::Var(var), inner.clone());
        let pairs = self.order_pairs(&item(a), &item(b), at)?;
        Some(sort(value.clone().defined(), a, b, &pairs))
    }

    /// `sorted_by(|a, b| ..)`, `max_by_key(|item| ..)` and their like.
    pub(super) fn ordered(&mut self, value: &Typed, inner: &Type, call: &MethodCall<'_>) -> Option<Typed> {
        let closure = call.closure()?;
        let list = value.clone().defined();
        let (a, b) = (self.graph.var(None, "a"), self.graph.var(None, "b"));
        let item = |var: VarId| value.part(Term::Var(var), inner.clone());
        let pairs = if call.name.ends_with("_key") {
            let (left, right) = (self.apply(closure, vec![item(a)])?, self.apply(closure, vec![item(b)])?);
            let poison = left.poison || right.poison;
            (!poison).then(|| self.order_pairs(&left, &right, call.at)).flatten()
        } else {
            let compared = self.apply(closure, vec![item(a), item(b)])?;
            match compared.hint {
                Hint::Order(pairs) => Some(pairs),
                _ if compared.poison => None,
                _ => {
                    self.no_form(call.at, "an order that is not made with `cmp`");
                    None
                }
            }
        };
        let Some(pairs) = pairs else { return Some(Typed::poison()) };
        let sorted = sort(list, a, b, &pairs);
        if call.name.starts_with("sorted") {
            return Some(value.part(sorted, value.ty.clone()));
        }
        let term = self.some_or_null(end(sorted, call.name));
        Some(self.optional(term, inner, value, call.at))
    }
}

/// The last of the greatest, the first of the least: as Rust picks among equals.
fn end(sorted: Term, name: &str) -> Term {
    sorted.index(Term::number(if name.starts_with("max") { -1 } else { 0 }))
}

fn sort(list: Term, a: VarId, b: VarId, pairs: &[(Term, Term)]) -> Term {
    Term::call("sort", [list, Term::function([a, b], greater(pairs))])
}

/// `a1 > b1 or a1 = b1 and a2 > b2`
fn greater(pairs: &[(Term, Term)]) -> Term {
    let Some(((a, b), rest)) = pairs.split_first() else { return Term::number(false) };
    let first = Term::binary(">", a.clone(), b.clone());
    if rest.is_empty() {
        return first;
    }
    let tie = Term::binary("and", Term::binary("=", a.clone(), b.clone()), greater(rest));
    Term::binary("or", first, tie)
}
