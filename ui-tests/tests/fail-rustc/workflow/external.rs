// What rustc says of parameters and of what is given to JSONata.
use workflow_runtime::integrations::sqs;
use workflow_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize, Payload)]
pub struct Order {
    pub id: String,
}

pub struct NoPayload;

#[step(resource = "arn:aws:states:::sqs:sendMessage")]
pub async fn send(message: sqs::SendMessage) -> sqs::SendMessageResult {
    drop(message);
    sqs::SendMessageResult::default()
}

workflow!(
    pub async fn order_flow(order: Order) -> Result<String> {
        let sent = send(sqs::SendMessage {
            queue: "https://sqs".to_string(),
            message_body: json!(order.idd),
            delay_seconds: Some("5"),
            ..Default::default()
        })
        .await?;
        let number: u64 = jsonata!(String: "$id", id = order.id);
        let odd = jsonata!(NoPayload: "$number", number);
        let text: u64 = raw_state!(String: { "Type": "Pass", "Output": "{% $odd %}" }, odd).await?;
        Ok(sent.message)
    }
);

fn main() {}
