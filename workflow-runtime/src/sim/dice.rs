//! One number that makes every choice.

/// `SplitMix64`, so that a seed tells the whole story.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of their own, which the throws of the others do not move.
    pub(super) fn fork(&self, what: u64) -> Self {
        let mut fork = Self(self.0 ^ what.wrapping_mul(0xd6e8_feb8_6659_fd93));
        fork.next();
        fork
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to one less than this.
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.next() % sides
    }

    /// Once in so many throws.
    pub(super) fn once_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }

    pub(super) fn one_of<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let place = self.roll(of.len() as u64);
        &of[usize::try_from(place).expect("a place")]
    }
}
