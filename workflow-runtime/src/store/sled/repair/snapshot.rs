//! sled's snapshot: where each page lay when the database was opened last.

use std::path::Path;

use super::bytes::Bytes;

/// What a snapshot says.
#[derive(Debug, Default)]
pub(in crate::store::sled) struct Snapshot {
    stable: Option<i64>,
    /// By number; each with its items and their places in the file. Nothing for a page that is free.
    pub(super) pages: Vec<Vec<(i64, u64)>>,
}

/// The newest snapshot's file name, as sled would choose it.
pub(in crate::store::sled) fn newest(folder: &Path) -> std::io::Result<Option<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with("snap.") && !name.ends_with(".generating") && !name.ends_with(".in___motion") {
            names.push(name);
        }
    }
    Ok(names.into_iter().max())
}

impl Snapshot {
    /// `None` for what sled did not write, or wrote half.
    pub(in crate::store::sled) fn decode(bytes: &[u8]) -> Option<Self> {
        let (content, end) = bytes.split_at_checked(bytes.len().checked_sub(12)?)?;
        let mut end = Bytes(end);
        end.fixed()?;
        if content.is_empty() || end.checksum()? != crc32fast::hash(content) {
            return None;
        }
        let mut left = Bytes(content);
        // One is added to what is not negative, so that 0 is none.
        let stable = left.fixed()?;
        let stable = (stable != 0).then(|| if stable > 0 { stable - 1 } else { stable });
        left.number()?;
        let mut pages = Vec::new();
        while !left.is_empty() {
            let items = left.byte()?;
            let mut places = Vec::new();
            for _ in 0..items {
                places.push((left.fixed()?, place(&mut left)?));
                left.number()?;
            }
            if items == 0 {
                left.fixed()?;
                place(&mut left)?;
            }
            pages.push(places);
        }
        Some(Self { stable, pages })
    }

    /// Items before this one are in it.
    pub(super) fn stable(&self) -> i64 {
        self.stable.unwrap_or_default()
    }

    /// The last place in the file that it points to.
    pub(in crate::store::sled) fn end(&self) -> u64 {
        self.pages.iter().flatten().map(|(_, at)| *at).max().unwrap_or_default()
    }
}

fn place(left: &mut Bytes<'_>) -> Option<u64> {
    let is_aside = left.byte()? != 0;
    let at = left.number()?;
    if is_aside {
        left.fixed()?;
    }
    Some(at)
}
