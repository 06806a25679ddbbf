//! Blobs as files in a folder.
//!
//! `ab/<id>` is the content, byte for byte; `ab/<id>.names` lists the blobs that it names, where there are any. Both are written
//! under `new/`, synced, renamed, and their folder synced: a crash leaves a whole file or none.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;

use super::{BlobError, BlobId, BlobReference, BlobStore, NewBlob, ReclaimBlobs, layout};

/// What is being written.
const NEW: &str = "new";
/// What a collection wants to know again.
const REMEMBERED: &str = "unreferenced";

/// Keeps blobs as files in a folder: what a `SledStore` brings along, in the folder `payload-blobs` of its own. One process at a
/// time, as with the store.
#[derive(Clone, Debug)]
pub struct FolderBlobs {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    /// Numbers what is being written.
    next: AtomicU64,
    /// Put since the last collection began. Held while a file gets its name or is removed.
    fresh: Mutex<BTreeSet<BlobId>>,
}

impl FolderBlobs {
    /// Blobs in this folder; it is made with the first of them.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let inner = Inner { folder: folder.into(), next: AtomicU64::new(0), fresh: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }
}

impl Inner {
    /// Nothing panics while it is held half changed, so a poisoned lock is still good.
    fn fresh(&self) -> MutexGuard<'_, BTreeSet<BlobId>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, id: BlobId) -> PathBuf {
        self.folder.join(layout::file(id))
    }

    fn names_path(&self, id: BlobId) -> PathBuf {
        self.folder.join(layout::names_file(id))
    }

    /// A synced file that has no name yet.
    fn write_new(&self, content: &[u8]) -> io::Result<PathBuf> {
        let new = self.folder.join(NEW);
        if !new.is_dir() {
            fs::create_dir_all(&new)?;
            sync_folder(&self.folder)?;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = new.join(format!("{}-{number}", std::process::id()));
        let mut file = File::create(&path)?;
        file.write_all(content)?;
        file.sync_all()?;
        Ok(path)
    }

    fn put(&self, blob: &NewBlob) -> io::Result<()> {
        let path = self.path(blob.id);
        let content = self.write_new(&blob.content)?;
        let names =
            if blob.names.is_empty() { None } else { Some(self.write_new(layout::list(&blob.names).as_bytes())?) };
        let folder = path.parent().unwrap_or(&self.folder);
        let mut fresh = self.fresh();
        fresh.insert(blob.id);
        if !folder.is_dir() {
            fs::create_dir_all(folder)?;
            sync_folder(&self.folder)?;
        }
        // A blob is never without its names.
        if let Some(names) = names {
            fs::rename(names, self.names_path(blob.id))?;
        }
        fs::rename(content, &path)?;
        drop(fresh);
        sync_folder(folder)
    }

    fn unavailable(&self, error: &io::Error) -> BlobError {
        BlobError::unavailable(format_args!("{}: {error}", self.folder.display()))
    }

    fn get(&self, blob: &BlobReference) -> Result<Vec<u8>, BlobError> {
        match fs::read(self.path(blob.id)) {
            Ok(content) => Ok(content),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(BlobError::missing(blob, format_args!("in the folder {}", self.folder.display())))
            }
            Err(error) => Err(self.unavailable(&error)),
        }
    }

    fn list(&self) -> io::Result<Vec<BlobId>> {
        let mut found = Vec::new();
        for shard in entries(&self.folder)? {
            let name = shard.file_name();
            if name.len() == 2 && shard.file_type()?.is_dir() {
                let names = entries(&shard.path())?.into_iter().map(|entry| entry.file_name());
                // A list of names whose blob was never there, or is not any more, is a blob to remove like others.
                let id = |name: &str| name.strip_suffix(layout::NAMES).unwrap_or(name).parse::<BlobId>().ok();
                found.extend(names.filter_map(|name| id(name.to_str()?)));
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    fn names(&self, id: BlobId) -> Result<Vec<BlobId>, BlobError> {
        let path = self.names_path(id);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.unavailable(&error)),
        };
        layout::listed(&text).ok_or_else(|| {
            BlobError::Damaged(format!(
                "{} is damaged: it lists what blob {id} names; restore it from a copy, or remove it where nothing is named \
                 [WF2223]",
                path.display()
            ))
        })
    }

    fn remove(&self, id: BlobId, is_needed: &dyn Fn() -> bool) -> io::Result<Option<u64>> {
        let fresh = self.fresh();
        if fresh.contains(&id) || is_needed() {
            return Ok(None);
        }
        let path = self.path(id);
        let bytes = fs::metadata(&path).map_or(0, |found| found.len());
        // The names go last: what they name is needed as long as this is there.
        for path in [path, self.names_path(id)] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(Some(bytes))
    }
}

