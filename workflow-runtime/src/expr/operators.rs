//! Operators between two values.

use std::cmp::Ordering;

use super::ast::Op;
use super::thrown::{Run, Thrown};
use super::value::{Fuel, Num, Val, compare_texts};

/// What `&` makes of an operand.
pub(super) fn append_text(value: &Val<'_>, out: &mut String) -> Run<()> {
    match value {
        Val::Undefined | Val::Function(_) => Ok(()),
        Val::Text(text) => {
            out.push_str(text);
            Ok(())
        }
        Val::Num(number) if !number.is_finite() => {
            Err(Thrown::coded("D3001", "Attempting to invoke string function on Infinity or NaN"))
        }
        other => other.write_json(out),
    }
}

fn operand(value: &Val<'_>, op: Op, code: &str, side: &str) -> Run<Option<Num>> {
    match value {
        Val::Undefined => Ok(None),
        Val::Num(number) if number.as_f64().is_infinite() => Err(Thrown::out_of_range()),
        Val::Num(number) if number.is_finite() => Ok(Some(*number)),
        _ => {
            let symbol = op.symbol();
            Err(Thrown::coded(code, format!("The {side} side of the \"{symbol}\" operator must evaluate to a number")))
        }
    }
}

pub(super) fn arithmetic<'a>(op: Op, left: &Val<'_>, right: &Val<'_>) -> Run<Val<'a>> {
    let (left, right) = (operand(left, op, "T2001", "left")?, operand(right, op, "T2002", "right")?);
    let (Some(left), Some(right)) = (left, right) else { return Ok(Val::Undefined) };
    if let (Num::Int(a), Num::Int(b)) = (left, right) {
        let exact = match op {
            Op::Add => a.checked_add(b),
            Op::Subtract => a.checked_sub(b),
            Op::Multiply => a.checked_mul(b),
            Op::Divide if a.checked_rem(b) == Some(0) => a.checked_div(b),
            Op::Remainder => a.checked_rem(b),
            _ => None,
        };
        if let Some(exact) = exact {
            return Ok(Val::Num(Num::Int(exact)));
        }
    }
    let (a, b) = (left.as_f64(), right.as_f64());
    let float = match op {
        Op::Add => a + b,
        Op::Subtract => a - b,
        Op::Multiply => a * b,
        Op::Divide => a / b,
        _ => a % b,
    };
    Ok(Val::Num(Num::Float(float)))
}

pub(super) fn compare<'a>(op: Op, left: &Val<'_>, right: &Val<'_>) -> Run<Val<'a>> {
    let comparable = |value: &Val<'_>| matches!(value, Val::Undefined | Val::Num(_) | Val::Text(_));
    if !comparable(left) || !comparable(right) {
        let symbol = op.symbol();
        let message =
            format!("The expressions either side of operator \"{symbol}\" must evaluate to numeric or string values");
        return Err(Thrown::coded("T2010", message));
    }
    let order = match (left, right) {
        (Val::Undefined, _) | (_, Val::Undefined) => return Ok(Val::Undefined),
        (Val::Num(left), Val::Num(right)) => left.compare(*right),
        (Val::Text(left), Val::Text(right)) => Some(compare_texts(left, right)),
        _ => {
            let (left, right, symbol) = (left.shown(), right.shown(), op.symbol());
            let message = format!(
                "The values {left} and {right} either side of operator \"{symbol}\" must be of the same data type"
            );
            return Err(Thrown::coded("T2009", message));
        }
    };
    Ok(Val::Bool(order.is_some_and(|order| match op {
        Op::Less => order == Ordering::Less,
        Op::LessEqual => order != Ordering::Greater,
        Op::Greater => order == Ordering::Greater,
        _ => order != Ordering::Less,
    })))
}

/// Strict equality with an item, so that arrays and objects are in nothing but themselves. `None` where the fuel does not do.
pub(super) fn is_in<'a>(left: &Val<'a>, right: &Val<'a>, fuel: &mut Fuel) -> Option<bool> {
    let mut same = |item: &Val<'a>| match (item, left) {
        (Val::Json(item), Val::Json(left)) => fuel.burn(1).map(|()| std::ptr::eq(*item, *left)),
        (Val::Json(_) | Val::Array(_) | Val::Object(_) | Val::Undefined, _) => fuel.burn(1).map(|()| false),
        // Neither is an array or an object that one would have to walk.
        _ => item.equals(left, fuel),
    };
    let Some(items) = right.items().filter(|_| !left.is_undefined()) else {
        return if left.is_undefined() { Some(false) } else { same(right) };
    };
    for item in items.iter() {
        if same(&item)? {
            return Some(true);
        }
    }
    Some(false)
}

pub(super) fn negate<'a>(value: &Val<'a>) -> Run<Val<'a>> {
    match value {
        Val::Undefined => Ok(Val::Undefined),
        Val::Num(number) if number.is_finite() => Ok(Val::Num(number.negated())),
        Val::Num(number) if number.as_f64().is_infinite() => Err(Thrown::out_of_range()),
        other => Err(Thrown::coded("D1002", format!("Cannot negate a non-numeric value: {}", other.shown()))),
    }
}
