//! `format!`: its text taken apart, inline names included.

use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr, Token};

use super::super::codes;
use super::super::model::{Expr, ExprKind, Format, Piece};
use super::{Builder, start};

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
            let name = if input.peek(syn::Ident) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
                let name = input.parse()?;
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
    Hole { name: String, precision: Option<u32> },
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
                self.fault(text, codes::OUTSIDE, format!("`{what}` in `format!` cannot stand in a workflow"))
                    .help("write `{}`, `{name}` or `{name:.2}`, or move this into a `#[step]`");
                return Expr::poison(span);
            }
        };
        let mut next = 0;
        let mut pieces = Vec::new();
        for part in split {
            match part {
                Part::Literal(text) => pieces.push(Piece::Literal(text)),
                Part::Hole { name, precision } => {
                    if let Some(value) = Self::hole(&name, &arguments, &mut next, text.span()) {
                        pieces.push(Piece::Value { value: Box::new(value), precision });
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
        let named = arguments.iter().find(|(given, _)| given.as_ref().is_some_and(|given| given == name));
        if let Some((_, value)) = named {
            return Some(value.clone());
        }
        let name = syn::parse_str::<Ident>(name).ok()?;
        let name = Ident::new(&name.to_string(), span);
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

fn hole(inside: &str) -> Option<Part> {
    let (name, spec) = inside.split_once(':').unwrap_or((inside, ""));
    let precision = match spec.trim() {
        "" => None,
        spec => Some(spec.strip_prefix('.')?.parse().ok()?),
    };
    Some(Part::Hole { name: name.trim().to_owned(), precision })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_apart() {
        let literal = |text: &str| Part::Literal(text.to_owned());
        let value = |name: &str, precision| Part::Hole { name: name.to_owned(), precision };
        assert_eq!(
            split("a {} {{b}} {c:.2}{0}").unwrap(),
            [literal("a "), value("", None), literal(" {b} "), value("c", Some(2)), value("0", None)]
        );
        for wrong in ["{:?}", "{x:>8}", "{:x}", "{:.*}"] {
            assert_eq!(split(wrong), Err(wrong.to_owned()));
        }
    }
}
