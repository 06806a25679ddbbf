//! The regular expressions that lowering writes, matched by hand: with `$replace`, and no others.

use crate::expr::thrown::{Run, Thrown};
use crate::expr::value::{Text, Val};

macro_rules! blanks {
    ($before:literal, $after:literal) => {
        concat!($before, r"[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]", $after)
    };
    () => {
        concat!(blanks!("^", "+"), blanks!("|", "+$"))
    };
}

/// White space as Rust has it; `\s` is another set in each implementation.
pub(crate) const BLANKS: &str = blanks!("", "+");
/// Leading white space.
pub(crate) const BLANKS_AT_START: &str = blanks!("^", "+");
/// Trailing white space.
pub(crate) const BLANKS_AT_END: &str = blanks!("", "+$");
/// White space at both ends.
pub(crate) const BLANKS_AT_ENDS: &str = blanks!();
/// What a time's text holds beyond what it needs: a fraction's zeros.
pub(crate) const IDLE_FRACTION: &str = r"\.?0+Z$";

/// A pattern that is matched natively.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Pattern {
    /// JavaScript's `\s` at the start, as a person writes it.
    SpaceAtStart,
    SpaceAtEnd,
    BlanksAtStart,
    BlanksAtEnd,
    BlanksAtEnds,
    Blanks,
    IdleFraction,
    Plus,
    /// A sign, zeros, and so many digits at most.
    Integer {
        signed: bool,
        digits: usize,
    },
}

/// JavaScript's `\s`.
fn is_space(ch: char) -> bool {
    ch == '\u{feff}' || (ch.is_whitespace() && ch != '\u{85}')
}

impl Pattern {
    pub(in super::super) fn from_source(source: &str) -> Option<Self> {
        Some(match source {
            r"^\s+" => Self::SpaceAtStart,
            r"\s+$" => Self::SpaceAtEnd,
            BLANKS_AT_START => Self::BlanksAtStart,
            BLANKS_AT_END => Self::BlanksAtEnd,
            BLANKS_AT_ENDS => Self::BlanksAtEnds,
            BLANKS => Self::Blanks,
            IDLE_FRACTION => Self::IdleFraction,
            "^[+]" => Self::Plus,
            _ => return Self::integer(source),
        })
    }

    /// `^[+-]?0*[0-9]{1,19}`
    fn integer(source: &str) -> Option<Self> {
        let (signed, rest) = match source.strip_prefix("^[+-]?") {
            Some(rest) => (true, rest),
            None => (false, source.strip_prefix("^[+]?")?),
        };
        let digits = rest.strip_prefix("0*[0-9]{1,")?.strip_suffix('}')?.parse().ok()?;
        (digits > 0).then_some(Self::Integer { signed, digits })
    }

    /// Whether a match lies at the ends only, so that nothing but a cut is needed.
    fn kept(self, text: &str) -> Option<&str> {
        Some(match self {
            Self::SpaceAtStart => text.trim_start_matches(is_space),
            Self::SpaceAtEnd => text.trim_end_matches(is_space),
            Self::BlanksAtStart => text.trim_start(),
            Self::BlanksAtEnd => text.trim_end(),
            Self::BlanksAtEnds => text.trim(),
            Self::Plus => text.strip_prefix('+').unwrap_or(text),
            Self::Integer { signed, digits } => number(text, signed, digits),
            Self::Blanks | Self::IdleFraction => return None,
        })
    }

    /// `$replace(text, /pattern/, with)`
    pub(in super::super) fn replace<'a>(self, value: Val<'a>, with: &str) -> Run<Val<'a>> {
        let text = match &value {
            Val::Undefined => return Ok(value),
            Val::Text(text) => text,
            _ => {
                let message = "Argument 1 of function \"replace\" does not match function signature";
                return Err(Thrown::coded("T0410", message));
            }
        };
        if let (Some(kept), true) = (self.kept(text), with.is_empty()) {
            return Ok(match text {
                _ if kept.len() == text.len() => value,
                Text::Borrowed(whole) => match self.kept(whole) {
                    Some(kept) => Val::Text(Text::Borrowed(kept)),
                    None => value,
                },
                Text::Shared(_) => Val::text(kept),
            });
        }
        Ok(Val::text(match self {
            Self::Blanks => collapse(text, with),
            Self::IdleFraction => match text.strip_suffix('Z') {
                Some(body) => {
                    let kept = body.trim_end_matches('0');
                    if kept.len() == body.len() {
                        (**text).to_owned()
                    } else {
                        format!("{}{with}", kept.strip_suffix('.').unwrap_or(kept))
                    }
                }
                None => (**text).to_owned(),
            },
            _ => return Err(Thrown::plain("a pattern at a text's end is only cut off")),
        }))
    }
}

/// Each run of white space replaced.
fn collapse(text: &str, with: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for letter in text.chars() {
        match (letter.is_whitespace(), inside) {
            (false, _) => out.push(letter),
            (true, false) => out.push_str(with),
            (true, true) => {}
        }
        inside = letter.is_whitespace();
    }
    out
}

/// What is left after a sign and digits at the start.
fn number(text: &str, signed: bool, most: usize) -> &str {
    let unsigned = text.strip_prefix(|letter| letter == '+' || (signed && letter == '-')).unwrap_or(text);
    let significant = unsigned.trim_start_matches('0');
    let count = significant.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if count == 0 && significant.len() == unsigned.len() { text } else { &significant[count..] }
}
