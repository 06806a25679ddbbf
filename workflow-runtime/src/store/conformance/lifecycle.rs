//! From the first record to the last, and on again.

use super::{StoreFactory, ended, first, head, next, own, records};
use crate::engine::ExecutionStatus;
use crate::store::{DefinitionHash, ExecutionNumber, ListQuery, StoreErrorKind};

pub(super) fn a_new_store_is_empty(factory: &dyn StoreFactory) {
    let store = factory.create();
    let claim = store.claim().expect("claim");
    assert!(claim.unfinished.is_empty());
    assert!(claim.next_number.0 > 0, "numbers start above 0");
    assert_eq!(store.find("Order", "A").expect("find"), None);
    assert_eq!(store.load(ExecutionNumber(1)).expect("load"), None);
    assert_eq!(store.list(&ListQuery::default()).expect("list"), []);
    assert_eq!(store.definition(DefinitionHash([0; 32])).expect("definition"), None);
}

pub(super) fn the_first_record_makes_an_execution_visible(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = own(&*store);
    let order = head(1, "Order", "A");
    store.commit(owner, vec![first(&order, b"started")]).expect("commit");
    assert_eq!(store.find("Order", "A").expect("find"), Some(order.clone()));
    assert_eq!(store.list(&ListQuery::default()).expect("list"), std::slice::from_ref(&order));
    let stored = store.load(order.number).expect("load").expect("stored");
    assert_eq!((stored.head, stored.records), (order, vec![b"started".to_vec()]));
}

pub(super) fn records_keep_their_order(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = own(&*store);
    let (a, b) = (head(1, "Order", "A"), head(2, "Order", "B"));
    store.commit(owner, vec![first(&a, b"a0"), first(&b, b"b0"), next(1, b"a1"), next(1, b"a2")]).expect("commit");
    store.commit(owner, vec![next(2, b"b1"), next(1, b"a3"), next(2, b"b2")]).expect("commit");
    assert_eq!(records(&*store, 1), [b"a0", b"a1", b"a2", b"a3"]);
    assert_eq!(records(&*store, 2), [b"b0", b"b1", b"b2"]);
}

pub(super) fn a_batch_is_all_or_nothing(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = own(&*store);
    let order = head(1, "Order", "A");
    store.commit(owner, vec![first(&order, b"a0")]).expect("commit");
    let refused = store.commit(owner, vec![next(1, b"a1"), next(9, b"nobody's")]).expect_err("9 is not known");
    assert_eq!(refused.kind, StoreErrorKind::Permanent);
    assert_eq!(records(&*store, 1), [b"a0"]);
    store.commit(owner, vec![next(1, b"a1")]).expect("a refused batch does no harm");
    assert_eq!(records(&*store, 1), [b"a0", b"a1"]);
}

pub(super) fn a_head_must_name_its_own_execution(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = own(&*store);
    let mut commit = first(&head(1, "Order", "A"), b"a0");
    commit.number = ExecutionNumber(2);
    assert_eq!(store.commit(owner, vec![commit]).expect_err("foreign head").kind, StoreErrorKind::Permanent);
    assert_eq!(store.find("Order", "A").expect("find"), None);
}

pub(super) fn an_empty_batch_changes_nothing(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = own(&*store);
    store.commit(owner, Vec::new()).expect("commit");
    assert_eq!(store.list(&ListQuery::default()).expect("list"), []);
}

pub(super) fn an_ended_execution_stays_readable(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = own(&*store);
    let order = head(1, "Order", "A");
    let done = ended(order.clone(), ExecutionStatus::Succeeded);
    store.commit(owner, vec![first(&order, b"a0")]).expect("commit");
    store.commit(owner, vec![first(&done, b"a1")]).expect("commit");
    assert_eq!(store.find("Order", "A").expect("find"), Some(done.clone()));
    assert_eq!(store.list(&ListQuery::default()).expect("list"), [done]);
    assert_eq!(records(&*store, 1), [b"a0", b"a1"]);
}

pub(super) fn a_redriven_execution_goes_on(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = own(&*store);
    let order = head(1, "Order", "A");
    store.commit(owner, vec![first(&order, b"a0")]).expect("commit");
    store.commit(owner, vec![first(&ended(order.clone(), ExecutionStatus::Failed), b"a1")]).expect("commit");
    store.commit(owner, vec![first(&order, b"a2")]).expect("redrive");
    assert_eq!(store.find("Order", "A").expect("find"), Some(order.clone()));
    store.commit(owner, vec![next(1, b"a3")]).expect("commit");
    assert_eq!(store.claim().expect("claim").unfinished.len(), 1);
    let owner = own(&*store);
    let done = ended(order, ExecutionStatus::Succeeded);
    store.commit(owner, vec![first(&done, b"a4")]).expect("commit");
    assert_eq!(records(&*store, 1), [b"a0", b"a1", b"a2", b"a3", b"a4"]);
    assert_eq!(store.list(&ListQuery::default()).expect("list"), [done], "listed once");
}

pub(super) fn records_may_be_empty_or_large(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = own(&*store);
    let large: Vec<u8> = (0..700_000_u32).map(|i| i.to_le_bytes()[usize::from(i % 7 == 0)]).collect();
    let order = head(1, "Order", "A");
    store.commit(owner, vec![first(&order, b""), next(1, &large), next(1, b"small")]).expect("commit");
    let expected = vec![Vec::new(), large.clone(), b"small".to_vec()];
    assert!(records(&*store, 1) == expected, "live");
    let store = factory.reopen(store);
    assert!(records(&*store, 1) == expected, "reopened");
    let owner = own(&*store);
    store.commit(owner, vec![first(&ended(order, ExecutionStatus::Succeeded), &large)]).expect("commit");
    let store = factory.reopen(store);
    assert!(records(&*store, 1) == [expected, vec![large]].concat(), "ended");
}

pub(super) fn one_batch_may_hold_a_whole_execution(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = own(&*store);
    let order = head(1, "Order", "A");
    let done = ended(order.clone(), ExecutionStatus::Succeeded);
    store.commit(owner, vec![first(&order, b"a0"), next(1, b"a1"), first(&done, b"a2")]).expect("commit");
    assert_eq!(store.find("Order", "A").expect("find"), Some(done));
    assert!(store.claim().expect("claim").unfinished.is_empty());
    assert_eq!(records(&*store, 1), [b"a0", b"a1", b"a2"]);
}
