//! Functions that may be called without `.await`: the language's own words, and a few of Rust's.

use syn::Path;

use super::super::codes;
use super::super::model::{Expr, ExprKind, Function, FunctionKind};
use super::{Builder, start};
use crate::diag::listed;
use crate::hygiene::plain;

/// The language's functions and how many arguments each takes.
pub(super) const WORDS: [(&str, usize); 19] = [
    ("base64_decode", 1),
    ("base64_encode", 1),
    ("days", 1),
    ("hash_md5", 1),
    ("hash_sha1", 1),
    ("hash_sha256", 1),
    ("hash_sha384", 1),
    ("hash_sha512", 1),
    ("hours", 1),
    ("millis", 1),
    ("mins", 1),
    ("new_uuid", 0),
    ("parse_json", 1),
    ("parse_time", 1),
    ("random", 0),
    ("secs", 1),
    ("time_from_millis", 1),
    ("to_json", 1),
    ("url_decode", 1),
];

/// Rust's integers and floats that `from` widens to.
pub(super) const NUMBERS: [&str; 12] =
    ["u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "isize", "f32", "f64"];

impl Builder {
    /// A call of a function that has its JSONata; `None` for any other.
    pub(super) fn function(&mut self, call: &syn::ExprCall, path: &Path, name: &str) -> Option<Expr> {
        let kind = match two_last(path) {
            Some((ty, "from")) if NUMBERS.contains(&ty.as_str()) && call.args.len() == 1 => {
                FunctionKind::Widen(path.segments.first()?.ident.clone())
            }
            Some((ty, "from")) if ty == "String" && call.args.len() == 1 => FunctionKind::Text,
            Some((ty, "new")) if ty == "String" && call.args.is_empty() => FunctionKind::EmptyText,
            Some((ty, "new")) if ty == "Vec" && call.args.is_empty() => FunctionKind::EmptyList,
            Some((ty, "new")) if ty == "Box" && call.args.len() == 1 => FunctionKind::Boxed,
            Some((ty, "now")) if ty == "Timestamp" && call.args.is_empty() => FunctionKind::Now,
            Some((ty, _)) if is_type(&ty) => return None,
            _ => self.word(call, path, name)?,
        };
        let arguments = call.args.iter().map(|argument| self.argument(argument)).collect();
        let made = Function { path: path.clone(), kind, arguments, paren: call.paren_token };
        Some(Expr::new(ExprKind::Function(Box::new(made)), start(path)))
    }

    fn word(&self, call: &syn::ExprCall, path: &Path, name: &str) -> Option<FunctionKind> {
        let (word, count) = WORDS.iter().find(|(word, _)| *word == name)?;
        let ty = generic(path);
        if call.args.len() != *count {
            let takes = if *count == 0 { "no argument" } else { "one argument" };
            self.fault(path, codes::WORD, format!("`{word}` takes {takes}, not {}", call.args.len()))
                .help(if *count == 0 { format!("write `{word}()`") } else { format!("write `{word}(value)`") });
        } else if *word == "parse_json" && ty.is_none() {
            self.fault(path, codes::WORD, "`parse_json` does not say of which type its value is")
                .help("write `parse_json::<Order>(text)`: lowering needs the type's fields")
                .note(format!("what is JSON of any kind is a `Value`: {}", listed(["parse_json::<Value>(text)"])));
        }
        Some(FunctionKind::Word(word, ty.map(Box::new)))
    }
}

/// Whether it is a call of a function that has its JSONata, and no step's.
pub(super) fn is_word(call: &syn::ExprCall) -> bool {
    let syn::Expr::Path(path) = &*call.func else { return false };
    let word = path.path.segments.last().map(|last| plain(&last.ident)).unwrap_or_default();
    two_last(&path.path).is_some_and(|(ty, function)| is_type(&ty) && !function.is_empty())
        || WORDS.iter().any(|(known, _)| *known == word)
}

/// `Some`, `None`, `Ok` or `Err` of Rust's own enums, and not a variant of the user's that is called so: `Discount::None`.
pub(super) fn std_variant(path: &Path) -> Option<&'static str> {
    let last = plain(&path.segments.last()?.ident);
    let owner = path.segments.iter().rev().nth(1).map(|owner| plain(&owner.ident));
    let own = owner.is_none_or(|owner| owner == "Option" || owner == "Result");
    ["Some", "None", "Ok", "Err"].into_iter().find(|name| own && last == *name)
}

/// `u64::from_str_radix`
pub(super) fn is_of_number(path: &Path) -> bool {
    path.segments.iter().rev().nth(1).is_some_and(|ty| NUMBERS.contains(&plain(&ty.ident).as_str()))
}

/// The type and the function of `u64::from`, where there are just these two.
fn two_last(path: &Path) -> Option<(String, &'static str)> {
    let [ty, function] = [path.segments.iter().rev().nth(1)?, path.segments.last()?];
    let function = ["from", "new", "now"].into_iter().find(|known| function.ident == known).unwrap_or_default();
    Some((plain(&ty.ident), function))
}

fn is_type(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_uppercase) || NUMBERS.contains(&name)
}

/// The `T` of `parse_json::<T>`.
fn generic(path: &Path) -> Option<syn::Type> {
    let syn::PathArguments::AngleBracketed(arguments) = &path.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    })
}
