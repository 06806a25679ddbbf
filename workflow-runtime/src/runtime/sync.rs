//! Express executions that are run while one waits.

use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::Runtime;
use super::error::ExecutionError;
use crate::control::ClientError;
use crate::engine::ExecutionStatus;
use crate::payload::{self, Payload as _};
use crate::workflow::Workflow;

/// An Express execution to run: `runtime.start_sync::<QuoteFlow>(request).await?` is its output. Runs in the task that
/// awaits it, at most once, and ends with it: dropping the future drops what is running.
#[must_use = "an Express execution runs while it is awaited"]
pub struct SyncExecution<W> {
    runtime: Runtime,
    name: Option<String>,
    input: Result<Arc<Value>, String>,
    workflow: PhantomData<fn() -> W>,
}

impl<W: Workflow> SyncExecution<W> {
    pub(super) fn new(runtime: &Runtime, input: Result<Arc<Value>, String>) -> Self {
        Self { runtime: runtime.clone(), name: None, input, workflow: PhantomData }
    }

    /// A name for people; several executions may have the same. A version 4 UUID when not said.
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    async fn run(self) -> Result<W::Output, ExecutionError> {
        let input = self.input.map_err(|why| ClientError::new("InvalidExecutionInput", why))?;
        let (live, outcome) = self.runtime.core().run_express(W::NAME, self.name.as_deref(), input).await?;
        let name = || live.name.to_string();
        if outcome.status != ExecutionStatus::Succeeded {
            let output = outcome.error.clone().unwrap_or_default();
            return Err(ExecutionError::Ended { name: name(), status: outcome.status, output });
        }
        let output = outcome.output.as_deref().unwrap_or(&Value::Null);
        serde::Deserialize::deserialize(output).map_err(|error: serde_json::Error| ExecutionError::Output {
            name: name(),
            reason: payload::reason(&W::Output::ty(), &error),
        })
    }
}

impl<W: Workflow> IntoFuture for SyncExecution<W> {
    type Output = Result<W::Output, ExecutionError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<W> std::fmt::Debug for SyncExecution<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SyncExecution").field("name", &self.name).finish_non_exhaustive()
    }
}
