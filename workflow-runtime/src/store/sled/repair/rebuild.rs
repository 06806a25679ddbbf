//! A new store, written through its own commits.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::blobs;
use super::gather::{Gathered, Known};
use super::report::{Affected, Diagnosis, Loss};
use crate::engine::{Event, ExecutionStatus, Record};
use crate::json::Json;
use crate::step::ErrorOutput;
use crate::store::sled::disk::{Batch, Disk};
use crate::store::sled::lock::UNFINISHED as SIGN;
use crate::store::sled::tombstones;
use crate::store::sled::{BLOBS, Durability, SledOptions, SledStore};
use crate::store::{Commit, ExecutionHead, ExecutionNumber, Fencing, Store, StoreError, StoreErrorKind};
use crate::time::Timestamp;

/// The error of an execution that is not continued.
const ERROR: &str = "Store.RecordsLost";

/// Records of about so many bytes are committed at once.
const BATCH: usize = 1 << 20;

/// Where numbers beyond the known ones may be lost, they go on so far behind.
pub(super) const SKIPPED: u64 = 1_000_000;

/// Refuses a target that holds anything, or that lies in what is damaged.
pub(super) fn check_target(damaged: &Path, into: &Path) -> Result<(), StoreError> {
    let mut above =
        into.ancestors().skip(1).map(|above| if above.as_os_str().is_empty() { Path::new(".") } else { above });
    let above = above.find_map(|above| above.canonicalize().ok());
    if let (Some(above), Ok(damaged)) = (above, damaged.canonicalize())
        && above.starts_with(damaged)
    {
        return Err(taken(into, "it lies in the damaged store"));
    }
    let is_free = match fs::read_dir(into) {
        Ok(mut entries) => entries.next().is_none(),
        Err(fault) => fault.kind() == io::ErrorKind::NotFound,
    };
    if is_free { Ok(()) } else { Err(taken(into, "it is not empty")) }
}

fn taken(folder: &Path, what: &str) -> StoreError {
    let message = format!(
        "{} cannot be written to, {what}: a repaired store is written to a folder that does not exist yet; name another one",
        folder.display()
    );
    StoreError::new(StoreErrorKind::Permanent, "WF3027", message)
}

fn unwritable(into: &Path, fault: io::Error) -> StoreError {
    let message = format!(
        "the repaired store cannot be written to {}: {fault}; name a folder on a disk with room, beside the damaged one",
        into.display()
    );
    StoreError::new(StoreErrorKind::Permanent, "WF3009", message).with_source(fault)
}

/// Writes it under another name first: a store that is half written must not be taken for one.
pub(super) fn rebuild(into: &Path, gathered: Gathered, diagnosis: &Diagnosis, at: Timestamp) -> Result<(), StoreError> {
    let unwritable = |fault| unwritable(into, fault);
    let mut unfinished = into.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    let sign = begin(&unfinished, into)?;
    let blobs = diagnosis.folder.join(BLOBS);
    let written = write(&unfinished, gathered, diagnosis, at)
        .and_then(|()| blobs::copy(&blobs, &unfinished.join(BLOBS)).map_err(unwritable));
    if let Err(fault) = written {
        // The fault counts; what stays is named as what it is.
        let _ = fs::remove_dir_all(&unfinished);
        return Err(fault);
    }
    // Some systems rename no folder in which a file is open.
    drop(sign);
    if into.exists() {
        fs::remove_dir(into).map_err(unwritable)?;
    }
    fs::rename(&unfinished, into).map_err(unwritable)?;
    fs::remove_file(into.join(SIGN)).map_err(unwritable)?;
    let parent = into.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for folder in [into, parent] {
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritable)?;
    }
    Ok(())
}

/// Makes the folder that is written to, with the sign in it. What another repair has left there, which was killed, is removed;
/// whatever else is there, and what a repair writes to now, is left alone.
fn begin(unfinished: &Path, into: &Path) -> Result<fs::File, StoreError> {
    let unwritable = |fault| unwritable(into, fault);
    let sign = unfinished.join(SIGN);
    if unfinished.exists() {
        let is_empty = fs::read_dir(unfinished).is_ok_and(|mut entries| entries.next().is_none());
        let is_ours = fs::File::open(&sign).is_ok_and(|sign| sign.try_lock().is_ok());
        if !is_empty && !is_ours {
            return Err(taken(unfinished, "another repair writes to it now, or it is not of a repair"));
        }
        fs::remove_dir_all(unfinished).map_err(unwritable)?;
    }
    fs::create_dir_all(unfinished).map_err(unwritable)?;
    let sign = fs::File::create_new(sign).map_err(unwritable)?;
    // Where there are no locks, two repairs at once are not told apart.
    let _ = sign.try_lock();
    Ok(sign)
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
        writer.execution(&head, records)?;
    }
    writer.flush()
}

/// Ends an execution that must not go on by itself.
fn end(affected: &Affected, head: ExecutionHead, records: &mut Vec<Vec<u8>>, at: Timestamp) -> ExecutionHead {
    let cause = format!("its store was damaged: {}", cause(affected));
    let decoded: Vec<Record> = records.iter().filter_map(|record| Record::decode(record).ok()).collect();
    let at = decoded.last().map_or(at, |last| last.at.max(at));
    let mut events = Vec::with_capacity(2);
    if records.is_empty() {
        events.push(Event::ExecutionStarted { input: Json::default(), seed: 0 });
    } else if decoded.iter().flat_map(|record| &record.events).next_back().is_some_and(Event::is_terminal) {
        // It had ended, and there were records behind: they began so.
        events.push(Event::ExecutionRedriven);
    }
    events.push(Event::ExecutionAborted { error: ErrorOutput { error: Some(ERROR.to_owned()), cause: Some(cause) } });
    records.push(Record { at, events }.encode());
    ExecutionHead { status: ExecutionStatus::Aborted, stopped_at: Some(at), ..head }
}

/// What is lost of it, and what to do.
fn cause(affected: &Affected) -> String {
    let records =
        if affected.kept == 1 { "its first record is".to_owned() } else { format!("{} records are", affected.kept) };
    match affected.loss {
        Loss::Doubtful => format!(
            "{records} left of it, and what it did after them may be lost; find out what was done before it is redriven"
        ),
        Loss::Beginning | Loss::Everything => {
            "its records are lost, its input too; find out what was done and start another one: a redrive would begin without input"
                .to_owned()
        }
        Loss::Tail => format!("{records} left of it, those behind are lost; find out what was done before it is redriven"),
    }
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
    fn execution(&mut self, head: &ExecutionHead, records: Vec<Vec<u8>>) -> Result<(), StoreError> {
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
