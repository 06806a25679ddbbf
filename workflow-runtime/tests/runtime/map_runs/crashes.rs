//! Crashes, stops and shutdowns in the middle of a map run.

use super::*;

#[tokio::test(start_paused = true)]
async fn standard_children_are_kept_and_found_again_after_a_crash() {
    let (world, store) = (World::new(), Arc::new(MemoryStore::new()));
    let calls = notes(&world, Some(json!(3)));
    let runtime = fans(&world, Arc::<MemoryStore>::clone(&store)).start().await.unwrap();
    let _ = runtime.start::<Children>("crash", Doc(json!({ "items": numbers(6), "at_once": 2 }))).await.unwrap();
    settle().await;
    assert_eq!(calls.lock().unwrap().len(), 6, "one hangs, the others went on");
    drop(runtime);
    settle().await;
    let runtime = fans(&world, Arc::<MemoryStore>::clone(&store)).start().await.unwrap();
    let handle = runtime.execution::<Children>("crash").await.unwrap();
    assert_eq!(handle.result().await.unwrap(), Doc(numbers(6)));
    let counts = counted(&world, &calls);
    assert_eq!(
        counts.iter().filter(|(_, count)| **count > 1).map(|(item, _)| item.as_str()).collect::<Vec<_>>(),
        ["3"]
    );
    let children = ListQuery { workflow: Some("Children/each".to_owned()), ..ListQuery::default() };
    let children = runtime.list(children).await.unwrap();
    assert_eq!(children.len(), 6);
    assert!(children.iter().all(|child| child.status == ExecutionStatus::Succeeded));
}

