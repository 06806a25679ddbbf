//! Which step stands in for an integration here.
#![allow(clippy::unused_async, reason = "steps as people write them")]

use serde_json::json;
use workflow_runtime::prelude::*;
use workflow_runtime::runtime::{NoStandIn, Runtime, StartError};
use workflow_runtime::store::MemoryStore;

#[step(resource = "arn:aws:states:::sqs:sendMessage")]
pub(crate) async fn first(message: serde_json::Value) -> String {
    format!("first {}", message["MessageBody"])
}

#[step(resource = "arn:aws:states:::sqs:sendMessage")]
pub(crate) async fn second(message: serde_json::Value) -> String {
    format!("second {}", message["MessageBody"])
}

workflow!(
    pub(crate) async fn by_hand(n: u64) -> Result<String> {
        #[state = "Send it"]
        let sent: String = raw_state!({
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Arguments": { "QueueUrl": "https://sqs", "MessageBody": "{% $n %}" }
        }, n)
        .await?;
        Ok(sent)
    }
);

workflow!(
    pub(crate) async fn with_a_step_of_its_own(n: u64) -> Result<(String, String)> {
        let one = second(json!({ "QueueUrl": "https://sqs", "MessageBody": n })).await?;
        let two: String = raw_state!({
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Arguments": { "QueueUrl": "https://sqs", "MessageBody": "{% $n + 1 %}" }
        }, n)
        .await?;
        Ok((one, two))
    }
);

workflow!(
    pub(crate) async fn with_two(n: u64) -> Result<()> {
        first(json!({ "QueueUrl": "https://sqs", "MessageBody": n })).await?;
        second(json!({ "QueueUrl": "https://sqs", "MessageBody": n })).await?;
        #[state = "Third"]
        raw_state!((): {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Arguments": { "QueueUrl": "https://sqs", "MessageBody": "x" }
        })
        .await?;
        Ok(())
    }
);

#[tokio::test(start_paused = true)]
async fn a_states_own_step_comes_first_then_the_workflows_then_the_programs() {
    let runtime = Runtime::builder()
        .store(MemoryStore::new())
        .stand_in::<first>()
        .register::<ByHand>()
        .register::<WithAStepOfItsOwn>()
        .start()
        .await
        .unwrap();
    let ended = runtime.start::<ByHand>("one", 7).await.unwrap();
    assert_eq!(ended.result().await.unwrap(), "first 7");
    let ended = runtime.start::<WithAStepOfItsOwn>("one", 7).await.unwrap();
    assert_eq!(ended.result().await.unwrap(), ("second 7".to_owned(), "second 8".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_nobody_or_several_stand_in_for_is_told_at_the_start() {
    let start = |builder: workflow_runtime::runtime::RuntimeBuilder| builder.store(MemoryStore::new()).start();
    let error = start(Runtime::builder().register::<ByHand>()).await.unwrap_err();
    let StartError::NoStandIn { workflow, task: NoStandIn { state, candidates, .. } } = &error else {
        panic!("{error}")
    };
    assert_eq!((workflow.as_str(), state.as_str(), candidates.len()), ("ByHand", "Send it", 0));
    let text = error.to_string();
    assert!(
        text.contains("arn:aws:states:::sqs:sendMessage") && text.contains("stand_in::<") && text.contains("WF2140"),
        "{text}"
    );
    let error = start(Runtime::builder().register::<WithTwo>()).await.unwrap_err();
    assert!(error.to_string().contains("`first`, `second` all stand in for it"), "{error}");
    assert!(error.to_string().contains("WF2141"), "{error}");
}

#[test]
fn what_express_cannot_wait_for_is_told_by_the_spec() {
    use workflow_runtime::step::{ServicePattern, Step};
    #[step(resource = "arn:aws:states:::ecs:runTask.sync")]
    async fn run(task: serde_json::Value) {
        drop(task);
    }
    #[step(resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken")]
    async fn ask(message: serde_json::Value) -> Callback<bool> {
        drop(message);
        Callback::pending()
    }
    assert_eq!(<first as Step>::spec().pattern(), ServicePattern::RequestResponse);
    assert_eq!(<run as Step>::spec().pattern(), ServicePattern::RunJob);
    assert_eq!(<ask as Step>::spec().pattern(), ServicePattern::WaitForTaskToken);
}
