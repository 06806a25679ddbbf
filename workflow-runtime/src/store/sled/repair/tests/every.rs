//! A small store, damaged everywhere: each file cut off at and beside each of its records, a bit flipped in each of its parts,
//! removed, replaced, followed by something else.

use std::collections::BTreeMap;

use super::world::{Kind, World, files};
use super::{Diagnosis, Look, Outcome, watch_panics, watched};
use crate::store::sled::log::faulty::Random;
use crate::store::sled::log::files::Untouched;
use crate::store::sled::repair::items::{Items, Keep};

/// Files that hold something.
fn named(world: &World) -> Vec<(String, Vec<u8>)> {
    let found = files(&world.folder).into_iter().filter_map(|(name, bytes)| Some((name, bytes?)));
    found.filter(|(name, bytes)| name != "lock" && !bytes.is_empty()).collect()
}

/// Where the records of a file begin, and where the last one ends.
fn borders(world: &World, name: &str, bytes: &[u8]) -> Vec<usize> {
    let mut borders = match name {
        "db" => {
            let file = Untouched::file(&world.folder.join(name)).expect("it opens");
            let items = Items::read(&*file, 0, Keep::Outline).expect("it is read");
            items.items.iter().map(|item| usize::try_from(item.at).expect("small")).collect()
        }
        name if name.starts_with("log/") => {
            bytes.windows(4).enumerate().filter(|(_, window)| window == b"WFcm").map(|(at, _)| at).collect()
        }
        "synced" => vec![8, 16, 24, 32, 4096, 4104, 4112, 4120],
        _ => (0..bytes.len()).step_by(bytes.len().div_ceil(8)).collect(),
    };
    borders.extend([0, bytes.len()]);
    borders.retain(|at| *at <= bytes.len());
    borders.sort_unstable();
    borders.dedup();
    borders
}

/// Damages a copy and looks at what comes of it; counts it.
struct Tries<'w> {
    world: &'w World,
    outcomes: BTreeMap<(String, Option<&'static str>, bool), usize>,
    /// What was lost.
    seen: Vec<Diagnosis>,
}

impl<'w> Tries<'w> {
    fn new(world: &'w World) -> Self {
        watch_panics();
        Self { world, outcomes: BTreeMap::new(), seen: Vec::new() }
    }

    fn one(&mut self, name: &str, damaged: &[u8], context: &str) {
        let folder = self.world.copy("damaged");
        std::fs::write(folder.join(name), damaged).expect("write");
        let (truth, context) = (&self.world.truth, format!("{name}: {context}"));
        let Outcome { refused, mut diagnosis } = watched(&folder, truth, Look::Quick, &context);
        let losses = diagnosis.has_losses();
        *self.outcomes.entry((name.to_owned(), refused, losses)).or_default() += 1;
        // Where the same is lost as before, the new store is the same too.
        diagnosis.faults.clear();
        if !self.seen.contains(&diagnosis) {
            let folder = self.world.copy("damaged");
            std::fs::write(folder.join(name), damaged).expect("write");
            watched(&folder, truth, Look::Thorough, &context);
            self.seen.push(diagnosis);
        }
    }

    /// How often something was refused.
    fn refused(&self) -> usize {
        self.outcomes.iter().filter(|((_, refused, _), _)| refused.is_some()).map(|(_, count)| count).sum()
    }
}

impl Drop for Tries<'_> {
    fn drop(&mut self) {
        eprintln!("{} kinds of losses; {:#?}", self.seen.len(), self.outcomes);
    }
}

#[test]
fn files_are_cut_off_at_every_record() {
    let world = World::new(Kind::Small);
    let mut tries = Tries::new(&world);
    for (name, bytes) in named(&world) {
        for border in borders(&world, &name, &bytes) {
            for at in [border, border + 5].into_iter().filter(|at| *at < bytes.len()) {
                tries.one(&name, &bytes[..at], &format!("ends at {at} of {}", bytes.len()));
            }
        }
    }
    assert!(tries.refused() > 100, "{:?}", tries.outcomes);
}

#[test]
fn a_bit_flips_in_every_record() {
    let world = World::new(Kind::Small);
    let (mut tries, mut random) = (Tries::new(&world), Random::new(0x5eed));
    for (name, bytes) in named(&world) {
        let borders = borders(&world, &name, &bytes);
        for (from, to) in borders.iter().zip(&borders[1..]) {
            let at = from + random.below(to - from);
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << random.below(8);
            tries.one(&name, &damaged, &format!("a bit flips at {at} of {}", bytes.len()));
        }
    }
    assert!(tries.refused() > 50, "{:?}", tries.outcomes);
}

#[test]
fn garbage_is_appended() {
    let world = World::new(Kind::Small);
    let (mut tries, mut random) = (Tries::new(&world), Random::new(0x5eed));
    for (name, bytes) in named(&world) {
        let noise: Vec<u8> = (0..700).map(|_| random.below(256).to_le_bytes()[0]).collect();
        let again = bytes[..bytes.len().min(5_000)].to_vec();
        for (what, garbage) in [("zeros", vec![0; 5_000]), ("noise", noise), ("its own beginning", again)] {
            tries.one(&name, &[&bytes[..], &garbage].concat(), &format!("{what} at its end"));
        }
    }
}

#[test]
fn foreign_files_are_put_beside_them() {
    let world = World::new(Kind::Small);
    let mut tries = Tries::new(&world);
    let text = "what somebody keeps here".repeat(30);
    for name in
        ["notes.txt", "db.bak", "log/notes.txt", "log/commits-0099", "log/commits-x", "blobs/12", "snap.old", "synced~"]
    {
        tries.one(name, text.as_bytes(), "a text");
    }
}
