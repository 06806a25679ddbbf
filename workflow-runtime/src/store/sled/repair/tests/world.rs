//! Stores to be damaged, and what they hold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::engine::{Event, ExecutionStatus, Record, ScopeId};
use crate::json::Json;
use crate::step::ErrorOutput;
use crate::store::conformance::{ended, first, head, next, own};
use crate::store::sled::{SledOptions, SledStore, StoreError};
use crate::store::{
    DefinitionHash, ExecutionHead, ExecutionNumber, Fencing, ListQuery, PruneQuery, Store, StoredExecution,
};
use crate::time::Timestamp;

/// How the store was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Closed.
    Closed,
    /// Its process was killed.
    Killed,
    /// Killed, and most of what sled has was written since it was opened.
    Large,
    /// Closed, with as little in it as has everything.
    Small,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Closed, Self::Killed, Self::Large];
}

/// A store and what it holds.
pub(super) struct World {
    pub(super) folder: PathBuf,
    pub(super) truth: Truth,
    pub(super) temporary: TempDir,
}

/// What a store holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Truth {
    pub(super) executions: BTreeMap<u64, StoredExecution>,
    pub(super) definitions: BTreeMap<DefinitionHash, String>,
    pub(super) fencing: u64,
    /// Executions that had something in the last commits before the process was killed: where those are damaged, nothing is
    /// behind them that could tell.
    pub(super) newest: BTreeSet<u64>,
}

/// Whether an execution can have had these records: nothing follows an end but a redrive.
pub(super) fn is_possible(records: &[Vec<u8>]) -> bool {
    let mut is_running = None;
    for record in records {
        let Ok(record) = Record::decode(record) else { return false };
        for event in &record.events {
            is_running = match (is_running, event) {
                (Some(true), event) if event.is_terminal() => Some(false),
                (None, Event::ExecutionStarted { .. })
                | (Some(false), Event::ExecutionRedriven)
                | (Some(true), Event::TaskSucceeded { .. }) => Some(true),
                _ => return false,
            };
        }
    }
    is_running.is_some()
}

/// What is not as it was.
pub(super) enum Difference {
    /// And the store says so.
    Refused(StoreError),
    Silent(String),
}

impl From<StoreError> for Difference {
    fn from(fault: StoreError) -> Self {
        Self::Refused(fault)
    }
}

fn definition(text: &str) -> DefinitionHash {
    DefinitionHash(Sha256::digest(text.as_bytes()).into())
}

fn begin(number: u64) -> ExecutionHead {
    let text = if number.is_multiple_of(2) { "{\"even\":1}" } else { "{\"odd\":1}" };
    ExecutionHead { definition: definition(text), ..head(number, "Order", &format!("o{number}")) }
}

/// A record of one event.
fn record(event: Event) -> Vec<u8> {
    Record { at: Timestamp::from_millis(1_767_225_600_000), events: vec![event] }.encode()
}

/// So long, and different for each number.
fn text(number: u64, length: usize) -> Json {
    serde_json::Value::from(number.to_string().repeat(length / number.to_string().len())).into()
}

/// Executions that run, end, are redriven, have large records, are forgotten.
fn fill(store: &SledStore, owner: Fencing, numbers: std::ops::RangeInclusive<u64>, size: usize) {
    let begun = |number, length| record(Event::ExecutionStarted { input: text(number, length), seed: 1 });
    let more =
        |number, length| record(Event::TaskSucceeded { scope: ScopeId::default(), output: text(number, length) });
    let failed = record(Event::ExecutionFailed { error: ErrorOutput { error: None, cause: None } });
    for text in ["{\"even\":1}", "{\"odd\":1}"] {
        store.put_definition(definition(text), text).expect("a definition");
    }
    for number in numbers.clone() {
        let running = begin(number);
        store.commit(owner, vec![first(&running, &begun(number, size))]).expect("commit");
        if number % 10 == 3 {
            store.commit(owner, vec![next(number, &more(number, 9_000))]).expect("commit");
        }
        store.commit(owner, vec![next(number, &more(number, 60))]).expect("commit");
        if number % 4 != 0 {
            let done = ended(running.clone(), ExecutionStatus::Failed);
            store.commit(owner, vec![first(&done, &failed)]).expect("commit");
        }
        // One that has ended some time ago goes on, and so does one that runs.
        let before = number.saturating_sub(7);
        if numbers.contains(&before) && number.is_multiple_of(3) {
            let again = (before % 8 == 1).then(|| begin(before));
            if before % 4 == 0 || again.is_some() {
                let commit = again.as_ref().map_or_else(
                    || next(before, &more(before, 20)),
                    |head| first(head, &record(Event::ExecutionRedriven)),
                );
                store.commit(owner, vec![commit]).expect("commit");
            }
        }
    }
}

