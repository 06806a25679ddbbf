//! Points in time and lengths of time. A length is a number of milliseconds, which never travels as a payload.

use serde_json::Value;

use super::closure::MethodCall;
use super::order::millis_of;
use crate::lower::build::Builder;
use crate::lower::codes;
use crate::lower::ir::At;
use crate::lower::term::Term;
use crate::lower::typed::{self, Typed};
use crate::payload::Type;

/// `std::time::Duration`, in milliseconds.
pub(super) const DURATION: Type = Type::Integer { name: "Duration", min: 0, max: i64::MAX as i128 };
/// `jiff::SignedDuration`, in milliseconds.
const SIGNED: Type = Type::Integer { name: "SignedDuration", min: i64::MIN as i128, max: i64::MAX as i128 };

pub(super) fn is_duration(ty: &Type) -> bool {
    matches!(ty, Type::Integer { name: "Duration" | "SignedDuration", .. })
}

/// The components of `strftime` that `$fromMillis` writes alike.
const PICTURES: [(char, &str); 7] =
    [('Y', "[Y0001]"), ('m', "[M01]"), ('d', "[D01]"), ('H', "[H01]"), ('M', "[m01]"), ('S', "[s01]"), ('j', "[d001]")];

/// Whole units towards zero.
fn whole(millis: Term, unit: i64) -> Term {
    if let Term::Literal(Value::Number(number)) = &millis
        && let Some(known) = number.as_i64()
    {
        return Term::number(known / unit);
    }
    let rest = Term::binary("%", millis.clone(), Term::number(unit));
    Term::binary("/", Term::binary("-", millis, rest), Term::number(unit))
}

impl Term {
    /// How many thousands it is, of a number that is written out.
    fn whole_thousands(&self) -> Option<i64> {
        let Self::Literal(Value::Number(number)) = self else { return None };
        number.as_i64().filter(|known| known % 1000 == 0).map(|known| known / 1000)
    }
}

