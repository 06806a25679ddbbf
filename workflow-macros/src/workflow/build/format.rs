//! `format!`: its text taken apart, inline names included.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr, Token};

use super::super::codes;
use super::super::model::{Align, Expr, ExprKind, Format, Piece, Radix, Spec};
use super::{Builder, start};
use crate::hygiene::plain;

/// What stands in the parentheses.
struct Parts {
    text: LitStr,
    arguments: Vec<(Option<Ident>, syn::Expr)>,
}

impl Parse for Parts {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let text = input.parse()?;
        let mut arguments = Vec::new();
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let name = if input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
                let name = input.call(Ident::parse_any)?;
                input.parse::<Token![=]>()?;
                Some(name)
            } else {
                None
            };
            arguments.push((name, input.parse()?));
        }
        Ok(Self { text, arguments })
    }
}

/// A piece of the text.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Hole { name: String, spec: Spec },
}

impl Builder {
    pub(super) fn format(&mut self, made: &syn::Macro) -> Expr {
        let span = start(&made.path);
        let parts = match syn::parse2::<Parts>(made.tokens.clone()) {
            Ok(parts) => parts,
            Err(error) => {
                self.sink.syntax(error);
                return Expr::poison(span);
            }
        };
        let arguments: Vec<_> = parts.arguments.iter().map(|(name, value)| (name.clone(), self.pure(value))).collect();
        let text = &parts.text;
        let split = match split(&text.value()) {
            Ok(split) => split,
            Err(what) => {
                self.fault(text, codes::FORMAT_SPEC, format!("`{what}` in `format!` cannot stand in a workflow"))
                    .help(help_for(&what));
                return Expr::poison(span);
            }
        };
        let mut next = 0;
        let mut pieces = Vec::new();
        for part in split {
            match part {
                Part::Literal(text) => pieces.push(Piece::Literal(text)),
                Part::Hole { name, spec } => {
                    if let Some(value) = Self::hole(&name, &arguments, &mut next, text.span()) {
                        pieces.push(Piece::Value { value: Box::new(value), spec });
                    }
                }
            }
        }
        let made = Format { path: made.path.clone(), text: parts.text, arguments, pieces };
        Expr::new(ExprKind::Format(Box::new(made)), span)
    }

    /// The value of `{}`, `{0}` or `{name}`; what is missing is reported by `format!` itself.
    fn hole(name: &str, arguments: &[(Option<Ident>, Expr)], next: &mut usize, span: Span) -> Option<Expr> {
        if name.is_empty() {
            let value = arguments.get(*next).map(|(_, value)| value.clone());
            *next += 1;
            return value;
        }
        if let Ok(index) = name.parse::<usize>() {
            return arguments.get(index).map(|(_, value)| value.clone());
        }
        let named = arguments.iter().find(|(given, _)| given.as_ref().is_some_and(|given| plain(given) == name));
        if let Some((_, value)) = named {
            return Some(value.clone());
        }
        let name = match syn::parse_str::<Ident>(name) {
            Ok(name) => Ident::new(&name.to_string(), span),
            // `{type}` means `r#type`.
            Err(_) if syn::parse_str::<Ident>(&format!("r#{name}")).is_ok() => Ident::new_raw(name, span),
            Err(_) => return None,
        };
        let constant = super::expr::case(&name.to_string()) == super::expr::Case::Screaming;
        let kind = if constant { ExprKind::Constant(name.into()) } else { ExprKind::Variable(name) };
        Some(Expr::new(kind, span))
    }
}

/// Takes a format text apart; `Err` is the hole that has no JSONata.
fn split(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '{' | '}' if letters.peek() == Some(&letter) => {
                letters.next();
                literal.push(letter);
            }
            '{' => {
                let inside: String = letters.by_ref().take_while(|letter| *letter != '}').collect();
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(hole(&inside).ok_or_else(|| format!("{{{inside}}}"))?);
            }
            _ => literal.push(letter),
        }
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

