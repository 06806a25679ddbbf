//! A damaged store: what is wrong with it, and a new one from what is left. The damaged folder is only read, and without sled, which
//! overwrites what it cannot read.
//!
//! sled's file is taken apart item by item ([`items`], [`tree`]), the log frame by frame; what both say is put together by
//! execution ([`gather`]), judged ([`judge`]), and written through a new store's own commits ([`rebuild`]).
//!
//! **Invariants.** Nothing in the damaged folder is written. An execution is continued only where it is proven that none of its
//! records is missing: one that went on from an earlier record would do again what had been done.

mod blobs;
mod bytes;
mod gather;
mod items;
mod judge;
mod rebuild;
mod report;
mod shut;
mod snapshot;
mod tail;
#[cfg(test)]
mod tests;
mod tree;

use std::io;
use std::path::Path;

use gather::Gathered;
use items::{Items, Keep};
use judge::LogLeft;
use rebuild::SKIPPED;
pub use report::{Affected, Diagnosis, Fault, Loss};
use shut::Shut;
pub(super) use snapshot::{Snapshot, newest};
use tail::Tail;
pub(super) use tail::damage_since;
use tree::Tree;

use super::log::files::Untouched;
use super::log::salvage::Salvaged;
use super::witness::{self, Reached};
use super::{BLOBS, format, lock};
use crate::store::{StoreError, StoreErrorKind};
use crate::time::Timestamp;

/// Everything that was read.
#[derive(Debug)]
struct Examined {
    gathered: Gathered,
    diagnosis: Diagnosis,
    /// As long as it is held, no process opens the store.
    _shut: Shut,
}

/// Says what is wrong with the store in this folder and what of it is lost. Nothing in the folder is changed.
///
/// ```no_run
/// let diagnosis = workflow_runtime::store::diagnose("orders.db")?;
/// for fault in &diagnosis.faults {
///     println!("{fault}");
/// }
/// # Ok::<(), workflow_runtime::store::StoreError>(())
/// ```
///
/// # Errors
/// `Busy` where a process has the store open, `Newer` where a newer version wrote it, `Permanent` where there is no store or the
/// folder cannot be read. Damage is no error here.
pub fn diagnose(damaged: impl AsRef<Path>) -> Result<Diagnosis, StoreError> {
    examine(damaged.as_ref()).map(|examined| examined.diagnosis)
}

/// Writes a new store from everything that can still be read in a damaged one, which is not changed. `into` must not exist, or be
/// empty; it is there as a whole or not at all. `at` is the time of the ends that are written.
///
/// Whole executions are as they were. One that has, or may have, lost records is not continued: it is ended as aborted, with the
/// error `Store.RecordsLost`, and a redrive takes it up at its last whole record. Of what is gone altogether the number stays taken.
/// The answer says all of it.
///
/// ```no_run
/// use workflow_runtime::store::{SledStore, repair};
/// use workflow_runtime::time::Timestamp;
///
/// let now = Timestamp::from_millis(1_767_225_600_000);
/// let diagnosis = repair("orders.db", "orders-repaired.db", now)?;
/// for execution in &diagnosis.affected {
///     println!("{execution}");
/// }
/// let store = SledStore::open("orders-repaired.db")?;
/// # Ok::<(), workflow_runtime::store::StoreError>(())
/// ```
///
/// # Errors
/// As [`diagnose`]; `Permanent` also where the new store cannot be written.
pub fn repair(damaged: impl AsRef<Path>, into: impl AsRef<Path>, at: Timestamp) -> Result<Diagnosis, StoreError> {
    let (damaged, into) = (damaged.as_ref(), into.as_ref());
    rebuild::check_target(damaged, into)?;
    let Examined { gathered, diagnosis, _shut } = examine(damaged)?;
    rebuild::rebuild(into, gathered, &diagnosis, at)?;
    Ok(diagnosis)
}

fn unreadable(folder: &Path, fault: io::Error) -> StoreError {
    let message = format!("the store's folder {} cannot be read: {fault}; read it as a user who may", folder.display());
    StoreError::new(StoreErrorKind::Permanent, "WF3009", message).with_source(fault)
}

