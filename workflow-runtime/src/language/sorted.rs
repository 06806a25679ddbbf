//! Sorting at the end of a chain, which Rust's iterators do not have.

use std::cmp::Ordering;

/// Sorts what an iterator yields: `order.lines.iter().sorted_by_key(|line| line.price_cents).collect::<Vec<_>>()`.
///
/// The order is stable. In a workflow's body it is `$sort`.
pub trait Sorted: Iterator + Sized {
    /// By the items' own order.
    fn sorted(self) -> std::vec::IntoIter<Self::Item>
    where
        Self::Item: Ord,
    {
        let mut all: Vec<_> = self.collect();
        all.sort();
        all.into_iter()
    }

    /// By what a closure says of two items.
    fn sorted_by(self, compare: impl FnMut(&Self::Item, &Self::Item) -> Ordering) -> std::vec::IntoIter<Self::Item> {
        let mut all: Vec<_> = self.collect();
        all.sort_by(compare);
        all.into_iter()
    }

    /// By what a closure takes from each item.
    fn sorted_by_key<K: Ord>(self, key: impl FnMut(&Self::Item) -> K) -> std::vec::IntoIter<Self::Item> {
        let mut all: Vec<_> = self.collect();
        all.sort_by_key(key);
        all.into_iter()
    }
}

impl<I: Iterator> Sorted for I {}
