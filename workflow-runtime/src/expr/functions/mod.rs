//! The built-in functions of JSONata 2.0.6 and those that Step Functions adds.

mod beyond;
mod encode;
mod extra;
mod hash;
mod list;
mod number;
mod order;
mod pattern;
mod signature;
mod text;
mod time;

pub(crate) use encode::{base64_decode, base64_encode, hash_hex, url_decode};
pub(crate) use extra::{entropy_fraction, uuid_text};
pub(super) use extra::{hash_text, java_random, millis_text, parse_json, range_items};
pub(super) use number::plain_picture;
pub(super) use pattern::Pattern;
pub(crate) use pattern::{BLANKS, BLANKS_AT_END, BLANKS_AT_ENDS, BLANKS_AT_START, IDLE_FRACTION};
pub(super) use time::is_plain_time;

use std::ops::RangeInclusive;

use super::eval::{Machine, TEXT_STEP};
use super::thrown::Run;
use super::value::{Val, Yield};

macro_rules! builtins {
    ($($variant:ident $name:literal $arity:literal $native:expr;)*) => {
        /// A built-in function that is evaluated natively.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Builtin { $($variant,)* }

        impl Builtin {
            pub(super) fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }

            /// As it is written, without `$`.
            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// How many arguments a callback of it is given at most.
            pub(super) fn arity(self) -> usize {
                match self { $(Self::$variant => $arity,)* }
            }

            /// How many arguments it may be called with natively: the others need the context value or a picture.
            pub(super) fn arity_native(self) -> RangeInclusive<usize> {
                match self { $(Self::$variant => $native,)* }
            }
        }
    };
}

builtins! {
    Abs "abs" 1 1..=1;
    Append "append" 2 2..=2;
    Average "average" 1 1..=1;
    Base64decode "base64decode" 1 1..=1;
    Base64encode "base64encode" 1 1..=1;
    Boolean "boolean" 1 1..=1;
    Ceil "ceil" 1 1..=1;
    Contains "contains" 2 2..=2;
    Count "count" 1 1..=1;
    DecodeUrlComponent "decodeUrlComponent" 1 1..=1;
    Distinct "distinct" 1 1..=1;
    EncodeUrl "encodeUrl" 1 1..=1;
    EncodeUrlComponent "encodeUrlComponent" 1 1..=1;
    Error "error" 1 0..=1;
    Exists "exists" 1 1..=1;
    Filter "filter" 2 2..=2;
    Floor "floor" 1 1..=1;
    FormatBase "formatBase" 2 2..=2;
    FormatNumber "formatNumber" 3 2..=2;
    FromMillis "fromMillis" 3 1..=2;
    Hash "hash" 2 1..=2;
    Join "join" 2 1..=2;
    Keys "keys" 1 1..=1;
    Length "length" 1 1..=1;
    Lookup "lookup" 2 2..=2;
    Lowercase "lowercase" 1 1..=1;
    Map "map" 2 2..=2;
    Max "max" 1 1..=1;
    Merge "merge" 1 1..=1;
    Millis "millis" 0 0..=0;
    Min "min" 1 1..=1;
    Not "not" 1 1..=1;
    Now "now" 2 0..=0;
    Number "number" 1 1..=1;
    Pad "pad" 3 2..=3;
    Parse "parse" 1 1..=1;
    Partition "partition" 2 2..=2;
    Power "power" 2 2..=2;
    Random "random" 1 0..=1;
    Range "range" 3 2..=3;
    Reduce "reduce" 3 2..=3;
    Replace "replace" 4 3..=4;
    Reverse "reverse" 1 1..=1;
    Round "round" 2 1..=2;
    Sort "sort" 2 1..=2;
    Split "split" 3 2..=3;
    Sqrt "sqrt" 1 1..=1;
    String "string" 1 1..=1;
    Substring "substring" 3 2..=3;
    SubstringAfter "substringAfter" 2 2..=2;
    SubstringBefore "substringBefore" 2 2..=2;
    Sum "sum" 1 1..=1;
    ToMillis "toMillis" 2 1..=1;
    Trim "trim" 1 1..=1;
    Type "type" 1 1..=1;
    Uppercase "uppercase" 1 1..=1;
    Uuid "uuid" 0 0..=0;
    Zip "zip" 2 2..=2;
}

/// The built-in functions that only `jsonata-core` evaluates.
const OTHERS: &[&str] = &[
    "assert",
    "clone",
    "decodeUrl",
    "each",
    "formatInteger",
    "match",
    "parseInteger",
    "shuffle",
    "sift",
    "single",
    "spread",
];

/// Whether `$name` is a function without anybody defining it.
pub(crate) fn is_built_in(name: &str) -> bool {
    Builtin::from_name(name).is_some() || OTHERS.contains(&name)
}

