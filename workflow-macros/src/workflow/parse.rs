//! From tokens to syntax, statement by statement, so that one that does not parse hides no fault of another.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Block, Signature, Stmt, Visibility};

use crate::diag::Sink;

/// `/// docs  pub async fn order_flow(order: Order) -> Result<Receipt> { .. }`
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) statements: Vec<Stmt>,
    pub(crate) body: Group,
}

/// Parses a function; its statements one by one.
pub(crate) fn function(tokens: TokenStream, sink: &Sink) -> Option<Function> {
    let parse = |input: ParseStream<'_>| {
        let mut attributes = input.call(Attribute::parse_inner)?;
        attributes.extend(input.call(Attribute::parse_outer)?);
        let visibility: Visibility = input.parse()?;
        let signature: Signature = input.parse()?;
        let body = match input.parse::<TokenTree>()? {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => group,
            other => return Err(syn::Error::new(other.span(), "expected the workflow's body: `{ .. }`")),
        };
        input.parse::<Option<syn::Token![;]>>()?;
        if !input.is_empty() {
            return Err(input.error("one `workflow!` holds one function: write another `workflow!` for the next"));
        }
        Ok((attributes, visibility, signature, body))
    };
    let (attributes, visibility, signature, body) = sink.take(parse.parse2(tokens))?;
    let statements = statements(body.stream(), sink);
    Some(Function { attributes, visibility, signature, statements, body })
}

/// All statements of a body that parse; a fault for each of the others.
fn statements(tokens: TokenStream, sink: &Sink) -> Vec<Stmt> {
    if let Ok(statements) = Block::parse_within.parse2(tokens.clone()) {
        return statements;
    }
    let mut statements = Vec::new();
    for chunk in chunks(tokens) {
        let last = chunk.clone().into_iter().last();
        match Block::parse_within.parse2(chunk) {
            Ok(parsed) => statements.extend(parsed),
            // syn knows no place for what is missing at the end.
            Err(error) if error.to_string().starts_with("unexpected end of input") => {
                let span = last.map_or_else(|| error.span(), |last| last.span());
                sink.syntax(syn::Error::new(span, error.to_string()));
            }
            Err(error) => sink.syntax(error),
        }
    }
    statements
}

/// Splits a body where statements end: after a `;`, and after the braces of `if`, `match` and the like.
fn chunks(tokens: TokenStream) -> Vec<TokenStream> {
    let mut chunks = Vec::new();
    let mut chunk = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let ends = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => {
                group.delimiter() == Delimiter::Brace
                    && starts_blocklike(&chunk)
                    && !tokens.peek().is_some_and(continues)
            }
            _ => false,
        };
        chunk.push(token);
        if ends {
            chunks.push(std::mem::take(&mut chunk).into_iter().collect());
        }
    }
    if !chunk.is_empty() {
        chunks.push(chunk.into_iter().collect());
    }
    chunks
}

/// Whether the statement begins, after its attributes, with a keyword that ends in braces.
fn starts_blocklike(chunk: &[TokenTree]) -> bool {
    let mut tokens = chunk.iter().peekable();
    while let Some(TokenTree::Punct(punct)) = tokens.peek() {
        if punct.as_char() != '#' {
            return false;
        }
        tokens.next();
        tokens.next();
    }
    match tokens.next() {
        Some(TokenTree::Ident(first)) => {
            ["if", "match", "for", "while", "loop", "unsafe"].contains(&first.to_string().as_str())
        }
        _ => false,
    }
}

fn continues(next: &TokenTree) -> bool {
    match next {
        TokenTree::Ident(next) => next == "else",
        TokenTree::Punct(punct) => matches!(punct.as_char(), '.' | '?'),
        _ => false,
    }
}
