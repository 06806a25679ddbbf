//! Stores of blobs, and what their files survive.

use std::fs;

use serde_json::json;

use super::*;

async fn put(blobs: &Blobs, text: &str) -> Blob<String> {
    Blob::put(blobs, &text.to_owned()).await.expect("it is stored")
}

fn stores() -> (tempfile::TempDir, Vec<Blobs>) {
    let folder = tempfile::tempdir().expect("a folder");
    let in_folder = FolderBlobs::new(folder.path().join("payload-blobs"));
    (folder, vec![Blobs::new(MemoryBlobs::new()), Blobs::new(in_folder)])
}

#[tokio::test]
async fn what_is_put_is_what_is_loaded() {
    let (_folder, stores) = stores();
    for blobs in stores {
        let value = vec![1_u64, 2, 3];
        let blob = Blob::put(&blobs, &value).await.expect("it is stored");
        assert_eq!(blob.size(), 7);
        assert_eq!(blob.id(), BlobId::of(b"[1,2,3]"));
        assert_eq!(blob.load(&blobs).await.expect("it is there"), value);
        let reference = serde_json::to_value(&blob).expect("JSON");
        assert_eq!(reference, json!({ "blob": blob.id().to_string(), "size": 7 }));
        let again: Blob<Vec<u64>> = serde_json::from_value(reference.clone()).expect("a reference");
        assert_eq!(again.load(&blobs).await.expect("it is there"), value);
        assert!(crate::payload::check(&Blob::<Vec<u64>>::ty(), &reference).is_ok());

        let raw = Blob::put(&blobs, &Bytes(vec![0, 255, 10])).await.expect("it is stored");
        assert_eq!((raw.size(), raw.load(&blobs).await.expect("it is there").0), (3, vec![0, 255, 10]));
        let empty = Blob::put(&blobs, &Bytes::default()).await.expect("it is stored");
        assert!(empty.load(&blobs).await.expect("it is there").0.is_empty());
    }
}

#[tokio::test]
async fn another_type_is_refused_without_quoting_the_content() {
    let blobs = Blobs::new(MemoryBlobs::new());
    let blob = put(&blobs, "4111-1111").await;
    let reference = serde_json::to_value(&blob).expect("JSON");
    let other: Blob<u64> = serde_json::from_value(reference).expect("a reference");
    let error = other.load(&blobs).await.expect_err("no number").to_string();
    assert!(error.contains("is no `u64`") && error.contains("WF2225") && !error.contains("4111"), "{error}");
}

