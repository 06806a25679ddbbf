//! What serde takes where a key is missing, as JSON: `#[serde(default)]`.

use serde::Serialize;
use serde_json::Value;

use super::{Field, Type, inexact_integer};

/// A field's `default`, for what `#[derive(Payload)]` writes.
#[must_use]
pub fn default_by(default: fn() -> Option<Value>) -> Option<fn() -> Option<Value>> {
    Some(default)
}

/// The JSON of a default.
pub fn default_json(value: &impl Serialize) -> Option<Value> {
    serde_json::to_value(value).ok()
}

impl Field {
    /// The JSON that stands for a missing key; `None` where it is not known, where it is another one at each call (a time, an
    /// id), or where JSON does not hold it exactly.
    #[must_use]
    pub fn default_value(&self) -> Option<Value> {
        let default = self.default?;
        let value = default()?;
        let is_same = default().as_ref() == Some(&value);
        let is_null = value.is_null() && !matches!(self.ty, Type::Option(_) | Type::Unit | Type::Json);
        (is_same && !is_null && inexact_integer(&value).is_none()).then_some(value)
    }
}
