//! What a repair reads and writes beside the damage: locks, folders that are taken, repairs that were killed.

use std::path::{Path, PathBuf};

use super::world::{Kind, World, files};
use super::{NOW, SledOptions, StoreErrorKind, diagnose, repair};
use crate::blob::BlobId;
use crate::store::sled::disk::{Batch, Disk};
use crate::store::sled::format::FORMAT;
use crate::store::sled::lock::{self, UNFINISHED};
use crate::store::sled::{BLOBS, SledStore};

/// A damaged copy, a place for the new store, and where that is written first.
fn damaged(world: &World) -> (PathBuf, PathBuf, PathBuf) {
    let folder = world.copy("damaged");
    std::fs::remove_file(folder.join("synced")).expect("remove");
    let into = world.temporary.path().join("repaired");
    (folder, into.clone(), into.with_extension("unfinished"))
}

fn refused(damaged: &Path, into: &Path) -> (StoreErrorKind, &'static str, String) {
    let fault = repair(damaged, into, NOW).expect_err("it is refused");
    (fault.kind, fault.code, fault.message)
}

#[test]
fn what_a_killed_repair_has_left_is_written_anew() {
    let world = World::new(Kind::Closed);
    let (folder, into, unfinished) = damaged(&world);
    // At once, and in the middle.
    std::fs::create_dir(&unfinished).expect("a folder");
    repair(&folder, &into, NOW).expect("it is repaired");
    std::fs::rename(&into, &unfinished).expect("rename");
    std::fs::write(unfinished.join(UNFINISHED), []).expect("write");
    std::fs::remove_file(unfinished.join("db")).expect("remove");
    let diagnosis = repair(&folder, &into, NOW).expect("it is repaired");
    assert!(!unfinished.exists() && !into.join(UNFINISHED).exists());
    super::check_repaired(&into, &world.truth, &diagnosis).unwrap_or_else(|what| panic!("{what}"));
}

#[test]
fn what_is_not_of_a_repair_is_left_alone() {
    let world = World::new(Kind::Closed);
    let (folder, into, unfinished) = damaged(&world);
    std::fs::create_dir(&unfinished).expect("a folder");
    std::fs::write(unfinished.join("thesis.txt"), "years of work").expect("write");
    let (_, code, message) = refused(&folder, &into);
    assert_eq!(code, "WF3027");
    assert!(message.contains("not of a repair"), "{message}");
    assert!(unfinished.join("thesis.txt").exists() && !into.exists());
    // One that is on its way.
    std::fs::remove_file(unfinished.join("thesis.txt")).expect("remove");
    let sign = std::fs::File::create(unfinished.join(UNFINISHED)).expect("a file");
    sign.lock().expect("a lock");
    assert_eq!(refused(&folder, &into).1, "WF3027");
    drop(sign);
    repair(&folder, &into, NOW).expect("it is repaired");
}

#[test]
fn nothing_is_written_into_what_is_damaged_or_taken() {
    let world = World::new(Kind::Closed);
    let (folder, into, _) = damaged(&world);
    let before = files(&folder);
    for inside in [folder.clone(), folder.join("new"), folder.join("log").join("deep").join("new")] {
        assert_eq!(refused(&folder, &inside).1, "WF3027", "{}", inside.display());
    }
    std::fs::write(&into, "a file").expect("write");
    assert_eq!(refused(&folder, &into).1, "WF3027");
    assert_eq!(files(&folder), before);
}

#[test]
fn an_owner_is_noticed_whose_lock_was_removed() {
    let world = World::new(Kind::Closed);
    let store = SledOptions::new().open(&world.folder).expect("open");
    std::fs::remove_file(world.folder.join(lock::NAME)).expect("remove");
    let busy = diagnose(&world.folder).expect_err("in use");
    assert_eq!((busy.kind, busy.code), (StoreErrorKind::Busy, "WF3002"));
    drop(store);
    assert!(diagnose(&world.folder).expect("a diagnosis").is_sound());
}

#[test]
fn a_folder_in_place_of_the_lock_is_named() {
    let world = World::new(Kind::Closed);
    std::fs::remove_file(world.folder.join(lock::NAME)).expect("remove");
    std::fs::create_dir(world.folder.join(lock::NAME)).expect("a folder");
    let refused = SledStore::open(&world.folder).expect_err("no lock");
    assert_eq!(refused.code, "WF3026");
    assert!(refused.message.contains("`lock`"), "{refused}");
    let diagnosis = diagnose(&world.folder).expect("a diagnosis");
    assert!(!diagnosis.is_sound() && !diagnosis.has_losses(), "{diagnosis:#?}");
}

#[test]
fn a_newer_store_is_left_to_the_newer_program() {
    let world = World::new(Kind::Closed);
    let store = SledOptions::new().open(&world.folder).expect("open");
    let mut batch = Batch::default();
    Disk::put_number(&mut batch, "format", FORMAT + 1);
    store.inner.disk.apply(batch).expect("applied");
    store.inner.disk.sync().expect("synced");
    drop(store);
    let newer = diagnose(&world.folder).expect_err("it is newer");
    assert_eq!((newer.kind, newer.code), (StoreErrorKind::Newer, "WF3003"));
    let into = world.temporary.path().join("repaired");
    assert_eq!(refused(&world.folder, &into).0, StoreErrorKind::Newer);
    assert!(!into.exists());
}

#[test]
fn blobs_are_looked_at_and_taken_along() {
    let world = World::new(Kind::Closed);
    let (folder, into, _) = damaged(&world);
    let (good, bad) = (BlobId::of(b"good"), BlobId::of(b"bad"));
    let path = |folder: &Path, id: BlobId| folder.join(BLOBS).join(&id.to_string()[..2]).join(id.to_string());
    for (id, content) in [(good, &b"good"[..]), (bad, b"not so")] {
        std::fs::create_dir_all(path(&folder, id).parent().expect("a shard")).expect("a folder");
        std::fs::write(path(&folder, id), content).expect("write");
    }
    let diagnosis = diagnose(&folder).expect("a diagnosis");
    assert_eq!(diagnosis.lost_blobs, [bad.to_string()]);
    let fault = diagnosis.faults.iter().find(|fault| fault.file.starts_with(BLOBS)).expect("it is said");
    assert!(fault.file.ends_with(&bad.to_string()) && fault.what.contains("6 bytes"), "{fault}");
    assert_eq!(repair(&folder, &into, NOW).expect("it is repaired"), diagnosis);
    assert_eq!(std::fs::read(path(&into, good)).expect("it is taken along"), b"good");
    assert!(!path(&into, bad).exists());
    SledStore::open(&into).expect("it opens");
}
