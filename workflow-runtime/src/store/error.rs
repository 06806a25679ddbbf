//! The store's errors by code: one constructor each, so that one sentence describes one mistake everywhere.

use super::{ExecutionNumber, Fencing, StoreError, StoreErrorKind};

type Source = Box<dyn std::error::Error + Send + Sync>;

impl StoreError {
    /// An error of a store that does not come with this crate.
    pub fn new(kind: StoreErrorKind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), source: None }
    }

    /// The same with what lies beneath.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same for somebody else, without what lies beneath.
    pub(crate) fn again(&self) -> Self {
        Self::new(self.kind, self.code, self.message.clone())
    }

    pub(crate) fn lease_lost(named: Fencing, current: Fencing) -> Self {
        let message = format!(
            "the commit names fencing number {} and the store's owner holds {}: another claim has taken the executions \
             over; stop working on them, or claim again",
            named.0, current.0
        );
        Self::new(StoreErrorKind::LeaseLost, "WF3001", message)
    }

    pub(crate) fn unknown_execution(number: ExecutionNumber) -> Self {
        let message = format!(
            "a record was committed for execution number {}, which the store does not know; an execution's first record \
             must carry its head",
            number.0
        );
        Self::new(StoreErrorKind::Permanent, "WF3011", message)
    }

    pub(crate) fn foreign_head(number: ExecutionNumber, head: ExecutionNumber) -> Self {
        let message = format!(
            "a record of execution number {} was committed with the head of number {}; a head must name its own execution",
            number.0, head.0
        );
        Self::new(StoreErrorKind::Permanent, "WF3011", message)
    }

    pub(crate) fn keeps_everything() -> Self {
        let message = "this store forgets nothing: it does not implement `Store::prune`; leave `retention` out, or use another store";
        Self::new(StoreErrorKind::Permanent, "WF3012", message)
    }
}
