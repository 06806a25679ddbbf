//! Parameters and results of the services that Step Functions calls directly, for steps with a `resource`.
//!
//! A step's one parameter is what the service is called with, its result what the service answers; the function is the
//! local stand-in. Any struct that derives [`Payload`](trait@crate::Payload) will do: these are the customary ones, spelled as the
//! services spell them.
//!
//! ```
//! use workflow_runtime::integrations::sqs;
//! use workflow_runtime::prelude::*;
//!
//! /// Tells the warehouse.
//! #[step(resource = "arn:aws:states:::sqs:sendMessage")]
//! pub async fn tell_warehouse(message: sqs::SendMessage) -> sqs::SendMessageResult {
//!     println!("to {}: {}", message.queue_url, message.message_body);
//!     sqs::SendMessageResult { message_id: "local".to_owned(), ..Default::default() }
//! }
//! ```

pub mod dynamodb;
pub mod events;
pub mod http;
pub mod lambda;
pub mod sns;
pub mod sqs;
pub mod states;

use serde::{Deserialize, Serialize};

use crate::Payload;

/// The HTTP side of a service's answer, which every result carries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Payload)]
#[payload(crate = crate)]
#[serde(rename_all = "PascalCase")]
pub struct SdkHttpMetadata {
    /// The status.
    #[serde(default)]
    pub http_status_code: Option<u16>,
}

/// The keys that an integration needs: of each group one.
pub(crate) fn required(resource: &str) -> &'static [&'static [&'static str]] {
    let called = resource.split_once(":states:::").map_or("", |(_, called)| called);
    match called.split_once('.').map_or(called, |(called, _)| called) {
        "apigateway:invoke" => &[&["ApiEndpoint"], &["Method"]],
        "athena:startQueryExecution" => &[&["QueryString"]],
        "batch:submitJob" => &[&["JobName"], &["JobQueue"], &["JobDefinition"]],
        "codebuild:startBuild" => &[&["ProjectName"]],
        "databrew:startJobRun" => &[&["Name"]],
        "dynamodb:getItem" | "dynamodb:deleteItem" | "dynamodb:updateItem" => &[&["TableName"], &["Key"]],
        "dynamodb:putItem" => &[&["TableName"], &["Item"]],
        "ecs:runTask" => &[&["TaskDefinition"]],
        "events:putEvents" => &[&["Entries"]],
        "glue:startJobRun" => &[&["JobName"]],
        "http:invoke" => &[&["ApiEndpoint"], &["Method"], &["Authentication", "InvocationConfig"]],
        "lambda:invoke" => &[&["FunctionName"]],
        "sns:publish" => &[&["TopicArn", "TargetArn", "PhoneNumber"], &["Message"]],
        "sqs:sendMessage" => &[&["QueueUrl"], &["MessageBody"]],
        "states:startExecution" => &[&["StateMachineArn"]],
        _ => &[],
    }
}

#[cfg(test)]
mod tests;
