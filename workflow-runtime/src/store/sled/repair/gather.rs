//! Everything that can still be read, put together by execution. Records never change: one that is found twice is the same, and
//! what an older page says is true as far as it goes.

use std::collections::BTreeMap;
use std::ops::Range;

use super::tree::{Entries, Tree};
use crate::store::sled::archive::Archived;
use crate::store::sled::format::{Assembler, Key, Reader, unframe};
use crate::store::sled::log::Mark;
use crate::store::sled::log::salvage::Salvaged;
use crate::store::sled::page;
use crate::store::{DefinitionHash, ExecutionHead, StoreError};

/// What is known of an execution.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// By ordinal.
    pub(super) records: BTreeMap<u64, Vec<u8>>,
    /// With the ordinal of the record that it came with.
    pub(super) head: Option<(u64, ExecutionHead)>,
    /// It has had at least so many records.
    pub(super) count: u64,
    /// The commit in which its newest record was found, if it is in the log.
    pub(super) commit: Option<u64>,
    /// It was forgotten when it had no more than so many records.
    pub(super) forgotten: Option<u64>,
}

impl Known {
    fn add(&mut self, ordinal: u64, record: &[u8]) {
        self.count = self.count.max(ordinal.saturating_add(1));
        self.records.entry(ordinal).or_insert_with(|| record.to_vec());
    }

    fn say(&mut self, ordinal: u64, head: ExecutionHead) {
        if self.head.as_ref().is_none_or(|(known, _)| *known <= ordinal) {
            self.head = Some((ordinal, head));
        }
    }
}

/// A value of the tree, whole: `current` where the tree has it now.
struct Value {
    key: Vec<u8>,
    content: Vec<u8>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) executions: BTreeMap<u64, Known>,
    pub(super) definitions: BTreeMap<DefinitionHash, String>,
    pub(super) lost_definitions: Vec<DefinitionHash>,
    pub(super) fencing: u64,
    pub(super) mark: Option<Mark>,
    pub(super) generation: u64,
    /// Greater numbers were not given when something was forgotten.
    pub(super) highest: u64,
    pub(super) format: Option<u64>,
    /// What cannot be read in sled's values.
    pub(super) faults: Vec<String>,
}

impl Gathered {
    /// Takes what sled's file holds.
    pub(super) fn of_tree(tree: &Tree) -> Self {
        let mut gathered = Self::default();
        gathered.own_values(&tree.current, true);
        let earlier: BTreeMap<Vec<u8>, Vec<Vec<u8>>> =
            tree.earlier.iter().fold(BTreeMap::new(), |mut found, (key, value)| {
                found.entry(key.clone()).or_insert_with(Vec::new).push(value.clone());
                found
            });
        for (key, values) in &earlier {
            for value in values {
                gathered.own_values(&Entries::from([(key.clone(), value.clone())]), false);
            }
        }
        for (area, prefix) in [(b'j', 9), (b'h', 17), (b'a', 17), (b't', 9), (b'd', 33)] {
            for value in gathered.values(&tree.current, &earlier, area, prefix) {
                if let Err(fault) = gathered.take(area, &value) {
                    gathered.faults.push(fault.message);
                }
            }
        }
        gathered
    }

