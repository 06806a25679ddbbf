//! Base64, URLs' escapes, and the digests as the language's functions need them in Rust.

use std::fmt::Write as _;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The digest of a text's UTF-8.
pub(crate) fn hash_hex(text: &str, algorithm: &str) -> Option<String> {
    super::hash::hex(text.as_bytes(), algorithm)
}

/// Base64 of a text's UTF-8, padded.
pub(crate) fn base64_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len().div_ceil(3) * 4);
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for letter in 0..4 {
            let index = (bits >> (18 - 6 * letter)) & 63;
            let known = ALPHABET.get(index as usize).copied().unwrap_or(b'A');
            out.push(if letter <= chunk.len() { char::from(known) } else { '=' });
        }
    }
    out
}

/// The text whose UTF-8 this is; padding may be missing.
pub(crate) fn base64_decode(text: &str) -> Option<String> {
    let letters = text.trim_end_matches('=').as_bytes();
    let mut out = Vec::with_capacity(letters.len() * 3 / 4);
    for chunk in letters.chunks(4) {
        let mut bits = 0_u32;
        for letter in chunk {
            let index = ALPHABET.iter().position(|known| known == letter)?;
            bits = (bits << 6) | u32::try_from(index).ok()?;
        }
        bits <<= 6 * (4 - chunk.len());
        let bytes = bits.to_be_bytes();
        out.extend_from_slice(bytes.get(1..chunk.len().max(1))?);
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

/// What JavaScript's `encodeURI` makes of it: a blank too becomes `%20`.
pub(crate) fn url_encode(text: &str) -> String {
    escaped(text, b";,/?:@&=+$-_.!~*'()#")
}

/// What JavaScript's `encodeURIComponent` makes of it.
pub(super) fn url_component_encode(text: &str) -> String {
    escaped(text, b"-_.!~*'()")
}

/// Every byte but letters, digits and these, as `%` and two digits.
fn escaped(text: &str, kept: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The text of a component of a URL, `+` left as it is; `None` for a malformed escape.
pub(crate) fn url_decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first != b'%' {
            out.push(*first);
            rest = after;
            continue;
        }
        let digits = std::str::from_utf8(after.get(..2)?).ok()?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        out.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after.get(2..)?;
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}
