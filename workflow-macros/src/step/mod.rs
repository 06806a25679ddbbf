//! `#[step]`: the function stays as it is; beside it stands a type of the same name with its options, types and handler.
//!
//! [`duration`] and [`retry`] serve the same options on a call inside a workflow.

pub(crate) mod check;
pub(crate) mod duration;
mod expand;
mod options;
mod resource;
pub(crate) mod retry;
pub(crate) mod signature;
#[cfg(test)]
mod tests;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::diag::{Diagnostic, Sink};

/// An unknown, repeated or misshapen option.
pub(crate) const BAD_OPTION: &str = "WF1109";

/// The attribute.
pub(crate) fn step(options: TokenStream, item: &TokenStream) -> TokenStream {
    let sink = Sink::new();
    let Ok(function) = syn::parse2::<signature::Function>(item.clone()) else {
        Diagnostic::new(&keyword(item), "WF1110", "`#[step]` stands on something that is no function")
            .help("put it on an `async fn`")
            .emit(&sink);
        let faults = sink.into_tokens();
        return quote!(#item #faults);
    };
    let (item, misplaced) = without_options(item);
    for attribute in &misplaced {
        let name = attribute.to_string();
        Diagnostic::new(attribute, BAD_OPTION, format!("`#[{name}(..)]` stands beside `#[step]`, not in it"))
            .help(format!("write it as an option: `#[step({})]`", form_of(&name)))
            .note("on a call in a workflow it is an attribute, and holds for that call")
            .emit(&sink);
    }
    let options = options::Options::parse(options, &sink);
    let step = signature::Step::parse(&function.signature, &sink);
    check::check(&options, &step, &function.signature, &sink);
    let faults = sink.into_tokens();
    if function.signature.receiver().is_some() {
        // Types and constants cannot stand in an `impl`.
        return quote!(#item #faults);
    }
    let beside = expand::expand(&options, &function, &step);
    quote!(#item #beside #faults)
}

/// The options that some write as attributes of their own.
const OPTIONS: [(&str, &str); 4] = [
    ("retry", "retry(on(OrderError::Busy), interval = \"2s\", max_attempts = 3)"),
    ("timeout", "timeout = \"30s\""),
    ("heartbeat", "heartbeat = \"10s\""),
    ("callback", "callback"),
];

fn form_of(name: &str) -> &'static str {
    OPTIONS.iter().find(|(option, _)| *option == name).map_or("", |(_, form)| form)
}

/// The item without attributes that are options of the step, and the names of those.
fn without_options(item: &TokenStream) -> (TokenStream, Vec<proc_macro2::Ident>) {
    let (mut kept, mut found) = (TokenStream::new(), Vec::new());
    let mut tokens = item.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let attribute = match (&token, tokens.peek()) {
            (TokenTree::Punct(punct), Some(TokenTree::Group(group))) if punct.as_char() == '#' => {
                match group.stream().into_iter().next() {
                    Some(TokenTree::Ident(name)) if !form_of(&name.to_string()).is_empty() => Some(name),
                    _ => None,
                }
            }
            _ => None,
        };
        if let Some(name) = attribute {
            found.push(name);
            tokens.next();
        } else {
            kept.extend([token]);
        }
    }
    (kept, found)
}

/// `struct`, `mod`, ..: the word that says what the item is.
fn keyword(item: &TokenStream) -> TokenStream {
    let words = item.clone().into_iter().filter(|token| matches!(token, TokenTree::Ident(word) if word != "pub"));
    words.take(1).collect()
}
