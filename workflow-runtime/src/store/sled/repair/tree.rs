//! From items to keys and values: pages as their newest items say, the tree that they make, and what of it is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::bytes::Bytes;
use super::items::{Item, Items, Kind};
use super::snapshot::Snapshot;
use super::tail::Tail;

/// Where sled keeps the roots of its trees.
const META: u64 = 0;

/// What sled counts for itself.
pub(super) const COUNTER: u64 = 1;

/// sled's name for the one tree that the store uses.
const TREE: &[u8] = b"__sled__default";

/// Every key with its raw value.
pub(super) type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

/// What the file holds.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// As the tree says.
    pub(super) current: Entries,
    /// From pages that are not in the tree, or of which newer items are lost: only where something is missing.
    pub(super) earlier: Vec<(Vec<u8>, Vec<u8>)>,
    /// What is missing: the byte in the file, where it is known, and what.
    pub(super) faults: Vec<(Option<u64>, String)>,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    pub(super) entries: Entries,
    /// Of an index: the pages below.
    below: Vec<u64>,
    next: Option<u64>,
    merging: Option<u64>,
    prefix: Vec<u8>,
}

impl Page {
    pub(super) fn decode(mut left: Bytes<'_>) -> Option<Self> {
        let (mut page, is_index, keys) = Self::outline(&mut left)?;
        for key in keys {
            if is_index {
                page.below.push(left.number()?);
            } else {
                page.entries.insert([&page.prefix, key].concat(), left.text()?.to_vec());
            }
        }
        Some(page)
    }

    /// What a leaf has under this key, without the rest of it.
    pub(super) fn value<'b>(mut left: Bytes<'b>, key: &[u8]) -> Option<&'b [u8]> {
        let (page, is_index, keys) = Self::outline(&mut left)?;
        let wanted = key.strip_prefix(&page.prefix[..]).filter(|_| !is_index)?;
        let at = keys.iter().position(|key| *key == wanted)?;
        for _ in 0..at {
            left.text()?;
        }
        left.text()
    }

    /// The page without what it holds, whether it is an index, and its keys without what they all begin with.
    fn outline<'b>(left: &mut Bytes<'b>) -> Option<(Self, bool, Vec<&'b [u8]>)> {
        let next = left.number()?;
        let merging = left.number()?;
        left.byte()?;
        let prefix = usize::from(left.byte()?);
        let prefix = left.text()?.get(..prefix)?.to_vec();
        left.text()?;
        let page = Self { next: some(next), merging: some(merging), prefix, ..Self::default() };
        let (is_index, count) = (left.byte()? != 0, left.number()?);
        let mut keys = Vec::new();
        for _ in 0..count {
            keys.push(left.text()?);
        }
        Some((page, is_index, keys))
    }

    fn change(&mut self, mut left: Bytes<'_>) -> Option<()> {
        match left.byte()? {
            0 => {
                let key = [&self.prefix, left.text()?].concat();
                self.entries.insert(key, left.text()?.to_vec());
            }
            1 => {
                self.entries.remove(&[&self.prefix, left.text()?].concat());
            }
            2 => self.merging = some(left.number()?),
            3 => {
                let merged = self.merging.take();
                self.below.retain(|page| Some(*page) != merged);
            }
            _ => {}
        }
        Some(())
    }
}

fn some(number: u64) -> Option<u64> {
    (number != 0).then_some(number)
}

impl Tree {
    /// Reads it. `tail` says what was written since the snapshot, and how that ends.
    pub(super) fn read(found: &Items, snapshot: Option<&Snapshot>, tail: Tail) -> Self {
        let mut tree = Self { faults: tail.faults, ..Self::default() };
        let items = || found.items.iter().take_while(|item| tail.end.is_none_or(|end| item.lsn < end));
        let end = items().last().map_or(0, Item::end);
        let mut pages: BTreeMap<u64, Vec<&Item>> = BTreeMap::new();
        for item in items() {
            match item.kind {
                Kind::Batch => {
                    // What a crash cut off was never acknowledged.
                    if item.until.is_none_or(|last| last >= end) {
                        break;
                    }
                }
                Kind::Node | Kind::Link | Kind::Meta | Kind::Free | Kind::Aside => {
                    pages.entry(item.page).or_default().push(item);
                }
                Kind::Cap | Kind::Other => {}
            }
        }
        if let Some(snapshot) = snapshot {
            tree.check_snapshot(found, snapshot, &pages);
        }
        let mut decoded = BTreeMap::new();
        for (number, items) in &pages {
            if let Some(page) = tree.page(found, items) {
                decoded.insert(*number, page);
            }
        }
        tree.walk(found, &pages, &decoded);
        tree.look_back(found, &pages);
        tree
    }

