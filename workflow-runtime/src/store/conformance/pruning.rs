//! Forgetting what ended long ago.

use super::{StoreFactory, ended, first, head, next, own, records};
use crate::engine::ExecutionStatus;
use crate::store::{ExecutionHead, ExecutionNumber, ListQuery, PruneQuery, Pruned, Store, StoreErrorKind};
use crate::time::Timestamp;

/// Ended at this second of the conformance suite's day.
fn ended_at(number: u64, name: &str, second: i64) -> ExecutionHead {
    let mut head = ended(head(number, "Order", name), ExecutionStatus::Succeeded);
    head.stopped_at = Some(at(second));
    head
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000 + 1_000 * second)
}

fn numbers(of: &[u64]) -> Vec<ExecutionNumber> {
    of.iter().copied().map(ExecutionNumber).collect()
}

fn listed(store: &dyn Store) -> Vec<ExecutionNumber> {
    store.list(&ListQuery::default()).expect("list").into_iter().map(|head| head.number).collect()
}

/// 1 ended at 10, 2 runs, 3 ended at 30, 4 at 40.
fn with_four(store: &dyn Store) -> crate::store::Fencing {
    let owner = own(store);
    store.commit(owner, vec![first(&ended_at(1, "A", 10), b"a0")]).expect("commit");
    store.commit(owner, vec![first(&head(2, "Order", "B"), b"b0")]).expect("commit");
    store.commit(owner, vec![first(&ended_at(3, "C", 30), b"c0"), next(3, b"c1")]).expect("commit");
    store.commit(owner, vec![first(&ended_at(4, "D", 40), b"d0")]).expect("commit");
    owner
}

pub(super) fn pruning_forgets_what_ended_before(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = with_four(&*store);
    let query = PruneQuery::ended_before(at(31));
    let dry = store.prune(owner, &PruneQuery { dry_run: true, ..query.clone() }).expect("a dry run");
    assert_eq!(dry, Pruned { forgotten: numbers(&[1, 3]), next: None });
    assert_eq!(listed(&*store), numbers(&[4, 3, 2, 1]));
    assert_eq!(store.prune(owner, &query).expect("prune"), dry);
    assert_eq!(listed(&*store), numbers(&[4, 2]));
    for gone in [1, 3] {
        assert_eq!(store.load(ExecutionNumber(gone)).expect("load"), None);
    }
    assert_eq!(store.find("Order", "A").expect("find"), None);
    assert_eq!(records(&*store, 2), [b"b0"]);
    assert_eq!(records(&*store, 4), [b"d0"]);
    assert_eq!(store.prune(owner, &query).expect("again"), Pruned::default());
    store.commit(owner, vec![next(2, b"b1")]).expect("the others go on");
    let late = store.commit(owner, vec![next(1, b"a1")]).expect_err("it is not known any more");
    assert_eq!(late.kind, StoreErrorKind::Permanent);
}

pub(super) fn a_forgotten_name_is_free_again(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = with_four(&*store);
    store.prune(owner, &PruneQuery::ended_before(at(31))).expect("prune");
    let again = head(5, "Order", "A");
    store.commit(owner, vec![first(&again, b"again")]).expect("commit");
    assert_eq!(store.find("Order", "A").expect("find"), Some(again));
    assert_eq!(records(&*store, 5), [b"again"]);
    assert!(!store.claim().expect("claim").unfinished.iter().any(|stored| stored.head.number.0 == 1));
}

pub(super) fn of_those_that_are_named_no_other_is_forgotten(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = with_four(&*store);
    let only = Some(numbers(&[2, 3]).into_iter().collect());
    let query = PruneQuery { only, ..PruneQuery::ended_before(at(99)) };
    assert_eq!(store.prune(owner, &query).expect("prune").forgotten, numbers(&[3]));
    assert_eq!(listed(&*store), numbers(&[4, 2, 1]));
}

pub(super) fn pruning_is_done_in_pieces(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = with_four(&*store);
    let mut query = PruneQuery { limit: 2, ..PruneQuery::ended_before(at(99)) };
    let mut forgotten = Vec::new();
    for _ in 0..5 {
        let pruned = store.prune(owner, &query).expect("prune");
        assert!(pruned.forgotten.len() <= 2);
        forgotten.extend(pruned.forgotten);
        query.after = pruned.next;
        if query.after.is_none() {
            break;
        }
    }
    assert_eq!(query.after, None, "it comes to an end");
    assert_eq!(forgotten, numbers(&[1, 3, 4]));
    assert_eq!(listed(&*store), numbers(&[2]));
}

pub(super) fn only_the_owner_prunes(factory: &dyn StoreFactory) {
    let store = factory.create();
    let old = with_four(&*store);
    own(&*store);
    let refused = store.prune(old, &PruneQuery::ended_before(at(99))).expect_err("an old owner");
    assert_eq!(refused.kind, StoreErrorKind::LeaseLost);
    assert_eq!(listed(&*store), numbers(&[4, 3, 2, 1]));
}

pub(super) fn what_is_forgotten_stays_forgotten(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = with_four(&*store);
    store.prune(owner, &PruneQuery::ended_before(at(99))).expect("prune");
    let store = factory.reopen(store);
    let claim = store.claim().expect("claim");
    assert!(claim.next_number.0 > 4, "numbers are not used again: {:?}", claim.next_number);
    assert_eq!(listed(&*store), numbers(&[2]));
    assert_eq!(store.find("Order", "D").expect("find"), None);
    assert_eq!(store.load(ExecutionNumber(4)).expect("load"), None);
    assert_eq!(claim.unfinished.len(), 1);
}

pub(super) fn an_execution_that_runs_again_is_kept(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = own(&*store);
    let failed = ended(head(1, "Order", "A"), ExecutionStatus::Failed);
    store.commit(owner, vec![first(&failed, b"a0")]).expect("commit");
    let mut again = next(1, b"redriven");
    again.head = Some(head(1, "Order", "A"));
    store.commit(owner, vec![again]).expect("redrive");
    assert_eq!(store.prune(owner, &PruneQuery::ended_before(at(9_999))).expect("prune"), Pruned::default());
    assert_eq!(records(&*store, 1), [&b"a0"[..], b"redriven"]);
}
