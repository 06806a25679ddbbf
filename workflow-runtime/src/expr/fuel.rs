//! How much an evaluation may still do: counted, never timed.

use serde_json::Value;

use super::thrown::{Run, Thrown};

/// What may still be visited.
pub(super) struct Fuel(usize);

impl Fuel {
    pub(super) fn new(units: usize) -> Self {
        Self(units)
    }

    pub(super) fn left(&self) -> usize {
        self.0
    }

    /// Counts what is made.
    pub(super) fn spend(&mut self, units: usize) -> Run<()> {
        self.burn(units).ok_or_else(Thrown::memory)
    }

    /// `None` where there is not enough.
    pub(super) fn burn(&mut self, units: usize) -> Option<()> {
        self.0 = self.0.checked_sub(units)?;
        Some(())
    }

    /// A value and the text in it.
    pub(super) fn visit(&mut self, value: &Value) -> Option<()> {
        self.burn(1)?;
        match value {
            Value::String(text) => self.burn(text.len() / 16),
            Value::Array(items) => items.iter().try_for_each(|item| self.visit(item)),
            Value::Object(fields) => fields.iter().try_for_each(|(key, field)| {
                self.burn(key.len() / 16)?;
                self.visit(field)
            }),
            _ => Some(()),
        }
    }
}
