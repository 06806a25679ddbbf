//! Methods of integers and floats.

use serde_json::Value;

use super::closure::MethodCall;
use super::operator::WIDE;
use crate::lower::build::{Builder, unify};
use crate::lower::codes;
use crate::lower::term::Term;
use crate::lower::typed::{self, Typed};
use crate::payload::Type;

fn op(operator: &'static str, left: Term, right: Term) -> Term {
    Term::binary(operator, left, right)
}

fn smallest(values: [Term; 2]) -> Term {
    Term::call("min", [Term::array(values)])
}

fn greatest(values: [Term; 2]) -> Term {
    Term::call("max", [Term::array(values)])
}

/// A bound of an integer type, where a JSON number can come near it.
fn bound(value: i128) -> Option<Term> {
    i64::try_from(value).ok().filter(|value| value.unsigned_abs() <= 1 << 53).map(Term::number)
}

impl Builder<'_> {
    pub(super) fn number_method(&mut self, value: Typed, call: &MethodCall<'_>) -> Typed {
        if typed::is_f32(&value.ty) {
            return self.single_precision(call.at);
        }
        let argument = call.value();
        let ty = argument.as_ref().map_or_else(|| value.ty.clone(), |other| unify(value.ty.clone(), other.ty.clone()));
        let resolved = typed::resolve(&ty);
        let number = value.clone().defined();
        let literal = argument.as_ref().and_then(|argument| match &argument.term {
            Term::Literal(Value::Number(number)) => number.as_i64(),
            _ => None,
        });
        let other = argument.map(Typed::defined);
        let same = |term: Term| Typed::new(term, ty.clone());
        match (call.name, other, &resolved) {
            ("abs", None, _) => same(Term::call("abs", [number])),
            ("unsigned_abs", None, Type::Integer { .. }) => Typed::new(Term::call("abs", [number]), unsigned(&ty)),
            ("min", Some(other), _) => same(smallest([number, other])),
            ("max", Some(other), _) => same(greatest([number, other])),
            ("clamp", Some(low), _) => self.clamp(&number, &low, call, &ty),
            ("is_positive", None, Type::Integer { .. }) => Typed::new(op(">", number, Term::number(0)), Type::Bool),
            ("is_negative", None, Type::Integer { .. }) => Typed::new(op("<", number, Term::number(0)), Type::Bool),
            ("abs_diff", Some(other), Type::Integer { .. }) => {
                Typed::new(Term::call("abs", [op("-", number, other)]), unsigned(&ty))
            }
            ("signum", None, Type::Integer { .. }) => {
                let term = self.short(number, "n", |_, n| {
                    let negative =
                        Term::conditional(op("<", n.clone(), Term::number(0)), Term::number(-1), Term::number(0));
                    Term::conditional(op(">", n, Term::number(0)), Term::number(1), negative)
                });
                same(term)
            }
            ("pow", Some(exponent), Type::Integer { name, max, .. }) => {
                if *max > WIDE && *name != super::LITERAL_NAME {
                    return self.fault(
                        codes::WIDE_NUMBER,
                        call.at,
                        format!("a power of `{name}` may pass 2^53 - 1 and would be rounded: use 32-bit integers, or a `#[step]`"),
                    );
                }
                Typed::new(Term::call("power", [number, exponent]), value.ty)
            }
            ("rem_euclid" | "div_euclid", Some(_), Type::Integer { .. }) => self.euclid(value, literal, call),
            ("checked_add" | "checked_sub" | "checked_mul" | "checked_div" | "checked_rem", Some(other), _)
                if matches!(resolved, Type::Integer { .. }) =>
            {
                let term = self.checked(call.name, number, other, &resolved);
                self.optional(term, &ty, &value, call.at)
            }
            ("saturating_add" | "saturating_sub", Some(other), Type::Integer { min, max, .. }) => {
                let symbol = if call.name == "saturating_add" { "+" } else { "-" };
                let mut term = op(symbol, number, other);
                if let (Some(max), true) = (bound(*max), symbol == "+" || *min < 0) {
                    term = smallest([term, max]);
                }
                if let (Some(min), true) = (bound(*min), symbol == "-" || *min < 0) {
                    term = greatest([term, min]);
                }
                same(term)
            }
            (_, other, Type::Float) => self.float_method(number, other.as_ref(), literal, call),
            _ => self.no_form(call.at, &format!("`{}::{}`", typed::type_name(&value.ty), call.name)),
        }
    }

    fn clamp(&mut self, number: &Term, low: &Term, call: &MethodCall<'_>, ty: &Type) -> Typed {
        let Some(high) = call.nth_value(1).map(Typed::defined) else { return self.unexpected(call.at, "this call") };
        let clamped = |low: &Term, high: &Term| smallest([greatest([number.clone(), low.clone()]), high.clone()]);
        // Rust panics where the bounds are the wrong way round.
        let (Term::Literal(least), Term::Literal(most)) = (low, &high) else {
            let error = Term::call("error", [Term::string("clamp: min is greater than max")]);
            let ordered = op("<=", low.clone(), high.clone());
            return Typed::new(Term::conditional(ordered, clamped(low, &high), error), ty.clone());
        };
        if least.as_f64() <= most.as_f64() {
            Typed::new(clamped(low, &high), ty.clone())
        } else {
            self.no_form(call.at, "`clamp` whose least is greater than its greatest")
        }
    }

    fn euclid(&mut self, value: Typed, divisor: Option<i64>, call: &MethodCall<'_>) -> Typed {
        let Some(divisor) = divisor.filter(|divisor| *divisor > 0) else {
            return self.fault(
                codes::DIVISION,
                call.at,
                format!("`{}` by something that may not be positive does not fail in JSONata: use a positive literal, or a `#[step]`", call.name),
            );
        };
        let ty = value.ty.clone();
        let divisor = || Term::number(divisor);
        let term = self.short(value.defined(), "n", |_, n| {
            let rest = op("%", op("+", op("%", n.clone(), divisor()), divisor()), divisor());
            if call.name == "rem_euclid" { rest } else { op("/", op("-", n, rest), divisor()) }
        });
        Typed::new(term, ty)
    }

    fn float_method(
        &mut self,
        number: Term,
        other: Option<&Term>,
        literal: Option<i64>,
        call: &MethodCall<'_>,
    ) -> Typed {
        let float = |term: Term| Typed::new(term, Type::Float);
        let down = |n: &Term| Term::call("floor", [n.clone()]);
        let up = |n: &Term| Term::call("ceil", [n.clone()]);
        let by_sign =
            |n: &Term, below: Term, above: Term| Term::conditional(op("<", n.clone(), Term::number(0)), below, above);
        // `%` of fractions is not the same everywhere: what stands behind the point is taken off.
        match (call.name, other) {
            ("floor", None) => float(Term::call("floor", [number])),
            ("ceil", None) => float(Term::call("ceil", [number])),
            ("sqrt", None) => float(Term::call("sqrt", [number])),
            ("trunc", None) => float(self.whole_part(number)),
            ("fract", None) => float(self.short(number, "n", |_, n| op("-", n.clone(), by_sign(&n, up(&n), down(&n))))),
            // Half away from zero; `$round` rounds half to even.
            ("round", None) => float(self.short(number, "n", |_, n| {
                let one_if =
                    |far: Term| Term::conditional(op(">=", far, Term::number(0.5)), Term::number(1), Term::number(0));
                let below = op("-", up(&n), one_if(op("-", up(&n), n.clone())));
                let above = op("+", down(&n), one_if(op("-", n.clone(), down(&n))));
                by_sign(&n, below, above)
            })),
            ("powi", Some(_)) if literal == Some(2) => float(self.short(number, "n", |_, n| op("*", n.clone(), n))),
            ("powi", _) => self.fault(
                codes::NO_FORM,
                call.at,
                "`powi` beyond 2 differs in its last digit from machine to machine: multiply, or use a `#[step]`",
            ),
            (name, _) => self.no_form(call.at, &format!("`f64::{name}`")),
        }
    }

    /// A float without what stands behind its point.
    pub(super) fn whole_part(&mut self, number: Term) -> Term {
        self.short(number, "n", |_, n| {
            let negative = op("<", n.clone(), Term::number(0));
            Term::conditional(negative, Term::call("ceil", [n.clone()]), Term::call("floor", [n]))
        })
    }

    /// `f32`'s JSON is a decimal that only Rust reads as the same number.
    pub(super) fn single_precision(&mut self, at: crate::lower::ir::At) -> Typed {
        self.fault(
            codes::SINGLE_PRECISION,
            at,
            "JSONata counts with `f64`: a value of `f32` would be another number here; use `f64`, or compute in a `#[step]`",
        )
    }
}

/// What `abs_diff` yields.
fn unsigned(ty: &Type) -> Type {
    match typed::resolve(ty) {
        Type::Integer { name, min, max } if min < 0 && name != super::LITERAL_NAME => {
            let name = match name {
                "i8" => "u8",
                "i16" => "u16",
                "i32" => "u32",
                "isize" => "usize",
                _ => "u64",
            };
            Type::Integer { name, min: 0, max: max * 2 + 1 }
        }
        other => other,
    }
}
