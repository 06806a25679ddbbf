//! What is still there after the store was closed and opened again.

use super::{StoreFactory, ended, first, head, next, own, records};
use crate::engine::ExecutionStatus;
use crate::store::{ExecutionNumber, ListQuery, Store};

pub(super) fn everything_survives_reopening(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = own(&*store);
    let (running, ends) = (head(1, "Order", "A"), head(2, "Order", "B"));
    let done = ended(ends.clone(), ExecutionStatus::TimedOut);
    store.commit(owner, vec![first(&running, b"a0"), first(&ends, b"b0")]).expect("commit");
    store.commit(owner, vec![first(&done, b"b1"), next(1, b"a1")]).expect("commit");
    let mut store = store;
    for _ in 0..3 {
        store = factory.reopen(store);
        assert_eq!(store.find("Order", "A").expect("find"), Some(running.clone()));
        assert_eq!(store.find("Order", "B").expect("find"), Some(done.clone()));
        assert_eq!(records(&*store, 1), [b"a0", b"a1"]);
        assert_eq!(records(&*store, 2), [b"b0", b"b1"]);
    }
}

pub(super) fn fencing_goes_on_after_reopening(factory: &dyn StoreFactory) {
    let store = factory.create();
    let before = own(&*store);
    let store = factory.reopen(store);
    assert!(own(&*store) > before);
}

pub(super) fn a_redrive_survives_reopening(factory: &dyn StoreFactory) {
    let mut store = factory.create();
    let order = head(1, "Order", "A");
    let owner = own(&*store);
    store.commit(owner, vec![first(&order, b"000"), next(1, b"001")]).expect("commit");
    let mut expected = vec![b"000".to_vec(), b"001".to_vec()];
    for round in 0..4 {
        let failed = ended(order.clone(), ExecutionStatus::Failed);
        churn(&*store, 1000 + round * 1000, 700);
        for (head, record) in [(failed, "failed"), (order.clone(), "redriven"), (order.clone(), "on")] {
            let record = format!("{record} {round}").into_bytes();
            store.commit(own(&*store), vec![first(&head, &record)]).expect("commit");
            expected.push(record);
            if round % 2 == 0 {
                churn(&*store, 10_000 + count(&expected) * 1000, 300);
                store = factory.reopen(store);
            }
            assert!(records(&*store, 1) == expected, "round {round}");
            assert_eq!(store.find("Order", "A").expect("find"), Some(head));
        }
    }
}

pub(super) fn a_late_record_leaves_the_end(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = own(&*store);
    // The parked one keeps whatever the other one shares with it.
    let (parked, order) = (head(1, "Order", "parked"), head(2, "Order", "A"));
    let (failed, done) =
        (ended(order.clone(), ExecutionStatus::Failed), ended(order.clone(), ExecutionStatus::Succeeded));
    store.commit(owner, vec![first(&parked, b"p0"), first(&order, b"0")]).expect("commit");
    for (place, head) in [(b"1", failed), (b"2", order), (b"3", done.clone())] {
        store.commit(owner, vec![next(1, b"p"), first(&head, place)]).expect("commit");
    }
    churn(&*store, 1000, 1000);
    let owner = own(&*store);
    store.commit(owner, vec![next(2, b"late")]).expect("commit");
    let store = factory.reopen(store);
    assert_eq!(store.find("Order", "A").expect("find"), Some(done));
    assert_eq!(records(&*store, 2), [&b"0"[..], b"1", b"2", b"3", b"late"]);
    assert_eq!(store.claim().expect("claim").unfinished.len(), 1);
}

fn count(records: &[Vec<u8>]) -> u64 {
    u64::try_from(records.len()).expect("few records")
}

