//! Any sequence of operations on two stores: every answer must be the same.

use super::{StoreFactory, ended, head};
use crate::engine::ExecutionStatus;
use crate::store::{Commit, DefinitionHash, ExecutionNumber, Fencing, ListQuery, Store, StoreError, StoredExecution};

/// One call, in terms that make sense at any point of a sequence.
#[derive(Clone, Debug)]
pub enum Operation {
    /// A batch: for each entry the execution (taken modulo those that are there, or a new one), what becomes of its
    /// status, and the record's length.
    Commit(Vec<(u16, Change, u16)>),
    /// Close and open again, then claim.
    Reopen,
    /// Claim again; what the old owner commits from here on is refused.
    Claim,
    /// A commit of the owner before this one.
    CommitStale,
    /// Find this execution's name.
    Find(u16),
    /// Load this execution.
    Load(u16),
    /// List with these filters.
    List {
        /// One of three workflows, or all.
        workflow: Option<u8>,
        /// One of the statuses, or all.
        status: Option<u8>,
        /// The limit.
        limit: u8,
        /// Before this number.
        before: Option<u16>,
    },
    /// Put a definition.
    PutDefinition(u8),
    /// Look a definition up.
    Definition(u8),
}

/// What a record does to its execution.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// It begins a new one.
    Begin,
    /// The status stays.
    Keep,
    /// It ends, or runs again if it had ended.
    Turn(u8),
}

const STATUSES: [ExecutionStatus; 5] = [
    ExecutionStatus::Running,
    ExecutionStatus::Succeeded,
    ExecutionStatus::Failed,
    ExecutionStatus::TimedOut,
    ExecutionStatus::Aborted,
];

/// An execution's place in the script.
fn slot(number: u64) -> usize {
    usize::try_from(number).expect("few executions") - 1
}

/// What the driver of a comparison remembers to make sense of indices.
struct Script {
    statuses: Vec<ExecutionStatus>,
    written: u64,
}

impl Script {
    fn execution(&self, index: u16) -> u64 {
        let count = u64::try_from(self.statuses.len()).expect("few executions");
        u64::from(index) % (count + 1) + 1
    }

    fn head_of(&self, number: u64) -> crate::store::ExecutionHead {
        let index = slot(number);
        let running = head(number, ["Order", "Refund", "Report"][index % 3], &format!("n{number}"));
        match self.statuses.get(index) {
            None | Some(ExecutionStatus::Running) => running,
            Some(status) => ended(running, *status),
        }
    }

    fn batch(&mut self, entries: &[(u16, Change, u16)]) -> Vec<Commit> {
        let mut batch = Vec::new();
        for (index, change, length) in entries {
            self.written += 1;
            let mut number = self.execution(*index);
            let new = slot(number) >= self.statuses.len() || matches!(change, Change::Begin);
            if new {
                self.statuses.push(ExecutionStatus::Running);
                number = u64::try_from(self.statuses.len()).expect("few executions");
            } else if let Change::Turn(status) = change {
                let turned = match self.statuses[slot(number)] {
                    ExecutionStatus::Running => STATUSES[1 + usize::from(*status) % 4],
                    _ => ExecutionStatus::Running,
                };
                self.statuses[slot(number)] = turned;
            }
            let head = (new || matches!(change, Change::Turn(_))).then(|| self.head_of(number));
            let mut record = self.written.to_be_bytes().to_vec();
            record.resize(usize::from(*length), index.to_be_bytes()[1]);
            batch.push(Commit { number: ExecutionNumber(number), record, head });
        }
        batch
    }
}

/// An execution in a line: of each record, its place in the script, its filling and its length.
fn shown(stored: &StoredExecution) -> String {
    let record = |record: &Vec<u8>| format!("{:?}x{}", record.iter().skip(6).take(3).collect::<Vec<_>>(), record.len());
    let records: Vec<String> = stored.records.iter().map(record).collect();
    format!("{} {} {:?} {records:?}", stored.head.number.0, stored.head.name, stored.head.status)
}

