//! `arn:aws:states:::sns:publish`, also with `.waitForTaskToken`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SdkHttpMetadata;
pub use super::sqs::MessageAttribute;
use crate::Payload;

/// `Publish`'s parameters; one of `topic_arn`, `target_arn` and `phone_number` is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct Publish {
    /// The topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic_arn: Option<String>,
    /// A device's endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_arn: Option<String>,
    /// For a text message: `+4912345678`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// A text, or any other JSON, which is sent as its text: `json!(order)`.
    pub message: Value,
    /// A mail's subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// `json` where the message has a text for each kind of subscriber.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_structure: Option<String>,
    /// Beside the message; subscribers filter by them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_attributes: Option<BTreeMap<String, MessageAttribute>>,
    /// FIFO topics: messages of one group keep their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_group_id: Option<String>,
    /// FIFO topics: the same within five minutes is one message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_deduplication_id: Option<String>,
}

/// What SNS answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct PublishResult {
    /// The message's name in SNS.
    pub message_id: String,
    /// FIFO topics: a number that only grows within a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
    /// How the call went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdk_http_metadata: Option<SdkHttpMetadata>,
}
