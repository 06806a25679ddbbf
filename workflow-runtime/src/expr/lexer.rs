//! Text to tokens, as JSONata 2.0.6 reads it. The parser says whether a `/` is a division or opens a regex.

use super::value::Num;

/// A token and what it holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// `a`, `` `a b` ``, also `function`.
    Name(String),
    /// `$x` as `x`; `$` as the empty text, `$$` as `$`.
    Variable(String),
    Text(String),
    Number(Num),
    True,
    False,
    Null,
    Regex {
        pattern: String,
        flags: String,
    },
    /// Punctuation, and `and`, `or`, `in`.
    Operator(&'static str),
    End,
}

const DOUBLE: &[&str] = &["..", ":=", "!=", ">=", "<=", "**", "~>"];
const SINGLE: &[&str] = &[
    ".", "[", "]", "{", "}", "(", ")", ",", "@", "#", ";", ":", "?", "+", "-", "*", "/", "%", "|", "=", "<", ">", "^",
    "&", "!", "~",
];

pub(super) struct Lexer<'s> {
    rest: &'s str,
}

impl<'s> Lexer<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { rest: source }
    }

    /// The next token; `infix` where an operand has just ended, so that `/` divides.
    pub(super) fn next(&mut self, infix: bool) -> Result<Token, String> {
        self.skip_blanks()?;
        let Some(first) = self.rest.chars().next() else { return Ok(Token::End) };
        if first == '/' && !infix {
            return self.regex();
        }
        if let Some(operator) = DOUBLE.iter().chain(SINGLE).find(|operator| self.rest.starts_with(**operator)) {
            self.rest = &self.rest[operator.len()..];
            return Ok(Token::Operator(operator));
        }
        match first {
            '"' | '\'' => self.text(first),
            '0'..='9' => self.number(),
            '`' => self.quoted_name(),
            _ => Ok(self.name()),
        }
    }

    fn skip_blanks(&mut self) -> Result<(), String> {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}']);
            let Some(comment) = self.rest.strip_prefix("/*") else { return Ok(()) };
            let Some(end) = comment.find("*/") else { return Err("Comment has no closing tag".to_owned()) };
            self.rest = &comment[end + 2..];
        }
    }

    fn regex(&mut self) -> Result<Token, String> {
        let body = &self.rest[1..];
        let (mut depth, mut escaped) = (0_i32, false);
        for (at, ch) in body.char_indices() {
            match ch {
                '/' if depth == 0 && !escaped => {
                    if at == 0 {
                        return Err("Empty regular expressions are not allowed".to_owned());
                    }
                    let after = &body[at + 1..];
                    let flags = after.len() - after.trim_start_matches(['i', 'm']).len();
                    self.rest = &after[flags..];
                    return Ok(Token::Regex { pattern: body[..at].to_owned(), flags: after[..flags].to_owned() });
                }
                '(' | '[' | '{' if !escaped => depth += 1,
                ')' | ']' | '}' if !escaped => depth -= 1,
                _ => {}
            }
            escaped = ch == '\\' && !escaped;
        }
        Err("No terminating / in regular expression".to_owned())
    }

    fn text(&mut self, quote: char) -> Result<Token, String> {
        let mut units: Vec<u16> = Vec::new();
        let mut out = String::new();
        let mut chars = self.rest[1..].char_indices();
        while let Some((at, ch)) = chars.next() {
            if ch == '\\' {
                let (at, escape) = chars.next().unwrap_or((at, '\0'));
                if escape == 'u' {
                    let digits = self.rest.get(at + 2..at + 6).unwrap_or("");
                    let unit = (digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
                        .then(|| u16::from_str_radix(digits, 16).ok())
                        .flatten();
                    let Some(unit) = unit else {
                        return Err("The escape sequence \\u must be followed by 4 hex digits".to_owned());
                    };
                    units.push(unit);
                    chars.nth(3);
                    continue;
                }
                flush(&mut units, &mut out);
                out.push(match escape {
                    '"' | '\\' | '/' => escape,
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => return Err(format!("Unsupported escape sequence: \\\"{other}\"")),
                });
                continue;
            }
            flush(&mut units, &mut out);
            if ch == quote {
                self.rest = &self.rest[1 + at + 1..];
                return Ok(Token::Text(out));
            }
            out.push(ch);
        }
        Err("String literal must be terminated by a matching quote".to_owned())
    }

    fn number(&mut self) -> Result<Token, String> {
        let bytes = self.rest.as_bytes();
        let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut end = if bytes[0] == b'0' { 1 } else { digits(0) };
        let mut whole = true;
        if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
            whole = false;
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let exponent = digits((end + 1 + sign).min(bytes.len()));
            if exponent > 0 {
                end += 1 + sign + exponent;
                whole = false;
            }
        }
        let text = &self.rest[..end];
        self.rest = &self.rest[end..];
        if let (true, Ok(int)) = (whole, text.parse::<i64>()) {
            return Ok(Token::Number(Num::Int(int)));
        }
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Token::Number(Num::Float(float))),
            _ => Err(format!("Number out of range: \"{text}\"")),
        }
    }

    fn quoted_name(&mut self) -> Result<Token, String> {
        let body = &self.rest[1..];
        let Some(end) = body.find('`') else {
            return Err("Quoted property name must be terminated with a backquote (`)".to_owned());
        };
        self.rest = &body[end + 1..];
        Ok(Token::Name(body[..end].to_owned()))
    }

    fn name(&mut self) -> Token {
        let stops = |ch: char| {
            matches!(ch, ' ' | '\t' | '\n' | '\r' | '\u{b}')
                || (ch.is_ascii() && SINGLE.iter().any(|operator| operator.as_bytes()[0] == ch as u8))
        };
        let end = self.rest.find(stops).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        if let Some(variable) = name.strip_prefix('$') {
            return Token::Variable(variable.to_owned());
        }
        match name {
            "and" => Token::Operator("and"),
            "or" => Token::Operator("or"),
            "in" => Token::Operator("in"),
            "true" => Token::True,
            "false" => Token::False,
            "null" => Token::Null,
            _ => Token::Name(name.to_owned()),
        }
    }
}

/// Surrogates that stood next to each other become one character.
fn flush(units: &mut Vec<u16>, out: &mut String) {
    if !units.is_empty() {
        out.push_str(&String::from_utf16_lossy(units));
        units.clear();
    }
}
