//! The contents of `Blob`s: whether each is what its name says, and whether any that an execution names is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use super::gather::Gathered;
use super::report::Diagnosis;
use crate::blob::{BlobId, layout};
use crate::store::sled::BLOBS;

/// What is there.
#[derive(Debug, Default)]
struct Found {
    /// Whose content is good, and what it names.
    good: BTreeMap<BlobId, BTreeSet<BlobId>>,
    /// Whose content is not.
    bad: BTreeMap<BlobId, String>,
    /// Lists of names, where they can be read.
    lists: BTreeMap<BlobId, Option<Vec<BlobId>>>,
}

/// Says what is damaged and what is missing.
pub(super) fn check(folder: &Path, gathered: &Gathered, diagnosis: &mut Diagnosis) {
    let found = Found::look(folder, diagnosis);
    for (id, what) in &found.bad {
        diagnosis.fault(&format!("{BLOBS}/{}", layout::file(*id)), None, what.clone());
        diagnosis.lost_blobs.push(id.to_string());
    }
    for (id, list) in &found.lists {
        if list.is_none() && found.good.contains_key(id) {
            let file = format!("{BLOBS}/{}", layout::names_file(*id));
            diagnosis.fault(&file, None, "it cannot be read; the blob itself says what it names");
        }
    }
    for (id, named) in found.good.iter().filter(|(id, _)| !found.lists.contains_key(id)) {
        if named.iter().any(|named| found.good.contains_key(named)) {
            let file = format!("{BLOBS}/{}", layout::names_file(*id));
            diagnosis.fault(&file, None, "it is missing; the blob itself says what it names");
        }
    }
    let mut missing = BTreeSet::new();
    for record in gathered.executions.values().flat_map(|known| known.records.values()) {
        references(record, &mut missing);
    }
    missing.retain(|id| !found.good.contains_key(id) && !found.bad.contains_key(id));
    for id in missing {
        diagnosis.fault(&format!("{BLOBS}/{}", layout::file(id)), None, "it is missing, and an execution names it");
        diagnosis.lost_blobs.push(id.to_string());
    }
}

/// Copies what is good.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    let found = Found::look(from, &mut Diagnosis::new(from));
    fs::create_dir_all(to)?;
    let mut folders = BTreeSet::from([to.to_owned()]);
    for (id, named) in &found.good {
        let path = to.join(layout::file(*id));
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
            folders.insert(folder.to_owned());
        }
        let named = match found.lists.get(id) {
            Some(Some(list)) => list.clone(),
            _ => named.iter().filter(|named| found.good.contains_key(named)).copied().collect(),
        };
        if !named.is_empty() {
            write(&to.join(layout::names_file(*id)), layout::list(&named).as_bytes())?;
        }
        write(&path, &fs::read(from.join(layout::file(*id)))?)?;
    }
    for folder in folders {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    fs::write(path, content)?;
    fs::File::open(path)?.sync_all()
}

impl Found {
    fn look(folder: &Path, diagnosis: &mut Diagnosis) -> Self {
        let mut found = Self::default();
        let mut unread = |path: &Path, fault: &io::Error| {
            if fault.kind() != io::ErrorKind::NotFound {
                diagnosis.fault(&path.display().to_string(), None, format!("it cannot be read: {fault}"));
            }
        };
        let shards = match fs::read_dir(folder) {
            Ok(shards) => shards,
            Err(fault) => {
                unread(Path::new(BLOBS), &fault);
                return found;
            }
        };
        for shard in shards.flatten().filter(|shard| shard.file_name().len() == 2) {
            let entries = match fs::read_dir(shard.path()) {
                Ok(entries) => entries,
                Err(fault) => {
                    unread(&Path::new(BLOBS).join(shard.file_name()), &fault);
                    continue;
                }
            };
            for entry in entries.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if let Some(id) = name.strip_suffix(layout::NAMES).and_then(|name| name.parse().ok()) {
                    found
                        .lists
                        .insert(id, fs::read_to_string(entry.path()).ok().and_then(|text| layout::listed(&text)));
                } else if let Ok(id) = name.parse() {
                    found.content(id, fs::read(entry.path()));
                }
            }
        }
        found
    }

    fn content(&mut self, id: BlobId, content: io::Result<Vec<u8>>) {
        match content {
            Ok(content) if BlobId::of(&content) == id => {
                let mut named = BTreeSet::new();
                // Bytes that are no JSON name nothing.
                if serde_json::from_slice::<serde::de::IgnoredAny>(&content).is_ok() {
                    BlobId::find_all(&content, |id| {
                        named.insert(id);
                    });
                }
                self.good.insert(id, named);
            }
            Ok(content) => {
                self.bad.insert(id, format!("its {} bytes are not what its name says", content.len()));
            }
            Err(fault) => {
                self.bad.insert(id, format!("it cannot be read: {fault}"));
            }
        }
    }
}

