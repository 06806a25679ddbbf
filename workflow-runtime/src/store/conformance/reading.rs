//! Finding and listing.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{StoreFactory, ended, first, head, next, own};
use crate::engine::ExecutionStatus;
use crate::store::{ExecutionNumber, ListQuery, Store};

pub(super) fn find_goes_by_workflow_and_name(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = own(&*store);
    let (order, refund) = (head(1, "Order", "A"), head(2, "Refund", "A"));
    store.commit(owner, vec![first(&order, b"0"), first(&refund, b"0")]).expect("commit");
    assert_eq!(store.find("Order", "A").expect("find"), Some(order));
    assert_eq!(store.find("Refund", "A").expect("find"), Some(refund));
    assert_eq!(store.find("Order", "B").expect("find"), None);
    assert_eq!(store.find("OrderA", "").expect("find"), None);
}

pub(super) fn odd_names_are_kept_apart(factory: &dyn StoreFactory) {
    let names = [("a", "bc"), ("ab", "c"), ("abc", ""), ("", "abc"), ("a\0b", "c"), ("a", "\0bc"), ("é", "\u{1F980}")];
    let store = factory.create();
    let owner = own(&*store);
    for (number, (workflow, name)) in (1..).zip(names) {
        let running = head(number, workflow, name);
        let done = ended(running.clone(), ExecutionStatus::Succeeded);
        store.commit(owner, vec![first(&running, b"0"), first(&done, b"1")]).expect("commit");
    }
    let store = factory.reopen(store);
    for (number, (workflow, name)) in (1..).zip(names) {
        let found = store.find(workflow, name).expect("find").map(|head| head.number);
        assert_eq!(found, Some(ExecutionNumber(number)), "{workflow:?} {name:?}");
    }
}

/// 150 executions in turn of three workflows: each fourth failed, each third after that succeeded, the others run.
fn populate(store: &dyn Store) {
    let owner = own(store);
    for number in 1..=150_u64 {
        let workflow = ["Order", "Refund", "Report"][usize::try_from(number % 3).expect("small")];
        let running = head(number, workflow, &format!("n{number}"));
        store.commit(owner, vec![first(&running, b"0")]).expect("commit");
        let status = match number {
            n if n % 4 == 0 => ExecutionStatus::Failed,
            n if n % 3 == 0 => ExecutionStatus::Succeeded,
            _ => continue,
        };
        store.commit(owner, vec![first(&ended(running, status), b"1")]).expect("commit");
    }
}

fn numbers(store: &dyn Store, query: &ListQuery) -> Vec<u64> {
    store.list(query).expect("list").iter().map(|head| head.number.0).collect()
}

pub(super) fn list_is_newest_first_and_pages(factory: &dyn StoreFactory) {
    let store = factory.create();
    populate(&*store);
    let store = factory.reopen(store);
    let mut query = ListQuery { limit: 40, ..ListQuery::default() };
    let mut seen = Vec::new();
    loop {
        let page = numbers(&*store, &query);
        let Some(last) = page.last() else { break };
        query.before = Some(ExecutionNumber(*last));
        assert!(page.len() <= 40);
        seen.extend(page);
    }
    assert_eq!(seen, (1..=150).rev().collect::<Vec<_>>());
}

pub(super) fn list_filters_by_workflow_and_status(factory: &dyn StoreFactory) {
    let store = factory.create();
    populate(&*store);
    let both =
        ListQuery { workflow: Some("Order".to_owned()), status: Some(ExecutionStatus::Failed), ..ListQuery::default() };
    let twelves: Vec<u64> = (1..=150).rev().filter(|n| n % 12 == 0).collect();
    assert_eq!(numbers(&*store, &both), twelves);
    let failed = ListQuery { status: Some(ExecutionStatus::Failed), limit: 500, ..ListQuery::default() };
    assert_eq!(numbers(&*store, &failed), (1..=150).rev().filter(|n| n % 4 == 0).collect::<Vec<_>>());
    let unknown = ListQuery { workflow: Some("Nothing".to_owned()), ..ListQuery::default() };
    assert!(numbers(&*store, &unknown).is_empty());
    let store = factory.reopen(store);
    assert_eq!(numbers(&*store, &both), twelves, "reopened");
}

pub(super) fn list_gives_a_hundred_by_default(factory: &dyn StoreFactory) {
    let store = factory.create();
    populate(&*store);
    assert_eq!(numbers(&*store, &ListQuery::default()), (51..=150).rev().collect::<Vec<_>>());
}

/// Clears the flag even if the writer fails, so that the readers come to their end.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

pub(super) fn readers_never_see_half_a_batch(factory: &dyn StoreFactory) {
    let store = factory.create();
    let owner = own(&*store);
    let running = AtomicBool::new(true);
    let store = &*store;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut seen = 0;
                while running.load(Ordering::Relaxed) {
                    let listed = store.list(&ListQuery::default()).expect("list");
                    for head in listed.iter().take(3) {
                        let stored = store.load(head.number).expect("load").expect("what is listed is stored");
                        assert!(matches!(stored.records.len(), 2 | 4), "{} records", stored.records.len());
                    }
                    let newest = listed.first().map_or(0, |head| head.number.0);
                    assert!(newest >= seen, "went back from {seen} to {newest}");
                    seen = newest;
                }
            });
        }
        let _stop = Stop(&running);
        for number in 1..=150 {
            let order = head(number, "Order", &format!("n{number}"));
            store.commit(owner, vec![first(&order, b"0"), next(number, b"1")]).expect("commit");
            let done = ended(order, ExecutionStatus::Succeeded);
            store.commit(owner, vec![next(number, b"2"), first(&done, b"3")]).expect("commit");
        }
    });
}
