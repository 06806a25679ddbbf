//! Who may write, and what an owner finds.

use super::{StoreFactory, ended, first, head, next, own, records};
use crate::engine::ExecutionStatus;
use crate::store::StoreErrorKind;

pub(super) fn claim_raises_the_fencing_number(factory: &dyn StoreFactory) {
    let store = factory.create();
    let (one, two) = (own(&*store), own(&*store));
    assert!(two > one, "{two:?} after {one:?}");
}

pub(super) fn an_old_fencing_number_is_refused(factory: &dyn StoreFactory) {
    let store = factory.create();
    let old = own(&*store);
    let order = head(1, "Order", "A");
    store.commit(old, vec![first(&order, b"a0")]).expect("commit");
    let new = own(&*store);
    let refused = store.commit(old, vec![next(1, b"late")]).expect_err("an old owner");
    assert_eq!(refused.kind, StoreErrorKind::LeaseLost);
    assert_eq!(store.commit(old, Vec::new()).expect_err("even with nothing").kind, StoreErrorKind::LeaseLost);
    store.commit(new, vec![next(1, b"a1")]).expect("the owner");
    assert_eq!(records(&*store, 1), [b"a0", b"a1"]);
}

pub(super) fn claim_finds_only_what_is_unfinished(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = own(&*store);
    for number in 1..=6 {
        let order = head(number, "Order", &format!("order {number}"));
        store.commit(owner, vec![first(&order, b"started"), next(number, b"went on")]).expect("commit");
        if number % 2 == 0 {
            let done = ended(order, ExecutionStatus::Succeeded);
            store.commit(owner, vec![first(&done, b"ended")]).expect("commit");
        }
    }
    let store = factory.reopen(store);
    let mut unfinished = store.claim().expect("claim").unfinished;
    unfinished.sort_by_key(|stored| stored.head.number);
    let found: Vec<u64> = unfinished.iter().map(|stored| stored.head.number.0).collect();
    assert_eq!(found, [1, 3, 5]);
    assert!(unfinished.iter().all(|stored| stored.records == [b"started".to_vec(), b"went on".to_vec()]));
}

pub(super) fn numbers_are_never_given_twice(factory: &dyn StoreFactory) {
    let store = factory.create();
    let claim = store.claim().expect("claim");
    let number = claim.next_number.0 + 40;
    let order = head(number, "Order", "A");
    let done = ended(order.clone(), ExecutionStatus::Succeeded);
    store.commit(claim.fencing, vec![first(&order, b"a0"), first(&done, b"a1")]).expect("commit");
    assert!(store.claim().expect("claim").next_number.0 > number);
    let store = factory.reopen(store);
    assert!(store.claim().expect("claim").next_number.0 > number, "after reopening");
}
