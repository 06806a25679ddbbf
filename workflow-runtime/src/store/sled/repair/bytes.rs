//! Numbers and texts as sled 0.34 writes them. Nothing here trusts a length.

/// Reads from the left; `None` where what is asked for is not there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'b>(pub(super) &'b [u8]);

impl<'b> Bytes<'b> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, left) = self.0.split_at_checked(length)?;
        self.0 = left;
        Some(taken)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1).and_then(|bytes| bytes.first().copied())
    }

    /// Eight bytes, the least significant first.
    pub(super) fn fixed(&mut self) -> Option<i64> {
        Some(i64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    /// Four bytes, the least significant first.
    pub(super) fn checksum(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// One to nine bytes.
    pub(super) fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        match first {
            0..=240 => Some(u64::from(first)),
            241..=248 => Some(240 + 256 * (u64::from(first) - 241) + u64::from(self.byte()?)),
            249 => Some(2288 + 256 * u64::from(self.byte()?) + u64::from(self.byte()?)),
            250..=255 => {
                let taken = self.take(usize::from(first) - 247)?;
                let mut bytes = [0; 8];
                bytes[..taken.len()].copy_from_slice(taken);
                Some(u64::from_le_bytes(bytes))
            }
        }
    }

    /// A number and so many bytes.
    pub(super) fn text(&mut self) -> Option<&'b [u8]> {
        let length = self.number()?;
        self.take(usize::try_from(length).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let cases: [(&[u8], u64); 6] = [
            (&[0], 0),
            (&[240], 240),
            (&[241, 1], 241),
            (&[249, 0, 0], 2288),
            (&[250, 1, 0, 1], 65_537),
            (&[255, 255, 255, 255, 255, 255, 255, 255, 255], u64::MAX),
        ];
        for (bytes, number) in cases {
            let mut left = Bytes(bytes);
            assert_eq!(left.number(), Some(number));
            assert!(left.is_empty());
            for cut in 0..bytes.len() {
                assert_eq!(Bytes(&bytes[..cut]).number(), None, "{cut} of {bytes:?}");
            }
        }
    }

    #[test]
    fn a_length_past_the_end_is_none() {
        assert_eq!(Bytes(&[5, 1, 2]).text(), None);
        assert_eq!(Bytes(&[255, 255, 255, 255, 255, 255, 255, 255, 255, 1]).text(), None);
        assert_eq!(Bytes(&[2, 1, 2]).text(), Some(&[1, 2][..]));
    }
}