impl Builder<'_> {
    /// `secs(n)` and its like.
    pub(super) fn duration(amount: &Typed, unit: i64) -> Typed {
        let term = match &amount.term {
            Term::Literal(Value::Number(number)) => {
                Term::number(number.as_i64().unwrap_or(i64::MAX).saturating_mul(unit))
            }
            _ if unit == 1 => amount.clone().defined(),
            _ => Term::binary("*", amount.clone().defined(), Term::number(unit)),
        };
        Typed { poison: amount.poison, ..Typed::new(term, DURATION) }
    }

    /// The seconds of a length of time; of other values what they are. A rest below a second is refused where it is known, and
    /// fails the Wait where it is not: Step Functions waits whole seconds.
    pub(in crate::lower) fn whole_seconds(&mut self, length: Typed, at: At) -> Typed {
        if !is_duration(&length.ty) || length.poison {
            return length;
        }
        let millis = length.defined();
        let seconds = match &millis {
            Term::Literal(Value::Number(number)) => match number.as_i64() {
                Some(known) if known % 1000 == 0 => Term::number(known / 1000),
                _ => {
                    let message = format!("a wait of {number} milliseconds: Step Functions counts whole seconds");
                    return self.fault(codes::DURATION, at, message);
                }
            },
            Term::Operator("*", count, unit) => match unit.whole_thousands() {
                Some(1) => (**count).clone(),
                Some(unit) => Term::binary("*", (**count).clone(), Term::number(unit)),
                None => Term::binary("/", millis.clone(), Term::number(1000)),
            },
            _ => Term::binary("/", millis.clone(), Term::number(1000)),
        };
        Typed::new(seconds, Type::Integer { name: "u64", min: 0, max: u64::MAX.into() })
    }

    pub(super) fn time_method(&mut self, value: &Typed, call: &MethodCall<'_>) -> Typed {
        let i64_type = Type::Integer { name: "i64", min: i64::MIN.into(), max: i64::MAX.into() };
        let millis = millis_of(value.clone().defined());
        match (call.name, call.value()) {
            ("as_millisecond", None) => Typed::new(millis, i64_type),
            ("as_second", None) => Typed::new(self.short(millis, "millis", |_, millis| whole(millis, 1000)), i64_type),
            ("duration_since", Some(other)) => {
                Typed::new(Term::binary("-", millis, millis_of(other.defined())), SIGNED)
            }
            ("cmp" | "partial_cmp", Some(other)) => self.compared(value, &other, call.at),
            ("strftime", Some(format)) => self.written_time(millis, &format, call.at),
            ("min" | "max", Some(other)) => {
                let both = Term::array([millis, millis_of(other.defined())]);
                let name = if call.name == "max" { "max" } else { "min" };
                Typed::new(Term::call("fromMillis", [Term::call(name, [both])]), Type::Timestamp)
            }
            (name, _) => self.no_form(call.at, &format!("`Timestamp::{name}`")),
        }
    }

    pub(super) fn duration_method(&mut self, value: &Typed, call: &MethodCall<'_>) -> Typed {
        let signed = matches!(value.ty, Type::Integer { min, .. } if min < 0);
        let (name, min) = if signed { ("i64", i64::MIN) } else { ("u64", 0) };
        let ty = Type::Integer { name, min: min.into(), max: i64::MAX.into() };
        if let ("min" | "max", Some(other)) = (call.name, call.value()) {
            let name = if call.name == "max" { "max" } else { "min" };
            let both = Term::array([value.clone().defined(), other.defined()]);
            return Typed::new(Term::call(name, [both]), value.ty.clone());
        }
        let unit = match call.name {
            "as_millis" => 1,
            "as_secs" => 1000,
            "as_mins" => 60_000,
            "as_hours" => 3_600_000,
            "unsigned_abs" => return Typed::new(Term::call("abs", [value.clone().defined()]), DURATION),
            "abs" => return Typed::new(Term::call("abs", [value.clone().defined()]), value.ty.clone()),
            "is_negative" => {
                return Typed::new(Term::binary("<", value.clone().defined(), Term::number(0)), Type::Bool);
            }
            "is_positive" => {
                return Typed::new(Term::binary(">", value.clone().defined(), Term::number(0)), Type::Bool);
            }
            name => return self.no_form(call.at, &format!("`Duration::{name}`")),
        };
        let millis = value.clone().defined();
        if unit == 1 {
            return Typed::new(millis, ty);
        }
        Typed::new(self.short(millis, "millis", |_, millis| whole(millis, unit)), ty)
    }

    /// `+` and `-` where a time or a length of time stands on the left; `None` where neither does.
    pub(super) fn time_arithmetic(
        &mut self,
        symbol: &'static str,
        left: &Typed,
        right: &Typed,
        at: At,
    ) -> Option<Typed> {
        if let (Type::Timestamp, true) = (typed::resolve(&left.ty), is_duration(&right.ty)) {
            let millis = Term::binary(symbol, millis_of(left.clone().defined()), right.clone().defined());
            return Some(Typed::new(Term::call("fromMillis", [millis]), Type::Timestamp));
        }
        if matches!(typed::resolve(&left.ty), Type::Timestamp) {
            return Some(self.fault(
                codes::TIME,
                at,
                "a time less a time is a `Span` of calendar units in Rust: write `later.duration_since(earlier)`",
            ));
        }
        if !is_duration(&left.ty) {
            // `2 * pause`
            let swapped = symbol == "*" && is_duration(&right.ty);
            return if swapped { self.time_arithmetic(symbol, right, left, at) } else { None };
        }
        if symbol == "-" && matches!(left.ty, Type::Integer { min: 0, .. }) {
            return Some(self.fault(
                codes::UNSIGNED_MINUS,
                at,
                "a `Duration` less another one would be negative where Rust stops: take both from the time, one after the other",
            ));
        }
        match symbol {
            "+" | "-" | "*" => {
                let term = match (&left.term, &right.term) {
                    (Term::Literal(Value::Number(a)), Term::Literal(Value::Number(b))) if symbol == "*" => {
                        Term::number(a.as_i64()?.saturating_mul(b.as_i64()?))
                    }
                    _ => Term::binary(symbol, left.clone().defined(), right.clone().defined()),
                };
                Some(Typed::new(term, left.ty.clone()))
            }
            _ => Some(self.no_form(at, &format!("`{symbol}` on a `Duration`"))),
        }
    }

    /// As Rust writes a time: no more digits of the second than it needs.
    pub(super) fn shown_time(time: Term) -> Term {
        let written = match time {
            Term::Call("fromMillis" | "now", _) => time,
            time => Term::call("fromMillis", [Term::call("toMillis", [time])]),
        };
        Term::call("replace", [written, Term::Regex(crate::expr::IDLE_FRACTION), Term::string("Z")])
    }

    /// `strftime("%Y-%m-%d")`
    fn written_time(&mut self, millis: Term, format: &Typed, at: At) -> Typed {
        let Term::Literal(Value::String(format)) = &format.term else {
            return self.no_form(at, "`strftime` with a format that is not written out");
        };
        let mut picture = String::new();
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '[' => picture.push_str("[["),
                ']' => picture.push_str("]]"),
                '%' => match letters.next() {
                    Some('%') => picture.push('%'),
                    Some('F') => picture.push_str("[Y0001]-[M01]-[D01]"),
                    Some('T') => picture.push_str("[H01]:[m01]:[s01]"),
                    Some(unit) if PICTURES.iter().any(|(known, _)| *known == unit) => {
                        let known = PICTURES.iter().find(|(known, _)| *known == unit);
                        picture.push_str(known.map_or("", |(_, picture)| picture));
                    }
                    other => {
                        let unit = other.map(String::from).unwrap_or_default();
                        return self.fault(
                            codes::TIME,
                            at,
                            format!("`%{unit}` has no exact form: `%Y %m %d %H %M %S %j %F %T` and `%%` have"),
                        );
                    }
                },
                other => picture.push(other),
            }
        }
        Typed::new(Term::call("fromMillis", [millis, Term::string(picture)]), Type::String)
    }
}
