//! What the test kit asks of a runtime beside what every program may.

use std::sync::Arc;

use serde_json::Value;

use super::Runtime;
use super::error::ExecutionError;
use super::mailbox::Outcome;
use super::start::Started;
use super::target::Target;
use crate::control::ClientError;

/// An execution that a test has started.
pub(crate) struct TestExecution(Target);

impl Runtime {
    /// Starts the execution, or finds it where an earlier life of the test has started it.
    pub(crate) async fn test_start(
        &self,
        workflow: &str,
        name: &str,
        input: Arc<Value>,
    ) -> Result<TestExecution, ClientError> {
        match self.core().start(workflow, Some(name), input).await? {
            Started::New(target) | Started::Running(target) | Started::Ended(target) => Ok(TestExecution(target)),
        }
    }

    /// Waits for its end.
    pub(crate) async fn test_outcome(&self, execution: &TestExecution) -> Result<Arc<Outcome>, ExecutionError> {
        execution.0.outcome(self.core()).await
    }

    /// Waits until no execution runs.
    pub(crate) async fn test_idle(&self) {
        self.core().wait_until_empty().await;
    }
}
