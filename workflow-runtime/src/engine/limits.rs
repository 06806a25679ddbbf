//! How much data an execution may hold, and what is said of a value that is too large.

use serde_json::Value;

use super::size::{bytes, bytes_at_most, exceeds, is_too_deep, key_bytes};

/// AWS's limit of inputs, arguments, results, outputs and what one state assigns, in bytes of JSON text.
pub const PAYLOAD_BYTES_MAX: usize = 262_144;
/// AWS's limit of all variables of an execution together.
pub const VARIABLES_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Levels of arrays and objects in a payload. Readers of JSON stop at 128 (ours among them), and what wraps a payload on its way
/// (requests, records, histories) takes a few levels for itself.
pub const PAYLOAD_DEPTH_MAX: usize = 100;
/// Bytes of payload that may come out of one input without the execution waiting for anything: they are committed as one
/// record. 25,000 events of 256 KiB each would not fit into memory.
pub const TURN_BYTES_MAX: usize = 64 << 20;
/// Events of a turn whose payloads are not counted: most turns are shorter, and so many payloads fit into memory.
pub(super) const UNCOUNTED_EVENTS: usize = 200;

/// A part of a part that has less than this share of it is not what makes it large: one in so many.
const SHARE: usize = 2;
/// The longest path that is told.
const PATH_CHARS_MAX: usize = 200;

/// How much data an execution may hold: AWS's quotas, or less of it, so that a test fails before production does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataLimits {
    payload: usize,
    variables: usize,
}

impl Default for DataLimits {
    fn default() -> Self {
        Self { payload: PAYLOAD_BYTES_MAX, variables: VARIABLES_BYTES_MAX }
    }
}

impl DataLimits {
    /// This share of AWS's quotas; between 0 and 1, anything else is 1.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of 10 MiB"
    )]
    pub fn share(share: f64) -> Self {
        let share = if share > 0.0 && share <= 1.0 { share } else { 1.0 };
        let of = |whole: usize| ((whole as f64) * share) as usize;
        Self { payload: of(PAYLOAD_BYTES_MAX), variables: of(VARIABLES_BYTES_MAX) }
    }

    /// What one payload may have.
    pub fn payload(self) -> usize {
        self.payload
    }

    /// What all variables of an execution may have together.
    pub fn variables(self) -> usize {
        self.variables
    }

    /// Whether these are AWS's own.
    pub fn are_quotas(self) -> bool {
        self == Self::default()
    }

    /// What is too large about a payload.
    pub fn excess(self, value: &Value) -> Option<Excess> {
        exceeds(value, self.payload).then(|| Excess::of(value, self))
    }

    /// What is too large about the variables that one state assigns.
    pub(super) fn assigned<'a>(
        self,
        assigned: impl Iterator<Item = (&'a str, &'a Value)> + Clone,
    ) -> Option<Assigned<'a>> {
        if let Some((name, deep)) = assigned.clone().find(|(_, value)| is_too_deep(value)) {
            return Some(Assigned { total: 0, limits: self, name, largest: Excess::of(deep, self) });
        }
        let at_most: usize = assigned.clone().map(|(_, value)| bytes_at_most(value)).sum();
        if at_most <= self.payload {
            return None;
        }
        let total: usize = assigned.clone().map(|(_, value)| bytes(value)).sum();
        if total <= self.payload {
            return None;
        }
        let (name, largest) = assigned.max_by_key(|(_, value)| bytes(value))?;
        Some(Assigned { total, limits: self, name, largest: Excess::of(largest, self) })
    }
}

/// A value that is larger than it may be: how large, and which part of it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excess {
    /// Bytes of the whole value's JSON text.
    pub bytes: usize,
    /// JSON pointer of the part that makes it large; empty for a list of which no item does more than others.
    pub pointer: String,
    /// Bytes of that part.
    pub part_bytes: usize,
    /// Items of that part, where it is a list.
    pub items: Option<usize>,
    /// It has more levels of arrays and objects than [`PAYLOAD_DEPTH_MAX`].
    pub too_deep: bool,
    limits: DataLimits,
}

impl Excess {
    fn of(value: &Value, limits: DataLimits) -> Self {
        let whole = bytes(value);
        let too_deep = is_too_deep(value);
        let (mut at, mut part_bytes, mut pointer) = (value, whole, String::new());
        while let Some((step, part, size)) = largest_part(at)
            && (size.saturating_mul(SHARE) >= part_bytes || (pointer.is_empty() && at.is_object()))
            && pointer.chars().count() + step.chars().count() < PATH_CHARS_MAX
        {
            (at, part_bytes) = (part, size);
            pointer.push('/');
            pointer.push_str(&step);
        }
        Self { bytes: whole, pointer, part_bytes, items: at.as_array().map(Vec::len), too_deep, limits }
    }
}

/// The child of most bytes, by its step in a JSON pointer.
fn largest_part(value: &Value) -> Option<(String, &Value, usize)> {
    match value {
        Value::Array(items) => {
            let sized = items.iter().enumerate().map(|(index, item)| (index, item, bytes(item)));
            sized.max_by_key(|(_, _, size)| *size).map(|(index, item, size)| (index.to_string(), item, size))
        }
        Value::Object(fields) => {
            let sized = fields.iter().map(|(key, field)| (key, field, bytes(field) + key_bytes(key)));
            let (key, field, _) = sized.max_by_key(|(_, _, size)| *size)?;
            Some((key.replace('~', "~0").replace('/', "~1"), field, bytes(field)))
        }
        _ => None,
    }
}

