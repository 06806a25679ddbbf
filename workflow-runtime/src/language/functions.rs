//! Functions that both Rust and JSONata can work out, and alike.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::expr;

/// Marks a function as the language's: the checked copy asks for the constant of the type beside it.
macro_rules! words {
    ($($name:ident)+) => {$(
        #[expect(non_camel_case_types, reason = "it stands beside the function of its name")]
        #[doc(hidden)]
        #[derive(Debug)]
        pub struct $name {}

        impl $name {
            #[doc(hidden)]
            pub const __WORD: () = ();
        }
    )+};
}

words! {
    base64_decode base64_encode days hash_md5 hash_sha1 hash_sha256 hash_sha384 hash_sha512 hours millis mins new_uuid
    parse_json parse_time random secs time_from_millis to_json url_decode
}

/// Milliseconds, to be added to a [`Timestamp`].
pub const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Seconds, for [`sleep`](super::sleep) and [`Timestamp`]s.
pub const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Minutes, for [`sleep`](super::sleep) and [`Timestamp`]s.
pub const fn mins(count: u64) -> Duration {
    Duration::from_secs(count.saturating_mul(60))
}

/// Hours, for [`sleep`](super::sleep) and [`Timestamp`]s.
pub const fn hours(count: u64) -> Duration {
    Duration::from_secs(count.saturating_mul(60 * 60))
}

/// Days of 24 hours, for [`sleep`](super::sleep) and [`Timestamp`]s.
pub const fn days(count: u64) -> Duration {
    Duration::from_secs(count.saturating_mul(24 * 60 * 60))
}

/// A random UUID of version 4: `$uuid()`.
///
/// A workflow's value is made once and kept: a retry or a crash does not change it.
pub fn new_uuid() -> String {
    expr::uuid_text(chance(), chance())
}

/// A number from 0 up to 1, without 1: `$random()`.
///
/// A workflow's value is made once and kept: a retry or a crash does not change it.
pub fn random() -> f64 {
    expr::entropy_fraction(chance())
}

/// Chance as the standard library has it: every hasher has a key of its own.
fn chance() -> u64 {
    RandomState::new().hash_one(0)
}

/// The MD5 of a text's UTF-8, in hex: `$hash(text, 'MD5')`. Not for secrets.
pub fn hash_md5(text: impl AsRef<str>) -> String {
    hash(text.as_ref(), "MD5")
}

/// The SHA-1 of a text's UTF-8, in hex: `$hash(text, 'SHA-1')`. Not for secrets.
pub fn hash_sha1(text: impl AsRef<str>) -> String {
    hash(text.as_ref(), "SHA-1")
}

/// The SHA-256 of a text's UTF-8, in hex: `$hash(text, 'SHA-256')`.
pub fn hash_sha256(text: impl AsRef<str>) -> String {
    hash(text.as_ref(), "SHA-256")
}

/// The SHA-384 of a text's UTF-8, in hex: `$hash(text, 'SHA-384')`.
pub fn hash_sha384(text: impl AsRef<str>) -> String {
    hash(text.as_ref(), "SHA-384")
}

/// The SHA-512 of a text's UTF-8, in hex: `$hash(text, 'SHA-512')`.
pub fn hash_sha512(text: impl AsRef<str>) -> String {
    hash(text.as_ref(), "SHA-512")
}

fn hash(text: &str, algorithm: &str) -> String {
    expr::hash_hex(text, algorithm).unwrap_or_default()
}

/// A text's UTF-8 as Base64 with padding: `$base64encode(text)`.
pub fn base64_encode(text: impl AsRef<str>) -> String {
    expr::base64_encode(text.as_ref())
}

/// The text whose UTF-8 this Base64 is: `$base64decode(text)`. A workflow fails where it is none.
///
/// # Panics
/// In plain Rust, where it is none.
pub fn base64_decode(text: impl AsRef<str>) -> String {
    match expr::base64_decode(text.as_ref()) {
        Some(decoded) => decoded,
        None => panic!("{:?} is no Base64 of a text", text.as_ref()),
    }
}

/// The text of a URL's component, `+` left as it is: `$decodeUrlComponent(text)`. A workflow fails where it is malformed.
///
/// # Panics
/// In plain Rust, where it is malformed.
pub fn url_decode(text: impl AsRef<str>) -> String {
    match expr::url_decode(text.as_ref()) {
        Some(decoded) => decoded,
        None => panic!("{:?} is no encoded component of a URL", text.as_ref()),
    }
}

/// Reads JSON: `parse_json::<Order>(order.document)` is `$parse(..)`. A workflow fails where the text is no JSON; that it is
/// an `Order` is not looked at.
///
/// # Panics
/// In plain Rust, where it is no JSON of that type.
pub fn parse_json<T: DeserializeOwned>(text: impl AsRef<str>) -> T {
    match serde_json::from_str(text.as_ref()) {
        Ok(value) => value,
        Err(error) => panic!("no JSON of this type: {error}"),
    }
}

/// Compact JSON: `$string(value)`. Of a value with floats, texts of numbers beyond 15 digits differ: those are refused in a
/// workflow.
pub fn to_json<T: Serialize>(value: T) -> String {
    serde_json::to_string(&value).unwrap_or_default()
}

/// Reads a time with a zone: `parse_time("2026-01-01T00:00:00Z")`. A workflow counts milliseconds, and fails where the text
/// is no time.
///
/// # Panics
/// In plain Rust, where it is no time.
pub fn parse_time(text: impl AsRef<str>) -> Timestamp {
    match text.as_ref().parse() {
        Ok(at) => at,
        Err(error) => panic!("{:?} is no time: {error}", text.as_ref()),
    }
}

/// The time so many milliseconds after 1970-01-01T00:00:00Z: `$fromMillis(millis)`.
///
/// # Panics
/// In plain Rust, where it is beyond the years that [`Timestamp`] knows.
pub fn time_from_millis(millis: i64) -> Timestamp {
    match Timestamp::from_millisecond(millis) {
        Ok(at) => at,
        Err(error) => panic!("{error}"),
    }
}
