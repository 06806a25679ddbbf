//! `arn:aws:states:::http:invoke`: any HTTPS endpoint, with an EventBridge connection for its credentials.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Payload;

/// An HTTP task's parameters. Step Functions gives up after 60 seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct Invoke {
    /// The URL.
    pub api_endpoint: String,
    /// `GET`, `POST`, ..
    pub method: String,
    /// Where the credentials are.
    pub authentication: Authentication,
    /// Headers by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
    /// The URL's query by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_parameters: Option<BTreeMap<String, String>>,
    /// Sent as JSON unless `transform` says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_body: Option<Value>,
    /// How the body is encoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transform: Option<Transform>,
}

/// An EventBridge connection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct Authentication {
    /// Its ARN.
    pub connection_arn: String,
}

/// How a body is encoded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct Transform {
    /// `URL_ENCODED` or `NONE`.
    pub request_body_encoding: String,
}

/// What the endpoint answers. A status of 400 or more fails the task with `States.Http.StatusCode.404` and the like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct InvokeResult<T = Value> {
    /// The body, read as JSON where it is JSON.
    pub response_body: T,
    /// The status.
    pub status_code: u16,
    /// `OK`
    #[serde(default)]
    pub status_text: Option<String>,
    /// Headers by name.
    #[serde(default)]
    pub headers: Option<BTreeMap<String, Vec<String>>>,
}
