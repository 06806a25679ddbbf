//! JSON that is shared, not copied, and that is text inside a binary record.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A JSON value that is cheap to clone. In human-readable formats it is that value; in binary ones its text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Json(Arc<Value>);

impl Json {
    /// The value itself; copied where it is shared.
    pub fn into_value(self) -> Value {
        Arc::try_unwrap(self.0).unwrap_or_else(|shared| Value::clone(&shared))
    }

    /// The shared value.
    pub fn share(&self) -> Arc<Value> {
        Arc::clone(&self.0)
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Self(Arc::new(value))
    }
}

impl From<Arc<Value>> for Json {
    fn from(value: Arc<Value>) -> Self {
        Self(value)
    }
}

impl Deref for Json {
    type Target = Value;
    fn deref(&self) -> &Value {
        &self.0
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            self.0.serialize(serializer)
        } else {
            serde_json::to_string(&*self.0).map_err(serde::ser::Error::custom)?.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Value::deserialize(deserializer).map(Self::from)
        } else {
            let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
            serde_json::from_str::<Value>(&text).map(Self::from).map_err(serde::de::Error::custom)
        }
    }
}
