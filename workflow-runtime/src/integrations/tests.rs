use serde_json::{Value, json};

use super::*;
use crate::payload::{Payload, Shape, Type};

/// The keys of a struct.
fn keys<T: Payload>() -> Vec<&'static str> {
    let Type::Named(named) = T::ty() else { panic!("a struct") };
    let Shape::Struct(fields) = (named.shape)() else { panic!("a struct") };
    fields.iter().map(|field| field.key).collect()
}

#[test]
fn every_struct_has_what_its_action_needs() {
    for (resource, keys) in [
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", keys::<sqs::SendMessage>()),
        ("arn:aws:states:::sns:publish", keys::<sns::Publish>()),
        ("arn:aws:states:::dynamodb:getItem", keys::<dynamodb::GetItem>()),
        ("arn:aws:states:::dynamodb:putItem", keys::<dynamodb::PutItem>()),
        ("arn:aws:states:::dynamodb:updateItem", keys::<dynamodb::UpdateItem>()),
        ("arn:aws:states:::dynamodb:deleteItem", keys::<dynamodb::DeleteItem>()),
        ("arn:aws:states:::events:putEvents", keys::<events::PutEvents>()),
        ("arn:aws:states:::http:invoke", keys::<http::Invoke>()),
        ("arn:aws:states:::lambda:invoke", keys::<lambda::Invoke>()),
        ("arn:aws:states:::states:startExecution.sync:2", keys::<states::StartExecution>()),
    ] {
        let groups = required(resource);
        assert!(!groups.is_empty(), "{resource}");
        for group in groups {
            assert!(group.iter().any(|key| keys.contains(key)), "{resource}: {group:?} in {keys:?}");
        }
    }
}

#[test]
fn values_are_spelled_as_the_services_spell_them() {
    let message = sqs::SendMessage {
        queue_url: "https://sqs/orders".to_owned(),
        message_body: json!({ "id": 1 }),
        delay_seconds: Some(5),
        ..Default::default()
    };
    assert_eq!(
        serde_json::to_value(message).expect("JSON"),
        json!({ "QueueUrl": "https://sqs/orders", "MessageBody": { "id": 1 }, "DelaySeconds": 5 })
    );
    let item = dynamodb::Item::from([
        ("id".to_owned(), dynamodb::AttributeValue::S("O-1".to_owned())),
        ("paid".to_owned(), dynamodb::AttributeValue::Bool(true)),
        ("tags".to_owned(), dynamodb::AttributeValue::TextSet(vec!["new".to_owned()])),
    ]);
    assert_eq!(
        serde_json::to_value(item).expect("JSON"),
        json!({ "id": { "S": "O-1" }, "paid": { "BOOL": true }, "tags": { "SS": ["new"] } })
    );
}

#[test]
fn answers_are_read_as_the_services_give_them() {
    let answer = json!({
        "MD5OfMessageBody": "acbd18db4cc2f85cedef654fccc4a4d8",
        "MessageId": "c2f8ee71-d4e3-42c2-b2b4-9ff6e5d0f9b5",
        "SdkHttpMetadata": { "AllHttpHeaders": {}, "HttpStatusCode": 200 },
        "SdkResponseMetadata": { "RequestId": "r" }
    });
    let read: sqs::SendMessageResult = serde_json::from_value(answer).expect("an answer");
    assert_eq!(read.sdk_http_metadata.and_then(|it| it.http_status_code), Some(200));

    let answer = json!({ "ExecutedVersion": "$LATEST", "Payload": { "cents": 5 }, "StatusCode": 200 });
    let read: lambda::InvokeResult<Value> = serde_json::from_value(answer).expect("an answer");
    assert_eq!((read.payload, read.status_code), (json!({ "cents": 5 }), 200));

    let read: dynamodb::GetItemResult = serde_json::from_value(json!({})).expect("an answer");
    assert_eq!(read.item, None);

    let answer = json!({ "Item": { "id": { "S": "O-1" } } });
    let read: dynamodb::GetItemResult = serde_json::from_value(answer).expect("an answer");
    assert_eq!(read.item.expect("an item")["id"], dynamodb::AttributeValue::S("O-1".to_owned()));
}
