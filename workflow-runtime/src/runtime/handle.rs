//! One execution in the hands of the program.

use std::marker::PhantomData;

use super::Runtime;
use super::error::ExecutionError;
use super::target::Target;
use crate::control::{ClientError, ExecutionDescription};
use crate::engine::ExecutionStatus;
use crate::history::HistoryEvent;
use crate::payload::{self, Payload as _};
use crate::step::ErrorOutput;
use crate::workflow::Workflow;

/// An execution of `W`. Keeps the runtime alive.
#[must_use = "the execution runs on its own; a handle is for its result"]
pub struct ExecutionHandle<W> {
    runtime: Runtime,
    target: Target,
    workflow: PhantomData<fn() -> W>,
}

impl<W> Clone for ExecutionHandle<W> {
    fn clone(&self) -> Self {
        Self { runtime: self.runtime.clone(), target: self.target.clone(), workflow: PhantomData }
    }
}

impl<W> std::fmt::Debug for ExecutionHandle<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Target { workflow, name, .. } = &self.target;
        f.debug_struct("ExecutionHandle").field("workflow", workflow).field("name", name).finish_non_exhaustive()
    }
}

impl<W: Workflow> ExecutionHandle<W> {
    pub(super) fn new(runtime: &Runtime, target: Target) -> Self {
        Self { runtime: runtime.clone(), target, workflow: PhantomData }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.target.name
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// [`ExecutionError::Ended`] where it failed, timed out or was stopped; the other variants where its end is not known
    /// here.
    ///
    /// # Cancel safety
    /// Waiting changes nothing.
    pub async fn result(&self) -> Result<W::Output, ExecutionError> {
        let outcome = self.target.outcome(self.runtime.core()).await?;
        let name = || self.target.name.to_string();
        if outcome.status != ExecutionStatus::Succeeded {
            let output = outcome.error.clone().unwrap_or_default();
            return Err(ExecutionError::Ended { name: name(), status: outcome.status, output });
        }
        let output = outcome.output.as_deref().unwrap_or(&serde_json::Value::Null);
        serde::Deserialize::deserialize(output).map_err(|error: serde_json::Error| ExecutionError::Output {
            name: name(),
            reason: payload::reason(&W::Output::ty(), &error),
        })
    }

    /// What it is doing.
    ///
    /// # Errors
    /// `StoreFailure`, `RuntimeShutDown`.
    pub async fn describe(&self) -> Result<ExecutionDescription, ClientError> {
        self.target.describe(self.runtime.core()).await.map(|description| *description)
    }

    /// Its history so far, as AWS writes it.
    ///
    /// # Errors
    /// `StoreFailure`.
    pub async fn history(&self) -> Result<Vec<HistoryEvent>, ClientError> {
        self.target.history(self.runtime.core()).await
    }

    /// Stops it: it ends as `ABORTED` with this cause. Undos do not run. Stopping what has ended changes nothing.
    ///
    /// # Errors
    /// `StoreFailure`, `RuntimeShutDown`.
    pub async fn stop(&self, reason: impl Into<String>) -> Result<(), ClientError> {
        let error = ErrorOutput { error: None, cause: Some(reason.into()) };
        self.target.stop(self.runtime.core(), error).await
    }

    /// Starts it again from where it failed, timed out or was stopped.
    ///
    /// # Errors
    /// `ExecutionNotRedrivable`, `StoreFailure`, `RuntimeShutDown`.
    pub async fn redrive(&self) -> Result<(), ClientError> {
        self.target.redrive(self.runtime.core()).await.map(drop)
    }
}
