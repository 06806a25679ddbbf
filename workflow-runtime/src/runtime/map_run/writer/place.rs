//! One owner's files in the folder of a map run.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::WriteError;
use crate::runtime::map_run::WRITING;

/// Where a map run's results are to be.
pub(in crate::runtime::map_run) struct Target<'a> {
    pub(in crate::runtime::map_run) bucket: &'a str,
    pub(in crate::runtime::map_run) prefix: &'a str,
    pub(in crate::runtime::map_run) id: &'a str,
    /// The bucket's own folder.
    pub(in crate::runtime::map_run) root: PathBuf,
    /// That of the map run in it.
    pub(in crate::runtime::map_run) folder: PathBuf,
    /// Whether what is written is to outlive the machine's end.
    pub(in crate::runtime::map_run) durable: bool,
}

/// The files of one owner.
#[derive(Debug)]
pub(super) struct Part {
    folder: PathBuf,
    /// The folders that may be new, from the inner to the outer one.
    above: Vec<PathBuf>,
    owner: u64,
    /// Names were given that are not durable yet.
    has_new: AtomicBool,
    pub(super) durable: bool,
}

impl Part {
    /// The folder is made.
    pub(super) fn of(target: Target<'_>, owner: u64) -> Result<Self, WriteError> {
        let Target { root, folder, durable, .. } = target;
        fs::create_dir_all(&folder).map_err(|error| fault(&folder, &error))?;
        let above = folder.ancestors().skip(1).take_while(|above| above.starts_with(&root)).map(Path::to_owned);
        Ok(Self { above: above.collect(), folder, owner, has_new: AtomicBool::new(true), durable })
    }

    /// Where the owner writes the file of this name.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path_of(name, self.owner)
    }

    fn path_of(&self, name: &str, owner: u64) -> PathBuf {
        self.folder.join(format!("{WRITING}{owner}-{name}"))
    }

    /// The owner's file, cut to this length.
    pub(super) fn open(&self, name: &str, bytes: u64) -> Result<BufWriter<File>, WriteError> {
        let path = self.path(name);
        let fault = |error: io::Error| fault(&path, &error);
        self.has_new.store(true, Ordering::Relaxed);
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(fault)?;
        check_length(&path, file.metadata().map_err(fault)?.len(), bytes)?;
        file.set_len(bytes).map_err(fault)?;
        file.seek(SeekFrom::Start(bytes)).map_err(fault)?;
        Ok(BufWriter::with_capacity(64 * 1024, file))
    }

    /// Copies so much of a file of the owner before; all of it where it was ended.
    pub(super) fn take_over(&self, name: &str, before: u64, bytes: Option<u64>) -> Result<(), WriteError> {
        let (own, theirs) = (self.path(name), self.path_of(name, before));
        let fault = |error: io::Error| fault(&own, &error);
        // That one may have got as far as to give the file its name.
        let (mut from, path) = match File::open(&theirs) {
            Ok(file) => (file, theirs),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let path = self.folder.join(name);
                let file = File::open(&path).map_err(|error| match error.kind() {
                    io::ErrorKind::NotFound => gone(&path),
                    _ => fault(error),
                });
                (file?, path)
            }
            Err(error) => return Err(fault(error)),
        };
        let length = from.metadata().map_err(fault)?.len();
        check_length(&path, length, bytes.unwrap_or_default())?;
        self.has_new.store(true, Ordering::Relaxed);
        let mut to = File::create(&own).map_err(fault)?;
        io::copy(&mut Read::by_ref(&mut from).take(bytes.unwrap_or(length)), &mut to).map_err(fault)?;
        if self.durable { to.sync_all().map_err(fault) } else { Ok(()) }
    }

    /// Gives the owner's file the name that everybody knows.
    pub(super) fn publish(&self, name: &str) -> Result<(), WriteError> {
        self.has_new.store(true, Ordering::Relaxed);
        fs::rename(self.path(name), self.folder.join(name)).map_err(|error| fault(&self.folder.join(name), &error))
    }

    /// A small file under its name, all of it or nothing.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), WriteError> {
        let path = self.path(name);
        let fault = |error: io::Error| fault(&path, &error);
        fs::write(&path, text).map_err(fault)?;
        if self.durable {
            File::open(&path).and_then(|file| file.sync_all()).map_err(fault)?;
        }
        self.publish(name)?;
        self.sync()
    }

    /// Names are durable: what a record speaks of is found after a power loss.
    pub(super) fn sync(&self) -> Result<(), WriteError> {
        if cfg!(unix) && self.durable && self.has_new.swap(false, Ordering::Relaxed) {
            for folder in std::iter::once(&self.folder).chain(&self.above) {
                match File::open(folder).and_then(|folder| folder.sync_all()) {
                    // Not every file system can, and not everybody who writes may look.
                    Err(error) if !is_unable(&error) => return Err(fault(folder, &error)),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Removes what owners before have left; what cannot be removed stays.
    pub(super) fn clear(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let owner =
                name.to_str().and_then(|name| name.strip_prefix(WRITING)?.split_once('-')?.0.parse::<u64>().ok());
            if owner.is_some_and(|owner| owner <= self.owner) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn is_unable(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied)
}

fn check_length(path: &Path, length: u64, bytes: u64) -> Result<(), WriteError> {
    if length < bytes {
        let path = path.display();
        return Err(format!("{path} has {length} bytes where {bytes} were written: somebody has changed it [WF2204]"));
    }
    Ok(())
}

fn gone(path: &Path) -> WriteError {
    format!("{} was written, and is not there: somebody has removed it [WF2204]", path.display())
}

pub(super) fn fault(path: &Path, error: &io::Error) -> WriteError {
    format!("{} cannot be written: {error} [WF2204]", path.display())
}
