//! The kinds of damage.

use std::collections::BTreeMap;
use std::path::Path;

use super::world::{Kind, Truth, World, copy, files};
use super::{check_refusal, diagnose, trial, watch_panics};
use crate::store::sled::SledStore;
use crate::store::sled::log::faulty::Random;

fn asked() -> Option<usize> {
    std::env::var("WF_STORE_DAMAGE").ok().and_then(|places| places.parse().ok())
}

/// Places for each kind of damage and file.
fn places() -> usize {
    asked().unwrap_or(1)
}

/// All kinds where that was asked for, and one that is drawn otherwise.
fn kinds() -> Vec<Kind> {
    let usual = [Kind::Closed, Kind::Killed];
    if asked().is_some() { Kind::ALL.to_vec() } else { vec![usual[Random::seeded().below(usual.len())]] }
}

/// Files that hold something: their names, in a world.
fn named(world: &World) -> Vec<(String, Vec<u8>)> {
    let found = files(&world.folder).into_iter().filter_map(|(name, bytes)| Some((name, bytes?)));
    found.filter(|(name, bytes)| name != "lock" && !bytes.is_empty()).collect()
}

/// Damages copies with `damage(bytes, random)`, and counts what comes of it.
fn each(kind: Kind, what: &str, damage: impl Fn(&mut Vec<u8>, &mut Random)) {
    watch_panics();
    let (world, mut random) = (World::new(kind), Random::seeded());
    let mut outcomes: BTreeMap<(String, Option<&str>, bool), usize> = BTreeMap::new();
    for (name, bytes) in named(&world) {
        for place in 0..places() {
            let mut damaged = bytes.clone();
            damage(&mut damaged, &mut random);
            let folder = world.copy("damaged");
            std::fs::write(folder.join(&name), &damaged).expect("write");
            let at = bytes.iter().zip(&damaged).position(|(one, other)| one != other).unwrap_or(damaged.len());
            let context = format!("{kind:?}: {what} in {name} at {at} of {}, draw {place}", bytes.len());
            let truth = if kind != Kind::Closed && name.starts_with("log/") {
                world.truth.killed()
            } else {
                world.truth.clone()
            };
            let (refused, losses) = trial(&folder, &truth, &context);
            *outcomes.entry((name.clone(), refused, losses)).or_default() += 1;
        }
    }
    eprintln!("{kind:?}: {what}: {outcomes:#?}");
}

/// A place where there is something, if one is found soon.
fn place(bytes: &[u8], random: &mut Random) -> usize {
    let mut at = random.below(bytes.len());
    for _ in 0..60 {
        if bytes[at] != 0 {
            break;
        }
        at = random.below(bytes.len());
    }
    at
}

fn flip(bytes: &mut [u8], random: &mut Random) {
    let at = place(bytes, random);
    bytes[at] ^= 1 << random.below(8);
}

fn cut(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = place(bytes, random);
    bytes.truncate(at);
}

/// A block of the file system is empty.
fn empty_block(bytes: &mut [u8], random: &mut Random) {
    let from = place(bytes, random) / 4096 * 4096;
    let to = bytes.len().min(from + 4096);
    bytes[from..to].fill(0);
}

/// And one that has what another one had.
fn wrong_block(bytes: &mut [u8], random: &mut Random) {
    let blocks = bytes.len().div_ceil(512);
    let (from, to) = (random.below(blocks) * 512, random.below(blocks) * 512);
    let length = 512.min(bytes.len() - from).min(bytes.len() - to);
    bytes.copy_within(from..from + length, to);
}

#[test]
fn bits_flip() {
    for kind in kinds() {
        each(kind, "a flipped bit", |bytes, random| flip(bytes, random));
    }
}

/// Where sled has written most of it since it was opened.
#[test]
fn bits_flip_in_what_is_new() {
    each(Kind::Large, "a flipped bit", |bytes, random| flip(bytes, random));
}

#[test]
fn files_are_cut_off() {
    for kind in kinds() {
        each(kind, "a cut", cut);
    }
}

#[test]
fn blocks_are_empty_or_wrong() {
    for kind in kinds() {
        each(kind, "an empty block", |bytes, random| empty_block(bytes, random));
        each(kind, "a wrong block", |bytes, random| wrong_block(bytes, random));
    }
}

