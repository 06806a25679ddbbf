//! A look at sled's files before sled sees them: it overwrites what it cannot read, takes a file that is cut off for a shorter one, and
//! panics at some of the rest. Nothing but headers and what was written since the last snapshot is read.

use std::io::ErrorKind;
use std::path::Path;

use super::disk::unusable;
use super::lock;
use super::repair::{Snapshot, damage_since, newest};
use super::witness::{self, Reached};
use crate::store::{StoreError, StoreErrorKind};

/// What to do about damage, at the end of each message of it.
pub(super) const CURE: &str = "restore the last good copy of the folder, which has everything; without one, `repair` writes a new \
                               store from what can still be read";

/// `Corrupt`, naming the file.
fn damaged(code: &'static str, folder: &Path, file: &str, what: impl std::fmt::Display) -> StoreError {
    corrupt(code, folder, format_args!("`{file}` {what}"))
}

fn corrupt(code: &'static str, folder: &Path, what: impl std::fmt::Display) -> StoreError {
    let message = format!("the store in {} is damaged: {what}; {CURE}", folder.display());
    StoreError::new(StoreErrorKind::Corrupt, code, message)
}

/// sled's settings are always these.
const SETTINGS: &[u8] = b"segment_size: 524288\nuse_compression: false\nversion: 0.34\n";

/// What is wrong with sled's settings, if they are not what some sled wrote.
pub(super) fn settings(folder: &Path) -> Option<&'static str> {
    let bytes = match std::fs::read(folder.join("conf")) {
        Ok(bytes) => bytes,
        Err(fault) if fault.kind() == ErrorKind::NotFound => return None,
        Err(_) => return Some("it cannot be read"),
    };
    let (text, checksum) = bytes.split_at(bytes.len().saturating_sub(4));
    let is_whole = crc32fast::hash(text).to_le_bytes() == checksum;
    (!is_whole).then_some("its checksum differs")
}

/// Refuses what sled must not see; what the store knows of its last sync otherwise.
pub(super) fn check(folder: &Path) -> Result<Option<Reached>, StoreError> {
    check_kinds(folder)?;
    let unread = |fault| unusable(folder, "read", fault);
    let reached = Reached::read(folder).map_err(unread)?;
    let snapshot = match newest(folder).map_err(unread)? {
        None => None,
        Some(name) => {
            let bytes = std::fs::read(folder.join(&name)).map_err(unread)?;
            let snapshot = Snapshot::decode(&bytes);
            Some(snapshot.ok_or_else(|| damaged("WF3006", folder, &name, "cannot be read: its checksum differs"))?)
        }
    };
    let db = folder.join("db");
    let size = match std::fs::metadata(&db) {
        Ok(metadata) => metadata.len(),
        Err(fault) if fault.kind() == ErrorKind::NotFound => 0,
        Err(fault) => return Err(unread(fault)),
    };
    let has_pages = snapshot.as_ref().is_some_and(|snapshot| snapshot.end() > 0);
    let has_synced = reached.is_some_and(|reached| reached.generation > 0);
    if size == 0 && (has_pages || has_synced) {
        let what = if db.exists() { "is empty" } else { "is missing" };
        return Err(damaged("WF3006", folder, "db", format_args!("{what}, and had something in it")));
    }
    if size > 0 {
        let fault = damage_since(&db, snapshot.as_ref(), reached.map(|reached| reached.generation)).map_err(unread)?;
        if let Some((at, what)) = fault {
            let place = at.map(|at| format!(" at byte {at}")).unwrap_or_default();
            return Err(corrupt("WF3024", folder, format_args!("`db`{place}: {what}")));
        }
    }
    if folder.join("conf").exists() && settings(folder).is_some() {
        // They are the same for each store: sled writes them anew.
        tracing::warn!("sled's settings in {} were damaged, and are written anew", folder.display());
        std::fs::write(folder.join("conf"), whole_settings()).map_err(|fault| unusable(folder, "written to", fault))?;
    }
    Ok(reached)
}

fn whole_settings() -> Vec<u8> {
    [SETTINGS, &crc32fast::hash(SETTINGS).to_le_bytes()].concat()
}

/// What bears the name of a file must be one, and the log a folder.
fn check_kinds(folder: &Path) -> Result<(), StoreError> {
    let snapshot = newest(folder).map_err(|fault| unusable(folder, "read", fault))?;
    let files = ["db", "conf", witness::NAME].into_iter().chain(snapshot.as_deref());
    for name in files {
        let path = folder.join(name);
        if path.exists() && !path.is_file() {
            return Err(damaged("WF3026", folder, name, "is not a file, and must be one"));
        }
    }
    let log = folder.join(lock::LOG);
    if log.exists() && !log.is_dir() {
        return Err(damaged("WF3026", folder, lock::LOG, "is not a folder, and must be one"));
    }
    Ok(())
}

/// sled is open, and this is how far it goes.
pub(super) fn check_generation(folder: &Path, found: Option<u64>, reached: Option<Reached>) -> Result<(), StoreError> {
    let path = folder.join(witness::NAME);
    match (found, reached) {
        (Some(generation), None) if generation > 0 => {
            let what = if path.exists() { "cannot be read" } else { "is missing" };
            Err(damaged("WF3025", folder, witness::NAME, format_args!("{what}: it says how far the store had come")))
        }
        (found, Some(reached)) if found.unwrap_or_default() < reached.generation => {
            let what = format!(
                "ends with write {}, and write {} was synced: its end is lost",
                found.unwrap_or_default(),
                reached.generation
            );
            Err(damaged("WF3024", folder, "db", what))
        }
        _ => Ok(()),
    }
}
