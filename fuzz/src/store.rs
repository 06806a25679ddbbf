//! What lies in a store's log and in its sled, put there by somebody else: it is a store, or it is refused, and what is
//! acknowledged on top of it is there when it is opened again.

use std::cell::{Cell, RefCell};

use workflow_runtime::engine::ExecutionStatus;
use workflow_runtime::store::{
    Commit, DefinitionHash, ExecutionHead, ListQuery, PruneQuery, SledStore, Store, StoreError, StoreErrorKind,
    StoredExecution, Tampered,
};
use workflow_runtime::time::Timestamp;

/// Parts of an input.
const PARTS_MAX: usize = 200;

/// Pages of a listing.
const PAGES_MAX: usize = 50;

thread_local! {
    /// Something of the store could not be read, and that was said: an opening that has to read it may be refused.
    static IS_DAMAGED: Cell<bool> = const { Cell::new(false) };
    static STORE: RefCell<(Tampered, tempfile::TempDir)> = {
        let folder = tempfile::tempdir().expect("a temporary folder");
        RefCell::new((Tampered::new(folder.path()).expect("a database"), folder))
    };
}

/// Parts, each a byte that says what it is, its length as two bytes, and its body.
pub fn store(data: &[u8]) {
    STORE.with_borrow_mut(|(tampered, _)| {
        tampered.clear().expect("an empty store");
        IS_DAMAGED.set(false);
        let definitions = write(tampered, data).expect("the disk has room");
        match tampered.open() {
            Ok(store) => {
                let added = look(&store, &definitions);
                drop(store);
                reopen(tampered, added);
            }
            Err(fault) => refusal(&fault),
        }
    });
}

/// Whatever is wrong is said with a code.
fn refusal(fault: &StoreError) {
    assert!(fault.code.starts_with("WF3") && !fault.message.is_empty(), "{fault:?}");
    if fault.kind == StoreErrorKind::Corrupt {
        IS_DAMAGED.set(true);
    }
}

/// Hashes of definitions that were written.
fn write(tampered: &mut Tampered, mut rest: &[u8]) -> Result<Vec<DefinitionHash>, StoreError> {
    let (mut definitions, mut sequence) = (Vec::new(), 1);
    for _ in 0..PARTS_MAX {
        let [what, low, high, after @ ..] = rest else { break };
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(after.len());
        let (body, after) = after.split_at(length);
        rest = after;
        match what % 8 {
            0 => tampered.bytes(body),
            1 => {
                tampered.frame(1, sequence, sequence - 1, body);
                sequence += 1;
            }
            2 => {
                tampered.frame(2, sequence, sequence - 1, &[]);
                tampered.next_segment(None);
            }
            3 => {
                let ([kind, fields @ ..], content) = body.split_first_chunk::<17>().unwrap_or((&[0; 17], body));
                let (left, right) = fields.split_at(8);
                let number = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes);
                tampered.frame(u32::from(*kind), number(left), number(right), content);
            }
            4 => tampered.next_segment(Some(body)),
            kind => {
                let (key, content) = keyed(body);
                if let (Some(b'd'), Some(hash)) = (key.first(), key.get(1..).and_then(|hash| hash.first_chunk::<32>()))
                {
                    definitions.push(DefinitionHash(*hash));
                }
                match kind {
                    5 => tampered.value(key, content)?,
                    6 => tampered.raw_value(key, content)?,
                    _ => tampered.chunked(key, content)?,
                }
            }
        }
    }
    Ok(definitions)
}

/// A key behind its length as one byte, and what follows it.
fn keyed(body: &[u8]) -> (&[u8], &[u8]) {
    let Some((length, body)) = body.split_first() else { return (b"x", b"") };
    body.split_at(usize::from(*length).min(body.len()))
}

/// Everything that a store is asked; the execution that was added to it.
fn look(store: &SledStore, definitions: &[DefinitionHash]) -> Option<StoredExecution> {
    read(store, definitions);
    let claim = store.claim().inspect_err(refusal).ok()?;
    for unfinished in &claim.unfinished {
        let loaded = store.load(unfinished.head.number).inspect_err(refusal).ok().flatten();
        assert!(loaded.is_none_or(|loaded| loaded.records == unfinished.records));
    }
    let head = ExecutionHead {
        number: claim.next_number,
        workflow: "Fuzz".to_owned(),
        name: "added".to_owned(),
        definition: DefinitionHash([3; 32]),
        status: ExecutionStatus::Running,
        started_at: Timestamp::from_millis(0),
        stopped_at: None,
    };
    let added = StoredExecution { head: head.clone(), records: vec![b"first".to_vec(), vec![7; 3000]] };
    for record in &added.records {
        let commit = Commit { number: head.number, record: record.clone(), head: Some(head.clone()) };
        store.commit(claim.fencing, vec![commit]).inspect_err(refusal).ok()?;
    }
    let query = PruneQuery { dry_run: false, ..PruneQuery::ended_before(Timestamp::from_millis(i64::MAX)) };
    let _ = store.prune(claim.fencing, &query).inspect_err(refusal);
    assert_eq!(store.load(head.number).expect("what was added"), Some(added.clone()));
    read(store, definitions);
    Some(added)
}

fn read(store: &SledStore, definitions: &[DefinitionHash]) {
    let mut query = ListQuery::default();
    for _ in 0..PAGES_MAX {
        let Ok(heads) = store.list(&query).inspect_err(refusal) else { break };
        let Some(last) = heads.last() else { break };
        query.before = Some(last.number);
        for head in heads {
            let _ = store.load(head.number).inspect_err(refusal);
            let _ = store.find(&head.workflow, &head.name).inspect_err(refusal);
        }
    }
    let _ = store.find("Fuzz", "unknown").inspect_err(refusal);
    for hash in definitions {
        let _ = store.definition(*hash).inspect_err(refusal);
    }
}

/// What was acknowledged is there.
fn reopen(tampered: &Tampered, added: Option<StoredExecution>) {
    let Some(added) = added else { return };
    let store = match tampered.open() {
        Err(fault) if fault.kind == StoreErrorKind::Corrupt && IS_DAMAGED.get() => return,
        opened => opened.expect("it opened before"),
    };
    assert_eq!(store.load(added.head.number).expect("what was added"), Some(added));
}