impl World {
    pub(super) fn new(kind: Kind) -> Self {
        // In memory where that is possible: what is damaged here need not be on a disk.
        let memory = Path::new("/dev/shm");
        let temporary = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let temporary = temporary.expect("a folder");
        let (live, folder) = (temporary.path().join("live"), temporary.path().join("store"));
        let store = SledOptions::new().tiny().open(&live).expect("open");
        let owner = own(&store);
        let (before, forgotten) = if kind == Kind::Small { (10, 3) } else { (60, 20) };
        fill(&store, owner, 1..=before, 120);
        let old = PruneQuery { limit: forgotten, ..PruneQuery::ended_before(Timestamp::from_millis(i64::MAX)) };
        store.prune(owner, &old).expect("prune");
        drop(store);
        let store = SledOptions::new().tiny().open(&live).expect("open");
        let owner = own(&store);
        let (last, size) = match kind {
            Kind::Large => (180, 2_000),
            Kind::Closed | Kind::Killed => (75, 120),
            Kind::Small => (20, 40),
        };
        fill(&store, owner, before + 1..=last, size);
        store.inner.signals.settle();
        if matches!(kind, Kind::Closed | Kind::Small) {
            drop(store);
            copy(&live, &folder);
        } else {
            copy(&live, &folder);
            drop(store);
        }
        let truth = Truth::of(&live);
        let enough = if kind == Kind::Small { 3 } else { 10 };
        assert!(truth.running() > enough && truth.executions.len() > truth.running() + 2 * enough);
        Self { folder, truth, temporary }
    }

    /// A fresh copy.
    pub(super) fn copy(&self, name: &str) -> PathBuf {
        let to = self.temporary.path().join(name);
        let _ = std::fs::remove_dir_all(&to);
        copy(&self.folder, &to);
        to
    }
}

impl Truth {
    pub(super) fn of(folder: &Path) -> Self {
        let store = SledOptions::new().tiny().open(folder).expect("open");
        let mut truth = Self::default();
        for head in store.list(&everything()).expect("list") {
            let stored = store.load(head.number).expect("load").expect("it is listed");
            let text = store.definition(head.definition).expect("read").expect("it is stored");
            truth.definitions.insert(head.definition, text);
            truth.executions.insert(head.number.0, stored);
        }
        truth.fencing = own(&store).0 - 1;
        truth
    }

    pub(super) fn running(&self) -> usize {
        self.executions.values().filter(|stored| stored.head.status == ExecutionStatus::Running).count()
    }

    /// With what was killed, for damage to its log.
    pub(super) fn killed(&self) -> Self {
        let last = self.executions.keys().next_back().copied().unwrap_or_default();
        Self { newest: (last - 15..=last).collect(), ..self.clone() }
    }

    /// Whether that is the execution, or what is left of it when the last commits before a kill are damaged.
    pub(super) fn is_or_was(&self, number: u64, found: Option<&StoredExecution>) -> bool {
        let Some(known) = self.executions.get(&number) else { return false };
        match found {
            Some(found) if found == known => true,
            Some(found) => self.newest.contains(&number) && known.records.starts_with(&found.records),
            None => self.newest.contains(&number),
        }
    }

    /// Whether this store holds exactly that.
    pub(super) fn compare(&self, store: &SledStore) -> Result<(), Difference> {
        let claim = store.claim()?;
        if claim.unfinished.len() != self.running() && self.newest.is_empty() {
            let what = format!("{} executions run, not {}", claim.unfinished.len(), self.running());
            return Err(Difference::Silent(what));
        }
        let listed = store.list(&everything())?;
        for (number, stored) in &self.executions {
            let found = store.load(ExecutionNumber(*number))?;
            if !self.is_or_was(*number, found.as_ref()) {
                return Err(Difference::Silent(format!(
                    "number {number} is another one: {:?}",
                    found.map(|found| found.head)
                )));
            }
            let by_name = store.find(&stored.head.workflow, &stored.head.name)?;
            if by_name != found.map(|found| found.head) {
                return Err(Difference::Silent(format!("number {number} is not found by its name")));
            }
        }
        if listed.len() != self.executions.len() && self.newest.is_empty() {
            return Err(Difference::Silent(format!("{} executions are listed", listed.len())));
        }
        for (hash, text) in &self.definitions {
            if store.definition(*hash)?.as_ref() != Some(text) {
                return Err(Difference::Silent("a definition is gone".to_owned()));
            }
        }
        if claim.fencing.0 <= self.fencing {
            return Err(Difference::Silent(format!("the fencing number {} is given again", claim.fencing.0)));
        }
        Ok(())
    }
}

/// The highest number that a store has an execution of.
pub(super) fn known_to(store: &SledStore) -> u64 {
    let newest = store.list(&ListQuery { limit: 1, ..ListQuery::default() }).expect("list");
    newest.first().map_or(0, |head| head.number.0)
}

fn everything() -> ListQuery {
    ListQuery { limit: 10_000, ..ListQuery::default() }
}

pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the folder").map(|entry| entry.expect("an entry")) {
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copy");
        }
    }
}

/// Every file below, with its bytes; a folder has none.
pub(super) fn files(folder: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, Option<Vec<u8>>>) {
        for entry in std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry")) {
            let path = entry.path();
            let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
            if entry.file_type().expect("a type").is_dir() {
                found.insert(name, None);
                walk(root, &path, found);
            } else {
                found.insert(name, Some(std::fs::read(&path).expect("the file")));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}
