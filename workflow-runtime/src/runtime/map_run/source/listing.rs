//! The objects of a bucket: the files of a folder, in the order of their keys.

use std::fs::{self, DirEntry, Metadata};
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use super::{Pages, Stop};
use crate::runtime::map_run::WRITING;

pub(super) fn read(folder: &Path, prefix: &str, pages: &mut Pages) -> Result<(), Stop> {
    walk(folder, "", prefix, pages)
}

/// What stands in a folder, its own folders by their keys with the `/`: `a.b` comes before `a/b`, as in a bucket.
fn walk(folder: &Path, at: &str, prefix: &str, pages: &mut Pages) -> Result<(), Stop> {
    let fault = |error: std::io::Error| Some(format!("{}: {error}", folder.display()));
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        // Keys are UTF-8: what is not cannot be named.
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        // An object is there once it is whole.
        if name.starts_with(WRITING) {
            continue;
        }
        let is_folder = fs::metadata(entry.path()).is_ok_and(|about| about.is_dir());
        let key = if is_folder { format!("{at}{name}/") } else { format!("{at}{name}") };
        if key.starts_with(prefix) || (is_folder && prefix.starts_with(&key)) {
            entries.push((key, is_folder, entry));
        }
    }
    entries.sort_by(|left, right| left.0.cmp(&right.0));
    for (key, is_folder, entry) in entries {
        if is_folder {
            walk(&entry.path(), &key, prefix, pages)?;
        } else if !pages.passes()? {
            pages.push(None, object(&key, &entry)?)?;
        }
    }
    Ok(())
}

fn object(key: &str, entry: &DirEntry) -> Result<Value, Stop> {
    let about = fs::metadata(entry.path()).map_err(|error| Some(format!("{key}: {error}")))?;
    let modified = seconds(&about);
    // Changes with the content, as far as the file system tells.
    let etag = format!("\"{:x}-{:x}\"", modified.to_bits(), about.len());
    Ok(json!({
        "Etag": etag,
        "Key": key,
        "LastModified": modified,
        "Size": about.len(),
        "StorageClass": "STANDARD",
    }))
}

/// Since 1970, whole as S3 has them.
#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 stay far below 2^53")]
fn seconds(about: &Metadata) -> f64 {
    let since = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    since.map_or(0.0, |since| since.as_secs() as f64)
}