/// What to write instead of a hole.
fn help_for(hole: &str) -> &'static str {
    if hole.ends_with("?}") {
        "`{:?}` is Rust's own notation: format the fields one by one, or write `to_json(&value)`"
    } else if hole.contains('$') || hole.contains('*') {
        "write width and precision as numbers: `{:>8}`, `{:.2}`"
    } else if hole.contains('e') || hole.contains('E') {
        "write `{:.2}`: JSONata has no exponents; or move this into a `#[step]`"
    } else {
        "write `{}`, `{name}`, `{:.2}`, `{:>8}`, `{:08.2}` or `{:x}`, or move this into a `#[step]`"
    }
}

fn hole(inside: &str) -> Option<Part> {
    let (name, spec) = inside.split_once(':').unwrap_or((inside, ""));
    Some(Part::Hole { name: name.trim().to_owned(), spec: self::spec(spec.trim_end())? })
}

/// `[[fill]align]['+']['#']['0'][width]['.' precision][type]`
fn spec(text: &str) -> Option<Spec> {
    let mut spec = Spec::default();
    let mut rest = text;
    let align = |c: char| match c {
        '<' => Some(Align::Left),
        '^' => Some(Align::Center),
        '>' => Some(Align::Right),
        _ => None,
    };
    let mut letters = rest.chars();
    match (letters.next(), letters.next()) {
        (Some(fill), Some(second)) if align(second).is_some() => {
            (spec.fill, spec.align) = (Some(fill), align(second));
            rest = letters.as_str();
        }
        (Some(first), _) if align(first).is_some() => {
            spec.align = align(first);
            rest = rest.strip_prefix(first)?;
        }
        _ => {}
    }
    for (flag, mark) in [(&mut spec.plus, '+'), (&mut spec.alternate, '#'), (&mut spec.zero, '0')] {
        if let Some(after) = rest.strip_prefix(mark) {
            *flag = true;
            rest = after;
        }
    }
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (width, after) = rest.split_at(digits(rest));
    if !width.is_empty() {
        spec.width = Some(width.parse().ok()?);
    }
    rest = after;
    if let Some(after) = rest.strip_prefix('.') {
        let (precision, after) = after.split_at(digits(after));
        spec.precision = Some(precision.parse().ok()?);
        rest = after;
    }
    spec.radix = match rest {
        "" => Radix::Display,
        "x" => Radix::LowerHex,
        "X" => Radix::UpperHex,
        "o" => Radix::Octal,
        "b" => Radix::Binary,
        _ => return None,
    };
    Some(spec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_apart() {
        let literal = |text: &str| Part::Literal(text.to_owned());
        let value = |name: &str, spec| Part::Hole { name: name.to_owned(), spec };
        let plain = Spec::default();
        assert_eq!(
            split("a {} {{b}} {c:.2}{0}").unwrap(),
            [
                literal("a "),
                value("", plain),
                literal(" {b} "),
                value("c", Spec { precision: Some(2), ..plain }),
                value("0", plain)
            ]
        );
        for wrong in ["{:?}", "{:.*}", "{:w$}", "{:e}", "{x:8?}", "{:.}"] {
            assert_eq!(split(wrong), Err(wrong.to_owned()));
        }
    }

    #[test]
    fn a_spec_is_taken_apart() {
        let plain = Spec::default();
        let right = Spec { align: Some(Align::Right), width: Some(8), ..plain };
        assert_eq!(spec(">8"), Some(right));
        assert_eq!(spec("*^8"), Some(Spec { fill: Some('*'), align: Some(Align::Center), ..right }));
        assert_eq!(spec("<<1"), Some(Spec { fill: Some('<'), align: Some(Align::Left), width: Some(1), ..plain }));
        assert_eq!(spec("+08.2"), Some(Spec { plus: true, zero: true, width: Some(8), precision: Some(2), ..plain }));
        assert_eq!(
            spec("#010x"),
            Some(Spec { alternate: true, zero: true, width: Some(10), radix: Radix::LowerHex, ..plain })
        );
        assert_eq!(spec("08"), Some(Spec { zero: true, width: Some(8), ..plain }));
    }
}
