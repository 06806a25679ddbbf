//! A new store, written through its own commits.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::gather::{Gathered, Known};
use super::report::{Affected, Diagnosis, Loss};
use crate::blob::BlobId;
use crate::engine::{Event, ExecutionStatus, Record};
use crate::json::Json;
use crate::step::ErrorOutput;
use crate::store::sled::disk::{Batch, Disk};
use crate::store::sled::tombstones;
use crate::store::sled::{BLOBS, Durability, SledOptions, SledStore};
use crate::store::{Commit, ExecutionHead, ExecutionNumber, Fencing, Store, StoreError, StoreErrorKind};
use crate::time::Timestamp;

/// The error of an execution that is not continued.
const ERROR: &str = "Store.RecordsLost";

/// Records of about so many bytes are committed at once.
const BATCH: usize = 1 << 20;

/// Where executions with numbers beyond the known ones may be lost, numbers go on so far behind.
const SKIPPED: u64 = 1_000_000;

/// Refuses a target that holds anything.
pub(super) fn check_target(into: &Path) -> Result<(), StoreError> {
    let is_free = match fs::read_dir(into) {
        Ok(mut entries) => entries.next().is_none(),
        Err(fault) => fault.kind() == io::ErrorKind::NotFound,
    };
    if is_free {
        return Ok(());
    }
    let message =
        format!("{} is not empty: a repaired store is written to a folder that does not exist yet", into.display());
    Err(StoreError::new(StoreErrorKind::Permanent, "WF3027", message))
}

fn unwritable(into: &Path, fault: io::Error) -> StoreError {
    let message = format!(
        "the repaired store cannot be written to {}: {fault}; name a folder on a disk with room, beside the damaged one",
        into.display()
    );
    StoreError::new(StoreErrorKind::Permanent, "WF3009", message).with_source(fault)
}

/// Writes it under another name first: a store that is half written must not be taken for one.
pub(super) fn rebuild(
    damaged: &Path,
    into: &Path,
    gathered: Gathered,
    diagnosis: &mut Diagnosis,
    at: Timestamp,
) -> Result<(), StoreError> {
    let unwritable = |fault| unwritable(into, fault);
    let mut unfinished = into.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(unwritable)?;
    }
    fs::create_dir_all(&unfinished).map_err(unwritable)?;
    let written = write(&unfinished, gathered, diagnosis, at)
        .and_then(|()| copy_blobs(&damaged.join(BLOBS), &unfinished.join(BLOBS), diagnosis).map_err(unwritable));
    if let Err(fault) = written {
        // The fault counts; what stays is named as what it is.
        let _ = fs::remove_dir_all(&unfinished);
        return Err(fault);
    }
    if into.exists() {
        fs::remove_dir(into).map_err(unwritable)?;
    }
    fs::rename(&unfinished, into).map_err(unwritable)?;
    let parent = into.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(parent).and_then(|parent| parent.sync_all()).map_err(unwritable)
}

fn write(folder: &Path, gathered: Gathered, diagnosis: &Diagnosis, at: Timestamp) -> Result<(), StoreError> {
    reserve(folder, &gathered, diagnosis)?;
    // What is half written counts for nothing: there is no need to sync each commit.
    let store = SledOptions::new().durability(Durability::Relaxed(Duration::from_secs(1))).open(folder)?;
    let fencing = store.claim()?.fencing;
    for (hash, text) in &gathered.definitions {
        store.put_definition(*hash, text)?;
    }
    let affected: BTreeMap<u64, &Affected> =
        diagnosis.affected.iter().map(|affected| (affected.number.0, affected)).collect();
    let mut writer = Writer { store: &store, fencing, batch: Vec::new(), bytes: 0 };
    for (number, known) in gathered.executions {
        if known.is_forgotten() {
            continue;
        }
        let kept = known.kept();
        let Known { records, head: Some((_, head)), .. } = known else { continue };
        let mut records: Vec<Vec<u8>> =
            records.into_iter().take_while(|(ordinal, _)| *ordinal < kept).map(|(_, record)| record).collect();
        let head = match affected.get(&number) {
            None => head,
            Some(affected) => end(affected, head, &mut records, at),
        };
        writer.execution(head, records)?;
    }
    writer.flush()
}

