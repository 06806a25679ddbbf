//! `arn:aws:states:::lambda:invoke`, also with `.waitForTaskToken`.
//!
//! A function that is named by its own ARN, `resource = "arn:aws:lambda:..:function:charge"`, needs none of this: it is given
//! the step's payload and its result is the step's.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Payload;

/// `Invoke`'s parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct Invoke {
    /// Name or ARN, perhaps with `:alias`.
    pub function_name: String,
    /// What the function is given: `json!(order)`.
    pub payload: Value,
    /// `RequestResponse`, `Event`, `DryRun`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation_type: Option<String>,
    /// A version or alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<String>,
}

/// What Lambda answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct InvokeResult<T = Value> {
    /// What the function returned.
    pub payload: T,
    /// 200; 202 for `Event`.
    pub status_code: u16,
    /// `$LATEST`
    #[serde(default)]
    pub executed_version: Option<String>,
}
