//! Numbers that may hang on what is only known when an execution runs: rounds of a loop, items of a Map.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Serialize, Serializer};

/// What a number hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    /// How often a loop goes back to this state.
    Rounds,
    /// How many items this Map has.
    Items,
    /// How long this state waits, in seconds.
    Seconds,
}

/// A number that nobody knows before the execution runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// What is counted.
    pub quantity: Quantity,
    /// The state.
    pub state: String,
    /// Rounded up to groups of so many: items of a batch, iterations that run at once.
    pub per: u64,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quantity = match self.quantity {
            Quantity::Rounds => "rounds",
            Quantity::Items => "items",
            Quantity::Seconds => "seconds",
        };
        write!(f, "{quantity}({})", self.state)?;
        if self.per > 1 { write!(f, "/{}", self.per) } else { Ok(()) }
    }
}

/// What is assumed of [`Unknown`]s, by the state's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assumptions {
    by_state: BTreeMap<String, u64>,
    others: Option<u64>,
}

impl Assumptions {
    /// Nothing is assumed.
    pub fn new() -> Self {
        Self::default()
    }

    /// So many rounds, items or seconds of this state.
    #[must_use]
    pub fn with(mut self, state: impl Into<String>, number: u64) -> Self {
        self.by_state.insert(state.into(), number);
        self
    }

    /// So many of everything else.
    #[must_use]
    pub fn others(self, number: u64) -> Self {
        Self { others: Some(number), ..self }
    }

    fn get(&self, unknown: &Unknown) -> Option<u64> {
        let number = self.by_state.get(&unknown.state).copied().or(self.others)?;
        Some(number.div_ceil(unknown.per.max(1)))
    }

    /// The states that are named.
    pub fn states(&self) -> impl Iterator<Item = &str> {
        self.by_state.keys().map(String::as_str)
    }
}

/// A number, or a sum of numbers times [`Unknown`]s: `12 + 3 × rounds(Poll)`. Numbers stop at `u64::MAX`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// The factor of each product of unknowns; that of none is the constant. No factor is zero.
    terms: BTreeMap<Vec<Unknown>, u64>,
    /// Why there is no bound at all.
    unbounded: BTreeSet<String>,
}

impl From<u64> for Amount {
    fn from(number: u64) -> Self {
        let terms = if number == 0 { BTreeMap::new() } else { BTreeMap::from([(Vec::new(), number)]) };
        Self { terms, unbounded: BTreeSet::new() }
    }
}

impl Amount {
    /// One of these.
    pub(super) fn unknown(quantity: Quantity, state: &str, per: u64) -> Self {
        let unknown = Unknown { quantity, state: state.to_owned(), per: per.max(1) };
        Self { terms: BTreeMap::from([(vec![unknown], 1)]), unbounded: BTreeSet::new() }
    }

    /// No bound, for this reason.
    pub(super) fn unbounded(why: impl Into<String>) -> Self {
        Self { terms: BTreeMap::new(), unbounded: BTreeSet::from([why.into()]) }
    }

    /// The number, where it hangs on nothing.
    pub fn number(&self) -> Option<u64> {
        self.at(&Assumptions::new())
    }

    /// The number under these assumptions; `None` where one is missing, or there is no bound.
    pub fn at(&self, assumptions: &Assumptions) -> Option<u64> {
        if !self.unbounded.is_empty() {
            return None;
        }
        let mut sum = 0_u64;
        for (unknowns, factor) in &self.terms {
            let mut product = *factor;
            for unknown in unknowns {
                product = product.saturating_mul(assumptions.get(unknown)?);
            }
            sum = sum.saturating_add(product);
        }
        Some(sum)
    }

    /// Whether it is never more than this, whatever happens.
    pub fn at_most(&self, most: u64) -> bool {
        self.number().is_some_and(|number| number <= most)
    }

    /// What it is at the least: every unknown counted as nothing.
    pub fn least(&self) -> u64 {
        self.terms.get(&Vec::new()).copied().unwrap_or(0)
    }

    /// What it hangs on.
    pub fn unknowns(&self) -> BTreeSet<&Unknown> {
        self.terms.keys().flatten().collect()
    }

    /// Why there is no bound; empty where there is one.
    pub fn reasons(&self) -> impl Iterator<Item = &str> {
        self.unbounded.iter().map(String::as_str)
    }

    /// Whether there is no bound.
    pub fn is_unbounded(&self) -> bool {
        !self.unbounded.is_empty()
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        self.join(other, u64::saturating_add)
    }

    /// No less than either: the greater factor of each product.
    pub(super) fn max(&self, other: &Self) -> Self {
        self.join(other, u64::max)
    }

