//! Patterns as conditions on JSON: what must hold, and what the names read.
//!
//! Tests stand in source order and are joined by `and`, which evaluates no more once one is false: a part is read only where
//! the tests before it found that it is there.

use serde_json::Value;

use crate::lower::build::Builder;
use crate::lower::codes;
use crate::lower::ir::{At, Expr, ExprKind, PatternFields, PatternParts, ValuePattern, ValuePatternKind};
use crate::lower::term::{Element, Term};
use crate::lower::typed::{self, Typed};
use crate::payload::{Shape, Type};

/// A name and what it reads.
pub(in crate::lower) type Name = (&'static str, Typed);

/// What a pattern asks and binds.
#[derive(Debug, Default)]
pub(in crate::lower) struct Found {
    /// All must hold; none: it matches always.
    pub(in crate::lower) tests: Vec<Term>,
    pub(in crate::lower) names: Vec<Name>,
}

impl Found {
    /// Adds a test; one that is implied by it goes.
    pub(in crate::lower) fn test(&mut self, test: Term) {
        if let Some(Term::Call("exists", arguments)) = self.tests.last()
            && arguments.first().is_some_and(|part| false_without(&test, part))
        {
            self.tests.pop();
        }
        self.tests.push(test);
    }

    fn append(&mut self, other: Self) {
        for test in other.tests {
            self.test(test);
        }
        self.names.extend(other.names);
    }

    /// All tests as one; `None` where there is none.
    pub(in crate::lower) fn condition(&self) -> Option<Term> {
        all_of(&self.tests)
    }
}

/// `a and b and c`
pub(in crate::lower) fn all_of(tests: &[Term]) -> Option<Term> {
    let mut tests = tests.iter().cloned();
    let first = tests.next()?;
    Some(tests.fold(first, |all, test| Term::binary("and", all, test)))
}

/// Whether a test is false where the part, or what it belongs to, is missing.
fn false_without(test: &Term, part: &Term) -> bool {
    match test {
        Term::Operator("=" | "!=", left, right) => matches!(**right, Term::Literal(_)) && reads(left, part),
        Term::Operator("in", left, _) => reads(left, part),
        Term::Operator("and", left, _) => false_without(left, part),
        Term::Call("exists", arguments) => arguments.first().is_some_and(|inner| reads(inner, part)),
        _ => false,
    }
}

/// Whether a path goes through another.
fn reads(path: &Term, part: &Term) -> bool {
    path == part
        || match path {
            Term::Field(base, _) | Term::Item(base, _) => reads(base, part),
            _ => false,
        }
}

/// Whether a test is false, and does not fail, where its value is null.
fn false_for_null(test: &Term) -> bool {
    match test {
        Term::Operator("=", left, right) => {
            path_like(left) && matches!(&**right, Term::Literal(value) if !value.is_null())
        }
        Term::Operator("!=", left, right) => path_like(left) && **right == Term::null(),
        Term::Operator("in", left, _) => path_like(left),
        Term::Operator("and", left, _) => false_for_null(left),
        Term::Operator("or", left, right) => false_for_null(left) && false_for_null(right),
        Term::Call("exists", arguments) => arguments.iter().all(|part| !matches!(part, Term::Var(_))),
        _ => false,
    }
}

fn path_like(term: &Term) -> bool {
    match term {
        Term::Field(base, _) | Term::Item(base, _) => path_like(base),
        _ => true,
    }
}

impl Builder<'_> {
    /// What a pattern asks of a value.
    pub(in crate::lower) fn find(&mut self, pattern: &ValuePattern, value: &Typed) -> Found {
        let mut found = Found::default();
        self.find_in(pattern, value, false, &mut found);
        found
    }

    /// `nullable`: the value is an `Option`'s that was not yet compared with null.
    pub(super) fn find_in(&mut self, pattern: &ValuePattern, value: &Typed, nullable: bool, found: &mut Found) {
        if value.poison {
            return bind_poison(pattern, found);
        }
        let at = pattern.at;
        match &pattern.kind {
            ValuePatternKind::Wildcard => {}
            ValuePatternKind::Bind(name, inside) => {
                found.names.push((name, value.clone()));
                if let Some(inside) = inside {
                    self.find_in(inside, value, nullable, found);
                }
            }
            ValuePatternKind::Constant(constant) => self.find_constant(constant, value, nullable, found),
            ValuePatternKind::Range { from, to, inclusive } => {
                self.find_range(*from, *to, *inclusive, value, nullable, at, found);
            }
            ValuePatternKind::Some(inside) => self.find_some(inside, value, at, found),
            ValuePatternKind::None => found.test(is_some(value).not()),
            ValuePatternKind::Tuple(parts) => {
                if let Some(types) = typed::tuple_parts(&value.ty) {
                    self.find_items(parts, value, &types, nullable, found);
                } else {
                    self.untold(value, at);
                    bind_poison(pattern, found);
                }
            }
            ValuePatternKind::Shape { ty, name, fields } => {
                self.find_shape(&ty(), name, fields, value, nullable, at, found);
            }
            ValuePatternKind::Or(cases) => self.find_any(cases, value, nullable, found),
        }
    }

    /// A value whose parts are not known.
    fn untold(&mut self, value: &Typed, at: At) {
        let ty = typed::type_name(&value.ty);
        let message = match value.ty {
            Type::Failure => {
                "a failure is told apart where it is caught: write its patterns in the `match` on the call".to_owned()
            }
            _ => format!(
                "the JSON of `{ty}` cannot be taken apart here: read it in a `#[step]`, or give it a type of its own"
            ),
        };
        self.fault(codes::UNTOLD, at, message);
    }

    fn find_constant(&mut self, constant: &Expr, value: &Typed, nullable: bool, found: &mut Found) {
        let Some(known) = self.value(constant) else { return };
        let Term::Literal(literal) = known.term else { return };
        if known.poison {
            return;
        }
        if let Some((_, variants)) = typed::enum_variants(&value.ty)
            && let Some(variant) = super::enumerated::variant_of(&value.ty, &literal)
            && let Some(variant) = variants.iter().find(|known| known.key == variant)
        {
            return self.find_variant_tag(value, variant.ident, constant.at, found);
        }
        let term = value.term.clone();
        found.test(match literal {
            Value::Bool(true) if !nullable => term,
            Value::Bool(false) if !nullable => term.not(),
            Value::Null => is_some(value).not(),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => Term::binary("=", term, Term::Literal(literal)),
            Value::Array(_) | Value::Object(_) => {
                self.fault(
                    codes::CONSTANT_PATTERN,
                    constant.at,
                    "a constant with parts cannot be a pattern: bind a name and write a guard, `value if value == ..`",
                );
                return;
            }
        });
    }

    #[expect(clippy::too_many_arguments, reason = "a range is two ends and a kind")]
    fn find_range(
        &mut self,
        from: Option<&Expr>,
        to: Option<&Expr>,
        inclusive: bool,
        value: &Typed,
        nullable: bool,
        at: At,
        found: &mut Found,
    ) {
        // An end that the type has anyway says nothing.
        let bounds = match typed::resolve(&value.ty) {
            Type::Integer { min, max, .. } => Some((min, max)),
            _ => None,
        };
        let from = from.filter(|from| bounds.is_none_or(|(min, _)| whole(from) != Some(min)));
        let to = to.filter(|to| !inclusive || bounds.is_none_or(|(_, max)| whole(to) != Some(max)));
        let mut end = |end: Option<&Expr>| end.and_then(|end| self.value(end)).map(|end| end.term);
        let (from, to) = (end(from), end(to));
        let text = |term: &Term| matches!(term, Term::Literal(Value::String(_)));
        if let Some(beyond) = from.iter().chain(&to).find(|term| text(term) && !ordered_alike(term)) {
            let Term::Literal(Value::String(text)) = beyond else { return };
            self.fault(
                codes::CHAR_RANGE,
                at,
                format!("JSONata orders text by UTF-16 units: a range that ends in `{text}` differs from Rust's; list the characters"),
            );
            return;
        }
        let term = value.term.clone();
        if nullable {
            found.test(is_some(value));
        }
        match (from, to) {
            (Some(from), Some(to)) if from == to && inclusive => found.test(Term::binary("=", term, from)),
            (from, to) => {
                found.tests.extend(from.map(|from| Term::binary(">=", term.clone(), from)));
                let below = if inclusive { "<=" } else { "<" };
                found.tests.extend(to.map(|to| Term::binary(below, term, to)));
            }
        }
    }

    fn find_some(&mut self, inside: &ValuePattern, value: &Typed, at: At, found: &mut Found) {
        let Type::Option(inner) = typed::resolve(&value.ty) else {
            self.untold(value, at);
            return bind_poison(inside, found);
        };
        if value.flattened || matches!(typed::resolve(&inner), Type::Option(_) | Type::Unit) {
            let ty = typed::type_name(&value.ty);
            self.fault(
                codes::AMBIGUOUS_JSON,
                at,
                format!("`Some` and `None` of `{ty}` cannot be told apart by their JSON: decide on it in a `#[step]`"),
            );
            return bind_poison(inside, found);
        }
        let mut more = Found::default();
        self.find_in(inside, &value.part(value.term.clone(), *inner), true, &mut more);
        if !more.tests.first().is_some_and(false_for_null) {
            found.test(is_some(value));
        }
        found.append(more);
    }

    /// The items of a tuple.
    pub(super) fn find_items(
        &mut self,
        parts: &PatternParts,
        value: &Typed,
        types: &[Type],
        nullable: bool,
        found: &mut Found,
    ) {
        for (index, pattern) in indexed(parts, types.len()) {
            let part = match (types.get(index), u32::try_from(index)) {
                (Some(ty), Ok(index)) => value.part(value.term.clone().item(index), ty.clone()),
                _ => Typed::poison(),
            };
            self.find_in(pattern, &part, nullable, found);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a pattern's parts and where it is looked for")]
    fn find_shape(
        &mut self,
        named: &Type,
        name: &str,
        fields: &PatternFields,
        value: &Typed,
        nullable: bool,
        at: At,
        found: &mut Found,
    ) {
        // An error enum is no payload: what is matched knows its type.
        let known = matches!(named, Type::Named(_));
        let base = if known { Typed { ty: named.clone(), ..value.clone() } } else { value.clone() };
        let newtype = matches!(&base.ty, Type::Named(named) if matches!((named.shape)(), Shape::Newtype(_)));
        if !newtype && typed::enum_variants(&base.ty).is_some() {
            return self.find_variant_pattern(&base, name, fields, at, found);
        }
        if typed::is_converted(&base.ty) {
            self.converted(&base.ty, at);
            return bind_poison_in(fields, found);
        }
        let Type::Named(named) = &base.ty else {
            self.untold(value, at);
            return bind_poison_in(fields, found);
        };
        let shape = (named.shape)();
        match (shape, fields) {
            (Shape::Tuple(types), PatternFields::Tuple(parts)) => {
                self.find_items(parts, &base, &types, nullable, found);
            }
            (Shape::Struct(_) | Shape::Newtype(_), PatternFields::Struct(fields)) => {
                for (field, pattern) in *fields {
                    if !matches!(pattern.kind, ValuePatternKind::Wildcard) {
                        let part = self.read(&base, field, pattern.at);
                        self.find_in(pattern, &part, nullable, found);
                    }
                }
            }
            (Shape::Newtype(inner), fields) => {
                let part = Typed { ty: inner, ..base };
                if let Some(inside) = only(fields) {
                    self.find_in(inside, &part, nullable, found);
                }
            }
            _ => {}
        }
    }

    /// `a | b`: either; a name reads what the alternative that matched gives it.
    fn find_any(&mut self, cases: &[ValuePattern], value: &Typed, nullable: bool, found: &mut Found) {
        let all: Vec<Found> = cases
            .iter()
            .map(|case| {
                let mut found = Found::default();
                self.find_in(case, value, nullable, &mut found);
                found
            })
            .collect();
        let conditions: Vec<Option<Term>> = all.iter().map(Found::condition).collect();
        let names: Vec<&'static str> =
            all.first().map(|first| first.names.iter().map(|(name, _)| *name).collect()).unwrap_or_default();
        for name in names {
            let of =
                |found: &Found| found.names.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
            let mut ways: Vec<(Option<Term>, Typed)> = conditions
                .iter()
                .cloned()
                .zip(all.iter().map(|found| of(found).unwrap_or_else(Typed::poison)))
                .collect();
            let Some((_, mut value)) = ways.pop() else { continue };
            for (condition, way) in ways.into_iter().rev() {
                if way.poison || value.poison {
                    value = Typed::poison();
                } else if way.term != value.term {
                    let condition = condition.unwrap_or(Term::Literal(Value::Bool(true)));
                    let (ty, external) = (way.ty.clone(), way.external || value.external);
                    let term = Term::conditional(condition, way.defined(), value.defined());
                    value = Typed { external, ..Typed::new(term, ty) };
                }
            }
            found.names.push((name, value));
        }
        if let Some(conditions) = conditions.into_iter().collect::<Option<Vec<Term>>>() {
            found.tests.extend(any_of(conditions));
        }
    }
}

/// `a or b`; `x in ['a', 'b']` where both compare the same.
pub(in crate::lower) fn any_of(conditions: Vec<Term>) -> Option<Term> {
    let mut merged: Vec<Term> = Vec::new();
    for condition in conditions {
        match merged.last_mut().and_then(|before| compared(before).zip(compared(&condition))) {
            Some(((subject, mut values), (other, more))) if subject == other => {
                values.extend(more);
                let list = Term::Array(values.into_iter().map(|term| Element { term, list: false }).collect());
                merged.pop();
                merged.push(Term::binary("in", subject, list));
            }
            _ => merged.push(condition),
        }
    }
    let mut merged = merged.into_iter();
    let first = merged.next()?;
    Some(merged.fold(first, |any, condition| Term::binary("or", any, condition)))
}

/// What is compared with which literals: `x = 'a'`, `x in ['a', 'b']`.
fn compared(test: &Term) -> Option<(Term, Vec<Term>)> {
    match test {
        Term::Operator("=", left, right) => match &**right {
            Term::Literal(Value::String(_) | Value::Number(_)) => Some(((**left).clone(), vec![(**right).clone()])),
            _ => None,
        },
        Term::Operator("in", left, right) => match &**right {
            Term::Array(elements) => {
                Some(((**left).clone(), elements.iter().map(|element| element.term.clone()).collect()))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The integer that a literal or constant is.
fn whole(constant: &Expr) -> Option<i128> {
    match &constant.kind {
        ExprKind::Integer(value) => Some((*value).into()),
        ExprKind::Constant(constant) => {
            let (value, _) = constant();
            value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
        }
        _ => None,
    }
}

/// False for null and for a missing key alike.
fn is_some(value: &Typed) -> Term {
    Term::binary("!=", value.term.clone(), Term::null())
}

/// Whether every text compares with this one in UTF-16 as in Unicode's order.
fn ordered_alike(term: &Term) -> bool {
    matches!(term, Term::Literal(Value::String(text)) if text.chars().all(|letter| letter <= '\u{d7ff}'))
}

/// The patterns of a tuple by their place.
pub(super) fn indexed(
    parts: &PatternParts,
    length: usize,
) -> impl Iterator<Item = (usize, &'static ValuePattern)> + use<> {
    let after = length.saturating_sub(parts.last.len());
    parts.first.iter().enumerate().chain(parts.last.iter().enumerate().map(move |(index, part)| (after + index, part)))
}

/// The one pattern inside.
pub(super) fn only(fields: &PatternFields) -> Option<&'static ValuePattern> {
    match fields {
        PatternFields::Unit => None,
        PatternFields::Tuple(parts) => parts.first.first().or(parts.last.first()),
        PatternFields::Struct(fields) => fields.first().map(|(_, pattern)| pattern),
    }
}

/// All names of a pattern, known to be reported.
fn bind_poison(pattern: &ValuePattern, found: &mut Found) {
    match &pattern.kind {
        ValuePatternKind::Bind(name, inside) => {
            found.names.push((name, Typed::poison()));
            if let Some(inside) = inside {
                bind_poison(inside, found);
            }
        }
        ValuePatternKind::Some(inside) => bind_poison(inside, found),
        ValuePatternKind::Tuple(parts) => {
            parts.first.iter().chain(parts.last).for_each(|part| bind_poison(part, found));
        }
        ValuePatternKind::Shape { fields, .. } => bind_poison_in(fields, found),
        ValuePatternKind::Or(cases) => cases.iter().take(1).for_each(|case| bind_poison(case, found)),
        ValuePatternKind::Wildcard
        | ValuePatternKind::Constant(_)
        | ValuePatternKind::Range { .. }
        | ValuePatternKind::None => {}
    }
}

pub(super) fn bind_poison_in(fields: &PatternFields, found: &mut Found) {
    match fields {
        PatternFields::Unit => {}
        PatternFields::Tuple(parts) => {
            parts.first.iter().chain(parts.last).for_each(|part| bind_poison(part, found));
        }
        PatternFields::Struct(fields) => fields.iter().for_each(|(_, part)| bind_poison(part, found)),
    }
}
