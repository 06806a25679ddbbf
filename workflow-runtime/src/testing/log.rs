//! What was called, with what, and what came of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::step::{ErrorOutput, StepContext, StepHandler, StepReply};
use crate::time::Timestamp;

/// One run of a step's function, or of what stands in for it.
#[derive(Clone, Debug)]
pub(crate) struct Called {
    pub(crate) handler: StepHandler,
    pub(crate) workflow: Arc<str>,
    pub(crate) execution: Arc<str>,
    pub(crate) state: Arc<str>,
    /// The event that entered the state.
    pub(crate) visit: u64,
    pub(crate) attempt: u32,
    pub(crate) key: String,
    pub(crate) payload: Arc<Value>,
    /// How often the process had died before.
    pub(crate) life: usize,
    pub(crate) started: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) end: CallEnd,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum CallEnd {
    /// It was cut off: by its timeout, a sibling's failure, the end of the process.
    CutOff,
    /// Its result.
    Output(Value),
    /// Its token was handed out.
    Parked,
    /// It failed.
    Failed(ErrorOutput),
}

impl Called {
    /// Whether it is the same attempt: run again.
    pub(crate) fn is_same_attempt(&self, other: &Self) -> bool {
        self.attempt_id() == other.attempt_id()
    }

    pub(crate) fn attempt_id(&self) -> AttemptId {
        AttemptId {
            workflow: Arc::clone(&self.workflow),
            execution: Arc::clone(&self.execution),
            visit: self.visit,
            attempt: self.attempt,
        }
    }
}

/// One attempt of one visit, over all lives of the process.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AttemptId {
    pub(crate) workflow: Arc<str>,
    pub(crate) execution: Arc<str>,
    pub(crate) visit: u64,
    pub(crate) attempt: u32,
}

/// The calls of a run in the order in which they began.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<Vec<Called>>);

impl Log {
    fn lock(&self) -> MutexGuard<'_, Vec<Called>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin(
        &self,
        handler: StepHandler,
        context: &StepContext,
        payload: &Arc<Value>,
        life: usize,
        now: Timestamp,
    ) -> usize {
        let inner = &context.inner;
        let called = Called {
            handler,
            workflow: Arc::clone(&inner.workflow),
            execution: Arc::clone(&inner.execution),
            state: Arc::clone(&inner.state),
            visit: inner.visit,
            attempt: inner.attempt,
            key: context.idempotency_key().to_owned(),
            payload: Arc::clone(payload),
            life,
            started: now,
            ended: None,
            end: CallEnd::CutOff,
        };
        let mut calls = self.lock();
        calls.push(called);
        calls.len() - 1
    }

    pub(crate) fn end(&self, call: usize, result: &Result<StepReply, ErrorOutput>, now: Timestamp) {
        let end = match result {
            Ok(StepReply::Output(output)) => CallEnd::Output(output.clone()),
            Ok(StepReply::Parked) => CallEnd::Parked,
            Err(error) => CallEnd::Failed(error.clone()),
        };
        if let Some(called) = self.lock().get_mut(call) {
            (called.ended, called.end) = (Some(now), end);
        }
    }

    pub(crate) fn take(&self) -> Vec<Called> {
        std::mem::take(&mut *self.lock())
    }
}
