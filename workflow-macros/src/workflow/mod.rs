//! `workflow!` and `#[workflow]`: tokens → [`parse`] → [`build`] → [`check`] → [`expand`], with [`copy`] and [`ir`].

mod build;
mod check;
mod codes;
mod copy;
mod diagram;
mod expand;
mod foreign;
mod ir;
mod model;
mod parse;
mod pattern;
#[cfg(test)]
mod tests;
mod walk;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::Path;

use crate::diag::Sink;
use crate::hygiene::Krate;

/// `($crate) { function }`, from the `macro_rules!` front.
pub(crate) fn front(tokens: TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter();
    let krate = match tokens.next() {
        Some(TokenTree::Group(group)) => syn::parse2::<Path>(group.stream()).ok().map(|path| Krate::new(&path)),
        _ => None,
    };
    let body = match tokens.next() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => group.stream(),
        _ => TokenStream::new(),
    };
    compile(body, &Sink::new(), build::Options { krate, ..build::Options::default() })
}

/// `#[workflow(..)]` on a function.
pub(crate) fn attribute(options: TokenStream, item: TokenStream) -> TokenStream {
    let sink = Sink::new();
    let options = build::options_of(options, &sink);
    compile(item, &sink, options)
}

fn compile(tokens: TokenStream, sink: &Sink, options: build::Options) -> TokenStream {
    let Some(function) = parse::function(tokens, sink) else {
        return sink.clone().into_tokens();
    };
    let workflow = build::Builder::new(sink).workflow(&function, options);
    check::check(&workflow, sink);
    if sink.has_errors() {
        let mut tokens = sink.clone().into_tokens();
        tokens.extend(expand::stub(&workflow));
        return tokens;
    }
    expand::expand(&workflow)
}
