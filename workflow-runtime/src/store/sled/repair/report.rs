//! What is said of a damaged store.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::engine::ExecutionStatus;
use crate::store::{DefinitionHash, ExecutionNumber};

/// What is wrong with a store, and what of it is lost.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Diagnosis {
    /// The damaged folder.
    pub folder: PathBuf,
    /// What cannot be read. Some of it may cost nothing.
    pub faults: Vec<Fault>,
    /// A commit at the end of the log that is not whole. After a crash that is nothing: nobody was told of it. Where the machine
    /// has not crashed it is damage, and the executions that it was of are where they stood before.
    pub cut_off: Option<Fault>,
    /// Executions that have all their records.
    pub whole: u64,
    /// Of these, those that run: they go on in the repaired store.
    pub running: u64,
    /// Executions that have, or may have, lost records.
    pub affected: Vec<Affected>,
    /// Numbers of which nothing is known, where something is lost: executions that are lost altogether, or were forgotten, or
    /// numbers that no execution had.
    pub unknown: Vec<RangeInclusive<u64>>,
    /// Whether executions with numbers beyond all known ones may be lost.
    pub newest_may_be_lost: bool,
    /// Definitions that executions run on and that are lost, as hashes.
    pub lost_definitions: Vec<String>,
    /// Values of `Blob` that do not have the content that they are named by.
    pub lost_blobs: Vec<String>,
}

/// Something that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Fault {
    /// In the store's folder.
    pub file: String,
    /// The byte, where it is known.
    pub offset: Option<u64>,
    /// What is wrong there.
    pub what: String,
}

/// An execution that has, or may have, lost records.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Affected {
    /// Its number.
    pub number: ExecutionNumber,
    /// The state machine's name, where it is known.
    pub workflow: Option<String>,
    /// Its own name, where it is known.
    pub name: Option<String>,
    /// Where it stood, as far as is known.
    pub status: Option<ExecutionStatus>,
    /// What it has lost.
    pub loss: Loss,
    /// So many records, from its first one on, are there.
    pub kept: u64,
}

/// What an execution has lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Loss {
    /// What was found of it is without a gap, and it may have gone on in what is lost.
    Doubtful,
    /// Records behind those that were kept.
    Tail,
    /// Its first record, so that nothing can be told but that it was there.
    Beginning,
    /// Everything but its number.
    Everything,
}

impl Diagnosis {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            faults: Vec::new(),
            cut_off: None,
            whole: 0,
            running: 0,
            affected: Vec::new(),
            unknown: Vec::new(),
            newest_may_be_lost: false,
            lost_definitions: Vec::new(),
            lost_blobs: Vec::new(),
        }
    }

    pub(super) fn fault(&mut self, file: &str, offset: Option<u64>, what: impl Into<String>) {
        let fault = Fault { file: file.to_owned(), offset, what: what.into() };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty() && !self.has_losses()
    }

    /// Something is lost, or may be.
    pub fn has_losses(&self) -> bool {
        !self.affected.is_empty()
            || !self.unknown.is_empty()
            || self.newest_may_be_lost
            || !self.lost_definitions.is_empty()
            || !self.lost_blobs.is_empty()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.offset {
            Some(offset) => write!(f, "`{}` at byte {offset}: {}", self.file, self.what),
            None => write!(f, "`{}`: {}", self.file, self.what),
        }
    }
}

impl fmt::Display for Affected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.workflow, &self.name) {
            (Some(workflow), Some(name)) => write!(f, "{workflow} `{name}` (number {})", self.number.0)?,
            _ => write!(f, "number {}, whose name is lost", self.number.0)?,
        }
        let records = if self.kept == 1 { "1 record is".to_owned() } else { format!("{} records are", self.kept) };
        match self.loss {
            Loss::Doubtful => write!(f, ": {records} there, and newer ones may be lost"),
            Loss::Tail => write!(f, ": {records} there, those behind are lost"),
            Loss::Beginning => write!(f, ": its records are lost from the first on"),
            Loss::Everything => write!(f, ": nothing else is left of it"),
        }
    }
}

/// As it is written in a report.
pub(super) fn hex(hash: DefinitionHash) -> String {
    hash.0.iter().fold(String::with_capacity(64), |text, byte| text + &format!("{byte:02x}"))
}
