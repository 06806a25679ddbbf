//! What sled would drop without a word. When it opens a database, it reads what was written since its snapshot; from an item that
//! it cannot read it goes on with the next segment, or ends, and overwrites what follows.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::bytes::Bytes;
use super::items::{Item, Items, Keep, Kind, LENGTH};
use super::snapshot::Snapshot;
use super::tree::{COUNTER, Page};
use crate::store::sled::format::{Key, unframe};
use crate::store::sled::log::files::Untouched;
use crate::store::sled::witness::GENERATION;

/// The first damage in what was written since the snapshot: the byte in the file, where it is known, and what.
pub(in crate::store::sled) fn damage_since(
    db: &Path,
    snapshot: Option<&Snapshot>,
    synced: Option<u64>,
) -> io::Result<Option<(Option<u64>, String)>> {
    let items = Items::read(&*Untouched::file(db)?, snapshot.map_or(0, Snapshot::stable), Keep::Outline)?;
    Ok(Tail::read(&items, snapshot, synced).faults.into_iter().next())
}

/// What was written since the snapshot.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// Where it ends, as sled would end it; `None` for behind the last item.
    pub(super) end: Option<i64>,
    /// The byte in the file with which that begins which cannot be read, where it is the end.
    broken: Option<u64>,
    /// Damage: the byte in the file, where it is known, and what.
    pub(super) faults: Vec<(Option<u64>, String)>,
}

impl Tail {
    /// Looks at it. `synced` is the last sync that is known to have been; what it took in must not lie behind the end.
    pub(super) fn read(found: &Items, snapshot: Option<&Snapshot>, synced: Option<u64>) -> Self {
        let mut tail = Self::default();
        let from = snapshot.map_or(0, Snapshot::stable);
        let stable = found.segments.iter().filter_map(|segment| segment.stable).max().unwrap_or_default();
        let stable = stable.max(from) / LENGTH * LENGTH;
        for segment in found.segments.iter().filter(|segment| segment.lsn + LENGTH > from && segment.lsn < stable) {
            if segment.stable.is_none() {
                tail.faults.push((Some(segment.at), "the first bytes of a segment cannot be read".to_owned()));
            }
            // A segment that has no header yet, since it was being written.
            let unfinished = |lsn: i64| lsn >= stable && !found.segments.iter().any(|other| other.lsn == lsn);
            if let Some(broken) = segment.broken.filter(|_| !segment.reused.is_some_and(unfinished)) {
                tail.faults.push((Some(broken), "what was written there cannot be read".to_owned()));
            }
        }
        let mut expected = stable;
        for segment in found.segments.iter().filter(|segment| segment.lsn >= stable) {
            if segment.lsn != expected || segment.stable.is_none() {
                tail.end = Some(expected);
                break;
            }
            if let Some(broken) = segment.broken {
                tail.broken = Some(broken);
                tail.end = i64::try_from(broken - segment.at).ok().map(|offset| segment.lsn + offset);
                break;
            }
            expected += LENGTH;
        }
        tail.check_end(found, synced);
        if let (Some(snapshot), true) = (snapshot, tail.faults.is_empty()) {
            tail.check_pages(found, snapshot);
        }
        tail
    }

    /// Pages are numbered without a gap: where one is missing, snapshot and file are not of the same store or time. sled panics at it.
    fn check_pages(&mut self, found: &Items, snapshot: &Snapshot) {
        let end = self.end.unwrap_or_else(|| found.items.last().map_or(0, Item::end));
        let mut known: BTreeSet<u64> = BTreeSet::new();
        let mut highest = 0;
        for item in found.items.iter().filter(|item| item.lsn >= snapshot.stable() && item.lsn < end) {
            match item.kind {
                Kind::Batch if item.until.is_none_or(|last| last >= end) => break,
                Kind::Node | Kind::Meta | Kind::Free => {
                    highest = highest.max(item.page);
                    known.insert(item.page);
                }
                Kind::Link => highest = highest.max(item.page),
                _ => {}
            }
        }
        // sled cuts off what it does not need any more: then all that lay there was written anew.
        for (page, places) in
            (0_u64..).zip(&snapshot.pages).filter(|(page, _)| *page != COUNTER && !known.contains(page))
        {
            if let Some((_, at)) = places.iter().find(|(_, at)| *at >= found.size()) {
                let what = format!("it ends with byte {}, and page {page} lay behind that", found.size());
                self.faults.push((Some(*at), what));
                return;
            }
        }
        let beyond = snapshot.pages.len() as u64;
        if let Some(missing) = (beyond..=highest).find(|page| !known.contains(page)) {
            self.faults.push((None, format!("page {missing} is missing from what was written since the snapshot")));
        }
    }

    /// Whether anything that was synced lies behind the end, or is missing from it. Then the end is none.
    ///
    /// A page that is written anew repeats the number of an earlier sync: behind the end, it proves nothing.
    fn check_end(&mut self, found: &Items, synced: Option<u64>) {
        let Some(synced) = synced else { return };
        let end = self.end.unwrap_or(i64::MAX);
        let kept = found.items.iter().filter(|item| item.lsn < end).filter_map(|item| item.generation).max();
        let behind = || found.items.iter().filter(|item| item.lsn >= end);
        let is_written =
            |item: &&Item| item.kind == Kind::Link && item.generation.is_some_and(|generation| generation <= synced);
        let what = match kept {
            Some(kept) if kept < synced => {
                format!("what can be read of it ends with write {kept}, and write {synced} was synced")
            }
            None if behind().any(|item| is_written(&item)) => {
                "something in front of it was synced and cannot be read".to_owned()
            }
            _ => return,
        };
        self.faults.push((self.broken.or_else(|| behind().next().map(|item| item.at)), what));
        self.end = None;
    }
}

/// The number of the sync that an item belongs to, where it says so.
pub(super) fn generation(kind: Kind, mut content: Bytes<'_>) -> Option<u64> {
    let key = Key::meta(GENERATION).0;
    let value = match kind {
        Kind::Node => Page::value(content, &key)?,
        Kind::Link if content.byte()? == 0 => {
            // Without what all keys of its page begin with.
            let written = content.text()?;
            (!written.is_empty() && key.ends_with(written)).then(|| content.text())??
        }
        _ => return None,
    };
    let number = unframe(&key, value).ok()?;
    Some(u64::from_le_bytes(number.try_into().ok()?))
}
