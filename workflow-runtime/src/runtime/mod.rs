//! The tokio driver: it loads, decides, commits and only then acts.

/// Runs workflows on a store.
#[derive(Debug)]
pub struct Runtime {}