fn examine(folder: &Path) -> Result<Examined, StoreError> {
    let parts = ["db", lock::MARK, lock::LOG, witness::NAME];
    if !parts.iter().any(|part| folder.join(part).exists()) {
        let message = format!("there is no store in {}: name the folder of one", folder.display());
        return Err(StoreError::new(StoreErrorKind::Permanent, "WF3028", message));
    }
    let shut = Shut::take(folder)?;
    let mut diagnosis = Diagnosis::new(folder);
    let reached = match Reached::read(folder) {
        Ok(reached) => reached,
        Err(fault) => {
            diagnosis.fault(witness::NAME, None, format!("it cannot be read: {fault}"));
            None
        }
    };
    if folder.join(lock::NAME).is_dir() {
        diagnosis.fault(
            lock::NAME,
            None,
            "it is not a file, and must be one; nothing of the store is in it".to_owned(),
        );
    }
    let (mut gathered, mut is_sled_whole) = read_sled(folder, reached, &mut diagnosis)?;
    check_format(folder, &gathered)?;
    if reached.is_none() && gathered.generation > 0 {
        let what = if folder.join(witness::NAME).exists() { "cannot be read" } else { "is missing" };
        diagnosis.fault(witness::NAME, None, format!("it {what}: it says how far the store had come"));
    }
    if let Some(reached) = reached
        && reached.generation > gathered.generation
    {
        let what = format!("it ends with write {}, and write {} was synced", gathered.generation, reached.generation);
        diagnosis.fault("db", None, what);
        is_sled_whole = false;
    }
    let has_log = gathered.format != Some(super::opening::WITHOUT_LOG);
    let mut left = LogLeft::default();
    if has_log {
        let files = Untouched(folder.join(lock::LOG));
        let commits = reached.map_or(1, |reached| reached.commits);
        let log = Salvaged::read(&files, gathered.mark, commits, !is_sled_whole)
            .map_err(|fault| unreadable(folder, fault))?;
        for (file, at, what) in &log.faults {
            diagnosis.fault(file, *at, what.clone());
        }
        diagnosis.cut_off = log.cut_off.clone().map(|(file, offset, what)| Fault { file, offset, what });
        let senseless = gathered.add_log(&log);
        for gap in &senseless {
            diagnosis.fault("log", None, format!("what commit {} says makes no sense", gap.start));
        }
        let is_whole = log.from == 1 && log.pages.contains_key(&1);
        left = LogLeft { from: log.from, is_whole, lost: log.lost };
        left.lost.extend(senseless);
    }
    if !is_sled_whole {
        // It may have been a later one.
        gathered.fencing = gathered.fencing.saturating_add(SKIPPED);
    }
    judge::judge(&gathered, is_sled_whole, &left, &mut diagnosis);
    blobs::check(&folder.join(BLOBS), &gathered, &mut diagnosis);
    Ok(Examined { gathered, diagnosis, _shut: shut })
}

/// What sled's file holds, and whether nothing of it is missing.
fn read_sled(
    folder: &Path,
    reached: Option<Reached>,
    diagnosis: &mut Diagnosis,
) -> Result<(Gathered, bool), StoreError> {
    let mut snapshot = None;
    if let Some(name) = newest(folder).map_err(|fault| unreadable(folder, fault))? {
        snapshot = std::fs::read(folder.join(&name)).ok().and_then(|bytes| Snapshot::decode(&bytes));
        if snapshot.is_none() {
            diagnosis.fault(&name, None, "it cannot be read; it can be done without".to_owned());
        }
    }
    if let Some(what) = super::precheck::settings(folder) {
        diagnosis.fault("conf", None, format!("{what}; it can be done without"));
    }
    let items = match Untouched::file(&folder.join("db")).and_then(|file| Items::read(&*file, 0, Keep::Everything)) {
        Ok(items) => items,
        Err(fault) => {
            diagnosis.fault("db", None, format!("it cannot be read: {fault}"));
            return Ok((Gathered::default(), false));
        }
    };
    let tail = Tail::read(&items, snapshot.as_ref(), reached.map(|reached| reached.generation));
    let tree = Tree::read(&items, snapshot.as_ref(), tail);
    let gathered = Gathered::of_tree(&tree);
    for (at, what) in &tree.faults {
        diagnosis.fault("db", *at, what.clone());
    }
    for what in &gathered.faults {
        diagnosis.fault("db", None, what.clone());
    }
    if gathered.format.is_none() {
        diagnosis.fault("db", None, "the store's own values are missing".to_owned());
    } else if gathered.mark.is_none() && gathered.format != Some(super::opening::WITHOUT_LOG) {
        diagnosis.fault("db", None, "where the commit log begins is missing".to_owned());
    }
    let is_whole = !diagnosis.faults.iter().any(|fault| fault.file == "db");
    Ok((gathered, is_whole))
}

fn check_format(folder: &Path, gathered: &Gathered) -> Result<(), StoreError> {
    match gathered.format {
        Some(found) if found > format::FORMAT => Err(super::opening::newer(folder, found)),
        _ => Ok(()),
    }
}