/// One side of a comparison.
struct Side<'a> {
    factory: &'a dyn StoreFactory,
    store: Option<Box<dyn Store>>,
    fencing: Fencing,
    stale: Fencing,
}

impl<'a> Side<'a> {
    fn new(factory: &'a dyn StoreFactory) -> Self {
        let store = factory.create();
        let fencing = store.claim().expect("claim").fencing;
        Self { factory, store: Some(store), fencing, stale: Fencing(0) }
    }

    fn claim(&mut self) -> String {
        let mut claim = self.store().claim().expect("claim");
        claim.unfinished.sort_by_key(|stored| stored.head.number);
        self.stale = self.fencing;
        assert!(claim.fencing > self.stale, "fencing numbers increase");
        self.fencing = claim.fencing;
        let unfinished: Vec<String> = claim.unfinished.iter().map(shown).collect();
        format!("{unfinished:?} next {:?}", claim.next_number)
    }

    fn store(&self) -> &dyn Store {
        &**self.store.as_ref().expect("open")
    }

    fn answer(&mut self, operation: &Operation, batch: &[Commit], script: &Script) -> String {
        let outcome = |result: Result<(), StoreError>| format!("{:?}", result.map_err(|e| (e.kind, e.code)));
        match operation {
            Operation::Commit(_) => outcome(self.store().commit(self.fencing, batch.to_vec())),
            Operation::CommitStale => outcome(self.store().commit(self.stale, Vec::new())),
            Operation::Claim => self.claim(),
            Operation::Reopen => {
                let store = self.store.take().expect("open");
                self.store = Some(self.factory.reopen(store));
                self.claim()
            }
            Operation::Find(index) => {
                let head = script.head_of(script.execution(*index));
                format!("{:?}", self.store().find(&head.workflow, &head.name).expect("find"))
            }
            Operation::Load(index) => {
                let stored = self.store().load(ExecutionNumber(script.execution(*index))).expect("load");
                format!("{:?}", stored.as_ref().map(shown))
            }
            Operation::List { workflow, status, limit, before } => {
                let query = ListQuery {
                    workflow: workflow.map(|w| ["Order", "Refund", "Report"][usize::from(w) % 3].to_owned()),
                    status: status.map(|s| STATUSES[usize::from(s) % 5]),
                    limit: usize::from(*limit),
                    before: before.map(|index| ExecutionNumber(script.execution(index))),
                };
                format!("{:?}", self.store().list(&query).expect("list"))
            }
            Operation::PutDefinition(n) => {
                let text = format!("definition {n}").repeat(usize::from(*n) * 40);
                outcome(self.store().put_definition(DefinitionHash([*n; 32]), &text))
            }
            Operation::Definition(n) => {
                format!("{:?}", self.store().definition(DefinitionHash([*n; 32])).expect("definition"))
            }
        }
    }
}

/// Runs the operations on both stores and compares every answer.
///
/// # Panics
/// At the first answer that differs.
pub fn compare(one: &dyn StoreFactory, other: &dyn StoreFactory, operations: &[Operation]) {
    let mut script = Script { statuses: Vec::new(), written: 0 };
    let (mut one, mut other) = (Side::new(one), Side::new(other));
    for (step, operation) in operations.iter().enumerate() {
        let batch = match operation {
            Operation::Commit(entries) => script.batch(entries),
            _ => Vec::new(),
        };
        let (left, right) = (one.answer(operation, &batch, &script), other.answer(operation, &batch, &script));
        if left != right {
            let same = left.chars().zip(right.chars()).take_while(|(left, right)| left == right).count();
            let part = |answer: &str| answer.chars().skip(same.saturating_sub(80)).take(240).collect::<String>();
            panic!("step {step}, {operation:?}:\n one   .. {}\n other .. {}", part(&left), part(&right));
        }
    }
}
