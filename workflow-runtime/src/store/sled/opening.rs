//! Opening: what the folder holds, and what is alive in it.

use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};

use super::disk::{Batch, Disk, unusable};
use super::format::{self, FORMAT, Key, corrupt};
use super::inner::Inner;
use super::journal::Recovery;
use super::keeper::Signals;
use super::log::files::{Files, Folder};
use super::log::{Fault, Log, Mark};
use super::options::{Durability, SledOptions};
use super::precheck::CURE;
use super::{StoreError, StoreErrorKind, lock, log};

/// The oldest format, without a log.
pub(super) const WITHOUT_LOG: u64 = 1;

/// The first one with a log.
const WITH_LOG: u64 = 2;

/// Opens the store in this folder, which nobody else uses, or creates it.
pub(super) fn open(path: &Path, options: SledOptions) -> Result<Inner, StoreError> {
    open_on(Disk::open(path, options.cache())?, path, options)
}

/// The same where sled is open already.
pub(super) fn open_on(disk: Disk, path: &Path, options: SledOptions) -> Result<Inner, StoreError> {
    let format = check_format(&disk, path)?;
    let limits = options.limits;
    let files: Arc<dyn Files> = match options.files {
        Some(files) => files,
        None => Arc::new(Folder::open(&path.join(lock::LOG)).map_err(|fault| unusable(path, "written to", fault))?),
    };
    let failed = |fault| match fault {
        Fault::Damage(fault) => fault,
        Fault::Io(fault) => unusable(path, "read", fault),
    };
    let mut recovery = Recovery::of_pages(&disk)?;
    let log = if format.is_some_and(|format| format >= WITH_LOG) {
        let mark = disk.mark()?;
        let mut mark =
            mark.ok_or_else(|| corrupt(&Key::meta("log").0, "it says where the log begins, and is missing"))?;
        mark.reached = mark.reached.max(disk.reached_commits());
        Log::open(files, mark, limits.log, |at, content| recovery.frame(at, content)).map_err(failed)?
    } else {
        refuse_commits(&*files, path).map_err(failed)?;
        let id = uuid::Uuid::new_v4().as_u64_pair().0;
        let log = Log::create(files, id, limits.log).map_err(failed)?;
        // From here on there is a log.
        let mut batch = Batch::default();
        Disk::put_number(&mut batch, "format", FORMAT);
        Disk::put_mark(&mut batch, Mark::new(id));
        disk.apply(batch)?;
        disk.sync()?;
        log
    };
    if !path.join(lock::MARK).exists() {
        lock::mark(path).map_err(|fault| unusable(path, "marked", fault))?;
    }
    let state = recovery.finish(&disk, &limits)?;
    if format.is_some_and(|format| (WITH_LOG..FORMAT).contains(&format)) {
        let mut batch = Batch::default();
        Disk::put_number(&mut batch, "format", FORMAT);
        disk.apply(batch)?;
        disk.sync()?;
    }
    disk.committed(log.durable())?;
    Ok(Inner {
        disk,
        log,
        state: RwLock::new(state),
        writing: Mutex::default(),
        syncing: Mutex::new(()),
        next: Mutex::new(0),
        limits,
        is_strict: options.durability == Durability::Strict,
        signals: Signals::default(),
        path: path.to_owned(),
    })
}

/// `Newer`, naming both.
pub(super) fn newer(path: &Path, found: u64) -> StoreError {
    let message = format!(
        "the store in {} has format {found}, and this version knows formats up to {FORMAT}: run the newer program that wrote it",
        path.display(),
    );
    StoreError::new(StoreErrorKind::Newer, "WF3003", message)
}

/// A new database has no commits: where there are some, the database is what is missing.
fn refuse_commits(files: &dyn Files, path: &Path) -> Result<(), Fault> {
    let Some(name) = log::salvage::file_with_commits(files)? else { return Ok(()) };
    let message = format!(
        "the store in {} has lost its database: `log/{name}` has commits, and `db` is missing or empty; {CURE}",
        path.display()
    );
    Err(Fault::Damage(StoreError::new(StoreErrorKind::Corrupt, "WF3029", message)))
}

/// The database's format, `None` for a new one. One that is newer or not ours is refused.
fn check_format(disk: &Disk, path: &Path) -> Result<Option<u64>, StoreError> {
    match disk.number("format")? {
        Some(found) if found > FORMAT => Err(newer(path, found)),
        Some(found) if found >= WITHOUT_LOG => Ok(Some(found)),
        Some(_) => Err(corrupt(&format::Key::meta("format").0, "there never was such a format")),
        None if !disk.is_empty() || disk.has_other_trees() => {
            Err(lock::foreign(path, "holds a database that something else wrote"))
        }
        // sled takes a file that it cannot read for a new one: the mark beside it knows better.
        None if path.join(lock::MARK).exists() => {
            let message = format!(
                "the database in {} has lost everything, as if it were new: its file `db` was overwritten or cut off; {CURE}",
                path.display()
            );
            Err(StoreError::new(StoreErrorKind::Corrupt, "WF3006", message))
        }
        None => Ok(None),
    }
}
