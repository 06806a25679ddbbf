//! Nobody may have a store open while it is looked at, and nobody may open it while it is copied.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use crate::store::sled::lock;
use crate::store::{StoreError, StoreErrorKind};

/// A database that was closed in this process a moment ago may still hold its lock: sled's threads end later.
const ATTEMPTS: u32 = 200;

/// Holds the locks of a store's folder, of those files that are there: the store's own, and sled's, which stays where somebody
/// has removed the other.
#[derive(Debug)]
pub(super) struct Shut {
    _held: Vec<File>,
}

impl Shut {
    /// Takes them. Nothing is written.
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        let mut held = Vec::new();
        for (name, attempts) in [(lock::NAME, 1), ("db", ATTEMPTS)] {
            let path = folder.join(name);
            // What is no file was locked by nobody.
            let Some(file) = path.is_file().then(|| File::open(path).ok()).flatten() else { continue };
            if is_locked_by_another(&file, attempts) {
                let message = format!("the store in {} is in use by a process; end that first", folder.display());
                return Err(StoreError::new(StoreErrorKind::Busy, "WF3002", message));
            }
            held.push(file);
        }
        Ok(Self { _held: held })
    }
}

/// Locks the file against whoever would write. A file system without locks has none of anybody.
fn is_locked_by_another(file: &File, attempts: u32) -> bool {
    for attempt in 1..=attempts {
        match file.try_lock_shared() {
            Ok(()) | Err(TryLockError::Error(_)) => return false,
            Err(TryLockError::WouldBlock) if attempt < attempts => std::thread::sleep(Duration::from_millis(10)),
            Err(TryLockError::WouldBlock) => {}
        }
    }
    true
}
