//! `arn:aws:states:::sqs:sendMessage`, also with `.waitForTaskToken`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SdkHttpMetadata;
use crate::Payload;

/// `SendMessage`'s parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessage {
    /// The queue.
    pub queue_url: String,
    /// A text, or any other JSON, which is sent as its text: `json!(order)`.
    pub message_body: Value,
    /// Whole seconds until it can be received, at most 900.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<u32>,
    /// FIFO queues: messages of one group keep their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_group_id: Option<String>,
    /// FIFO queues: the same within five minutes is one message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_deduplication_id: Option<String>,
    /// Beside the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_attributes: Option<BTreeMap<String, MessageAttribute>>,
}

/// An attribute of a message; SNS has the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttribute {
    /// `String`, `Number`, `Binary`.
    pub data_type: String,
    /// Of a text or number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// In base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

/// What SQS answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageResult {
    /// The message's name in SQS.
    pub message_id: String,
    /// MD5 of the body, in hex.
    #[serde(rename = "MD5OfMessageBody")]
    pub md5_of_message_body: String,
    /// MD5 of the attributes, in hex.
    #[serde(rename = "MD5OfMessageAttributes", default, skip_serializing_if = "Option::is_none")]
    pub md5_of_message_attributes: Option<String>,
    /// FIFO queues: a number that only grows within a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
    /// How the call went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdk_http_metadata: Option<SdkHttpMetadata>,
}
