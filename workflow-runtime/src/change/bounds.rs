//! How large and of what form a value may be, in two schemas: `maxItems`, `maxLength`, `minimum`, `pattern` and the like.

use serde_json::Value;

use super::atom::{Atom, alternatives};
use super::schema::{Problem, Schema};

/// A keyword that bounds a number: the value itself, or how many of something it has.
struct Bound {
    keyword: &'static str,
    /// The bound is the greatest; otherwise the least.
    is_upper: bool,
    /// What is counted; empty where the value is.
    what: &'static str,
    /// What sets it in Rust.
    attribute: Option<&'static str>,
}

const fn upper(keyword: &'static str, what: &'static str, attribute: Option<&'static str>) -> Bound {
    Bound { keyword, is_upper: true, what, attribute }
}

const fn lower(keyword: &'static str, what: &'static str) -> Bound {
    Bound { keyword, is_upper: false, what, attribute: None }
}

const BOUNDS: &[Bound] = &[
    upper("maxItems", "items", Some("max_len")),
    upper("maxLength", "characters", Some("max_len")),
    upper("maxProperties", "entries", Some("max_len")),
    upper("x-maxBytes", "bytes of JSON text", Some("max_bytes")),
    lower("minItems", "items"),
    lower("minLength", "characters"),
    lower("minProperties", "entries"),
    upper("maximum", "", None),
    lower("minimum", ""),
];

