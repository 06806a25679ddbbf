//! Arithmetic on integers where JSONata would go on: it fails, as Rust would.

use super::operator::WIDE;
use crate::lower::build::Builder;
use crate::lower::term::Term;
use crate::payload::Type;

fn fails(message: &str) -> Term {
    Term::call("error", [Term::string(message)])
}

/// Truncated as in Rust: the remainder goes first.
pub(super) fn truncated_quotient(left: Term, right: Term) -> Term {
    let whole = Term::binary("-", left.clone(), Term::binary("%", left, right.clone()));
    Term::binary("/", whole, right)
}

impl Builder<'_> {
    /// A difference of unsigned integers.
    pub(super) fn not_below_zero(&mut self, left: Term, right: Term) -> Term {
        self.short(Term::binary("-", left, right), "n", |_, n| {
            let is_whole = Term::binary(">=", n.clone(), Term::number(0));
            Term::conditional(is_whole, n, fails("a difference below zero"))
        })
    }

    /// A product of 64-bit integers. What a double does not hold exactly is rounded to 2^53 or beyond, never below.
    pub(super) fn exact_product(&mut self, left: Term, right: Term) -> Term {
        self.short(Term::binary("*", left, right), "n", |_, n| {
            let size = Term::call("abs", [n.clone()]);
            let is_exact = Term::binary("<=", size, Term::number(Self::largest()));
            Term::conditional(is_exact, n, fails("a product beyond 2^53 - 1"))
        })
    }

    /// A quotient or remainder by a divisor that is known when it runs.
    pub(super) fn divided(&mut self, symbol: &'static str, left: Term, right: Term) -> Term {
        self.short(right, "divisor", |builder, divisor| {
            let quotient = if symbol == "/" {
                builder.short(left, "n", |_, n| truncated_quotient(n, divisor.clone()))
            } else {
                Term::binary("%", left, divisor.clone())
            };
            Term::conditional(Term::binary("!=", divisor, Term::number(0)), quotient, fails("division by zero"))
        })
    }

    /// `checked_sub` and its like: `null` where Rust yields `None`.
    pub(super) fn checked(&mut self, name: &str, left: Term, right: Term, ty: &Type) -> Term {
        let Type::Integer { min, max, .. } = ty else { return Term::null() };
        let value = match name {
            "checked_add" => Term::binary("+", left, right),
            "checked_sub" => Term::binary("-", left, right),
            "checked_mul" if *max > WIDE => self.exact_product(left, right),
            "checked_mul" => Term::binary("*", left, right),
            _ => {
                return self.short(right, "divisor", |builder, divisor| {
                    let is_some = Term::binary("!=", divisor.clone(), Term::number(0));
                    let value = if name == "checked_div" {
                        builder.short(left, "n", |_, n| truncated_quotient(n, divisor))
                    } else {
                        Term::binary("%", left, divisor)
                    };
                    Term::conditional(is_some, value, Term::null())
                });
            }
        };
        let bounds = [(">=", *min), ("<=", *max)];
        let bounds = bounds.map(|(symbol, bound)| {
            let held = i64::try_from(bound).ok().filter(|bound| i128::from(*bound).abs() < WIDE);
            held.map(|bound| (symbol, bound))
        });
        self.short(value, "n", |_, n| {
            let tests = bounds.into_iter().flatten();
            let tests = tests.map(|(symbol, bound)| Term::binary(symbol, n.clone(), Term::number(bound)));
            match tests.reduce(|all, test| Term::binary("and", all, test)) {
                Some(test) => Term::conditional(test, n, Term::null()),
                None => n,
            }
        })
    }

    /// 2^53 - 1
    pub(super) fn largest() -> i64 {
        i64::try_from(WIDE).unwrap_or(i64::MAX).saturating_sub(1)
    }
}