/// So many executions that start and end in batches.
fn churn(store: &dyn Store, from: u64, count: u64) {
    let owner = own(store);
    for group in 0..count.div_ceil(50) {
        let numbers = (from + group * 50)..(from + count.min((group + 1) * 50));
        let heads: Vec<_> = numbers.map(|number| head(number, "Churn", &format!("c{number}"))).collect();
        store.commit(owner, heads.iter().map(|head| first(head, &[1; 150])).collect()).expect("commit");
        for _ in 0..3 {
            store.commit(owner, heads.iter().map(|head| next(head.number.0, &[2; 150])).collect()).expect("commit");
        }
        let done = heads.into_iter().map(|head| ended(head, ExecutionStatus::Succeeded));
        store.commit(owner, done.map(|head| first(&head, b"end")).collect()).expect("commit");
    }
}

pub(super) fn many_executions_come_and_go(factory: &dyn StoreFactory) {
    let store = factory.create();
    churn(&*store, 1, 3000);
    let store = factory.reopen(store);
    churn(&*store, 3001, 3000);
    let store = factory.reopen(store);
    for number in (1..=6000).step_by(37) {
        let stored = store.load(ExecutionNumber(number)).expect("load").expect("stored");
        assert_eq!((stored.records.len(), stored.records[4].as_slice()), (5, &b"end"[..]), "number {number}");
        let found = store.find("Churn", &format!("c{number}")).expect("find");
        assert_eq!(found, Some(stored.head));
    }
    assert_eq!(store.find("Churn", "c6001").expect("find"), None);
    let query = ListQuery { before: Some(ExecutionNumber(2001)), limit: 2500, ..ListQuery::default() };
    let listed: Vec<u64> = store.list(&query).expect("list").iter().map(|head| head.number.0).collect();
    assert_eq!(listed, (1..=2000).rev().collect::<Vec<_>>());
    let claim = store.claim().expect("claim");
    assert!(claim.unfinished.is_empty());
    assert!(claim.next_number.0 > 6000);
}

pub(super) fn a_parked_execution_outlives_the_others(factory: &dyn StoreFactory) {
    let mut store = factory.create();
    let parked = head(1, "Order", "parked");
    let owner = own(&*store);
    store.commit(owner, vec![first(&parked, b"0000"), next(1, b"0001")]).expect("commit");
    let mut expected = vec![b"0000".to_vec(), b"0001".to_vec()];
    for round in 1..=4 {
        churn(&*store, round * 10_000, 1500);
        store = factory.reopen(store);
        assert_eq!(records(&*store, 1), expected);
        let claim = store.claim().expect("claim");
        assert_eq!(claim.unfinished.len(), 1);
        assert_eq!(claim.unfinished[0].records, expected);
        let record = format!("a sign of life {round}").into_bytes();
        store.commit(claim.fencing, vec![next(1, &record)]).expect("commit");
        expected.push(record);
    }
    let owner = own(&*store);
    store.commit(owner, vec![first(&ended(parked, ExecutionStatus::Succeeded), b"end")]).expect("commit");
    expected.push(b"end".to_vec());
    churn(&*store, 90_000, 1500);
    let store = factory.reopen(store);
    assert_eq!(records(&*store, 1), expected);
}

pub(super) fn an_execution_may_have_many_records(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = own(&*store);
    let order = head(1, "Order", "long");
    let mut expected = vec![vec![0; 10]];
    store.commit(owner, vec![first(&order, &expected[0])]).expect("commit");
    for commit in 1..=60_u8 {
        let batch: Vec<_> = (0..20_u8).map(|i| vec![i; usize::from(commit) * 7]).collect();
        store.commit(owner, batch.iter().map(|record| next(1, record)).collect()).expect("commit");
        expected.extend(batch);
    }
    assert!(records(&*store, 1) == expected, "live");
    let store = factory.reopen(store);
    assert!(records(&*store, 1) == expected, "reopened");
    let owner = own(&*store);
    store.commit(owner, vec![first(&ended(order, ExecutionStatus::Succeeded), b"end")]).expect("commit");
    expected.push(b"end".to_vec());
    let store = factory.reopen(store);
    assert!(records(&*store, 1) == expected, "ended");
}