impl std::fmt::Display for Excess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.too_deep {
            return write!(f, "more than {PAYLOAD_DEPTH_MAX} levels of arrays and objects");
        }
        write!(f, "{} bytes of JSON text, {}", self.bytes, Allowed(self.limits.payload, self.limits))?;
        if !self.pointer.is_empty() {
            write!(f, "; the largest part is `{}` with {} bytes", self.pointer, self.part_bytes)?;
        }
        if let Some(items) = self.items {
            write!(f, "{} {items} items", if self.pointer.is_empty() { "; it is a list of" } else { " in" })?;
        }
        Ok(())
    }
}

/// "262144 are allowed", and why it is less.
struct Allowed(usize, DataLimits);

impl std::fmt::Display for Allowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} are allowed", self.0)?;
        if self.1.are_quotas() { Ok(()) } else { f.write_str(" by the payload margin of this run") }
    }
}

/// Variables that are too large together.
pub(super) struct Assigned<'a> {
    total: usize,
    limits: DataLimits,
    name: &'a str,
    largest: Excess,
}

impl std::fmt::Display for Assigned<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { total, limits, name, largest } = self;
        if largest.too_deep {
            return write!(f, "The value of variable '{name}' has {largest}: {FLATTER} [WF2250]");
        }
        if largest.bytes > limits.payload {
            write!(f, "The value of variable '{name}' exceeds the maximum of {} bytes.", limits.payload)?;
            return write!(f, " It has {largest}: {REMEDY} [WF2221]");
        }
        write!(f, "The variables that the state assigns exceed the maximum of {} bytes.", limits.payload)?;
        write!(f, " Together they have {total} bytes of JSON text, the largest is '{name}' with {}", largest.bytes)?;
        write!(f, ": {REMEDY} [WF2221]")
    }
}

/// What to do about it.
pub(super) const REMEDY: &str = "let a step put it into a `Blob` and pass that on";

/// What to do about one that is nested too deeply.
const FLATTER: &str = "make it flatter, or pass it on as a text";

/// The cause of a `States.DataLimitExceeded`: AWS's sentence, then ours.
pub(super) fn too_large(state: &str, did: Did, excess: &Excess) -> String {
    let what = match did {
        Did::Return => "returned a result",
        Did::Provide => "provided parameters",
    };
    if excess.too_deep {
        return format!("The state/task '{state}' {what} with {excess}: {FLATTER} [WF2250]");
    }
    format!(
        "The state/task '{state}' {what} with a size exceeding the maximum number of bytes service limit. It has {excess}: \
         {REMEDY} [WF2220]"
    )
}

/// What a state did with a value that is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Did {
    Return,
    Provide,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn told(value: &Value, expected: &str) {
        let excess = DataLimits::default().excess(value).expect("it is too large");
        assert_eq!(excess.to_string(), expected);
    }

    #[test]
    fn the_part_that_makes_a_value_large_is_named() {
        let text = "x".repeat(300_000);
        told(&json!(text), "300002 bytes of JSON text, 262144 are allowed");
        told(
            &json!({ "id": 1, "report": { "title": "t", "body": text } }),
            "300041 bytes of JSON text, 262144 are allowed; the largest part is `/report/body` with 300002 bytes",
        );
        let lines: Vec<_> = (0..4_000).map(|n| json!({ "sku": format!("{n:0>80}") })).collect();
        told(
            &json!({ "order/lines": lines, "id": "ORD-1" }),
            "364030 bytes of JSON text, 262144 are allowed; the largest part is `/order~1lines` with 364001 bytes in 4000 items",
        );
        told(&json!(lines), "364001 bytes of JSON text, 262144 are allowed; it is a list of 4000 items");
        let (third, list) = ("x".repeat(140_000), ["x".repeat(70_000), "y".repeat(70_001)]);
        told(
            &json!({ "a": third, "b": list, "c": third }),
            "420028 bytes of JSON text, 262144 are allowed; the largest part is `/b` with 140008 bytes in 2 items",
        );
    }

    #[test]
    fn a_payload_has_a_hundred_levels() {
        let nested = |levels: usize| (0..levels).fold(json!(1), |value, _| json!({ "a": [value] }));
        assert_eq!(DataLimits::default().excess(&nested(50)), None);
        told(&nested(51), "more than 100 levels of arrays and objects");
        let excess = DataLimits::default().excess(&json!([nested(50)])).expect("too deep");
        assert_eq!(
            too_large("A", Did::Return, &excess),
            "The state/task 'A' returned a result with more than 100 levels of arrays and objects: make it flatter, or pass \
             it on as a text [WF2250]"
        );
    }

    #[test]
    fn a_margin_takes_a_share_of_the_quotas() {
        assert_eq!(DataLimits::share(0.8).payload(), 209_715);
        assert_eq!(DataLimits::share(0.8).variables(), 8_388_608);
        for odd in [0.0, -1.0, 1.5, f64::NAN, 1.0] {
            assert!(DataLimits::share(odd).are_quotas(), "{odd}");
        }
        let excess = DataLimits::share(0.8).excess(&json!("x".repeat(210_000))).expect("too large for this run");
        assert!(excess.to_string().contains("209715 are allowed by the payload margin of this run"), "{excess}");
    }

    #[test]
    fn what_one_state_assigns_is_measured_together() {
        let (a, b, c) = (json!("x".repeat(140_000)), json!("x".repeat(122_140)), json!("x".repeat(122_141)));
        let limits = DataLimits::default();
        assert!(limits.assigned([("a", &a), ("b", &b)].into_iter()).is_none(), "262144 bytes");
        let told = limits.assigned([("a", &a), ("b", &c)].into_iter()).expect("262145 bytes").to_string();
        assert!(
            told.starts_with("The variables that the state assigns exceed the maximum of 262144 bytes. Together"),
            "{told}"
        );
        assert!(told.contains("'a' with 140002"), "{told}");
    }
}