/// References as steps write them, in whatever surrounds them, to blobs that lie in the store's own folder: another place would
/// be named behind the size.
fn references(record: &[u8], found: &mut BTreeSet<BlobId>) {
    const BEGIN: &[u8] = b"{\"blob\":\"";
    const MIDDLE: &[u8] = b"\",\"size\":";
    const DIGITS: usize = 64;
    let mut rest = record;
    while let Some(at) = rest.windows(BEGIN.len()).position(|window| window == BEGIN) {
        rest = &rest[at + BEGIN.len()..];
        let Some((digits, behind)) = rest.split_at_checked(DIGITS) else { return };
        let Some(size) = behind.strip_prefix(MIDDLE) else { continue };
        let end = size.iter().position(|byte| !byte.is_ascii_digit()).and_then(|end| size.get(end));
        if end == Some(&b'}') {
            found.extend(std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<BlobId>().ok()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_where_they_are_ones() {
        let id = BlobId::of(b"content");
        let seen = |text: String| {
            let mut found = BTreeSet::new();
            references(text.as_bytes(), &mut found);
            found.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(seen(format!("..{{\"blob\":\"{id}\",\"size\":7}}..")), [id]);
        assert_eq!(seen(format!("{{\"blob\":\"{id}\",\"size\":7,\"at\":\"s3://b/k\"}}")), []);
        assert_eq!(seen(format!("{{\"blob\":\"{id}\",\"size\":7")), []);
        assert_eq!(seen(format!("{{\"blob\":\"{id}")), []);
        assert_eq!(seen("{\"blob\":\"".to_owned()), []);
    }

    #[test]
    fn what_a_blob_names_is_told_by_itself_where_its_list_is_damaged() {
        let (from, to) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let put = |content: &[u8]| {
            let path = from.path().join(layout::file(BlobId::of(content)));
            fs::create_dir_all(path.parent().expect("a shard")).expect("a folder");
            fs::write(&path, content).expect("write");
            (BlobId::of(content), path)
        };
        let (inner, _) = put(b"inner");
        let (outer, _) = put(format!("[\"{inner}\"]").as_bytes());
        let (bad, bad_path) = put(b"bad");
        fs::write(bad_path, b"worse").expect("write");
        let list_path = from.path().join(layout::names_file(outer));
        for text in [None, Some(inner.to_string())] {
            if let Some(text) = text {
                fs::write(&list_path, text).expect("write");
            }
            let mut diagnosis = Diagnosis::new(from.path());
            check(from.path(), &Gathered::default(), &mut diagnosis);
            assert_eq!(diagnosis.lost_blobs, [bad.to_string()]);
            assert_eq!(diagnosis.faults.len(), 2, "{:?}", diagnosis.faults);
            copy(from.path(), to.path()).expect("copied");
            let copied = Found::look(to.path(), &mut Diagnosis::new(to.path()));
            assert_eq!(copied.good.keys().copied().collect::<BTreeSet<_>>(), BTreeSet::from([inner, outer]));
            assert_eq!(copied.lists, BTreeMap::from([(outer, Some(vec![inner]))]));
            assert!(copied.bad.is_empty());
        }
    }
}
