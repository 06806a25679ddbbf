//! Forgetting executions that ended long ago.

use std::collections::BTreeSet;

use super::{ExecutionHead, ExecutionNumber};
use crate::engine::ExecutionStatus;
use crate::time::Timestamp;

/// Which executions to forget: those that have ended, and before a point in time.
#[derive(Clone, Debug)]
pub struct PruneQuery {
    /// Those that ended before.
    pub ended_before: Timestamp,
    /// Go on behind this one: [`Pruned::next`] of the call before.
    pub after: Option<ExecutionNumber>,
    /// Look at no more than so many, whether they are forgotten or not: what bounds one call's work.
    pub limit: usize,
    /// Change nothing, but say what would be forgotten.
    pub dry_run: bool,
    /// None but these.
    pub only: Option<BTreeSet<ExecutionNumber>>,
}

impl PruneQuery {
    /// Every execution that ended before, 256 at a time.
    pub fn ended_before(ended_before: Timestamp) -> Self {
        Self { ended_before, after: None, limit: 256, dry_run: false, only: None }
    }

    /// Whether this execution is to be forgotten.
    pub fn matches(&self, head: &ExecutionHead) -> bool {
        head.status != ExecutionStatus::Running
            && head.stopped_at.is_some_and(|stopped| stopped < self.ended_before)
            && self.only.as_ref().is_none_or(|only| only.contains(&head.number))
    }
}

/// What one call of [`Store::prune`](super::Store::prune) did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Those that are forgotten, oldest first.
    pub forgotten: Vec<ExecutionNumber>,
    /// Where the next call goes on; `None` where every execution has been looked at.
    pub next: Option<ExecutionNumber>,
}
