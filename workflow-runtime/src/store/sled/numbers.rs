//! A quick hasher for keys that nobody outside chooses: execution numbers, and hashes that are uniform already.

use std::hash::{BuildHasherDefault, Hasher};

/// Keyed by execution number or by hash of a name.
pub(super) type Map<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Mix>>;

/// Of execution numbers.
pub(super) type Set<K> = std::collections::HashSet<K, BuildHasherDefault<Mix>>;

/// Spreads neighbouring numbers over the table.
#[derive(Debug, Default)]
pub(super) struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_u128(&mut self, number: u128) {
        let bytes = number.to_le_bytes();
        let mut low = [0; 8];
        low.copy_from_slice(&bytes[..8]);
        self.write_u64(u64::from_le_bytes(low));
    }
}
