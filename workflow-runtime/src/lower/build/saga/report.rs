//! `compensate().await`.

use serde_json::Value;

use super::super::{Builder, Fails};
use crate::language::CompensationReport;
use crate::lower::term::{Term, VarId};
use crate::lower::typed::Typed;
use crate::payload::Payload;

impl Builder<'_> {
    /// Runs what a failure would undo here, and goes on with a report.
    pub(in crate::lower::build) fn compensate(&mut self) -> Typed {
        if self.frame.undo.due.is_some() {
            let (mark, height) = match self.frame.fails {
                Fails::Handler(handler) => (self.handlers[handler].mark.clone(), self.handlers[handler].height),
                Fails::Leave => (Term::Literal(Value::from(0)), Some(0)),
            };
            let entries = std::mem::take(&mut self.open);
            self.open = vec![self.exit(entries, mark)];
            self.frame.undo.due = None;
            self.frame.undo.height = height;
            self.frame.undo.unwound = true;
        }
        let failed = self.undo_failures();
        Typed::new(Term::Object(vec![("failed".to_owned(), failed)]), CompensationReport::ty())
    }

    /// The undos that failed so far.
    pub(super) fn undo_failures(&mut self) -> Term {
        if !self.frame.undo.unwound {
            return Term::Array(Vec::new());
        }
        let stack = self.stack();
        noted(self.sagas.stacks[stack].failed)
    }
}

/// What a variable has noted; nothing before an undo failed.
pub(super) fn noted(failed: VarId) -> Term {
    Term::Var(failed).or_else(Term::Array(Vec::new()))
}