/// What stands in a folder; nothing where there is none.
fn entries(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Makes the names in a folder durable, where the system has it.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Off the threads of tokio.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(BlobError::unavailable(error)),
    }
}

impl BlobStore for FolderBlobs {
    fn put(&self, blob: NewBlob) -> BoxFuture<'_, Result<Option<String>, BlobError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(blocking(move || inner.put(&blob).map(|()| None).map_err(|error| inner.unavailable(&error))))
    }

    fn get<'a>(&'a self, blob: &'a BlobReference) -> BoxFuture<'a, Result<Vec<u8>, BlobError>> {
        let (inner, blob) = (Arc::clone(&self.inner), blob.clone());
        Box::pin(blocking(move || inner.get(&blob)))
    }

    fn reclaim(&self) -> Option<&dyn ReclaimBlobs> {
        Some(self)
    }
}

impl ReclaimBlobs for FolderBlobs {
    fn list(&self) -> Result<Vec<BlobId>, BlobError> {
        self.inner.list().map_err(|error| self.inner.unavailable(&error))
    }

    fn names(&self, id: BlobId) -> Result<Vec<BlobId>, BlobError> {
        self.inner.names(id)
    }

    fn remove(&self, id: BlobId, is_needed: &dyn Fn() -> bool) -> Result<Option<u64>, BlobError> {
        self.inner.remove(id, is_needed).map_err(|error| self.inner.unavailable(&error))
    }

    /// What an earlier process did not finish is removed.
    fn begin(&self) -> Vec<BlobId> {
        let own = format!("{}-", std::process::id());
        for left in entries(&self.inner.folder.join(NEW)).unwrap_or_default() {
            if !left.file_name().to_string_lossy().starts_with(&own) {
                // Another time, where it cannot be removed now.
                let _ = fs::remove_file(left.path());
            }
        }
        std::mem::take(&mut *self.inner.fresh()).into_iter().collect()
    }

    /// What was put after the text was written is not in it any more.
    fn remembered(&self) -> String {
        let path = self.inner.folder.join(REMEMBERED);
        let Ok(text) = fs::read_to_string(&path) else { return String::new() };
        let Ok(written) = fs::metadata(&path).and_then(|it| it.modified()) else { return String::new() };
        let is_older = |line: &&str| {
            let Some(Ok(id)) = line.split(' ').next().map(str::parse::<BlobId>) else { return true };
            let put = fs::metadata(self.inner.path(id)).or_else(|_| fs::metadata(self.inner.names_path(id)));
            put.and_then(|it| it.modified()).is_ok_and(|put| put < written)
        };
        text.lines().filter(is_older).collect::<Vec<_>>().join("\n")
    }

    fn remember(&self, text: &str) {
        let written = self.inner.write_new(text.as_bytes());
        if let Err(error) = written.and_then(|new| fs::rename(new, self.inner.folder.join(REMEMBERED))) {
            tracing::debug!(%error, "what blobs nothing names was not remembered");
        }
    }
}
