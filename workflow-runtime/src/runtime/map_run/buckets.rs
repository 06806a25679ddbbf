//! Buckets on this machine: folders.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Which folder stands for which bucket.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buckets {
    named: BTreeMap<String, PathBuf>,
    /// Every other bucket is a folder in this one.
    root: Option<PathBuf>,
}

impl Buckets {
    pub(crate) fn add(&mut self, bucket: String, folder: PathBuf) {
        self.named.insert(bucket, folder);
    }

    pub(crate) fn set_root(&mut self, root: PathBuf) {
        self.root = Some(root);
    }

    /// The folder of a bucket.
    ///
    /// # Errors
    /// A text for people: none stands for it.
    pub(crate) fn folder(&self, bucket: &str) -> Result<PathBuf, String> {
        if let Some(folder) = self.named.get(bucket) {
            return Ok(folder.clone());
        }
        match &self.root {
            Some(root) if is_plain(bucket) => Ok(root.join(bucket)),
            Some(_) => Err(format!("`{bucket}` is no name of a bucket [WF2201]")),
            None => Err(format!(
                "no folder stands for the bucket `{bucket}` here: say `.bucket(\"{bucket}\", \"path/to/folder\")` on the `App` or \
                 the runtime's builder [WF2201]"
            )),
        }
    }

    /// The file of an object.
    ///
    /// # Errors
    /// A text for people: no folder stands for the bucket, or the key leads out of it.
    pub(crate) fn file(&self, bucket: &str, key: &str) -> Result<PathBuf, String> {
        let folder = self.folder(bucket)?;
        let inside = Path::new(key).components().all(|part| matches!(part, Component::Normal(_)));
        if key.is_empty() || !inside {
            return Err(format!("the key `{key}` names no file in the folder of bucket `{bucket}` [WF2202]"));
        }
        Ok(folder.join(key))
    }
}

fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_folders_and_keys_stay_inside() {
        let mut buckets = Buckets::default();
        assert!(
            buckets.folder("orders").is_err_and(|why| why.contains(".bucket(\"orders\"") && why.contains("WF2201"))
        );
        buckets.add("orders".to_owned(), PathBuf::from("/data/o"));
        assert_eq!(buckets.file("orders", "a/b.csv"), Ok(PathBuf::from("/data/o/a/b.csv")));
        assert!(buckets.folder("other").is_err());
        buckets.set_root(PathBuf::from("/all"));
        assert_eq!(buckets.folder("other"), Ok(PathBuf::from("/all/other")));
        assert_eq!(buckets.folder("orders"), Ok(PathBuf::from("/data/o")));
        for key in ["", "../x", "/etc/passwd", "a/../../x"] {
            assert!(buckets.file("orders", key).is_err_and(|why| why.contains("WF2202")), "{key}");
        }
        for bucket in ["", "..", "a/b"] {
            assert!(buckets.folder(bucket).is_err(), "{bucket}");
        }
    }
}
