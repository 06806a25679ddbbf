//! Functions of Rust and of other crates that people call, and what a workflow has instead.

use syn::punctuated::Punctuated;
use syn::{Path, Token};

use super::super::codes;
use super::super::model::Expr;
use super::refuse::{STEP, shown};
use super::{Builder, start};
use crate::hygiene::plain;

const NOW: &str = "write `Timestamp::now()`: the machine reads the clock once, and keeps what it read";
const UUID: &str = "write `new_uuid()`: the machine draws it once, and keeps it";
const RANDOM: &str = "write `random()`, from 0 to 1: the machine draws it once, and keeps it";
const LENGTH: &str = "lengths of time are `millis(..)`, `secs(..)`, `mins(..)`, `hours(..)` and `days(..)`";
const JOIN: &str = "write `try_join!(a(..), b(..))?`";
const EACH: &str = "write `try_map(items, async |item| { .. }).await?`";

/// By what the path ends with.
const INSTEAD: [(&str, &str); 38] = [
    ("Uuid::new_v4", UUID),
    ("Uuid::now_v7", UUID),
    ("Ulid::new", UUID),
    ("Utc::now", NOW),
    ("Local::now", NOW),
    ("OffsetDateTime::now_utc", NOW),
    ("SystemTime::now", NOW),
    ("Instant::now", NOW),
    ("Zoned::now", NOW),
    ("rand::random", RANDOM),
    ("fastrand::f64", RANDOM),
    ("rand::rng", RANDOM),
    ("rand::thread_rng", RANDOM),
    ("thread_rng", RANDOM),
    ("seconds", LENGTH),
    ("minutes", LENGTH),
    ("weeks", LENGTH),
    ("future::join", JOIN),
    ("future::try_join", JOIN),
    ("future::try_join3", JOIN),
    ("future::join_all", EACH),
    ("future::try_join_all", EACH),
    ("join_all", EACH),
    ("try_join_all", EACH),
    ("time::timeout", "write `#[timeout = \"30s\"]` on the statement of the call"),
    ("serde_json::to_string", "write `to_json(&value)`"),
    ("serde_json::to_value", "give the value itself to the step, or write `json!({ .. })`"),
    ("serde_json::from_str", "write `parse_json::<T>(text)`"),
    ("serde_json::from_value", "declare the step's result as the type that it is"),
    ("Vec::with_capacity", "write `Vec::new()`"),
    ("String::with_capacity", "write `String::new()`"),
    ("BTreeMap::with_capacity", "write `BTreeMap::new()`"),
    ("HashMap::with_capacity", "write `HashMap::new()`"),
    ("BTreeSet::new", SET),
    ("HashSet::new", SET),
    ("mem::take", TAKE),
    ("mem::replace", TAKE),
    ("mem::swap", TAKE),
];

const SET: &str = "write a `Vec` and ask `contains(..)` before `push(..)`, or `collect::<BTreeSet<_>>()` a list";
const TAKE: &str = "bind the old value with `let` and assign the new one: values are copied, not moved";

/// What to write instead of a call.
pub(super) fn instead(path: &Path, arguments: &Punctuated<syn::Expr, Token![,]>) -> Option<String> {
    let name = path.segments.iter().map(|segment| plain(&segment.ident)).collect::<Vec<_>>().join("::");
    let known = |(ending, _): &&(&str, &str)| {
        name.strip_suffix(ending).is_some_and(|before| before.is_empty() || before.ends_with("::"))
    };
    if let Some((_, help)) = INSTEAD.iter().find(known) {
        return Some((*help).to_owned());
    }
    // `max(a, b)`, imported
    if let (true, Some(first), Some(second), 2) =
        (matches!(name.as_str(), "max" | "min"), arguments.get(0), arguments.get(1), arguments.len())
    {
        return Some(format!("write `{}.{name}({})`", shown(first), shown(second)));
    }
    // `i64::max(a, b)`, `std::cmp::max(a, b)`, `f64::abs(x)`
    let (owner, method) = name.rsplit_once("::")?;
    let owner = owner.rsplit("::").next()?;
    let first = shown(arguments.first()?);
    let of_number = super::words::NUMBERS.contains(&owner) && super::method::METHODS.contains(&method);
    let compared = owner == "cmp" && matches!(method, "max" | "min");
    match (of_number || compared, arguments.get(1)) {
        (true, Some(other)) if arguments.len() == 2 => Some(format!("write `{first}.{method}({})`", shown(other))),
        (true, None) => Some(format!("write `{first}.{method}()`")),
        _ => None,
    }
}

impl Builder {
    /// `list.iter().map(str::trim)`
    pub(super) fn function_value(&self, path: &syn::ExprPath, name: &str) -> Expr {
        let help = match name {
            "from" | "new" => "write a closure: `|value| value.to_string()`".to_owned(),
            "max" | "min" => format!("write a closure: `|a, b| a.{name}(b)`"),
            name if super::method::METHODS.contains(&name) => format!("write a closure: `|value| value.{name}()`"),
            _ => STEP.to_owned(),
        };
        self.fault(
            path,
            codes::OUTSIDE,
            format!("`{}`, a function as a value, cannot stand in a workflow", shown(path)),
        )
        .help(help);
        Expr::poison(start(path))
    }
}
