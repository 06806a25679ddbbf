//! An Express workflow, under every lint that people deny.
#![deny(warnings, missing_docs, clippy::pedantic)]

use workflow_runtime::prelude::*;
use workflow_runtime::runtime::Runtime;
use workflow_runtime::{ExpressWorkflow, WorkflowKind};

/// Doubles.
#[step]
pub async fn double(n: u32) -> u32 {
    n * 2
}

workflow!(
    /// Quick.
    #[workflow(express, timeout = "5m")]
    pub async fn quick_flow(n: u32) -> Result<u32> {
        sleep(mins(1)).await;
        #[timeout = "10s"]
        let n = double(n).await?;
        Ok(n + 1)
    }
);

workflow!(
    /// Standard, from the same step.
    pub async fn slow_flow(n: u32) -> Result<u32> {
        double(n).await
    }
);

fn is_express<W: ExpressWorkflow>() -> WorkflowKind {
    W::KIND
}

/// How it is run.
///
/// # Errors
/// What the workflow fails with.
pub async fn run(runtime: &Runtime) -> std::result::Result<u32, workflow_runtime::runtime::ExecutionError> {
    runtime.start_sync::<QuickFlow>(20).named("twenty").await
}

fn main() {
    assert_eq!(is_express::<QuickFlow>(), WorkflowKind::Express);
    assert_eq!(SlowFlow::KIND, WorkflowKind::Standard);
    assert!(QuickFlow::definition().kind().is_express());
}
