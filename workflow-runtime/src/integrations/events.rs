//! `arn:aws:states:::events:putEvents`, also with `.waitForTaskToken`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SdkHttpMetadata;
use crate::Payload;

/// `PutEvents`' parameters. One entry that EventBridge does not take fails the task with `EventBridge.FailedEntry`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct PutEvents {
    /// At most ten.
    pub entries: Vec<Entry>,
}

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct Entry {
    /// What happened, for rules to match.
    pub detail: Value,
    /// Its kind: `Order Placed`.
    pub detail_type: String,
    /// Who says so: `com.example.shop`.
    pub source: String,
    /// The bus; the account's default one when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_bus_name: Option<String>,
    /// ARNs of what it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<String>>,
}

/// What EventBridge answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct PutEventsResult {
    /// In the order of the entries.
    pub entries: Vec<EntryResult>,
    /// Always 0: a failed entry fails the task.
    #[serde(default)]
    pub failed_entry_count: Option<u32>,
    /// How the call went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdk_http_metadata: Option<SdkHttpMetadata>,
}

/// What became of an entry.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct EntryResult {
    /// The event's name in EventBridge.
    #[serde(default)]
    pub event_id: Option<String>,
}
