//! Checks arguments against a function's signature as the reference does: an argument left out may be the context
//! value, a lone value becomes an array where one is wanted.

use serde_json::Value;

use super::Builtin;
use crate::expr::thrown::{Run, Thrown};
use crate::expr::value::{Items, Val};

const TEXT: u8 = 1;
const NUMBER: u8 = 2;
const BOOL: u8 = 4;
const NULL: u8 = 8;
const OBJECT: u8 = 16;
const ARRAY: u8 = 32;
const FUNCTION: u8 = 64;
const MISSING: u8 = 128;
const ANY: u8 = 255;

/// A parameter: the kinds it takes, and what else is known of it.
#[derive(Clone, Copy)]
struct Param {
    kinds: u8,
    optional: bool,
    /// The context value stands in for it.
    context: bool,
    /// A lone value is wrapped.
    list: bool,
    /// What a list must consist of: its kind and the word for it.
    of: Option<(u8, &'static str)>,
}

const fn one(kinds: u8) -> Param {
    Param { kinds: kinds | MISSING, optional: false, context: false, list: false, of: None }
}
const fn maybe(kinds: u8) -> Param {
    Param { optional: true, ..one(kinds) }
}
const fn here(kinds: u8) -> Param {
    Param { context: true, ..one(kinds) }
}
const fn list(of: Option<(u8, &'static str)>) -> Param {
    Param { list: true, of, ..one(ANY) }
}
const CALLBACK: Param = Param { kinds: FUNCTION, ..one(FUNCTION) };
const NUMBERS: Param = list(Some((NUMBER, "numbers")));

fn params(function: Builtin) -> &'static [Param] {
    match function {
        Builtin::Abs | Builtin::Ceil | Builtin::Floor | Builtin::Sqrt => const { &[here(NUMBER)] },
        Builtin::Append => const { &[one(ANY), one(ANY)] },
        Builtin::Average | Builtin::Max | Builtin::Min | Builtin::Sum => const { &[NUMBERS] },
        Builtin::Boolean | Builtin::Not | Builtin::Keys => const { &[here(ANY)] },
        Builtin::Contains => const { &[here(TEXT), one(TEXT | FUNCTION)] },
        Builtin::Count | Builtin::Reverse => const { &[list(None)] },
        Builtin::Error => const { &[maybe(TEXT)] },
        Builtin::Distinct | Builtin::Exists | Builtin::Type => const { &[one(ANY)] },
        Builtin::Filter | Builtin::Map => const { &[list(None), CALLBACK] },
        Builtin::FromMillis => const { &[here(NUMBER), maybe(TEXT), maybe(TEXT)] },
        Builtin::FormatNumber => const { &[here(NUMBER), one(TEXT), maybe(OBJECT)] },
        Builtin::Hash => const { &[one(TEXT), maybe(TEXT)] },
        Builtin::Join => const { &[list(Some((TEXT, "strings"))), maybe(TEXT)] },
        Builtin::Base64decode
        | Builtin::Base64encode
        | Builtin::DecodeUrlComponent
        | Builtin::EncodeUrl
        | Builtin::EncodeUrlComponent
        | Builtin::Length
        | Builtin::Lowercase
        | Builtin::Trim
        | Builtin::Uppercase => const { &[here(TEXT)] },
        Builtin::Lookup => const { &[here(ANY), one(TEXT)] },
        Builtin::Merge => const { &[list(Some((OBJECT, "objects")))] },
        Builtin::Millis | Builtin::Uuid => &[],
        Builtin::Now => const { &[maybe(TEXT), maybe(TEXT)] },
        Builtin::Number => const { &[here(NUMBER | TEXT | BOOL)] },
        Builtin::Pad => const { &[here(TEXT), one(NUMBER), maybe(TEXT)] },
        Builtin::Power => const { &[here(NUMBER), one(NUMBER)] },
        Builtin::Parse => const { &[one(TEXT)] },
        Builtin::Partition => const { &[list(None), one(NUMBER)] },
        Builtin::Random => const { &[maybe(NUMBER)] },
        Builtin::Range => const { &[one(NUMBER), one(NUMBER), maybe(NUMBER)] },
        Builtin::Reduce => const { &[list(None), CALLBACK, maybe(ANY & !FUNCTION)] },
        Builtin::Replace => const { &[here(TEXT), one(TEXT | FUNCTION), one(TEXT | FUNCTION), maybe(NUMBER)] },
        Builtin::FormatBase | Builtin::Round => const { &[here(NUMBER), maybe(NUMBER)] },
        Builtin::Sort => const { &[list(None), maybe(FUNCTION)] },
        Builtin::ToMillis => const { &[here(TEXT), maybe(TEXT)] },
        Builtin::Zip => const { &[list(None), list(None)] },
        Builtin::Split => const { &[here(TEXT), one(TEXT | FUNCTION), maybe(NUMBER)] },
        Builtin::String => const { &[here(ANY), maybe(BOOL)] },
        Builtin::Substring => const { &[here(TEXT), one(NUMBER), maybe(NUMBER)] },
        Builtin::SubstringAfter | Builtin::SubstringBefore => const { &[here(TEXT), one(TEXT)] },
    }
}

fn kind(value: &Val<'_>) -> u8 {
    match value {
        Val::Undefined => MISSING,
        Val::Null => NULL,
        Val::Bool(_) => BOOL,
        Val::Num(_) => NUMBER,
        Val::Text(_) => TEXT,
        Val::Json(Value::Array(_)) | Val::Array(_) => ARRAY,
        Val::Json(_) | Val::Object(_) => OBJECT,
        Val::Function(_) => FUNCTION,
    }
}

/// Which argument each parameter takes, greedily and with second thoughts, as the reference's pattern does; and how
/// many arguments that uses. `whole` where no argument may be left.
fn assign(params: &[Param], kinds: &[u8], from: usize, whole: bool) -> Option<(Vec<Option<usize>>, usize)> {
    let Some((param, rest)) = params.split_first() else {
        return (!whole || from == kinds.len()).then(|| (Vec::new(), from));
    };
    let taken = kinds.get(from).is_some_and(|kind| param.kinds & kind != 0).then(|| (Some(from), from + 1));
    let skipped = (param.optional || param.context).then_some((None, from));
    for (argument, next) in [taken, skipped].into_iter().flatten() {
        if let Some((mut others, used)) = assign(rest, kinds, next, whole) {
            others.insert(0, argument);
            return Some((others, used));
        }
    }
    None
}

/// The arguments in the parameters' order.
pub(super) fn check<'a>(function: Builtin, mut arguments: Vec<Val<'a>>, here: &Val<'a>) -> Run<Vec<Val<'a>>> {
    let params = params(function);
    let direct = arguments.len() <= params.len()
        && arguments.iter().zip(params).all(|(argument, param)| param.kinds & kind(argument) != 0)
        && params[arguments.len()..].iter().all(|param| param.optional);
    if !direct {
        arguments = rearrange(function, params, &arguments, here)?;
    }
    for (at, (argument, param)) in arguments.iter_mut().zip(params).enumerate() {
        if param.list && !argument.is_undefined() {
            let value = std::mem::replace(argument, Val::Undefined);
            *argument = as_list(function, at, value, param)?;
        }
    }
    Ok(arguments)
}

fn rearrange<'a>(function: Builtin, params: &[Param], arguments: &[Val<'a>], here: &Val<'a>) -> Run<Vec<Val<'a>>> {
    let kinds: Vec<u8> = arguments.iter().map(kind).collect();
    let Some((order, _)) = assign(params, &kinds, 0, true) else {
        let mut good = 0;
        for count in 1..=params.len() {
            match assign(&params[..count], &kinds, 0, false) {
                Some((_, used)) => good = used,
                None => break,
            }
        }
        let message =
            format!("Argument {} of function \"{}\" does not match function signature", good + 1, function.name());
        return Err(Thrown::coded("T0410", message));
    };
    let mut out = Vec::with_capacity(params.len());
    for (param, argument) in params.iter().zip(order) {
        match argument {
            Some(at) => out.push(arguments.get(at).cloned().unwrap_or(Val::Undefined)),
            None if !param.context => out.push(Val::Undefined),
            None if param.kinds & kind(here) != 0 => out.push(here.clone()),
            None => {
                let (at, name) = (out.len() + 1, function.name());
                let message =
                    format!("Context value is not a compatible type with argument {at} of function \"{name}\"");
                return Err(Thrown::coded("T0411", message));
            }
        }
    }
    Ok(out)
}

fn as_list<'a>(function: Builtin, at: usize, value: Val<'a>, param: &Param) -> Run<Val<'a>> {
    let fits = match (param.of, value.items()) {
        (None, _) => true,
        (Some((of, _)), None) => kind(&value) == of,
        (Some((of, _)), Some(Items::Json(items))) => items.iter().all(|item| kind(&Val::from_json(item)) == of),
        (Some((of, _)), Some(Items::Made(items))) => items.iter().all(|item| kind(item) == of),
    };
    if let (false, Some((_, word))) = (fits, param.of) {
        let (at, name) = (at + 1, function.name());
        return Err(Thrown::coded(
            "T0412",
            format!("Argument {at} of function \"{name}\" must be an array of \"{word}\""),
        ));
    }
    Ok(if value.items().is_some() { value } else { Val::array(vec![value]) })
}
