//! An error's text, as far as `thiserror`'s `#[error("..")]` tells it.

use syn::parse::Parser;
use syn::{Attribute, LitStr, Meta, Token};

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text, braces unescaped.
    Literal(String),
    /// A field by its Rust name, formatted plainly.
    Field(String),
}

/// The pieces, where the text is plain or reads only fields, each in its plain form.
pub(crate) fn pieces(attributes: &[Attribute], fields: &[String]) -> Option<Vec<Piece>> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("error"))?;
    let Meta::List(list) = &attribute.meta else { return None };
    let only_text = |input: syn::parse::ParseStream<'_>| {
        let text: LitStr = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        Ok(text)
    };
    let text = only_text.parse2(list.tokens.clone()).ok()?;
    split(&text.value(), fields)
}

fn split(text: &str, fields: &[String]) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '{' | '}' if letters.peek() == Some(&letter) => {
                letters.next();
                literal.push(letter);
            }
            '{' => {
                let mut name = String::new();
                loop {
                    match letters.next()? {
                        '}' => break,
                        letter => name.push(letter),
                    }
                }
                let name = name.trim().to_owned();
                if !fields.contains(&name) {
                    return None;
                }
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                pieces.push(Piece::Field(name));
            }
            '}' => return None,
            letter => literal.push(letter),
        }
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_texts_are_known() {
        let literal = |text: &str| Piece::Literal(text.to_owned());
        let field = |name: &str| Piece::Field(name.to_owned());
        let fields = ["0".to_owned(), "limit".to_owned()];
        for (text, expected) in [
            ("", Some(vec![])),
            ("gone", Some(vec![literal("gone")])),
            ("{{}} {0}{limit}!", Some(vec![literal("{} "), field("0"), field("limit"), literal("!")])),
            ("{0:?}", None),
            ("{limit:.2}", None),
            ("{}", None),
            ("{other}", None),
            ("{0", None),
        ] {
            assert_eq!(split(text, &fields), expected, "{text}");
        }
    }

    #[test]
    fn arguments_and_transparent_are_not_known() {
        let attribute = |tokens: proc_macro2::TokenStream| -> Vec<Attribute> {
            let item: syn::ItemStruct = syn::parse_quote!(#tokens struct S;);
            item.attrs
        };
        assert!(pieces(&attribute(quote::quote!(#[error("x",)])), &[]).is_some());
        assert_eq!(pieces(&attribute(quote::quote!(#[error("{}", 1)])), &[]), None);
        assert_eq!(pieces(&attribute(quote::quote!(#[error(transparent)])), &[]), None);
        assert_eq!(pieces(&attribute(quote::quote!(#[doc = "x"])), &[]), None);
    }
}