    /// The store's own values.
    fn own_values(&mut self, entries: &Entries, is_current: bool) {
        for (key, value) in entries.range(vec![b'm']..vec![b'n']) {
            let content = match unframe(key, value) {
                Ok(content) => content,
                Err(fault) => {
                    if is_current {
                        self.faults.push(fault.message);
                    }
                    continue;
                }
            };
            let number = <[u8; 8]>::try_from(content).map(u64::from_le_bytes).ok();
            match &key[1..] {
                b"fencing" => self.fencing = self.fencing.max(number.unwrap_or_default()),
                b"format" => self.format = self.format.max(number),
                b"highest" => self.highest = self.highest.max(number.unwrap_or_default()),
                b"generation" => self.generation = self.generation.max(number.unwrap_or_default()),
                b"log" => {
                    let mut reader = Reader::new(key, content);
                    let mut next = || reader.varint().ok();
                    let numbers = [next(), next(), next(), next()];
                    if let [Some(store), Some(segment), Some(sequence), Some(reached)] = numbers {
                        let mark = Mark { store, segment, sequence, reached };
                        if self.mark.is_none_or(|known| known.segment < mark.segment) {
                            self.mark = Some(mark);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Whole values of an area; those that cannot be put together are faults where the tree has them now.
    fn values(
        &mut self,
        current: &Entries,
        earlier: &BTreeMap<Vec<u8>, Vec<Vec<u8>>>,
        area: u8,
        prefix: usize,
    ) -> Vec<Value> {
        let area = vec![area]..vec![area + 1];
        let mut keys: Vec<(&[u8], bool)> = current.range(area.clone()).map(|(key, _)| (&key[..], true)).collect();
        keys.extend(earlier.range(area).map(|(key, _)| (&key[..], false)));
        let mut groups: BTreeMap<&[u8], bool> = BTreeMap::new();
        for (key, is_current) in keys {
            match key.get(..prefix) {
                Some(group) => *groups.entry(group).or_default() |= is_current,
                None if is_current => {
                    self.faults.push(crate::store::sled::format::corrupt(key, "the key is too short").message);
                }
                None => {}
            }
        }
        let mut found = Vec::new();
        for (group, is_current) in groups {
            match assemble(current, earlier, group) {
                Ok(Some(content)) => found.push(Value { key: group.to_vec(), content }),
                Ok(None) => {}
                Err(_) if !is_current => {}
                Err(fault) => {
                    self.faults.push(fault.message);
                    if let (Some(b'd'), Ok(hash)) = (group.first(), group[1..].try_into()) {
                        self.lost_definitions.push(DefinitionHash(hash));
                    }
                }
            }
        }
        found
    }

    fn take(&mut self, area: u8, value: &Value) -> Result<(), StoreError> {
        let Value { key, content } = value;
        let mut reader = Reader::new(key, content);
        match area {
            b'j' => return self.page(key, content, None),
            b'd' => {
                if let (Ok(hash), Ok(text)) = (key[1..].try_into(), String::from_utf8(content.clone())) {
                    self.definitions.insert(DefinitionHash(hash), text);
                }
            }
            b't' => {
                // Behind this segment the log has none of their records.
                reader.varint()?;
                while !reader.is_empty() {
                    self.executions.entry(reader.varint()?).or_default().forgotten = Some(u64::MAX);
                }
            }
            b'h' => {
                while !reader.is_empty() {
                    let count = reader.varint()?;
                    let head: ExecutionHead = reader.value()?;
                    self.archived(Archived::new(head, count));
                }
            }
            _ => {
                while !reader.is_empty() {
                    let (number, body) = (reader.varint()?, reader.bytes()?);
                    let mut records = Reader::new(key, body);
                    let known = self.executions.entry(number).or_default();
                    for ordinal in 0.. {
                        if records.is_empty() {
                            break;
                        }
                        known.add(ordinal, records.bytes()?);
                    }
                }
            }
        }
        Ok(())
    }

    fn archived(&mut self, archived: Archived) {
        let known = self.executions.entry(archived.head.number.0).or_default();
        if archived.is_tombstone() {
            known.forgotten = known.forgotten.max(Some(archived.count));
        } else {
            known.count = known.count.max(archived.count);
            known.say(archived.count.saturating_sub(1), archived.head);
        }
    }

    fn page(&mut self, key: &[u8], content: &[u8], commit: Option<u64>) -> Result<(), StoreError> {
        page::entries(key, content, |entry| {
            let known = self.executions.entry(entry.number).or_default();
            if commit.is_some() && entry.ordinal.saturating_add(1) >= known.count {
                known.commit = known.commit.max(commit);
            }
            known.add(entry.ordinal, entry.record);
            if let Some(head) = entry.head {
                known.say(entry.ordinal, head);
            }
            Ok(())
        })
    }

    /// Takes what the log holds; gives commits whose content makes no sense.
    pub(super) fn add_log(&mut self, log: &Salvaged) -> Vec<Range<u64>> {
        let mut senseless = Vec::new();
        for (sequence, page) in &log.pages {
            if self.page(&Key::page(*sequence).0, &page.content, Some(*sequence)).is_err() {
                senseless.push(*sequence..sequence + 1);
            }
        }
        senseless
    }
}

/// Puts the chunks of one value together: of each the first one that passes its check.
fn assemble(
    current: &Entries,
    earlier: &BTreeMap<Vec<u8>, Vec<Vec<u8>>>,
    group: &[u8],
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut keys: Vec<&Vec<u8>> =
        current.range(group.to_vec()..).map(|(key, _)| key).take_while(|key| key.starts_with(group)).collect();
    keys.extend(earlier.range(group.to_vec()..).map(|(key, _)| key).take_while(|key| key.starts_with(group)));
    keys.sort();
    keys.dedup();
    let mut assembler = Assembler::new(group.len());
    for key in keys {
        let versions = current.get(key).into_iter().chain(earlier.get(key).into_iter().flatten());
        let good = versions.clone().find(|value| unframe(key, value).is_ok());
        let Some(value) = good.or(versions.last()) else { continue };
        if let Some(content) = assembler.add(key, value)? {
            return Ok(Some(content));
        }
    }
    assembler.end()?;
    Ok(None)
}
