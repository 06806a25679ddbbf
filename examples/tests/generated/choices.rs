//! Where a generator's decisions come from: numbers that proptest drew, so that a seed repeats a program.

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// As many as the largest program asks for; beyond, it decides for what is smallest.
const LENGTH: usize = 600;

#[derive(Debug)]
pub(crate) struct Choices {
    drawn: Vec<u16>,
    next: usize,
}

impl Choices {
    pub(crate) fn of(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let drawn = vec(any::<u16>(), LENGTH..=LENGTH).new_tree(&mut runner).expect("numbers can be drawn").current();
        Self { drawn, next: 0 }
    }

    /// Below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let drawn = self.drawn.get(self.next).copied().unwrap_or_default();
        self.next += 1;
        usize::from(drawn) % bound.max(1)
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}
