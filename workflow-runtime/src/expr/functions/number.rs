//! Functions of numbers.

use super::super::thrown::{Run, Thrown};
use super::super::value::{Num, Val};
use super::Builtin;

pub(super) fn aggregate<'a>(function: Builtin, list: &Val<'a>) -> Val<'a> {
    let Some(items) = list.items() else { return Val::Undefined };
    let numbers = items.iter().filter_map(|item| match item {
        Val::Num(number) => Some(number),
        _ => None,
    });
    if items.len() == 0 && function != Builtin::Sum {
        return Val::Undefined;
    }
    let picked = match function {
        Builtin::Max => numbers
            .reduce(|best, next| if next.compare(best).is_some_and(std::cmp::Ordering::is_gt) { next } else { best }),
        Builtin::Min => numbers
            .reduce(|best, next| if next.compare(best).is_some_and(std::cmp::Ordering::is_lt) { next } else { best }),
        _ => {
            let sum = numbers.fold(Num::Int(0), add);
            let count = Val::int(items.len());
            Some(match (function, count) {
                (Builtin::Average, Val::Num(count)) => Num::Float(sum.as_f64() / count.as_f64()),
                _ => sum,
            })
        }
    };
    picked.map_or(Val::Undefined, Val::Num)
}

fn add(left: Num, right: Num) -> Num {
    if let (Num::Int(left), Num::Int(right)) = (left, right)
        && let Some(sum) = left.checked_add(right)
    {
        return Num::Int(sum);
    }
    Num::Float(left.as_f64() + right.as_f64())
}

pub(super) fn unary<'a>(function: Builtin, value: &Val<'a>) -> Val<'a> {
    let Val::Num(number) = value else { return Val::Undefined };
    Val::Num(match (function, *number) {
        (Builtin::Abs, Num::Int(int)) => int.checked_abs().map_or(Num::Float(number.as_f64().abs()), Num::Int),
        (Builtin::Abs, Num::Float(float)) => Num::Float(float.abs()),
        (Builtin::Ceil, Num::Float(float)) => Num::Float(float.ceil()).normal(),
        (_, Num::Float(float)) => Num::Float(float.floor()).normal(),
        (_, int) => int,
    })
}

pub(super) fn round_function<'a>(value: &Val<'a>, places: &Val<'a>) -> Val<'a> {
    let Val::Num(number) = value else { return Val::Undefined };
    let places = match places {
        Val::Num(places) => match places.normal() {
            Num::Int(places) => places,
            Num::Float(_) => return Val::Num(Num::Float(f64::NAN)),
        },
        _ => 0,
    };
    Val::Num(round(*number, places))
}

/// Rounds half to even on the decimal text.
fn round(number: Num, places: i64) -> Num {
    if matches!(number, Num::Int(_)) && places >= 0 {
        return number;
    }
    let shifted = shift(number.as_f64(), places);
    let mut rounded = (shifted + 0.5).floor();
    if shifted.fract() == 0.0 || !shifted.is_finite() {
        rounded = shifted;
    }
    let tie = (rounded - shifted).abs();
    if (tie - 0.5).abs() < f64::EPSILON / 4.0 && (rounded % 2.0).abs() > 0.5 {
        rounded -= 1.0;
    }
    Num::Float(shift(rounded, -places)).normal()
}

/// Times ten to the `places`, by way of the decimal text.
fn shift(float: f64, places: i64) -> f64 {
    if places == 0 || !float.is_finite() {
        return float;
    }
    let text = format!("{float:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent = exponent.parse::<i64>().unwrap_or(0).saturating_add(places);
    format!("{mantissa}e{exponent}").parse().unwrap_or(f64::NAN)
}

/// Casts texts and booleans.
pub(super) fn number<'a>(value: &Val<'a>) -> Run<Val<'a>> {
    let cast = match value {
        Val::Undefined => return Ok(Val::Undefined),
        Val::Num(number) => Some(*number),
        Val::Bool(bool) => Some(Num::Int(i64::from(*bool))),
        Val::Text(text) => parse(text),
        _ => None,
    };
    match cast {
        Some(number) => Ok(Val::Num(number)),
        None => Err(Thrown::coded("D3030", format!("Unable to cast value to a number: {}", value.shown()))),
    }
}

fn parse(text: &str) -> Option<Num> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if unsigned.len() == text.len() && text.to_ascii_lowercase().starts_with(prefix) {
            return i64::from_str_radix(&text[2..], radix).ok().map(Num::Int);
        }
    }
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)));
    if !digits(whole) || !fraction.is_none_or(digits) || !exponent_fits {
        return None;
    }
    if let (None, None, Ok(int)) = (fraction, exponent, text.parse::<i64>()) {
        return Some(Num::Int(int));
    }
    text.parse::<f64>().ok().filter(|float| float.is_finite()).map(Num::Float)
}

/// Rounds half to even on the decimal text.
pub(super) fn rounded(number: Num, places: i64) -> Num {
    round(number, places)
}

/// A picture that is formatted natively: zeros, with or without a point, and the same for negative numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Picture {
    /// Digits before the point, at least.
    whole: usize,
    /// Digits behind it.
    places: usize,
    /// Digits before the point of a negative number.
    whole_negative: usize,
}

/// The picture, where it is one of `0`, `0.00`, `00000;-0000`.
pub(in super::super) fn plain_picture(picture: &str) -> Option<Picture> {
    let zeros = |text: &str| !text.is_empty() && text.len() <= 40 && text.bytes().all(|byte| byte == b'0');
    let parts = |picture: &str| {
        let (whole, fraction) = match picture.split_once('.') {
            Some((whole, fraction)) if zeros(fraction) && fraction.len() <= 20 => (whole, fraction.len()),
            Some(_) => return None,
            None => (picture, 0),
        };
        zeros(whole).then_some((whole.len(), fraction))
    };
    let Some((positive, negative)) = picture.split_once(';') else {
        let (whole, places) = parts(picture)?;
        return Some(Picture { whole, places, whole_negative: whole });
    };
    let ((whole, places), (whole_negative, same)) = (parts(positive)?, parts(negative.strip_prefix('-')?)?);
    (places == same).then_some(Picture { whole, places, whole_negative })
}

pub(super) fn format_plain<'a>(value: &Val<'a>, picture: &Val<'a>) -> Val<'a> {
    let (Val::Num(number), Val::Text(picture)) = (value, picture) else { return Val::Undefined };
    let Some(Picture { whole, places, whole_negative }) = plain_picture(picture) else { return Val::Undefined };
    let negative = number.as_f64() < 0.0;
    let text = match round(*number, i64::try_from(places).unwrap_or(0)) {
        Num::Int(int) if places == 0 => int.unsigned_abs().to_string(),
        Num::Int(int) => format!("{}.{}", int.unsigned_abs(), "0".repeat(places)),
        Num::Float(float) => format!("{:.places$}", float.abs()),
    };
    let least = if negative { whole_negative } else { whole } + if places == 0 { 0 } else { places + 1 };
    let minus = if negative { "-" } else { "" };
    Val::text(format!("{minus}{text:0>least$}"))
}
