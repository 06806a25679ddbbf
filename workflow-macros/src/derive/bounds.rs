//! `#[payload(max_len = 1000, max_bytes = "64KiB")]`: how large a field may be.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Lit, Type};

use crate::diag::{Diagnostic, Sink};
use crate::options::{Opt, OptValue};

/// A bound that is no size.
const NO_SIZE: &str = "WF1411";
/// A bound on what has no length.
const NO_LENGTH: &str = "WF1412";

/// How large a field may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) max_len: Option<u64>,
    pub(crate) max_bytes: Option<u64>,
}

impl Bounds {
    /// Takes `max_len = ..` or `max_bytes = ..`.
    pub(crate) fn take(&mut self, option: &Opt, sink: &Sink) {
        let in_bytes = option.key == "max_bytes";
        let size = match &option.value {
            OptValue::Value(tokens) => syn::parse2::<Lit>(tokens.clone()).ok().and_then(|lit| size(&lit, in_bytes)),
            OptValue::Flag | OptValue::List(_) => None,
        };
        if size.is_none() {
            let (what, form) = if in_bytes {
                ("a number of bytes", "max_bytes = 65536` or `max_bytes = \"64KiB\"")
            } else {
                ("a number of items or characters", "max_len = 1000")
            };
            Diagnostic::new(&option.tokens, NO_SIZE, format!("`{}` is {what}, from 1", option.key))
                .help(format!("write `{form}`"))
                .emit(sink);
        }
        let place = if in_bytes { &mut self.max_bytes } else { &mut self.max_len };
        *place = size;
    }

    pub(crate) fn is_some(&self) -> bool {
        *self != Self::default()
    }

    /// Refuses a length of what has none.
    pub(crate) fn check(&self, field: &str, ty: &Type, sink: &Sink) {
        let Type::Path(path) = ty else { return };
        let Some(last) = path.path.segments.last().map(|segment| segment.ident.to_string()) else { return };
        let scalars = [
            "bool",
            "char",
            "i8",
            "i16",
            "i32",
            "i64",
            "isize",
            "u8",
            "u16",
            "u32",
            "u64",
            "usize",
            "f32",
            "f64",
            "Timestamp",
        ];
        if self.max_len.is_some() && scalars.contains(&last.as_str()) {
            Diagnostic::new(ty, NO_LENGTH, format!("field `{field}` is a `{last}`, which has no length"))
                .help("leave `max_len` out; it bounds texts, lists and maps")
                .emit(sink);
        }
    }

    /// `Bounds { .. }`
    pub(crate) fn expand(&self, p: &TokenStream) -> TokenStream {
        let some = |bound: Option<u64>| {
            bound.map_or_else(
                || quote!(::core::option::Option::None),
                |bound| quote!(::core::option::Option::Some(#bound)),
            )
        };
        let (len, bytes) = (some(self.max_len), some(self.max_bytes));
        quote!(#p::Bounds { max_len: #len, max_bytes: #bytes }).to_token_stream()
    }
}

fn size(literal: &Lit, in_bytes: bool) -> Option<u64> {
    match literal {
        Lit::Int(number) => number.base10_parse().ok(),
        Lit::Str(text) if in_bytes => bytes(&text.value()),
        _ => None,
    }
    .filter(|size| *size > 0)
}

/// `"64KiB"`, `"1MiB"`, `"500B"`, `"64kB"`.
fn bytes(text: &str) -> Option<u64> {
    let end = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(end)?;
    let factor: u64 = match unit.trim() {
        "B" => 1,
        "kB" => 1_000,
        "KiB" => 1_024,
        "MB" => 1_000_000,
        "MiB" => 1_048_576,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, expected) in
            [("64KiB", Some(65_536)), ("1 MiB", Some(1_048_576)), ("2kB", Some(2_000)), ("9B", Some(9))]
        {
            assert_eq!(bytes(text), expected, "{text}");
        }
        for text in ["", "64", "KiB", "64 apples", "-1B", "99999999999999999999B", "18446744073709551615KiB"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
