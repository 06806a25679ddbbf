//! Power loss: a file system in a file is copied while a child commits to it. What the child has written and not synced is in
//! the machine's memory and not in the copy, as it would not be on the disk.
//!
//! Needs the right to mount; where there is none, the test says that it was left out.

use std::path::{Path, PathBuf};
use std::process::Command;

use workflow_runtime::store::{SledStore, Store, StoreErrorKind};

use crate::script::{Random, acknowledged, batch, spawn, verify};

const ROUNDS: u64 = 4;

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).output().map_err(|fault| format!("{program}: {fault}"))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a folder of a test has a plain name")
}

/// A mounted image, until it is dropped.
struct Mounted(PathBuf);

impl Mounted {
    fn new(image: &Path, at: &Path) -> Result<Self, String> {
        std::fs::create_dir_all(at).map_err(|fault| fault.to_string())?;
        run("mount", &["-o", "loop", text(image), text(at)])?;
        Ok(Self(at.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Err(fault) = run("umount", &[text(&self.0)]) {
            eprintln!("{} stays mounted: {fault}", self.0.display());
        }
    }
}

fn new_image(image: &Path) -> Result<(), String> {
    let file = std::fs::File::create(image).map_err(|fault| fault.to_string())?;
    file.set_len(256 << 20).map_err(|fault| fault.to_string())?;
    run("mkfs.ext4", &["-q", text(image)])
}

#[test]
fn nothing_acknowledged_is_lost_when_the_power_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut random = Random::seeded();
    for round in 0..ROUNDS {
        let (image, copy) = (folder.path().join("image"), folder.path().join("copy"));
        let mounted = new_image(&image).and_then(|()| Mounted::new(&image, &folder.path().join("disk")));
        let mounted = match mounted {
            Ok(mounted) => mounted,
            Err(reason) => {
                eprintln!(
                    "LEFT OUT: the simulation of power loss needs the right to mount an image ({})",
                    reason.trim()
                );
                return;
            }
        };
        let mut child = spawn(&mounted.0.join("store"), 0);
        let mut words = child.words();
        let known = acknowledged(&mut words, 0, 20 + random.below(400));
        // The power fails at one moment: nothing may be written while the copy is made.
        child.freeze();
        run("cp", &["--sparse=always", text(&image), text(&copy)]).expect("copy the image");
        child.kill();
        let later = acknowledged(&mut words, known, u64::MAX);
        drop(mounted);
        let restarted = Mounted::new(&copy, &folder.path().join("restarted")).expect("mount the copy");
        let kept = verify_between(&restarted.0.join("store"), known, later);
        eprintln!("round {round}: {known} acknowledged before the copy, {kept} kept");
    }
}

/// Until it was frozen, the child went on: any number of commits from `known` to one after `later` may be there.
fn verify_between(store: &Path, known: u64, later: u64) -> u64 {
    let kept = crate::script::commits(store, known, later + 1);
    assert_eq!(verify(store, kept), kept);
    kept
}

/// A disk without room: the store says so, acknowledges nothing more, and goes on from there once there is room again.
#[test]
fn a_full_disk_stops_the_store_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let image = folder.path().join("image");
    let mounted = match new_image(&image).and_then(|()| Mounted::new(&image, &folder.path().join("disk"))) {
        Ok(mounted) => mounted,
        Err(reason) => {
            eprintln!("LEFT OUT: a full disk needs the right to mount an image ({})", reason.trim());
            return;
        }
    };
    let (ballast, path) = (mounted.0.join("ballast"), mounted.0.join("store"));
    let store = SledStore::open(&path).expect("open");
    let owner = store.claim().expect("claim").fencing;
    // All but some megabytes.
    run("fallocate", &["-l", "200M", text(&ballast)]).expect("fill the disk");
    let failed = (0..10_000).find_map(|commit| Some((commit, store.commit(owner, batch(commit)).err()?)));
    let (commits, failed) = failed.expect("the disk is full before that");
    // The commit itself meets the full disk, or the upkeep between two commits does, and the next commit is told.
    let by_commit = (failed.kind, failed.code) == (StoreErrorKind::Ambiguous, "WF3007");
    let by_upkeep = (failed.kind, failed.code) == (StoreErrorKind::Permanent, "WF3008");
    assert!(by_commit || by_upkeep, "{:?}: {failed}", failed.kind);
    let text = failed.to_string();
    assert_eq!(text.matches("No space left on device").count(), 1, "{text}");
    assert_eq!(text.matches("failed write").count() + text.matches("write failed").count(), 1, "{text}");
    let stopped = store.commit(owner, batch(commits)).expect_err("stopped");
    assert_eq!((stopped.kind, stopped.code), (StoreErrorKind::Permanent, "WF3008"), "{stopped}");
    drop(store);
    std::fs::remove_file(ballast).expect("make room");
    let kept = verify(&path, commits);
    eprintln!("{commits} commits until the disk was full, {kept} kept");
    drop(mounted);
}
