//! Powers, bases, padding, encodings and errors: functions that lowering writes now and then.

use super::super::eval::Machine;
use super::super::thrown::{Run, Thrown};
use super::super::value::{Num, Val};
use super::Builtin;
use super::encode;

/// Levels that `$pad` fills at most before its memory counts.
const PAD_MAX: usize = 1 << 22;

/// `$power(base, exponent)`
pub(super) fn power<'a>(base: &Val<'a>, exponent: &Val<'a>) -> Run<Val<'a>> {
    let (Val::Num(base), Val::Num(exponent)) = (base, exponent) else { return Ok(Val::Undefined) };
    if let (Num::Int(base), Num::Int(exponent)) = (base.normal(), exponent.normal())
        && let Some(exact) = u32::try_from(exponent).ok().and_then(|exponent| base.checked_pow(exponent))
    {
        return Ok(Val::Num(Num::Int(exact)));
    }
    let result = base.as_f64().powf(exponent.as_f64());
    if result.is_finite() {
        return Ok(Val::Num(Num::Float(result).normal()));
    }
    Err(Thrown::coded(
        "D3061",
        "The power function has resulted in a value that cannot be represented as a JSON number",
    ))
}

/// `$sqrt(number)`
pub(super) fn sqrt<'a>(number: &Val<'a>) -> Run<Val<'a>> {
    match number {
        Val::Num(number) if number.as_f64() < 0.0 => {
            Err(Thrown::coded("D3060", "The sqrt function cannot be applied to a negative number"))
        }
        Val::Num(number) => Ok(Val::Num(Num::Float(number.as_f64().sqrt()).normal())),
        _ => Ok(Val::Undefined),
    }
}

/// `$formatBase(number, radix)`
pub(super) fn format_base<'a>(number: &Val<'a>, radix: &Val<'a>) -> Run<Val<'a>> {
    let Val::Num(number) = number else { return Ok(Val::Undefined) };
    let radix = match radix {
        Val::Num(radix) => radix.truncated(),
        _ => 10,
    };
    let Some(base) = u64::try_from(radix).ok().filter(|base| (2..=36).contains(base)) else {
        return Err(Thrown::coded(
            "D3100",
            format!("The radix of the formatBase function must be between 2 and 36.  It was given {radix}"),
        ));
    };
    let whole = match super::number::rounded(*number, 0).normal() {
        Num::Int(whole) => whole,
        Num::Float(_) => return Err(Thrown::plain("The number of the formatBase function is too large")),
    };
    let mut rest = whole.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(rest % base).unwrap_or(0);
        digits.push(char::from_digit(digit, 36).unwrap_or('0'));
        rest /= base;
        if rest == 0 {
            break;
        }
    }
    let minus = if whole < 0 { "-" } else { "" };
    Ok(Val::text(format!("{minus}{}", digits.iter().rev().collect::<String>())))
}

/// `$error(message)`
pub(super) fn error<'a>(message: &Val<'a>) -> Run<Val<'a>> {
    Err(Thrown::coded(
        "D3137",
        match message {
            Val::Text(message) => (**message).to_owned(),
            _ => "$error() function evaluated".to_owned(),
        },
    ))
}

/// The encodings of texts.
pub(super) fn encoding<'a>(machine: &mut Machine<'a>, function: Builtin, value: &Val<'a>) -> Run<Val<'a>> {
    let Val::Text(text) = value else { return Ok(Val::Undefined) };
    let made = match function {
        Builtin::Base64encode => Some(encode::base64_encode(text)),
        Builtin::Base64decode => encode::base64_decode(text),
        Builtin::EncodeUrl => Some(encode::url_encode(text)),
        Builtin::EncodeUrlComponent => Some(encode::url_component_encode(text)),
        // As measured on AWS.
        _ => encode::url_decode(&text.replace('+', " ")),
    };
    match made {
        Some(made) => machine.make_text(made),
        None if function == Builtin::Base64decode => {
            Err(Thrown::plain("The argument of the base64decode function is no Base64"))
        }
        None => Err(Thrown::coded("D3140", format!("Malformed URL passed to decodeUrlComponent(): \"{}\"", &**text))),
    }
}

impl<'a> Machine<'a> {
    /// `$pad(text, width)`, `$pad(text, -width, fill)`: characters are counted.
    pub(super) fn pad(&mut self, text: &Val<'a>, width: &Val<'a>, fill: &Val<'a>) -> Run<Val<'a>> {
        let (Val::Text(text), Val::Num(width)) = (text, width) else { return Ok(Val::Undefined) };
        let fill: &str = match fill {
            Val::Text(fill) if !fill.is_empty() => fill,
            _ => " ",
        };
        let width = width.truncated();
        let missing = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX).saturating_sub(text.chars().count());
        if missing > PAD_MAX {
            return Err(Thrown::memory());
        }
        let padding: String = fill.chars().cycle().take(missing).collect();
        self.make_text(if width < 0 { format!("{padding}{}", &**text) } else { format!("{}{padding}", &**text) })
    }
}