/// Keywords that a value fits or does not; nothing is known of two that differ.
const RULES: &[&str] = &["pattern", "multipleOf", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum"];

/// `$ref`s and unions that are followed at most.
const VISITS_MAX: usize = 1_000;

/// What became of a bound, and who cannot read what any more.
pub(super) type Told = (String, Option<Problem>, Option<Problem>);

/// What the two say otherwise about this place.
pub(super) fn compare(place: &str, old: Schema<'_>, new: Schema<'_>) -> Vec<Told> {
    let mut told = Vec::new();
    let mut done: Vec<(Option<f64>, Option<f64>, Option<&str>)> = Vec::new();
    for bound in BOUNDS {
        let (Some(before), Some(after)) = (limit(bound, old), limit(bound, new)) else { continue };
        // `max_len` of any JSON stands there three times.
        let key = (before, after, bound.attribute);
        if before == after || (bound.attribute.is_some() && done.contains(&key)) {
            continue;
        }
        done.push(key);
        told.push(bound.tell(place, before, after));
    }
    told.extend(RULES.iter().filter_map(|keyword| rule(keyword, place, old, new)));
    told
}

fn problem(reason: String, remedy: impl Into<String>) -> Problem {
    Problem { reason, remedy: remedy.into() }
}

impl Bound {
    fn applies_to(&self, atom: &Atom<'_>) -> bool {
        match atom {
            Atom::Any => true,
            Atom::List(_) => matches!(self.what, "items" | "bytes of JSON text"),
            Atom::Text | Atom::Time | Atom::Const(_) => matches!(self.what, "characters" | "bytes of JSON text"),
            Atom::Map(_) | Atom::Object(_) => matches!(self.what, "entries" | "bytes of JSON text"),
            Atom::Number => matches!(self.what, "" | "bytes of JSON text"),
            // An integer's bounds are its type, and a tuple's length is.
            _ => self.what == "bytes of JSON text",
        }
    }

    /// The bound in words: `at most 5 items`, `at least 0`.
    fn words(&self, limit: f64) -> String {
        let word = if self.is_upper { "at most" } else { "at least" };
        format!("{word} {limit} {}", self.what).trim_end().to_owned()
    }

    /// What is beyond it.
    fn beyond(&self, place: &str, limit: f64) -> String {
        match (self.what, self.is_upper) {
            ("", true) => format!("{place} may be above {limit}"),
            ("", false) => format!("{place} may be below {limit}"),
            (what, true) => format!("{place} may have more than {limit} {what}"),
            (what, false) => format!("{place} may have fewer than {limit} {what}"),
        }
    }

    fn tell(&self, place: &str, before: Option<f64>, after: Option<f64>) -> Told {
        let verb = if self.what.is_empty() { "may be" } else { "may have" };
        let what = match (before, after) {
            (Some(before), Some(after)) => format!("{place} {verb} {} (was {before})", self.words(after)),
            (None, Some(after)) => format!("{place} {verb} {} (had no such bound)", self.words(after)),
            (Some(before), None) => format!("{place} lost its bound of {}", self.words(before)),
            (None, None) => format!("{place} is bounded as it was"),
        };
        let is_beyond = |limit: f64, other: Option<f64>| {
            other.is_none_or(|other| if self.is_upper { other > limit } else { other < limit })
        };
        let forward = after.filter(|after| is_beyond(*after, before)).map(|after| {
            problem(format!("{} in what was written before", self.beyond(place, after)), self.keep(before))
        });
        let backward = before.filter(|before| is_beyond(*before, after)).map(|before| {
            let remedy = "make sure that nothing beyond the old bound is written as long as the old version reads it";
            problem(format!("{} now", self.beyond(place, before)), remedy)
        });
        (what, forward, backward)
    }

    /// How not to tighten it.
    fn keep(&self, before: Option<f64>) -> String {
        match (self.attribute, before) {
            (Some(attribute), Some(before)) => {
                format!(
                    "keep the wider bound, `#[payload({attribute} = {before})]`, until nothing beyond the new one is left"
                )
            }
            (Some(attribute), None) => {
                format!("leave `{attribute}` out, or make it as large as the largest value that was ever written")
            }
            (None, _) => format!("keep `{}` as it was until nothing beyond the new one is left", self.keyword),
        }
    }
}

/// What the schema says of this bound: `None` where it is not about such values.
#[expect(clippy::option_option, reason = "not about it, about it without a bound, with one")]
fn limit(bound: &Bound, schema: Schema<'_>) -> Option<Option<f64>> {
    let mut visits = VISITS_MAX;
    limit_within(bound, schema, &mut visits)
}

#[expect(clippy::option_option, reason = "as `limit`")]
fn limit_within(bound: &Bound, schema: Schema<'_>, visits: &mut usize) -> Option<Option<f64>> {
    *visits = visits.checked_sub(1)?;
    let own = schema.value.get(bound.keyword).and_then(Value::as_f64);
    let tighter = |one: f64, other: f64| if bound.is_upper { one.min(other) } else { one.max(other) };
    let inner = match inside(schema) {
        Inside::Leaf => {
            let applies = alternatives(schema.value, schema.defs).iter().any(|atom| bound.applies_to(atom));
            applies.then_some(None)
        }
        Inside::Reference(target) => limit_within(bound, target, visits),
        Inside::Union(forms) => {
            let mut loosest: Option<Option<f64>> = None;
            for value in forms {
                let Some(form) = limit_within(bound, Schema { value, ..schema }, visits) else { continue };
                loosest = Some(match (loosest, form) {
                    (None, form) => form,
                    (Some(Some(one)), Some(other)) => {
                        Some(if bound.is_upper { one.max(other) } else { one.min(other) })
                    }
                    (Some(_), _) => None,
                });
            }
            loosest
        }
    };
    inner.map(|inner| match (own, inner) {
        (Some(own), Some(inner)) => Some(tighter(own, inner)),
        (own, inner) => own.or(inner),
    })
}

enum Inside<'a> {
    Leaf,
    Reference(Schema<'a>),
    Union(&'a [Value]),
}

fn inside(schema: Schema<'_>) -> Inside<'_> {
    let Schema { value, defs } = schema;
    if let Some(name) = value.get("$ref").and_then(Value::as_str) {
        let target = defs.get(name.strip_prefix("#/$defs/").unwrap_or(name));
        return target.map_or(Inside::Leaf, |value| Inside::Reference(Schema { value, defs }));
    }
    let union = value.get("anyOf").or_else(|| value.get("oneOf")).and_then(Value::as_array);
    union.filter(|_| value.get("properties").is_none()).map_or(Inside::Leaf, |forms| Inside::Union(forms))
}

/// A rule that came, went or changed.
fn rule(keyword: &'static str, place: &str, old: Schema<'_>, new: Schema<'_>) -> Option<Told> {
    let (before, after) = (found(keyword, old), found(keyword, new));
    if before == after {
        return None;
    }
    let show = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let what = match (before, after) {
        (Some(before), Some(after)) => format!("{place}: `{keyword}` is `{}` (was `{}`)", show(after), show(before)),
        (_, Some(after)) => format!("{place}: `{keyword}` `{}` added", show(after)),
        (before, None) => format!("{place}: `{keyword}` `{}` removed", before.map(show).unwrap_or_default()),
    };
    let forward = after.map(|_| {
        let reason = format!("{place} may not fit the new `{keyword}` in what was written before");
        problem(reason, format!("keep `{keyword}` as it was until nothing that does not fit is left"))
    });
    let backward = before.map(|_| {
        let remedy = "write only what fits both as long as the old version reads it";
        problem(format!("{place} may not fit the old `{keyword}` now"), remedy)
    });
    Some((what, forward, backward))
}

/// A rule of the schema itself or of what it refers to. A form of several that has one is not looked at.
fn found<'a>(keyword: &str, schema: Schema<'a>) -> Option<&'a Value> {
    let mut schema = schema;
    for _ in 0..VISITS_MAX {
        let ruled = schema.value.get(keyword).filter(|value| **value != Value::Bool(false));
        match inside(schema) {
            _ if ruled.is_some() => return ruled,
            Inside::Reference(target) => schema = target,
            Inside::Union(forms) => {
                let mut forms = forms.iter().filter(|form| form.get("type").and_then(Value::as_str) != Some("null"));
                let (Some(value), None) = (forms.next(), forms.next()) else { return None };
                schema = Schema { value, ..schema };
            }
            Inside::Leaf => return None,
        }
    }
    None
}