#[tokio::test(start_paused = true)]
async fn what_is_behind_the_mark_is_not_run_again() {
    let (world, store) = (World::new(), Arc::new(MemoryStore::new()));
    let calls = notes(&world, Some(json!(70)));
    let runtime = fans(&world, Arc::<MemoryStore>::clone(&store)).start().await.unwrap();
    let _ = runtime.start::<Fan>("crash", Doc(json!({ "items": numbers(200), "at_once": 4 }))).await.unwrap();
    settle().await;
    drop(runtime);
    settle().await;
    let runtime = fans(&world, store).start().await.unwrap();
    let handle = runtime.execution::<Fan>("crash").await.unwrap();
    assert_eq!(handle.result().await.unwrap(), Doc(numbers(200)));
    let counts = counted(&world, &calls);
    assert_eq!(counts.len(), 200);
    let again: Vec<u64> =
        counts.iter().filter(|(_, count)| **count > 1).map(|(item, _)| item.parse().unwrap()).collect();
    assert!(again.contains(&70) && again.iter().all(|item| *item >= 66), "all before was durable: {again:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_children_too() {
    let (world, store) = (World::new(), Arc::new(MemoryStore::new()));
    world.on("Work", |_| async {
        secs(50).await;
        Ok(StepReply::Output(json!(1)))
    });
    let runtime = fans(&world, store).start().await.unwrap();
    let handle = runtime.start::<Children>("stopped", Doc(json!({ "items": numbers(3) }))).await.unwrap();
    settle().await;
    assert_eq!(runtime.live_executions(), 4);
    handle.stop("enough").await.unwrap();
    settle().await;
    assert_eq!(runtime.live_executions(), 0);
    let children = ListQuery { workflow: Some("Children/each".to_owned()), ..ListQuery::default() };
    let children = runtime.list(children).await.unwrap();
    assert!(children.iter().all(|child| child.status == ExecutionStatus::Aborted) && children.len() == 3);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_lets_children_end_and_the_next_start_goes_on() {
    let (world, store) = (World::new(), Arc::new(MemoryStore::new()));
    let calls: Arc<Mutex<Vec<Value>>> = Arc::default();
    let noted = Arc::clone(&calls);
    world.on("Work", move |call| {
        noted.lock().unwrap().push(Value::clone(&call.payload));
        async move {
            secs(2).await;
            Ok(StepReply::Output(Value::clone(&call.payload)))
        }
    });
    let runtime = fans(&world, Arc::<MemoryStore>::clone(&store)).start().await.unwrap();
    let _ = runtime.start::<Fan>("drained", Doc(json!({ "items": numbers(9), "at_once": 3 }))).await.unwrap();
    secs(1).await;
    runtime.shutdown().await;
    assert_eq!(world.now() / 1_000, 2, "those that ran came to their end, no other began");
    assert_eq!(calls.lock().unwrap().len(), 3);
    let runtime = fans(&world, store).start().await.unwrap();
    let handle = runtime.execution::<Fan>("drained").await.unwrap();
    assert_eq!(handle.result().await.unwrap(), Doc(numbers(9)));
    assert!(counted(&world, &calls).values().all(|count| *count == 1), "none ran twice");
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_while_children_wait_is_not_their_end() {
    let (world, store) = (World::new(), Arc::new(MemoryStore::new()));
    let calls = notes(&world, None);
    let runtime = fans(&world, Arc::<MemoryStore>::clone(&store)).start().await.unwrap();
    // The first one ends before; two wait when it comes.
    let _ = runtime.start::<Patient>("waits", Doc(json!([0, 1, 2]))).await.unwrap();
    secs(10).await;
    runtime.shutdown().await;
    let heads = runtime.list(ListQuery::default()).await.unwrap();
    let running = heads.iter().filter(|head| head.status == ExecutionStatus::Running);
    assert_eq!(running.count(), 3, "two children and their parent: {heads:?}");
    drop(runtime);
    let runtime = fans(&world, store).start().await.unwrap();
    let handle = runtime.execution::<Patient>("waits").await.unwrap();
    assert_eq!(handle.result().await.unwrap(), Doc(json!([0, 1, 2])));
    assert!(counted(&world, &calls).values().all(|count| *count == 1), "none ran twice");
    assert!(runtime.list(ListQuery::default()).await.unwrap().iter().all(|it| it.status == ExecutionStatus::Succeeded));
}

#[tokio::test(start_paused = true)]
async fn map_runs_within_children_of_map_runs_go_on_after_a_crash() {
    let (world, store) = (World::new(), Arc::new(MemoryStore::new()));
    let calls = notes(&world, Some(json!(4)));
    let items = json!([[[1, 2], [3]], [[4], []]]);
    let runtime = fans(&world, Arc::<MemoryStore>::clone(&store)).start().await.unwrap();
    let _ = runtime.start::<Deep>("deep", Doc(items.clone())).await.unwrap();
    settle().await;
    drop(runtime);
    settle().await;
    let runtime = fans(&world, store).start().await.unwrap();
    let handle = runtime.execution::<Deep>("deep").await.unwrap();
    assert_eq!(handle.result().await.unwrap(), Doc(items));
    let counts = counted(&world, &calls);
    let again: Vec<&str> = counts.iter().filter(|(_, count)| **count > 1).map(|(item, _)| item.as_str()).collect();
    assert_eq!((counts.len(), again), (4, vec!["4"]));
    let children = ListQuery { workflow: Some("Deep/middle".to_owned()), ..ListQuery::default() };
    assert_eq!(runtime.list(children).await.unwrap().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn children_that_the_next_owner_has_not_found_yet_are_stopped_with_the_map_run() {
    let (world, store, place) = (World::new(), Arc::new(MemoryStore::new()), tempfile::tempdir().unwrap());
    let file = place.path().join("in/lines");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "1\n2\n").unwrap();
    world.on("Work", |_| async {
        secs(50).await;
        Ok(StepReply::Output(json!(1)))
    });
    let start = || fans(&world, Arc::<MemoryStore>::clone(&store)).buckets(place.path()).start();
    let runtime = start().await.unwrap();
    let _ = runtime.start::<Kept>("gone", Doc(json!("lines"))).await.unwrap();
    secs(1).await;
    assert_eq!(runtime.live_executions(), 3);
    drop(runtime);
    settle().await;
    std::fs::remove_file(&file).unwrap();
    let runtime = start().await.unwrap();
    let failure = runtime.execution::<Kept>("gone").await.unwrap().result().await.unwrap_err();
    assert_eq!(failure.error(), Some("States.ItemReaderFailed"));
    settle().await;
    assert_eq!(runtime.live_executions(), 0, "nobody waits for the children any more");
}

#[tokio::test(start_paused = true)]
async fn what_a_run_that_fails_has_written_is_there_when_it_is_caught() {
    let (world, place) = (World::new(), tempfile::tempdir().unwrap());
    world.on("Work", |call| async move {
        if *call.payload == json!(3) { Err(error("Three", "no")) } else { Ok(StepReply::Output(json!(1))) }
    });
    let input = place.path().join("in");
    std::fs::create_dir_all(&input).unwrap();
    std::fs::write(input.join("lines"), "1\n2\n3\n").unwrap();
    let runtime = fans(&world, Arc::new(MemoryStore::new())).buckets(place.path()).start().await.unwrap();
    let handle = runtime.start::<Strict>("fails", Doc(json!("lines"))).await.unwrap();
    let Doc(found) = handle.result().await.unwrap();
    let mut names: Vec<&str> =
        found.as_array().unwrap().iter().map(|key| key.as_str().unwrap().rsplit('/').next().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["FAILED_0.json", "SUCCEEDED_0.json", "manifest.json"]);
}
