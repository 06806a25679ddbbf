//! What `format!` is made of.

use super::Expr;

/// A piece of a `format!`.
#[derive(Clone, Debug)]
pub enum FormatPiece {
    /// Text, braces unescaped.
    Literal(&'static str),
    /// `{x}`, `{}`, `{:.2}`
    Value {
        /// What is formatted.
        value: Expr,
        /// What stands behind the colon.
        spec: FormatSpec,
    },
}

/// `{:*>+#08.2x}`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatSpec {
    /// `*`
    pub fill: Option<char>,
    /// `>`
    pub align: Option<Align>,
    /// `+`
    pub plus: bool,
    /// `#`
    pub alternate: bool,
    /// `0` before the width
    pub zero: bool,
    /// `8`
    pub width: Option<u32>,
    /// `.2`
    pub precision: Option<u32>,
    /// `x`
    pub radix: Radix,
}

impl FormatSpec {
    /// `{}`
    pub const PLAIN: Self = Self {
        fill: None,
        align: None,
        plus: false,
        alternate: false,
        zero: false,
        width: None,
        precision: None,
        radix: Radix::Display,
    };
}

/// `<`, `^`, `>`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Align {
    Left,
    Center,
    Right,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Radix {
    Display,
    LowerHex,
    UpperHex,
    Octal,
    Binary,
}
