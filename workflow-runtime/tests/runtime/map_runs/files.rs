//! Items from files, results to files.

use std::fs;
use std::path::Path;

use super::*;

fn put(folder: &Path, key: &str, text: &str) {
    let path = folder.join(key);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn json_of(folder: &Path, key: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join(key)).unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn rows_are_read_from_a_folder_and_results_written_to_one() {
    let (world, place) = (World::new(), tempfile::tempdir().unwrap());
    world.on("Work", |call| async move {
        match call.payload["n"].as_str() {
            Some("2") => Err(error("Two", "no")),
            _ => Ok(StepReply::Output(call.payload["n"].clone())),
        }
    });
    put(place.path(), "in/day/rows.csv", "n,what\n1,a\n2,b\n3,\"c,d\"\n");
    let runtime = fans(&world, Arc::new(MemoryStore::new())).buckets(place.path()).start().await.unwrap();
    let handle = runtime.start::<Rows>("rows", Doc(json!("day/rows.csv"))).await.unwrap();
    let Doc(result) = handle.result().await.unwrap();
    let key = result["ResultWriterDetails"]["Key"].as_str().unwrap().to_owned();
    assert_eq!(result["ResultWriterDetails"]["Bucket"], json!("out"));
    assert!(key.starts_with("results/") && key.ends_with("/manifest.json"), "{key}");
    let out = place.path().join("out");
    let manifest = json_of(&out, &key);
    assert_eq!(manifest["MapRunArn"], result["MapRunArn"]);
    let file = |kind: &str| json_of(&out, manifest["ResultFiles"][kind][0]["Key"].as_str().unwrap());
    let (succeeded, failed) = (file("SUCCEEDED"), file("FAILED"));
    let outputs: Vec<&Value> = succeeded.as_array().unwrap().iter().map(|child| &child["Output"]).collect();
    assert_eq!(outputs, [&json!("\"1\""), &json!("\"3\"")]);
    assert_eq!(succeeded[1]["Input"], json!(r#"{"n":"3","what":"c,d"}"#));
    assert_eq!(
        (&failed[0]["Status"], &failed[0]["Error"], &failed[0]["Cause"]),
        (&json!("FAILED"), &json!("Two"), &json!("no"))
    );
    assert!(failed[0]["ExecutionArn"].as_str().unwrap().contains(":execution:Rows/rows:"));
}

#[tokio::test(start_paused = true)]
async fn a_crash_leaves_files_that_the_next_owner_goes_on_with() {
    let (world, place) = (World::new(), tempfile::tempdir().unwrap());
    let calls = notes(&world, Some(json!(1)));
    put(place.path(), "in/lines", "0\n1\n2\n3\n");
    let store = Arc::new(MemoryStore::new());
    let start = || fans(&world, Arc::<MemoryStore>::clone(&store)).buckets(place.path()).start();
    let runtime = start().await.unwrap();
    let _ = runtime.start::<Lines>("lines", Doc(json!("lines"))).await.unwrap();
    secs(1).await;
    drop(runtime);
    settle().await;
    let runtime = start().await.unwrap();
    let Doc(result) = runtime.execution::<Lines>("lines").await.unwrap().result().await.unwrap();
    let out = place.path().join("out");
    let manifest = json_of(&out, result["ResultWriterDetails"]["Key"].as_str().unwrap());
    let file = json_of(&out, manifest["ResultFiles"]["SUCCEEDED"][0]["Key"].as_str().unwrap());
    assert_eq!(file, json!([0, 1, 2]), "three at most, each once");
    assert_eq!(counted(&world, &calls).get("0"), Some(&1));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_or_written_says_what_to_do() {
    let (world, place) = (World::new(), tempfile::tempdir().unwrap());
    let cause = |failure: workflow_runtime::runtime::ExecutionError| failure.to_string();
    let runtime = running(&world).await;
    let failure = runtime.start::<Lines>("none", Doc(json!("x"))).await.unwrap().result().await.unwrap_err();
    assert_eq!(failure.error(), Some("States.ResultWriterFailed"));
    assert!(cause(failure).contains(".bucket(\"out\", \"path/to/folder\")"));

    put(place.path(), "in/bad", "1\n{\n");
    fs::create_dir_all(place.path().join("out")).unwrap();
    let runtime = fans(&world, Arc::new(MemoryStore::new())).buckets(place.path()).start().await.unwrap();
    for (key, code) in [("gone", "WF2202"), ("../x", "WF2202"), ("bad", "WF2203")] {
        let failure =
            runtime.start::<Lines>(key.replace('/', "-"), Doc(json!(key))).await.unwrap().result().await.unwrap_err();
        assert_eq!(failure.error(), Some("States.ItemReaderFailed"));
        assert!(cause(failure).contains(code), "{key}");
    }
    let named = fans(&world, Arc::new(MemoryStore::new()));
    let named = named.bucket("in", place.path().join("in")).bucket("out", place.path().join("bad"));
    put(place.path(), "bad", "a file where a folder should be");
    put(place.path(), "in/good", "1\n");
    let runtime = named.start().await.unwrap();
    let failure = runtime.start::<Lines>("writer", Doc(json!("good"))).await.unwrap().result().await.unwrap_err();
    assert_eq!(failure.error(), Some("States.ResultWriterFailed"));
    assert!(cause(failure).contains("WF2204"));
}

#[tokio::test(start_paused = true)]
async fn the_objects_of_a_bucket_are_items() {
    let place = tempfile::tempdir().unwrap();
    for key in ["in/a/2", "in/a/1", "in/b", "in/a/c/3"] {
        put(place.path(), key, "");
    }
    let runtime = fans(&World::new(), Arc::new(MemoryStore::new())).buckets(place.path()).start().await.unwrap();
    let handle = runtime.start::<Listed>("all", Doc(json!({}))).await.unwrap();
    assert_eq!(handle.result().await.unwrap(), Doc(json!(["a/1", "a/2", "a/c/3"])));
}
