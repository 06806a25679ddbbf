//! Starting: names, inputs, and what a program must bring.

use std::sync::Arc;

use serde_json::json;
use workflow_runtime::runtime::{Runtime, StartError};
use workflow_runtime::step::StepReply;
use workflow_runtime::store::MemoryStore;

use crate::support::*;

fn slow(world: &World) {
    world.on("A", |call| async move {
        secs(10).await;
        Ok(StepReply::Output((*call.payload).clone()))
    });
}

#[tokio::test(start_paused = true)]
async fn a_name_starts_one_execution() {
    let world = World::new();
    slow(&world);
    let runtime = runtime(&world).await;
    let first = runtime.start::<Line>("one", Doc(json!({ "x": 1, "y": 2 }))).await.unwrap();
    let again = runtime.start::<Line>("one", Doc(json!({ "y": 2, "x": 1 }))).await.unwrap();
    let other = runtime.start::<Line>("one", Doc(json!({ "x": 2 }))).await.unwrap_err();
    assert!(other.name == "ExecutionAlreadyExists" && other.message.contains("with another input"), "{other}");
    assert_eq!(first.result().await.unwrap(), again.result().await.unwrap());
    let ended = runtime.start::<Line>("one", Doc(json!({ "x": 1, "y": 2 }))).await.unwrap_err();
    assert!(ended.name == "ExecutionAlreadyExists" && ended.message.contains("has ended with this input"), "{ended}");
    assert_eq!(world.states(), ["A", "B", "C"]);
}

#[tokio::test(start_paused = true)]
async fn a_name_is_free_in_another_workflow() {
    let world = World::new();
    let runtime = runtime(&world).await;
    runtime.start::<Line>("one", Doc(json!(1))).await.unwrap().result().await.unwrap();
    runtime.start::<Typed>("one", Small(1)).await.unwrap().result().await.unwrap();
    let found = runtime.execution::<Typed>("one").await.unwrap();
    assert_eq!(found.result().await.unwrap(), Small(1));
    assert_eq!(runtime.execution::<Both>("one").await.unwrap_err().name, "ExecutionDoesNotExist");
}

#[tokio::test(start_paused = true)]
async fn starts_of_one_name_at_once_are_one_start() {
    let world = World::new();
    slow(&world);
    let runtime = runtime(&world).await;
    let starts = (0..50).map(|_| runtime.start::<Line>("one", Doc(json!(1))));
    let started = futures_util::future::join_all(starts).await;
    assert!(started.iter().all(Result::is_ok), "{started:?}");
    started.into_iter().next().unwrap().unwrap().result().await.unwrap();
    assert_eq!(world.states(), ["A", "B", "C"]);
}

#[tokio::test(start_paused = true)]
async fn names_and_inputs_are_checked() {
    let world = World::new();
    let runtime = runtime(&world).await;
    assert_eq!(runtime.start::<Line>("a b", Doc(json!(1))).await.unwrap_err().name, "InvalidName");
    let large = Doc(json!("x".repeat(262_143)));
    assert_eq!(runtime.start::<Line>("large", large).await.unwrap_err().name, "InvalidExecutionInput");
    let fits = Doc(json!("x".repeat(262_142)));
    runtime.start::<Line>("large", fits).await.unwrap().result().await.unwrap();
    assert_eq!(runtime.live_executions(), 0);
}

#[tokio::test(start_paused = true)]
async fn generated_names_are_uuids() {
    let world = World::new();
    let runtime = runtime(&world).await;
    let execution = runtime.start_unnamed::<Line>(Doc(json!(1))).await.unwrap();
    assert_eq!(execution.name().len(), 36);
    let name = execution.name().to_owned();
    execution.result().await.unwrap();
    assert!(runtime.execution::<Line>(&name).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_start_without_the_steps_data_lists_what_is_missing() {
    let refused = Runtime::builder().store(MemoryStore::new()).register::<Line>().start().await.unwrap_err();
    let StartError::MissingData { needs } = &refused else { panic!("{refused}") };
    assert_eq!(needs, &[("A", "World"), ("B", "World"), ("C", "World")]);
    assert!(refused.to_string().contains("step `A` takes `Data<World>`"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_workflow_is_registered_once() {
    let world = World::new();
    let twice = builder(&world, Arc::new(MemoryStore::new())).register::<Line>().start().await.unwrap_err();
    assert!(matches!(&twice, StartError::DuplicateWorkflow { workflow } if workflow == "Line"), "{twice}");
}