#[tokio::test]
async fn a_missing_blob_says_where_it_is_not() {
    let (folder, stores) = stores();
    let texts = ["in memory".to_owned(), folder.path().join("payload-blobs").display().to_string()];
    for (blobs, place) in stores.iter().zip(texts) {
        let elsewhere = put(&Blobs::new(MemoryBlobs::new()), "x").await;
        match elsewhere.load(blobs).await {
            Err(BlobError::Missing(text)) => {
                assert!(text.contains(&place) && text.contains("of 3 bytes") && text.contains("WF2222"), "{text}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn damage_is_found_and_mended_by_putting_it_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = Blobs::new(FolderBlobs::new(folder.path()));
    let blob = put(&blobs, "what was put").await;
    let id = blob.id().to_string();
    let path = folder.path().join(&id[..2]).join(&id);
    for damage in [&b"\"what was cut"[..], b"\"what was pux\"", b"", b"\"what was put\" and more"] {
        fs::write(&path, damage).expect("damaged");
        match blob.load(&blobs).await {
            Err(BlobError::Damaged(text)) => assert!(text.contains(&id) && text.contains("WF2223"), "{text}"),
            other => panic!("{other:?}"),
        }
    }
    let again = put(&blobs, "what was put").await;
    assert_eq!(again.load(&blobs).await.expect("mended"), "what was put");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_an_error_to_retry_on() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let blobs = Blobs::new(FolderBlobs::new(file.path()));
    match Blob::put(&blobs, &1_u64).await {
        Err(BlobError::Unavailable(text)) => assert!(text.contains("WF2224"), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_a_content_names_is_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = FolderBlobs::new(folder.path());
    let blobs = Blobs::new(store.clone());
    let (inner, other) = (put(&blobs, "inner").await, put(&blobs, "other").await);
    let outer = Blob::put(&blobs, &vec![inner.clone(), other.clone(), inner.clone()]).await.expect("it is stored");
    let mut expected = vec![inner.id(), other.id()];
    expected.sort_unstable();
    assert_eq!(store.names(outer.id()).expect("names"), expected);
    assert!(store.names(inner.id()).expect("none").is_empty());
    assert_eq!(store.list().expect("a list").len(), 3);

    let id = outer.id().to_string();
    let path = folder.path().join(&id[..2]).join(format!("{id}.names"));
    let whole = fs::read_to_string(&path).expect("names");
    for cut in [0, 10, 65, whole.len() - 2] {
        fs::write(&path, &whole[..cut]).expect("cut off");
        assert!(matches!(store.names(outer.id()), Err(BlobError::Damaged(_))), "{cut}");
    }
}

#[tokio::test]
async fn what_was_put_meanwhile_is_not_removed() {
    let (folder, mut stores) = stores();
    drop(stores.pop());
    let in_folder = FolderBlobs::new(folder.path());
    let in_memory = std::sync::Arc::new(MemoryBlobs::new());
    let both: [(Blobs, &dyn ReclaimBlobs); 2] =
        [(Blobs::new(in_folder.clone()), &in_folder), (Blobs::shared(in_memory.clone()), &*in_memory)];
    for (blobs, reclaim) in both {
        let blob = put(&blobs, "fresh").await;
        assert_eq!(reclaim.remove(blob.id(), &|| false), Ok(None), "it is fresh");
        assert_eq!(reclaim.begin(), [blob.id()]);
        assert!(reclaim.begin().is_empty());
        assert_eq!(reclaim.remove(blob.id(), &|| true), Ok(None), "it is needed");
        put(&blobs, "fresh").await;
        assert_eq!(reclaim.remove(blob.id(), &|| false), Ok(None), "it was put again");
        reclaim.begin();
        assert_eq!(reclaim.remove(blob.id(), &|| false), Ok(Some(7)));
        assert_eq!(reclaim.remove(blob.id(), &|| false).map(|_| ()), Ok(()), "it is gone");
        assert!(reclaim.list().expect("a list").is_empty());
        assert!(matches!(blob.load(&blobs).await, Err(BlobError::Missing(_))));
    }
}

#[tokio::test]
async fn a_crash_leaves_no_half_written_files_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = FolderBlobs::new(folder.path());
    put(&Blobs::new(store.clone()), "x").await;
    let left = folder.path().join("new").join("0-0");
    fs::write(&left, "half of it").expect("written");
    store.begin();
    assert!(!left.exists());
    assert_eq!(store.list().expect("a list").len(), 1);
}

/// A crash between the two files of a blob, when it is put or removed.
#[tokio::test]
async fn a_list_of_names_without_its_blob_is_removed_as_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = FolderBlobs::new(folder.path());
    let blobs = Blobs::new(store.clone());
    let inner = put(&blobs, "inner").await;
    let outer = Blob::put(&blobs, &vec![inner]).await.expect("it is stored");
    let id = outer.id().to_string();
    let path = folder.path().join(&id[..2]).join(&id);
    assert_eq!(store.list().expect("a list").len(), 2);
    fs::remove_file(&path).expect("removed");
    assert!(store.list().expect("a list").contains(&outer.id()), "it is known");
    store.remember(&format!("{id} 7\n"));
    let hour = std::time::Duration::from_hours(1);
    let remembered = fs::File::options().append(true).open(folder.path().join("unreferenced")).expect("a file");
    let written = remembered.metadata().and_then(|about| about.modified()).expect("a time");
    remembered.set_modified(written + hour).expect("a time");
    assert_eq!(store.remembered(), format!("{id} 7"), "and since when it is needless");
    store.begin();
    assert_eq!(store.remove(outer.id(), &|| false), Ok(Some(0)));
    assert!(!path.with_file_name(format!("{id}.names")).exists());
    assert!(!store.list().expect("a list").contains(&outer.id()));
}

#[tokio::test]
async fn what_is_remembered_of_a_blob_ends_when_it_is_put_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = FolderBlobs::new(folder.path());
    let blob = put(&Blobs::new(store.clone()), "x").await;
    let id = blob.id().to_string();
    let file = |path: std::path::PathBuf| fs::File::options().append(true).open(path).expect("a file");
    let path = folder.path().join(&id[..2]).join(&id);
    let hour = std::time::Duration::from_hours(1);
    let written = fs::metadata(&path).and_then(|it| it.modified()).expect("a time");
    store.remember(&format!("collected 5\n{id} 7\n"));
    file(folder.path().join("unreferenced")).set_modified(written + hour).expect("a time");
    assert_eq!(store.remembered(), format!("collected 5\n{id} 7"));
    // Put again, by whichever process.
    file(path).set_modified(written + hour + hour).expect("a time");
    assert_eq!(store.remembered(), "collected 5");
}

#[test]
fn ids_are_found_wherever_they_stand() {
    let (a, b) = (BlobId::of(b"a"), BlobId::of(b"b"));
    let text = format!("\u{1}{{\"blob\":\"{a}\"}} \\\"{b}\\\" {} {a}0", "ab".repeat(31));
    let mut found = Vec::new();
    BlobId::find_all(text.as_bytes(), |id| found.push(id));
    assert_eq!(found.iter().filter(|id| **id == a).count(), 2);
    assert_eq!(found.iter().filter(|id| **id == b).count(), 1);
    assert_eq!(a.to_string().parse(), Ok(a));
    assert!(a.to_string().to_uppercase().parse::<BlobId>().is_err());
    assert!("abc".parse::<BlobId>().is_err());
}

#[tokio::test]
async fn a_spill_travels_while_it_is_small() {
    let blobs = Blobs::new(MemoryBlobs::new());
    let small: Spill<String, 10> = Spill::put(&blobs, "x".repeat(8)).await.expect("it is taken");
    assert_eq!(serde_json::to_value(&small).expect("JSON"), json!({ "value": "xxxxxxxx" }));
    let large: Spill<String, 10> = Spill::put(&blobs, "x".repeat(9)).await.expect("it is taken");
    assert!(large.is_blob() && !small.is_blob());
    let value = serde_json::to_value(&large).expect("JSON");
    assert_eq!(value["blob"]["size"], 11);
    let large: Spill<String, 10> = serde_json::from_value(value).expect("a spill");
    assert_eq!((small.load(&blobs).await, large.load(&blobs).await), (Ok("x".repeat(8)), Ok("x".repeat(9))));
    let nothing: Spill<Option<u64>> = Spill::put(&blobs, None).await.expect("it is taken");
    let nothing: Spill<Option<u64>> =
        serde_json::from_value(serde_json::to_value(&nothing).expect("JSON")).expect("it");
    assert_eq!(nothing.load(&blobs).await, Ok(None));
}
