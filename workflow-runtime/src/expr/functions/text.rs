//! Functions of texts.

use super::super::eval::Machine;
use super::super::thrown::{Run, Thrown};
use super::super::value::{Num, Val};
use super::Builtin;

pub(super) fn string<'a>(machine: &mut Machine<'a>, value: Val<'a>) -> Run<Val<'a>> {
    match value {
        Val::Undefined | Val::Text(_) => Ok(value),
        Val::Function(_) => Ok(Val::text("")),
        Val::Num(number) if !number.is_finite() => {
            Err(Thrown::coded("D3001", "Attempting to invoke string function on Infinity or NaN"))
        }
        other => {
            let mut out = String::new();
            other.write_json(&mut out)?;
            machine.make_text(out)
        }
    }
}

pub(super) fn length<'a>(value: &Val<'a>) -> Val<'a> {
    match value {
        Val::Text(text) => Val::int(text.chars().count()),
        _ => Val::Undefined,
    }
}

pub(super) fn shape<'a>(machine: &mut Machine<'a>, function: Builtin, value: &Val<'a>) -> Run<Val<'a>> {
    let Val::Text(text) = value else { return Ok(Val::Undefined) };
    machine.make_text(match function {
        Builtin::Lowercase => text.to_lowercase(),
        Builtin::Uppercase => text.to_uppercase(),
        _ => {
            let words: Vec<&str> = text.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()).collect();
            words.join(" ")
        }
    })
}

pub(super) fn contains<'a>(value: &Val<'a>, token: &Val<'a>) -> Run<Val<'a>> {
    match (value, token) {
        (Val::Text(text), Val::Text(token)) => Ok(Val::Bool(text.contains(&**token))),
        (Val::Undefined, _) => Ok(Val::Undefined),
        _ => Err(no_matcher(Builtin::Contains)),
    }
}

/// Neither a text nor a pattern to look for.
fn no_matcher(function: Builtin) -> Thrown {
    let name = function.name();
    let message = format!(
        "The matcher function argument passed to function \"{name}\" does not return the correct object structure"
    );
    Thrown::coded("T1010", message)
}

pub(super) fn part<'a>(function: Builtin, value: &Val<'a>, token: &Val<'a>) -> Val<'a> {
    let (Val::Text(text), Val::Text(token)) = (value, token) else {
        return if token.is_undefined() { value.clone() } else { Val::Undefined };
    };
    match (text.split_once(&**token), function) {
        (None, _) => value.clone(),
        (Some((before, _)), Builtin::SubstringBefore) => Val::text(before),
        (Some((_, after)), _) => Val::text(after),
    }
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "positions in a bounded text")]
#[expect(clippy::cast_sign_loss, reason = "clamped to the text's length before")]
pub(super) fn substring<'a>(value: &Val<'a>, start: &Val<'a>, length: &Val<'a>) -> Val<'a> {
    let Val::Text(text) = value else { return Val::Undefined };
    let count = text.chars().count() as f64;
    let number = |value: &Val<'a>| match value {
        Val::Num(number) => Some(number.as_f64()),
        _ => None,
    };
    // Without a start, JavaScript's slice begins at 0, and its sum with a length is no number.
    let mut from = number(start);
    if from.is_some_and(|from| count + from < 0.0) {
        from = Some(0.0);
    }
    let to = match (number(length), from) {
        (Some(length), _) if length <= 0.0 => return Val::text(""),
        (Some(_), None) => 0.0,
        (Some(length), Some(from)) if from >= 0.0 => from + length,
        (Some(length), Some(from)) => count + from + length,
        (None, _) => count,
    };
    let place = |at: f64| {
        let at = at.trunc();
        (if at < 0.0 { count + at } else { at }).clamp(0.0, count) as usize
    };
    let (from, to) = (place(from.unwrap_or(0.0)), place(to));
    Val::text(text.chars().skip(from).take(to.saturating_sub(from)).collect::<String>())
}

pub(super) fn split<'a>(machine: &mut Machine<'a>, value: &Val<'a>, by: &Val<'a>, limit: &Val<'a>) -> Run<Val<'a>> {
    let Val::Text(text) = value else { return Ok(Val::Undefined) };
    let limit = limit_of(limit, "D3020", "Third argument of split function must evaluate to a positive number")?;
    let parts: Vec<Val<'a>> = match by {
        _ if limit == 0 => Vec::new(),
        Val::Text(by) if by.is_empty() => text.chars().take(limit).map(|ch| Val::text(ch.to_string())).collect(),
        Val::Text(by) => text.split(&**by).take(limit).map(Val::text).collect(),
        _ => return Err(no_matcher(Builtin::Split)),
    };
    machine.allocate(parts.len())?;
    Ok(Val::array(parts))
}

fn limit_of(limit: &Val<'_>, code: &str, message: &str) -> Run<usize> {
    match limit {
        Val::Num(number) if number.as_f64() < 0.0 => Err(Thrown::coded(code, message)),
        // A count runs up to a fraction: 1.5 allows two.
        Val::Num(Num::Float(float)) => Ok(usize::try_from(Num::Float(float.ceil()).truncated()).unwrap_or(usize::MAX)),
        Val::Num(number) => Ok(usize::try_from(number.truncated()).unwrap_or(usize::MAX)),
        _ => Ok(usize::MAX),
    }
}

pub(super) fn replace<'a>(
    machine: &mut Machine<'a>,
    value: &Val<'a>,
    pattern: &Val<'a>,
    with: &Val<'a>,
    limit: &Val<'a>,
) -> Run<Val<'a>> {
    let Val::Text(text) = value else { return Ok(Val::Undefined) };
    if matches!(pattern, Val::Text(pattern) if pattern.is_empty()) {
        return Err(Thrown::coded("D3010", "Second argument of replace function cannot be an empty string"));
    }
    let limit = limit_of(limit, "D3011", "Fourth argument of replace function must evaluate to a positive number")?;
    let Val::Text(pattern) = pattern else {
        return Err(Thrown::coded("T0410", "Argument 2 of function \"replace\" does not match function signature"));
    };
    let with: &str = match with {
        Val::Text(with) => with,
        _ if limit > 0 && text.contains(&**pattern) => {
            return Err(Thrown::coded("D3012", "Attempted to replace a matched string with a non-string value"));
        }
        _ => return Ok(value.clone()),
    };
    // Bounded before it is built: a short pattern may become a long text many times over.
    let times = text.matches(&**pattern).take(limit).count();
    machine.allocate(times.saturating_mul(with.len()) / 16)?;
    machine.make_text(text.replacen(&**pattern, with, limit))
}
