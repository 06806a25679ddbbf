//! Numbers: how they compare, print and leave an expression.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// A number: exact inside `i64`, a double beyond and for fractions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Num {
    Int(i64),
    Float(f64),
}

#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 JSONata's numbers are doubles")]
#[expect(clippy::cast_possible_truncation, reason = "guarded by the range check before it")]
impl Num {
    pub(super) fn from_json(number: &Number) -> Self {
        number.as_i64().map_or_else(|| Self::Float(number.as_f64().unwrap_or(f64::NAN)), Self::Int)
    }

    pub(super) fn as_f64(self) -> f64 {
        match self {
            Self::Int(int) => int as f64,
            Self::Float(float) => float,
        }
    }

    /// A float that is whole and fits becomes an integer; `-0` becomes 0.
    pub(super) fn normal(self) -> Self {
        match self {
            Self::Float(float) if float.fract() == 0.0 && float.abs() < 9.2e18 => Self::Int(float as i64),
            other => other,
        }
    }

    pub(super) fn negated(self) -> Self {
        match self {
            Self::Int(int) => int.checked_neg().map_or(Self::Float(-(int as f64)), Self::Int),
            Self::Float(float) => Self::Float(-float),
        }
    }

    pub(super) fn is_finite(self) -> bool {
        self.as_f64().is_finite()
    }

    /// A whole number towards zero, as integer arguments are read.
    pub(super) fn truncated(self) -> i64 {
        match self {
            Self::Int(int) => int,
            Self::Float(float) => float as i64,
        }
    }

    /// Rounded down, as positions are.
    pub(super) fn floored(self) -> i64 {
        match self {
            Self::Int(int) => int,
            Self::Float(float) => float.floor() as i64,
        }
    }

    pub(super) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => Some(left.cmp(&right)),
            _ => self.as_f64().partial_cmp(&other.as_f64()),
        }
    }

    /// As it leaves an expression: non-finite numbers become texts.
    pub(super) fn to_json(self) -> Value {
        match self.normal() {
            Self::Int(int) => Value::from(int),
            Self::Float(float) => {
                Number::from_f64(float).map_or_else(|| Value::from(Self::Float(float).non_finite_name()), Value::Number)
            }
        }
    }

    fn non_finite_name(self) -> &'static str {
        let float = self.as_f64();
        if float.is_nan() {
            "NaN"
        } else if float > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
    }

    /// As `$string` and `&` write it: whole numbers in full below 1e21, else 15 significant digits.
    pub(super) fn to_text(self) -> String {
        let float = match self.normal() {
            Self::Int(int) => return int.to_string(),
            Self::Float(float) if float.is_finite() => float,
            Self::Float(_) => return self.non_finite_name().to_owned(),
        };
        let float = if float.fract() == 0.0 { float } else { format!("{float:.14e}").parse().unwrap_or(float) };
        if (1e-6..1e21).contains(&float.abs()) {
            return format!("{float}");
        }
        let text = format!("{float:e}");
        if text.contains("e-") { text } else { text.replace('e', "e+") }
    }
}
