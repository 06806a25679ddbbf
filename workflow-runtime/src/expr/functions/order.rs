//! Sorting, and what stands beside it: `$sort`, `$zip`, `$distinct`.

use std::cmp::Ordering;

use super::super::eval::{Machine, TEXT_STEP};
use super::super::thrown::{Run, Thrown};
use super::super::value::{Val, compare_texts};

impl<'a> Machine<'a> {
    /// `$sort(list)` of numbers or of texts, `$sort(list, function($a, $b) { .. })`: stable.
    pub(super) fn sort(&mut self, list: &Val<'a>, swap: &Val<'a>) -> Run<Val<'a>> {
        let Some(items) = list.items() else { return Ok(Val::Undefined) };
        self.allocate(items.len())?;
        let items: Vec<Val<'a>> = items.iter().collect();
        let numbers = items.iter().all(|item| matches!(item, Val::Num(_)));
        let texts = items.iter().all(|item| matches!(item, Val::Text(_)));
        if !matches!(swap, Val::Function(_)) && !numbers && !texts {
            let message = "The single argument form of the sort function can only be applied to an array of strings or an \
                           array of numbers.  Use the second argument to specify a comparison function";
            return Err(Thrown::coded("D3070", message));
        }
        Ok(Val::array(self.merge_sort(items, swap)?))
    }

    /// Halves are sorted, then merged: the right item goes first where it must.
    fn merge_sort(&mut self, mut items: Vec<Val<'a>>, swap: &Val<'a>) -> Run<Vec<Val<'a>>> {
        if items.len() <= 1 {
            return Ok(items);
        }
        let right = items.split_off(items.len() / 2);
        let left = self.merge_sort(items, swap)?;
        let right = self.merge_sort(right, swap)?;
        let mut merged = Vec::with_capacity(left.len() + right.len());
        let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
        while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
            let later = self.is_later(first, second, swap)?;
            merged.extend(if later { right.next() } else { left.next() });
        }
        merged.extend(left);
        merged.extend(right);
        Ok(merged)
    }

    /// Whether the first item belongs behind the second.
    fn is_later(&mut self, first: &Val<'a>, second: &Val<'a>, swap: &Val<'a>) -> Run<bool> {
        self.spend(1)?;
        match (swap, first, second) {
            (Val::Function(function), ..) => {
                let later = self.apply(function, vec![first.clone(), second.clone()], &Val::Null)?;
                self.is_true(&later)
            }
            (_, Val::Num(first), Val::Num(second)) => Ok(first.compare(*second) == Some(Ordering::Greater)),
            (_, Val::Text(first), Val::Text(second)) => {
                self.spend(first.len().min(second.len()) / TEXT_STEP)?;
                Ok(compare_texts(first, second) == Ordering::Greater)
            }
            _ => Ok(false),
        }
    }

    /// `$zip(a, b, ..)`: as long as the shortest.
    pub(super) fn zip(&mut self, lists: &[Val<'a>]) -> Run<Val<'a>> {
        let count = lists.iter().map(|list| list.items().map_or(0, |items| items.len())).min().unwrap_or(0);
        self.allocate(count.saturating_mul(lists.len()))?;
        let tuple = |at: usize| {
            Val::array(lists.iter().filter_map(|list| list.items().and_then(|items| items.get(at))).collect())
        };
        Ok(Val::array((0..count).map(tuple).collect()))
    }

    /// `$distinct(list)`: the first of each.
    pub(super) fn distinct(&mut self, list: Val<'a>) -> Run<Val<'a>> {
        let Some(items) = list.items().filter(|items| items.len() > 1) else { return Ok(list) };
        let mut kept: Vec<Val<'a>> = Vec::new();
        for item in items.iter() {
            let mut known = false;
            for other in &kept {
                known = self.equal(other, &item)?;
                if known {
                    break;
                }
            }
            if !known {
                kept.push(item);
            }
        }
        self.allocate(kept.len())?;
        Ok(Val::array(kept))
    }
}
