//! `arn:aws:states:::states:startExecution`, also with `.sync:2` and `.waitForTaskToken`: machines that are not of this
//! program. For those that are, call the workflow.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Payload;

/// `StartExecution`'s parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct StartExecution {
    /// The machine's ARN.
    pub state_machine_arn: String,
    /// What the execution is started with: `json!(order)`.
    pub input: Value,
    /// Its name; a new one when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What is answered without `.sync:2`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct StartExecutionResult {
    /// The execution's ARN.
    pub execution_arn: String,
    /// When it was started.
    #[serde(default)]
    pub start_date: Option<Value>,
}

/// What `.sync:2` yields once the execution has succeeded; one that fails is `States.TaskFailed`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct ExecutionResult<T = Value> {
    /// The execution's ARN.
    pub execution_arn: String,
    /// What it yielded.
    pub output: T,
    /// `SUCCEEDED`
    pub status: String,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
}