    fn fault(&mut self, at: Option<u64>, what: impl Into<String>) {
        self.faults.push((at, what.into()));
    }

    /// Whatever the snapshot points to must be there, unless something newer took its place.
    fn check_snapshot(&mut self, found: &Items, snapshot: &Snapshot, pages: &BTreeMap<u64, Vec<&Item>>) {
        let stable = snapshot.stable();
        let known: BTreeSet<(i64, u64)> = found.items.iter().map(|item| (item.lsn, item.at)).collect();
        for (page, places) in (0_u64..).zip(&snapshot.pages).filter(|(page, _)| *page != COUNTER) {
            let replaced = |item: &&Item| item.lsn >= stable && item.kind != Kind::Link;
            if pages.get(&page).is_some_and(|items| items.iter().any(replaced)) {
                continue;
            }
            for (lsn, at) in places {
                if !known.contains(&(*lsn, *at)) {
                    self.fault(Some(*at), format!("what page {page} says there cannot be read"));
                }
            }
        }
    }

    /// The page that these items make, in the order in which they were written.
    fn page(&mut self, found: &Items, items: &[&Item]) -> Option<Page> {
        let mut page = None;
        // What it was before it was written anew does not count.
        let from = items.iter().rposition(|item| item.kind == Kind::Node).unwrap_or_default();
        for item in &items[from..] {
            match item.kind {
                Kind::Node => {
                    page = Page::decode(found.content(item));
                    if page.is_none() {
                        self.fault(Some(item.at), format!("page {} makes no sense", item.page));
                    }
                }
                Kind::Link => {
                    if let Some(page) = &mut page
                        && page.change(found.content(item)).is_none()
                    {
                        self.fault(Some(item.at), format!("a change of page {} makes no sense", item.page));
                    }
                }
                Kind::Aside => self.fault(Some(item.at), format!("page {} lies in a file that is not read", item.page)),
                Kind::Free => page = None,
                _ => {}
            }
        }
        page
    }

    /// From the root to the leaves.
    fn walk(&mut self, found: &Items, pages: &BTreeMap<u64, Vec<&Item>>, decoded: &BTreeMap<u64, Page>) {
        let roots = pages.get(&META).and_then(|items| items.iter().rfind(|item| item.kind == Kind::Meta));
        let root = roots.and_then(|item| root(found.content(item)));
        let Some(root) = root else {
            if found.size() > 0 {
                self.fault(None, "where the tree begins cannot be read");
            }
            return;
        };
        let (mut due, mut seen) = (vec![root], BTreeSet::new());
        while let Some(number) = due.pop() {
            if !seen.insert(number) {
                continue;
            }
            let Some(page) = decoded.get(&number) else {
                self.fault(None, format!("page {number} of the tree is missing"));
                continue;
            };
            due.extend(page.below.iter().chain(&page.next).chain(&page.merging));
            self.current.extend(page.entries.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
    }

    /// Where something is missing, everything that any page ever said and that can still be read may help.
    fn look_back(&mut self, found: &Items, pages: &BTreeMap<u64, Vec<&Item>>) {
        if self.faults.is_empty() {
            return;
        }
        let mut prefixes: BTreeMap<u64, Page> = BTreeMap::new();
        for item in pages.values().flatten() {
            let entries = match item.kind {
                Kind::Node => {
                    let Some(page) = Page::decode(found.content(item)) else { continue };
                    let entries = page.entries.clone();
                    prefixes.insert(item.page, page);
                    entries
                }
                Kind::Link => {
                    let Some(page) = prefixes.get(&item.page) else { continue };
                    let mut page = Page { entries: Entries::new(), ..page.clone() };
                    if page.change(found.content(item)).is_none() {
                        continue;
                    }
                    page.entries
                }
                _ => continue,
            };
            self.earlier.extend(entries.into_iter().filter(|(key, value)| self.current.get(key) != Some(value)));
        }
        self.earlier.sort();
        self.earlier.dedup();
    }
}

/// Where the store's tree begins.
fn root(mut left: Bytes<'_>) -> Option<u64> {
    while !left.is_empty() {
        let (name, page) = (left.text()?, left.number()?);
        if name == TREE {
            return Some(page);
        }
    }
    None
}