    /// No more than either; something without a bound is more than anything with one.
    pub(super) fn min(&self, other: &Self) -> Self {
        match (self.is_unbounded(), other.is_unbounded()) {
            (true, false) => return other.clone(),
            (false, true) => return self.clone(),
            (true, true) | (false, false) => {}
        }
        let mut least = self.join(other, u64::min);
        least.terms.retain(|product, _| self.terms.contains_key(product) && other.terms.contains_key(product));
        least
    }

    fn join(&self, other: &Self, of: fn(u64, u64) -> u64) -> Self {
        let mut terms = self.terms.clone();
        for (product, factor) in &other.terms {
            terms.entry(product.clone()).and_modify(|own| *own = of(*own, *factor)).or_insert(*factor);
        }
        Self { terms, unbounded: self.unbounded.union(&other.unbounded).cloned().collect() }
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        let mut product = Self::default();
        // Nothing times something without a bound is nothing.
        if (self.terms.is_empty() && !self.is_unbounded()) || (other.terms.is_empty() && !other.is_unbounded()) {
            return product;
        }
        for (left, left_factor) in &self.terms {
            for (right, right_factor) in &other.terms {
                let mut unknowns: Vec<Unknown> = left.iter().chain(right).cloned().collect();
                unknowns.sort();
                let factor = left_factor.saturating_mul(*right_factor);
                let term = product.terms.entry(unknowns).or_insert(0);
                *term = term.saturating_add(factor);
            }
        }
        product.unbounded = self.unbounded.union(&other.unbounded).cloned().collect();
        product
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unbounded() {
            return write!(f, "no bound");
        }
        if self.terms.is_empty() {
            return write!(f, "0");
        }
        for (index, (unknowns, factor)) in self.terms.iter().enumerate() {
            if index > 0 {
                write!(f, " + ")?;
            }
            let alone = unknowns.is_empty() || *factor != 1;
            if alone {
                write!(f, "{}", grouped(*factor))?;
            }
            for (place, unknown) in unknowns.iter().enumerate() {
                if alone || place > 0 {
                    write!(f, " × ")?;
                }
                write!(f, "{unknown}")?;
            }
        }
        Ok(())
    }
}

/// The number where it is one, else its text.
impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.number() {
            Some(number) => serializer.serialize_u64(number),
            None if self.is_unbounded() => serializer.serialize_none(),
            None => serializer.collect_str(self),
        }
    }
}

/// `25,000`
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(state: &str) -> Amount {
        Amount::unknown(Quantity::Rounds, state, 1)
    }

    #[test]
    fn amounts_are_sums_of_products() {
        let amount = Amount::from(12).plus(&rounds("Poll").times(&3.into()));
        assert_eq!(amount.to_string(), "12 + 3 × rounds(Poll)");
        let product = amount.times(&Amount::unknown(Quantity::Items, "Each", 1).plus(&1.into()));
        assert_eq!(product.to_string(), "12 + 3 × rounds(Poll) + 3 × rounds(Poll) × items(Each) + 12 × items(Each)");
        assert_eq!(product.number(), None);
        let assumptions = Assumptions::new().with("Poll", 2).with("Each", 3);
        assert_eq!(product.at(&assumptions), Some(12 + 6 + 18 + 36));
        assert_eq!(product.at(&Assumptions::new().with("Poll", 2).others(0)), Some(18));
        assert_eq!(product.least(), 12);
    }

    #[test]
    fn the_greater_and_the_smaller_hold_for_both() {
        let one = Amount::from(5).plus(&rounds("A"));
        let other = Amount::from(2).plus(&rounds("A").times(&4.into())).plus(&rounds("B"));
        assert_eq!(one.max(&other).to_string(), "5 + 4 × rounds(A) + rounds(B)");
        assert_eq!(one.min(&other).to_string(), "2 + rounds(A)");
        let endless = Amount::unbounded("it has no timeout");
        assert_eq!(one.min(&endless), one);
        assert!(one.max(&endless).is_unbounded());
        assert_eq!(Amount::default().times(&endless), Amount::default());
    }

    #[test]
    fn groups_are_rounded_up() {
        let waves = Amount::unknown(Quantity::Items, "Each", 40);
        assert_eq!((waves.to_string().as_str(), waves.at(&Assumptions::new().others(41))), ("items(Each)/40", Some(2)));
        assert_eq!(Amount::from(1_234_567).to_string(), "1,234,567");
        assert!(Amount::from(7).at_most(7) && !Amount::from(8).at_most(7) && !waves.at_most(u64::MAX));
        assert_eq!(Amount::from(u64::MAX).plus(&1.into()).number(), Some(u64::MAX));
    }
}