impl Builtin {
    /// What it yields is a sequence of its own, not one that it was given.
    pub(super) fn makes_sequence(self) -> bool {
        matches!(self, Self::Filter | Self::Keys | Self::Lookup | Self::Map)
    }
}

/// Items of a list that are worth a step.
const LIST_STEP: usize = 8;

impl<'a> Machine<'a> {
    /// Calls a built-in function; `here` stands in for an argument left out, where the function allows that.
    pub(super) fn call_builtin(
        &mut self,
        function: Builtin,
        arguments: Vec<Val<'a>>,
        here: &Val<'a>,
        end: Yield,
    ) -> Run<Val<'a>> {
        // Measured on AWS: null counts as nothing.
        if let (Builtin::Count, [Val::Null]) = (function, &arguments[..]) {
            return Ok(Val::int(0));
        }
        let arguments = signature::check(function, arguments, here)?;
        for argument in &arguments {
            match argument {
                Val::Text(text) => self.spend(text.len() / TEXT_STEP)?,
                list => self.spend(list.items().map_or(0, |items| items.len() / LIST_STEP))?,
            }
        }
        let mut arguments = arguments.into_iter();
        let first = arguments.next().unwrap_or(Val::Undefined);
        let second = arguments.next().unwrap_or(Val::Undefined);
        let third = arguments.next().unwrap_or(Val::Undefined);
        let fourth = arguments.next().unwrap_or(Val::Undefined);
        match function {
            Builtin::Append => self.append(first, second),
            Builtin::Boolean => Ok(self.truth(&first)?.map_or(Val::Undefined, Val::Bool)),
            Builtin::Not => Ok(self.truth(&first)?.map_or(Val::Undefined, |truth| Val::Bool(!truth))),
            Builtin::Exists => Ok(Val::Bool(!first.is_undefined())),
            Builtin::Type => Ok(if first.is_undefined() { first } else { Val::text(first.type_name()) }),
            Builtin::Count => Ok(list::count(&first)),
            Builtin::Filter => self.filter(&first, &second, end),
            Builtin::Map => self.map(&first, &second, end),
            Builtin::Reduce => self.reduce(&first, &second, third),
            Builtin::Keys => self.keys_of(&first, end),
            Builtin::Lookup => match second {
                Val::Text(name) => self.lookup_function(&first, &name, end),
                _ => Ok(Val::Undefined),
            },
            Builtin::Merge => self.merge(&first),
            Builtin::Reverse => self.reverse(first),
            Builtin::Join => self.join(&first, &second),
            Builtin::Sum | Builtin::Max | Builtin::Min | Builtin::Average => Ok(number::aggregate(function, &first)),
            Builtin::Abs | Builtin::Ceil | Builtin::Floor => Ok(number::unary(function, &first)),
            Builtin::Round => Ok(number::round_function(&first, &second)),
            Builtin::Number => number::number(&first),
            Builtin::FormatNumber => Ok(number::format_plain(&first, &second)),
            Builtin::String => text::string(self, first),
            Builtin::Length => Ok(text::length(&first)),
            Builtin::Lowercase | Builtin::Uppercase | Builtin::Trim => text::shape(self, function, &first),
            Builtin::Contains => text::contains(&first, &second),
            Builtin::Substring => Ok(text::substring(&first, &second, &third)),
            Builtin::SubstringBefore | Builtin::SubstringAfter => Ok(text::part(function, &first, &second)),
            Builtin::Split => text::split(self, &first, &second, &third),
            Builtin::Replace => text::replace(self, &first, &second, &third, &fourth),
            Builtin::Hash => extra::hash(&first, &second),
            Builtin::Base64decode
            | Builtin::Base64encode
            | Builtin::DecodeUrlComponent
            | Builtin::EncodeUrl
            | Builtin::EncodeUrlComponent => beyond::encoding(self, function, &first),
            Builtin::Distinct => self.distinct(first),
            Builtin::Error => beyond::error(&first),
            Builtin::FormatBase => beyond::format_base(&first, &second),
            Builtin::FromMillis => time::from_millis(&first, &second),
            Builtin::Pad => self.pad(&first, &second, &third),
            Builtin::Power => beyond::power(&first, &second),
            Builtin::Sort => self.sort(&first, &second),
            Builtin::Sqrt => beyond::sqrt(&first),
            Builtin::ToMillis => time::to_millis(&first),
            Builtin::Zip => self.zip(&[first, second]),
            Builtin::Parse => extra::parse(&first),
            Builtin::Partition => self.partition(&first, &second),
            Builtin::Range => self.range_function(&first, &second, &third, end == Yield::List),
            Builtin::Random => Ok(self.random(&first)),
            Builtin::Uuid => Ok(Val::text(uuid_text(self.scope.entropy(), self.scope.entropy()))),
            Builtin::Now => Ok(Val::text(millis_text(self.scope.now()))),
            Builtin::Millis => Ok(Val::Num(super::value::Num::Int(self.scope.now().as_millis()))),
        }
    }
}