/// Frames begin at multiples of eight, items of sled anywhere: cuts on their borders, and beside them.
#[test]
fn files_are_cut_off_at_records() {
    watch_panics();
    let world = World::new(Kind::Closed);
    let mut random = Random::seeded();
    for (name, bytes) in named(&world) {
        let borders: Vec<usize> = if name.starts_with("log/") {
            bytes.windows(4).enumerate().filter(|(_, window)| window == b"WFcm").map(|(at, _)| at).collect()
        } else {
            (0..bytes.len()).step_by(bytes.len().div_ceil(40).max(1)).collect()
        };
        let enough = (2 * places()).max(1);
        let chance = borders.len().div_ceil(enough);
        for border in borders.into_iter().filter(|_| random.below(chance) == 0) {
            for at in [border, border + 3] {
                let folder = world.copy("damaged");
                std::fs::write(folder.join(&name), &bytes[..at.min(bytes.len())]).expect("write");
                trial(&folder, &world.truth, &format!("{name} ends at {at} of {}", bytes.len()));
            }
        }
    }
}

/// What a hand may do to one file.
fn by_hand(world: &World, other: &World, name: &str, deed: usize) -> String {
    let folder = world.copy("damaged");
    let path = folder.join(name);
    let of_other = files(&other.folder).remove(name).flatten();
    match deed {
        0 => std::fs::remove_file(&path).expect("remove"),
        1 => std::fs::write(&path, []).expect("write"),
        2 => {
            std::fs::remove_file(&path).expect("remove");
            std::fs::create_dir(&path).expect("a folder");
        }
        3 => std::fs::write(&path, of_other.unwrap_or_else(|| b"something else".to_vec())).expect("write"),
        _ => std::fs::write(&path, "this is a text that somebody has put here".repeat(40)).expect("write"),
    }
    let deeds = ["is removed", "is empty", "is a folder", "is another store's", "is a text"];
    format!("{name} {}", deeds[deed])
}

fn refused_as_mixed(folder: &Path) {
    let diagnosis = diagnose(folder).expect("a diagnosis");
    assert!(diagnosis.has_losses(), "{diagnosis:#?}");
    let refused = SledStore::open(folder).expect_err("it is mixed");
    check_refusal(&refused).unwrap_or_else(|what| panic!("{what}"));
}

#[test]
fn files_are_removed_mixed_and_replaced() {
    watch_panics();
    let other = World::new(Kind::Closed);
    for kind in kinds() {
        let world = World::new(kind);
        for (name, _) in named(&world) {
            for deed in 0..5 {
                let what = by_hand(&world, &other, &name, deed);
                if name == "db" && what.ends_with("another store's") {
                    // What is whole now is the other store's.
                    refused_as_mixed(&world.temporary.path().join("damaged"));
                    continue;
                }
                let outcome =
                    trial(&world.temporary.path().join("damaged"), &world.truth, &format!("{kind:?}: {what}"));
                eprintln!("{kind:?}: {what}: {outcome:?}");
            }
        }
    }
}

type Deed<'d> = (&'d str, &'d dyn Fn(&Path));

#[test]
fn parts_are_removed_and_mixed() {
    watch_panics();
    let (world, other) = (World::new(Kind::Killed), World::new(Kind::Closed));
    let sled = ["db", "conf", "synced"];
    let snapshots =
        |folder: &Path| -> Vec<String> { files(folder).into_keys().filter(|name| name.starts_with("snap.")).collect() };
    let deeds: [Deed<'_>; 5] = [
        ("the log is removed", &|folder| std::fs::remove_dir_all(folder.join("log")).expect("remove")),
        ("the log is another store's", &|folder| {
            std::fs::remove_dir_all(folder.join("log")).expect("remove");
            copy(&other.folder.join("log"), &folder.join("log"));
        }),
        ("sled's files are removed", &|folder| {
            for name in sled.iter().map(ToString::to_string).chain(snapshots(folder)) {
                std::fs::remove_file(folder.join(name)).expect("remove");
            }
        }),
        ("all but the log is removed", &|folder| {
            for name in files(folder).into_keys().filter(|name| !name.starts_with("log") && name != "blobs") {
                std::fs::remove_file(folder.join(name)).expect("remove");
            }
        }),
        ("sled's files are another store's", &|folder| {
            for name in snapshots(folder) {
                std::fs::remove_file(folder.join(name)).expect("remove");
            }
            for name in sled.iter().map(ToString::to_string).chain(snapshots(&other.folder)) {
                std::fs::copy(other.folder.join(&name), folder.join(&name)).expect("copy");
            }
        }),
    ];
    for (what, deed) in deeds {
        let folder = world.copy("damaged");
        deed(&folder);
        let truth = if what.starts_with("sled's files are another") { Truth::default() } else { world.truth.clone() };
        if truth.executions.is_empty() {
            refused_as_mixed(&folder);
            continue;
        }
        let (refused, losses) = trial(&folder, &truth, what);
        assert!(refused.is_some() && losses, "{what}: {refused:?} {losses}");
    }
}
