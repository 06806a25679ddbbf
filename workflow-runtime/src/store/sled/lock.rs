//! One process per database: a lock that ends with its process, in a file that names it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::disk::unusable;
use crate::store::{StoreError, StoreErrorKind};

/// The file's name in the store's folder.
pub(super) const NAME: &str = "lock";

/// A file that says that the folder has held a store, whatever its database says.
pub(super) const MARK: &str = "workflow-store";

/// In a folder that a repair has not finished.
pub(super) const UNFINISHED: &str = "unfinished-repair";

/// The folder of the log.
pub(super) const LOG: &str = "log";

/// Writes the mark, durably.
pub(super) fn mark(folder: &Path) -> std::io::Result<()> {
    let mut file = File::create(folder.join(MARK))?;
    writeln!(file, "This folder is the store of a workflow program. Copy or remove it as a whole.")?;
    file.sync_all()?;
    File::open(folder)?.sync_all()
}

/// Holds the folder's lock until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Creates the folder if need be and takes its lock.
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        if folder.exists() && !folder.is_dir() {
            return Err(foreign(folder, "is a file"));
        }
        std::fs::create_dir_all(folder).map_err(|fault| unusable(folder, "created", fault))?;
        refuse_foreign(folder)?;
        if folder.join(NAME).is_dir() {
            let message = format!(
                "the store in {} has a folder where its file `{NAME}` must be: remove that, nothing of the store is in it",
                folder.display()
            );
            return Err(StoreError::new(StoreErrorKind::Permanent, "WF3026", message));
        }
        let unlocked = |fault| unusable(folder, "locked", fault);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.join(NAME))
            .map_err(unlocked)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy(folder, &mut file)),
            Err(TryLockError::Error(fault)) => return Err(unlocked(fault)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(unlocked)?;
        writeln!(file, "{}", std::process::id()).map_err(unlocked)?;
        Ok(Self { _file: file })
    }
}

/// A folder without a database must hold nothing but what a workflow program puts beside it.
fn refuse_foreign(folder: &Path) -> Result<(), StoreError> {
    if folder.join("db").exists() {
        return Ok(());
    }
    let entries = std::fs::read_dir(folder).map_err(|fault| unusable(folder, "read", fault))?;
    for entry in entries {
        let name = entry.map_err(|fault| unusable(folder, "read", fault))?.file_name();
        let name = name.to_string_lossy();
        let ours = name == NAME
            || name == MARK
            || name == UNFINISHED
            || name == LOG
            || name == super::witness::NAME
            || name == super::BLOBS
            || name == "conf"
            || name == "blobs"
            || name.contains("sock")
            || name.starts_with("snap.");
        if !ours {
            return Err(foreign(folder, &format!("holds `{name}`, which no store writes")));
        }
    }
    Ok(())
}

/// `Permanent`: not a store.
pub(super) fn foreign(folder: &Path, what: &str) -> StoreError {
    let message = format!(
        "{} is not a workflow store: it {what}; name a folder that is empty or does not exist yet",
        folder.display()
    );
    StoreError::new(StoreErrorKind::Permanent, "WF3004", message)
}

fn busy(folder: &Path, file: &mut File) -> StoreError {
    let mut text = String::new();
    let holder = match file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse::<u32>().ok()) {
        Some(pid) if pid == std::process::id() => "this process itself, which has it open already".to_owned(),
        Some(pid) => format!("process {pid}"),
        None => "another process".to_owned(),
    };
    let message =
        format!("the store in {} is in use by {holder}; one process owns a store at a time", folder.display());
    StoreError::new(StoreErrorKind::Busy, "WF3002", message)
}
