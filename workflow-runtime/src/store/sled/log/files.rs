//! The only file of the log that touches the file system: a small seam, so that tests can let disks fail and power go.

use std::fmt::Debug;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// The folder of a log.
pub(in crate::store::sled) trait Files: Debug + Send + Sync {
    /// The names of its files, sorted.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Opens a file that is there.
    fn open(&self, name: &str) -> io::Result<Box<dyn Blocks>>;

    /// Makes an empty file, whose name outlives a power cut.
    fn create(&self, name: &str) -> io::Result<Box<dyn Blocks>>;

    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;
}

/// A file that is written at chosen places.
pub(in crate::store::sled) trait Blocks: Debug + Send + Sync {
    /// Its bytes.
    fn size(&self) -> io::Result<u64>;

    /// Fills the buffer from this place on.
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()>;

    /// Hands the bytes to the operating system.
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()>;

    /// What was written before is on the disk afterwards, the file's length included.
    fn sync(&self) -> io::Result<()>;
}

/// A folder of the file system.
#[derive(Debug)]
pub(in crate::store::sled) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder if need be, so that its name outlives a power cut.
    pub(in crate::store::sled) fn open(path: &Path) -> io::Result<Self> {
        if !path.is_dir() {
            std::fs::create_dir(path)?;
            if let Some(parent) = path.parent() {
                File::open(parent)?.sync_all()?;
            }
        }
        Ok(Self(path.to_owned()))
    }
}

impl Files for Folder {
    fn names(&self) -> io::Result<Vec<String>> {
        names(&self.0)
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Blocks>> {
        Ok(Box::new(OnDisk(OpenOptions::new().read(true).write(true).open(self.0.join(name))?)))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Blocks>> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(self.0.join(name))?;
        File::open(&self.0)?.sync_all()?;
        Ok(Box::new(OnDisk(file)))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.0.join(name))
    }
}

/// The same, and nothing in it is changed.
#[derive(Debug)]
pub(in crate::store::sled) struct Untouched(pub(in crate::store::sled) PathBuf);

impl Untouched {
    /// Opens a file for reading.
    pub(in crate::store::sled) fn file(path: &Path) -> io::Result<Box<dyn Blocks>> {
        let file = File::open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
        }
        Ok(Box::new(OnDisk(file)))
    }
}

impl Files for Untouched {
    fn names(&self) -> io::Result<Vec<String>> {
        if self.0.is_dir() { names(&self.0) } else { Ok(Vec::new()) }
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Blocks>> {
        Self::file(&self.0.join(name))
    }

    fn create(&self, _: &str) -> io::Result<Box<dyn Blocks>> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn remove(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

#[derive(Debug)]
struct OnDisk(File);

impl Blocks for OnDisk {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    #[cfg(unix)]
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.0, bytes, at)
    }

    #[cfg(unix)]
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(&self.0, bytes, at)
    }

    #[cfg(windows)]
    fn read_at(&self, mut bytes: &mut [u8], mut at: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            match std::os::windows::fs::FileExt::seek_read(&self.0, bytes, at)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => {
                    bytes = &mut bytes[read..];
                    at += read as u64;
                }
            }
        }
        Ok(())
    }

    #[cfg(windows)]
    fn write_at(&self, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            match std::os::windows::fs::FileExt::seek_write(&self.0, bytes, at)? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => {
                    bytes = &bytes[written..];
                    at += written as u64;
                }
            }
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}