/// Ends an execution that must not go on by itself.
fn end(affected: &Affected, head: ExecutionHead, records: &mut Vec<Vec<u8>>, at: Timestamp) -> ExecutionHead {
    let was = format!("{:?}", head.status).to_lowercase();
    let cause = match affected.loss {
        Loss::Doubtful => format!(
            "its store was damaged: {} records were found, and what it did after them may be lost; find out what was done before \
             it is redriven",
            affected.kept
        ),
        _ => format!(
            "its store was damaged: of its records {} are left, and it was {was} when the last of them was written; find out what \
             was done before it is redriven",
            affected.kept
        ),
    };
    let last = records.last().and_then(|record| Record::decode(record).ok()).map(|record| record.at);
    let at = last.map_or(at, |last| last.max(at));
    let mut events = Vec::with_capacity(2);
    if records.is_empty() {
        events.push(Event::ExecutionStarted { input: Json::default(), seed: 0 });
    }
    events.push(Event::ExecutionAborted { error: ErrorOutput { error: Some(ERROR.to_owned()), cause: Some(cause) } });
    records.push(Record { at, events }.encode());
    ExecutionHead { status: ExecutionStatus::Aborted, stopped_at: Some(at), ..head }
}

/// Numbers and fencing numbers that were given are not given again.
fn reserve(folder: &Path, gathered: &Gathered, diagnosis: &Diagnosis) -> Result<(), StoreError> {
    let store = SledOptions::new().open(folder)?;
    let known = gathered.executions.keys().next_back().copied().unwrap_or_default().max(gathered.highest);
    let skipped = if diagnosis.newest_may_be_lost { SKIPPED } else { 0 };
    let mut batch = Batch::default();
    Disk::put_number(&mut batch, "fencing", gathered.fencing);
    Disk::put_number(&mut batch, tombstones::HIGHEST, known.saturating_add(skipped));
    store.inner.disk.apply(batch)?;
    store.inner.disk.sync()
}

struct Writer<'w> {
    store: &'w SledStore,
    fencing: Fencing,
    batch: Vec<Commit>,
    bytes: usize,
}

impl Writer<'_> {
    fn execution(&mut self, head: ExecutionHead, records: Vec<Vec<u8>>) -> Result<(), StoreError> {
        let (number, last) = (ExecutionNumber(head.number.0), records.len().saturating_sub(1));
        for (ordinal, record) in records.into_iter().enumerate() {
            self.bytes += record.len() + 64;
            let head = (ordinal == 0 || ordinal == last).then(|| head.clone());
            self.batch.push(Commit { number, record, head });
            if self.bytes > BATCH && ordinal == last {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.bytes = 0;
        self.store.commit(self.fencing, std::mem::take(&mut self.batch))
    }
}

/// Copies the contents of `Blob`s; one that is not what its name says is left out.
fn copy_blobs(from: &Path, to: &Path, diagnosis: &mut Diagnosis) -> io::Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    let mut due = vec![PathBuf::new()];
    while let Some(below) = due.pop() {
        fs::create_dir_all(to.join(&below))?;
        for entry in fs::read_dir(from.join(&below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                due.push(path);
                continue;
            }
            let name = entry.file_name().to_string_lossy().into_owned();
            let content = fs::read(entry.path());
            let is_good = content
                .as_ref()
                .is_ok_and(|content| name.parse::<BlobId>().map_or(true, |id| BlobId::of(content) == id));
            match content {
                Ok(content) if is_good => {
                    fs::write(to.join(&path), content)?;
                    fs::File::open(to.join(&path))?.sync_all()?;
                }
                _ => {
                    diagnosis.fault(&format!("{BLOBS}/{}", path.display()), None, "it is not what its name says");
                    diagnosis.lost_blobs.push(name);
                }
            }
        }
        fs::File::open(to.join(&below))?.sync_all()?;
    }
    Ok(())
}
