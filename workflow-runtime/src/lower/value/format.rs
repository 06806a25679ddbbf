//! `format!`: values as Rust's `Display` writes them.

use serde_json::Value;

use super::concatenate;
use crate::lower::build::Builder;
use crate::lower::codes;
use crate::lower::ir::{Align, At, FormatPiece, FormatSpec, Radix};
use crate::lower::term::Term;
use crate::lower::typed::{self, Typed};
use crate::payload::Type;

/// Digits behind the point that can be rounded exactly.
const PRECISION_MAX: u32 = 4;
/// 2^34: with it a fraction falls into two parts whose products with powers of ten are exact.
const SPLIT: i64 = 1 << 34;

fn op(operator: &'static str, left: Term, right: Term) -> Term {
    Term::binary(operator, left, right)
}

impl Builder<'_> {
    /// `format!(..)`
    pub(super) fn format(&mut self, pieces: &[FormatPiece]) -> Option<Typed> {
        let mut texts = Vec::new();
        let mut poison = false;
        for piece in pieces {
            texts.push(match piece {
                FormatPiece::Literal(text) => Term::string(*text),
                FormatPiece::Value { value, spec } => {
                    let at = value.at;
                    let value = self.part(value)?;
                    poison |= value.poison;
                    self.display(value, *spec, at)
                }
            });
        }
        Some(Typed { poison, ..Typed::new(concatenate(texts), Type::String) })
    }

    /// A value as Rust's `Display` writes it.
    pub(super) fn display(&mut self, value: Typed, spec: FormatSpec, at: At) -> Term {
        if value.poison {
            return Term::null();
        }
        let ty = typed::resolve(&value.ty);
        if typed::is_f32(&value.ty) {
            self.single_precision(at);
            return Term::null();
        }
        let number = matches!(ty, Type::Integer { .. } | Type::Float);
        if !number && (spec.plus || spec.zero || spec.radix != Radix::Display) {
            return self.no_format(at, "`+`, `0` and `x` are for numbers");
        }
        let text = match (&ty, spec.precision) {
            (Type::String, None) => value.defined(),
            (Type::Timestamp, None) => Self::shown_time(value.defined()),
            (Type::Bool, None) => Term::call("string", [value.defined()]),
            (Type::Integer { .. }, _) if super::time::is_duration(&value.ty) => {
                return self.no_format(at, "a length of time has no text of its own: format its `as_secs()`");
            }
            (Type::Integer { min, .. }, _) => return self.integer_text(value.clone().defined(), *min < 0, spec, at),
            (Type::Float, Some(digits @ 0..=PRECISION_MAX)) if spec.radix == Radix::Display => {
                return self.float_text(value.defined(), digits, spec);
            }
            (Type::Float, Some(_)) => {
                return self.no_format(at, "JSONata rounds floats exactly to four digits at most: `{:.4}`");
            }
            (Type::Float, None) => {
                return self
                    .no_format(at, "JSONata writes floats otherwise than Rust: say how many digits, as in `{:.2}`");
            }
            (Type::String | Type::Bool, Some(_)) => {
                return self
                    .no_format(at, "a text cannot be cut exactly: JSONata takes characters beyond U+FFFF apart");
            }
            (Type::Failure, _) => {
                return self.no_format(
                    at,
                    "a failure has no text of its own between states: write `failure.error()`, its name, or \
                     `failure.cause()`, what is known of it",
                );
            }
            (other, _) => {
                let ty = typed::type_name(other);
                return self.no_format(
                    at,
                    &format!(
                        "a `{ty}` cannot be formatted between states: format strings, integers, bools, times and floats with \
                         `{{:.2}}`; for anything else write a `#[step]`"
                    ),
                );
            }
        };
        self.padded(text, spec, Align::Left)
    }

    fn no_format(&mut self, at: At, text: &str) -> Term {
        self.fault(codes::FORMAT, at, text);
        Term::null()
    }

    /// `{}`, `{:05}`, `{:+}`, `{:x}` of an integer.
    fn integer_text(&mut self, number: Term, signed: bool, spec: FormatSpec, at: At) -> Term {
        if let (Term::Literal(Value::Number(known)), FormatSpec::PLAIN) = (&number, spec) {
            return Term::string(known.to_string());
        }
        let base = match spec.radix {
            Radix::Display => None,
            Radix::LowerHex | Radix::UpperHex => Some((16, "0x")),
            Radix::Octal => Some((8, "0o")),
            Radix::Binary => Some((2, "0b")),
        };
        let plain = |number: Term| Term::call("formatNumber", [number, Term::string("0")]);
        if let Some((base, prefix)) = base {
            if signed && !matches!(number, Term::Literal(_)) {
                return self.no_format(
                    at,
                    "digits of another base show a negative number's bits in Rust: use an unsigned integer",
                );
            }
            let digits = Term::call("formatBase", [number, Term::number(base)]);
            let digits = if spec.radix == Radix::UpperHex { Term::call("uppercase", [digits]) } else { digits };
            let prefix = if spec.alternate { prefix } else { "" };
            return self.signed_text(Term::string(prefix), digits, spec);
        }
        match spec {
            FormatSpec { plus: false, zero: true, width: Some(width @ 2..=30), .. } => {
                let zeros = "0".repeat(width as usize);
                let picture = if signed { format!("{zeros};-{}", &zeros[1..]) } else { zeros };
                Term::call("formatNumber", [number, Term::string(picture)])
            }
            FormatSpec { plus: false, zero: false, .. } => self.padded(plain(number), spec, Align::Right),
            _ => self.short(number, "n", |builder, n| {
                let sign = sign_of(&n, spec.plus);
                let digits = plain(Term::call("abs", [n]));
                builder.signed_text(sign, digits, spec)
            }),
        }
    }

    /// `{:.2}`: the binary value is rounded, halves to even. `$formatNumber` rounds the decimal text instead: 2.675, which is a
    /// little less, would become 2.68. So the fraction is rounded by arithmetic that is exact.
    fn float_text(&mut self, number: Term, digits: u32, spec: FormatSpec) -> Term {
        let picture = if digits == 0 { "0".to_owned() } else { format!("0.{}", "0".repeat(digits as usize)) };
        if let Term::Literal(Value::Number(known)) = &number {
            let known = known.as_f64().unwrap_or_default();
            let sign = if known < 0.0 {
                "-"
            } else if spec.plus {
                "+"
            } else {
                ""
            };
            let digits = format!("{:.*}", digits as usize, known.abs());
            return self.signed_text(Term::string(sign), Term::string(digits), spec);
        }
        self.short(number, "x", |builder, x| {
            let sign = sign_of(&x, spec.plus);
            let written = |number: Term| Term::call("formatNumber", [number, Term::string(picture.as_str())]);
            let absolute = Term::call("abs", [x]);
            let text = if digits == 0 { written(absolute) } else { builder.rounded(absolute, digits, written) };
            builder.signed_text(sign, text, spec)
        })
    }

    fn rounded(&mut self, number: Term, digits: u32, written: impl Fn(Term) -> Term) -> Term {
        let scale = 10_i64.pow(digits);
        let names = ["n", "f", "l", "k", "e"].map(|name| self.graph.var(None, name));
        let [whole, fraction, low, count, beyond] = names.map(Term::Var);
        let times = |term: Term, factor: i64| op("*", term, Term::number(factor));
        let twice = |term: Term| times(term, 2 * scale);
        // How far the fraction is beyond the middle between two candidates; its sign is exact.
        let high = op("-", twice(op("-", fraction.clone(), low.clone())), times(count.clone(), 2));
        let distance = op("+", op("-", high, Term::number(1)), twice(low));
        let odd = op("=", op("%", count.clone(), Term::number(2)), Term::number(1));
        let tie = op("and", op("=", beyond.clone(), Term::number(0)), odd);
        let up = op("or", op(">", beyond, Term::number(0)), tie);
        let hundredths = Term::conditional(up, op("+", count.clone(), Term::number(1)), count);
        let sum = op("+", op("-", whole.clone(), fraction.clone()), op("/", hundredths, Term::number(scale)));
        let lower = op("/", Term::call("floor", [times(fraction.clone(), SPLIT)]), Term::number(SPLIT));
        let values = [
            number,
            op("-", whole.clone(), Term::call("floor", [whole])),
            op("-", fraction.clone(), lower),
            Term::call("floor", [times(fraction, scale)]),
            distance,
        ];
        let mut term = written(sum);
        for (name, value) in names.into_iter().zip(values).rev() {
            term = Term::Let(name, Box::new(value), Box::new(term));
        }
        term
    }

    /// A sign or prefix before digits; zeros stand between them.
    fn signed_text(&mut self, sign: Term, digits: Term, spec: FormatSpec) -> Term {
        let Some(width) = spec.width.filter(|_| spec.zero) else {
            return self.padded(concatenate(vec![sign, digits]), spec, Align::Right);
        };
        let none = sign == Term::string("");
        self.short(sign, "sign", |_, sign| {
            let width = match &sign {
                Term::Literal(Value::String(known)) => {
                    Term::number(i64::try_from(known.chars().count()).unwrap_or(0) - i64::from(width))
                }
                _ => op("-", Term::call("length", [sign.clone()]), Term::number(width)),
            };
            let digits = Term::call("pad", [digits, width, Term::string("0")]);
            if none { digits } else { concatenate(vec![sign, digits]) }
        })
    }

    /// `{:>8}`
    fn padded(&mut self, text: Term, spec: FormatSpec, usual: Align) -> Term {
        let Some(width) = spec.width.filter(|width| *width > 1) else { return text };
        let pad = |text: Term, width: Term| {
            let mut arguments = vec![text, width];
            arguments.extend(spec.fill.filter(|fill| *fill != ' ').map(|fill| Term::string(fill.to_string())));
            Term::Call("pad", arguments)
        };
        let width = i64::from(width);
        match spec.align.unwrap_or(usual) {
            Align::Left => pad(text, Term::number(width)),
            Align::Right => pad(text, Term::number(-width)),
            Align::Center => self.short(text, "text", |_, text| {
                let half = op("/", op("+", Term::call("length", [text.clone()]), Term::number(width)), Term::number(2));
                let left = Term::Negate(Box::new(Term::call("floor", [half])));
                pad(pad(text, left), Term::number(width))
            }),
        }
    }
}

fn sign_of(number: &Term, plus: bool) -> Term {
    let positive = Term::string(if plus { "+" } else { "" });
    Term::conditional(op("<", number.clone(), Term::number(0)), Term::string("-"), positive)
}
