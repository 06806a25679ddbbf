//! Where nothing tells beforehand: databases from before types were kept, payloads of any JSON, and integrations.

use std::sync::Arc;

use workflow_runtime::engine::ExecutionStatus;
use workflow_runtime::runtime::Runtime;
use workflow_runtime::store::{
    Claim, Commit, DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, ListQuery, MemoryStore, Store, StoreError,
    StoredExecution,
};

use super::versions::{Desk, defaulted, required, v1};
use super::{answer, order, unfinishable};
use crate::support::{Doc, World, flow, settle};

/// Keeps the ASL of a definition and not what its payloads are like.
#[derive(Debug, Default)]
struct Older(MemoryStore);

impl Store for Older {
    fn is_durable(&self) -> bool {
        self.0.is_durable()
    }
    fn claim(&self) -> Result<Claim, StoreError> {
        self.0.claim()
    }
    fn commit(&self, fencing: Fencing, batch: Vec<Commit>) -> Result<(), StoreError> {
        self.0.commit(fencing, batch)
    }
    fn find(&self, workflow: &str, name: &str) -> Result<Option<ExecutionHead>, StoreError> {
        self.0.find(workflow, name)
    }
    fn load(&self, number: ExecutionNumber) -> Result<Option<StoredExecution>, StoreError> {
        self.0.load(number)
    }
    fn list(&self, query: &ListQuery) -> Result<Vec<ExecutionHead>, StoreError> {
        self.0.list(query)
    }
    fn put_definition(&self, hash: DefinitionHash, text: &str) -> Result<(), StoreError> {
        self.0.put_definition(hash, text.lines().next().unwrap_or_default())
    }
    fn definition(&self, hash: DefinitionHash) -> Result<Option<String>, StoreError> {
        self.0.definition(hash)
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_cannot_read_what_was_recorded_says_all_that_helps_and_is_redriven() {
    let (store, desk) = (Arc::new(Older::default()), Desk::default());
    let on = || Runtime::builder().shared_store(Arc::<Older>::clone(&store)).data(desk.clone());
    let runtime = on().register::<v1::Asking>().start().await.unwrap();
    let _ = runtime.start::<v1::Asking>("O-77", order()).await.unwrap();
    settle().await;
    drop(runtime);
    settle().await;
    let runtime = on().register::<required::Asking>().start().await.expect("nothing tells that it will not do");
    answer(&runtime, &desk).await;
    let execution = runtime.execution::<required::Asking>("O-77").await.unwrap();
    let failure = execution.result().await.unwrap_err();
    let text = failure.to_string();
    for part in [
        "step `last` cannot read its payload",
        "parameter `order`",
        "missing field `country`",
        "execution `O-77` at state `Last`",
        "`#[serde(default)]`",
        "redrive",
        "[WF2210]",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("WF4001"), "{text}");
    drop((execution, runtime));
    settle().await;
    let runtime = on().register::<defaulted::Asking>().start().await.unwrap();
    let execution = runtime.execution::<defaulted::Asking>("O-77").await.unwrap();
    execution.redrive().await.unwrap();
    assert_eq!(execution.result().await.unwrap(), "defaulted 1");
}

#[tokio::test(start_paused = true)]
async fn a_recorded_payload_in_flight_is_checked_where_no_types_are_kept() {
    let (store, desk) = (Arc::new(Older::default()), Desk::default());
    let on = || Runtime::builder().shared_store(Arc::<Older>::clone(&store)).data(desk.clone());
    let runtime = on().register::<v1::Stuck>().start().await.unwrap();
    let _ = runtime.start::<v1::Stuck>("one", order()).await.unwrap();
    settle().await;
    drop(runtime);
    settle().await;
    let (executions, text) = unfinishable(on().register::<required::Stuck>().start().await);
    let fault = executions[0].needs[0].fault.as_deref().unwrap();
    assert!(fault.contains("parameter `order`") && fault.contains("missing field `country`"), "{text}");
}

flow!(Posting, Doc => Doc, r#"{
    "QueryLanguage": "JSONata",
    "StartAt": "Sleep",
    "States": {
        "Sleep": {"Type": "Wait", "Seconds": 100, "Next": "Post"},
        "Post": {"Type": "Task", "Resource": "${PostFunctionArn}", "End": true}
    }
}"#, [Post: Doc]);

/// The same workflow, which calls nothing any more.
mod later {
    use workflow_runtime::prelude::*;

    use crate::support::{Doc, flow};

    flow!(Posting, Doc => Doc, r#"{
        "QueryLanguage": "JSONata",
        "StartAt": "Done",
        "States": {"Done": {"Type": "Succeed"}}
    }"#, []);

    workflow!(
        pub(crate) async fn telling(n: u64) -> Result<u64> {
            Ok(n)
        }
    );
}

mod earlier {
    use workflow_runtime::prelude::*;

    #[step(resource = "arn:aws:states:::sqs:sendMessage")]
    pub(crate) async fn queue(message: serde_json::Value) -> String {
        format!("queued {}", message["MessageBody"])
    }

    workflow!(
        pub(crate) async fn telling(n: u64) -> Result<u64> {
            sleep(mins(1)).await;
            #[state = "Tell"]
            raw_state!((): {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage",
                "Arguments": { "QueueUrl": "https://sqs", "MessageBody": "{% $n %}" }
            }, n)
            .await?;
            Ok(n)
        }
    );
}

#[tokio::test(start_paused = true)]
async fn an_integration_without_its_stand_in_is_told_and_a_kept_stand_in_does() {
    let store = Arc::new(MemoryStore::new());
    let on = || Runtime::builder().shared_store(Arc::<MemoryStore>::clone(&store));
    let runtime = on().register::<earlier::Telling>().stand_in::<earlier::queue>().start().await.unwrap();
    let _ = runtime.start::<earlier::Telling>("one", 7).await.unwrap();
    drop(runtime);
    settle().await;
    let (executions, text) = unfinishable(on().register::<later::Telling>().start().await);
    let need = &executions[0].needs[0];
    assert_eq!((need.state.as_str(), need.called.as_str()), ("Tell", "`arn:aws:states:::sqs:sendMessage`"), "{text}");
    assert!(need.remedy.contains("#[step(resource = \"arn:aws:states:::sqs:sendMessage\")]"), "{need:?}");
    let runtime = on().register::<later::Telling>().stand_in::<earlier::queue>().start().await.unwrap();
    let execution = runtime.execution::<later::Telling>("one").await.unwrap();
    assert_eq!(execution.result().await.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_was_written_by_hand_is_looked_at_too() {
    let (world, store) = (World::new(), Arc::new(MemoryStore::new()));
    let on = || Runtime::builder().shared_store(Arc::<MemoryStore>::clone(&store)).data(world.clone());
    let runtime = on().register::<Posting>().start().await.unwrap();
    let _ = runtime.start::<Posting>("one", Doc(serde_json::json!(1))).await.unwrap();
    drop(runtime);
    settle().await;
    let (executions, _) = unfinishable(on().register::<later::Posting>().start().await);
    assert_eq!(executions[0].needs[0].called, "step `Post`");
    let runtime = on().register::<later::Posting>().park_unfinishable().start().await.unwrap();
    let found = runtime.execution::<later::Posting>("one").await.unwrap();
    let description = found.describe().await.unwrap();
    assert_eq!(description.summary.status, ExecutionStatus::Running);
    assert!(description.summary.parked.is_some());
    found.stop("no longer wanted").await.unwrap();
    assert_eq!(found.describe().await.unwrap().summary.parked, None, "it has ended");
}
