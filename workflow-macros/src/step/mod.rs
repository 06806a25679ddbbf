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
    let options = options::Options::parse(options, &sink);
    let step = signature::Step::parse(&function.signature, &sink);
    check::check(&options, &step, &function.signature, &sink);
    let faults = sink.into_tokens();
    let beside = expand::expand(&options, &function, &step);
    quote!(#item #beside #faults)
}

/// `struct`, `mod`, ..: the word that says what the item is.
fn keyword(item: &TokenStream) -> TokenStream {
    let words = item.clone().into_iter().filter(|token| matches!(token, TokenTree::Ident(word) if word != "pub"));
    words.take(1).collect()
}
